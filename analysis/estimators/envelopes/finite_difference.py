"""Central differences, for reference: the curve is the data, straight between its times."""

from dataclasses import dataclass

import numpy as np

from analysis.estimators.envelopes.linear import LinearEnvelope, Rows
from analysis.estimators.envelopes.method import check_data
from cqed_battery.operators import FloatArray


@dataclass(frozen=True)
class Differences:
    """Second-order differences on the data's times (T,), one-sided at the ends."""

    data_times: FloatArray

    def rows(self, times: FloatArray, order: int) -> Rows:
        """Return the rows of f or df/dt, interpolated between times; nothing is smoothed."""
        unit = np.eye(len(self.data_times))
        at_data = unit
        if order == 1:
            at_data = np.asarray(np.gradient(unit, self.data_times, axis=0, edge_order=2))
        columns = [np.interp(times, self.data_times, column) for column in at_data.T]
        return Rows.of(np.stack(columns, axis=1))


def fit_finite_difference(times: FloatArray, values: FloatArray, std: FloatArray) -> LinearEnvelope:
    """Join values (T,) with known standard errors (T,) at times in ns by straight lines.

    Args:
        times: increasing, (T,).
        values: the signal.
        std: its standard errors.

    Raises:
        CqedBatteryError: fewer than 3 times, or data that cannot be used.
    """
    check_data(times, values, std, fewest=3)
    return LinearEnvelope(Differences(times), times, values, std)

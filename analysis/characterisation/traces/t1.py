"""Relaxation: an exponential with an offset after a pi pulse."""

from collections.abc import Iterator, Mapping

import numpy as np

from analysis.characterisation.carried import Carried
from analysis.characterisation.traces.trace import Fitted, Trace, best_fit, parameters
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import us_from_ns

_SPANS = (0.05, 0.15, 0.4, 1.0)  # of the trace, as first guesses of a decay time


def decay(x: FloatArray, offset: float, height: float, lifetime: float) -> FloatArray:
    """Return offset + height exp(-x / lifetime), (N,).

    Args:
        x: delay in ns, (N,).
        offset: of the signal at long delays.
        height: of the signal above it at delay 0.
        lifetime: in ns.
    """
    return np.asarray(offset + height * np.exp(-x / lifetime))


def decay_starts(x: FloatArray, y: FloatArray, name: str) -> Iterator[dict[str, float]]:
    """Yield first guesses of offset, height and decay time.

    Args:
        x: delay, (N,).
        y: signal, (N,).
        name: of the decay time.
    """
    for share in _SPANS:
        yield {"offset": y[-1], "height": y[0] - y[-1], name: share * float(x[-1] - x[0])}


class Decay(Trace):
    """An exponential with an offset over a delay."""

    axis = "time"

    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return the decay time.

        Args:
            x: delay in ns, (N,).
            y: signal, (N,).
            std: its standard errors, (N,), or None.
        """
        starts = decay_starts(x, y, "lifetime")
        result = best_fit(decay, starts, x, y, std, positive=("lifetime",))
        return parameters(result, {"lifetime": "ns"})


class Relaxation(Decay):
    """T1, to `transmon.t1_us`."""

    def carried(self, fitted: Mapping[str, Fitted], experiment: Experiment) -> list[Carried]:
        """Return T1.

        Args:
            fitted: parameters by name.
            experiment: not used.
        """
        found = fitted["lifetime"]
        value, error = us_from_ns(found.value), us_from_ns(found.std)
        return [Carried("transmon.t1_us", value, error, "exponential fit of a T1 trace")]


METHOD = Relaxation()

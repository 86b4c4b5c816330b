"""Rabi oscillation against the length of a pulse of fixed amplitude."""

from collections.abc import Mapping

from analysis.characterisation.carried import Carried
from analysis.characterisation.traces.ramsey import fringe_starts, fringes
from analysis.characterisation.traces.trace import Fitted, Trace, best_fit, parameters
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import mhz_from_ghz


class RabiTime(Trace):
    """The Rabi frequency, to `drive.rabi_rate_MHz`."""

    axis = "time"

    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return the frequency of the oscillation.

        Args:
            x: length of the pulse in ns, (N,).
            y: signal, (N,).
            std: its standard errors, (N,), or None.
        """
        starts = fringe_starts(x, y)
        result = best_fit(fringes, starts, x, y, std, positive=("lifetime", "frequency"))
        return parameters(result, {"frequency": "1/ns"})

    def carried(self, fitted: Mapping[str, Fitted], experiment: Experiment) -> list[Carried]:
        """Return the Rabi rate; a frequency in 1/ns is one in GHz.

        Args:
            fitted: parameters by name.
            experiment: not used.
        """
        found = fitted["frequency"]
        source = "Rabi oscillation against the length of the pulse"
        value, error = mhz_from_ghz(found.value), mhz_from_ghz(found.std)
        return [Carried("drive.rabi_rate_MHz", value, error, source)]


METHOD = RabiTime()

"""Hahn echo: an exponential with an offset.

A file's dephasing rate is that of a Ramsey trace; what the echo undoes of it is told apart by
`transmon.t2_us` and `transmon.t2_echo_us` in the rate's place, which a person decides on.
"""

from collections.abc import Mapping

from analysis.characterisation.carried import Carried
from analysis.characterisation.traces.t1 import decay, decay_starts
from analysis.characterisation.traces.trace import Fitted, Trace, best_fit, parameters
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray


class Echo(Trace):
    """T2 of an echo, which is told and changes no key."""

    axis = "time"

    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return the decay time.

        Args:
            x: total delay in ns, (N,).
            y: signal, (N,).
            std: its standard errors, (N,), or None.
        """
        starts = decay_starts(x, y, "lifetime")
        result = best_fit(decay, starts, x, y, std, positive=("lifetime",))
        return parameters(result, {"lifetime": "ns"})

    def carried(self, fitted: Mapping[str, Fitted], experiment: Experiment) -> list[Carried]:
        """Return nothing.

        Args:
            fitted: parameters by name.
            experiment: not used.
        """
        return []


METHOD = Echo()

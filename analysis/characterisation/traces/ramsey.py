"""Ramsey fringes: a cosine that decays."""

from collections.abc import Iterator, Mapping

import numpy as np

from analysis.characterisation.carried import Carried, dephasing_mhz
from analysis.characterisation.traces.trace import (
    Fitted,
    Trace,
    best_fit,
    parameters,
    strongest_frequencies,
)
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI

_SPANS = (0.15, 0.5, 2.0)  # of the trace, as first guesses of a decay time
_PHASES = (0.0, TWO_PI / 4, TWO_PI / 2)


def fringes(
    x: FloatArray, offset: float, height: float, lifetime: float, frequency: float, phase: float
) -> FloatArray:
    """Return offset + height exp(-x / lifetime) cos(2 pi frequency x + phase), (N,).

    Args:
        x: delay in ns, (N,).
        offset: of the signal.
        height: of the fringes at delay 0.
        lifetime: decay time in ns.
        frequency: in 1/ns.
        phase: at delay 0, in rad.
    """
    wave = np.cos(TWO_PI * frequency * x + phase)
    return np.asarray(offset + height * np.exp(-x / lifetime) * wave)


def fringe_starts(x: FloatArray, y: FloatArray) -> Iterator[dict[str, float]]:
    """Yield first guesses of all parameters.

    Args:
        x: abscissa, (N,).
        y: signal, (N,).
    """
    height = float(y.max() - y.min()) / 2
    for frequency in strongest_frequencies(x, y):
        for share in _SPANS:
            for phase in _PHASES:
                yield {
                    "offset": float(y.mean()),
                    "height": height,
                    "lifetime": share * float(x[-1] - x[0]),
                    "frequency": frequency,
                    "phase": phase,
                }


class Ramsey(Trace):
    """T2*, to `transmon.dephasing_rate_MHz` by the experiment's T1; the detuning is told."""

    axis = "time"

    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return decay time and frequency of the fringes.

        Args:
            x: delay in ns, (N,).
            y: signal, (N,).
            std: its standard errors, (N,), or None.
        """
        starts = fringe_starts(x, y)
        result = best_fit(fringes, starts, x, y, std, positive=("lifetime", "frequency"))
        return parameters(result, {"lifetime": "ns", "frequency": "1/ns"})

    def carried(self, fitted: Mapping[str, Fitted], experiment: Experiment) -> list[Carried]:
        """Return the pure dephasing rate; its error is that of 1/T2*.

        Args:
            fitted: parameters by name.
            experiment: whose T1 and convention hold.

        Raises:
            CharacterisationError: T2* is above 2 T1.
        """
        t2, transmon = fitted["lifetime"], experiment.transmon
        rate = dephasing_mhz(t2.value, transmon.t1_us, transmon.dephasing_convention)
        whole = dephasing_mhz(t2.value, np.inf, transmon.dephasing_convention)
        std = whole * t2.std / t2.value
        source = f"Ramsey fringes, T2* = {t2.value:.0f} ns beside T1 = {transmon.t1_us:g} us"
        return [Carried("transmon.dephasing_rate_MHz", rate, std, source)]


METHOD = Ramsey()

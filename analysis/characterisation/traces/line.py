"""Spectroscopy of the transition 0-1: a line over the frequency of the drive."""

from collections.abc import Mapping

import numpy as np

from analysis.characterisation.carried import Carried
from analysis.characterisation.traces.trace import Fitted, Trace, best_fit, parameters
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

_WIDTHS = (0.02, 0.05, 0.15)  # of the span, as first guesses of the width


def lorentzian(
    x: FloatArray, offset: float, height: float, centre: float, width: float
) -> FloatArray:
    """Return offset + height / (1 + ((x - centre) / width)^2), (N,).

    Args:
        x: frequency in GHz, (N,).
        offset: of the signal far off.
        height: of the line, of any sign.
        centre: in GHz.
        width: half width at half height, in GHz.
    """
    return np.asarray(offset + height / (1 + ((x - centre) / width) ** 2))


class Line(Trace):
    """The centre, to `transmon.frequency_GHz`."""

    axis = "frequency"

    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return centre and half width of the line.

        Args:
            x: frequency in GHz, (N,).
            y: signal, (N,).
            std: its standard errors, (N,), or None.
        """
        offset = float(np.median(y))
        place = int(np.argmax(np.abs(y - offset)))
        starts = [
            {
                "offset": offset,
                "height": float(y[place]) - offset,
                "centre": float(x[place]),
                "width": share * float(x[-1] - x[0]),
            }
            for share in _WIDTHS
        ]
        result = best_fit(lorentzian, starts, x, y, std, positive=("width",))
        return parameters(result, {"centre": "GHz", "width": "GHz"})

    def carried(self, fitted: Mapping[str, Fitted], experiment: Experiment) -> list[Carried]:
        """Return the frequency of the transmon.

        Args:
            fitted: parameters by name.
            experiment: not used.
        """
        found = fitted["centre"]
        source = "centre of a line in spectroscopy"
        return [Carried("transmon.frequency_GHz", found.value, found.std, source)]


METHOD = Line()

"""What every trace says: its abscissa, its curve, and what the fit tells of the device."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from analysis.characterisation.carried import Carried, CharacterisationError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI

_TRIED = 4  # starts that lie nearest to the trace, from which a fit begins
_MARGIN = 3  # points beyond the parameters that a fit needs for its error


@dataclass(frozen=True)
class Fitted:
    """A parameter of a fitted curve: its name, value, standard error and unit."""

    name: str
    value: float
    std: float
    unit: str


class Trace(ABC):
    """A curve over one abscissa."""

    axis: ClassVar[Literal["time", "frequency", "amplitude", "prepared"]]
    """What the abscissa is: a time in ns, a frequency in GHz, an amplitude in any unit, a level."""

    signals: ClassVar[Literal[1, 2]] = 1
    """1 for a signal over x, 2 for I and Q of single shots."""

    @abstractmethod
    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return the parameters of the curve.

        Args:
            x: abscissa, increasing, (N,).
            y: signal in any unit, (N,), or (N, 2) where there are two.
            std: its standard errors, (N,); None where they follow from the residuals.

        Raises:
            CharacterisationError: no curve fits, or it tells nothing.
        """

    def carried(self, fitted: Mapping[str, Fitted], experiment: Experiment) -> list[Carried]:
        """Return the keys that the parameters tell, by default none.

        Args:
            fitted: parameters by name.
            experiment: whose other values and conventions hold.

        Raises:
            CharacterisationError: the parameters contradict the experiment.
        """
        return []


def best_fit(
    curve: Callable[..., Any],
    starts: Iterable[Mapping[str, float]],
    x: FloatArray,
    y: FloatArray,
    std: FloatArray | None,
    positive: tuple[str, ...] = (),
) -> Any:
    """Return lmfit's best result of the starts that lie nearest to the trace.

    Standard errors follow from those of the signal where they are given, else from the residuals.

    Args:
        curve: function of x and of its parameters.
        starts: values of the parameters.
        x: abscissa, (N,).
        y: signal, (N,).
        std: of the signal, (N,), or None.
        positive: parameters that must be above 0.

    Raises:
        CharacterisationError: there are too few points, or no start leads to a fit with errors.
    """
    import lmfit

    model, found = lmfit.Model(curve), []
    if len(x) < len(model.param_names) + _MARGIN:
        raise CharacterisationError(
            f"a trace needs at least {len(model.param_names) + _MARGIN} points for this fit, but"
            f" has {len(x)}"
        )
    near = sorted(starts, key=lambda start: float(np.sum((curve(x, **start) - y) ** 2)))
    for start in near[:_TRIED]:
        values = model.make_params(**start)
        for name in positive:
            values[name].min = 1e-9 * abs(start[name])
        with np.errstate(all="ignore"):
            result = model.fit(
                y,
                values,
                x=x,
                weights=None if std is None else 1 / std,
                scale_covar=std is None,
                nan_policy="omit",
            )
        if result.errorbars and np.isfinite(result.chisqr):
            found.append(result)
    if not found:
        raise CharacterisationError(
            "no curve of this kind fits the trace; check that it is this trace, and its columns"
        )
    return min(found, key=lambda result: result.chisqr)


def parameters(result: Any, units: Mapping[str, str]) -> list[Fitted]:
    """Return parameters of lmfit's result.

    Args:
        result: of a fit.
        units: of the parameters that are wanted.
    """
    return [
        Fitted(name, float(result.params[name].value), float(result.params[name].stderr), unit)
        for name, unit in units.items()
    ]


def strongest_frequencies(x: FloatArray, y: FloatArray, most: int = 4) -> list[float]:
    """Return the frequencies, in 1/x, at which a signal oscillates most, the strongest first.

    A least-squares periodogram, so that x need not be evenly spaced.

    Args:
        x: abscissa, increasing, (N,).
        y: signal, (N,).
        most: how many.
    """
    span = x[-1] - x[0]
    grid = np.arange(0.5, len(x) / 2, 0.25) / span
    phases = TWO_PI * grid[:, None] * (x - x[0])
    centred = y - y.mean()
    power = (np.cos(phases) @ centred) ** 2 + (np.sin(phases) @ centred) ** 2
    peaks = np.flatnonzero((power >= np.roll(power, 1)) & (power >= np.roll(power, -1)))
    order = peaks[np.argsort(power[peaks])[::-1]] if peaks.size else np.array([np.argmax(power)])
    return [float(grid[place]) for place in order[:most]]


def by_name(fitted: Iterable[Fitted]) -> dict[str, Fitted]:
    """Return parameters by name.

    Args:
        fitted: parameters.
    """
    return {parameter.name: parameter for parameter in fitted}

"""Fits of a Rabi trace over the pulse's amplitude and of a line taken with that pulse."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI

FAR_GHZ = 8e-3
"""From the line's middle: beyond, a pulse of some hundred ns leaves the transmon in level 0."""
_FEWEST = 8  # points of a trace: twice the parameters of a fit
_LEAST_SHARE = 0.5  # of the variance; noise alone is below
_TRIED = 40  # periods from which the fit starts, from a tenth of the axis to the whole


@dataclass(frozen=True, kw_only=True)
class RabiFit:
    """signal = offset + swing/2 cos(2 pi (a/period - compression a^2)).

    Args:
        period: amplitude of a whole turn at small signal.
        compression: turns lost per amplitude squared; 0 for a linear line.
        swing: signal of level 0 less that of level 1.
        offset: half way between the two.
        r_squared: share of the trace's variance that the fit explains.
    """

    period: float
    compression: float
    swing: float
    offset: float
    r_squared: float


def fit_rabi(amplitudes: FloatArray, signal: FloatArray, *, compressed: bool = True) -> RabiFit:
    """Fit a Rabi trace, with or without a compression of the drive line.

    Args:
        amplitudes: of the pulse, from 0, (N,).
        signal: averages, (N,).
        compressed: whether the compression is fitted.

    Raises:
        CqedBatteryError: there are fewer than 8 points, or no cosine explains half of them.
    """
    _check_length(amplitudes, "Rabi trace")
    reach = float(np.max(amplitudes))

    def model(a: FloatArray, swing: float, offset: float, period: float, *c: float) -> FloatArray:
        """Return the trace at amplitudes."""
        turns = a / period - (c[0] if c else 0.0) * a**2
        return np.asarray(offset + swing / 2 * np.cos(TWO_PI * turns))

    swing, offset = float(signal[0] - signal.min()), float(signal.mean())
    starts = reach * np.geomspace(0.1, 1.0, _TRIED)
    found = [
        _fitted(model, amplitudes, signal, [swing, offset, p, *([0.0] * compressed)])
        for p in starts
    ]
    values, share = max(found, key=lambda one: one[1])
    if share < _LEAST_SHARE:
        raise CqedBatteryError(
            "the Rabi trace must oscillate with the amplitude, but the best cosine explains"
            f" {share:.0%} of it"
        )
    compression = values[3] if compressed else 0.0
    return RabiFit(
        swing=values[0],
        offset=values[1],
        period=values[2],
        compression=compression,
        r_squared=share,
    )


def _fitted(
    model: Callable[..., FloatArray], x: FloatArray, y: FloatArray, start: list[float]
) -> tuple[list[float], float]:
    """Return the parameters of the least squares that begin at `start`, and R^2."""
    found = least_squares(lambda values: model(x, *values) - y, start, x_scale=np.abs(start) + 0.1)
    return [float(v) for v in found.x], r_squared(y, model(x, *found.x))


def r_squared(measured: FloatArray, fitted: FloatArray) -> float:
    """Return 1 less the residual sum of squares over the total one.

    Args:
        measured: (N,).
        fitted: (N,).
    """
    residual = float(((measured - fitted) ** 2).sum())
    return 1 - residual / float(((measured - np.mean(measured)) ** 2).sum())


def depth_and_centre(frequencies: FloatArray, signal: FloatArray) -> tuple[float, float]:
    """Return how deep a line goes below its surroundings, and the centroid of what is below, GHz.

    The surroundings are what lies beyond 8 MHz of the deepest point; the centroid is that of the
    points within.

    Args:
        frequencies: of the drive in GHz, (N,).
        signal: averages, (N,), highest away from the line.

    Raises:
        CqedBatteryError: there are fewer than 8 points, or none beyond 8 MHz of the line.
    """
    _check_length(frequencies, "line")
    deepest = frequencies[np.argmin(signal)]
    far = np.abs(frequencies - deepest) > FAR_GHZ
    if not far.any():
        raise CqedBatteryError(
            "the line must reach 8 MHz beyond its deepest point, to show its surroundings, but"
            f" ends at {frequencies.min():.6g} and {frequencies.max():.6g} GHz"
        )
    below = float(signal[far].mean()) - signal
    near = ~far
    centre = float((frequencies[near] * below[near]).sum() / below[near].sum())
    return float(below.max()), centre


def fit_scale(shape: FloatArray, signal: FloatArray) -> tuple[float, float, float]:
    """Return scale, offset and R^2 of signal = offset - scale x shape.

    Args:
        shape: emulated excitation, (N,).
        signal: averages at the same places, (N,).
    """
    matrix = np.stack([-shape, np.ones_like(shape)], axis=1)
    (scale, offset), *_ = np.linalg.lstsq(matrix, signal, rcond=None)
    return float(scale), float(offset), r_squared(signal, offset - scale * shape)


def fit_shift(
    frequencies: FloatArray, signal: FloatArray, shape: Callable[[FloatArray], FloatArray]
) -> float:
    """Return by how much an emulated line is to be moved to fit a measured one, in GHz.

    Args:
        frequencies: of the drive in GHz, (N,).
        signal: averages, (N,).
        shape: emulated excitation at frequencies in GHz.
    """

    def residuals(shift: FloatArray) -> FloatArray:
        """Return signal less the moved line, its scale and offset the best ones."""
        moved = shape(frequencies - float(shift[0]) * 1e-6)
        scale, offset, _ = fit_scale(moved, signal)
        return np.asarray(signal - offset + scale * moved)

    return float(least_squares(residuals, [0.0]).x[0]) * 1e-6  # steps of a kHz


def _check_length(values: FloatArray, what: str) -> None:
    if len(values) < _FEWEST:
        raise CqedBatteryError(f"a {what} needs at least {_FEWEST} points, but has {len(values)}")

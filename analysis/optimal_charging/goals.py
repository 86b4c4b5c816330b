"""What a pulse can be optimised for: figures of the ergotropy over time, and their derivatives.

The battery is the transmon's qubit, whose ergotropy is (r + z)/2: population above level 1 is lost
to it. The evolution has all levels that the experiment keeps.
"""

from collections.abc import Callable

import numpy as np

from cqed_battery.energetics import qubit_ergotropy, qubit_ergotropy_gradient
from cqed_battery.operators import FloatArray

Figure = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""Takes ergotropies (T, M) at times (T,); returns the figure (M,) and its derivatives (T, M)."""


def _at_the_end(ergotropy: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    slope = np.zeros_like(ergotropy)
    slope[-1] = 1.0
    return ergotropy[-1], slope


def _sustained(ergotropy: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean over the second half of the time."""
    weights = second_half(times)
    return weights @ ergotropy, np.repeat(weights[:, None], ergotropy.shape[1], axis=1)


def second_half(times: FloatArray) -> FloatArray:
    """Return weights of times, (T,), that make a mean over the second half of the last time.

    Args:
        times: increasing from 0, in ns, (T,).
    """
    inside = times >= times[-1] / 2
    widths = np.gradient(times) * inside
    return np.asarray(widths / widths.sum())


def _power(ergotropy: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the largest ergotropy over the time it took, in hbar w_q per ns."""
    rate = ergotropy[1:] / times[1:, None]
    best, members = rate.argmax(axis=0), np.arange(ergotropy.shape[1])
    slope = np.zeros_like(ergotropy)
    slope[1 + best, members] = 1 / times[1 + best]
    return rate[best, members], slope


GOALS: dict[str, Figure] = {
    "ergotropy": _at_the_end,
    "sustained": _sustained,
    "power": _power,
    "gain": _at_the_end,
}
"""Goals by their names; `gain` is the ergotropy less that of the control's own best pulse."""

UNITS = dict.fromkeys(GOALS, "hbar w_q") | {"power": "hbar w_q/ns"}


def figure_of(goal: str, bloch: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a goal's figure, (M,), and its derivatives by the Bloch vectors, (T, M, 3).

    Args:
        goal: one of `GOALS`.
        bloch: of M devices at T times, (T, M, 3).
        times: from 0, in ns, (T,).
    """
    value, slope = GOALS[goal](qubit_ergotropy(bloch), times)
    return value, slope[..., None] * qubit_ergotropy_gradient(bloch)


def over_the_ensemble(values: FloatArray, kind: str) -> tuple[float, FloatArray]:
    """Return one figure of an ensemble's, and its derivatives, (M,).

    Args:
        values: of M devices, (M,).
        kind: "mean", or "worst": -ln(mean exp(-b v))/b, within ln(M)/b above the smallest.
    """
    if kind == "mean":
        return float(values.mean()), np.full(len(values), 1 / len(values))
    shares = np.exp(-_SHARPNESS * (values - values.min()))
    smooth = values.min() - np.log(shares.mean()) / _SHARPNESS
    return float(smooth), np.asarray(shares / shares.sum())


_SHARPNESS = 300.0  # of the worst case: ln(8)/300 is 0.007

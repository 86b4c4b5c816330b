"""States from three-outcome counts: the leaked population is measured, not corrected for.

With a readout that tells levels 0, 1 and 2 apart, the pulses before it turn the two lowest levels
and leave the third alone. For axis i the levels hold

    P_0 = (1 - L - v_i)/2,  P_1 = (1 - L + v_i)/2,  P_2 = L,

and outcomes k have sum_l A_kl P_l. L and v are found together by maximum likelihood from the
multinomial counts of all three axes; the Bloch vector of the battery, given that it has not
leaked, is v/(1 - L). Two-outcome readout instead takes level 2 for 0 or 1, which shifts z by L.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from analysis.data.inputs import ThreeOutcomes
from analysis.estimators.linear import share_of_ones
from analysis.results import quantity
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray, IntArray

_SCORINGS = 6  # steps of Fisher scoring
_LEAST = 1e-9  # of a probability in the likelihood
_DIRECTIONS = np.array([[-0.5, 0.5, 0.0], [-0.5, -0.5, 1.0]])  # of levels, with v_i and with L
_EMPTY = np.array([0.5, 0.5, 0.0])  # levels at v_i = L = 0


@dataclass(frozen=True)
class LeakageEstimate:
    """Bloch vectors and leaked populations with their uncertainties.

    bloch (T, 3): maximum likelihood among states, given no leakage. leakage (T,): population of
    level 2 beside it. linear (T, 4): x, y, z (not divided by 1 - L) and L without the bounds of
    states; covariance (T, 4, 4) of linear, by shots. bloch_std (T, 3) and leakage_std (T,).
    """

    bloch: FloatArray
    leakage: FloatArray
    linear: FloatArray
    covariance: FloatArray
    bloch_std: FloatArray
    leakage_std: FloatArray


def estimate_with_leakage(
    counts: IntArray, assignment: FloatArray, assignment_std: FloatArray | None = None
) -> LeakageEstimate:
    """Return states from counts (T, 3, 3) of axis and outcome.

    Args:
        counts: of outcomes 0, 1 and 2 for the axes x, y, z at each time.
        assignment: P(outcome | level), (3, 3), columns sum to 1.
        assignment_std: standard errors of its entries off the diagonal, (3, 3).

    An axis without shots is 0 with standard error 1, which is all that |r| <= 1 says of it; so is
    the leaked population of a time without any.

    Raises:
        CqedBatteryError: shapes do not fit, a count is negative, or the readout does not tell the
            three levels apart.

    Example:
        >>> counts = np.array([[[480, 480, 40], [475, 485, 40], [860, 100, 40]]])
        >>> found = estimate_with_leakage(counts, np.eye(3))
        >>> round(float(found.leakage[0]), 6), round(float(found.bloch[0, 2]), 4)
        (0.04, -0.7917)
    """
    _check(counts, assignment)
    design, constant = assignment @ _DIRECTIONS.T, assignment @ _EMPTY
    linear, information = _unbounded(counts, design, constant)
    covariance: FloatArray = np.asarray(np.linalg.inv(information), dtype=np.float64)
    if assignment_std is not None:
        covariance = covariance + _by_calibration(counts, assignment, assignment_std, linear)
    solution = linear.copy()
    for row in np.flatnonzero(~_is_state(linear)):
        solution[row] = _among_states(counts[row], design, constant)
    kept = 1 - solution[:, 3]
    bloch = solution[:, :3] / np.maximum(kept, _LEAST)[:, None]
    slope = np.concatenate([np.tile(np.eye(3), (len(counts), 1, 1)), bloch[..., None]], axis=-1)
    slope = slope / np.maximum(kept, _LEAST)[:, None, None]
    variance = np.einsum("tij,tjk,tik->ti", slope, covariance, slope)
    return LeakageEstimate(
        bloch, solution[:, 3], linear, covariance, np.sqrt(variance), np.sqrt(covariance[:, 3, 3])
    )


def _check(counts: IntArray, assignment: FloatArray) -> None:
    if counts.ndim != 3 or counts.shape[1:] != (3, 3):
        raise CqedBatteryError(
            f"three-outcome counts must have shape (T, 3, 3), but have {counts.shape}: give them"
            " by time, axis and outcome"
        )
    if (counts < 0).any():
        raise CqedBatteryError(
            "three-outcome counts must be at least 0: give the counts themselves"
        )
    columns = assignment.shape == (3, 3) and np.allclose(assignment.sum(axis=0), 1, atol=1e-9)
    if not columns or (assignment < 0).any() or np.linalg.cond(assignment) > 100:
        raise CqedBatteryError(
            "the assignment matrix must be (3, 3) with columns of probabilities that tell the"
            f" levels apart, but is {np.round(assignment, 4).tolist()}"
        )


def three_level_assignment(calibration: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return P(outcome | level) and standard errors, (3, 3) each, from counts (2, 3) or (3, 3).

    Rows are prepared levels, columns outcomes. If level 2 was not prepared it is taken to read 2.

    Args:
        calibration: counts, rows prepared 0, 1 and perhaps 2, columns outcomes 0, 1, 2.

    Raises:
        CqedBatteryError: a row is empty.
    """
    shots = calibration.sum(axis=1)
    if (shots == 0).any():
        raise CqedBatteryError(
            f"no calibration counts of prepared level {int(np.argmin(shots))}: the three-outcome"
            " readout needs them"
        )
    matrix: FloatArray = np.eye(3)
    errors: FloatArray = np.zeros((3, 3))
    smooth = np.asarray((calibration + 0.5) / (shots + 1.5)[:, None], dtype=np.float64)
    matrix[:, : len(shots)] = (calibration / shots[:, None]).T
    errors[:, : len(shots)] = np.sqrt(smooth * (1 - smooth) / shots[:, None]).T
    np.fill_diagonal(errors, 0.0)
    return matrix, errors


def three_outcome_dicts(data: ThreeOutcomes) -> dict[str, dict[str, Any]]:
    """Return each arm's leaked population and Bloch vector beside it, for results.json.

    Args:
        data: counts of three outcomes by arm, and their calibration.

    Raises:
        CqedBatteryError: the readout does not tell the three levels apart.
    """
    matrix, errors = three_level_assignment(data.calibration)
    method = "three outcomes, maximum likelihood, readout corrected, readout sequence not corrected"
    found = {}
    for arm, counts in data.counts.items():
        state = estimate_with_leakage(counts, matrix, errors)
        found[arm] = {
            "leakage": quantity(state.leakage, state.leakage_std, method, within=(0.0, 1.0)),
            "bloch": quantity(state.bloch, state.bloch_std, method, within=(-1.0, 1.0)),
        }
    return found


def _by_calibration(
    counts: IntArray, assignment: FloatArray, std: FloatArray, linear: FloatArray
) -> FloatArray:
    """Return the covariance (T, 4, 4) by entries off the diagonal, each on its own."""
    total = np.zeros((len(counts), 4, 4))
    for outcome, level in zip(*np.nonzero(std), strict=True):
        moved = assignment.copy()
        moved[outcome, level] += std[outcome, level]
        moved[level, level] -= std[outcome, level]
        change = _unbounded(counts, moved @ _DIRECTIONS.T, moved @ _EMPTY)[0] - linear
        total += change[:, :, None] * change[:, None, :]
    return total


def _unbounded(
    counts: IntArray, design: FloatArray, constant: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the parameters (T, 4) by Fisher scoring and their information (T, 4, 4).

    Probabilities in the weights are kept above 1/(2 N), so that no cell is certain.
    """
    shots = counts.sum(axis=-1, keepdims=True)
    taken = shots > 0
    gap = np.where(taken, share_of_ones(counts, shots) - constant, 0.0)
    unknown = np.zeros((len(counts), 4, 4))
    axes = np.arange(3)
    unknown[:, axes, axes] = ~taken[..., 0]
    unknown[:, 3, 3] = ~taken[..., 0].any(axis=1)
    columns = np.zeros((3, 3, 4))  # axis, outcome, parameter
    for axis in range(3):
        columns[axis, :, axis], columns[axis, :, 3] = design[:, 0], design[:, 1]
    chances = (counts + 0.5) / (shots + 1.5)
    for _ in range(_SCORINGS):
        weight = shots / np.maximum(chances, 0.5 / np.maximum(shots, 1))
        information = np.einsum("ika,tik,ikb->tab", columns, weight, columns) + unknown
        score = np.einsum("ika,tik,tik->ta", columns, weight, gap)
        values = np.linalg.solve(information, score[..., None])[..., 0]
        chances = constant + np.einsum("ika,ta->tik", columns, values)
    return values, np.asarray(information, dtype=np.float64)


def _is_state(values: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    length, leaked = np.linalg.norm(values[:, :3], axis=1), values[:, 3]
    return np.asarray((leaked >= 0) & (length <= 1 - leaked))


def _among_states(counts: IntArray, design: FloatArray, constant: FloatArray) -> FloatArray:
    """Return the most likely (x, y, z, L) of a state: L = sin^2 a, |v| = cos^2 a sin b."""

    def vector(point: FloatArray) -> FloatArray:
        """Return (x, y, z, L) of the four angles, (4,)."""
        kept, length = np.cos(point[0]) ** 2, np.sin(point[1])
        direction = np.array(
            [
                np.sin(point[2]) * np.cos(point[3]),
                np.sin(point[2]) * np.sin(point[3]),
                np.cos(point[2]),
            ]
        )
        return np.append(kept * length * direction, 1 - kept)

    def cost(point: FloatArray) -> float:
        """Return minus the log-likelihood at four angles, (4,)."""
        values = vector(point)
        levels = constant + np.outer(values[:3], design[:, 0]) + values[3] * design[:, 1]
        return -float((counts * np.log(np.maximum(levels, _LEAST))).sum())

    plain = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    guess = plain[:, 1] - plain[:, 0]
    length = min(float(np.linalg.norm(guess)), 0.99)
    theta = np.arctan2(np.hypot(guess[0], guess[1]), guess[2])
    phi = np.arctan2(guess[1], guess[0])
    leaked = np.arcsin(np.sqrt(np.clip(plain[:, 2].mean(), 1e-4, 0.9)))
    starts = [
        np.array([leaked, np.arcsin(size), theta, phi]) for size in (length, 0.5, np.sin(1.5))
    ]
    found = [minimize(cost, start, method="BFGS", options={"gtol": 1e-6}) for start in starts]
    return vector(min(found, key=lambda result: float(result.fun)).x)

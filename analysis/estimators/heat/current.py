"""Power, heat current and its integral, from Bloch vectors over time.

With energies in hbar w_q: E = z/2, P = [w_d Omega x' - (dOmega/dt) y']/(2 w_q), J = dE/dt - P
(Zhao 2026, Sec. V). J < 0 is energy that leaves the battery. S(t), the integral of J from the
first charging time, needs no derivative: S = E(t) - E(0) - integral of P.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.estimators.envelopes import Start, fit_gaussian_process
from analysis.estimators.heat.estimate import Estimate
from analysis.estimators.heat.smooth_bloch import SmoothBloch
from analysis.estimators.state.bloch import BlochEstimate
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.prediction.truth import drive_power


def power_weights(
    experiment: Experiment, times: FloatArray, arm: str = "catalysed"
) -> list[tuple[int, int, FloatArray]]:
    """Return P's weights of x and y in the drive's rotating frame, each (T,), in 1/ns.

    Args:
        experiment: the experiment file's content, for the design of the drive.
        times: since the start of charging, in ns, (T,).
        arm: "catalysed" or "control", which may have frequencies of its own.

    Returns:
        Rows of axis, order of derivative and weight, as `SmoothBloch.combine` takes them.

    Source: Zhao 2026, Sec. V.
    """
    axes = np.eye(3)
    return [
        (axis, 0, drive_power(experiment, times, np.tile(axes[axis], (len(times), 1)), arm))
        for axis in (0, 1)
    ]


def rate_weights(times: FloatArray) -> list[tuple[int, int, FloatArray]]:
    """Return dE/dt's weight of dz/dt, (T,).

    Args:
        times: in ns, (T,).

    Returns:
        One row of axis z, order 1 and weight 1/2, as `SmoothBloch.combine` takes them.
    """
    return [(2, 1, np.full(len(times), 0.5))]


def competing_slope_std(smooth: SmoothBloch, times: FloatArray) -> FloatArray:
    """Return how well a Gaussian process knows dz/dt at times in ns, (F,), in 1/ns.

    Damped sinusoids know their own derivative only; what a mode too faint to be chosen would add
    to it, a process without a fixed shape allows for.

    Args:
        smooth: the arm's envelopes and their data.
        times: within the measured ones, in ns, (F,).
    """
    taken = smooth.data.measured[:, 2]
    measured, values = smooth.times[taken], smooth.data.linear[taken, 2]
    start = Start(slope=0.0) if measured[0] == 0 else Start()
    std = np.sqrt(smooth.data.shot[taken, 2])
    competing = fit_gaussian_process(measured, values, std, start=start)
    return np.asarray(np.sqrt(replace(competing, extrapolates=True).variance(times, 1)))


def current_weights(
    experiment: Experiment, times: FloatArray, arm: str = "catalysed"
) -> list[tuple[int, int, FloatArray]]:
    """Return J's weights of x, y and dz/dt.

    Args:
        experiment: the experiment file's content, for the design of the drive.
        times: since the start of charging, in ns, (T,).
        arm: "catalysed" or "control", which may have frequencies of its own.

    Returns:
        Rows of axis, order of derivative and weight, as `SmoothBloch.combine` takes them.

    Source: Zhao 2026, Sec. V.
    """
    drawn = power_weights(experiment, times, arm)
    power = [(axis, order, -weight) for axis, order, weight in drawn]
    return [*power, *rate_weights(times)]


@dataclass(frozen=True)
class LinearFunctional:
    """Quantities that are linear in the Bloch vectors: weights (Q, T, 3)."""

    weights: FloatArray

    def of(self, bloch: FloatArray) -> FloatArray:
        """Return the quantities (Q,) of Bloch vectors (T, 3).

        Args:
            bloch: Bloch vectors, (T, 3).
        """
        return np.asarray(np.einsum("qti,ti->q", self.weights, bloch))

    def estimate(self, data: BlochEstimate, beside: FloatArray | None = None) -> Estimate:
        """Return the quantities with standard errors by shots and shared causes.

        Args:
            data: Bloch vectors of an arm, by linear inversion, with their errors.
            beside: what the last of the data's shared causes add beside that, (Q, p).

        Returns:
            Values (Q,).
        """
        known = np.where(data.measured, data.shot, 0.0)
        own = np.einsum("qti,ti->q", self.weights**2, known)
        room = np.einsum("qti,ti->q", np.abs(self.weights), data.room)
        shared = np.einsum("qti,tim->qm", self.weights, data.shared)
        if beside is not None:
            shared[:, -beside.shape[1] :] += beside
        value, std = self.of(data.linear), np.sqrt(own + (shared**2).sum(axis=1))
        return Estimate(value, std, np.zeros(len(value)), room=room)


def difference_current(
    experiment: Experiment, times: FloatArray, arm: str = "catalysed"
) -> LinearFunctional:
    """Return J = (dz/dt)/2 - P with second-order differences, as a functional of (T, 3).

    Args:
        experiment: the experiment file's content, for the design of the drive.
        times: charging times in ns, increasing, at least 3, (T,).
        arm: "catalysed" or "control", which may have frequencies of its own.

    Returns:
        Quantities (T,) in hbar w_q per ns.
    """
    weights = np.zeros((len(times), len(times), 3))
    weights[:, :, 2] = np.asarray(np.gradient(np.eye(len(times)), times, axis=0, edge_order=2)) / 2
    for axis, _, weight in power_weights(experiment, times, arm):
        weights[:, :, axis] = -np.diag(weight)
    return LinearFunctional(weights)

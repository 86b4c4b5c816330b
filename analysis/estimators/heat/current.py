"""Power, heat current and its integral, from Bloch vectors over time.

With energies in hbar w_q: E = z/2, P = [w_d Omega x' - (dOmega/dt) y']/(2 w_q), J = dE/dt - P
(Zhao 2026, Sec. V). J < 0 is energy that leaves the battery. S(t), the integral of J from the
first charging time, needs no derivative: S = E(t) - E(0) - integral of P.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.estimators.envelopes import (
    FEWEST,
    DampedSinusoids,
    GaussianProcess,
    Partial,
    Pointwise,
    Start,
    fit_damped_sinusoids,
    fit_gaussian_process,
)
from analysis.estimators.state.bloch import BlochEstimate
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.simulated import TOLERANCE
from protocols.prediction.truth import drive_power

GRID, RABI = "grid correction", "Rabi rate"
"""Causes: what a grid of times makes of integrals and envelopes, and the scale of the power."""


@dataclass(frozen=True)
class Estimate:
    """Values with standard errors, each of the same shape; `bias` was subtracted from value.

    causes: what one standard error of each cause of its own adds, with its sign; in std already.
    room: how far off the values may be, at most, by components that were not measured.
    """

    value: FloatArray
    std: FloatArray
    bias: FloatArray
    causes: dict[str, FloatArray] = field(default_factory=dict)
    room: FloatArray | float = 0.0


Smooth = DampedSinusoids | GaussianProcess | Partial | Pointwise


@dataclass(frozen=True)
class SmoothBloch:
    """Envelopes of x, y, z of one arm, fitted to `data` at `times`."""

    times: FloatArray
    data: BlochEstimate
    fits: tuple[Smooth, Smooth, Smooth]

    def value(self, times: FloatArray) -> FloatArray:
        """Return smooth Bloch vectors (F, 3).

        Args:
            times: within the measured ones, in ns, (F,).
        """
        return np.stack([fit.value(times) for fit in self.fits], axis=-1)

    @property
    def residuals(self) -> FloatArray:
        """The data less their envelopes in standard errors, (T, 3); NaN where there is none."""
        known = self.data.measured & ~np.array([self.lacks(axis) for axis in range(3)])
        off = (self.data.linear - self.value(self.times)) / np.sqrt(self.data.shot)
        return np.where(known, off, np.nan)

    @property
    def sinusoids(self) -> tuple[DampedSinusoids | None, ...]:
        """The damped sinusoids of each axis, None where its envelope is of another kind."""
        kinds = [fit.fit if isinstance(fit, Partial) else fit for fit in self.fits]
        return tuple(kind if isinstance(kind, DampedSinusoids) else None for kind in kinds)

    @property
    def describes(self) -> bool:
        """Whether the envelopes describe the data: none has an unlikely chi-square."""
        return all(fit is None or fit.variance_inflation == 1 for fit in self.sinusoids)

    @property
    def whole(self) -> bool:
        """Whether every axis has an envelope."""
        return not any(self.lacks(axis) for axis in range(3))

    def lacks(self, axis: int) -> bool:
        """Return whether an axis was measured at too few times for an envelope.

        Args:
            axis: 0, 1 or 2 for x, y or z.
        """
        return isinstance(self.fits[axis], Pointwise)

    def combine(
        self,
        times: FloatArray,
        weights: list[tuple[int, int, FloatArray]],
        beside: FloatArray | None = None,
    ) -> Estimate:
        """Return sum of weight(t) x (axis, order of derivative), with its standard error.

        Args:
            times: within the measured ones, in ns, (F,).
            weights: rows of axis (0, 1, 2 for x, y, z), order of derivative (0 or 1), and weight
                (F,).
            beside: what the last of the data's shared causes add to the values beside what they
                add to the data, (F, p).

        Returns:
            Values (F,) with standard errors by shot noise and shared causes; no bias is subtracted.
        """
        total, variance, room = np.zeros((3, len(times)))
        shared = np.zeros((len(times), self.data.shared.shape[-1]))
        for axis, order, weight in weights:
            fit = self.fits[axis]
            total += weight * fit.value(times, order)
            variance += weight**2 * fit.variance(times, order)
            changes = self.data.shared[:, axis]
            shared += weight[:, None] * fit.response(times, changes, order)
            if isinstance(fit, Pointwise):
                room += np.abs(weight) * self.data.room[:, axis]
        if beside is not None:
            shared[:, -beside.shape[1] :] += beside
        std = np.sqrt(variance + (shared**2).sum(axis=1))
        return Estimate(total, std, np.zeros(len(times)), room=room)

    def bias(
        self,
        weights: list[tuple[int, int, FloatArray]],
        model_bloch: FloatArray,
        model_value: FloatArray,
    ) -> FloatArray:
        """Return what smoothing makes of the model's own Bloch vectors, less the model's value.

        Args:
            weights: rows of axis, order of derivative and weight (T,), as in `combine`.
            model_bloch: the model's Bloch vectors at the charging times, (T, 3).
            model_value: the model's value of the quantity, (T,).

        Returns:
            The bias, (T,), in the unit of the quantity.
        """
        total = -model_value
        for axis, order, weight in weights:
            fit = self.fits[axis]
            change = model_bloch[:, axis] - fit.value(self.times)
            smooth = fit.value(self.times, order) + fit.response(self.times, change, order)
            total = total + weight * smooth
        return np.asarray(total)

    def bias_errors(
        self,
        weights: list[tuple[int, int, FloatArray]],
        model_bloch: FloatArray,
        model_value: FloatArray,
    ) -> FloatArray:
        """Return how far `bias` may be off by each of p causes, (T, p).

        Args:
            weights: rows of axis, order of derivative and weight (T,), as in `combine`.
            model_bloch: what each cause adds to the model's Bloch vectors, (T, 3, p).
            model_value: what each cause adds to the model's value of the quantity, (T, p).
        """
        total = -model_value
        for axis, order, weight in weights:
            moved = self.fits[axis].response(self.times, model_bloch[:, axis], order)
            total = total + weight[:, None] * moved
        return np.asarray(total)


def smooth_bloch(experiment: Experiment, times: FloatArray, data: BlochEstimate) -> SmoothBloch:
    """Fit envelopes to the linear-inversion Bloch vectors of one arm, as the file asks.

    At time 0 the reset state has no coherence, so x = y = 0 and dz/dt = 0 are known.

    Args:
        experiment: the experiment file's content, for `analysis.envelope` and `analysis.max_modes`.
        times: charging times in ns, increasing, (T,).
        data: the arm's Bloch vectors and their standard errors.

    Raises:
        CqedBatteryError: fewer than 4 times, or data that no envelope can be fitted to.
    """
    options, from_zero = experiment.analysis, times[0] == 0
    known = (Start(value=0.0), Start(value=0.0), Start(slope=0.0))

    def fitted(axis: int) -> Smooth:
        """Return the envelope of one axis, of the times at which it was measured."""
        taken, start = data.measured[:, axis], known[axis] if from_zero else Start()
        values, std = data.linear[taken, axis], np.sqrt(data.shot[taken, axis])
        if len(values) < FEWEST:
            return Pointwise.of(times, data.linear[:, axis], data.shot[:, axis])
        if not taken[0]:
            start = Start()
        fit: DampedSinusoids | GaussianProcess
        if options.envelope == "gaussian-process":
            fit = fit_gaussian_process(times[taken], values, std, start=start)
        else:
            modes = options.max_modes
            fit = fit_damped_sinusoids(times[taken], values, std, max_modes=modes, start=start)
        return fit if taken.all() else Partial.of(fit, taken)

    return SmoothBloch(times, data, (fitted(0), fitted(1), fitted(2)))


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


def with_cause(estimate: Estimate, name: str, change: FloatArray) -> Estimate:
    """Add a cause of error that changes the values by `change`, (T,), per standard error.

    Args:
        estimate: values (T,).
        name: of the cause.
        change: in the unit of the values, with its sign, (T,).
    """
    std = np.hypot(estimate.std, change)
    return replace(estimate, std=std, causes=estimate.causes | {name: change})


def corrected(estimate: Estimate, bias: FloatArray, relative: float) -> Estimate:
    """Subtract a bias, (T,), that is known to a relative standard error.

    No correction by a model is better than what the model predicts (`simulated.TOLERANCE`).

    Args:
        estimate: values (T,).
        bias: in the unit of the values, (T,).
        relative: standard error of the bias over the bias, at least 0.
    """
    std = np.hypot(estimate.std, TOLERANCE)
    found = replace(estimate, value=estimate.value - bias, bias=estimate.bias + bias, std=std)
    return with_cause(found, GRID, -relative * bias)


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

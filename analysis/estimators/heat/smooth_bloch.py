"""Smooth curves through the three Bloch components, by the experiment's choice of envelope."""

from dataclasses import dataclass

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
from analysis.estimators.heat.estimate import Estimate
from analysis.estimators.state.bloch import BlochEstimate
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

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

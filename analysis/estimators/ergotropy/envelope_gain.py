"""The gain of the envelopes' ergotropies as an estimator, for campaigns and for planning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.ergotropy.gain import (
    GAIN_MEAN,
    ArmMean,
    averaging,
    envelope_gain,
    uncorrected_gains,
)
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat.exchange import UNCORRECTED
from analysis.estimators.heat.smooth_bloch import SmoothBloch, smooth_bloch
from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from cqed_battery.energetics import qubit_ergotropy, qubit_ergotropy_gradient
from cqed_battery.operators import FloatArray
from protocols.settings.settings import Settings

_FITS = 9, 40  # simulated fits whose mean variance is foreseen: at least, and at most
_PLANNING = 7  # spawn key that keeps their draws apart from those of the emulation


@dataclass(frozen=True)
class SimulatedFits:
    """Envelopes of counts that are drawn with the file's shots: one set for every measure.

    Attributes:
        expected: the model's expectation of the data.
        precision: how well a standard error is wanted, as a part of it; the fits' own scatter says
            how many of them that takes.
        alike: those of a file that differs in its priors alone, which move no count or envelope.
    """

    expected: Expectation
    precision: float = 0.04
    alike: "SimulatedFits | None" = None

    def __iter__(self) -> Iterator[tuple[Observed, dict[str, SmoothBloch]]]:
        """Yield what was drawn, and each arm's envelopes, the first draws of every walk alike."""
        for index in range(_FITS[1]):
            if index == len(self._found):
                self._found.append(next(self._drawn))
            yield self._found[index]

    @cached_property
    def _found(self) -> list[tuple[Observed, dict[str, SmoothBloch]]]:
        return []

    @cached_property
    def _drawn(self) -> Iterator[tuple[Observed, dict[str, SmoothBloch]]]:
        settings = Settings(self.expected.prediction.experiment)
        frequency, shots = settings.frequencies(self.expected.prediction), settings.shots
        sequence = np.random.SeedSequence(settings.experiment.seed, spawn_key=(_PLANNING,))
        rng = np.random.default_rng(sequence)
        for data, smooth in self.alike or ():
            again = Observed.drawn(self.expected, settings, data.table)
            yield again, {arm: replace(smooth[arm], data=again.bloch(arm)) for arm in SIGNS}
        while self.alike is None:
            ones = rng.binomial(shots, frequency)
            table = np.stack([shots - ones, ones], axis=-1)
            data = Observed.drawn(self.expected, settings, table)
            yield data, _envelopes(data)


@dataclass(frozen=True)
class EnvelopeGain(ModelFree):
    """The gain of the envelopes' ergotropies over the control's: peak, window mean, or late.

    fits: which other measures use, too; by default its own.
    """

    measure: str = GAIN_MEAN
    fits: SimulatedFits | None = None

    @property
    def arms(self) -> tuple[str, ...]:
        """Both."""
        return tuple(SIGNS)

    def known(self, expected: Expectation) -> Self:
        """Return the same gain of a device that is otherwise well known; no fit is made anew.

        Args:
            expected: of a file that differs in its priors alone.
        """
        fits = replace(self._simulated, expected=expected, alike=self._simulated)
        return replace(self, expected=expected, fits=fits)

    @cached_property
    def _simulated(self) -> SimulatedFits:
        return self.fits or SimulatedFits(self.expected)

    def estimate(self, data: Observed) -> Linear:
        """Return the gain, (1,).

        Args:
            data: frequencies of all settings, and the model.

        Returns:
            In hbar w_q.
        """
        return self._of(data, _envelopes(data))

    def with_variance(
        self, data: Observed, smooth: Mapping[str, SmoothBloch]
    ) -> tuple[Linear, float]:
        """Return the gain of envelopes that stand, and its variance without named causes.

        To the variance by shots it adds what the choice of the number of modes and the curvature
        of the ergotropy add, which is a run's own as well.

        Args:
            data: frequencies of all settings, and the model.
            smooth: each arm's envelopes of them.

        Returns:
            The gain (1,) in hbar w_q, and the variance in its square.
        """
        found = self._of(data, smooth)
        arms = [smooth[arm] for arm in SIGNS]
        stated = envelope_gain(data.experiment, arms[0], arms[1], self.measure)[1]
        own = float(found.shot_variance(data.likely, data.shots)[0])
        return found, max(own, stated**2 - float(found.systematic_variance[0]))

    def _of(self, data: Observed, smooth: Mapping[str, SmoothBloch]) -> Linear:
        value, by_arm = np.zeros(1), {}
        for arm, sign in SIGNS.items():
            mean = ArmMean.of(data.experiment, smooth[arm], self.measure)
            value += sign * mean.value
            by_arm[arm] = sign * mean.weights()[None]
        uncorrected = uncorrected_gains(data)
        causes = {UNCORRECTED: np.array([uncorrected[self.measure]])} if uncorrected else {}
        return data.linear(value, by_arm, causes)

    @cached_property
    def _expected(self) -> Linear:
        """The gain without envelopes: the expected one, and the mean's own weights."""
        shots = np.ones(self.settings.size)
        exact = Observed.exact(self.expected, self.settings, self.frequency, shots)
        value, by_arm = np.zeros(1), {}
        for arm, sign in SIGNS.items():
            bloch = exact.bloch(arm).linear
            weights = averaging(self.settings.experiment, self.settings.times, self.measure, bloch)
            value += sign * (weights @ qubit_ergotropy(bloch))
            rows = weights[:, None] * qubit_ergotropy_gradient(bloch)
            by_arm[arm] = sign * rows[None]
        return exact.linear(value, by_arm, {})

    @cached_property
    def _fitted(self) -> Linear:
        """The gain with the root mean square of the weights of simulated fits.

        The number of modes depends on the counts, and with it the weights; so they are those of
        fits to counts, drawn with the file's shots, and as large as the mean variance asks for.
        """
        fits: list[Linear] = []
        own: list[float] = []
        for each in self._simulated:
            fit, variance = self.with_variance(*each)
            fits.append(fit)
            own.append(variance)
            if len(own) >= _FITS[0] and _error_of_std(own) <= self._simulated.precision:
                break
        alike = _root_mean_square([fit.weights for fit in fits])
        by_shots = replace(fits[0], weights=alike).shot_variance(
            self.frequency, self.settings.shots
        )
        return Linear(
            self._expected.value,
            alike * np.sqrt(np.mean(own) / by_shots)[:, None],
            {
                name: _root_mean_square([fit.causes[name] for fit in fits])
                for name in fits[0].causes
            },
        )

    def linear(self, shots: FloatArray) -> Linear:
        """Return the gain to first order; where there is none no plan follows, nor any fit.

        Args:
            shots: of every setting, (M,); not used, the weights are those of the file's shots.
        """
        return self._fitted if self._expected.value[0] > 0 else self._expected


def _error_of_std(variances: list[float]) -> float:
    """Return how well the root of the mean variance is known, as a part of it.

    Counts alone can decide between two modes and three; variances then have two sizes, and a few
    fits may hold too many of either.
    """
    of_mean = np.std(variances, ddof=1) / np.sqrt(len(variances))
    return float(of_mean / (2 * np.mean(variances)))


def _root_mean_square(values: list[FloatArray]) -> FloatArray:
    """Return the root mean square of arrays, with the sign of their mean."""
    return np.copysign(np.sqrt(np.mean(np.square(values), axis=0)), np.mean(values, axis=0))


def _envelopes(data: Observed) -> dict[str, SmoothBloch]:
    return {
        arm: smooth_bloch(data.experiment, data.settings.times, data.bloch(arm)) for arm in SIGNS
    }

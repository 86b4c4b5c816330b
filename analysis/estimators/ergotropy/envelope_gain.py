"""The gain of the envelopes' ergotropies as an estimator, for campaigns and for planning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.ergotropy.gain import GAIN_MEAN, ArmMean, averaging, uncorrected_gains
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat.exchange import UNCORRECTED
from analysis.estimators.heat.smooth_bloch import SmoothBloch, smooth_bloch
from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from cqed_battery.energetics import qubit_ergotropy, qubit_ergotropy_gradient
from cqed_battery.operators import FloatArray
from protocols.settings.settings import Settings

_FITS = 5  # simulated fits of which the middle one stands for all
_PLANNING = 7  # spawn key that keeps their draws apart from those of the emulation


@dataclass(frozen=True)
class SimulatedFits:
    """Envelopes of counts that are drawn with the file's shots: one set for every measure."""

    expected: Expectation

    @cached_property
    def found(self) -> list[tuple[Observed, dict[str, SmoothBloch]]]:
        """What was drawn, and each arm's envelopes."""
        settings = Settings(self.expected.prediction.experiment)
        frequency, shots = settings.frequencies(self.expected.prediction), settings.shots
        sequence = np.random.SeedSequence(settings.experiment.seed, spawn_key=(_PLANNING,))
        rng, found = np.random.default_rng(sequence), []
        for _ in range(_FITS):
            ones = rng.binomial(shots, frequency)
            table = np.stack([shots - ones, ones], axis=-1)
            data = Observed.drawn(self.expected, settings, table)
            found.append((data, _envelopes(data)))
        return found


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

    def estimate(self, data: Observed) -> Linear:
        """Return the gain, (1,).

        Args:
            data: frequencies of all settings, and the model.

        Returns:
            In hbar w_q.
        """
        return self._of(data, _envelopes(data))

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
        """The gain with the weights of the middle one of simulated fits.

        The number of modes depends on the counts, so weights are those of fits to counts, drawn
        with the file's shots.
        """
        drawn, shots = (self.fits or SimulatedFits(self.expected)).found, self.settings.shots
        fits = [self._of(data, smooth) for data, smooth in drawn]
        sizes = [float(fit.shot_variance(self.frequency, shots)[0]) for fit in fits]
        return replace(fits[int(np.argsort(sizes)[_FITS // 2])], value=self._expected.value)

    def linear(self, shots: FloatArray) -> Linear:
        """Return the gain to first order; where there is none no plan follows, nor any fit.

        Args:
            shots: of every setting, (M,); not used, the weights are those of the file's shots.
        """
        return self._fitted if self._expected.value[0] > 0 else self._expected


def _envelopes(data: Observed) -> dict[str, SmoothBloch]:
    return {
        arm: smooth_bloch(data.experiment, data.settings.times, data.bloch(arm)) for arm in SIGNS
    }

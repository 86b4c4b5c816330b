"""What the model-free estimators of claims have in common, for analysis and for planning."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from analysis.estimators.expectation import Expectation
from analysis.estimators.linear import Linear
from analysis.estimators.observed import Observed
from cqed_battery.operators import FloatArray
from protocols.settings.settings import Settings


@dataclass(frozen=True)
class ModelFree:
    """What the model-free estimators of claims have in common.

    Subclasses give `arms`, or the vacuum measurement, as their own settings, and `estimate`.
    """

    expected: Expectation

    @cached_property
    def settings(self) -> Settings:
        """The table of the experiment's settings."""
        return Settings(self.expected.prediction.experiment)

    @cached_property
    def frequency(self) -> FloatArray:
        """Expected frequencies of outcome 1, (M,), through the file's readout model."""
        return self.settings.frequencies(self.expected.prediction)

    def known(self, expected: Expectation) -> Self:
        """Return the same estimator of a device that is otherwise well known.

        Args:
            expected: of a file that differs in its priors alone.
        """
        return replace(self, expected=expected)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that the estimator uses."""
        return ("catalysed",)

    @cached_property
    def own(self) -> FloatArray:
        """1 in the settings that the estimator uses, calibration aside, (M,)."""
        found = np.zeros(self.settings.size)
        for arm in self.arms:
            found[self.settings.arm(arm)] = 1.0
        return found

    def estimate(self, data: Observed) -> Linear:
        """Return the numbers from data, to first order in its frequencies.

        Args:
            data: frequencies of all settings, and the model.
        """
        raise NotImplementedError

    def linear(self, shots: FloatArray) -> Linear:
        """Return the estimate of the expected frequencies, for shots (M,).

        Args:
            shots: of every setting, at least 0, (M,).
        """
        # The device is known from all settings: what the estimator itself does without keeps the
        # file's shots.
        known = self.expected.with_shots(np.where(self.own > 0, shots, self.settings.shots))
        return self.estimate(Observed.exact(known, self.settings, self.frequency, shots))

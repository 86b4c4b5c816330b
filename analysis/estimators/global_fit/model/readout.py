"""The readout of the forward model: from the probabilities of reading 1 to what is counted.

Its assignment errors and their drift are parameters of which no dynamics knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.estimators.global_fit.model.parameters import (
    P0_GIVEN_1,
    P1_GIVEN_0,
    READOUT_DRIFT,
    Parameter,
    starts,
)
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.global_fit.model.sensitivities import Slope
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.readout import assignment_errors
from protocols.settings.settings import Settings

_LEAST_CONTRAST = 1e-3  # of a fitted readout that tells nothing


@dataclass
class FittedReadout:
    """The readout of one experiment file; parameters not in `free` keep its values.

    Args:
        experiment: the file's content.
        free: the free parameters.
        fixed: further values by name, each in its unit.
    """

    experiment: Experiment
    free: tuple[Parameter, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)
    settings: Settings = field(init=False, repr=False, compare=False)
    """The table of settings of the experiment."""

    def values(self, theta: FloatArray) -> dict[str, float]:
        """Return all parameters by name: the file's, the fixed ones, then theta (p,).

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        free = {p.name: float(x) for p, x in zip(self.free, theta, strict=True)}
        return {**self.fixed, **free}

    def start(self) -> FloatArray:
        """Return the experiment file's own values of the free parameters, (p,)."""
        return starts(self.free)

    def errors(self, theta: FloatArray) -> tuple[float, float]:
        """Return P(1|0) and P(0|1) at the run's beginning.

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        values, readout = self.values(theta), assignment_errors(self.experiment)
        p10 = values.get(P1_GIVEN_0, readout.p1_given_0)
        return p10, values.get(P0_GIVEN_1, readout.p0_given_1)

    def contrast(self, theta: FloatArray) -> float:
        """Return 1 - P(1|0) - P(0|1) at the run's beginning, above 0.

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        return max(1 - sum(self.errors(theta)), _LEAST_CONTRAST)

    def frequency(self, theta: FloatArray, probability: FloatArray) -> FloatArray:
        """Return the frequency of outcome 1 behind the assignment errors, (M,).

        Args:
            theta: the free parameters, for those of the readout, (p,).
            probability: of reading 1 before assignment errors, (M,).
        """
        p10, p01 = self.errors(theta)
        found = p10 + (1 - p10 - p01) * probability
        drift = self.values(theta).get(READOUT_DRIFT, 0.0)
        return np.asarray(found + drift * self._drift_column(probability) if drift else found)

    def _drift_column(self, probability: FloatArray) -> FloatArray:
        """Return how a whole drift of both assignment errors moves the frequencies, (M,)."""
        return np.asarray(self.settings.times_within_run * (1 - 2 * probability))

    def seen(self, theta: FloatArray, frequency: FloatArray) -> FloatArray:
        """Return the probability that a frequency stands for by a readout without drift, (M,).

        Args:
            theta: the free parameters, for those of the readout, (p,).
            frequency: of outcome 1, (M,).
        """
        p10, p01 = self.errors(theta)
        return np.clip((frequency - p10) / max(1 - p10 - p01, _LEAST_CONTRAST), 0.0, 1.0)

    def frequency_slope(self, theta: FloatArray, at: Response, slope: Slope) -> FloatArray:
        """Return the derivative of `frequency` by all parameters, (M, p).

        Args:
            theta: the free parameters, for those of the readout, (p,).
            at: the response there.
            slope: the derivatives there.
        """
        p10, p01 = self.errors(theta)
        columns = (1 - p10 - p01) * slope.probability
        for index, parameter in enumerate(self.free):
            if parameter.name == P1_GIVEN_0:
                columns[:, index] = 1 - at.probability
            elif parameter.name == P0_GIVEN_1:
                columns[:, index] = -at.probability
            elif parameter.name == READOUT_DRIFT:
                columns[:, index] = self._drift_column(at.probability)
        return columns

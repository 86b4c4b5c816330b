"""The global fit of the device model as an estimator to first order: the Cramer-Rao bound.

With the information F = sum_j n_j s_j s_j' / (f_j (1 - f_j)) + priors, s_j = d f_j / d theta, and
c = d quantity / d theta, the fit's estimate is linear with weights n_j s_j'F^-1 c / (f_j (1 - f_j))
and its variance is c'F^-1 c, the least that an unbiased estimator can have.
"""

from collections.abc import Callable, Sequence
from copy import copy

import numpy as np

from analysis.estimators.expectation import Expectation
from analysis.estimators.global_fit.fit import fit_counts
from analysis.estimators.global_fit.likelihood import Counts, LinearModel
from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import (
    COUNTED,
    Parameter,
    default_parameters,
    prior_precision,
    with_priors,
)
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.linear import Linear, spread
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.settings.settings import Settings

_SMALLEST_SPREAD = 1e-5  # a setting whose outcome is certain
_WIDER = 30.0  # times as wide: priors that no calibration stands behind


def _with_wide_priors(experiment: Experiment) -> tuple[Parameter, ...]:
    """Return the fit's parameters; priors that no calibration stands behind are far wider.

    A claim that the model's expected parameters would make by themselves is not evidence.
    """
    found = default_parameters(experiment)
    wide = {p.name: _WIDER * p.prior for p in found if p.name in COUNTED}
    return with_priors(found, wide)


def information(
    free: Sequence[Parameter],
    slope: FloatArray,
    frequency: FloatArray,
    shots: FloatArray | IntArray,
) -> FloatArray:
    """Return the inverse of the information of shots (M,) and priors, (p, p).

    Args:
        free: p parameters.
        slope: derivatives of the frequencies by them, (M, p).
        frequency: of outcome 1, (M,).
        shots: of every setting, at least 0, (M,).
    """
    factor = np.sqrt(shots) / np.maximum(spread(frequency), _SMALLEST_SPREAD)
    return LinearModel.of(slope, factor, prior_precision(tuple(free))).covariance


class GlobalBound:
    """The global fit's estimator of a claim's numbers, from all settings of the file.

    Args:
        experiment: the file, whose device is the truth here.
        numbers: from the model's quantities to the numbers (Q,); linear in the quantities, since
            it takes their derivatives (..., p) to those of the numbers, (Q, p), too.
    """

    def __init__(self, experiment: Experiment, numbers: Callable[[Response], FloatArray]) -> None:
        self.numbers = numbers
        self.free = _with_wide_priors(experiment)
        self.model = ForwardModel(experiment, self.free)
        theta = self.model.start()
        response = self.model.response(theta)
        slope = self.model.slope(theta, response)
        self.frequency = self.model.frequency(theta, response.probability)
        self.slope = self.model.frequency_slope(theta, response, slope)
        self.own = np.ones(len(self.frequency))
        self.own[Settings(experiment).calibration] = 0.0
        self.value = numbers(response)
        self.gradient = numbers(Response(np.empty(0), slope.quantities))

    def known(self, expected: Expectation) -> "GlobalBound":
        """Return the same with the priors of a file that differs in these alone.

        Args:
            expected: what that file leads one to expect.
        """
        wide = _with_wide_priors(expected.experiment)
        same, priors = copy(self), {p.name: p.prior for p in wide}
        same.free = with_priors(self.free, priors)
        return same

    def estimate(self, counts: Counts) -> FloatArray:
        """Return the fit's own numbers from counts, (Q,).

        Args:
            counts: of every setting, in the forward model's order.

        Raises:
            FitError: no maximum of the likelihood was found.
        """
        return self.numbers(fit_counts(self.model, counts).response)

    def covariance(self, shots: FloatArray | IntArray) -> FloatArray:
        """Return the inverse of the information of shots (M,) and priors, (p, p).

        Args:
            shots: of every setting, at least 0, (M,).
        """
        return information(self.free, self.slope, self.frequency, shots)

    def linear(self, shots: FloatArray | IntArray) -> Linear:
        """Return the fit's estimator to first order; what priors add is fixed, by parameter.

        Args:
            shots: of every setting, at least 0, (M,).
        """
        reach = self.gradient @ self.covariance(shots)
        variance = np.maximum(spread(self.frequency), _SMALLEST_SPREAD) ** 2
        precision = prior_precision(self.free)
        fixed = {
            f"prior of {parameter.name}": reach[:, index] * precision[index] ** 0.5
            for index, parameter in enumerate(self.free)
            if precision[index] > 0
        }
        return Linear(self.value, shots * (reach @ self.slope.T) / variance, fixed)

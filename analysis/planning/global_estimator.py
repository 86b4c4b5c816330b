"""The global fit of the device model as an estimator to first order: the Cramer-Rao bound.

With the information F = sum_j n_j s_j s_j' / (f_j (1 - f_j)) + priors, s_j = d f_j / d theta, and
c = d quantity / d theta, the fit's estimate is linear with weights n_j s_j'F^-1 c / (f_j (1 - f_j))
and its variance is c'F^-1 c, the least that an unbiased estimator can have.
"""

import numpy as np

from analysis.estimators.global_fit.forward import ForwardModel, Response
from analysis.estimators.global_fit.likelihood import LinearModel
from analysis.estimators.global_fit.parameters import (
    EXCITATION,
    RABI,
    Parameter,
    default_parameters,
    prior_precision,
    with_priors,
)
from analysis.estimators.windows import averaging_weights, late_window, mean_window
from analysis.planning.claims import (
    ERGOTROPY,
    GAIN_AT,
    GAIN_LATE,
    GAIN_PEAK,
    HEAT,
    VACUUM,
    Claim,
    time_index,
)
from analysis.planning.information import Linear, spread
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.settings import Schedule

_SMALLEST_SPREAD = 1e-5  # a setting whose outcome is certain
_WIDER = 30.0
_CALIBRATED = (RABI, EXCITATION)


def _with_wide_priors(experiment: Experiment) -> tuple[Parameter, ...]:
    """Return the fit's parameters; priors that no calibration stands behind are far wider.

    A claim that the model's expected parameters would make by themselves is not evidence.
    """
    found = default_parameters(experiment)
    wide = {p.name: _WIDER * p.prior for p in found if p.name not in _CALIBRATED}
    return with_priors(found, wide)


class GlobalEstimator:
    """The global fit's estimator of one claim, from all settings of the file.

    `heat_window_end` is the index of the time up to which S is taken.
    """

    def __init__(self, experiment: Experiment, claim: Claim, heat_window_end: int) -> None:
        self.claim, self.window_end = claim, heat_window_end
        self.model = ForwardModel(experiment, _with_wide_priors(experiment))
        self.times = experiment.charging.grid_ns()
        theta = self.model.start()
        self.response = self.model.response(theta)
        slope = self.model.slope(theta, self.response)
        self.frequency = self.model.frequency(theta, self.response.probability)
        self.slope = self.model.frequency_slope(theta, self.response, slope)
        self.precision = prior_precision(self.model.free)
        self.own = np.ones(len(self.frequency))
        self.own[Schedule.of(experiment).calibration] = 0.0
        self.value = self._of(self.response)[:, 0]
        self.gradient = self._of(Response(np.empty(0), slope.quantities))

    def _of(self, found: Response) -> FloatArray:
        """Return the claim's numbers (Q, 1), or their derivatives (Q, p)."""
        kind, catalysed = self.claim.kind, found.quantities["catalysed"]
        if kind == VACUUM:
            rows = catalysed["vacuum_fidelity"][-1:]
        elif kind == HEAT:
            rows = -catalysed["heat_integral"][self.window_end : self.window_end + 1]
        elif kind in (ERGOTROPY, GAIN_AT):
            places = [time_index(self.times, time) for time in self.claim.times]
            rows = catalysed["ergotropy"][places]
            if self.claim.compares:
                rows = rows - found.quantities["control"]["ergotropy"][places]
        else:
            rows = np.asarray(
                self._average("catalysed") @ catalysed["ergotropy"]
                - self._average("control") @ found.quantities["control"]["ergotropy"]
            )[None]
        return np.asarray(rows).reshape(len(rows), -1)

    def _average(self, arm: str) -> FloatArray:
        if self.claim.kind == GAIN_PEAK:
            top = int(self.response.quantities[arm]["ergotropy"].argmax())
            return np.eye(len(self.times))[top]
        window = late_window if self.claim.kind == GAIN_LATE else mean_window
        start, end, _ = window(self.model.experiment, self.times)
        return averaging_weights(self.times, start, end)

    def covariance(self, shots: FloatArray) -> FloatArray:
        """Return the inverse of the information of shots (M,) and priors, (p, p).

        From singular values, none of which is left out: what the counts do not tell stays as
        uncertain as its prior.
        """
        factor = np.sqrt(shots) / np.maximum(spread(self.frequency), _SMALLEST_SPREAD)
        rows = LinearModel.of(self.slope, factor, self.precision).rows
        scale = np.maximum(np.linalg.norm(rows, axis=0), 1e-300)
        _, size, right = np.linalg.svd(rows / scale, full_matrices=False)
        half = right / np.maximum(size, 1e-13)[:, None]
        return np.asarray(half.T @ half / np.outer(scale, scale))

    def linear(self, shots: FloatArray) -> Linear:
        """Return the fit's estimator to first order; what priors add is fixed, by parameter."""
        reach = self.gradient @ self.covariance(shots)
        variance = np.maximum(spread(self.frequency), _SMALLEST_SPREAD) ** 2
        fixed = {
            f"prior of {parameter.name}": np.abs(reach[:, index]) * self.precision[index] ** 0.5
            for index, parameter in enumerate(self.model.free)
            if self.precision[index] > 0
        }
        return Linear(self.value, shots * (reach @ self.slope.T) / variance, fixed)

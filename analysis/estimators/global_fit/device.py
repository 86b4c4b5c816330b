"""The device as the counts have it: the file's, moved by a fit of all counts within its priors.

No device is quite its file's. So the model that corrects the model-free estimates is fitted first,
and what counts and priors leave open of it is a cause of error of every number (`DeviceErrors`).
"""

from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import chdtrc

from analysis.data.inputs import Inputs
from analysis.estimators.agreement import Agreement, Discrepancy, agreement
from analysis.estimators.expectation import DeviceErrors, Expectation, expectation_of
from analysis.estimators.global_fit.bound import information
from analysis.estimators.global_fit.fit import FitError, GlobalFit, fit_counts
from analysis.estimators.global_fit.likelihood import Counts
from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import (
    READOUT,
    Parameter,
    default_parameters,
    with_priors,
)
from analysis.estimators.global_fit.model.response import response_of
from analysis.estimators.global_fit.model.sensitivities import Slope
from analysis.estimators.linear import binomial_variance, share_of_ones
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import Prediction, predict
from protocols.prediction.truth import FLUX_WORK
from protocols.readout import assignment_errors
from protocols.settings.settings import Settings

_UNTOLD = 1e-9  # shots that tell nothing
_JITTER = 1e-12  # of a correlation of 1, for a matrix without an inverse


@dataclass(frozen=True)
class FittedDevice:
    """What is expected at the fitted device, and how the counts agree with it.

    fit: None where none was made; failure: why it found nothing.
    """

    expected: Expectation
    agreed: Agreement
    model: ForwardModel | None = None
    fit: GlobalFit | None = None
    failure: str = ""

    @property
    def filed(self) -> Expectation:
        """What the file's own device is expected to do."""
        if self.model is None or self.fit is None:
            return self.expected
        return expectation_of(self.model.filed.experiment, self.model.filed)


def fitted_device(
    inputs: Inputs, model: ForwardModel | None = None, centre: FloatArray | None = None
) -> FittedDevice:
    """Fit the device to all counts and return what it is expected to do.

    Without corrections by a model (`analysis.correction = "none"`), and where no maximum is found,
    it is the file's device.

    Args:
        inputs: the checked dataset.
        model: the forward model, by default that of the inputs' experiment.
        centre: where the priors are centred, by default at the experiment file's values, (p,).

    Raises:
        ConvergenceError: the file's dynamics cannot be trusted.
    """
    experiment = inputs.settings.experiment
    model = model or _model_of(_alike(experiment).to_toml(comments=False))
    failure = ""
    if experiment.analysis.correction == "model" or experiment.analysis.global_fit:
        try:
            fit = fit_counts(model, Counts.of(inputs), centre=centre)
        except FitError as error:
            failure = str(error)
        else:
            return described(model, fit)
    prediction = predict(inputs.experiment)
    expected = expectation_of(inputs.experiment, prediction)
    agreed = agreement(inputs, expected)
    if failure:
        agreed = replace(agreed, p_value=0.0)
        expected = replace(expected, device=_as_filed(prediction, agreed.inflation))
    return FittedDevice(expected, agreed, failure=failure)


def _as_filed(prediction: Prediction, inflation: float) -> DeviceErrors:
    """Return what the priors alone leave open, their variances multiplied by `inflation`."""
    planned = _Planned(prediction)
    known, factor = planned(np.full(len(planned.frequency), _UNTOLD)), inflation**0.5
    arms = {
        arm: {name: factor * values for name, values in found.items()}
        for arm, found in known.arms.items()
    }
    return replace(known, measured=factor * known.measured, arms=arms, fitted=False)


def described(model: ForwardModel, fit: GlobalFit) -> FittedDevice:
    """Return the device that a fit has found.

    Args:
        model: the forward model.
        fit: of that model to all counts.
    """
    agreed = agreement_of(fit)
    expected = fitted_expectation(model, fit, agreed.inflation)
    if not agreed.consistent:
        agreed = replace(agreed, discrepancy=_discrepancy(model, fit, expected))
        expected = _doubted(model, fit, expected)
    return FittedDevice(expected, agreed, model, fit)


def _doubted(model: ForwardModel, fit: GlobalFit, expected: Expectation) -> Expectation:
    """Return the same with the way from the file's device to the fitted one as a cause of error.

    Where the counts agree with neither, a fit may have bent the device far to meet what is wrong
    elsewhere, and what it then corrects is no better known than that.
    """
    filed = response_of(Settings(model.experiment), model.filed)
    arms = {
        arm: {name: values - fit.response.quantities[arm][name] for name, values in found.items()}
        for arm, found in filed.quantities.items()
    }
    away = 2 * (filed.probability - fit.response.probability)
    assert expected.device is not None  # the fit has told it
    return replace(expected, device=expected.device.further(STEP, away, arms))


def _discrepancy(model: ForwardModel, fit: GlobalFit, expected: Expectation) -> Discrepancy:
    """Return what the fit's residuals show beyond their shots."""
    scale, shots = 2 / model.contrast(fit.theta), fit.counts.shots
    gap = scale * (share_of_ones(fit.counts.ones, shots) - fit.frequency)
    variance = scale**2 * binomial_variance(fit.frequency, shots)
    variance = np.where(shots > 0, variance, 0.0)
    return Discrepancy.of(Settings(model.experiment), expected, gap, variance)


STEP = "the way from the file's device"
"""Cause: what the fit has moved, where the counts agree with no device."""


def _alike(experiment: Experiment) -> Experiment:
    """Return the file that all with the same model share: another title or seed moves nothing."""
    drawn = experiment.faults.order == "random"
    return experiment.replace({"title": "", "seed": experiment.seed if drawn else 0})


@lru_cache(maxsize=4)
def _model_of(text: str) -> ForwardModel:
    """Return a file's model with the derivatives at the file's device, once for many runs."""
    experiment = Experiment.from_text(text)
    return ForwardModel(experiment, default_parameters(experiment))


def agreement_of(fit: GlobalFit) -> Agreement:
    """Return the chi-square of counts and priors at the fit; flat parameters take a degree each.

    Args:
        fit: of all counts.
    """
    shots = fit.counts.shots
    gap = share_of_ones(fit.counts.ones, shots) - fit.frequency
    square = float((gap**2 / binomial_variance(fit.frequency, shots)).sum())
    square += fit.prior_penalty
    degrees = fit.settings - sum(not np.isfinite(p.prior) for p in fit.parameters)
    unlikely = float(chdtrc(degrees, square))
    return Agreement(square, degrees, unlikely, widened=fit.widened)


def fitted_expectation(model: ForwardModel, fit: GlobalFit, inflation: float = 1.0) -> Expectation:
    """Return what the fitted device does, and how far the fit may be off.

    Args:
        model: the forward model.
        fit: of that model.
        inflation: by what the variances of its parameters are multiplied.
    """
    prediction = model.prediction(fit.theta, fit.slope)
    expected = expectation_of(prediction.experiment, prediction)
    fitted = fit.response.quantities
    arms = {arm: values | fitted[arm] for arm, values in expected.arms.items()}
    if any(values[FLUX_WORK].any() for values in arms.values()):  # which no surface has
        exact = model.exact(fit.theta)
        arms = {arm: v | {FLUX_WORK: exact.arms[arm].flux_work} for arm, v in arms.items()}
    columns = model.frequency_slope(fit.theta, fit.response, fit.slope)
    measured = 2 * columns / model.contrast(fit.theta)
    errors = device_errors(fit.parameters, fit.slope, measured, inflation * fit.covariance)
    return Expectation(prediction, arms, errors)


def device_errors(
    parameters: tuple[Parameter, ...],
    slope: Slope,
    measured: FloatArray,
    covariance: FloatArray,
) -> DeviceErrors:
    """Return what one standard error of each parameter, one after the other, makes wrong.

    The readout's errors are left out: the calibration's own counts carry them.

    Args:
        parameters: p of them.
        slope: derivatives of the quantities by them.
        measured: derivatives of 2 P(1) - 1 of every setting, (M, p).
        covariance: of the parameters, (p, p).
    """
    kept = [n for n, parameter in enumerate(parameters) if not parameter.name.endswith(READOUT)]
    own = covariance[np.ix_(kept, kept)]
    scale = np.sqrt(np.maximum(np.diag(own), 1e-300))
    correlation = own / np.outer(scale, scale) + _JITTER * np.eye(len(kept))
    factor = scale[:, None] * np.linalg.cholesky(correlation)
    arms = {
        arm: {name: values[..., kept] @ factor for name, values in found.items()}
        for arm, found in slope.quantities.items()
    }
    names = tuple(parameters[n].name for n in kept)
    return DeviceErrors(names, measured[:, kept] @ factor, arms)


def planned_expectation(experiment: Experiment) -> Expectation:
    """Return what the file's device is expected to do; shots then tell how well it is known.

    Args:
        experiment: the experiment file's content.

    Raises:
        ConvergenceError: the dynamics cannot be trusted.
    """
    prediction = predict(experiment)
    expected = expectation_of(experiment, prediction)
    if experiment.analysis.correction == "none":
        return expected
    return replace(expected, planned=_Planned(prediction))


class _Planned:
    """How well the device will be known, from the derivatives at the file's device."""

    def __init__(self, prediction: Prediction) -> None:
        experiment = prediction.experiment
        model = ForwardModel(experiment, default_parameters(experiment), known=prediction)
        theta = model.start()
        response = model.response(theta)
        self.free, self.slope = model.free, model.slope(theta, response)
        self.columns = model.frequency_slope(theta, response, self.slope)
        self.frequency = model.frequency(theta, response.probability)
        self.contrast = assignment_errors(experiment).contrast

    def known(self, experiment: Experiment) -> "_Planned":
        """Return the same with the priors of a file that differs in these alone."""
        same = copy(self)
        priors = {parameter.name: parameter.prior for parameter in default_parameters(experiment)}
        same.free = with_priors(self.free, priors)
        return same

    def __call__(self, shots: FloatArray | IntArray) -> DeviceErrors:
        covariance = information(self.free, self.columns, self.frequency, shots)
        measured = 2 * self.columns / self.contrast
        return device_errors(self.free, self.slope, measured, covariance)

"""Every run of a campaign with the device that all counts have fitted together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from analysis.campaign.joint_model import DRIFTING, JointModel, JointResponse, JointSlope
from analysis.data.inputs import Inputs
from analysis.estimators.agreement import Agreement
from analysis.estimators.expectation import Expectation, expectation_of
from analysis.estimators.global_fit.device import agreement_of, device_errors
from analysis.estimators.global_fit.fit import GlobalFit, fit_counts
from analysis.estimators.global_fit.likelihood import Counts
from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import default_parameters
from analysis.estimators.global_fit.model.sensitivities import Slope
from analysis.estimators.linear import binomial_variance, share_of_ones
from analysis.estimators.observed import Observed
from cqed_battery.operators import FloatArray


@dataclass(frozen=True)
class Run:
    """A run with its counts, the jointly fitted device, and how its counts agree with that.

    theta and std: the run's own parameters and their standard errors by name.
    """

    name: str
    inputs: Inputs
    data: Observed
    agreed: Agreement
    theta: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Campaign:
    """All runs, and the fit of all their counts at once."""

    runs: tuple[Run, ...]
    model: JointModel
    fit: GlobalFit
    agreed: Agreement


def fitted_campaign(
    names: Sequence[str], inputs: Sequence[Inputs], drifting: Sequence[str] = DRIFTING
) -> Campaign:
    """Fit one device to the counts of several runs.

    Args:
        names: of the runs, each once.
        inputs: the checked dataset of each run.
        drifting: parameters that differ from run to run about a common value.

    Raises:
        FitError: no maximum of the likelihood was found.
        CqedBatteryError: `drifting` names an unknown parameter.
    """
    models = [_model(each) for each in inputs]
    model = JointModel.of(models, names, drifting)
    counts = [Counts.of(each) for each in inputs]
    parts = ([getattr(c, name) for c in counts] for name in ("ones", "shots", "times"))
    fit = fit_counts(model, Counts(*map(np.concatenate, parts)))
    agreed = agreement_of(fit)
    runs = tuple(
        _run(number, name, given, model, fit, agreed)
        for number, (name, given) in enumerate(zip(names, inputs, strict=True))
    )
    return Campaign(runs, model, fit, agreed)


def _model(inputs: Inputs) -> ForwardModel:
    experiment = inputs.settings.experiment
    return ForwardModel(experiment, default_parameters(experiment))


def _run(
    number: int, name: str, inputs: Inputs, model: JointModel, fit: GlobalFit, agreed: Agreement
) -> Run:
    """Return a run, its expectation at the joint fit, with the campaign's causes of error."""
    expected = _expectation(number, model, fit)
    data = Observed.of(inputs, expected, agreed)
    own, matrix = model.own(fit.theta)[number], model.maps[number]
    variance = np.einsum("ij,jk,ik->i", matrix, fit.covariance, matrix)
    theta = {
        parameter.name: (float(value), float(np.sqrt(max(spread, 0.0))))
        for parameter, value, spread in zip(model.models[number].free, own, variance, strict=True)
    }
    return Run(
        name, inputs, data, _agreement(inputs, model.of_each_run(fit.frequency)[number]), theta
    )


def _agreement(inputs: Inputs, frequency: FloatArray) -> Agreement:
    """Return the chi-square of one run's counts against the joint fit."""
    shots = inputs.table.sum(axis=1)
    gap = share_of_ones(inputs.table[:, 1], shots) - frequency
    square = float((gap**2 / binomial_variance(frequency, shots)).sum())
    degrees = int(np.count_nonzero(shots))
    return Agreement(square, degrees, float(chdtrc(degrees, square)))


def _expectation(number: int, model: JointModel, fit: GlobalFit) -> Expectation:
    """Return what a run's device does, and how far it may be off by the campaign's parameters."""
    assert isinstance(fit.response, JointResponse)
    assert isinstance(fit.slope, JointSlope)
    single, matrix = model.models[number], model.maps[number]
    theta = model.own(fit.theta)[number]
    response, slope = fit.response.parts[number], fit.slope.parts[number]
    prediction = single.prediction(theta, slope)
    expected = expectation_of(prediction.experiment, prediction)
    arms = {arm: values | response.quantities[arm] for arm, values in expected.arms.items()}
    columns = single.frequency_slope(theta, response, slope) @ matrix / single.contrast(theta)
    joint = Slope(
        slope.probability @ matrix,
        {
            arm: {name: values @ matrix for name, values in found.items()}
            for arm, found in slope.quantities.items()
        },
    )
    errors = device_errors(fit.parameters, joint, 2 * columns, fit.covariance)
    return Expectation(prediction, arms, errors)

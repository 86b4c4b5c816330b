"""Simulated runs of one scenario: exact frequencies once, then counts of any number of runs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from analysis.estimators.global_fit import Counts, ForwardModel, default_parameters
from analysis.estimators.global_fit.likelihood import LinearModel
from analysis.estimators.global_fit.model.parameters import (
    CURVED,
    RABI,
    SHAPE,
    STEP,
    prior_precision,
)
from analysis.validation.devices.scenarios import Scenario
from analysis.validation.repeats.taylor import TaylorModel
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.settings.counts import counts_dataset, dataset_attributes
from protocols.settings.settings import Settings

PARAMETERS = "parameters"  # the "arm" under which fitted parameters are reported


@dataclass(frozen=True)
class Run:
    """One run: its dataset, its counts in the model's order, and what was calibrated before.

    `calibrated` (p,) are the values that a calibration found beforehand: truth plus an
    error of each prior's size. The dataset's file holds its Rabi rate.
    """

    dataset: xr.DataTree
    counts: Counts
    calibrated: FloatArray


class SimulatedRuns:
    """The truth of a scenario, and the model that analyses it.

    With `expanded`, that model is its second-order expansion about the truth, for thousands of
    repeats; only where the model is right. What is of second order by itself (line, ramp, slow
    noise), and the shapes of drive and coupling, are then not free.
    """

    def __init__(self, scenario: Scenario, *, expanded: bool = False) -> None:
        self.scenario = scenario
        self.file = Experiment.from_text(scenario.assumed)
        truth = Experiment.from_text(scenario.truth)
        held = (*scenario.held, *((*CURVED, *SHAPE, *STEP) if expanded else ()))
        free = tuple(p for p in default_parameters(self.file) if p.name not in held)
        self.model = ForwardModel(self.file, free)
        true = ForwardModel(truth, default_parameters(truth))
        theta = true.start()
        names = [parameter.name for parameter in true.free]
        for name, value in scenario.detunings:
            theta[names.index(name)] = value
        self.response = true.response(theta)
        self.frequency = true.frequency(theta, self.response.probability)
        self.shots = Settings(truth).shots
        known = dict(zip(names, theta, strict=True))
        self.theta = np.array([known[parameter.name] for parameter in self.model.free])
        if expanded:
            width = self.bounds()[f"{PARAMETERS}.all"]
            self.model = TaylorModel(self.model, self.theta, width)

    def truths(self) -> dict[str, FloatArray]:
        """Return every true quantity by "arm.quantity", and the parameters."""
        return {f"{PARAMETERS}.all": self.theta, **_by_name(self.response.quantities)}

    def bounds(self) -> dict[str, FloatArray]:
        """Return the Cramer-Rao bounds on standard errors, keyed as `truths`.

        C = (sum over settings of N f' f'^T / (f (1 - f)) + prior^-2)^-1 at the truth,
        propagated to each quantity. Only where the model is right.
        """
        slope = self.model.slope(self.theta, self.response)
        columns = self.model.frequency_slope(self.theta, self.response, slope)
        _, factor = Counts(self.shots, self.shots).residual(self.frequency)
        linear = LinearModel.of(columns, factor, prior_precision(self.model.free))
        covariance = linear.covariance
        found = {f"{PARAMETERS}.all": np.sqrt(np.diag(covariance))}
        for name, gradient in _by_name(slope.quantities).items():
            variance = np.einsum("...i,ij,...j->...", gradient, covariance, gradient)
            found[name] = np.sqrt(np.maximum(variance, 0.0))
        return found

    def measure(self, rng: np.random.Generator) -> Run:
        """Draw one run: calibrated values, then counts of every setting."""
        width = np.array([parameter.prior for parameter in self.model.free])
        bounded = np.array([parameter.low == parameter.start for parameter in self.model.free])
        width[~np.isfinite(width) | bounded] = 0.0  # nobody calibrates to less than nothing
        calibrated = self.theta + width * rng.standard_normal(len(width))
        counts = Counts(rng.binomial(self.shots, self.frequency), self.shots)
        rabi = [parameter.name for parameter in self.model.free].index(RABI)
        file = self.file.replace({RABI: max(float(calibrated[rabi]), 0.0)})
        return Run(_dataset(file, counts), counts, calibrated)


def _by_name(quantities: Mapping[str, Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    return {f"{arm}.{name}": v for arm, found in quantities.items() for name, v in found.items()}


def _dataset(file: Experiment, counts: Counts) -> xr.DataTree:
    """Return the counts as a dataset, without any truth in it."""
    table = np.stack([counts.shots - counts.ones, counts.ones], axis=-1)
    found = counts_dataset(Settings(file), table)
    return xr.DataTree(found.assign_attrs(dataset_attributes(file, "validation")))

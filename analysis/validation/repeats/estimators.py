"""The estimators of a coverage study: the global fit, the model-free analysis, a user's own.

Each takes a run and returns intervals by "arm.quantity".
"""

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from analysis.data.inputs import read_inputs
from analysis.estimators.arms.arms import ArmResult, analyse_arm, arm_dict
from analysis.estimators.global_fit import fit_counts
from analysis.estimators.global_fit.device import FittedDevice, fitted_device
from analysis.estimators.global_fit.fit import GlobalFit
from analysis.estimators.global_fit.model.response import QUANTITIES
from analysis.estimators.global_fit.summary import fitted, widened
from analysis.estimators.heat.exchange import Exchange
from analysis.estimators.observed import Observed
from analysis.estimators.vacuum.fidelity import estimate_vacuum_fidelity
from analysis.results import Quantity, quantity
from analysis.results.estimates import read_typed
from analysis.validation.repeats.simulated_runs import PARAMETERS, Run, SimulatedRuns
from cqed_battery.errors import CqedBatteryError, show_value
from cqed_battery.operators import FloatArray

GLOBAL_FIT, MODEL_FREE, REPORTED = "global fit", "model-free", "reported"

UserEstimator = Callable[[xr.DataTree], Mapping[str, Mapping[str, Any]]]


Estimates = dict[str, Quantity]


@dataclass(frozen=True)
class ModelFree:
    """The model-free analysis of a run, with what it started from."""

    data: Observed
    arms: dict[str, ArmResult]

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return every quantity that `analysis.pipeline` would report, by "arm.quantity"."""
        found: dict[str, dict[str, Any]] = {}
        for arm, result in self.arms.items():
            block = arm_dict(result)
            found |= {f"{arm}.{name}": block[name] for name in QUANTITIES if name in block}
        if len(self.data.settings.exchange_times):
            vacuum = estimate_vacuum_fidelity(self.data)
            entry = quantity([vacuum.value], [vacuum.std], "", within=(0.0, 1.0))
            found["catalysed.vacuum_fidelity"] = entry
        return found

    def estimates(self) -> Estimates:
        """Return the intervals of `entries`."""
        return read_typed(Estimates, self.entries())


def analyse_model_free(dataset: xr.DataTree, device: FittedDevice | None = None) -> ModelFree:
    """Take a dataset the way of `analysis.pipeline` up to its arms.

    Args:
        dataset: of one run.
        device: what a fit of the run has found; by default it is fitted here.
    """
    inputs = read_inputs(dataset)
    device = device or fitted_device(inputs)
    data = Observed.of(inputs, device.expected, device.agreed)
    return ModelFree(data, {arm: analyse_arm(data, arm) for arm in inputs.counts})


@dataclass(frozen=True)
class HeatSignificance:
    """How many standard errors lie between what left through the coupling and nothing.

    verdict: with every cause of error of the analysis; statistical: shot noise, readout
    calibration and the Rabi rate's error only.
    """

    verdict: float
    statistical: float


def heat_significance(data: Observed, index: int) -> HeatSignificance:
    """Return the verdict's own test of J < 0, with the model's correction.

    Args:
        data: of a run.
        index: of t1 among the charging times.
    """

    def significance(data: Observed) -> float:
        """Return what left in its standard errors."""
        found = Exchange(data.expected, end=index).estimate(data)
        return float((found.value / found.std(data.likely, data.shots))[0])

    certain = replace(data, correction_uncertainty=0.0, consistent=True)
    return HeatSignificance(significance(data), significance(certain))


def fit_run(simulated: SimulatedRuns, run: Run) -> GlobalFit:
    """Fit the assumed model to a run, its priors centred on the calibrated values."""
    return fit_counts(simulated.model, run.counts, centre=run.calibrated)


def fit_estimates(fit: GlobalFit) -> Estimates:
    """Return the intervals of every quantity and of the parameters."""
    found = {
        f"{arm}.{name}": fitted(fit, arm, name)
        for arm, quantities in fit.response.quantities.items()
        for name in quantities
    }
    low, high = (np.array([getattr(p, end) for p in fit.parameters]) for end in ("low", "high"))
    found[f"{PARAMETERS}.all"] = quantity(fit.theta, fit.std, "", within=(low, high))
    return read_typed(Estimates, found)


def widened_estimates(fit: GlobalFit, free: ModelFree) -> Estimates:
    """Return the intervals that are reported when the fit is not consistent with the counts."""
    found = {}
    for name, entry in free.entries().items():
        arm, _, held = name.partition(".")
        found[name] = widened(fit, arm, held, entry)
    return read_typed(Estimates, found)


def load_estimator(name: str) -> UserEstimator:
    """Import a user's estimator, "module:function", also from the current folder.

    Raises:
        CqedBatteryError: there is no such thing to call.
    """
    module, colon, function = name.partition(":")
    if not (module and colon and function):
        raise CqedBatteryError(
            f"an estimator must read MODULE:FUNCTION, such as mine:estimate, but was {name!r}"
        )
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise CqedBatteryError(
            f"the estimator {name} cannot be imported ({error}): run from the folder of {module}.py"
            " or install it"
        ) from error
    if not callable(found):
        raise CqedBatteryError(f"the estimator {name} must be a function, but is {found!r}")
    return found


def user_estimates(name: str, dataset: xr.DataTree, truths: Mapping[str, FloatArray]) -> Estimates:
    """Call a user's estimator on a dataset and check what it returns.

    Raises:
        CqedBatteryError: it failed, or returned something else than values with standard errors.
    """
    function = load_estimator(name)
    try:
        answer = dict(function(dataset))
    except Exception as error:  # whatever a user's function raises
        raise CqedBatteryError(
            f"the estimator {name} failed with {type(error).__name__}: {error}"
        ) from error
    found = {}
    for key, entry in answer.items():
        full = key if "." in key else f"catalysed.{key}"
        if full not in truths or full.startswith(PARAMETERS):
            raise CqedBatteryError(
                f"the estimator {name} returned {show_value(key)}, but the quantities are"
                f' {", ".join(QUANTITIES)}, with "control." before them for the control arm'
            )
        found[full] = _checked(name, key, entry, truths[full].shape)
    return found


def _checked(name: str, key: str, entry: Mapping[str, Any], shape: tuple[int, ...]) -> Quantity:
    try:
        value, std = (np.asarray(entry[part], dtype=float) for part in ("value", "std"))
    except (KeyError, TypeError, ValueError) as error:
        raise CqedBatteryError(
            f'the estimator {name} must return {key} as {{"value": ..., "std": ...}} of numbers'
            f" ({type(error).__name__}: {error})"
        ) from error
    if value.shape != shape or std.shape != shape or not np.isfinite(value + std).all():
        raise CqedBatteryError(
            f"the estimator {name} must return {key} as finite numbers of shape {shape}, value and"
            f" std, but they have {value.shape} and {std.shape}"
        )
    return read_typed(Quantity, quantity(value, std, ""))

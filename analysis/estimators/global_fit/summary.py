"""The global fit's part of results.json, and what is reported when the model fails."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.estimators.global_fit.fit import GlobalFit
from analysis.estimators.global_fit.goodness import Goodness, goodness
from analysis.estimators.global_fit.model.response import QUANTITIES
from analysis.results import quantity
from analysis.results.estimates import nulls
from protocols.settings.settings import Settings

_LIMITS = {"ergotropy": (0.0, 1.0), "vacuum_fidelity": (0.0, 1.0), "energy": (-0.5, 0.5)}
METHOD = "global fit of the device model, binomial likelihood of all counts"
WIDER = (
    "model-free, widened by its distance from the global fit, because the device model does not"
    " describe the counts"
)


def global_fit_dict(
    fit: GlobalFit | str, arms: Mapping[str, Mapping[str, Any]], settings: Settings
) -> dict[str, Any]:
    """Return parameters and goodness of a fit of all counts at once, and quantities of each arm.

    Args:
        fit: of all counts; where it did not converge, the sentence that says so.
        arms: the model-free estimates, of results.json. Where the fit is not believed its
            bands are not reported: these stand in their place.
        settings: of the counts; their experiment's seed is that of the bootstrap.
    """
    if isinstance(fit, str):
        return {"outcome": "fail", "statement": fit}
    good = goodness(fit, settings.experiment.seed)
    return {
        "outcome": "pass" if good.consistent else "fail",
        "statement": _statement(good),
        "deviance": good.deviance,
        "expected_deviance": good.expected,
        "settings": good.settings,
        "p_value": good.p_value,
        "parameters": _parameters(fit),
        "correlation": fit.correlation.tolist(),
        "arms": {arm: _arm(fit, arm, good, arms[arm]) for arm in fit.response.quantities},
        "residuals": _residuals(fit, settings),
    }


def _residuals(fit: GlobalFit, settings: Settings) -> dict[str, Any]:
    """Return counts less the fit in standard errors of each arm's x, y, z, (T, 3)."""
    off = np.where(fit.counts.shots > 0, fit.counts.residual(fit.frequency)[0], np.nan)
    return {arm: nulls(settings.arm_part(off, arm)) for arm in settings.arms}


def _statement(good: Goodness) -> str:
    numbers = (
        f"deviance {good.deviance:.0f} for {good.settings} settings, {good.expected:.0f}"
        f" expected, p = {good.p_value:.2g} by bootstrap"
    )
    if good.consistent:
        return f"the device model with fitted parameters describes the counts ({numbers})"
    return (
        f"the device model does not describe the counts with any parameters ({numbers}); the"
        " model-free bands, widened by their distance from the fit, are reported in place of the"
        " fit's"
    )


def _parameters(fit: GlobalFit) -> list[dict[str, Any]]:
    rows = []
    for parameter, value, std in zip(fit.parameters, fit.theta, fit.std, strict=True):
        flat = not np.isfinite(parameter.prior)
        rows.append(
            {
                "name": parameter.name,
                "unit": parameter.unit,
                **quantity(value, std, METHOD, within=(parameter.low, parameter.high)),
                "prior": None if flat else [parameter.start, parameter.prior],
                "file": parameter.start,
            }
        )
    return rows


def _arm(
    fit: GlobalFit, arm: str, good: Goodness, model_free: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    return {
        name: fitted(fit, arm, name)
        if good.consistent
        else widened(fit, arm, name, model_free[name])
        for name in QUANTITIES
        if good.consistent or name in model_free
    }


def fitted(fit: GlobalFit, arm: str, name: str) -> dict[str, Any]:
    """Return a fitted quantity of an arm with its band.

    Args:
        fit: the global fit.
        arm: "catalysed" or "control".
        name: one of `response.QUANTITIES`.
    """
    value, std = fit.quantity(arm, name)
    return quantity(value, std, METHOD, within=_LIMITS.get(name, (-np.inf, np.inf)))


def widened(fit: GlobalFit, arm: str, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model-free quantity, its band as wide as the fit that is not believed is far off.

    The distance between the two readings of the same counts is a standard error of its own:
    std' = hypot(std, |fit - free|), and each end moves by 1.96 (std' - std).

    Args:
        fit: the global fit.
        arm: "catalysed" or "control".
        name: one of `response.QUANTITIES`.
        entry: the model-free quantity, of results.json.
    """
    value, std = (np.asarray(entry[key], dtype=float) for key in ("value", "std"))
    fitted_value, _ = fit.quantity(arm, name)
    wider = np.hypot(std, np.abs(fitted_value[-len(value) :] - value))
    room, limits = 1.959964 * (wider - std), _LIMITS.get(name, (-np.inf, np.inf))
    low, high = np.asarray(entry["ci_low"]) - room, np.asarray(entry["ci_high"]) + room
    return quantity(value, wider, WIDER, low=np.clip(low, *limits), high=np.clip(high, *limits))

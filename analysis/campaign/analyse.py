"""Several runs of one device in, a verdict over all out, with each run's pull."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import xarray as xr

from analysis.campaign.claims import Claim, claims_of
from analysis.campaign.combined import Combined
from analysis.campaign.joint_model import DRIFTING
from analysis.campaign.runs import Campaign, fitted_campaign
from analysis.data.inputs import read_inputs
from analysis.estimators.agreement import Agreement
from analysis.results import quantity
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError, show_value
from cqed_battery.experiment import Experiment
from protocols.settings.axis import check_one_pulse

SCHEMA = 1
_DEVICE = ("transmon", "resonator", "coupler", "drive", "dispersive", "priors")
"""Sections in which the runs' files must agree, since what they say is fitted as one device."""
_PER_RUN = ("drive.frequency_GHz", "drive.timing")  # of them, what a run may choose
_FEWEST = 2
_METHOD = "global fit of all runs, binomial likelihood of all counts"


@one_thread()
def analyse_campaign(
    datasets: Mapping[str, xr.DataTree], drifting: Sequence[str] = DRIFTING
) -> dict[str, Any]:
    """Fit one device to several runs, and judge the claims over all of them.

    Args:
        datasets: by name of the run, as `load_dataset` returns them.
        drifting: parameters that differ from run to run about a common value.

    Returns:
        "runs": how each run's counts agree and its own parameters; "parameters": what is common;
        "agreement" of all counts; "claims": by key of the observation, each number combined with
        its chi-square and every run's value, error and pull; "verdict": their judgements.

    Raises:
        CqedBatteryError: fewer than two runs, runs of different devices, or no fit.
        DatasetError: a dataset is refused.
    """
    if len(datasets) < _FEWEST:
        raise CqedBatteryError(
            f"a campaign has at least {_FEWEST} runs, but {len(datasets)} is given; one run is what"
            " `analyse` takes"
        )
    inputs = [read_inputs(tree) for tree in datasets.values()]
    experiments = {name: each.experiment for name, each in zip(datasets, inputs, strict=True)}
    _check_one_device(experiments)
    for name, experiment in experiments.items():
        check_one_pulse(experiment, f"a campaign, of which {name} is one run,")
    found = fitted_campaign(list(datasets), inputs, drifting)
    claims = claims_of(found.runs)
    return {
        "schema": SCHEMA,
        "kind": "campaign",
        "runs": {run.name: _run(run.agreed, run.theta) for run in found.runs},
        "parameters": _parameters(found, list(datasets)),
        "agreement": asdict(found.agreed),
        "claims": {key: _claim(claim) for key, claim in claims.items() if claim.numbers},
        "verdict": {key: claim.judgement.as_dict() for key, claim in claims.items()},
    }


def _check_one_device(experiments: Mapping[str, Experiment]) -> None:
    """Refuse runs whose files describe different devices."""
    (first, known), *rest = experiments.items()
    for name, other in rest:
        for section in _DEVICE:
            ours, theirs = (getattr(each, section).model_dump() for each in (known, other))
            for key, value in ours.items():
                where = f"{section}.{key}"
                if where not in _PER_RUN and theirs[key] != value:
                    raise CqedBatteryError(
                        f"the runs of a campaign are of one device, but {where} is"
                        f" {show_value(value)} in {first} and {show_value(theirs[key])} in {name};"
                        f" analyse one of them with --set {where}=VALUE and --out FOLDER, and take"
                        " that folder"
                    )


def _run(agreed: Agreement, theta: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    parameters = {name: {"value": value, "std": std} for name, (value, std) in theta.items()}
    return {"agreement": asdict(agreed), "parameters": parameters}


def _parameters(found: Campaign, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is common to all runs: shared parameters, and the middle of drifting ones."""
    own = tuple(f"{name}: " for name in names)
    deviating = {p.name.partition(": ")[2] for p in found.fit.parameters if p.name.startswith(own)}
    return [
        {
            "name": parameter.name,
            "unit": parameter.unit,
            "drifts": parameter.name in deviating,
            **quantity(value, std, _METHOD, within=(parameter.low, parameter.high)),
            "prior": parameter.prior,
            "file": parameter.start,
        }
        for parameter, value, std in zip(
            found.fit.parameters, found.fit.theta, found.fit.std, strict=True
        )
        if not parameter.name.startswith(own)
    ]


def _claim(claim: Claim) -> dict[str, Any]:
    return {name: _number(claim.runs, part) for name, part in claim.numbers.items()}


def _number(runs: Sequence[str], part: Combined) -> dict[str, Any]:
    """Return a combined number, how much its runs differ, and each run's part in it."""
    said = "the runs agree within their errors"
    if not part.consistent:
        said = (
            "the runs differ more than their errors allow, so the error is larger by"
            f" {(part.chi_square / part.degrees) ** 0.5:.2f}"
        )
    return {
        **quantity(part.value, part.std, "weighted mean of the runs"),
        "chi2": part.chi_square,
        "degrees_of_freedom": part.degrees,
        "p_value": part.p_value,
        "statement": said,
        "runs": {
            name: {"value": float(value), "std": float(std), "pull": float(pull)}
            for name, value, std, pull in zip(runs, part.values, part.stds, part.pulls, strict=True)
        },
    }

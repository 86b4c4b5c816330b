"""From a dataset's counts to results: the one way for emulated and for laboratory data."""

from collections.abc import Callable
from os import PathLike
from typing import Any

import numpy as np
import xarray as xr

from analysis.checks import checks
from analysis.data.inputs import Inputs, read_inputs
from analysis.estimators.arms import ArmResult, analyse_arm, arm_dict
from analysis.estimators.device import FittedDevice, fitted_device
from analysis.estimators.gain import ergotropy_gain
from analysis.estimators.global_fit.summary import global_fit_dict
from analysis.estimators.heat_integral import Exchange
from analysis.estimators.leakage import three_outcome_dicts
from analysis.estimators.observed import Observed
from analysis.estimators.sum_rule import photon_number_estimate
from analysis.estimators.vacuum import (
    VacuumFidelity,
    estimate_vacuum_fidelity,
)
from analysis.observations import ALL_THREE, GAIN, HEAT, VACUUM
from analysis.plausibility import IMPOSSIBLE, states_chance
from analysis.results import SCHEMA, SIGN_CONVENTION, UNITS, Results, quantity
from analysis.verdict import (
    judge_all,
    judge_gain,
    judge_heat,
    judge_vacuum,
    not_measured,
    undecided_by,
)
from cqed_battery.compute.threads import one_thread
from cqed_battery.files.datasets import as_dataset, versions
from protocols.resonator import measurement_of

Progress = Callable[[int, int, str], None]


@one_thread()
def analyse(
    dataset: xr.DataTree | str | PathLike[str], *, progress: Progress | None = None
) -> Results:
    """Infer states, energies, ergotropy, J, F and the verdict from a dataset's counts.

    The group `truth` is never looked at.

    Args:
        dataset: as `protocols.emulation.emulate` returns it or `load_dataset` reads it, or the
            path of its file.
        progress: called as progress(done, total, what) after each piece of work.

    Returns:
        The content of results.json (see docs/files.md), which plots itself.

    Raises:
        DatasetError: the dataset lacks counts, has fewer than 4 times, or does not fit its
            experiment file.
    """
    tree = as_dataset(dataset)
    inputs = read_inputs(tree)
    total = len(inputs.counts) + 2
    report = progress or (lambda done, total, what: None)
    device = fitted_device(inputs)
    report(1, total, "model")
    data = Observed.of(inputs, device.expected, device.agreed)
    found = {}
    for number, arm in enumerate(inputs.counts):
        found[arm] = analyse_arm(data, arm)
        report(2 + number, total, f"{arm} arm")
    results = _assemble(tree, inputs, data, device, found)
    report(total, total, "verdict")
    return Results(results)


def _assemble(
    dataset: xr.DataTree,
    inputs: Inputs,
    data: Observed,
    device: FittedDevice,
    found: dict[str, ArmResult],
) -> dict[str, Any]:
    blocks = {arm: arm_dict(result) for arm, result in found.items()}
    if inputs.three_outcomes is not None:
        for arm, block in three_outcome_dicts(inputs.three_outcomes).items():
            blocks[arm]["three_outcomes"] = block
    fit = None
    if inputs.experiment.analysis.global_fit:
        fit = global_fit_dict(device.fit or device.failure, blocks, inputs.experiment.seed)
    vacuum = None
    if inputs.vacuum_counts is not None:
        vacuum = estimate_vacuum_fidelity(data)
    bound = _sum_rule_bound(data, found["catalysed"])
    return {
        "schema": SCHEMA,
        "title": inputs.experiment.title,
        "kind": str(dataset.attrs.get("kind", "laboratory")),
        "seed": int(dataset.attrs.get("seed", inputs.experiment.seed)),
        "versions": versions(),
        "units": UNITS,
        "sign_convention": SIGN_CONVENTION,
        "times": inputs.times.tolist(),
        "arms": blocks,
        "global_fit": fit,
        "vacuum_fidelity": _vacuum_dict(inputs, vacuum, bound),
        "sum_rule_bound": bound,
        "checks": checks(inputs, data, device.agreed, found, vacuum, bound, device.filed),
        "verdict": _verdict(inputs, data, found, vacuum),
    }


def _sum_rule_bound(data: Observed, catalysed: ArmResult) -> dict[str, Any]:
    """Return F >= 1 - n from the battery's own data at the last time."""
    photons = photon_number_estimate(
        data.driven,
        data.settings.times,
        catalysed.bloch,
        data.expected if data.uses_model else None,
        data.correction_uncertainty,
    )
    value = np.minimum(1 - photons.value, 1.0)
    method = "sum rule: F >= 1 - n from the battery's data"
    bound = quantity(value, photons.std, method, within=(-np.inf, 1.0))
    numbers = ("value", "std", "ci_low", "ci_high")
    return {**bound, **{name: bound[name][0] for name in numbers}}


def _vacuum_dict(
    inputs: Inputs, vacuum: VacuumFidelity | None, bound: dict[str, Any]
) -> dict[str, Any] | None:
    if vacuum is None:
        return None
    method = measurement_of(inputs.experiment).labels.estimate
    photons = {} if vacuum.photons is None else {"photon_distribution": vacuum.photons.tolist()}
    return {
        **quantity(vacuum.value, vacuum.std, method, within=(0.0, 1.0)),
        **photons,
        "time": float(inputs.times[-1]),
        "systematic": vacuum.systematic,
        "plain_average": vacuum.plain,
        "sum_rule_bound": bound,
    }


def _verdict(
    inputs: Inputs,
    data: Observed,
    found: dict[str, ArmResult],
    vacuum: VacuumFidelity | None,
) -> dict[str, Any]:
    options, times = inputs.experiment.analysis, inputs.times
    catalysed, control = found["catalysed"], found.get("control")
    left, beside = Exchange(data.expected), None
    end = left.window_end
    if control is not None:
        beside = float(control.heat.value[end]), float(control.heat.std[end])
    exchange = left.estimate(data)
    heat = judge_heat(
        times[end], exchange.value, exchange.std(data.likely, data.shots), options, beside
    )
    gain = not_measured(GAIN, "there is no control arm to compare the ergotropy with.")
    details: dict[str, Any] = {}
    if control is not None:
        parts, pointwise = ergotropy_gain(inputs.experiment, times, catalysed, control)
        gain, details = judge_gain(parts, options)
        details["pointwise"] = pointwise
    recovered = judge_vacuum(
        vacuum.value if vacuum else None, vacuum.std if vacuum else 0.0, times[-1], options
    )
    observations = {HEAT.key: heat, GAIN.key: gain, VACUUM.key: recovered}
    if states_chance(data, found) < IMPOSSIBLE:
        reason = "no state gives these counts: look at the check of states"
        observations = {key: undecided_by(reason, part) for key, part in observations.items()}
    verdict = {name: judgement.as_dict() for name, judgement in observations.items()}
    verdict[GAIN.key].update(details)
    verdict[ALL_THREE.key] = judge_all(observations).as_dict()
    return verdict

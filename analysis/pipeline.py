"""From a dataset's counts to results: the one way for emulated and for laboratory data."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import xarray as xr

from analysis.checks import checks, state_checks
from analysis.checks.control import control_dict
from analysis.checks.plausibility import IMPOSSIBLE, states_chance
from analysis.checks.unmeasured import heat_bounds
from analysis.data.inputs import Inputs, read_inputs
from analysis.estimators.arms.arms import (
    ArmResult,
    ArmState,
    analyse_arm,
    arm_dict,
    arm_state,
    flux_work_dict,
)
from analysis.estimators.arms.ends import ends_dict, ends_gain, measured_only, not_measurable
from analysis.estimators.arms.whole_ladder import ladder_dict
from analysis.estimators.ergotropy.extraction import extraction_dict
from analysis.estimators.ergotropy.gain import ergotropy_gain, pointwise_gain, uncorrected_gains
from analysis.estimators.global_fit.device import FittedDevice, fitted_device
from analysis.estimators.global_fit.summary import global_fit_dict
from analysis.estimators.heat.exchange import Exchange
from analysis.estimators.observed import Observed
from analysis.estimators.state.leakage import three_outcome_dicts
from analysis.estimators.state.qutrit import qutrit_dict
from analysis.estimators.vacuum.fidelity import (
    VacuumFidelity,
    estimate_vacuum_fidelity,
)
from analysis.estimators.vacuum.sum_rule import photon_number_estimate
from analysis.observations import ALL_THREE, GAIN, HEAT, VACUUM, Judgement
from analysis.results import SCHEMA, SIGN_CONVENTION, UNITS, Results, quantity
from analysis.results.blocks import axis_dict
from analysis.results.estimates import NINETY_FIVE
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
_NO_CONTROL = "there is no control arm to compare the ergotropy with."


@one_thread()
def analyse(
    dataset: xr.DataTree | str | PathLike[str], *, progress: Progress | None = None
) -> Results:
    """Infer states, energies, ergotropy, J, F and the verdict from a dataset's counts.

    The group `truth` is never looked at.

    Args:
        dataset: as `cqed_battery.emulate` returns it or `load_dataset` reads it, or the
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
    one_pulse, found = inputs.experiment.axis.truncated, {}
    for number, arm in enumerate(inputs.counts):
        found[arm] = analyse_arm(data, arm) if one_pulse else arm_state(data, arm)
        report(2 + number, total, f"{arm} arm")
    results = _assemble(tree, inputs, data, device, found)
    report(total, total, "verdict")
    return Results(results)


def _assemble(
    dataset: xr.DataTree,
    inputs: Inputs,
    data: Observed,
    device: FittedDevice,
    found: Mapping[str, ArmState],
) -> dict[str, Any]:
    moments = {arm: result for arm, result in found.items() if isinstance(result, ArmResult)}
    blocks = _arm_blocks(inputs, data, found, moments)
    fit = None
    if inputs.experiment.analysis.global_fit:
        shown = blocks if moments else {arm: measured_only(block) for arm, block in blocks.items()}
        fit = global_fit_dict(device.fit or device.failure, shown, inputs.settings)
    vacuum = None
    if inputs.vacuum_counts is not None:
        vacuum = estimate_vacuum_fidelity(data)
    bound = _sum_rule_bound(data, moments["catalysed"]) if moments else None
    if moments:
        checked = checks(inputs, data, device.agreed, moments, vacuum, bound, device.filed)
        verdict = _verdict(inputs, data, moments, vacuum)
    else:
        checked = state_checks(inputs, data, device.agreed, found, vacuum, device.filed)
        verdict = _verdict_of_ends(inputs, data, found, vacuum)
    return {
        "schema": SCHEMA,
        "title": inputs.experiment.title,
        "kind": str(dataset.attrs.get("kind", "laboratory")),
        "seed": int(dataset.attrs.get("seed", inputs.experiment.seed)),
        "versions": versions(),
        "units": UNITS,
        "sign_convention": SIGN_CONVENTION,
        "axis": axis_dict(inputs.experiment),
        "times": inputs.times.tolist(),
        "arms": blocks,
        "control": control_dict(inputs.experiment),
        "global_fit": fit,
        "vacuum_fidelity": _vacuum_dict(inputs, vacuum, bound),
        "sum_rule_bound": bound,
        "extraction": extraction_dict(data) if data.settings.extraction_places else None,
        "qutrit": qutrit_dict(data) if data.settings.qutrit_places else None,
        "checks": checked,
        "verdict": verdict,
    }


def _arm_blocks(
    inputs: Inputs,
    data: Observed,
    found: Mapping[str, ArmState],
    moments: Mapping[str, ArmResult],
) -> dict[str, dict[str, Any]]:
    """Return each arm's block; `moments` are the arms again where times are those of one pulse."""
    axis = inputs.experiment.axis
    blocks = {
        arm: arm_dict(moments[arm]) if moments else ends_dict(result, axis)
        for arm, result in found.items()
    }
    if inputs.three_outcomes is not None:
        for arm, block in three_outcome_dicts(inputs.three_outcomes).items():
            blocks[arm]["three_outcomes"] = block
    for arm, result in found.items():
        work = flux_work_dict(data, arm, result.bloch)
        if work is not None:
            blocks[arm]["flux_work"] = work
    for arm, block in blocks.items():
        block["whole_ladder"] = ladder_dict(data, arm, block if moments else measured_only(block))
    return blocks


def _sum_rule_bound(data: Observed, catalysed: ArmResult) -> dict[str, Any] | None:
    """Return F >= 1 - n from the battery's own data at the last time.

    None where photons come from a drive on the resonator, of which the battery does not know.
    """
    if data.experiment.drive.target != "transmon":
        return None
    photons = photon_number_estimate(
        data.driven,
        data.settings.times,
        catalysed.bloch,
        data.expected if data.uses_model else None,
        data.correction_uncertainty,
    )
    value = np.minimum(1 - photons.value, 1.0)
    method = "sum rule: F >= 1 - n from the battery's data"
    std = photons.std + photons.room / NINETY_FIVE
    bound = quantity(value, std, method, within=(-np.inf, 1.0))
    numbers = ("value", "std", "ci_low", "ci_high")
    return {**bound, **{name: bound[name][0] for name in numbers}}


def _vacuum_dict(
    inputs: Inputs, vacuum: VacuumFidelity | None, bound: dict[str, Any] | None
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
        std = control.heat.std + control.heat.room / NINETY_FIVE
        beside = float(control.heat.value[end]), float(std[end])
    exchange = left.estimate(data)
    std, bounded = left.std(data, exchange)
    heat = judge_heat(times[end], exchange.value, std, options, beside)
    if bounded:
        heat = replace(heat, statement=f"{heat.statement} {heat_bounds(found)}")
    gain = not_measured(GAIN, _NO_CONTROL)
    details: dict[str, Any] = {}
    if control is not None:
        parts, pointwise = ergotropy_gain(
            inputs.experiment, times, catalysed, control, uncorrected_gains(data)
        )
        gain, details = judge_gain(parts, options)
        details["pointwise"] = pointwise
    recovered = judge_vacuum(
        vacuum.value if vacuum else None, vacuum.std if vacuum else 0.0, times[-1], options
    )
    verdict = _judged(data, found, {HEAT.key: heat, GAIN.key: gain, VACUUM.key: recovered})
    verdict[HEAT.key]["time"] = float(times[end])
    verdict[GAIN.key].update(details)
    return verdict


def _verdict_of_ends(
    inputs: Inputs,
    data: Observed,
    found: Mapping[str, ArmState],
    vacuum: VacuumFidelity | None,
) -> dict[str, Any]:
    """Return the verdict where each setting has a pulse of its own: J < 0 is left open."""
    options, axis = inputs.experiment.analysis, inputs.experiment.axis
    heat = not_measured(HEAT, f"{not_measurable(axis)}.")
    gain = not_measured(GAIN, _NO_CONTROL)
    details: dict[str, Any] = {}
    if "control" in found:
        gain, details = judge_gain(ends_gain(data, found), options)
        details["pointwise"] = pointwise_gain(found["catalysed"], found["control"])
    value, std = (vacuum.value, vacuum.std) if vacuum else (None, 0.0)
    where = axis.show(float(inputs.experiment.axis_values[-1]))
    recovered = judge_vacuum(value, std, where, options)
    verdict = _judged(data, found, {HEAT.key: heat, GAIN.key: gain, VACUUM.key: recovered})
    verdict[GAIN.key].update(details)
    if verdict[ALL_THREE.key]["outcome"] == "undecided":
        verdict[ALL_THREE.key]["statement"] = f"not decided: {not_measurable(axis)}."
    return verdict


def _judged(
    data: Observed, found: Mapping[str, ArmState], observations: dict[str, Judgement]
) -> dict[str, Any]:
    """Return the verdict of the three observations as plain values."""
    together = judge_all(observations)
    if states_chance(data, found) < IMPOSSIBLE:
        reason = "no state gives these counts: look at the check of states"
        observations = {
            key: part if part.value is None else undecided_by(reason, part)
            for key, part in observations.items()
        }
        together = undecided_by(reason, together)
    verdict = {name: judgement.as_dict() for name, judgement in observations.items()}
    return {**verdict, ALL_THREE.key: together.as_dict()}

"""One operating point, exactly: S early, the gains, F at the end, and what shots say of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import exp, nan

import numpy as np
import numpy.typing as npt

from analysis.design_search.box.box import CHARGING_TIME, Box, changes
from analysis.design_search.box.objective import Objective
from analysis.design_search.point.charging_times import design_times
from analysis.design_search.point.measurement import UnmeasuredError, Way, best_way, ways
from analysis.design_search.point.merit import UNBARRED, merit
from analysis.design_search.point.point_result import (
    CONTROLS,
    EXACT,
    FIELDS,
    GAINS,
    REFUSED,
    SCREENED,
    UNMEASURED,
    PointResult,
)
from analysis.design_search.point.significance import gain_averages
from analysis.design_search.point.steady_state import steady_arm
from analysis.estimators.expectation import Expectation
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import versions
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.prediction import ladder
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.predict import predict, with_enough_levels
from protocols.prediction.truth import arm_truth
from protocols.sweep.point import Point

FOCK_LEVELS, _CONTROL_LEVELS = 5, 3  # from which they are raised: what most points need
_TOLERANCE = 1e-8
_GAIN_MARGIN, _FIDELITY_MARGIN = 0.15, 0.02  # below a bar: a point so near it counts in a front
_REASON = 400  # bytes of a sentence that are kept


def point_experiment(fixed: Experiment, box: Box, values: Mapping[str, float]) -> Experiment:
    """Return the experiment of a point: its values, its charging times, its thresholds.

    Raises:
        ExperimentError: the values are refused together.
    """
    rest = {key: value for key, value in values.items() if key != CHARGING_TIME}
    end = values.get(CHARGING_TIME, float(fixed.charging_times_ns[-1]))
    experiment = fixed.replace(changes(fixed, rest))
    times, early = design_times(experiment, box.objective.early_ns, end)
    return experiment.replace(
        {
            "charging.times_ns": tuple(times.tolist()),
            "control.enabled": True,
            "analysis.heat_window_end_ns": early,
            "analysis.vacuum_fidelity_threshold": box.objective.least_fidelity,
        }
    )


def evaluate(
    fixed: Experiment, box: Box, values: Mapping[str, float], *, screening: bool = True
) -> PointResult:
    """Return what a point gives; one that the experiment or the dynamics refuse is REFUSED.

    Physics comes first: where the device serves no way to measure the resonator, exact values stay,
    UNMEASURED. A point whose exact values lie far below a bar is SCREENED: it is not asked how its
    resonator would be measured. So is one whose steady state 12 Fock levels do not hold, with the
    values of these, where its objective allows no such photons; without screening only that one.
    """
    found = PointResult()
    try:
        experiment = with_enough_levels(point_experiment(fixed, box, values))
        found = _crowded(experiment, box.objective, always=not screening)
        if found.status == REFUSED:
            allowed = ways(box)
            found = exact_point(experiment, box.objective, allowed, screening=screening)
    except CqedBatteryError as error:
        return replace(found, reason=str(error))
    return replace(found, merit=merit(found, box.objective))


def _crowded(experiment: Experiment, objective: Objective, *, always: bool) -> PointResult:
    """Return the steady values of a point with too many photons, SCREENED, else REFUSED so far.

    Where F has a bar, only one that F is far below: by the steady state of 12 Fock levels, and so
    soon as a resonator empties, e^(-kappa t).
    """
    driven = steady_arm(experiment, "catalysed")
    if driven is None or driven.trusted:
        return PointResult()
    time = float(experiment.charging_times_ns[-1])
    left = exp(-angular_from_mhz(experiment.resonator.linewidth_MHz) * time)
    low = driven.vacuum_fidelity + left < objective.least_fidelity - _FIDELITY_MARGIN
    if not (low or always or objective.kind in (*UNBARRED, "efficiency")):
        return PointResult()
    control = steady_arm(experiment, "control")
    return PointResult(
        status=SCREENED,
        late_control=nan if control is None else control.ergotropy,
        fidelity=driven.vacuum_fidelity,
    )


def _far_below(found: PointResult, objective: Objective) -> bool:
    """Say whether a point's exact values lie so far below a bar that no measurement matters."""
    no_vacuum = found.fidelity < objective.least_fidelity - _FIDELITY_MARGIN
    no_gain = found.sustained_gain < objective.least_gain - _GAIN_MARGIN
    if objective.kind in ("significance", "hours-to-5-sigma"):
        return no_vacuum or no_gain
    return {"sustained-gain": no_vacuum, "efficiency": no_gain}.get(objective.kind, False)


def expected_arms(experiment: Experiment) -> Expectation:
    """Return both arms' expectation, each arm with as few Fock levels as it needs."""
    cheap = {"resonator.fock_levels": FOCK_LEVELS, "simulation.tolerance": _TOLERANCE}
    driven = predict(experiment.replace({**cheap, "control.enabled": False}))
    other, control = _control(experiment)
    found = {
        "catalysed": arm_truth(experiment, driven, "catalysed"),
        "control": control,
    }
    arms = {"catalysed": driven.arms["catalysed"], "control": other}
    both = replace(driven, arms=arms, experiment=experiment.replace(cheap))
    return Expectation(both, found)


def _control(experiment: Experiment) -> tuple[ArmPrediction, dict[str, FloatArray]]:
    """Return the control by itself; where its coupler stays closed, its resonator stays empty."""
    if experiment.control.detuned:
        quick = {"simulation.tolerance": _TOLERANCE, "vacuum.method": "none"}
        whole = predict(experiment.replace(quick))
        return whole.arms["control"], arm_truth(whole.experiment, whole, "control")
    closed = {
        "coupler.g_on_MHz": experiment.coupler.g_off_MHz,
        "resonator.fock_levels": _CONTROL_LEVELS,
        "simulation.tolerance": _TOLERANCE,
        "vacuum.method": "none",
        "control.enabled": False,
    }
    without = experiment.replace(closed)
    prediction = predict(without)
    return prediction.arms["catalysed"], arm_truth(without, prediction, "catalysed")


def control_averages(experiment: Experiment) -> FloatArray:
    """Return the control's ergotropy at its peak, as a window mean and late, (3,), hbar w_q."""
    return _averages(experiment, _control(experiment)[1]["ergotropy"])


def exact_point(
    experiment: Experiment,
    objective: Objective,
    allowed: tuple[Way, ...] = ({},),
    *,
    screening: bool = False,
) -> PointResult:
    """Return what the exact dynamics of a point's experiment give; its merit is left out.

    Args:
        experiment: of the point.
        objective: whose hours the shots fill.
        allowed: ways to measure the resonator, by default the experiment's own.
        screening: whether these are left aside where the dynamics leave the point far below a bar.
    """
    expected = expected_arms(experiment.replace({"vacuum.method": "none"}))
    found = _physics(experiment, expected)
    if screening and _far_below(found, objective):
        return replace(found, status=SCREENED)
    try:
        way, sigmas = best_way(experiment, expected, objective, allowed)
    except UnmeasuredError as error:
        return replace(found, reason=str(error))
    heat, gain, vacuum = sigmas.within(objective.hours).tolist()
    return replace(
        found,
        status=EXACT,
        heat_sigmas=heat,
        gain_sigmas=gain,
        vacuum_sigmas=vacuum,
        hours=sigmas.hours(),
        way=way,
    )


def _physics(experiment: Experiment, expected: Expectation) -> PointResult:
    """Return the exact values of a point, whose measurement is still to be chosen."""
    times = experiment.charging_times_ns
    driven, control = expected.arms["catalysed"], expected.arms["control"]
    end = float(experiment.analysis.heat_window_end_ns)
    without = _averages(experiment, control["ergotropy"])
    gains = _averages(experiment, driven["ergotropy"] - control["ergotropy"])
    gains[0] = driven["ergotropy"].max() - without[0]  # of the peaks, whenever they are
    return PointResult(
        status=UNMEASURED,
        heat=float(driven["exchange"][int(np.searchsorted(times, end))]),
        heat_end=end,
        **dict(zip(GAINS, gains.tolist(), strict=True)),
        **dict(zip(CONTROLS, without.tolist(), strict=True)),
        ladder_end=float(driven[ladder.ERGOTROPY][-1] - control[ladder.ERGOTROPY][-1]),
        power=float((driven["ergotropy"][1:] / times[1:]).max()),
        efficiency=_efficiency(driven["ergotropy"], expected.prediction.arms["catalysed"].work),
        fidelity=float(driven["vacuum_fidelity"][-1]),
    )


def _efficiency(ergotropy: FloatArray, work: FloatArray) -> float:
    """Return the last ergotropy over the work done until then, nan where the drive did none."""
    return float(ergotropy[-1] / work[-1]) if work[-1] > 0 else nan


def _averages(experiment: Experiment, ergotropy: FloatArray) -> FloatArray:
    """Return an ergotropy, (T,), at its peak, as a window mean and late, (3,)."""
    averages = gain_averages(experiment, experiment.charging_times_ns)
    return np.append(ergotropy.max(), averages @ ergotropy)


@one_thread()
def compute_point(text: str, box: Box, values: Mapping[str, float], screening: bool) -> Point:
    """Compute one point of a search; the experiment is given as text, as workers need it."""
    found = evaluate(_experiment(text), box, values, screening=screening)
    data = np.array([getattr(found, name) for name in FIELDS], dtype="<f8").tobytes()
    said = found.reason.encode()[:_REASON].decode(errors="ignore").encode().ljust(_REASON, b"\0")
    return Point(_layout(), data + said)


def unpack_point(record: npt.NDArray[np.void]) -> PointResult:
    """Return a point from its record on disk."""
    values = {name: float(record[name]) for name in FIELDS}
    whole = {name: int(values[name]) for name in ("status", "way")}
    reason = bytes(record["reason"]).decode()
    return PointResult(**{**values, **whole, "reason": reason})  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def _experiment(text: str) -> Experiment:
    return Experiment.from_text(text, source="the experiment of the search")


@lru_cache(maxsize=1)
def _layout() -> str:
    variables = [{"name": name, "dtype": "<f8", "shape": []} for name in FIELDS]
    variables.append({"name": "reason", "dtype": f"S{_REASON}", "shape": []})
    return json.dumps({"variables": variables, "versions": versions()})

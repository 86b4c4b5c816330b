"""One operating point, exactly: S early, the gains, F at the end, and what shots say of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite, isnan, nan

import numpy as np
import numpy.typing as npt

from analysis.design_search.box import CHARGING_TIME, Box, Objective, changes
from analysis.design_search.charging_times import design_times
from analysis.design_search.measurement import UnmeasuredError, Way, best_way, ways
from analysis.design_search.sigmas import gain_averages
from analysis.design_search.steady import steady_arm
from analysis.estimators.expectation import Expectation
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import versions
from cqed_battery.operators import FloatArray
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.predict import predict, with_enough_levels
from protocols.prediction.truth import arm_truth
from protocols.sweep.point import Point

EXACT, SCREENED, REFUSED, UNMEASURED = 0, 1, 2, 3
STATUS = ("exact", "screened", "refused", "unmeasured")
_FOCK_LEVELS = 4
_TOLERANCE = 1e-8
_GAIN_MARGIN, _FIDELITY_MARGIN = 0.15, 0.02
_REASON = 400  # bytes of a sentence that are kept
_NOTHING = -1e9  # merit of a point that was refused
_UNMET = -1e3  # merit of a point is below this where hours are to be few but a bar is not met
_UNREAD = _UNMET / 2 - 1  # that of one whose bars are met, but which no way measures


@dataclass(frozen=True)
class PointResult:
    """What a point gives; energies in hbar w_q, times in ns, sigmas above each bar.

    Gains are the catalysed arm's ergotropy less the control's; `*_control` is the control's own.
    `power` is the catalysed arm's largest ergotropy over the time it took, in hbar w_q per ns,
    `efficiency` its ergotropy at the end over the work that the drive did until then.
    `way` is the number of the measurement of the resonator that was chosen (`measurement.ways`),
    -1 without one; `reason` says why a point was refused, or cannot be measured although its
    dynamics are exact. The sigmas are those within the objective's hours; `hours` is what its
    sigmas need. Of a screened point late values are those of the steady state, and the rest is nan.
    """

    status: int = REFUSED
    heat: float = nan
    heat_end: float = nan
    peak_gain: float = nan
    mean_gain: float = nan
    late_gain: float = nan
    peak_control: float = nan
    mean_control: float = nan
    late_control: float = nan
    power: float = nan
    efficiency: float = nan
    fidelity: float = nan
    heat_sigmas: float = nan
    gain_sigmas: float = nan
    vacuum_sigmas: float = nan
    hours: float = nan
    merit: float = _NOTHING
    way: int = -1
    reason: str = ""

    @property
    def sigmas(self) -> float:
        """The smallest of the three observations' sigmas, nan where they were not computed."""
        return float(min(self.heat_sigmas, self.gain_sigmas, self.vacuum_sigmas))

    @property
    def sustained_gain(self) -> float:
        """The smaller of the window mean and the late gain, hbar w_q."""
        return min(self.mean_gain, self.late_gain)

    def meets(self, objective: Objective) -> bool:
        """Whether all three observations stand, by as many sigmas as asked for."""
        return self.status == EXACT and self.sigmas >= objective.sigmas


FIELDS = tuple(name for name in PointResult.__dataclass_fields__ if name != "reason")
_GAINS, _CONTROLS = ([n for n in FIELDS if n.endswith(end)] for end in ("_gain", "_control"))
UNITS = dict.fromkeys(["heat", *_GAINS, *_CONTROLS], "hbar w_q") | {
    "heat_end": "ns",
    "hours": "h",
    "power": "hbar w_q/ns",
}


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
    UNMEASURED. Points whose steady state lies far below a bar are screened:
    they keep its exact values. Without screening only those are that 12 Fock levels do not hold.
    """
    found = PointResult()
    try:
        experiment = with_enough_levels(point_experiment(fixed, box, values))
        found = _screen(experiment, box.objective, full=screening)
        if found.status == REFUSED:
            found = exact_point(experiment, box.objective, ways(box))
    except CqedBatteryError as error:
        return replace(found, reason=str(error))
    return replace(found, merit=_merit(found, box.objective))


def _screen(experiment: Experiment, objective: Objective, *, full: bool) -> PointResult:
    """Return a point's steady values: SCREENED if it is hopeless, else REFUSED so far."""
    driven, control = (steady_arm(experiment, arm) for arm in ("catalysed", "control"))
    if driven is None or control is None:
        return PointResult()
    gain = driven.ergotropy - control.ergotropy
    below = driven.vacuum_fidelity < objective.least_fidelity - _FIDELITY_MARGIN
    no_gain = gain < objective.least_gain - _GAIN_MARGIN
    if objective.kind in ("significance", "hours-to-5-sigma"):
        below = below or no_gain
    if objective.kind == "efficiency":
        below = no_gain
    if objective.kind in ("peak-gain", "power") or not full:
        below = not driven.trusted
    return PointResult(
        status=SCREENED if below else REFUSED,
        late_gain=gain if driven.trusted else nan,
        late_control=control.ergotropy,
        fidelity=driven.vacuum_fidelity,
    )


def expected_arms(experiment: Experiment) -> Expectation:
    """Return both arms' expectation, each arm with as few Fock levels as it needs."""
    cheap = {"resonator.fock_levels": _FOCK_LEVELS, "simulation.tolerance": _TOLERANCE}
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
        "resonator.fock_levels": 2,
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
    experiment: Experiment, objective: Objective, allowed: tuple[Way, ...] = ({},)
) -> PointResult:
    """Return what the exact dynamics of a point's experiment give; its merit is left out.

    Args:
        experiment: of the point.
        objective: whose hours the shots fill.
        allowed: ways to measure the resonator, by default the experiment's own.
    """
    expected = expected_arms(experiment.replace({"vacuum.method": "none"}))
    found = _physics(experiment, expected)
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
        **dict(zip(_GAINS, gains.tolist(), strict=True)),
        **dict(zip(_CONTROLS, without.tolist(), strict=True)),
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


def _merit(found: PointResult, objective: Objective) -> float:
    """Return what the search raises: the objective where its bars are met, a shortfall where not.

    The shortfall is negative and counts how far gain and F lie below their bars, each relative
    to what there is above or below, so that a search has a slope to follow.
    """
    gain = found.late_gain if isnan(found.mean_gain) else found.sustained_gain
    gain = gain if isfinite(gain) else -1.0
    no_gain = max(0.0, objective.least_gain - gain) / objective.least_gain
    no_vacuum = max(0.0, objective.least_fidelity - found.fidelity) / (1 - objective.least_fidelity)
    if objective.kind in ("peak-gain", "power"):
        raised = found.peak_gain if objective.kind == "peak-gain" else found.power
        return {EXACT: raised, UNMEASURED: _UNREAD}.get(found.status, _UNMET)
    if objective.kind == "efficiency":
        held = found.status == EXACT and no_gain == 0 and isfinite(found.efficiency)
        return found.efficiency if held else -no_gain - 1
    if objective.kind == "sustained-gain":
        return gain if found.status == EXACT and no_vacuum == 0 else -no_vacuum - 1
    if found.status == SCREENED or no_gain + no_vacuum > 0:
        return _UNMET - no_gain - no_vacuum
    if found.status != EXACT:
        return _UNREAD
    if objective.kind == "significance":
        return found.sigmas
    return -found.hours if isfinite(found.hours) else _UNMET / 2 + min(found.sigmas, 100.0)


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

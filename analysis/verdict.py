"""The three observations of Zhao 2026, Sec. V, and whether they were made together.

An observation holds when it stands `sigma_threshold` standard errors above its bar, fails when
its 95 % interval leaves no room for an effect that counts, and is undecided in between.
"""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from analysis.observations import (
    ALL_THREE,
    GAIN,
    GAIN_MEASURES,
    HEAT,
    OBSERVATIONS,
    VACUUM,
    Judgement,
    Observation,
    Outcome,
)
from analysis.results.estimates import NINETY_FIVE
from cqed_battery.experiment import Analysis
from cqed_battery.operators import FloatArray

WORST_FIRST: tuple[Outcome, ...] = ("fails", "undecided", "holds")


def judge(
    value: float,
    std: float,
    options: Analysis,
    *,
    bar: float = 0.0,
    room: float | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> Judgement:
    """Judge a number that should lie above a bar.

    Args:
        value: the estimate.
        std: its standard error.
        options: thresholds.
        bar: what it must exceed by `sigma_threshold` standard errors to hold.
        room: it fails when its 95 % interval ends below bar + room (default: smallest_effect).
        within: physical limits of the interval, which holds the value all the same.
    """
    room = options.smallest_effect if room is None else room
    low, high = value - NINETY_FIVE * std, value + NINETY_FIVE * std
    significance = (value - bar) / std if std > 0 else float("nan")
    outcome: Outcome = "undecided"
    if significance >= options.sigma_threshold:
        outcome = "holds"
    elif high < bar + room:
        outcome = "fails"
    return Judgement(
        outcome,
        value,
        min(float(np.clip(low, *within)), value),
        max(float(np.clip(high, *within)), value),
        significance if isfinite(significance) else None,
        "",
    )


def judge_heat(
    time: float,
    left: FloatArray,
    std: FloatArray,
    options: Analysis,
    control: tuple[float, float] | None,
) -> Judgement:
    """Judge J < 0 early by the energy that left the battery through the coupling.

    An effect that only the model's correction makes is not evidence, and without the model and
    without a control nothing tells it from leakage, relaxation and the drive's own energy: both
    leave the observation undecided.

    Args:
        time: t1 up to which the energy is taken, in ns.
        left: what left with the model's correction and without, (2,), or without alone, (1,), in
            hbar w_q (`estimators.heat_integral.Exchange`).
        std: their standard errors.
        options: the section [analysis].
        control: the control's S and its standard error; None where it was not measured.
    """
    found, *plain = (
        judge(float(value), float(error), options) for value, error in zip(left, std, strict=True)
    )
    outcome, amount = found.outcome, f"{-left[0]:+.3f} hbar w_q"
    by = f"by t = {time:g} ns"
    words = {
        "holds": f"{left[0]:.3f} hbar w_q left the battery through the coupling {by}",
        "fails": f"no early J < 0: what came through the coupling {by} is {amount}",
        "undecided": f"what came through the coupling {by}, {amount}, is too uncertain to call",
    }[outcome]
    if not plain and control is None:
        outcome = "undecided"
        words = (
            f"S {by}, {amount}, may be leakage, relaxation or the drive's own energy: measure the"
            ' control, or set analysis.correction to "model"'
        )
    elif outcome == "holds" and any(part.outcome != "holds" for part in plain):
        outcome = "undecided"
        words = (
            f"only the corrected S shows it: {amount} came through the coupling {by}, but"
            f" {-left[1]:+.3f} +- {std[1]:.3f} without the model's correction"
        )
    beside = (
        "" if control is None else f" (S of the control: {control[0]:+.3f} +- {control[1]:.3f})"
    )
    return replace(
        found,
        outcome=outcome,
        value=-float(left[0]),
        ci_low=-float(left[0]) - NINETY_FIVE * float(std[0]),
        ci_high=-float(left[0]) + NINETY_FIVE * float(std[0]),
        statement=f"{words}{beside}. J < 0 is energy leaving the battery.",
        expected=HEAT.expected,
    )


@dataclass(frozen=True)
class GainParts:
    """Ergotropy of the catalysed arm less the control's: (value, std) by each measure.

    late: None where the settings do not sweep time. smoothed: by envelopes of both arms; else an
    arm that none describes counts time by time.
    bounded: by |r| <= 1, where a component was not measured; the values are the middle.
    """

    peak: tuple[float, float]
    mean: tuple[float, float]
    late: tuple[float, float] | None
    mean_window: tuple[float, float]
    late_window: tuple[float, float] | None
    covers_a_period: bool
    smoothed: bool = True
    bounded: bool = False

    @property
    def measures(self) -> dict[str, tuple[float, float]]:
        """The measures by name."""
        found = {"peak": self.peak, "mean": self.mean, "late": self.late}
        return {name: value for name, value in found.items() if value is not None}


def judge_gain(parts: GainParts, options: Analysis) -> tuple[Judgement, dict[str, Any]]:
    """Judge "ergotropy above the control": at the peak, as a window mean and late, all three.

    The number is that of the measure which decides: the least favourable one of those with
    the outcome.

    Args:
        parts: the gain by each measure, in hbar w_q.
        options: the section [analysis].

    Returns:
        The judgement, and those of the three measures with the name of the deciding one.
    """
    found = {
        name: judge(value, std, options, within=(-1.0, 1.0))
        for name, (value, std) in parts.measures.items()
    }
    outcomes = {part.outcome for part in found.values()}
    outcome: Outcome = next(each for each in WORST_FIRST if each in outcomes)
    binding = [name for name in found if found[name].outcome == outcome]
    deciding = min(binding, key=lambda name: found[name].significance or 0.0)
    gains = ", ".join(f"{found[n].value:+.3f} {GAIN_MEASURES[n]}" for n in found)
    statement = {
        "holds": f"the ergotropy exceeds the control's ({gains}; hbar w_q)",
        "fails": f"the ergotropy does not exceed the control's ({gains}; hbar w_q)",
        "undecided": f"whether the ergotropy exceeds the control's is open ({gains}; hbar w_q)",
    }[outcome]
    if parts.bounded:
        statement += ", the middle of bounds by |r| <= 1, since a component was not measured"
    elif not parts.smoothed and parts.late is not None:
        statement += ", time by time where no envelope describes the counts"
    if not parts.covers_a_period and outcome != "fails":
        outcome = "undecided"
        statement += ", and the charging times span less than one Rabi period"
    explained = {
        name: {**part.as_dict(), "statement": f"gain {GAIN_MEASURES[name]}"}
        for name, part in found.items()
    }
    explained["mean"]["window"] = list(parts.mean_window)
    if parts.late_window is not None:
        explained["late"]["window"] = list(parts.late_window)
    judgement = replace(
        found[deciding],
        outcome=outcome,
        statement=f"{statement}.",
        expected=GAIN.expected,
    )
    return judgement, {"parts": explained, "criterion": deciding}


def not_measured(observation: Observation, statement: str) -> Judgement:
    """Return the judgement of an observation without a number: undecided, for the reason stated.

    Args:
        observation: one of `OBSERVATIONS`.
        statement: the reason, a sentence.
    """
    return Judgement("undecided", None, None, None, None, statement, observation.expected)


def judge_vacuum(value: float | None, std: float, end: float | str, options: Analysis) -> Judgement:
    """Judge the vacuum fidelity of the resonator at the end of charging against its bar.

    Args:
        value: F; None where the resonator was not measured.
        std: its standard error.
        end: of charging: a time in ns, or what else the last setting is, in words.
        options: the section [analysis].
    """
    bar = VACUUM.bar_in(options)
    if value is None:
        return not_measured(VACUUM, "the resonator was not measured.")
    found = judge(value, std, options, bar=bar, room=0.0, within=(0.0, 1.0))
    if beyond_a_probability(value, std) > options.sigma_threshold:
        return replace(
            found,
            outcome="undecided",
            statement=f"the estimate of the vacuum fidelity, {value:.4f} +- {std:.4f}, is no"
            " probability: the measurement of the resonator is not what the file says.",
            expected=VACUUM.expected,
        )
    words = {
        "holds": f"is at least {bar:g}: the resonator has returned to vacuum",
        "fails": f"stays below {bar:g}: the resonator has not returned to vacuum",
        "undecided": f"cannot be told from the bar of {bar:g}",
    }[found.outcome]
    where = end if isinstance(end, str) else f"t = {end:g} ns"
    statement = f"the vacuum fidelity at {where}, {value:.3f}, {words}."
    return replace(found, statement=statement, expected=VACUUM.expected)


def beyond_a_probability(value: float, std: float) -> float:
    """Return how many standard errors an estimate lies outside [0, 1]; 0 inside.

    Args:
        value: the estimate.
        std: its standard error.
    """
    beyond = max(value - 1, -value, 0.0)
    return beyond / std if std > 0 else (np.inf if beyond else 0.0)


def undecided_by(reason: str, found: Judgement) -> Judgement:
    """Return a judgement whose number stands and whose outcome is undecided for a reason.

    Args:
        reason: a clause.
        found: the judgement without it.
    """
    return replace(found, outcome="undecided", statement=f"{reason}; so this is not decided.")


def judge_all(parts: dict[str, Judgement]) -> Judgement:
    """Judge whether all observations were made together: the least favourable one decides.

    Args:
        parts: judgements by the key of their observation, all of `OBSERVATIONS`.
    """
    found = {part.outcome for part in parts.values()}
    outcome: Outcome = next(each for each in WORST_FIRST if each in found)
    significances = [part.significance for part in parts.values() if part.significance is not None]
    missing = [each.clause for each in OBSERVATIONS if parts[each.key].outcome == outcome]
    without = [each.clause for each in OBSERVATIONS if parts[each.key].value is None]
    few = " and ".join(clause for clause in missing if clause not in without)
    none = f"{' and '.join(without)} {'were' if without[1:] else 'was'} not measured"
    needs = [f"{few} would need more data"] * bool(few) + [none] * bool(without)
    statement = {
        "holds": "all three observations were made together.",
        "fails": f"the three observations were not made together: {' and '.join(missing)} failed.",
        "undecided": f"not decided: {', '.join(needs)}.",
    }[outcome]
    return Judgement(
        outcome,
        None,
        None,
        None,
        min(significances) if len(significances) == len(parts) else None,
        statement,
        ALL_THREE.expected,
    )

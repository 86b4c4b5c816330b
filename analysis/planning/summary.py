"""A plan in words: refusals with their numbers, what limits, and what to do about it."""

from dataclasses import asdict, dataclass

import numpy as np

from analysis.estimators.linear import LEAST_STD, Linear, spread
from analysis.observations import GAIN_MEASURES
from analysis.planning.claims import GAIN, GAIN_AT, HEAT, Claim
from analysis.planning.solve import Goal
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.axis import AXES, ChargingAxis
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import show_hours
from protocols.settings.settings import Settings

CALIBRATED_SHOTS = 200  # shots a setting from which reported significances agree with these
_MOST_SHOWN = 1e4  # sigmas: a higher ceiling limits nothing
_HALF = 0.5  # of the variance


@dataclass(frozen=True)
class Option:
    """Shots by kind, the laboratory's hours, and the sigmas they reach; NaN: no shots do."""

    tomography: float
    vacuum: float
    calibration: float
    hours: float
    sigmas: float
    extraction: float = 0.0

    @classmethod
    def impossible(cls) -> "Option":
        """Return what no number of shots reaches."""
        return cls(*[float("nan")] * 6)

    @property
    def total(self) -> float:
        """All shots."""
        return self.tomography + self.vacuum + self.calibration + self.extraction

    def as_dict(self) -> dict[str, float | None]:
        """Return plain values, None where there are none."""
        values = {**asdict(self), "total": self.total}
        return {name: value if np.isfinite(value) else None for name, value in values.items()}


def refusal(
    claim: Claim,
    goal: Goal,
    linear: Linear,
    ceiling: float,
    sigma_wanted: bool,
    axis: ChargingAxis = AXES["time"],
) -> str | None:
    """Say why no shots can show the claim, with the numbers, or return None.

    Args:
        claim: what is to be shown.
        goal: what is wanted.
        linear: the claim's numbers to first order.
        ceiling: sigmas that endless shots reach.
        sigma_wanted: whether the goal is to be reached; else a budget is spent.
        axis: what the charging settings sweep, whose values the claim names.
    """
    if goal.precision is None and (linear.value <= 0).any():
        return _against(claim, linear, axis)
    if sigma_wanted and ceiling < goal.sigma:
        std = np.sqrt(linear.systematic_variance).max()
        causes = max(linear.causes, key=lambda name: float(np.abs(linear.causes[name]).max()))
        wanted = f"{goal.sigma:g} sigmas"
        if goal.precision is not None:
            wanted = f"a standard error of {goal.precision:g}"
        return (
            f"no shots are asked for: they leave a standard error of {std:.3g}, most of it by the"
            f" {causes}, so that {wanted} cannot be reached (at most {ceiling:.2g} of"
            f" {goal.sigma:g}); know that better first"
        )
    return None


def _against(claim: Claim, linear: Linear, axis: ChargingAxis) -> str:
    if claim.kind == HEAT:
        parts = [f"{-value:+.4f}" for value in linear.value]
        ways = ["with", "without"][: len(parts)]
        each = " and ".join(
            f"{part} {way} the model's corrections" for part, way in zip(parts, ways, strict=True)
        )
        return (
            f"the physics forbids the claim, no shots are asked for: the energy that comes through"
            f" the coupling by the end of the early window is {each} (hbar w_q), and it has to be"
            " negative in both"
        )
    if claim.extracts:
        return (
            "the physics forbids the claim, no shots are asked for: the pulse is expected to take"
            f" out {float(linear.value.min()):.4f} hbar w_q, not more than 0"
        )
    where = f"at {', '.join(axis.show(value) for value in claim.times)}"
    if claim.kind != GAIN_AT:
        where = GAIN_MEASURES[claim.kind.removeprefix(f"{GAIN}-")]
    return (
        "the physics forbids the claim, no shots are asked for: the expected ergotropy is"
        f" {-float(linear.value.min()):.4f} hbar w_q below the control's {where}, so more shots"
        " only show that more clearly"
    )


def variance_shares(
    experiment: Experiment, goal: Goal, linear: Linear, frequency: FloatArray, shots: IntArray
) -> dict[str, float]:
    """Return the parts of the variance by cause, of the number that decides; they add up to 1.

    Of a number that is certain they are 0.

    Args:
        experiment: the planned experiment file's content.
        goal: what is wanted.
        linear: the claim's numbers to first order.
        frequency: of outcome 1, in [0, 1], (M,).
        shots: of every setting, (M,).
    """
    settings = Settings(experiment)
    each = (linear.weights * spread(frequency)) ** 2 / np.maximum(shots, 1)
    total = np.maximum(each.sum(axis=1) + linear.systematic_variance, LEAST_STD**2)
    decides = int(goal.over(linear, np.sqrt(total)).argmin())
    calibration = float(each[decides, settings.calibration].sum())
    vacuum = float(each[decides, settings.vacuum].sum())
    extraction = float(each[decides, settings.extraction].sum())
    parts = {
        "shots of tomography": float(each[decides].sum()) - calibration - vacuum - extraction,
        "shots of the vacuum measurement": vacuum,
        "shots of the readout calibration": calibration,
        **({"shots of the extraction": extraction} if settings.extraction_places else {}),
        **{cause: float(part[decides] ** 2) for cause, part in linear.causes.items()},
    }
    return {cause: part / float(total[decides]) for cause, part in parts.items()}


def statement(
    claim: Claim,
    goal: Goal,
    options: dict[str, Option],
    shares: dict[str, float],
    ceilings: tuple[float, float],
    shots: IntArray,
) -> tuple[str, tuple[str, ...]]:
    """Return the plan's main sentence, and notes on what limits it.

    Args:
        claim: what is to be shown.
        goal: what is wanted.
        options: by name, "recommended" and "pilot" among them.
        shares: parts of the variance by cause, which add up to 1.
        ceilings: sigmas of endless shots, in all settings, and in all but the file's calibration.
        shots: recommended ones of every setting, (M,).
    """
    chosen = options["recommended"]
    reach = f"{chosen.sigmas:.1f} sigmas"
    if goal.precision is not None:
        reach = f"a standard error of {goal.precision / chosen.sigmas:.3g}"
    time = show_hours(chosen.hours)
    sentence = f"{chosen.total:.0f} shots in {time} reach {reach} for {claim.text}"
    return sentence, tuple(_notes(goal, options, shares, ceilings, shots))


def _notes(
    goal: Goal,
    options: dict[str, Option],
    shares: dict[str, float],
    ceilings: tuple[float, float],
    shots: IntArray,
) -> list[str]:
    notes = []
    cause = max(shares, key=lambda name: shares[name])
    fixed = (options["recommended"].sigmas / ceilings[0]) ** 2
    if fixed > _HALF:
        others = {name: share for name, share in shares.items() if not name.startswith("shots")}
        notes.append(
            f"calibration beats shots: {fixed:.0%} of the variance is not lowered by shots,"
            f" most of it by the {max(others, key=lambda name: others[name])}"
        )
    elif cause == "shots of the readout calibration":
        notes.append("readout calibration beats tomography: it makes most of the variance")
    for top, what in zip(ceilings, ("", " with the file's own calibration shots"), strict=True):
        if top < _MOST_SHOWN:
            unit = "sigmas" if goal.precision is None else "times the wanted precision"
            notes.append(f"systematic ceiling{what}: endless shots reach {top:.1f} {unit}")
    pilot = options["pilot"]
    spread_of_rest = 2 / pilot.sigmas if goal.precision is None else None
    if spread_of_rest is not None and np.isfinite(spread_of_rest):
        known = f"are known to {spread_of_rest:.0%}" if spread_of_rest < 1 else "are hardly known"
        notes.append(
            f"two stages: the pilot alone reaches {pilot.sigmas:.1f} sigmas, after which the shots"
            f" that are needed {known}; plan the rest anew with what it found"
        )
    used = shots[shots > 0]
    if np.median(used) < CALIBRATED_SHOTS:
        notes.append(
            f"half of the settings get fewer than {CALIBRATED_SHOTS} shots: the significance that"
            " a single run reports scatters and falls short"
        )
    return notes

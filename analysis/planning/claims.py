"""What a plan is asked to show: a claim by name, such as ergotropy-gain-at:20."""

import re
from dataclasses import dataclass
from math import isfinite

import numpy as np

from analysis import observations
from analysis.estimators.ergotropy.envelope_gain import EnvelopeGain
from analysis.estimators.ergotropy.ergotropy import SIGNS, ErgotropyAt
from analysis.estimators.ergotropy.extraction import ExtractedWork
from analysis.estimators.ergotropy.gain import GAIN_LATE as LATE
from analysis.estimators.ergotropy.gain import GAIN_MEAN as MEAN
from analysis.estimators.ergotropy.gain import GAIN_PEAK as PEAK
from analysis.estimators.ergotropy.gain import averaging
from analysis.estimators.expectation import Expectation
from analysis.estimators.global_fit.bound import GlobalBound
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.heat.exchange import Exchange
from analysis.estimators.model_free import ModelFree
from analysis.estimators.vacuum.fidelity import Vacuum
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.stages.extraction import extracted_work, extraction_places

HEAT, VACUUM, ERGOTROPY = observations.HEAT.claim, "vacuum-fidelity", "ergotropy"
EXTRACTED, EXTRACTED_AT = "extracted-work", "extracted-work-at"
GAIN = observations.GAIN.claim
GAIN_AT, GAIN_PEAK, GAIN_MEAN, GAIN_LATE = (
    f"{GAIN}-{name}" for name in ("at", *observations.GAIN_MEASURES)
)
FORMS = (
    HEAT,
    f"{GAIN_AT}:TIME_NS",
    GAIN_PEAK,
    GAIN_MEAN,
    GAIN_LATE,
    f"{VACUUM}:+-X",
    f"{ERGOTROPY}:+-X@TIME_NS,...",
    EXTRACTED,
    f"{EXTRACTED_AT}:TIME_NS",
)
POINTWISE = (VACUUM, ERGOTROPY, GAIN_AT)
"""Claims of single settings, which any axis has; the others need moments of one pulse."""
_MEASURES = {GAIN_PEAK: PEAK, GAIN_MEAN: MEAN, GAIN_LATE: LATE}
_PRECISION = re.compile(r"(?:\+-|\+/-|±)?(?P<width>[^@]+)(?:@(?P<times>.+))?")


class PlanError(CqedBatteryError):
    """A claim that cannot be read, or a plan that cannot be made for this file."""


@dataclass(frozen=True)
class Claim:
    """A claim: its kind, times in ns where it names some, and the standard error it wants.

    `precision` is None for a claim that has a sign, which is shown by a number of sigmas.
    """

    text: str
    kind: str
    times: tuple[float, ...] = ()
    precision: float | None = None

    @property
    def compares(self) -> bool:
        """Whether the claim compares the catalysed arm with the control."""
        return self.kind.startswith(GAIN)

    @property
    def extracts(self) -> bool:
        """Whether the claim is of the work that the extraction pulse takes out."""
        return self.kind in (EXTRACTED, EXTRACTED_AT)


def parse_claim(text: str) -> Claim:
    """Read a claim from its text, one of `FORMS`.

    Args:
        text: such as "ergotropy-gain-at:20".

    Raises:
        PlanError: the text is none of them, or its numbers cannot be read.
    """
    kind, colon, rest = text.strip().partition(":")
    if kind in (HEAT, GAIN_PEAK, GAIN_MEAN, GAIN_LATE, EXTRACTED) and not colon:
        return Claim(text, kind)
    if kind in (GAIN_AT, EXTRACTED_AT) and rest:
        return Claim(text, kind, (_number(text, rest),))
    found = _PRECISION.fullmatch(rest.strip())
    if kind in (VACUUM, ERGOTROPY) and found:
        width, times = _number(text, found["width"]), found["times"]
        if 0 < width < 1 and (times is not None) == (kind == ERGOTROPY):
            listed = tuple(_number(text, part) for part in (times or "").split(",") if part)
            return Claim(text, kind, listed, width)
    raise PlanError(f"a claim must be one of {', '.join(FORMS)}, but is {text!r}")


def _number(text: str, part: str) -> float:
    try:
        value = float(part)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise PlanError(f"in the claim {text!r}, {part!r} must be a number, such as 20")
    return value


def time_index(experiment: Experiment, wanted: float) -> int:
    """Return the place of a charging time in ns, or of what else the experiment sweeps.

    Args:
        experiment: the experiment file's content.
        wanted: one of its charging times, amplitudes or detunings, to 1e-6.

    Raises:
        PlanError: it is not one of them.
    """
    axis = experiment.axis
    unit = "" if axis.units == "1" else f" {axis.units}"
    return _place(experiment.axis_values, wanted, axis.dim, axis.plural, unit)


def _place(values: FloatArray, wanted: float, what: str, those: str, unit: str) -> int:
    index = int(abs(values - wanted).argmin())
    if abs(values[index] - wanted) > 1e-6:
        raise PlanError(
            f"a claim's {what} must be one of the {those}, but is {wanted:g}{unit}; the nearest is"
            f" {values[index]:g}{unit}"
        )
    return index


def extraction_number(claim: Claim, expected: Expectation) -> int:
    """Return the number of the extraction time that a claim is of.

    Args:
        claim: of the extracted work, at a time or where the file's device gives most.
        expected: what the experiment file predicts.

    Raises:
        PlanError: there is no extraction at the claim's time.
    """
    prediction = expected.prediction
    if claim.times:
        times = prediction.times[extraction_places(prediction.experiment)]
        return _place(times, claim.times[0], "time", "extraction times", " ns")
    bloch = expected.arms["catalysed"]["bloch"]
    return int(np.argmax(extracted_work(prediction.experiment, "catalysed", bloch)))


def model_free(claim: Claim, expected: Expectation) -> ModelFree:
    """Return the model-free estimator of a claim.

    Args:
        claim: what is to be shown.
        expected: what the experiment file predicts.

    Raises:
        PlanError: the claim names a time that is no charging time.
    """
    if claim.extracts:
        return ExtractedWork(expected, (extraction_number(claim, expected),))
    if claim.kind == VACUUM:
        return Vacuum(expected)
    if claim.kind == HEAT:
        return Exchange(expected)
    if claim.kind in (ERGOTROPY, GAIN_AT):
        experiment = expected.prediction.experiment
        places = tuple(time_index(experiment, time) for time in claim.times)
        return ErgotropyAt(expected, places, SIGNS if claim.compares else {"catalysed": 1.0})
    return EnvelopeGain(expected, _MEASURES[claim.kind])


def global_bound(claim: Claim, expected: Expectation) -> GlobalBound:
    """Return the global fit as estimator of a claim.

    Args:
        claim: what is to be shown.
        expected: what the experiment file predicts.

    Raises:
        PlanError: the claim names a time that is no charging time.
    """
    experiment, times = expected.prediction.experiment, expected.prediction.times
    end = Exchange(expected).window_end if claim.kind == HEAT else 0
    number = extraction_number(claim, expected) if claim.extracts else 0
    places = [] if claim.extracts else [time_index(experiment, time) for time in claim.times]
    signs = SIGNS if claim.compares else {"catalysed": 1.0}

    def numbers(found: Response) -> FloatArray:
        """Return the claim's numbers (Q,), or their derivatives (Q, p)."""
        catalysed = found.quantities["catalysed"]
        if claim.kind == VACUUM:
            return catalysed["vacuum_fidelity"][-1:]
        if claim.extracts:
            work = extracted_work(experiment, "catalysed", catalysed["bloch"])
            return work[number : number + 1]
        if claim.kind == HEAT:
            return -catalysed["exchange"][end : end + 1]
        parts = []
        for arm, sign in signs.items():
            rows = np.eye(len(times))[places]
            if claim.kind in _MEASURES:
                bloch = expected.arms[arm]["bloch"]
                rows = averaging(experiment, times, _MEASURES[claim.kind], bloch)[None]
            parts.append(sign * (rows @ found.quantities[arm]["ergotropy"]))
        return np.asarray(sum(parts))

    return GlobalBound(experiment, numbers)

"""What Zhao's texts say of Fig. 2: the curve without catalyst, the losses, the window."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np

from analysis.papers.finding import Finding, Reading
from analysis.papers.rule import Rule
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    LATE,
    PASSIVE,
    START,
    TIMES,
    Z1_DEPHASING,
    Z2_DEPHASING,
    Case,
    Options,
    ergotropy,
    listed,
    tags,
)
from analysis.papers.zhao.statistics import (
    GAINED,
    GRID,
    LATER,
    MEAN,
    SCANS,
    SMALLEST_GAIN,
    STATISTICS,
    Statistic,
    gain,
)
from cqed_battery.operators import FloatArray

_SHOWN: tuple[tuple[str, Case], ...] = (
    ("the lower level, passive state proper", {"start": "lower", "passive": "ground first"}),
    (
        "the upper level, opposite order without its sign, 2 gamma_D",
        {"start": "upper", "passive": "size of opposite", "dephasing": "sigma_z"},
    ),
)
_RATES = {"kappa": (0.05, 0.2, 0.5, 1.0), "gamma_D": (0.01, 0.05, 0.1, 0.2)}

_PERIOD = round(12.5 / float(TIMES[1]))  # grid steps of a Rabi period 2 pi / Omega, Table I
_MIDDLE = (TIMES >= 30.0) & (TIMES <= 60.0)


def _uncatalysed(case: Case) -> FloatArray:
    """Return the size of the uncatalysed ergotropy."""
    return np.abs(ergotropy(case, catalyst=False))


def _swing(case: Case) -> float:
    """Return the span over the first period, of the peak."""
    values = _uncatalysed(case)
    return float(np.ptp(values[:_PERIOD]) / values.max())


def _rise(case: Case) -> float:
    """Return the largest ratio of a period's maximum to that of the one before."""
    values = _uncatalysed(case)
    tops = values[: len(values) // _PERIOD * _PERIOD].reshape(-1, _PERIOD).max(axis=1)
    return float((tops[1:] / tops[:-1]).max())


def _wobble(case: Case) -> float:
    """Return by how much it rises again at most after t = 30, of the peak."""
    values = _uncatalysed(case)
    late = values[_MIDDLE]
    return float((late - np.minimum.accumulate(late)).max() / values.max())


def _end(case: Case) -> float:
    """Return the late mean over the peak."""
    values = _uncatalysed(case)
    return float(values[LATE].mean() / values.max())


@CLAIMS_Z1.claim(2, "Results, Fig. 2", "2b", Z1_DEPHASING, monotonic=True)
@CLAIMS_Z2.claim(3, "Sec. III A, Fig. 2", "2b", Z2_DEPHASING)
def uncatalysed_decays(dephasing: Options, *, monotonic: bool = False) -> Finding:
    """Z1: Without the catalyst the ergotropy oscillates widely, then decays monotonically, to a
    lower value.

    Z2: Without the catalyst the ergotropy oscillates and falls to a lower long-time value.

    Test the swing of the uncatalysed ergotropy, its fall from period to period, and its end.
    """
    options = {**GRID, **dephasing, "passive": ("ground first", "opposite")}
    found = listed(
        options,
        (
            ("wide swings", _swing, Rule("span in the first period over peak", "> 0.5")),
            ("decay", _rise, Rule("largest maximum of a period over that before", "< 1")),
            ("lower value", _end, Rule("late mean over peak", "< 0.5")),
        ),
        remark="At t = 60 it still oscillates. What it tends to is 0: dephasing under a resonant "
        "drive ends in the fully mixed state, so that the lower value is no charge at all.",
        every=True,
    )
    if not monotonic:
        return found
    literal = ("decay read literally", _wobble, Rule("rise after t = 30 over peak", "< 0.05"))
    more = listed(options, [literal], "").readings
    return replace(found, readings=(*found.readings, *more))


@CLAIMS_Z1.claim(
    *(7, "Results, Fig. 2(c)", "2c", "kappa", Z1_DEPHASING),
    says="The gain survives stronger damping of the catalyst.",
)
@CLAIMS_Z1.claim(
    *(8, "Results, Fig. 2(d)", "2d", "gamma_D", Z1_DEPHASING),
    says="The gain survives stronger dephasing of the battery.",
)
@CLAIMS_Z2.claim(
    *(10, "Sec. III B, Fig. 2(c)", "2c", "kappa", Z2_DEPHASING),
    says="The gain survives every damping rate of the catalyst.",
)
@CLAIMS_Z2.claim(
    *(11, "Sec. III B, Fig. 2(d)", "2d", "gamma_D", Z2_DEPHASING),
    says="The gain survives every dephasing rate of the battery.",
)
def robust(parameter: str, dephasing: Options) -> Finding:
    """Test whether the ergotropy is raised at every value of a rate of loss."""
    values = _RATES[parameter]
    references: dict[str, Mapping[str, float]] = {"the reference has the same rates": {}}
    if parameter == "gamma_D":
        references["the reference is the one curve at gamma_D = 0.05"] = {"gamma_D": 0.05}
    listed_values = ", ".join(f"{value:g}" for value in values)
    rule = Rule(f"smallest gain for {parameter} = {listed_values}", GAINED, unit="u")

    def worst(case: Case, statistic: Statistic, reference: Mapping[str, float]) -> float:
        """Return the smallest gain among the rates."""
        points: list[dict[str, float]] = [{parameter: value} for value in values]
        return min(
            statistic(ergotropy(case, **point))
            - statistic(ergotropy(case, catalyst=False, **{**point, **reference}))
            for point in points
        )

    rows = (
        (f"{name}, {words}", partial(worst, statistic=STATISTICS[name], reference=reference), rule)
        for name in (MEAN, LATER)
        for words, reference in references.items()
    )
    return listed(
        {**START, **PASSIVE, **dephasing},
        rows,
        remark="The panels show one curve without the catalyst, and do not name its rate. The whole"
        " drive acts.",
    )


@CLAIMS_Z2.claim(9, "Sec. III B, Fig. 2(a), (b)", "2a")
def restricted_window() -> Finding:
    """The gain is largest in a restricted window of omega_c and of g.

    Test whether the gain is positive and largest inside a scan of omega_c and of g.
    """
    choices = product(SCANS, STATISTICS, _SHOWN)
    rows = [(shown, _window(scanned, name, shown)) for scanned, name, shown in choices]
    return Finding(
        readings=tuple(reading for _, reading in rows),
        cases=tuple((tags(case), reading.holds) for (_, case), reading in rows),
    )


def _window(parameter: str, name: str, shown: tuple[str, Case]) -> Reading:
    words, case = shown
    values = SCANS[parameter]
    kappa = {"kappa": 0.5} if parameter == "omega_c" else {}
    gains = [gain(case, STATISTICS[name], **{**kappa, parameter: value}) for value in values]
    best = int(np.argmax(gains))
    return Reading(
        name=f"the {name} over {parameter}, {words}",
        number=gains[best],
        unit="u",
        criterion=f"largest gain > {SMALLEST_GAIN:g} u, and not at an end of the scan "
        f"(found at {parameter} = {values[best]:g})",
        holds=gains[best] > SMALLEST_GAIN and 0 < best < len(values) - 1,
    )


@CLAIMS_Z2.claim(36, "Sec. III B, Fig. 2(a), (b)", "2a")
def sensitive() -> Finding:
    """The gain depends sensitively on omega_c and on g.

    Test how much the gain of the mean changes along the panels.
    """

    def change(case: Case, name: str) -> float:
        """Return the span of the gains along a panel over the largest size."""
        kappa = {"kappa": 0.5} if name == "omega_c" else {}
        points: list[dict[str, float]] = [{**kappa, name: value} for value in SCANS[name]]
        gains = [gain(case, STATISTICS[MEAN], **point) for point in points]
        return float(np.ptp(gains) / np.abs(gains).max())

    rule = Rule("span of the gain of the mean along the panel over its largest size", "> 0.5")
    rows = ((f"along {name}", partial(change, name=name), rule) for name in SCANS)
    return listed(GRID, rows, "Where the gain is a loss, the loss is sensitive.", every=True)

"""What Zhao's texts say of the ergotropy and the catalyst, computed under their readings."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import TypeAlias

import numpy as np

from analysis.papers.claim import Finding, Reading, Rule
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    DRIVE,
    LATE,
    PASSIVE,
    START,
    TIMES,
    Z1_DEPHASING,
    Z2_DEPHASING,
    Case,
    Options,
    compared,
    ergotropy,
    listed,
    run,
    tags,
)
from cqed_battery.operators import FloatArray

Statistic: TypeAlias = Callable[[FloatArray], float]

NOT_PASSIVE = 0.1  # u; a twentieth of what the battery holds at most
SMALLEST_GAIN = 0.01  # u; the battery holds 2 u at most
GAINED = f"> {SMALLEST_GAIN:g} u"
_GRID: Options = {**START, **PASSIVE, **Z2_DEPHASING, **DRIVE}
MEAN = "mean over t <= 60"
STATISTICS: dict[str, Statistic] = {
    "peak": lambda values: float(values.max()),
    MEAN: lambda values: float(values.mean()),
    "late mean, 50 <= t <= 60": lambda values: float(values[LATE].mean()),
}
_SHOWN: tuple[tuple[str, Case], ...] = (
    ("the lower level, passive state proper", {"start": "lower", "passive": "ground first"}),
    (
        "the upper level, opposite order without its sign, 2 gamma_D",
        {"start": "upper", "passive": "size of opposite", "dephasing": "sigma_z"},
    ),
)
_SCANS = {
    "omega_c": (0.01, 0.5, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0),
    "g": (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
}
_RATES = {"kappa": (0.05, 0.2, 0.5, 1.0), "gamma_D": (0.01, 0.05, 0.1, 0.2)}


def gain(case: Case, statistic: Statistic, **changes: float) -> float:
    """Return a statistic of the ergotropy with the catalyst less that without it, in u."""
    alone = ergotropy(case, catalyst=False, **changes)
    return statistic(ergotropy(case, **changes)) - statistic(alone)


@CLAIMS_Z1.claim(
    *(5, "Results, Fig. 2(a), (b)", "2b", "peak", Z1_DEPHASING),
    says="The catalyst raises the peak of the ergotropy.",
)
@CLAIMS_Z1.claim(
    *(6, "Results, Fig. 2(a), (b)", "2b", MEAN, Z1_DEPHASING),
    says="The catalyst raises the average ergotropy of the whole charging.",
)
@CLAIMS_Z2.claim(
    *(5, "Abstract and Sec. III B, Fig. 2", "2b", "peak", Z2_DEPHASING),
    says="The catalyst raises the peak of the ergotropy.",
)
@CLAIMS_Z2.claim(
    *(6, "Abstract and Sec. III B, Fig. 2", "2b", MEAN, Z2_DEPHASING),
    says="The catalyst keeps the battery away from passivity: the mean ergotropy is raised.",
)
@CLAIMS_Z2.claim(
    *(7, "Sec. IV B, Fig. 2", "2b", "late mean, 50 <= t <= 60", Z2_DEPHASING),
    says="The battery maintains a higher ergotropy late in the charging.",
)
def raised(name: str, dephasing: Options) -> Finding:
    """Test whether the catalyst raises a statistic of the ergotropy, at Table I."""
    with_catalyst, alone = (STATISTICS[name](ergotropy({}, catalyst=c)) for c in (True, False))
    decorate = compared(
        {**_GRID, **dephasing},
        Rule(f"gain of the {name}", GAINED, unit="u"),
        f"With the start in the lower level, the passive state proper and Z2's Eq. 9 it is "
        f"{with_catalyst:.3f} u with the catalyst and {alone:.3f} u without. A battery that "
        "starts in its upper level is full, so that its peak is at t = 0 with and without it.",
    )
    return decorate(partial(gain, statistic=STATISTICS[name]))()


@CLAIMS_Z1.claim(4, "Results, Fig. 2(a), (b)", "2b", Z1_DEPHASING)
@compared(_GRID, Rule("share of the time 0 < t <= 60 in which it is higher", "> 0.95"))
def persistently_superior(case: Case) -> float:
    """With the catalyst the ergotropy is persistently the higher one.

    Test whether the catalysed ergotropy is the higher one at nearly all times.
    """
    return float(np.mean((ergotropy(case) > ergotropy(case, catalyst=False))[1:]))


@CLAIMS_Z2.claim(24, "Sec. III B, Fig. 2", "2b")
@compared(
    {**_GRID, **Z2_DEPHASING},
    Rule(f"share of the time with more than {NOT_PASSIVE:g} u, gained by the catalyst,", "> 0.01"),
)
def longer_non_passive(case: Case) -> float:
    """The catalyst lengthens the time in which the battery is appreciably non-passive.

    Compare the shares of t <= 60 in which the ergotropy exceeds a twentieth of the most.
    """
    with_catalyst, alone = (
        ergotropy(case, catalyst=there) > NOT_PASSIVE for there in (True, False)
    )
    return float(with_catalyst.mean() - alone.mean())


@CLAIMS_Z2.claim(1, "Sec. II, Eq. 6", "2b --set start=upper")
@compared(
    {**START, **PASSIVE},
    Rule("size of the ergotropy at t = 0", "< 1e-09 u", unit="u"),
    "The text's own start in the ground state with the passive state proper, and the "
    "start above with the opposite order, are the two that fit this sentence.",
)
def starts_without_ergotropy(case: Case) -> float:
    """The battery starts in its ground state, without ergotropy.

    Test which readings give the battery no ergotropy at the start.
    """
    return float(abs(ergotropy(case)[0]))


@CLAIMS_Z1.claim(2, "Results, Fig. 2", "2b", Z1_DEPHASING)
@CLAIMS_Z2.claim(3, "Sec. III A, Fig. 2", "2b")
@compared(
    {**_GRID, "passive": ("ground first", "opposite")},
    Rule("late mean over peak", "< 0.5"),
    "At t = 60 it still oscillates. What it tends to is 0: dephasing under a resonant "
    "drive ends in the fully mixed state, so that the lower value is no charge at all.",
)
def uncatalysed_decays(case: Case) -> float:
    """Z1: Without the catalyst the ergotropy oscillates widely and decays to a lower value.

    Z2: Without the catalyst the ergotropy oscillates and falls to a lower long-time value.

    Test whether the uncatalysed ergotropy ends well below its early peak.
    """
    values = np.abs(ergotropy(case, catalyst=False))
    return float(values[LATE].mean() / values.max())


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
    """Test whether the mean ergotropy is raised at every value of a rate of loss."""
    values = ", ".join(f"{value:g}" for value in _RATES[parameter])
    rule = Rule(f"smallest gain of the mean for {parameter} = {values}", GAINED, unit="u")
    remark = "The reference without catalyst has the same dephasing rate."

    @compared({**START, **PASSIVE, **dephasing}, rule, remark)
    def worst(case: Case) -> float:
        return min(gain(case, STATISTICS[MEAN], **{parameter: v}) for v in _RATES[parameter])

    return worst()


@CLAIMS_Z2.claim(9, "Sec. III B, Fig. 2(a), (b)", "2a")
def restricted_window() -> Finding:
    """The gain is largest in a restricted window of omega_c and of g.

    Test whether the gain is positive and largest inside a scan of omega_c and of g.
    """
    choices = product(_SCANS, STATISTICS, _SHOWN)
    rows = [(shown, _window(scanned, name, shown)) for scanned, name, shown in choices]
    return Finding(
        readings=tuple(reading for _, reading in rows),
        cases=tuple((tags(case), reading.holds) for (_, case), reading in rows),
    )


def _window(parameter: str, name: str, shown: tuple[str, Case]) -> Reading:
    words, case = shown
    values = _SCANS[parameter]
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


@CLAIMS_Z1.claim(3, "Results, Fig. 2", "2a")
@CLAIMS_Z2.claim(4, "Sec. III B, Fig. 2", "2a")
def catalyst_returns() -> Finding:
    """Z1: The catalyst's energy stays constant, so that it is not consumed.

    Z2: The catalyst's energy stays close to zero.

    Test whether the catalyst keeps its energy, its photons and its vacuum.
    """
    empty = Rule("largest energy of the catalyst", "< 0.02 u", unit="u")
    photons = Rule("largest photon number", "< 0.05")
    vacuum = Rule("vacuum fidelity at t = 60", "> 0.95")

    def largest(name: str, omega_c: float) -> Callable[[Case], float]:
        return lambda case: float(run(case, omega_c=omega_c)[name].max())

    def fidelity(case: Case) -> float:
        return float(run(case).vacuum_fidelity[-1])

    return listed(
        {**START, **Z2_DEPHASING},
        (
            ("its energy with omega_c = 0.01 is meant", largest("catalyst_energy", 0.01), empty),
            ("its energy with omega_c = 2 is meant", largest("catalyst_energy", 2.0), empty),
            ("its photons with omega_c = 0.01 are meant", largest("photon_number", 0.01), photons),
            ("its vacuum with omega_c = 0.01 is meant", fidelity, vacuum),
        ),
        remark="The energy is omega_c times the photon number. It is small because omega_c = 0.01 "
        "is, not because the catalyst stays empty. The whole drive acts.",
    )


@CLAIMS_Z1.claim(10, "Thermodynamic Analysis", "3a --set fock_levels=3")
@CLAIMS_Z2.claim(19, "Sec. IV B", "3a --set fock_levels=3")
def three_levels_suffice() -> Finding:
    """Z1: Three Fock levels suffice.

    Z2: Few Fock levels suffice.

    Compare three Fock levels, as in the papers, with a converged number.
    """
    rule = Rule("largest change of the ergotropy", "< 0.02 u", unit="u")

    def change(case: Case, changes: Mapping[str, float]) -> float:
        exact, cut = ergotropy(case, **changes), ergotropy(case, fock_levels=3, **changes)
        return float(np.abs(exact - cut).max())

    tables: dict[str, dict[str, float]] = {
        "the parameters are those of Table I, omega_c = 0.01": {},
        "the parameters are those of panel (a), omega_c = 1": {"omega_c": 1.0, "kappa": 0.5},
        "the parameters are those of panel (a), omega_c = 2": {"omega_c": 2.0, "kappa": 0.5},
    }
    cut = Zhao(omega_c=2.0, kappa=0.5, start="upper", fock_levels=3).simulate(TIMES[::20])
    return listed(
        {**START, **DRIVE},
        ((words, partial(change, changes=table), rule) for words, table in tables.items()),
        remark=f"On resonance, with the start in the upper level: {cut.attrs['fock_statement']}.",
    )

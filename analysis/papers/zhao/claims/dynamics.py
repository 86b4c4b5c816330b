"""What Zhao's texts say of how fast the battery leaves passivity and how J's oscillations die."""

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule, judged
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    CURRENT,
    DRIVE,
    LATE,
    PASSIVE,
    START,
    TIMES,
    Case,
    Options,
    compared,
    current,
    ergotropy,
    run,
)
from analysis.papers.zhao.statistics import NOT_PASSIVE
from cqed_battery.operators import FloatArray

_SOONER = 0.05  # 1/u, a grid step: less is no difference
_FIRST = TIMES <= 10.0
_KNOWN: Options = {"dephasing": ("sigma_z",)}


@CLAIMS_Z1.claim(19, "Abstract", "2b --set dephasing=sigma_z")
@compared(
    {**START, **PASSIVE, **DRIVE, **_KNOWN},
    Rule(
        f"time to {NOT_PASSIVE:g} u with the catalyst less that without",
        f"< -{_SOONER:g} 1/u",
        unit="1/u",
    ),
    "The drive does it in either case; the catalyst takes part of what it brings. A battery that"
    " starts with ergotropy needs no time.",
)
def sooner_non_passive(case: Case) -> float:
    """The catalyst pushes the battery rapidly into non-passive states.

    Compare the times at which the ergotropy first exceeds a twentieth of the most.
    """
    with_catalyst, alone = (_first_above(ergotropy(case, catalyst=c)) for c in (True, False))
    return with_catalyst - alone


def _first_above(values: FloatArray) -> float:
    """Return when values (T,) first exceed what counts as non-passive, or the last time."""
    above = np.flatnonzero(values > NOT_PASSIVE)
    return float(TIMES[above[0]] if above.size else TIMES[-1])


@CLAIMS_Z1.claim(20, "Thermodynamic Analysis, Fig. 3", "3b --set dephasing=sigma_z")
@CLAIMS_Z2.claim(26, "Sec. IV B, Fig. 3", "3b --set dephasing=sigma_z")
@compared(
    {**START, **DRIVE, **CURRENT, **_KNOWN},
    Rule("span of J over 50 <= t <= 60 over that over t <= 10", "< 0.2"),
    "What is left late under the whole drive oscillates at twice its frequency and does not die"
    " out: it is the drive's own.",
)
def oscillations_die_out(case: Case) -> float:
    """Z1: The oscillations of J decay rapidly.

    Z2: Late in the charging the oscillations of J have become small.

    Compare the span of J late and early.
    """
    values = current(case)
    return float(np.ptp(values[LATE]) / np.ptp(values[_FIRST]))


_BALANCED = Rule("energy dissipated over that from the drive, by t = 60,", "> 0.9 and < 1.1")


@CLAIMS_Z1.claim(21, "Thermodynamic Analysis, uncatalysed", "3b --set dephasing=sigma_z")
def drive_is_balanced() -> Finding:
    """Without the catalyst the dephasing dissipates nearly what the drive brings.

    Compare what the drive brought by t = 60 with what the dephasing took.
    """
    found = {
        f"energy is that of {words}, the drive is {drive}": _dissipated(name, with_drive)
        for words, with_drive in (("H_QB", False), ("H_QB with the drive", True))
        for drive, name in (("whole", "full"), ("its resonant half", "rotating-wave"))
    }
    return judged(
        (_BALANCED, found),
        remark="Pure dephasing commutes with H_QB and takes none of its energy: late the battery is"
        " half full, and J is small because nothing flows. What it takes from H_QB + H_drive is the"
        " energy of the coherence in the drive.",
    )


def _dissipated(drive: str, with_drive: bool) -> float:
    case = {"start": "lower", "drive": drive, "dephasing": "sigma_z"}
    data = run(case, catalyst=False)
    taken, brought = data.J_reduced.to_numpy(), data.power.to_numpy()
    if not with_drive:  # Tr[H_QB L(rho)] = 0, and all of dE/dt is the drive's
        taken, brought = np.zeros_like(taken), data.J_energy_rate.to_numpy()
    step = float(TIMES[1])
    dissipated = 0.0 - np.trapezoid(taken, dx=step)
    return float(dissipated / np.trapezoid(brought, dx=step))

"""What Zhao's texts say of the start, the catalyst's energy and its Fock levels."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    DRIVE,
    PASSIVE,
    START,
    TIMES,
    Z2_DEPHASING,
    Case,
    compared,
    ergotropy,
    listed,
    run,
)


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

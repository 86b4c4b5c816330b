"""Claims of Kamin et al. on equilibrium: one reservoir for all qubits, or the battery alone."""

import numpy as np

from analysis.papers.figure import NamedChanges
from analysis.papers.finding import Finding
from analysis.papers.kamin.figures import BIASED, EQUILIBRIUM, GROWING, ergotropies
from analysis.papers.kamin.model import Kamin
from analysis.papers.kamin.readings import (
    CLAIMS,
    SCALES,
    TEMPERATURES,
    OfCapacity,
    ergotropy,
    largest_step,
    not_falling,
    not_rising,
    onset,
    smallest_step,
    variants,
)
from analysis.papers.rule import Rule, judged, under
from cqed_battery.operators import FloatArray

STARTS: NamedChanges = {
    "N = 3 from any start": {},
    "N = 2 from the ground state": {"qubits": 2},
    "N = 2 from the mixed state": {"qubits": 2, "start": "mixed"},
    "chain of 3 from the ground state": {"network": "chain"},
}
POTENTIALS = np.linspace(-2.0, 10.0, 17)
_COUPLINGS = np.array([0.01, 0.1, 1.0, 10.0, 100.0])
_COLD = EQUILIBRIUM.replace({"temperature": 0.02, "potential": 8.0})
_FILLED = EQUILIBRIUM.replace({"potential": 2.0})
_MIXED = _FILLED.replace({"start": "mixed"})
_CHAIN = _FILLED.replace({"network": "chain"})


@CLAIMS.claim(1, "Sec. III A, Fig. 2", "2")
@under(
    variants(EQUILIBRIUM, SCALES),
    Rule("ergotropy begins at mu = 1 to 1e-6", lambda mu: abs(mu - 1.0) < 1e-6, unit="mu at onset"),
    "H has omega_0 = 10 and splittings of 20, yet only an occupation taken at omega = 1 "
    "puts the onset there. omega_0 itself drops out of W.",
)
def empty_up_to_omega(model: Kamin) -> float:
    """In equilibrium the battery is empty up to mu = omega.

    Where ergotropy begins in equilibrium, by the energy at which n is taken.
    """
    return onset(model, "potential", -5.0, 40.0)


@CLAIMS.claim(2, "Abstract; Sec. III A, Fig. 2", "2")
@under(
    variants(EQUILIBRIUM, STARTS),
    OfCapacity("smallest step from mu = -2 to 10 is >= 0", not_falling),
)
def grows_with_potential(model: Kamin) -> float:
    """In equilibrium the ergotropy never falls as the chemical potential grows.

    The smallest step of W along mu, in equilibrium.
    """
    return smallest_step(ergotropies(model, "potential", POTENTIALS))


@CLAIMS.claim(3, "Sec. III A, Fig. 2", "2")
@under(
    variants(EQUILIBRIUM, STARTS),
    OfCapacity("no step from T = 0.1 to 50 is > 0", not_rising),
    "mu = 0, 1.5, 2 and 4; up to mu = omega the battery is empty at every temperature.",
)
def heat_harms_in_equilibrium(model: Kamin) -> float:
    """In equilibrium a hotter reservoir gives less ergotropy.

    The largest step of W along T, in equilibrium, over several mu.
    """
    models = [model.replace({"potential": mu}) for mu in (0.0, 1.5, 2.0, 4.0)]
    return max(largest_step(ergotropies(m, "temperature", TEMPERATURES)) for m in models)


@CLAIMS.claim(4, "Sec. III A", "2")
@under(
    variants(_COLD, STARTS),
    OfCapacity("W", "> 0.999", "at T = 0.02, mu = 8"),
    "The mixed state of two qubits keeps a quarter in the dark singlet, half excited.",
)
def full_in_the_cold(model: Kamin) -> float:
    """In equilibrium the battery is fully charged for T -> 0 and mu far above omega.

    W at T = 0.02 and mu = 8.
    """
    return ergotropy(model)


@CLAIMS.claim(5, "Sec. III A, below Eq. 6", "2")
def any_start_relaxes() -> Finding:
    """The system reaches its steady state whatever state it started in.

    The range of the battery's excited population over all limits of long times, at mu = 2.
    """
    models = {f"collective, N = {n}": _FILLED.replace({"qubits": n}) for n in (2, 3, 4, 5)}
    models["collective, chain of 3"] = _CHAIN
    models["individual, chain of 4"] = BIASED.replace({"qubits": 4, "network": "chain"})
    states = {name: model.steady_state() for name, model in models.items()}
    counts = ", ".join(f"{name}: {int(found.steady_states)}" for name, found in states.items())
    rule = Rule("excited population spans", "< 1e-6", "over all starts", unit="1")
    return judged(
        (rule, {name: float(found.highest - found.lowest) for name, found in states.items()}),
        remark=f"Independent steady states: {counts}. Dark states of the collective jumps keep "
        "part of the start; only for an odd star does the battery's own state not depend on it.",
    )


@CLAIMS.claim(6, "Sec. IV", "2")
@under(
    {
        "J = 0.01 to 100, N = 3": (_FILLED, "coupling", _COUPLINGS),
        "J = 0 to 100, N = 3": (_FILLED, "coupling", np.append(0.0, _COUPLINGS)),
        "N = 3, 5, 7, 9": (_FILLED, "qubits", np.array([3, 5, 7, 9])),
        "N = 3 to 9 from the ground state": (_FILLED, "qubits", np.arange(3, 10)),
        "N = 1 to 9 from the ground state": (_FILLED, "qubits", np.arange(1, 10)),
        "N = 3 to 9 from the mixed state": (_MIXED, "qubits", np.arange(3, 10)),
        "N = 2 to 5 in a chain": (_CHAIN, "qubits", np.arange(2, 6)),
    },
    OfCapacity("W spans", "< 1e-6"),
    "Where the limit is unique it is a product of thermal states, "
    "W = tanh((mu - omega)/2T), in which neither J nor N occurs.",
)
def equilibrium_is_universal(case: tuple[Kamin, str, FloatArray]) -> float:
    """In equilibrium the ergotropy depends neither on J nor on N, for some parameters.

    The spread of W over J and over N in equilibrium at mu = 2.
    """
    return float(np.ptp(ergotropies(*case)))


@CLAIMS.claim(18, "Sec. III B, Fig. 6", "6")
@under(
    {"mu_1 = 0, as in Fig. 6": 0.0, "mu_1 = 2, above omega": 2.0},
    OfCapacity("W = 0 at N = 1", not_rising),
    "Alone, the battery takes its own reservoir's n: above mu_1 = omega it is charged.",
)
def without_ancilla(potential: float) -> float:
    """Without an ancilla the battery cannot be charged.

    W of the battery alone in its own reservoir.
    """
    return ergotropy(GROWING.replace({"qubits": 1, "potential": potential}))

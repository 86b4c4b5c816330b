"""Claims of Kamin et al. on equilibrium: one reservoir for all qubits, or the battery alone."""

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.kamin.figures import BIASED, EQUILIBRIUM, GROWING, ergotropies
from analysis.papers.kamin.model import Kamin
from analysis.papers.kamin.readings import (
    CLAIMS,
    SCALES,
    TEMPERATURES,
    NamedChanges,
    ergotropy,
    judged,
    largest_step,
    not_falling,
    not_rising,
    onset,
    smallest_step,
    variants,
)

STARTS: NamedChanges = {
    "N = 3 from any start": {},
    "N = 2 from the ground state": {"qubits": 2},
    "N = 2 from the mixed state": {"qubits": 2, "start": "mixed"},
    "chain of 3 from the ground state": {"network": "chain"},
}
POTENTIALS = np.linspace(-2.0, 10.0, 17)


@CLAIMS.claim(1, "Sec. III A, Fig. 2", "2")
def empty_up_to_omega() -> Finding:
    """In equilibrium the battery is empty up to mu = omega.

    Where ergotropy begins in equilibrium, by the energy at which n is taken.
    """
    models = variants(EQUILIBRIUM, SCALES)
    return judged(
        {name: onset(model, "potential", -5.0, 40.0) for name, model in models.items()},
        "ergotropy begins at mu = 1 to 1e-6",
        lambda mu: abs(mu - 1.0) < 1e-6,
        unit="mu at onset",
        remark="H has omega_0 = 10 and splittings of 20, yet only an occupation taken at omega = 1 "
        "puts the onset there. omega_0 itself drops out of W.",
    )


@CLAIMS.claim(2, "Abstract; Sec. III A, Fig. 2", "2")
def grows_with_potential() -> Finding:
    """In equilibrium the ergotropy never falls as the chemical potential grows.

    The smallest step of W along mu, in equilibrium.
    """
    numbers = {
        name: smallest_step(ergotropies(model, "potential", POTENTIALS))
        for name, model in variants(EQUILIBRIUM, STARTS).items()
    }
    return judged(numbers, "smallest step from mu = -2 to 10 is >= 0", not_falling)


@CLAIMS.claim(3, "Sec. III A, Fig. 2", "2")
def heat_harms_in_equilibrium() -> Finding:
    """In equilibrium a hotter reservoir gives less ergotropy.

    The largest step of W along T, in equilibrium, over several mu.
    """

    def most(model: Kamin) -> float:
        hotter = [model.replace({"potential": mu}) for mu in (0.0, 1.5, 2.0, 4.0)]
        return max(largest_step(ergotropies(m, "temperature", TEMPERATURES)) for m in hotter)

    return judged(
        {name: most(model) for name, model in variants(EQUILIBRIUM, STARTS).items()},
        "no step from T = 0.1 to 50 is > 0",
        not_rising,
        remark="mu = 0, 1.5, 2 and 4; up to mu = omega the battery is empty at every temperature.",
    )


@CLAIMS.claim(4, "Sec. III A", "2")
def full_in_the_cold() -> Finding:
    """In equilibrium the battery is fully charged for T -> 0 and mu far above omega.

    W at T = 0.02 and mu = 8.
    """
    models = variants(EQUILIBRIUM.replace({"temperature": 0.02, "potential": 8.0}), STARTS)
    remark = "The mixed state of two qubits keeps a quarter in the dark singlet, half excited."
    numbers = {name: ergotropy(model) for name, model in models.items()}
    return judged(numbers, "W > 0.999 at T = 0.02, mu = 8", lambda w: w > 0.999, remark=remark)


@CLAIMS.claim(5, "Sec. III A, below Eq. 6", "2")
def any_start_relaxes() -> Finding:
    """The system reaches its steady state whatever state it started in.

    The range of the battery's excited population over all limits of long times, at mu = 2.
    """
    models = {
        f"collective, N = {n}": EQUILIBRIUM.replace({"qubits": n, "potential": 2.0})
        for n in (2, 3, 4, 5)
    }
    models["collective, chain of 3"] = models["collective, N = 3"].replace({"network": "chain"})
    models["individual, chain of 4"] = BIASED.replace({"qubits": 4, "network": "chain"})
    states = {name: model.steady_state() for name, model in models.items()}
    counts = ", ".join(f"{name}: {int(found.steady_states)}" for name, found in states.items())
    return judged(
        {name: float(found.highest - found.lowest) for name, found in states.items()},
        "excited population spans < 1e-6 over all starts",
        lambda width: width < 1e-6,
        unit="1",
        remark=f"Independent steady states: {counts}. Dark states of the collective jumps keep "
        "part of the start; only for an odd star does the battery's own state not depend on it.",
    )


@CLAIMS.claim(6, "Sec. IV", "2")
def equilibrium_is_universal() -> Finding:
    """In equilibrium the ergotropy depends neither on J nor on N, for some parameters.

    The spread of W over J and over N in equilibrium at mu = 2.
    """
    base = EQUILIBRIUM.replace({"potential": 2.0})
    mixed, chain = base.replace({"start": "mixed"}), base.replace({"network": "chain"})
    couplings = np.array([0.01, 0.1, 1.0, 10.0, 100.0])
    cases = {
        "J = 0.01 to 100, N = 3": (base, "coupling", couplings),
        "J = 0 to 100, N = 3": (base, "coupling", np.append(0.0, couplings)),
        "N = 3, 5, 7, 9": (base, "qubits", np.array([3, 5, 7, 9])),
        "N = 3 to 9 from the ground state": (base, "qubits", np.arange(3, 10)),
        "N = 1 to 9 from the ground state": (base, "qubits", np.arange(1, 10)),
        "N = 3 to 9 from the mixed state": (mixed, "qubits", np.arange(3, 10)),
        "N = 2 to 5 in a chain": (chain, "qubits", np.arange(2, 6)),
    }
    return judged(
        {name: float(np.ptp(ergotropies(*case))) for name, case in cases.items()},
        "W spans < 1e-6",
        lambda width: width < 1e-6,
        remark="Where the limit is unique it is a product of thermal states, "
        "W = tanh((mu - omega)/2T), in which neither J nor N occurs.",
    )


@CLAIMS.claim(18, "Sec. III B, Fig. 6", "6")
def without_ancilla() -> Finding:
    """Without an ancilla the battery cannot be charged.

    W of the battery alone in its own reservoir.
    """
    alone = GROWING.replace({"qubits": 1})
    numbers = {
        "mu_1 = 0, as in Fig. 6": ergotropy(alone),
        "mu_1 = 2, above omega": ergotropy(alone.replace({"potential": 2.0})),
    }
    remark = "Alone, the battery takes its own reservoir's n: above mu_1 = omega it is charged."
    return judged(numbers, "W = 0 at N = 1", not_rising, remark=remark)

"""Claims of Kamin et al. on equilibrium: one reservoir for all qubits, or the battery alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.kamin.figures import BIASED, EQUILIBRIUM, GROWING, ergotropies
from analysis.papers.kamin.readings import (
    CAPACITY,
    SCALES,
    TEMPERATURES,
    ergotropy,
    judged,
    largest_step,
    not_falling,
    not_rising,
    onset,
    smallest_step,
)

STARTS: dict[str, Mapping[str, Any]] = {
    "N = 3 from any start": {},
    "N = 2 from the ground state": {"qubits": 2},
    "N = 2 from the mixed state": {"qubits": 2, "start": "mixed"},
    "chain of 3 from the ground state": {"network": "chain"},
}
POTENTIALS = np.linspace(-2.0, 10.0, 17)


def empty_up_to_omega() -> Finding:
    """Where ergotropy begins in equilibrium, by the energy at which n is taken."""
    numbers = {
        name: onset(EQUILIBRIUM.replace(change), "potential", -5.0, 40.0)
        for name, change in SCALES.items()
    }
    remark = (
        "H has omega_0 = 10 and splittings of 20, yet only an occupation taken at omega = 1 puts "
        "the onset there. omega_0 itself drops out of W."
    )
    criterion = "ergotropy begins at mu = 1 to 1e-6"
    return judged(numbers, "mu at onset", criterion, lambda mu: abs(mu - 1.0) < 1e-6, remark)


def grows_with_potential() -> Finding:
    """The smallest step of W along mu, in equilibrium."""
    numbers = {
        name: smallest_step(ergotropies(EQUILIBRIUM.replace(change), "potential", POTENTIALS))
        for name, change in STARTS.items()
    }
    return judged(numbers, CAPACITY, "smallest step from mu = -2 to 10 is >= 0", not_falling)


def heat_harms_in_equilibrium() -> Finding:
    """The largest step of W along T, in equilibrium, over several mu."""
    numbers = {
        name: max(
            largest_step(
                ergotropies(
                    EQUILIBRIUM.replace({**change, "potential": mu}), "temperature", TEMPERATURES
                )
            )
            for mu in (0.0, 1.5, 2.0, 4.0)
        )
        for name, change in STARTS.items()
    }
    remark = "mu = 0, 1.5, 2 and 4; up to mu = omega the battery is empty at every temperature."
    return judged(numbers, CAPACITY, "no step from T = 0.1 to 50 is > 0", not_rising, remark)


def full_in_the_cold() -> Finding:
    """W at T = 0.02 and mu = 8."""
    cold = EQUILIBRIUM.replace({"temperature": 0.02, "potential": 8.0})
    numbers = {name: ergotropy(cold.replace(change)) for name, change in STARTS.items()}
    remark = "The mixed state of two qubits keeps a quarter in the dark singlet, half excited."
    return judged(numbers, CAPACITY, "W > 0.999 at T = 0.02, mu = 8", lambda w: w > 0.999, remark)


def any_start_relaxes() -> Finding:
    """The range of the battery's excited population over all limits of long times, at mu = 2."""
    models = {
        f"collective, N = {n}": EQUILIBRIUM.replace({"qubits": n, "potential": 2.0})
        for n in (2, 3, 4, 5)
    }
    models["collective, chain of 3"] = models["collective, N = 3"].replace({"network": "chain"})
    models["individual, chain of 4"] = BIASED.replace({"qubits": 4, "network": "chain"})
    states = {name: model.steady_state() for name, model in models.items()}
    numbers = {name: float(found.highest - found.lowest) for name, found in states.items()}
    counts = ", ".join(f"{name}: {int(found.steady_states)}" for name, found in states.items())
    remark = (
        f"Independent steady states: {counts}. Dark states of the collective jumps keep part of "
        "the start; only for an odd star does the battery's own state not depend on it."
    )
    criterion = "excited population spans < 1e-6 over all starts"
    return judged(numbers, "1", criterion, lambda width: width < 1e-6, remark)


def equilibrium_is_universal() -> Finding:
    """The spread of W over J and over N in equilibrium at mu = 2."""
    base = EQUILIBRIUM.replace({"potential": 2.0})
    couplings = np.array([0.01, 0.1, 1.0, 10.0, 100.0])
    sizes = {
        "N = 3, 5, 7, 9": (base, np.array([3, 5, 7, 9])),
        "N = 3 to 9 from the ground state": (base, np.arange(3, 10)),
        "N = 1 to 9 from the ground state": (base, np.arange(1, 10)),
        "N = 3 to 9 from the mixed state": (
            base.replace({"start": "mixed"}),
            np.arange(3, 10),
        ),
        "N = 2 to 5 in a chain": (base.replace({"network": "chain"}), np.arange(2, 6)),
    }
    numbers = {
        "J = 0.01 to 100, N = 3": float(np.ptp(ergotropies(base, "coupling", couplings))),
        "J = 0 to 100, N = 3": float(
            np.ptp(ergotropies(base, "coupling", np.append(0.0, couplings)))
        ),
        **{n: float(np.ptp(ergotropies(model, "qubits", N))) for n, (model, N) in sizes.items()},
    }
    remark = (
        "Where the limit is unique it is a product of thermal states, W = tanh((mu - omega)/2T), "
        "in which neither J nor N occurs."
    )
    return judged(numbers, CAPACITY, "W spans < 1e-6", lambda width: width < 1e-6, remark)


def without_ancilla() -> Finding:
    """W of the battery alone in its own reservoir."""
    alone = GROWING.replace({"qubits": 1})
    numbers = {
        "mu_1 = 0, as in Fig. 6": ergotropy(alone),
        "mu_1 = 2, above omega": ergotropy(alone.replace({"potential": 2.0})),
    }
    remark = "Alone, the battery takes its own reservoir's n: above mu_1 = omega it is charged."
    return judged(numbers, CAPACITY, "W = 0 at N = 1", not_rising, remark)

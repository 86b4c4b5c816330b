"""Claims of Kamin et al. on limits: heat, the equilibrium value, the full charge, many cells."""

import numpy as np

from analysis.papers.kamin.figures import BIASED, EQUILIBRIUM, GROWING, ergotropies
from analysis.papers.kamin.model import Kamin
from analysis.papers.kamin.readings import (
    CLAIMS,
    DIFFERENCES,
    NETWORKS,
    OfCapacity,
    ergotropy,
    onset,
    variants,
)
from analysis.papers.rule import Rule, under

_BIASES = (2.0, 20.0, 100.0, 400.0)


@CLAIMS.claim(20, "Sec. IV", "5 --set potential_difference=100")
@under(
    {
        f"{name}, Delta mu = {bias:g}": model.replace({"potential_difference": bias})
        for name, model in variants(BIASED, NETWORKS).items()
        for bias in _BIASES
    },
    OfCapacity("W", "< 0.02", "at T = 50"),
    "Reservoirs are filled by mu/T: a bias of the order of the temperature charges at any heat.",
)
def heat_beats_bias(model: Kamin) -> float:
    """At a high base temperature the ergotropy is suppressed whatever the bias.

    W at T = 50 and mu_1 = 1 for larger and larger Delta mu.
    """
    return ergotropy(model.replace({"temperature": 50.0}))


@CLAIMS.claim(21, "Sec. III B, Fig. 3", "3")
@under(
    {
        f"{name}, mu_1 = {mu:g}": model.replace({"potential": mu})
        for name, model in variants(BIASED, NETWORKS).items()
        for mu in (1.0, 2.0, 8.0)
    },
    OfCapacity("W at Delta mu = 0 differs from that of the one reservoir by", "< 1e-6"),
    "With equal reservoirs either equation ends in the same product of thermal states.",
)
def starts_from_equilibrium(model: Kamin) -> float:
    """The ergotropy grows with Delta mu from its equilibrium value.

    Compare W of individual equal reservoirs with that of the collective one.
    """
    equal = ergotropy(model.replace({"potential_difference": 0.0}))
    return abs(equal - ergotropy(EQUILIBRIUM.replace({"potential": model.potential})))


@CLAIMS.claim(22, "Abstract; Sec. IV", "3")
@under(
    {
        f"{name}, Delta mu = {bias:g}": model.replace({"potential_difference": float(bias)})
        for name, model in variants(BIASED, NETWORKS).items()
        for bias in DIFFERENCES[[0, 5, 9, 12]]
    },
    Rule("W at mu_1 = 8 less that at 1", "> 0.1", unit="of the capacity"),
)
def high_base_boosts(model: Kamin) -> float:
    """A high base potential of the battery's reservoir boosts the charging significantly, whatever
    Delta mu is.

    W at mu_1 = 8 less W at mu_1 = 1, for several Delta mu.
    """
    return ergotropy(model.replace({"potential": 8.0})) - ergotropy(model)


@CLAIMS.claim(23, "Abstract; Sec. III B, end", "3")
@under(
    {
        "equilibrium, mu = 10": EQUILIBRIUM.replace({"potential": 10.0}),
        "out of equilibrium, mu_1 = 0": BIASED.replace({"potential": 0.0}),
        "out of equilibrium, mu_1 = 1": BIASED,
        "out of equilibrium, mu_1 = 8": BIASED.replace({"potential": 8.0}),
    },
    OfCapacity("W", "> 0.99", "at Delta mu = 40 where there is one"),
    "What a bias alone can reach is set by J and N: the battery's own reservoir empties it.",
)
def optimal_in_both(model: Kamin) -> float:
    """Optimal charging is reached in both scenarios as potential or bias grow.

    W at a large potential, and at a large bias.
    """
    biased = model.reservoirs == "individual"
    return ergotropy(model.replace({"potential_difference": 40.0}) if biased else model)


_LARGE_BIAS = 40.0


@CLAIMS.claim(24, "Sec. III B, Fig. 6", "6")
@under(
    {
        f"{name}, N = {count} to {count + 1}": (model, count)
        for name, model in variants(GROWING, NETWORKS).items()
        for count in (1, 2, 3)
    },
    OfCapacity("W rises by", "> 0.05", "at Delta mu = 40"),
    "K17 compares the steps with each other.",
)
def one_cell_shifts(case: tuple[Kamin, int]) -> float:
    """With few cells a single one more shifts the maximum ergotropy significantly.

    The step of W from N to N + 1 at a large bias.
    """
    model, count = case
    sizes = np.array([count, count + 1])
    few, more = ergotropies(model.replace({"potential_difference": _LARGE_BIAS}), "qubits", sizes)
    return float(more - few)


@CLAIMS.claim(25, "Sec. III B, Fig. 6", "6")
@under(
    {
        f"{name}, J = {coupling:g}": model.replace({"coupling": coupling})
        for name, model in variants(GROWING, NETWORKS).items()
        for coupling in (1.0, 10.0)
    },
    Rule("fall of the onset from N = 4 to 5 over that from 2 to 3", "< 0.5", unit="1"),
    "K16 has the onsets themselves.",
)
def onset_settles(model: Kamin) -> float:
    """With more cells the bias that is needed depends on their number less and less.

    Compare how far the onset moves with a further cell.
    """
    onsets = [
        onset(model.replace({"qubits": n}), "potential_difference", 0.0, 40.0) for n in (2, 3, 4, 5)
    ]
    return (onsets[2] - onsets[3]) / (onsets[0] - onsets[1])

"""Claims of Wang et al. on entanglement in the steady state (Sec. III)."""

import numpy as np

from analysis.papers.figure import Changes, NamedChanges
from analysis.papers.finding import Finding
from analysis.papers.rule import Rule, judged, under
from analysis.papers.wang.readings import (
    CLAIMS,
    EQUATIONS,
    EVERY,
    NEAR,
    RANGES,
    SIGNED,
    SIGNS,
    SPLITS,
    line,
    side,
    turns,
)
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory.entanglement import concurrence_roots, first_less_others, flipped


def concurrence_without_roots(states: ComplexArray) -> FloatArray:
    """Return it from the eigenvalues of rho times its flipped state without their roots."""
    return first_less_others(concurrence_roots(states) ** 2)


def concurrence_of_flipped_state(states: ComplexArray) -> FloatArray:
    """Return it from the eigenvalues of the flipped state alone (Wang et al., Sec. III, printed).

    They are those of rho, so that it is max(0, 2 p - 1) with p the largest: not entanglement.
    """
    return np.maximum(0.0, 2 * np.linalg.eigvalsh(flipped(states))[..., -1] - 1)


@CLAIMS.claim(3, "Sec. III, Fig. 2a", "2a")
def equilibrium_concurrence() -> Finding:
    """Without a potential difference the concurrence stays below 0.05.

    Test how small the concurrence is without a potential difference.
    """
    settings = {
        **SPLITS,
        "half each, |Delta| <= 5": NEAR,
        "mean potential 0": {"mean_potential": 0.0},
        "secular": EQUATIONS["secular"],
        "Lindblad": EQUATIONS["Lindblad"],
    }
    found = {name: line(**changes).concurrence[1].max() for name, changes in settings.items()}
    parts = line().state[1].transpose("part", "detuning", ...).values
    states = parts[0] + 1j * parts[1]
    found["no square roots"] = concurrence_without_roots(states).max()
    name = "eigenvalues of the flipped state as printed"
    found[name] = concurrence_of_flipped_state(states).max()
    return judged(
        (Rule("largest concurrence at Delta mu = 0", "< 0.05"), found),
        remark="Beyond |Delta| = 8 the concurrence rises steeply: the figure's range decides.",
    )


_OF_RANGES: NamedChanges = {
    **EVERY,
    **{f"half each, {words}": changes for words, changes in RANGES.items()},
}


@CLAIMS.claim(4, "Sec. III, Fig. 2a", "2a")
@under(
    _OF_RANGES,
    Rule("largest concurrence at Delta > 0, smaller of Delta mu = -4 and 4,", "> 0.001"),
    "The text says that it can be observed, not that it needs Delta > 0: W26.",
)
def observed_above(changes: Changes) -> float:
    """For either sign of Delta mu entanglement can be observed with the charger above the battery.

    Test whether there is entanglement at Delta > 0 for both signs of Delta mu.
    """
    found = line(**changes).concurrence
    return min(side(found[index], 1) for index in (0, 2))


@CLAIMS.claim(26, "Sec. III, Fig. 2a", "2a")
@under(
    _OF_RANGES,
    Rule(
        "largest concurrence at Delta > 0 less that at Delta < 0, for Delta mu = -4 and 4,", "> 0"
    ),
    "With the charger detuned alone the two sides differ by less than 0.001 for Delta mu = 4.",
)
def charger_above(changes: Changes) -> float:
    """For either sign of Delta mu a charger above the battery makes entanglement easier.

    Test whether entanglement prefers the charger's frequency above the battery's.
    """
    found = line(**changes).concurrence
    return min(side(found[index], 1) - side(found[index], -1) for index in (0, 2))


@CLAIMS.claim(28, "Sec. III, Fig. 2a", "2a")
@under(
    {
        f"{case}, Delta mu = {4 * (index - 1)}": (changes, index)
        for case, changes in _OF_RANGES.items()
        for index in (0, 2)
    },
    Rule("the concurrence turns between rising and falling at least once", lambda n: n >= 1),
)
def non_monotonic(case: tuple[Changes, int]) -> float:
    """Out of equilibrium the concurrence is not monotonic in the detuning.

    Count the turning points of the concurrence over the detuning.
    """
    changes, index = case
    return turns(line(**changes).concurrence.values[index])


@CLAIMS.claim(5, "Sec. III, Fig. 2a", "2a")
@under(
    {
        **SIGNED,
        "half each, mu_1 - mu_2, |Delta| <= 5": NEAR,
        "half each, mu_2 - mu_1, |Delta| <= 5": {**NEAR, **SIGNS["mu_2 - mu_1"]},
    },
    Rule("largest concurrence at Delta mu = -4 less that at 4", "> 0"),
)
def sign_of_difference(changes: Changes) -> float:
    """The largest concurrence for Delta mu < 0 exceeds that for Delta mu > 0.

    Test which sign of Delta mu entangles more.
    """
    found = line(**changes).concurrence
    return float(found[0].max() - found[2].max())


def _populations(changes: Changes, index: int, *, above: bool = False) -> dict[str, float]:
    found = line(**changes).isel(potential_difference=index)
    if above:
        found = found.where(found.detuning > 1e-9, drop=True)
    state = found.isel(detuning=int(found.concurrence.values.argmax())).state.sel(part="real")
    return dict(zip(state.row.values, np.diag(state.values), strict=True))


@CLAIMS.claim(6, "Sec. III, Fig. 2b", "2b")
def at_the_maximum() -> Finding:
    """For Delta mu < 0 the state of most concurrence is a superposition of |eg> and |ge>.

    Test whether |eg> and |ge> make up the state of most entanglement.
    """
    cases = {
        f"{words}, {sign}": {**changes, **of_range}
        for words, of_range in {**RANGES, "|Delta| <= 10": {}}.items()
        for sign, changes in SIGNS.items()
    }
    found = {name: _populations(changes, 0) for name, changes in cases.items()}
    return judged(
        (
            Rule("populations of |eg> and |ge> together", "> 0.9"),
            {f"together, {name}": p["eg"] + p["ge"] for name, p in found.items()},
        ),
        (
            Rule("smaller population of |eg> and |ge>", "> 0.1"),
            {f"each, {name}": min(p["eg"], p["ge"]) for name, p in found.items()},
        ),
        (
            Rule("size of their coherence over the most that the populations allow", "> 0.5"),
            {f"superposed, {name}": _superposed(changes) for name, changes in cases.items()},
        ),
        remark="The figure's range of Delta is not in the text. Over the widest the state has one"
        " excitation, but nearly all of it sits in one of the two; over the narrowest the smaller"
        " share is larger and the state has less of one excitation.",
    )


def _superposed(changes: Changes) -> float:
    """Return the coherence of |eg> and |ge> over the root of the populations' product."""
    found = line(**changes).isel(potential_difference=0)
    best = found.isel(detuning=int(found.concurrence.values.argmax())).state
    real, imaginary = (best.sel(part=p, row="eg", column="ge") for p in ("real", "imaginary"))
    populations = (best.sel(part="real", row=n, column=n) for n in ("eg", "ge"))
    return float(np.hypot(real, imaginary) / np.sqrt(np.prod([float(p) for p in populations])))


@CLAIMS.claim(7, "Sec. III, Fig. 2c", "2c")
@under(
    {
        f"{words}, {sign}": (changes, above)
        for sign, changes in SIGNS.items()
        for words, above in (("all Delta", False), ("Delta > 0", True))
    },
    Rule("population of |ee> and |gg> at Delta mu = 4 exceeds that at -4 by", "> 0.05"),
)
def mixed(case: tuple[Changes, bool]) -> float:
    """For Delta mu > 0 mixing of |ee> and |gg> lowers the entanglement.

    Test whether |ee> and |gg> are more populated for Delta mu > 0.
    """
    changes, above = case
    negative, positive = (_populations(changes, index, above=above) for index in (0, 2))
    return positive["ee"] + positive["gg"] - negative["ee"] - negative["gg"]

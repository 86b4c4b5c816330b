"""Claims of Wang et al. on entanglement in the steady state (Sec. III)."""

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.wang.readings import (
    EQUATIONS,
    EVERY,
    NEAR,
    SIGNED,
    SIGNS,
    SPLITS,
    Changes,
    compare,
    line,
    row,
    side,
)
from cqed_battery.theory.entanglement import concurrence_of_flipped_state, concurrence_without_roots


def equilibrium_concurrence() -> Finding:
    """Test how small the concurrence is without a potential difference."""
    at_zero = {"mean potential 0": {"mean_potential": 0.0}}
    found = compare(
        {
            **SPLITS,
            "half each, |Delta| <= 5": NEAR,
            **at_zero,
            "secular": EQUATIONS["secular"],
            "Lindblad": EQUATIONS["Lindblad"],
        },
        lambda changes: line(changes).concurrence[1].max(),
        "largest concurrence at Delta mu = 0 < 0.05",
        lambda largest: largest < 0.05,
    )
    states = line().state[1].transpose("detuning", "part", ...).values
    states = states[:, 0] + 1j * states[:, 1]
    other = {
        "no square roots": concurrence_without_roots(states).max(),
        "eigenvalues of the flipped state as printed": concurrence_of_flipped_state(states).max(),
    }
    rows = [row(name, c, found.readings[0].criterion, c < 0.05) for name, c in other.items()]
    return Finding(
        readings=(*found.readings, *rows),
        remark="Beyond |Delta| = 8 the concurrence rises steeply: the figure's range decides.",
    )


def _entangled_side(changes: Changes) -> float:
    found = line(changes).concurrence
    return min(side(found[index], 1) - side(found[index], -1) for index in (0, 2))


def charger_above() -> Finding:
    """Test whether entanglement prefers the charger's frequency above the battery's."""
    return compare(
        {**EVERY, "half each, |Delta| <= 5": NEAR},
        _entangled_side,
        "largest concurrence at Delta > 0 less that at Delta < 0, for Delta mu = -4 and 4, > 0",
        lambda smaller: smaller > 0,
        remark="Where it holds, the two sides differ by less than 0.001 for Delta mu = 4.",
    )


def sign_of_difference() -> Finding:
    """Test which sign of Delta mu entangles more."""
    return compare(
        {
            **SIGNED,
            "half each, mu_1 - mu_2, |Delta| <= 5": NEAR,
            "half each, mu_2 - mu_1, |Delta| <= 5": {**NEAR, **SIGNS["mu_2 - mu_1"]},
        },
        lambda changes: line(changes).concurrence[0].max() - line(changes).concurrence[2].max(),
        "largest concurrence at Delta mu = -4 less that at 4 > 0",
        lambda difference: difference > 0,
    )


def _populations(changes: Changes, index: int, *, above: bool = False) -> dict[str, float]:
    found = line(changes).isel(potential_difference=index)
    if above:
        found = found.where(found.detuning > 1e-9, drop=True)
    state = found.isel(detuning=int(found.concurrence.values.argmax())).state.sel(part="real")
    return dict(zip(state.row.values, np.diag(state.values), strict=True))


def _one_excitation(changes: Changes) -> float:
    found = _populations(changes, 0)
    return found["eg"] + found["ge"]


def _superposition(changes: Changes) -> float:
    found = _populations(changes, 0)
    return min(found["eg"], found["ge"])


def at_the_maximum() -> Finding:
    """Test whether |eg> and |ge> make up the state of most entanglement."""
    found = {f"together, {name}": changes for name, changes in SIGNS.items()}
    together = compare(
        found, _one_excitation, "populations of |eg> and |ge> together > 0.9", lambda p: p > 0.9
    )
    each = compare(
        {f"each, {name}": changes for name, changes in SIGNS.items()},
        _superposition,
        "smaller population of |eg> and |ge> > 0.1",
        lambda p: p > 0.1,
    )
    return Finding(
        readings=together.readings + each.readings,
        remark="The state has one excitation, but nearly all of it sits in one of the two.",
    )


def _mixing(changes: Changes, *, above: bool) -> float:
    negative, positive = (_populations(changes, index, above=above) for index in (0, 2))
    return positive["ee"] + positive["gg"] - negative["ee"] - negative["gg"]


def mixed() -> Finding:
    """Test whether |ee> and |gg> are more populated for Delta mu > 0."""
    criterion = "population of |ee> and |gg> at Delta mu = 4 exceeds that at -4 by > 0.05"
    rows = []
    for sign, changes in SIGNS.items():
        for words, above in (("all Delta", False), ("Delta > 0", True)):
            found = _mixing(tuple(changes.items()), above=above)
            rows.append(row(f"{words}, {sign}", found, criterion, found > 0.05))
    return Finding(readings=tuple(rows))

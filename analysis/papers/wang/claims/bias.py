"""Claims of Wang et al. on what a potential difference gains, and where."""

from typing import TypeAlias

import numpy as np
import xarray as xr

from analysis.papers.figure import Changes
from analysis.papers.finding import Finding
from analysis.papers.rule import Rule, judged, under
from analysis.papers.wang.readings import (
    CLAIMS,
    EVERY,
    MEANS,
    RANGES,
    SPLITS,
    grid,
    line,
    side,
    turns,
)

_OF_RANGES = {**EVERY, **{f"half each, {words}": changes for words, changes in RANGES.items()}}
Case: TypeAlias = tuple[Changes, int]


@CLAIMS.claim(31, "Sec. IV, Fig. 5a", "5a")
@under(
    {
        f"{case}, Delta mu = {4 * (index - 1)}": (changes, index)
        for case, changes in _OF_RANGES.items()
        for index in range(3)
    },
    Rule("the efficiency turns between rising and falling at least once", lambda n: n >= 1),
)
def efficiency_turns(case: Case) -> float:
    """The efficiency is not monotonic in the detuning.

    Count the turning points of the efficiency over the detuning.
    """
    changes, index = case
    return turns(line(**changes).efficiency.values[index])


@CLAIMS.claim(32, "Sec. IV, Fig. 4a, 4b", "4a")
def either_side_when_small() -> Finding:
    """For small mean potentials and small Delta mu the best efficiency appears at either Delta.

    Test whether both sides are as good, or whether the better side changes with the mean.
    """
    alike, other = {}, {}
    for case, changes in SPLITS.items():
        for within in (1.0, 2.0):
            maps = [_near(grid(mean, **changes).efficiency, within) for mean in MEANS[:2]]
            first, second = (side(one, -1) - side(one, 1) for one in maps)
            name = f"{case}, |Delta mu| <= {within:g}"
            alike[f"both at one mean, {name}"] = max(abs(first), abs(second))
            other[f"one at mean 0, the other at 3, {name}"] = first * second
    return judged(
        (Rule("best efficiencies at Delta < 0 and > 0 differ by", "< 0.01"), alike),
        (Rule("product of what Delta < 0 gains at means 0 and 3", "< 0"), other),
        remark="W27 has the first over the whole map, where the sentence names a significant"
        " difference.",
    )


def _near(values: xr.DataArray, within: float) -> xr.DataArray:
    """Return the part of a map with |Delta mu| up to a limit."""
    return values.where(np.abs(values.potential_difference) <= within + 1e-9, drop=True)


@CLAIMS.claim(33, "Abstract; Sec. VI", "4a")
@under(
    {f"mean potential {mean:g}": mean for mean in MEANS},
    Rule("largest gain of the efficiency by Delta mu off resonance less that on it", "> 0.05"),
    lambda: (
        "Best over Delta mu less the value at Delta mu = 0, at the same Delta. On resonance: "
        + ", ".join(f"{_gains(mean)[1]:.3f} at {mean:g}" for mean in MEANS)
        + ". Half each, |Delta| <= 5."
    ),
)
def crucial_off_resonance(mean: float) -> float:
    """Off resonance a potential difference plays a crucial role for the efficiency.

    Compare what Delta mu gains at a detuning with what it gains on resonance.
    """
    off, on = _gains(mean)
    return off - on


def _gains(mean: float) -> tuple[float, float]:
    """Return the largest gain by Delta mu at one Delta off resonance, and that on it."""
    found = grid(mean).efficiency
    gained = found.max("potential_difference") - found.sel(potential_difference=0.0)
    on = float(gained.sel(detuning=0.0, method="nearest"))
    return float(gained.where(np.abs(gained.detuning) > 1e-9).max()), on


@CLAIMS.claim(43, "Sec. I", "4d")
@under(
    {
        f"{case}, equilibrium {words}": (changes, resonant)
        for case, changes in SPLITS.items()
        for words, resonant in (("at its best Delta", False), ("on resonance", True))
    },
    Rule("best efficiency at a mean potential of -6 less that in equilibrium", "> 0.05"),
    "Against equilibrium at the same freedom of Delta it is the detuning that gains, not the"
    " potential difference: W15 is the sentence of Sec. IV that says so.",
)
def surpasses_equilibrium(case: tuple[Changes, bool]) -> float:
    """At a negative mean potential the best efficiency significantly surpasses equilibrium's.

    Compare the best of the map with the best without a potential difference.
    """
    changes, resonant = case
    found = grid(-6.0, **changes).efficiency
    equal = found.sel(potential_difference=0.0, method="nearest")
    there = equal.sel(detuning=0.0, method="nearest") if resonant else equal.max()
    return float(found.max() - there)


@CLAIMS.claim(44, "Sec. IV, Fig. 4a-4c", "4a")
@under(
    {
        f"{case}, mean potential {mean:g}": (changes, mean)
        for case, changes in SPLITS.items()
        for mean in MEANS[:3]
    },
    Rule("|Delta mu| of the best efficiency", ">= 4 lambda", unit="lambda"),
    "Fig. 2a's 4 lambda is taken for significant; the map reaches 10.",
)
def best_at_a_large_difference(case: tuple[Changes, float]) -> float:
    """For mean potentials from 0 up the best efficiency needs a significant potential difference.

    Find the potential difference of the best efficiency.
    """
    changes, mean = case
    found = grid(mean, **changes).efficiency
    best = found.where(found == found.max(), drop=True)
    return float(np.abs(best.potential_difference).min())

"""Claims of Wang et al. on the efficiency with equal reservoirs, on resonance (Sec. IV, Fig. 3)."""

import numpy as np

from analysis.papers.figure import Changes
from analysis.papers.finding import Finding
from analysis.papers.rule import Rule, judged, under
from analysis.papers.wang.model import Wang
from analysis.papers.wang.readings import (
    CLAIMS,
    EQUATIONS,
    equilibrium,
)
from cqed_battery.operators import FloatArray

_LOW = (0.2, 0.5, 1.0, 2.0)
_POTENTIALS = {f"mu = {mu:g}": mu for mu in (-4.0, -2.0, 0.0, 2.0, 4.0)}


@CLAIMS.claim(2, "Sec. II B, Eqs. 25-27", "3a")
@under(
    {"Eq. 27": 0.0, "Eq. 25 with the energy of Eq. 26": 0.5},
    Rule("ergotropy over energy", "<= 1", "on resonance, mu = 0"),
    "Eq. 25 subtracts energies with different zeros, which adds half a quantum.",
)
def definition(excess: float) -> float:
    """The efficiency is ergotropy over energy.

    Test whether ergotropy over energy stays below 1 as the equations define them.
    """
    state = Wang().steady_state()
    return float((state.ergotropy + excess) / state.energy)


def _dips(changes: Changes) -> list[float]:
    found = [equilibrium(temperature, **changes) for temperature in _LOW]
    return [float(potentials[values.argmin()]) for potentials, values in found]


@CLAIMS.claim(8, "Sec. IV, Fig. 3a", "3a")
@under(
    EQUATIONS,
    Rule("mean potential of the dip for T = 0.2 to 2, in lambda,", "> 0 and <= 1", unit="lambda"),
    "The Lindblad equation is symmetric in mu on resonance: its dip is at 0.",
)
def dip_place(changes: Changes) -> float:
    """In equilibrium the efficiency dips at a potential slightly above 0.

    Test where the efficiency in equilibrium is smallest.
    """
    return float(np.mean(_dips(changes)))


@CLAIMS.claim(9, "Sec. IV, Fig. 3a", "3a")
@under(
    {
        f"{name}, T from 0.2 to {_LOW[upto - 1]:g}": (changes, upto)
        for name, changes in EQUATIONS.items()
        for upto in (3, 4)
    },
    Rule("the dip moves by", "< 0.1 lambda", unit="lambda"),
    "The text gives neither a number nor the range of T. On an axis of 20 lambda or more the move"
    " is about a hundredth of the axis, which the eye may miss.",
)
def dip_and_temperature(case: tuple[Changes, int]) -> float:
    """The dip's place does not depend on the temperature.

    Test whether the place of the smallest efficiency moves with temperature.
    """
    changes, upto = case
    return float(np.ptp(_dips(changes)[:upto]))


@CLAIMS.claim(10, "Sec. IV, Fig. 3a", "3a")
def saturation() -> Finding:
    """At large potentials of either sign the efficiency saturates alike at all temperatures, at a
    relatively large value.

    Test whether the efficiency at large potentials is the same, and large on its curve.
    """
    curves = [equilibrium(temperature) for temperature in _LOW]
    ends = {
        f"|mu| = {mu:g}": [np.interp([-mu, mu], *curve) for curve in curves]
        for mu in (5.0, 10.0, 20.0)
    }
    far = np.array(ends["|mu| = 20"]).min(axis=1)
    return judged(
        (
            Rule("efficiencies at both ends and T = 0.2 to 2 differ by", "< 0.02"),
            {name: float(np.ptp(values)) for name, values in ends.items()},
        ),
        (
            Rule("smallest efficiency at |mu| = 20 over the largest of its curve", "> 0.8"),
            {
                f"relatively large, T = {temperature:g}": float(end / curve[1].max())
                for temperature, end, curve in zip(_LOW, far, curves, strict=True)
            },
        ),
        remark=f"Both sides tend to {float(far.mean()):.3f} at |mu| = 20.",
    )


def _over_temperature(potential: float, *temperatures: float) -> FloatArray:
    """Return the efficiencies on resonance at some temperatures."""
    axes = {"temperature": np.array(temperatures)}
    return Wang(mean_potential=potential).sweep(axes).efficiency.values


@CLAIMS.claim(11, "Sec. IV, Fig. 3b", "3b")
@under(_POTENTIALS, Rule("relative change of the efficiency from T = 0.05 to 0.2", "< 0.01"))
def low_temperature(potential: float) -> float:
    """At very low temperature the efficiency does not depend on it.

    Test how flat the efficiency is at low temperature.
    """
    found = _over_temperature(potential, 0.05, 0.1, 0.2)
    return float(np.ptp(found) / found.max())


@CLAIMS.claim(12, "Sec. IV, Fig. 3b", "3b")
@under(_POTENTIALS, Rule("efficiency at T = 20 over that at 0.05", "< 0.05"))
def high_temperature(potential: float) -> float:
    """At high temperature the efficiency falls to nothing.

    Test how far the efficiency falls at high temperature.
    """
    cold, hot = _over_temperature(potential, 0.05, 20.0)
    return float(hot / cold)

"""Claims of Wang et al. on the master equation, its time evolution and the charging power."""

import numpy as np

from analysis.papers.claim import Finding, Rule, judged, under
from analysis.papers.figure import Changes, NamedChanges
from analysis.papers.wang.model import LONG, Wang
from analysis.papers.wang.readings import (
    BATTERY,
    CHARGER,
    CLAIMS,
    DETUNINGS,
    EQUATIONS,
    MEANS,
    SIGNS,
    grid,
    line,
    powers,
    smallest_in_time,
)
from cqed_battery.operators import FloatArray


@CLAIMS.claim(1, "Sec. II A, Eqs. 15-16", "5a")
@under(
    {"chi_ji chi_nm meant": "redfield", "chi_ji chi_mn as printed": "as printed"},
    Rule("relative anti-Hermitian part of the generator", "< 1e-10"),
)
def printed_equations(equation: str) -> float:
    """The Redfield terms make a master equation.

    Test whether the printed Redfield terms keep matrices Hermitian.
    """
    model = Wang(detuning=3.0, mean_potential=2.0, potential_difference=-4.0)
    return model.replace({"equation": equation}).hermiticity_defect()


@CLAIMS.claim(21, "Sec. V, Fig. 6a", "6a")
@under(
    {
        "mu from -4 to 4 at T = 1": {"mean_potential": np.linspace(-4.0, 4.0, 9)},
        "T from 0.2 to 4 at mu = 0": {"temperature": np.linspace(0.2, 4.0, 9)},
    },
    Rule("relative change of the largest power", "< 0.1"),
)
def power_in_equilibrium(axes: dict[str, FloatArray]) -> float:
    """In equilibrium potential and temperature hardly change the charging power.

    Test how the charging power depends on potential and temperature.
    """
    found = Wang().largest_power(axes, np.linspace(0.5, 20.0, 40)).values
    return float(np.ptp(found) / found.max())


_POWER_CASES: NamedChanges = {
    **{f"mean potential {mean:g}": {"mean_potential": mean} for mean in MEANS},
    "charger detuned alone": CHARGER,
    "battery detuned alone": BATTERY,
}


@CLAIMS.claim(22, "Sec. V, Fig. 6b", "6b")
@under(
    {
        f"{case}, {sign}": {**changes, **SIGNS[sign]}
        for case, changes in _POWER_CASES.items()
        for sign in SIGNS
    },
    Rule("largest power at Delta mu = 4 over that at 0, smallest for -5 <= Delta <= 0,", "> 1"),
    "The text gives the figure no mean potential. The sign of Delta mu that lets this "
    "hold is not the one that lets most of Fig. 2a hold.",
)
def higher_power(changes: Changes) -> float:
    """For Delta mu > 0 and Delta <= 0 the charging power exceeds that in equilibrium.

    Test whether Delta mu > 0 raises the charging power at Delta <= 0.
    """
    return float((powers(4.0, **changes) / powers(0.0, **changes)).min())


@CLAIMS.claim(23, "Sec. VI", "5a")
def positive() -> Finding:
    """The density matrix stays positive for all parameters considered.

    Test the smallest eigenvalue of the states.
    """
    printed = line(equation="as printed").smallest_eigenvalue
    found = {
        "steady states": min(float(grid(mean).smallest_eigenvalue.min()) for mean in MEANS),
        "all times from the empty state": smallest_in_time((0.0, -6.0)),
        "steady states of Eqs. 15-16 as printed": float(printed.min()),
    }
    return judged((Rule("smallest eigenvalue of the state", ">= -1e-9"), found))


@CLAIMS.claim(24, "Sec. III", "T")
@under(
    {"on resonance": 0.1, "|Delta| <= 4": 4.0, "|Delta| <= 10": 10.0},
    Rule("largest difference of an element at tau = 20000 and in the null space", "< 1e-3"),
)
def reached(limit: float) -> float:
    """At tau = 20000/lambda the steady state is reached.

    Test how far the state at tau = 20000/lambda is from the null space.
    """
    near = DETUNINGS[::2][np.abs(DETUNINGS[::2]) <= limit]
    axes = {"potential_difference": np.array([-4.0, 0.0, 4.0]), "detuning": near}
    model = Wang(mean_potential=2.0)
    return float(np.abs(model.states(axes) - model.states(axes, LONG)).max())


@CLAIMS.claim(25, "Sec. I, II A", "5lindblad")
@under(
    {f"against {name}": EQUATIONS[name] for name in ("secular", "Lindblad")},
    Rule("largest difference of the efficiencies in Fig. 5a", "> 0.05"),
    "On resonance at mu = 0 Redfield and secular agree: both give Gibbs's state of H.",
)
def beyond_secular(changes: Changes) -> float:
    """Going beyond the secular approximation and the plain Lindblad equation matters.

    Test how much the Redfield equation differs from simpler ones.
    """
    return float(np.abs(line(**changes).efficiency - line().efficiency).max())

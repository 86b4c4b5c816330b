"""Claims of Wang et al. on the master equation, its time evolution and the charging power."""

import numpy as np

from analysis.papers.figure import Changes, NamedChanges
from analysis.papers.finding import Finding
from analysis.papers.rule import Rule, judged, under
from analysis.papers.wang.model import LONG, Wang
from analysis.papers.wang.readings import (
    BATTERY,
    CHARGER,
    CLAIMS,
    DETUNINGS,
    EQUATIONS,
    MAP_DETUNINGS,
    MAP_DIFFERENCES,
    MEANS,
    POWER_TIMES,
    SIGNS,
    grid,
    line,
    powers,
    side,
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


_EQUILIBRIUM = {
    "mu from -4 to 4 at T = 1": {"mean_potential": np.linspace(-4.0, 4.0, 9)},
    "T from 0.2 to 4 at mu = 0": {"temperature": np.linspace(0.2, 4.0, 9)},
}


@CLAIMS.claim(21, "Sec. V, Fig. 6a", "6a")
@under(
    {
        f"{along}, {words}": (axes, times)
        for along, axes in _EQUILIBRIUM.items()
        for words, times in POWER_TIMES.items()
    },
    Rule("relative change of the largest power among these times", "< 0.1"),
    "The power is E/tau, and the text takes tau = 20000 wherever it names one: there the energy is"
    " that of the steady state. At mu = 0 it is half a quantum at every temperature.",
)
def power_in_equilibrium(case: tuple[dict[str, FloatArray], FloatArray]) -> float:
    """In equilibrium potential and temperature hardly change the charging power.

    Test how the charging power depends on potential and temperature.
    """
    found = Wang().largest_power(*case).values
    return float(np.ptp(found) / found.max())


_ALONE = {
    "on resonance, mu from -4 to 4": {"mean_potential": np.linspace(-4.0, 4.0, 9)},
    "at mu = 0, |Delta| <= 5": {"detuning": MAP_DETUNINGS[::4]},
    "mu from -4 to 4, |Delta| <= 5": {
        "mean_potential": np.linspace(-4.0, 4.0, 9),
        "detuning": MAP_DETUNINGS[::4],
    },
}


@CLAIMS.claim(30, "Sec. V, Fig. 6a", "6a")
@under(
    {
        f"{along}, {words}": (axes, times)
        for along, axes in _ALONE.items()
        for words, times in POWER_TIMES.items()
    },
    Rule("largest power in equilibrium over that on resonance at mu = 0", "< 1.1"),
    "Fig. 6a varies potential and temperature on resonance alone; the text does not detune there.",
)
def equilibrium_does_not_help(case: tuple[dict[str, FloatArray], FloatArray]) -> float:
    """An equilibrium system alone cannot effectively raise the charging power.

    Compare the best power without a potential difference with that at mu = 0 on resonance.
    """
    axes, times = case
    plain = Wang().largest_power({"mean_potential": np.array([0.0])}, times)
    return float(Wang().largest_power(axes, times).max() / plain.max())


@CLAIMS.claim(29, "Abstract, Sec. I, V", "6b")
@under(
    {
        f"mean potential {mean:g}, {words}": (mean, sign, times)
        for mean, sign in ((-6.0, 1), (6.0, -1))
        for words, times in POWER_TIMES.items()
    },
    Rule("best power on the named side of resonance less that on the other", "> 0"),
    "Best of Delta mu from -10 to 10 and |Delta| <= 5; the named side is Delta > 0 at a mean"
    " potential of -6, Delta < 0 at 6.",
)
def power_compensation(case: tuple[float, int, FloatArray]) -> float:
    """The compensation that raises the efficiency raises the charging power as well.

    Test on which side of resonance the largest power lies, for potentials -6 and 6.
    """
    mean, sign, times = case
    axes = {"potential_difference": MAP_DIFFERENCES[::5], "detuning": MAP_DETUNINGS[::4]}
    found = Wang(mean_potential=mean).largest_power(axes, times)
    return side(found, sign) - side(found, -sign)


_POWER_CASES: NamedChanges = {
    **{f"mean potential {mean:g}": {"mean_potential": mean} for mean in MEANS},
    "charger detuned alone": CHARGER,
    "battery detuned alone": BATTERY,
}


@CLAIMS.claim(22, "Sec. V, Fig. 6b", "6b")
@under(
    {
        f"{case}, {sign}, {when}": ({**changes, **SIGNS[sign]}, when)
        for case, changes in _POWER_CASES.items()
        for sign in SIGNS
        for when in POWER_TIMES
    },
    Rule("largest power at Delta mu = 4 over that at 0, smallest for -5 <= Delta <= 0,", "> 1"),
    "The text gives the figure no mean potential, and its time is tau. The sign of Delta mu that "
    "lets this hold is not the one that lets most of Fig. 2a hold.",
)
def higher_power(case: tuple[Changes, str]) -> float:
    """For Delta mu > 0 and Delta <= 0 the charging power exceeds that in equilibrium.

    Test whether Delta mu > 0 raises the charging power at Delta <= 0.
    """
    changes, when = case
    return float((powers(4.0, when, **changes) / powers(0.0, when, **changes)).min())


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

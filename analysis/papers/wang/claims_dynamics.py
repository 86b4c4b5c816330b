"""Claims of Wang et al. on the master equation, its time evolution and the charging power."""

import numpy as np

from analysis.papers.claim import Finding, judged
from analysis.papers.wang.model import LONG, Wang
from analysis.papers.wang.readings import (
    BATTERY,
    CHARGER,
    CLAIMS,
    DETUNINGS,
    EQUATIONS,
    MEANS,
    SIGNS,
    NamedChanges,
    compare,
    grid,
    line,
    powers,
    smallest_in_time,
)


@CLAIMS.claim(1, "Sec. II A, Eqs. 15-16", "5a")
def printed_equations() -> Finding:
    """The Redfield terms make a master equation.

    Test whether the printed Redfield terms keep matrices Hermitian.
    """
    readings = {
        "chi_ji chi_nm meant": {},
        "chi_ji chi_mn as printed": {"equation": "as printed"},
    }
    model = Wang(detuning=3.0, mean_potential=2.0, potential_difference=-4.0)
    return compare(
        readings,
        lambda changes: model.replace(dict(changes)).hermiticity_defect(),
        "relative anti-Hermitian part of the generator < 1e-10",
        lambda found: found < 1e-10,
    )


@CLAIMS.claim(21, "Sec. V, Fig. 6a", "6a")
def power_in_equilibrium() -> Finding:
    """In equilibrium potential and temperature hardly change the charging power.

    Test how the charging power depends on potential and temperature.
    """
    cases = {
        "mu from -4 to 4 at T = 1": {"mean_potential": np.linspace(-4.0, 4.0, 9)},
        "T from 0.2 to 4 at mu = 0": {"temperature": np.linspace(0.2, 4.0, 9)},
    }
    numbers = {}
    for name, axes in cases.items():
        found = Wang().largest_power(axes, np.linspace(0.5, 20.0, 40)).values
        numbers[name] = np.ptp(found) / found.max()
    return judged(numbers, "relative change of the largest power < 0.1", lambda r: r < 0.1)


@CLAIMS.claim(22, "Sec. V, Fig. 6b", "6b")
def higher_power() -> Finding:
    """For Delta mu > 0 and Delta <= 0 the charging power exceeds that in equilibrium.

    Test whether Delta mu > 0 raises the charging power at Delta <= 0.
    """
    means = {f"mean potential {mean:g}": {"mean_potential": mean} for mean in MEANS}
    splits = {"charger detuned alone": CHARGER, "battery detuned alone": BATTERY}
    cases: NamedChanges = {**means, **splits}
    return compare(
        {f"{case}, {sign}": {**cases[case], **SIGNS[sign]} for case in cases for sign in SIGNS},
        lambda changes: float((powers(changes, 4.0) / powers(changes, 0.0)).min()),
        "largest power at Delta mu = 4 over that at 0, smallest for -5 <= Delta <= 0, > 1",
        lambda ratio: ratio > 1,
        remark="The text gives the figure no mean potential. The sign of Delta mu that lets this "
        "hold is not the one that lets most of Fig. 2a hold.",
    )


@CLAIMS.claim(23, "Sec. VI", "5a")
def positive() -> Finding:
    """The density matrix stays positive for all parameters considered.

    Test the smallest eigenvalue of the states.
    """
    printed = line((("equation", "as printed"),)).smallest_eigenvalue
    found = {
        "steady states": min(float(grid(mean).smallest_eigenvalue.min()) for mean in MEANS),
        "all times from the empty state": smallest_in_time((0.0, -6.0)),
        "steady states of Eqs. 15-16 as printed": float(printed.min()),
    }
    criterion = "smallest eigenvalue of the state >= -1e-9"
    return judged(found, criterion, lambda low: low >= -1e-9)


@CLAIMS.claim(24, "Sec. III", "T")
def reached() -> Finding:
    """At tau = 20000/lambda the steady state is reached.

    Test how far the state at tau = 20000/lambda is from the null space.
    """
    axes = {"potential_difference": np.array([-4.0, 0.0, 4.0]), "detuning": DETUNINGS[::2]}
    model = Wang(mean_potential=2.0)
    distance = np.abs(model.states(axes) - model.states(axes, LONG)).max(axis=(0, 2, 3))
    limits = {"on resonance": 0.1, "|Delta| <= 4": 4.0, "|Delta| <= 10": 10.0}
    return judged(
        {name: distance[np.abs(axes["detuning"]) <= limit].max() for name, limit in limits.items()},
        "largest difference of an element at tau = 20000 and in the null space < 1e-3",
        lambda found: found < 1e-3,
    )


@CLAIMS.claim(25, "Sec. I, II A", "5lindblad")
def beyond_secular() -> Finding:
    """Going beyond the secular approximation and the plain Lindblad equation matters.

    Test how much the Redfield equation differs from simpler ones.
    """
    return compare(
        {f"against {name}": EQUATIONS[name] for name in ("secular", "Lindblad")},
        lambda changes: np.abs(line(changes).efficiency - line().efficiency).max(),
        "largest difference of the efficiencies in Fig. 5a > 0.05",
        lambda found: found > 0.05,
        remark="On resonance at mu = 0 Redfield and secular agree: both give Gibbs's state of H.",
    )

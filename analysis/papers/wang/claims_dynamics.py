"""Claims of Wang et al. on the master equation, its time evolution and the charging power."""

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.wang.model import LONG, Wang
from analysis.papers.wang.readings import (
    BATTERY,
    CHARGER,
    DETUNINGS,
    EQUATIONS,
    MEANS,
    SIGNS,
    compare,
    grid,
    line,
    powers,
    row,
    smallest_in_time,
)


def printed_equations() -> Finding:
    """Test whether the printed Redfield terms keep matrices Hermitian."""
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


def power_in_equilibrium() -> Finding:
    """Test how the charging power depends on potential and temperature."""
    cases = {
        "mu from -4 to 4 at T = 1": {"mean_potential": np.linspace(-4.0, 4.0, 9)},
        "T from 0.2 to 4 at mu = 0": {"temperature": np.linspace(0.2, 4.0, 9)},
    }
    rows = []
    for name, axes in cases.items():
        found = Wang().largest_power(axes, np.linspace(0.5, 20.0, 40)).values
        spread = float(np.ptp(found) / found.max())
        criterion = "relative change of the largest power < 0.1"
        rows.append(row(name, spread, criterion, spread < 0.1))
    return Finding(readings=tuple(rows))


def higher_power() -> Finding:
    """Test whether Delta mu > 0 raises the charging power at Delta <= 0."""
    means = {f"mean potential {mean:g}": {"mean_potential": mean} for mean in MEANS}
    readings = {
        f"{where}, {sign}": {**means[where], **SIGNS[sign]} for where in means for sign in SIGNS
    }
    more = {"charger detuned alone": CHARGER, "battery detuned alone": BATTERY}
    for words, split in more.items():
        readings |= {f"{words}, {sign}": {**split, **SIGNS[sign]} for sign in SIGNS}
    return compare(
        readings,
        lambda changes: float((powers(changes, 4.0) / powers(changes, 0.0)).min()),
        "largest power at Delta mu = 4 over that at 0, smallest for -5 <= Delta <= 0, > 1",
        lambda ratio: ratio > 1,
        remark="The text gives the figure no mean potential. The sign of Delta mu that lets this "
        "hold is not the one that lets most of Fig. 2a hold.",
    )


def positive() -> Finding:
    """Test the smallest eigenvalue of the states."""
    criterion = "smallest eigenvalue of the state >= -1e-9"
    steady = min(float(grid(mean).smallest_eigenvalue.min()) for mean in MEANS)
    printed = float(line((("equation", "as printed"),)).smallest_eigenvalue.min())
    found = {
        "steady states": steady,
        "all times from the empty state": smallest_in_time((0.0, -6.0)),
        "steady states of Eqs. 15-16 as printed": printed,
    }
    return Finding(
        readings=tuple(row(name, low, criterion, low >= -1e-9) for name, low in found.items())
    )


def reached() -> Finding:
    """Test how far the state at tau = 20000/lambda is from the null space."""
    axes = {"potential_difference": np.array([-4.0, 0.0, 4.0]), "detuning": DETUNINGS[::2]}
    model = Wang(mean_potential=2.0)
    distance = np.abs(model.states(axes) - model.states(axes, LONG)).max(axis=(0, 2, 3))
    criterion = "largest difference of an element at tau = 20000 and in the null space < 1e-3"
    rows = []
    for limit in (0.1, 4.0, 10.0):
        found = float(distance[np.abs(axes["detuning"]) <= limit].max())
        name = "on resonance" if limit < 1 else f"|Delta| <= {limit:g}"
        rows.append(row(name, found, criterion, found < 1e-3))
    return Finding(readings=tuple(rows))


def beyond_secular() -> Finding:
    """Test how much the Redfield equation differs from simpler ones."""
    return compare(
        {f"against {name}": EQUATIONS[name] for name in ("secular", "Lindblad")},
        lambda changes: np.abs(line(changes).efficiency - line().efficiency).max(),
        "largest difference of the efficiencies in Fig. 5a > 0.05",
        lambda found: found > 0.05,
        remark="On resonance at mu = 0 Redfield and secular agree: both give Gibbs's state of H.",
    )

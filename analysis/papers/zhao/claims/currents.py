"""What Zhao's texts say of the flux J, computed for each of its four readings.

J < 0 is energy that leaves the battery, whichever way the texts call it.
"""

import numpy as np

from analysis.papers.rule import Rule
from analysis.papers.zhao.flux import GRID, OF_TEXT, scan
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    DRIVE,
    LATE,
    START,
    TIMES,
    Z1_DEPHASING,
    Case,
    compared,
    current,
    run,
)


@CLAIMS_Z1.claim(11, "Thermodynamic Analysis, Fig. 3", "3b", Z1_DEPHASING, "< 0.01")
@CLAIMS_Z2.claim(13, "Sec. IV B, Fig. 3", "3b")
@compared(
    GRID,
    Rule("largest |J| without the catalyst over that with it", "< 0.1"),
    lambda: (
        "Pure dephasing takes no energy from H_QB. In the reduced reading J without the "
        "catalyst is minus the coherence's decay rate times <H_drive>; in the rate of the "
        "battery's energy it is the charging itself. With the start above and the whole drive "
        "the composite J, which fits the text best, is larger with the catalyst by a factor of "
        f"{1 / _share(OF_TEXT):.1f} (L = sigma_z) or "
        f"{1 / _share({**OF_TEXT, 'dephasing': 'coherence'}):.1f} (Z2's Eq. 9): no orders of "
        "magnitude."
    ),
)
def vanishes_without_catalyst(case: Case) -> float:
    """Z1: Without the catalyst J is orders of magnitude smaller than with it.

    Z2: Without the catalyst J stays close to zero.

    Compare the largest |J| without the catalyst with that with it.
    """
    return _share(case)


def _share(case: Case) -> float:
    """Return the largest |J| without the catalyst over that with it."""
    alone, with_catalyst = current(case, catalyst=False), current(case)
    return float(np.abs(alone).max() / np.abs(with_catalyst).max())


def _extremes() -> str:
    """Return where the composite J is most negative, at the two rows of Table I and beyond."""
    places = {"panels (b) to (d)": {}, "panel (a)'s kappa = 0.5": {"kappa": 0.5}}
    said = []
    for words, point in places.items():
        values = current(OF_TEXT, **point)
        said.append(f"{values.min():.3f} u^2 at t = {TIMES[values.argmin()]:.2f} for {words}")
    panels = [float(current(OF_TEXT, **point).min()) for point in scan()]
    return (
        "With the start above, L = sigma_z and the whole drive the composite J has its minimum, "
        f"{' and '.join(said)}, Table I and omega_c = 0.01; along the panels it lies between"
        f" {min(panels):.3f} and {max(panels):.3f} u^2. J < 0 is energy that leaves."
    )


@CLAIMS_Z1.claim(13, "Thermodynamic Analysis, Fig. 3", "3b", Z1_DEPHASING)
@compared(GRID, Rule("distance from t = 1 of J's minimum", "< 0.5 1/u", unit="1/u"), _extremes)
def extreme_near_one(case: Case) -> float:
    """The negative J is largest near t = 1.

    Test where J has its minimum.
    """
    return float(abs(TIMES[np.argmin(current(case))] - 1))


@CLAIMS_Z2.claim(18, "Sec. IV B, Fig. 3", "3b")
@compared(
    GRID,
    Rule("late mean of J, 50 <= t <= 60, over the largest |J|", "< 0.1 and > -0.1"),
    "In a steady state a late J < 0 only says that the drive's work leaves through the "
    "catalyst's damping.",
)
def late_value(case: Case) -> float:
    """Late in the charging J is close to zero.

    Test whether J's late mean is small.
    """
    values = current(case)
    return float(values[LATE].mean() / np.abs(values).max())


@CLAIMS_Z2.claim(2, "Sec. II, Eqs. 14, 15 and App. A", "3b --set current='energy rate'")
@compared(
    {**START, **DRIVE, "current": ("energy rate", "reduced", "composite")},
    Rule("largest difference from Eq. 15, over its largest value", "< 1e-06"),
    "Eq. 15 is Eq. 14 with H_QB in place of H_0 = H_QB + H_int + H_drive: the steps of "
    "Appendix A keep H_QB alone. Eq. 14 with the reduced state has no place for H_int.",
)
def equations_agree(case: Case) -> float:
    """The local energy current of Eq. 14 can be written as Eq. 15.

    Compare Eq. 14 with Eq. 15 of Z2, for each meaning of H_0 in Eq. 14.
    """
    rate = current({**case, "current": "energy rate"})
    return float(np.abs(current(case) - rate).max() / np.abs(rate).max())


@CLAIMS_Z1.claim(1, "Eq. 9", "2d --set dephasing=trace-growing")
@compared(
    Z1_DEPHASING,
    Rule("change of the trace by t = 60", "< 1e-06"),
    "The bracket 2 sigma_z rho sigma_z - rho has trace 1, not 0: the trace grows as "
    "exp(gamma_D t/2). What is meant is gamma_D (sigma_z rho sigma_z - rho), Z2's Eq. 16.",
)
def trace_is_kept(case: Case) -> float:
    """The dissipator of the dephasing belongs to a master equation.

    Test the trace at t = 60 under each dissipator.
    """
    return float(abs(run(case).trace[-1] - 1))

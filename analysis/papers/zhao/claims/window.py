"""What Zhao's second text says of the window of the gain: near resonance, and narrow."""

from collections.abc import Callable
from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import CLAIMS_Z2, Case, listed
from analysis.papers.zhao.statistics import GAINED, GRID, MEAN, SCANS, STATISTICS, gain
from cqed_battery.operators import FloatArray

_NEAR = 0.5  # u; less than g of Table I
_RESONANT = np.abs(np.array(SCANS["omega_c"]) - Zhao().omega_a) <= _NEAR


@CLAIMS_Z2.claim(49, "Sec. III B, Fig. 2(a), (b)", "2a")
def narrow_and_resonant() -> Finding:
    """The window in which the catalyst helps most is restricted, and lies at the resonance.

    Compare the gain of the mean near resonance with that elsewhere, and measure the window.
    """

    def gains(case: Case, name: str) -> FloatArray:
        """Return the gain of the mean along a panel."""
        kappa = {"kappa": 0.5} if name == "omega_c" else {}
        points: list[dict[str, float]] = [{**kappa, name: value} for value in SCANS[name]]
        return np.array([gain(case, STATISTICS[MEAN], **point) for point in points])

    def best(case: Case, name: str) -> float:
        """Return the largest gain along a panel."""
        return float(gains(case, name).max())

    def nearer(case: Case) -> float:
        """Return the largest gain near resonance less the largest elsewhere."""
        found = gains(case, "omega_c")
        return float(found[_RESONANT].max() - found[~_RESONANT].max())

    def width(case: Case, name: str) -> float:
        """Return the share of the panel's values with half of the largest gain or more."""
        found = gains(case, name)
        return float(np.mean(found >= found.max() / 2)) if found.max() > 0 else 1.0

    near = Rule("gain at |omega_c - omega_a| <= 0.5 less the best elsewhere", GAINED, unit="u")
    there, narrow = Rule("largest gain", GAINED, unit="u"), Rule("share with half of it", "<= 0.5")
    rows: tuple[tuple[str, Callable[[Case], float], Rule], ...] = (
        ("there is a gain along omega_c", partial(best, name="omega_c"), there),
        ("at resonance", nearer, near),
        *((f"restricted in {name}", partial(width, name=name), narrow) for name in SCANS),
    )
    shown = "; ".join(
        f"{name} = {', '.join(f'{value:g}' for value in values)}" for name, values in SCANS.items()
    )
    return listed(
        GRID,
        rows,
        f"{shown}. Where nothing is gained the width is taken as 1. Z2-9 asks that the best is"
        " inside the scan.",
        every=True,
    )

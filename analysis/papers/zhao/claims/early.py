"""What Zhao's texts say of the early J < 0: that it is there, what it means, what it goes with."""

from collections.abc import Callable
from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.flux import (
    EARLY,
    GRID,
    SCAN,
    STEP,
    early,
    panel,
    rank_correlation,
    scan,
    until,
)
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    CURRENT,
    DRIVE,
    PASSIVE,
    START,
    TIMES,
    Z1_DEPHASING,
    Z2_DEPHASING,
    Case,
    Options,
    compared,
    current,
    listed,
    run,
)
from analysis.papers.zhao.statistics import MEAN, SMALLEST_GAIN, STATISTICS, gain
from cqed_battery.operators import FloatArray


@CLAIMS_Z1.claim(12, "Thermodynamic Analysis, Fig. 3", "3b", Z1_DEPHASING)
@CLAIMS_Z2.claim(14, "Sec. IV B, Fig. 3", "3b")
@compared(GRID, Rule("integral of J over 0 <= t <= 1/g", "< -0.01 u", unit="u"))
def early_negative(case: Case) -> float:
    """Z1: Early in the charging J is predominantly negative.

    Z2: With the catalyst J is negative at first.

    Test the sign of J's integral over the early window at Table I.
    """
    return early(current(case), until({}))


@CLAIMS_Z1.claim(15, "Thermodynamic Analysis, Fig. 3(c), (d)", "3c", "sigma_z", "kappa", "gamma_D")
@CLAIMS_Z2.claim(15, "Sec. IV B, Fig. 3(a)-(d)", "3a", "coherence", *SCAN)
def early_negative_along(dephasing: str, *parameters: str) -> Finding:
    """Z1: J stays negative under stronger damping and dephasing.

    Z2: It is so in all four panels.

    Test the same integral at every value of some parameters' families.
    """
    words = "largest integral of J over 0 <= t <= 1/g in the family"
    points = [point for name in parameters for point in panel(name)]
    options = {**START, **CURRENT, "dephasing": (dephasing,)}

    @compared(options, Rule(words, "< -0.01 u", unit="u"), "The whole drive acts.")
    def largest(case: Case) -> float:
        return max(early(current(case, **changes), until(changes)) for changes in points)

    return largest()


@CLAIMS_Z1.claim(9, "Thermodynamic Analysis, after Eq. 11", "3b")
@CLAIMS_Z2.claim(12, "Sec. IV A, after Eq. 23", "3b")
@compared(
    {**START, **Z2_DEPHASING, **DRIVE},
    Rule("energy that came through the coupling by t = 1/g", "> 0 u", unit="u"),
    lambda: (
        "With dE = dW + dQ and J = dQ/dt, J < 0 is energy that leaves. What passes the "
        "coupling is -omega_a [n + kappa times the integral of n], which cannot be above 0 when "
        f"the catalyst starts empty; the largest deviation from this sum rule is {_residual():.0e}"
        " u. So an early J < 0 is a conservation law and no evidence for a mechanism."
    ),
)
def inward(case: Case) -> float:
    """Z1: J < 0 is energy that flows into the battery from the catalyst and its bath.

    Z2: J < 0 is energy that flows into the battery.

    Test whether energy comes into the battery through the coupling.
    """
    return early(run(case).coupling_flow.to_numpy(), until({}))


def _residual() -> float:
    """Return the largest violation of the sum rule at Table I, in u."""
    found = run({})
    photons = found.photon_number.to_numpy()
    stored = photons + Zhao().kappa * _integral(photons)
    passed = _integral(found.coupling_flow.to_numpy())
    return float(np.abs(passed + Zhao().omega_a * stored).max())


def _integral(values: FloatArray) -> FloatArray:
    """Return the running integral (T,) over `TIMES`, of a cubic through each four points."""
    middles = (values[1:] + values[:-1]) / 2
    bend = np.gradient(np.gradient(values, STEP, edge_order=2), STEP, edge_order=2)
    parts = STEP * middles - STEP**3 / 24 * (bend[1:] + bend[:-1])
    return np.concatenate([[0.0], np.cumsum(parts)])


@CLAIMS_Z2.claim(25, "Sec. IV B, Fig. 3(a)-(d)", "3a")
def window_depends() -> Finding:
    """Size and duration of the early negative J depend on omega_c, g, kappa and gamma_D.

    Test how much the early negative part of J, and the time it takes, change along each panel.
    """

    def size(case: Case, **changes: float) -> float:
        """Return the integral of the early negative part."""
        return -early(np.minimum(current(case, **changes), 0.0), EARLY)

    def duration(case: Case, **changes: float) -> float:
        """Return for how long J is negative up to t = 5."""
        below = current(case, **changes) < -1e-6
        return float(below[np.less_equal(TIMES, EARLY)].mean() * EARLY)

    def smallest_change(number: Callable[..., float], case: Case) -> float:
        """Return the smallest relative change along one of the four panels."""
        changes = []
        for name in SCAN:
            found = [number(case, **point) for point in panel(name)]
            changes.append(float(np.ptp(found) / max(found)) if max(found) > 0 else 0.0)
        return min(changes)

    rule = Rule("smallest relative change along a panel", "> 0.1")
    rows = (("size", size), ("duration", duration))
    return listed(
        {**START, **CURRENT},
        ((words, partial(smallest_change, number), rule) for words, number in rows),
        "The size is the integral of J below 0 up to t = 5, the duration the time for which J is"
        " below 0 until then; one panel for each of omega_c, g, kappa and gamma_D, Z2's Eq. 9, the"
        " whole drive.",
        every=True,
    )


_SCANNED: Options = {**START, **PASSIVE, **CURRENT}
_OFSCAN = (
    f"{len(list(scan()))} parameter sets along panels (a) to (d), Z2's Eq. 9, the whole drive. "
    "A correlation along a scan is no cause."
)


@CLAIMS_Z2.claim(16, "Sec. I; Sec. IV B", "3b")
def goes_with_gain() -> Finding:
    """The more negative the early J, the larger the gain of ergotropy.

    Rank-correlate the early negative part of J with the gain of each statistic.
    """

    def correlation(case: Case, name: str) -> float:
        """Return Spearman's coefficient over the scan."""
        losses = [-early(np.minimum(current(case, **c), 0.0), EARLY) for c in scan()]
        return rank_correlation(np.array(losses), _gains(case, name))

    rule = Rule("rank correlation of J's early negative part and the gain", "> 0.5")
    rows = ((f"gain of the {name}", partial(correlation, name=name), rule) for name in STATISTICS)
    return listed(_SCANNED, rows, _OFSCAN)


@CLAIMS_Z2.claim(17, "Abstract and Sec. VI", "3b")
@compared(
    _SCANNED,
    Rule("share of the points with early J < 0 at which the mean is raised", "> 0.9"),
    _OFSCAN,
)
def indicates_gain(case: Case) -> float:
    """An early negative J is the mechanism of the gain: where it is, the ergotropy rises.

    Count at which points with an early J < 0 the mean ergotropy is raised.
    """
    negative = [early(current(case, **c), until(c)) < -1e-3 for c in scan()]
    raised = _gains(case, MEAN)[np.array(negative)] > SMALLEST_GAIN
    return float(raised.mean()) if raised.size else 0.0


def _gains(case: Case, name: str) -> FloatArray:
    return np.array([gain(case, STATISTICS[name], **changes) for changes in scan()])

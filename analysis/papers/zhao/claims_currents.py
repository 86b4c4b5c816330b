"""What Zhao's texts say of the flux J, computed for each of its four readings.

J < 0 is energy that leaves the battery, whichever way the texts call it.
"""

from collections.abc import Iterator

import numpy as np
from scipy.stats import rankdata

from analysis.papers.claim import Finding, Rule
from analysis.papers.zhao.claims_ergotropy import MEAN, SMALLEST_GAIN, STATISTICS, gain
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    CURRENT,
    DRIVE,
    LATE,
    PASSIVE,
    START,
    TIMES,
    Z1_DEPHASING,
    Z2_DEPHASING,
    Case,
    Options,
    compared,
    current,
    run,
)
from cqed_battery.operators import FloatArray

_SCAN: dict[str, tuple[float, ...]] = {
    "omega_c": (0.01, 0.5, 1.0, 1.5, 2.0),
    "g": (0.1, 0.25, 0.5, 1.0, 1.5, 2.0),
    "kappa": (0.05, 0.5, 1.0),
    "gamma_D": (0.01, 0.1, 0.2),
}
_GRID: Options = {**START, **Z2_DEPHASING, **DRIVE, **CURRENT}
_EARLY = 5.0
_STEP = float(TIMES[1])


def scan() -> Iterator[dict[str, float]]:
    """Yield the parameters along panels (a) to (d) of Figs. 2 and 3."""
    for name, values in _SCAN.items():
        for value in values:
            yield {"kappa": 0.5, name: value} if name == "omega_c" else {name: value}


def early(values: FloatArray, end: float) -> float:
    """Return the integral of a rate (T,) from 0 to a time."""
    return float(np.trapezoid(values[np.less_equal(TIMES, end)], dx=_STEP))


def _until(changes: dict[str, float]) -> float:
    """Return the end of the early window: 1/g, the time of the exchange that Z2 names."""
    return 1 / Zhao().replace(changes).g


@CLAIMS_Z1.claim(12, "Thermodynamic Analysis, Fig. 3", "3b", Z1_DEPHASING)
@CLAIMS_Z2.claim(14, "Sec. IV B, Fig. 3", "3b")
@compared(_GRID, Rule("integral of J over 0 <= t <= 1/g", "< -0.01 u", unit="u"))
def early_negative(case: Case) -> float:
    """Z1: Early in the charging J is predominantly negative.

    Z2: With the catalyst J is negative at first.

    Test the sign of J's integral over the early window at Table I.
    """
    return early(current(case), _until({}))


@CLAIMS_Z1.claim(15, "Thermodynamic Analysis, Fig. 3(c), (d)", "3c", "sigma_z", "kappa", "gamma_D")
@CLAIMS_Z2.claim(15, "Sec. IV B, Fig. 3(a)-(d)", "3a", "coherence", *_SCAN)
def early_negative_along(dephasing: str, *parameters: str) -> Finding:
    """Z1: J stays negative under stronger damping and dephasing.

    Z2: It is so in all four panels.

    Test the same integral at every value of some parameters' families.
    """
    words = "largest integral of J over 0 <= t <= 1/g in the family"
    points = [changes for changes in scan() if set(changes) & set(parameters)]
    options = {**START, **CURRENT, "dephasing": (dephasing,)}

    @compared(options, Rule(words, "< -0.01 u", unit="u"), "The whole drive acts.")
    def largest(case: Case) -> float:
        return max(early(current(case, **changes), _until(changes)) for changes in points)

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
    return early(run(case).coupling_flow.to_numpy(), _until({}))


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
    bend = np.gradient(np.gradient(values, _STEP, edge_order=2), _STEP, edge_order=2)
    parts = _STEP * middles - _STEP**3 / 24 * (bend[1:] + bend[:-1])
    return np.concatenate([[0.0], np.cumsum(parts)])


@CLAIMS_Z2.claim(25, "Sec. IV B, Fig. 3(a)-(d)", "3a")
@compared(
    {**START, **CURRENT},
    Rule("smallest relative change of J's early negative part along a panel", "> 0.1"),
    "The early negative part is the integral of J below 0 up to t = 5; one panel for each of"
    " omega_c, g, kappa and gamma_D, Z2's Eq. 9, the whole drive.",
)
def window_depends(case: Case) -> float:
    """Size and duration of the early negative J depend on omega_c, g, kappa and gamma_D.

    Test how much the early negative part of J changes along each of the four panels.
    """
    changes = []
    for name in _SCAN:
        panel = [point for point in scan() if name in point]
        losses = [-early(np.minimum(current(case, **point), 0.0), _EARLY) for point in panel]
        changes.append(float(np.ptp(losses) / max(losses)) if max(losses) > 0 else 0.0)
    return min(changes)


_SCANNED: Options = {**START, **PASSIVE, **CURRENT}
_OF_SCAN = (
    f"{len(list(scan()))} parameter sets along panels (a) to (d), Z2's Eq. 9, the whole drive. "
    "A correlation along a scan is no cause."
)


@CLAIMS_Z2.claim(16, "Sec. IV B", "3b")
@compared(
    _SCANNED, Rule("rank correlation of J's early negative part and the gain", "> 0.5"), _OF_SCAN
)
def goes_with_gain(case: Case) -> float:
    """The more negative the early J, the larger the gain of ergotropy.

    Rank-correlate the early negative part of J with the gain of the mean ergotropy.
    """
    losses = [-early(np.minimum(current(case, **c), 0.0), _EARLY) for c in scan()]
    return _rank_correlation(np.array(losses), _gains(case))


@CLAIMS_Z2.claim(17, "Abstract and Sec. VI", "3b")
@compared(
    _SCANNED,
    Rule("share of the points with early J < 0 at which the mean is raised", "> 0.9"),
    _OF_SCAN,
)
def indicates_gain(case: Case) -> float:
    """An early negative J is the mechanism of the gain: where it is, the ergotropy rises.

    Count at which points with an early J < 0 the mean ergotropy is raised.
    """
    negative = [early(current(case, **c), _until(c)) < -1e-3 for c in scan()]
    raised = _gains(case)[np.array(negative)] > SMALLEST_GAIN
    return float(raised.mean()) if raised.size else 0.0


def _gains(case: Case) -> FloatArray:
    return np.array([gain(case, STATISTICS[MEAN], **changes) for changes in scan()])


def _rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Return Spearman's coefficient, 0 if either does not vary."""
    if np.ptp(first) < 1e-9 or np.ptp(second) < 1e-9:
        return 0.0
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


@CLAIMS_Z1.claim(11, "Thermodynamic Analysis, Fig. 3", "3b", Z1_DEPHASING, "< 0.01")
@CLAIMS_Z2.claim(13, "Sec. IV B, Fig. 3", "3b")
@compared(
    _GRID,
    Rule("largest |J| without the catalyst over that with it", "< 0.1"),
    "Pure dephasing takes no energy from H_QB. In the reduced reading J without the "
    "catalyst is minus the coherence's decay rate times <H_drive>; in the rate of the "
    "battery's energy it is the charging itself.",
)
def vanishes_without_catalyst(case: Case) -> float:
    """Z1: Without the catalyst J is orders of magnitude smaller than with it.

    Z2: Without the catalyst J stays close to zero.

    Compare the largest |J| without the catalyst with that with it.
    """
    alone, with_catalyst = current(case, catalyst=False), current(case)
    return float(np.abs(alone).max() / np.abs(with_catalyst).max())


@CLAIMS_Z1.claim(13, "Thermodynamic Analysis, Fig. 3", "3b", Z1_DEPHASING)
@compared(_GRID, Rule("distance from t = 1 of J's minimum", "< 0.5 1/u", unit="1/u"))
def extreme_near_one(case: Case) -> float:
    """The negative J is largest near t = 1.

    Test where J has its minimum.
    """
    return float(abs(TIMES[np.argmin(current(case))] - 1))


@CLAIMS_Z2.claim(18, "Sec. IV B, Fig. 3", "3b")
@compared(
    _GRID,
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

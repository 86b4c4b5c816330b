"""The integrals of J and the points of the panels that several claims on J share."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import rankdata

from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CURRENT,
    DRIVE,
    START,
    TIMES,
    Z2_DEPHASING,
    Case,
    Options,
)
from cqed_battery.operators import FloatArray

SCAN: dict[str, tuple[float, ...]] = {
    "omega_c": (0.01, 0.5, 1.0, 1.5, 2.0),
    "g": (0.1, 0.25, 0.5, 1.0, 1.5, 2.0),
    "kappa": (0.05, 0.5, 1.0),
    "gamma_D": (0.01, 0.1, 0.2),
}
GRID: Options = {**START, **Z2_DEPHASING, **DRIVE, **CURRENT}
EARLY = 5.0
STEP = float(TIMES[1])


def panel(name: str) -> list[dict[str, float]]:
    """Return the parameters along one panel of Figs. 2 and 3.

    Args:
        name: of the parameter that the panel varies, one of `SCAN`.
    """
    kappa = {"kappa": 0.5} if name == "omega_c" else {}
    return [{**kappa, name: value} for value in SCAN[name]]


def scan() -> Iterator[dict[str, float]]:
    """Yield the parameters along panels (a) to (d) of Figs. 2 and 3."""
    for name in SCAN:
        yield from panel(name)


def early(values: FloatArray, end: float) -> float:
    """Return the integral of a rate (T,) from 0 to a time."""
    return float(np.trapezoid(values[np.less_equal(TIMES, end)], dx=STEP))


def until(changes: dict[str, float]) -> float:
    """Return the end of the early window: 1/g, the time of the exchange that Z2 names."""
    return 1 / Zhao().replace(changes).g


OF_TEXT: Case = {"start": "upper", "current": "composite", "dephasing": "sigma_z"}
"""The reading in which most sentences of Z1 on J hold; the whole drive acts."""


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Return Spearman's coefficient, 0 if either does not vary.

    Args:
        first: (N,).
        second: (N,).
    """
    if np.ptp(first) < 1e-9 or np.ptp(second) < 1e-9:
        return 0.0
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])

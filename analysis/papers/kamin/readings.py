"""What the ledger computes for Kamin et al.: steady states under every reading in question."""

from functools import cache, partial

import numpy as np
from scipy.optimize import brentq

from analysis.papers.claim import Claims
from analysis.papers.figure import NamedChanges
from analysis.papers.kamin.model import Kamin
from analysis.papers.rule import Rule
from cqed_battery.operators import FloatArray

CLAIMS = Claims("K")

OfCapacity = partial(Rule, unit="of the capacity")
NETWORKS: NamedChanges = {
    "star": {},
    "chain, battery at the end": {"network": "chain"},
}
SCALES: NamedChanges = {
    "n at omega = 1": {},
    "n at omega_0 = 10": {"occupation_at": "omega_0"},
    "n at 2 omega_0 = 20": {"occupation_at": "splitting"},
}
OPTIONS = (("star", "chain"), tuple(SCALES))
"""What the text leaves open: the network, and where the occupations are taken."""
DIFFERENCES = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 16.0, 20.0])
COUPLINGS = np.array([0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0])
TEMPERATURES = np.array([0.1, 0.3, 1.0, 3.0, 10.0, 50.0])
_NOISE = 1e-9  # of the capacity: what rounding leaves of no change at all


def variants(model: Kamin, *changes: NamedChanges) -> dict[str, Kamin]:
    """Return the model with each of the named changes."""
    return {name: model.replace(change) for group in changes for name, change in group.items()}


@cache
def ergotropy(model: Kamin) -> float:
    """Return the ergotropy of the steady state, of the capacity."""
    return float(model.steady_state().ergotropy)


def smallest_step(values: FloatArray) -> float:
    """Return the smallest rise between neighbours; below 0 if the values fall anywhere."""
    return float(np.diff(values).min())


def not_falling(number: float) -> bool:
    """Say whether a smallest step is a rise or none, up to rounding."""
    return number >= -_NOISE


def largest_step(values: FloatArray) -> float:
    """Return the largest rise between neighbours."""
    return float(np.diff(values).max())


def not_rising(number: float) -> bool:
    """Say whether a largest step is a fall or none, up to rounding."""
    return number <= _NOISE


def onset(model: Kamin, along: str, low: float, high: float) -> float:
    """Return where along a parameter the battery is half excited, so that ergotropy begins.

    The upper end is returned if there is no ergotropy up to it.
    """

    def above_half(value: float) -> float:
        return float(model.replace({along: value}).steady_state().excitation) - 0.5

    if above_half(high) <= _NOISE:
        return high
    return float(brentq(above_half, low, high, xtol=1e-8))

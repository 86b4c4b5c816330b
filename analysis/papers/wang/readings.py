"""Sweeps that several claims of Wang et al. share, and the readings of their text."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from analysis.papers.claim import Claims
from analysis.papers.figure import NamedChanges
from analysis.papers.wang.model import LONG, Wang
from cqed_battery.operators import FloatArray

CLAIMS = Claims("W")

DETUNINGS = np.linspace(-10.0, 10.0, 201)
MAP_DETUNINGS = np.linspace(-5.0, 5.0, 41)
MAP_DIFFERENCES = np.linspace(-10.0, 10.0, 21)
MEANS = (0.0, 3.0, 6.0, -6.0)

OTHER_SIGN = {"difference_sign": "battery less charger"}
CHARGER = {"detuning_split": "charger only"}
BATTERY = {"detuning_split": "battery only"}
SIGNS: NamedChanges = {"mu_1 - mu_2": {}, "mu_2 - mu_1": OTHER_SIGN}
SPLITS: NamedChanges = {
    "half each": {},
    "charger detuned alone": CHARGER,
    "battery detuned alone": BATTERY,
}
EQUATIONS: NamedChanges = {
    "Redfield": {},
    "Eq. 10 read literally": {"equation": "raising"},
    "secular": {"equation": "secular"},
    "Lindblad": {"equation": "lindblad"},
}
EVERY: NamedChanges = {k: v for k, v in {**SPLITS, **EQUATIONS}.items() if k != "Redfield"}
SIGNED: NamedChanges = {
    f"{name}, {sign}": {**EVERY[name], **SIGNS[sign]} for name in EVERY for sign in SIGNS
}
OPTIONS = (
    ("half each / Redfield", *list(EVERY)[1:]),
    tuple(SIGNS),
)
"""What the text leaves open: the split of Delta or the equation, and the sign of Delta mu."""
RANGES: NamedChanges = {f"|Delta| <= {end:g}": {"within": end} for end in (3.0, 5.0)}
"""Ranges of Fig. 2a, which the text leaves open, beside the widest, |Delta| <= 10."""
NEAR = RANGES["|Delta| <= 5"]


@cache
def line(*, within: float = 10.0, **changes: Any) -> xr.Dataset:
    """Return the quantities of Figs. 2a and 5a, (3 differences, detunings), |Delta| <= within."""
    near = DETUNINGS[np.abs(DETUNINGS) <= within + 1e-9]
    axes = {"potential_difference": np.array([-4.0, 0.0, 4.0]), "detuning": near}
    return Wang().replace({"mean_potential": 2.0, **changes}).sweep(axes)


@cache
def grid(mean: float, **changes: Any) -> xr.Dataset:
    """Return the quantities of one map of Fig. 4, (21 differences, 41 detunings)."""
    axes = {"potential_difference": MAP_DIFFERENCES, "detuning": MAP_DETUNINGS}
    return Wang(mean_potential=mean).replace(changes).sweep(axes)


@cache
def equilibrium(temperature: float, **changes: Any) -> tuple[FloatArray, FloatArray]:
    """Return potentials and efficiencies of Fig. 3a at a temperature."""
    potentials = np.union1d(np.linspace(-20.0, 20.0, 81), np.linspace(-0.5, 1.5, 401))
    model = Wang(temperature=temperature).replace(changes)
    return potentials, model.sweep({"mean_potential": potentials}).efficiency.values


def side(values: xr.DataArray, sign: int) -> float:
    """Return the largest of the values at detunings of one sign."""
    return float(values.where(sign * values.detuning > 1e-9).max())


_FLAT = 1e-9  # change from one value to the next that counts as none


def turns(values: FloatArray) -> float:
    """Return how often values (N,) turn between rising and falling."""
    steps = np.diff(values)
    signs = np.sign(steps[np.abs(steps) > _FLAT])
    return float(np.count_nonzero(signs[1:] != signs[:-1]))


def smallest_in_time(means: Iterable[float]) -> float:
    """Return the smallest eigenvalue from the empty start, over some of each map and times."""
    axes = {"potential_difference": MAP_DIFFERENCES[::5], "detuning": MAP_DETUNINGS[::10]}
    times = np.append(np.geomspace(1e-2, 100.0, 25), LONG)
    return min(
        float(np.linalg.eigvalsh(Wang(mean_potential=mean).states(axes, time)).min())
        for mean in means
        for time in times
    )


POWER_TIMES = {"tau = 20000": np.array([LONG]), "best tau up to 20": np.linspace(0.5, 20.0, 40)}
"""When the power E/tau is taken: at the text's long time, or at its best."""


def powers(difference: float, when: str, **changes: Any) -> xr.DataArray:
    """Return the largest charging power against the detuning, Delta <= 0, of Fig. 6b."""
    axes = {"detuning": np.linspace(-5.0, 0.0, 6)}
    model = Wang(potential_difference=difference).replace(changes)
    return model.largest_power(axes, POWER_TIMES[when])

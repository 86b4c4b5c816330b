"""What several claims about Rodriguez et al. share: cached simulations and readings of them."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from analysis.papers.claim import Claims
from analysis.papers.rodriguez.model import BareBattery, Charging, OscillatorCatalyst, QubitCatalyst
from cqed_battery.operators import FloatArray

CLAIMS = Claims("R")

G = 0.2
"""The coupling that the paper's axes are counted in."""
OPTIONS = (
    ("the amplitude decays at gamma/2", "the amplitude decays at gamma/4"),
    ("q = sigma_-", "q = 2 sigma_-"),
)
"""What the text leaves open: the rate of Eq. 3, and the qubit's operator."""
DRIVE, LOSS = (float(Charging.model_fields[name].default) for name in ("drive", "loss"))
"""The paper's F and gamma, in omega."""
NO_LOSS = {"loss": 0.0}
UNBOUNDED, GROWS = "exponent of t over the last half of the range", "> 0.5"
"""What is asked of an energy that is said to grow without bound: R5 and R9."""

Run: TypeAlias = Callable[[], xr.Dataset]
"""What computes a setting's quantities when a claim is tested."""


def times(last: float, points: int = 201) -> FloatArray:
    """Return times (1/omega) for g t from 0 to `last`."""
    return np.linspace(0.0, last / G, points)


@cache
def qubit(last: float = 20.0, points: int = 101, **changes: Any) -> xr.Dataset:
    """Return the qubit's setting up to g t = `last`, simulated once."""
    warm = changes.get("occupation", 0.0) > 0
    return QubitCatalyst(tolerance=1e-3 if warm else 1e-5, **changes).simulate(times(last, points))


@cache
def oscillator(last: float = 20.0, points: int = 201, **changes: Any) -> xr.Dataset:
    """Return the oscillator catalyst's setting up to g t = `last`."""
    return OscillatorCatalyst(**changes).simulate(times(last, points))


@cache
def bare(last: float = 20.0, points: int = 401, **changes: Any) -> xr.Dataset:
    """Return the bare battery up to g t = `last`."""
    return BareBattery(**changes).simulate(times(last, points))


def peak(values: xr.DataArray) -> float:
    """Return the largest value."""
    return float(values.max())


def last_value(values: xr.DataArray) -> float:
    """Return the value at the last time."""
    return float(values[-1])


def last_energy(data: xr.Dataset) -> float:
    """Return the battery's energy at the last time."""
    return last_value(data.battery_energy)


def last_ergotropy(data: xr.Dataset) -> float:
    """Return the battery's ergotropy at the last time."""
    return last_value(data.battery_ergotropy)


def growth(values: xr.DataArray) -> float:
    """Return the exponent p of value ~ t^p between half of the last time and the last."""
    half = np.interp(values.time[-1] / 2, values.time, values)
    return float(np.log2(values[-1] / half))

"""What is computed from the states of a charger and a battery, with names and units."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from cqed_battery.dynamics.hermitian import from_real
from cqed_battery.energetics import bloch_vector, qubit_energy, qubit_ergotropy
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory.entanglement import concurrence

LEVELS = ("gg", "ge", "eg", "ee")
"""The joint states, charger first, in the order of the rows."""

_AXES = {
    "time": ("time", "1/lambda"),
    "coupling": ("coupling lambda", ""),
    "drive": ("drive F", "lambda"),
    "detuning": ("detuning Delta, charger less battery", "lambda"),
    "mean_detuning": ("mean detuning from the drive", "lambda"),
    "mean_potential": ("mean chemical potential", "lambda"),
    "potential_difference": ("chemical potential difference Delta mu", "lambda"),
    "temperature": ("temperature", "lambda"),
    "temperature_difference": ("temperature difference", "lambda"),
    "charger_damping": ("charger's damping alpha_1", ""),
    "battery_damping": ("battery's damping alpha_2", ""),
    "cutoff_frequency": ("cutoff frequency of the reservoirs", "lambda"),
    "drive_frequency": ("drive frequency", "lambda"),
}
_ENERGY = "hbar w"


def coordinates(axes: Mapping[str, FloatArray]) -> dict[str, xr.DataArray]:
    """Return a map's coordinates with their names and units."""
    found = {}
    for name, values in axes.items():
        words = dict(zip(("long_name", "units"), _AXES[name], strict=True))
        found[name] = xr.DataArray(np.atleast_1d(values), dims=name, attrs=words)
    return found


def quantities(
    vectors: ComplexArray | FloatArray, axes: Mapping[str, FloatArray], *, excited_start: bool
) -> xr.Dataset:
    """Return the quantities of states given as real vectors (..., 16), over the axes.

    `energy` counts from the ground state (Eq. 26), `energy_gain` from the start (Eq. 20);
    `efficiency` is ergotropy over `energy`. Vectors of a generator that does not keep matrices
    Hermitian are complex: the Hermitian part is taken and `non_hermitian` says what is left out.
    """
    states = from_real(vectors.real)
    battery = np.einsum("...aiaj->...ij", states.reshape(*states.shape[:-2], 2, 2, 2, 2))
    bloch = bloch_vector(battery)
    energy, ergotropy = qubit_energy(bloch) + 0.5, qubit_ergotropy(bloch)
    with np.errstate(invalid="ignore", divide="ignore"):
        efficiency = np.divide(ergotropy, energy)
    smallest = np.asarray(np.linalg.eigvalsh(states)[..., 0], dtype=float)
    left_out = np.asarray(np.linalg.norm(vectors.imag, axis=-1), dtype=float)
    where = tuple(axes)
    found = {
        "concurrence": _named(where, concurrence(states), "concurrence", ""),
        "ergotropy": _named(where, ergotropy, "ergotropy of the battery", _ENERGY),
        "energy": _named(where, energy, "energy of the battery above its ground state", _ENERGY),
        "energy_gain": _named(
            where, energy - float(excited_start), "energy of the battery since the start", _ENERGY
        ),
        "efficiency": _named(where, efficiency, "efficiency: ergotropy over energy", ""),
        "smallest_eigenvalue": _named(where, smallest, "smallest eigenvalue of the state", ""),
        "non_hermitian": _named(
            where, left_out, "norm of the anti-Hermitian part, left out of the rest", ""
        ),
        "bloch": _named((*where, "component"), bloch, "Bloch vector of the battery", ""),
        "state": _named(
            (*where, "part", "row", "column"), _parts(states), "state of charger and battery", ""
        ),
    }
    return xr.Dataset(found, {**coordinates(axes), **_labels()})


def with_power(found: xr.Dataset) -> xr.Dataset:
    """Add the charging power E/tau of Sec. V, with E since the start; 0 at time 0."""
    time = found.time.where(found.time > 0, np.inf)
    words = {"long_name": "charging power E/tau", "units": "hbar w lambda"}
    return found.assign(power=(found.energy_gain / time).assign_attrs(words))


def _named(
    dims: tuple[str, ...], values: FloatArray, long_name: str, units: str
) -> tuple[tuple[str, ...], FloatArray, dict[str, str]]:
    return dims, values, {"long_name": long_name, "units": units}


def _parts(states: ComplexArray) -> FloatArray:
    return np.stack([states.real, states.imag], axis=-3)


def _labels() -> dict[str, xr.DataArray]:
    def label(name: str, values: tuple[str, ...], words: str) -> xr.DataArray:
        attrs = {"long_name": words, "units": ""}
        return xr.DataArray(list(values), dims=name, attrs=attrs)

    return {
        "component": label("component", ("x", "y", "z"), "component"),
        "part": label("part", ("real", "imaginary"), "part of the matrix"),
        "row": label("row", LEVELS, "charger and battery"),
        "column": label("column", LEVELS, "charger and battery"),
    }

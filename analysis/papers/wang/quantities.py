"""What is computed from the states of a charger and a battery, with names and units."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from cqed_battery.dynamics.hermitian import from_real
from cqed_battery.energetics import bloch_vector, qubit_energy, qubit_ergotropy
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory.entanglement import concurrence
from cqed_battery.theory.paper_model import coordinate, dataset

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
_WORDS = {
    "concurrence": ("concurrence", ""),
    "ergotropy": ("ergotropy of the battery", _ENERGY),
    "energy": ("energy of the battery above its ground state", _ENERGY),
    "energy_gain": ("energy of the battery since the start", _ENERGY),
    "efficiency": ("efficiency: ergotropy over energy", ""),
    "smallest_eigenvalue": ("smallest eigenvalue of the state", ""),
    "non_hermitian": ("norm of the anti-Hermitian part, left out of the rest", ""),
    "bloch": ("Bloch vector of the battery", ""),
    "state": ("state of charger and battery", ""),
}
_COMPONENT = coordinate("component", list("xyz"), "component", "")
_MATRIX = (
    coordinate("part", ["real", "imaginary"], "part of the matrix", ""),
    *(coordinate(side, LEVELS, "charger and battery", "") for side in ("row", "column")),
)


def coordinates(axes: Mapping[str, FloatArray]) -> list[xr.DataArray]:
    """Return a map's coordinates with their names and units."""
    return [coordinate(name, np.atleast_1d(axes[name]), *_AXES[name]) for name in axes]


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
    values = {
        "concurrence": concurrence(states),
        "ergotropy": ergotropy,
        "energy": energy,
        "energy_gain": energy - float(excited_start),
        "efficiency": efficiency,
        "smallest_eigenvalue": np.linalg.eigvalsh(states)[..., 0],
        "non_hermitian": np.linalg.norm(vectors.imag, axis=-1),
    }
    parts, where = np.stack([states.real, states.imag], axis=-3), coordinates(axes)
    found = (
        dataset(values, _WORDS, where),
        dataset({"bloch": bloch}, _WORDS, [*where, _COMPONENT]),
        dataset({"state": parts}, _WORDS, [*where, *_MATRIX]),
    )
    return xr.merge(found)


def with_power(found: xr.Dataset) -> xr.Dataset:
    """Add the charging power E/tau of Sec. V, with E since the start; 0 at time 0."""
    time = found.time.where(found.time > 0, np.inf)
    words = {"long_name": "charging power E/tau", "units": "hbar w lambda"}
    return found.assign(power=(found.energy_gain / time).assign_attrs(words))

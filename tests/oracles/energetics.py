"""Energy, ergotropy, power and heat identities, in hbar w_q and hbar w_q per ns.

x and y are the Bloch components in the drive's frame with the drive's phase taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .conversions import decay_rate, ghz, mhz

Reals = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True)
class HeatIdentities:
    """Balance of a two-level battery, averaged over the drive's period.

    Rates handed to the methods are in rad/ns: ``rabi`` Omega, ``rabi_slope`` dOmega/dt,
    ``phase_slope`` dphi/dt; ``exchange`` is the complex mean <b+ a>.
    """

    transmon_frequency_GHz: float = 5.0
    drive_frequency_GHz: float = 5.0
    t1_us: float = float("inf")
    bath_number: float = 0.0

    def power(
        self,
        x: ArrayLike,
        y: ArrayLike,
        rabi: ArrayLike,
        *,
        rabi_slope: ArrayLike = 0.0,
        phase_slope: ArrayLike = 0.0,
    ) -> Reals:
        """P = [(w_d + dphi/dt) Omega x - (dOmega/dt) y] / 2 over w_q."""
        field = (ghz(self.drive_frequency_GHz) + np.asarray(phase_slope)) * np.asarray(rabi)
        work = field * np.asarray(x) - np.asarray(rabi_slope) * np.asarray(y)
        return 0.5 * work / ghz(self.transmon_frequency_GHz)

    def interaction_current(self, g: ArrayLike, exchange: ArrayLike) -> Reals:
        """J_int = 2 g Im<b+ a>."""
        return 2.0 * np.asarray(g) * np.imag(exchange)

    def bath_current(self, z: ArrayLike) -> Reals:
        """D = -Gamma1 [(1 + z)/2 + n_q z]: what the transmon's own bath brings."""
        z = np.asarray(z)
        return -decay_rate(self.t1_us) * (0.5 * (1.0 + z) + self.bath_number * z)

    def energy_rate(self, x: ArrayLike, z: ArrayLike, rabi: ArrayLike, current: ArrayLike) -> Reals:
        """dE/dt = Omega x / 2 + J_int + D, given J_int."""
        driven = 0.5 * np.asarray(rabi) * np.asarray(x)
        return driven + np.asarray(current) + self.bath_current(z)

    def measured_current(
        self,
        z_rate: ArrayLike,
        x: ArrayLike,
        y: ArrayLike,
        rabi: ArrayLike,
        *,
        rabi_slope: ArrayLike = 0.0,
        phase_slope: ArrayLike = 0.0,
    ) -> Reals:
        """J_exp = dE/dt - P, with dE/dt = (dz/dt)/2."""
        power = self.power(x, y, rabi, rabi_slope=rabi_slope, phase_slope=phase_slope)
        return 0.5 * np.asarray(z_rate) - power


def resonant_heat_current(z_rate: ArrayLike, x: ArrayLike, rabi_rate_MHz: float) -> Reals:
    """J = (dz/dt - Omega x)/2: square resonant drive, no T1."""
    return 0.5 * (np.asarray(z_rate) - mhz(rabi_rate_MHz) * np.asarray(x))


def qubit_ergotropy(bloch: ArrayLike) -> Reals:
    """(|r| + z)/2 of Bloch vectors of shape (..., 3) with z = P(1) - P(0)."""
    vector = np.asarray(bloch, dtype=float)
    return 0.5 * (np.linalg.norm(vector, axis=-1) + vector[..., 2])


def passive_energy(rho: NDArray[np.complexfloating[Any, Any]], energies: ArrayLike) -> float:
    """Least energy that unitaries reach: largest populations on the lowest levels."""
    populations = np.linalg.eigvalsh(rho)[::-1]
    return float(populations @ np.sort(np.asarray(energies, dtype=float)))


def ergotropy(rho: NDArray[np.complexfloating[Any, Any]], energies: ArrayLike) -> float:
    """Tr[rho H] minus the passive energy, H diagonal with the given level energies."""
    levels = np.asarray(energies, dtype=float)
    return float(np.diagonal(rho).real @ levels) - passive_energy(rho, levels)


def transmon_energies(
    levels: int, transmon_frequency_GHz: float, anharmonicity_GHz: float
) -> Reals:
    """Level energies k + (alpha/2 w_q) k (k - 1) in hbar w_q, level 0 at zero."""
    k = np.arange(float(levels))
    return k + 0.5 * anharmonicity_GHz / transmon_frequency_GHz * k * (k - 1.0)

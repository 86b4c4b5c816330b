"""Levels of a transmon from its energies, and of a device with a resonator: shifts, no dynamics."""

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import brentq

from cqed_battery.device import Device
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz, mhz_from_angular

_CHARGES = 20  # Cooper pairs on either side of none: converged to 1e-12 at E_J/E_C = 41


def transmon_anharmonicity_ghz(josephson_ghz: float, charging_ghz: float) -> float:
    """Return f12 - f01 of a transmon in GHz, from 4 E_C n^2 - E_J cos(phi) (Koch et al. 2007).

    Args:
        josephson_ghz: E_J / h, in GHz.
        charging_ghz: E_C / h, in GHz.
    """
    ground, one, two = _levels_ghz(josephson_ghz, charging_ghz)
    return two - 2 * one + ground


def josephson_energy_ghz(frequency_ghz: float, charging_ghz: float) -> float:
    """Return the E_J / h in GHz at which a transmon has its f01.

    Args:
        frequency_ghz: f01, in GHz.
        charging_ghz: E_C / h, in GHz.
    """

    def excess(josephson: float) -> float:
        """Return f01 at an E_J less the wanted one, in GHz."""
        ground, one, _ = _levels_ghz(josephson, charging_ghz)
        return one - ground - frequency_ghz

    leading = (frequency_ghz + charging_ghz) ** 2 / (8 * charging_ghz)
    return float(brentq(excess, leading / 2, 2 * leading))


def _levels_ghz(josephson: float, charging: float) -> tuple[float, float, float]:
    found, _ = charge_basis_levels(josephson, charging)
    return float(found[0]), float(found[1]), float(found[2])


def charge_basis_levels(
    josephson_ghz: float, charging_ghz: float, offset: float = 0.0, charges: int = _CHARGES
) -> tuple[FloatArray, FloatArray]:
    """Return the three lowest levels of a transmon, 4 E_C (n - n_g)^2 - E_J cos(phi).

    Args:
        josephson_ghz: E_J / h, in GHz.
        charging_ghz: E_C / h, in GHz.
        offset: charge n_g, in Cooper pairs.
        charges: Cooper pairs on either side of none.

    Returns:
        Energies in GHz, (3,), and states as columns over the charge, (2 charges + 1, 3).
    """
    number = np.arange(-charges, charges + 1)
    hopping = np.full(len(number) - 1, -josephson_ghz / 2)
    diagonal = 4 * charging_ghz * (number - offset) ** 2
    values, states = eigh_tridiagonal(diagonal, hopping, select="i", select_range=(0, 2))
    return np.asarray(values), np.asarray(states)


def dispersive_shift_mhz(device: Device, fock_levels: int) -> float:
    """Return |2 chi| / 2 pi in MHz: the resonator's frequency with level 1 less that with level 0.

    From the eigenvalues of the device's Hamiltonian, Duffing's oscillator coupled by b'a + b a'.

    Args:
        device: transmon, resonator and coupling while the coupler is open.
        fock_levels: of the resonator.
    """
    generator = rotating_frame(device, fock_levels)
    g = angular_from_mhz(device.coupler.g_on_MHz)
    values, vectors = np.linalg.eigh(generator.hamiltonian(Controls(g)).toarray())

    def energy(level: int, photons: int) -> float:
        """Return the energy of the eigenstate that is most |level, photons>, in rad/ns."""
        return float(values[np.abs(vectors[level * fock_levels + photons]).argmax()])

    shift = (energy(1, 1) - energy(1, 0)) - (energy(0, 1) - energy(0, 0))
    return abs(mhz_from_angular(shift))

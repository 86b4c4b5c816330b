"""From a device to the terms of its master equation.

In the frame that rotates at the drive frequency, after the rotating-wave approximation
(hbar = 1, rad/ns):

    H = Dq b'b + (alpha/2) b'b'bb + Dc a'a + g (b'a + b a') + [eps b' + eps* b]/2

with Dq = w_q - w_d, Dc = w_c - w_d, b the transmon and a the resonator. The drive of Zhao 2026,
Eq. 5, Omega sin(w_d t + phi) sigma_x, is eps = i Omega exp(-i phi). Jump operators, each with
its rate inside: sqrt(kappa (n_c+1)) a, sqrt(kappa n_c) a', sqrt(Gamma1 (n_q+1)) b,
sqrt(Gamma1 n_q) b', sqrt(2 gamma) b'b (the 0-1 coherence decays at gamma; Zhao 2026, Eq. 9).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.operators import FloatArray, SparseMatrix, lowering, on_resonator, on_transmon
from cqed_battery.units import angular_from_ghz, angular_from_mhz, rate_from_t1_us


@dataclass(frozen=True)
class Generator:
    """Terms of the master equation on the joint space of dimension D = levels x fock_levels.

    `coupling`, `drive_real` and `drive_imag` multiply g, Re eps and Im eps (all in rad/ns).
    """

    levels: int
    fock_levels: int
    static: SparseMatrix
    coupling: SparseMatrix
    drive_real: SparseMatrix
    drive_imag: SparseMatrix
    jumps: tuple[SparseMatrix, ...]

    @property
    def dimension(self) -> int:
        """The joint space's dimension D."""
        return self.levels * self.fock_levels

    def hamiltonian(self, g: float, eps: complex) -> SparseMatrix:
        """Return H (D, D) in rad/ns while the coupling g and the drive eps (rad/ns) are held."""
        drive = eps.real * self.drive_real + eps.imag * self.drive_imag
        return sp.csr_array(self.static + g * self.coupling + drive)


@dataclass(frozen=True)
class LabFrame:
    """The same device without the rotating-wave approximation on the drive.

    H = w_q b'b + (alpha/2) b'b'bb + w_c a'a + g C + Omega(t) sin(w_d t + phi) (b + b'), where C
    is b'a + b a', or (b + b')(a + a') with counter-rotating coupling.
    """

    levels: int
    fock_levels: int
    static: SparseMatrix
    coupling: SparseMatrix
    drive: SparseMatrix
    jumps: tuple[SparseMatrix, ...]
    carrier_frequency: float


def rotating_frame(device: Device, fock_levels: int) -> Generator:
    """Return the terms of the master equation in the drive's rotating frame."""
    b, a = _modes(device, fock_levels)
    raising = b.conj().T
    drive = angular_from_ghz(device.drive.frequency_GHz)
    return Generator(
        levels=device.transmon.kept_levels,
        fock_levels=fock_levels,
        static=_static(device, b, a, reference=drive),
        coupling=sp.csr_array(raising @ a + b @ a.conj().T),
        drive_real=sp.csr_array((raising + b) / 2),
        drive_imag=sp.csr_array(1j * (raising - b) / 2),
        jumps=jump_operators(device, b, a),
    )


def lab_frame(device: Device, fock_levels: int, *, counter_rotating: bool = False) -> LabFrame:
    """Return the terms in the laboratory frame, optionally with counter-rotating coupling."""
    b, a = _modes(device, fock_levels)
    position_b, position_a = b + b.conj().T, a + a.conj().T
    exchange = b.conj().T @ a + b @ a.conj().T
    return LabFrame(
        levels=device.transmon.kept_levels,
        fock_levels=fock_levels,
        static=_static(device, b, a, reference=0.0),
        coupling=sp.csr_array(position_b @ position_a if counter_rotating else exchange),
        drive=sp.csr_array(position_b),
        jumps=jump_operators(device, b, a),
        carrier_frequency=device.drive.frequency_GHz,
    )


def drive_envelope(device: Device) -> complex:
    """Return eps = i Omega exp(-i phi) at full amplitude, in rad/ns (Zhao 2026, Eq. 5)."""
    rabi = angular_from_mhz(device.drive.rabi_rate_MHz)
    return complex(1j * rabi * np.exp(-1j * device.drive.phase_rad))


def dephasing_rate(device: Device) -> float:
    """Return gamma, the decay rate of the 0-1 coherence by pure dephasing, in 1/ns.

    The convention "coherence" (L = sigma_z/sqrt2, Zhao 2026, Eq. 9) makes it the stated rate,
    "sigma_z" (L = sigma_z, Eq. 16) twice that.
    """
    stated = angular_from_mhz(device.transmon.dephasing_rate_MHz)
    return 2 * stated if device.transmon.dephasing_convention == "sigma_z" else stated


def jump_operators(device: Device, b: SparseMatrix, a: SparseMatrix) -> tuple[SparseMatrix, ...]:
    """Return the jump operators with non-zero rates, for given embedded b and a."""
    pairs = zip(jump_rates(device), _unit_jumps(b, a), strict=True)
    return tuple(sp.csr_array(sqrt(rate) * operator) for rate, operator in pairs if rate > 0)


def jump_rates(device: Device) -> tuple[float, ...]:
    """Return the rates of the five jumps, in 1/ns: a, a', b, b' and b'b."""
    kappa = angular_from_mhz(device.resonator.linewidth_MHz)
    gamma1 = rate_from_t1_us(device.transmon.t1_us)
    n_c, n_q = device.resonator.thermal_photons, device.transmon.thermal_photons
    dephasing = 2 * dephasing_rate(device)
    return kappa * (n_c + 1), kappa * n_c, gamma1 * (n_q + 1), gamma1 * n_q, dephasing


def _unit_jumps(b: SparseMatrix, a: SparseMatrix) -> tuple[SparseMatrix, ...]:
    return a, a.conj().T, b, b.conj().T, b.conj().T @ b


def linear_terms(
    levels: int, fock_levels: int
) -> tuple[tuple[SparseMatrix, ...], tuple[SparseMatrix, ...]]:
    """Return the Hamiltonians b'b and a'a and the five jumps, (D, D) each, at unit strength.

    The static part of the master equation is linear in their strengths, `linear_strengths`.
    """
    b, a = _embedded(levels, fock_levels)
    return (b.conj().T @ b, a.conj().T @ a), _unit_jumps(b, a)


def linear_strengths(device: Device) -> FloatArray:
    """Return w_q, w_c and the five jumps' rates, (7,), in rad/ns and 1/ns."""
    frequencies = device.transmon.frequency_GHz, device.resonator.frequency_GHz
    return np.array([*map(angular_from_ghz, frequencies), *jump_rates(device)])


def _modes(device: Device, fock_levels: int) -> tuple[SparseMatrix, SparseMatrix]:
    return _embedded(device.transmon.kept_levels, fock_levels)


def _embedded(levels: int, fock_levels: int) -> tuple[SparseMatrix, SparseMatrix]:
    return (
        on_transmon(lowering(levels), fock_levels),
        on_resonator(lowering(fock_levels), levels),
    )


def _static(device: Device, b: SparseMatrix, a: SparseMatrix, reference: float) -> SparseMatrix:
    transmon = angular_from_ghz(device.transmon.frequency_GHz) - reference
    resonator = angular_from_ghz(device.resonator.frequency_GHz) - reference
    anharmonicity = angular_from_ghz(device.transmon.anharmonicity_GHz)
    up_b, up_a = b.conj().T, a.conj().T
    return sp.csr_array(
        transmon * (up_b @ b) + anharmonicity / 2 * (up_b @ up_b @ b @ b) + resonator * (up_a @ a)
    )

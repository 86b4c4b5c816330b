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
from functools import cached_property, lru_cache
from math import sqrt

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.operators import FloatArray, SparseMatrix, lowering, on_resonator, on_transmon
from cqed_battery.units import angular_from_ghz, angular_from_mhz, rate_from_t1_us


@dataclass(frozen=True)
class UnitTerms:
    """What the strengths multiply, (D, D) each, no unit.

    Args:
        energies: b'b, a'a and b'b'bb/2.
        controls: what g, Re eps and Im eps multiply.
        jumps: a, a', b, b' and b'b.
    """

    energies: tuple[SparseMatrix, ...]
    controls: tuple[SparseMatrix, ...]
    jumps: tuple[SparseMatrix, ...]


@lru_cache(maxsize=8)
def unit_terms(levels: int, fock_levels: int) -> UnitTerms:
    """Return the terms of the rotating frame's master equation at unit strength.

    Args:
        levels: of the transmon, from 2.
        fock_levels: of the resonator, from 1.
    """
    b = on_transmon(lowering(levels), fock_levels)
    a = on_resonator(lowering(fock_levels), levels)
    up_b, up_a = b.conj().T, a.conj().T
    energies = (up_b @ b, up_a @ a, up_b @ up_b @ b @ b / 2)
    # [eps b' + eps* b]/2 = Re eps (b' + b)/2 + Im eps i (b' - b)/2
    controls = (up_b @ a + b @ up_a, (up_b + b) / 2, 1j * (up_b - b) / 2)
    groups = energies, controls, _unit_jumps(b, a)
    return UnitTerms(*(tuple(map(sp.csr_array, group)) for group in groups))


@dataclass(frozen=True)
class Generator:
    """Terms of the master equation on the joint space of dimension D = levels x fock_levels.

    Args:
        levels: of the transmon.
        fock_levels: of the resonator.
        strengths: those of `linear_strengths`, (8,), in rad/ns and 1/ns.
    """

    levels: int
    fock_levels: int
    strengths: FloatArray

    @property
    def dimension(self) -> int:
        """The joint space's dimension D."""
        return self.levels * self.fock_levels

    @property
    def _units(self) -> UnitTerms:
        return unit_terms(self.levels, self.fock_levels)

    @cached_property
    def static(self) -> SparseMatrix:
        """H without controls, (D, D), in rad/ns."""
        return _static(self.strengths, self._units)

    @cached_property
    def jumps(self) -> tuple[SparseMatrix, ...]:
        """The jump operators with non-zero rates, (D, D) each, in 1/sqrt(ns)."""
        return _scaled_jumps(self.strengths[3:], self._units.jumps)

    @property
    def coupling(self) -> SparseMatrix:
        """b'a + b a', which multiplies g, (D, D)."""
        return self._units.controls[0]

    @property
    def drive_real(self) -> SparseMatrix:
        """(b' + b)/2, which multiplies Re eps, (D, D)."""
        return self._units.controls[1]

    @property
    def drive_imag(self) -> SparseMatrix:
        """i (b' - b)/2, which multiplies Im eps, (D, D)."""
        return self._units.controls[2]

    def hamiltonian(self, g: float, eps: complex) -> SparseMatrix:
        """Return H (D, D) in rad/ns while the controls are held.

        Args:
            g: coupling in rad/ns.
            eps: drive envelope in rad/ns, eps = i Omega exp(-i phi).
        """
        drive = eps.real * self.drive_real + eps.imag * self.drive_imag
        return sp.csr_array(self.static + g * self.coupling + drive)


@dataclass(frozen=True)
class LabFrame:
    """The same device without the rotating-wave approximation on the drive.

    H = w_q b'b + (alpha/2) b'b'bb + w_c a'a + g C + Omega(t) sin(w_d t + phi) (b + b'), where C
    is b'a + b a', or (b + b')(a + a') with counter-rotating coupling.

    Args:
        levels: of the transmon.
        fock_levels: of the resonator.
        static: H without coupling and drive, (D, D), in rad/ns.
        coupling: C, (D, D), which multiplies g.
        drive: b + b', (D, D), which multiplies the real drive.
        jumps: jump operators, (D, D) each, in 1/sqrt(ns).
        carrier_frequency: w_d / 2 pi in GHz.
    """

    levels: int
    fock_levels: int
    static: SparseMatrix
    coupling: SparseMatrix
    drive: SparseMatrix
    jumps: tuple[SparseMatrix, ...]
    carrier_frequency: float


def rotating_frame(device: Device, fock_levels: int) -> Generator:
    """Return the terms of the master equation in the drive's rotating frame.

    Args:
        device: with its kept levels resolved to a number.
        fock_levels: n of the resonator.

    Raises:
        ExperimentError: transmon.levels is still "auto".
    """
    return Generator(
        device.transmon.kept_levels,
        fock_levels,
        linear_strengths(device, angular_from_ghz(device.drive.frequency_GHz)),
    )


def linear_strengths(device: Device, reference: float = 0.0) -> FloatArray:
    """Return w_q and w_c above a reference, alpha, and the five jumps' rates, (8,).

    In rad/ns and 1/ns. The static part of the master equation is linear in them.

    Args:
        device: any.
        reference: angular frequency of the frame, w_d, in rad/ns; 0 is the laboratory frame.
    """
    return np.array(
        [
            angular_from_ghz(device.transmon.frequency_GHz) - reference,
            angular_from_ghz(device.resonator.frequency_GHz) - reference,
            angular_from_ghz(device.transmon.anharmonicity_GHz),
            *jump_rates(device),
        ]
    )


def lab_frame(device: Device, fock_levels: int, *, counter_rotating: bool = False) -> LabFrame:
    """Return the terms in the laboratory frame, optionally with counter-rotating coupling.

    Args:
        device: with its kept levels resolved to a number.
        fock_levels: n of the resonator.
        counter_rotating: couple by (b + b')(a + a') instead of b'a + b a'.

    Raises:
        ExperimentError: transmon.levels is still "auto".
    """
    levels, units = (
        device.transmon.kept_levels,
        unit_terms(device.transmon.kept_levels, fock_levels),
    )
    strengths = linear_strengths(device)
    a, _, b, *_ = units.jumps
    position_b, position_a = b + b.conj().T, a + a.conj().T
    return LabFrame(
        levels=levels,
        fock_levels=fock_levels,
        static=_static(strengths, units),
        coupling=sp.csr_array(position_b @ position_a) if counter_rotating else units.controls[0],
        drive=sp.csr_array(position_b),
        jumps=_scaled_jumps(strengths[3:], units.jumps),
        carrier_frequency=device.drive.frequency_GHz,
    )


def _static(strengths: FloatArray, units: UnitTerms) -> SparseMatrix:
    energies = zip(strengths[:3], units.energies, strict=True)
    return sp.csr_array(sum(strength * energy for strength, energy in energies))


def drive_envelope(device: Device) -> complex:
    """Return eps = i Omega exp(-i phi) at full amplitude, in rad/ns (Zhao 2026, Eq. 5).

    Args:
        device: whose drive line counts.
    """
    rabi = angular_from_mhz(device.drive.rabi_rate_MHz)
    return complex(1j * rabi * np.exp(-1j * device.drive.phase_rad))


def dephasing_rate(device: Device) -> float:
    """Return gamma, the decay rate of the 0-1 coherence by pure dephasing, in 1/ns.

    The convention "coherence" (L = sigma_z/sqrt2, Zhao 2026, Eq. 9) makes it the stated rate,
    "sigma_z" (L = sigma_z, Eq. 16) twice that.

    Args:
        device: whose transmon counts.
    """
    stated = angular_from_mhz(device.transmon.dephasing_rate_MHz)
    return 2 * stated if device.transmon.dephasing_convention == "sigma_z" else stated


def jump_operators(device: Device, b: SparseMatrix, a: SparseMatrix) -> tuple[SparseMatrix, ...]:
    """Return the jump operators with non-zero rates, for given embedded b and a.

    Args:
        device: whose rates count.
        b: the transmon's lowering operator on any space, (N, N).
        a: the resonator's, (N, N).

    Returns:
        One operator (N, N) for each rate above 0, in 1/sqrt(ns).
    """
    return _scaled_jumps(np.array(jump_rates(device)), _unit_jumps(b, a))


def _scaled_jumps(
    rates: FloatArray, operators: tuple[SparseMatrix, ...]
) -> tuple[SparseMatrix, ...]:
    pairs = zip(rates, operators, strict=True)
    return tuple(sp.csr_array(sqrt(rate) * operator) for rate, operator in pairs if rate > 0)


def jump_rates(device: Device) -> tuple[float, ...]:
    """Return the rates of the five jumps, in 1/ns: a, a', b, b' and b'b.

    With n_c and n_q the baths' thermal occupations: kappa (n_c + 1), kappa n_c, Gamma1 (n_q + 1),
    Gamma1 n_q, and 2 gamma (Zhao 2026, Eq. 9).

    Args:
        device: whose transmon and resonator count.
    """
    kappa = angular_from_mhz(device.resonator.linewidth_MHz)
    gamma1 = rate_from_t1_us(device.transmon.t1_us)
    n_c, n_q = device.resonator.thermal_photons, device.transmon.thermal_photons
    dephasing = 2 * dephasing_rate(device)  # D[sqrt(2 gamma) b'b]: the coherence decays at gamma
    return kappa * (n_c + 1), kappa * n_c, gamma1 * (n_q + 1), gamma1 * n_q, dephasing


def _unit_jumps(b: SparseMatrix, a: SparseMatrix) -> tuple[SparseMatrix, ...]:
    return a, a.conj().T, b, b.conj().T, b.conj().T @ b

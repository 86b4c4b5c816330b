"""From a device to the terms of its master equation.

In the frame that rotates at the drive frequency, after the rotating-wave approximation
(hbar = 1, rad/ns):

    H = Dq b'b + (alpha/2) b'b'bb + Dc a'a + g (b'a + b a')
        + [eps b' + eps* b]/2 + [pump a' + pump* a]/2

with Dq = w_q - w_d, Dc = w_c - w_d, b the transmon and a the resonator. Controls move w_q and w_c,
too; a fixed coupling belongs to the device, that of a tunable coupler to the controls. The drive
of Zhao 2026, Eq. 5, Omega sin(w_d t + phi) sigma_x, is eps = i Omega exp(-i phi). Jump operators,
each with its rate inside: sqrt(kappa (n_c+1)) a, sqrt(kappa n_c) a', sqrt(Gamma1 (n_q+1)) b,
sqrt(Gamma1 n_q) b', sqrt(2 gamma) b'b (the 0-1 coherence decays at gamma; Zhao 2026, Eq. 9).
"""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import sqrt

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import FloatArray, SparseMatrix, lowering, on_resonator, on_transmon
from cqed_battery.units import angular_from_ghz, angular_from_mhz, rate_from_t1_us


@dataclass(frozen=True)
class UnitTerms:
    """What the strengths multiply, (D, D) each, no unit.

    Args:
        energies: b'b, a'a and b'b'bb/2.
        controls: what g, Re eps and Im eps multiply.
        jumps: a, a', b, b', b'b, |0><1|, |1><2| and b above level 2.
        others: what Re pump, Im pump, Re pairing and Im pairing multiply.
    """

    energies: tuple[SparseMatrix, ...]
    controls: tuple[SparseMatrix, ...]
    jumps: tuple[SparseMatrix, ...]
    others: tuple[SparseMatrix, ...]


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
    pairs = up_b @ up_a
    others = (
        (up_a + a) / 2,
        1j * (up_a - a) / 2,
        pairs + pairs.conj().T,
        1j * (pairs - pairs.conj().T),
    )
    groups = energies, controls, _unit_jumps(b, a), others
    return UnitTerms(*(tuple(map(sp.csr_array, group)) for group in groups))


@dataclass(frozen=True)
class Generator:
    """Terms of the master equation on the joint space of dimension D = levels x fock_levels.

    Args:
        levels: of the transmon.
        fock_levels: of the resonator.
        strengths: those of `linear_strengths`, (12,), in rad/ns and 1/ns.
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
        """H without controls, (D, D), in rad/ns; a fixed coupling is in it."""
        alone = static_part(self.strengths, self._units)
        return sp.csr_array(alone + self.strengths[-1] * self._units.controls[0])

    @cached_property
    def jumps(self) -> tuple[SparseMatrix, ...]:
        """The jump operators with non-zero rates, (D, D) each, in 1/sqrt(ns)."""
        return scaled_jumps(self.strengths[3:-1], self._units.jumps)

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

    @property
    def control_operators(self) -> tuple[SparseMatrix, ...]:
        """What `control_values` multiply, (D, D) each."""
        units = self._units
        return *units.controls, *units.energies[:2], *units.others[:2]

    def hamiltonian(self, controls: Controls) -> SparseMatrix:
        """Return H (D, D) in rad/ns while controls are held.

        Args:
            controls: in rad/ns; their counter-rotating parts do not enter.
        """
        pairs = zip(control_values(controls), self.control_operators, strict=True)
        return sp.csr_array(sum((value * part for value, part in pairs), start=self.static))


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
    """Return w_q and w_c above a reference, alpha, the eight jumps' rates and a fixed g, (12,).

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
            angular_from_mhz(device.coupler.fixed_MHz),
        ]
    )


def control_values(controls: Controls) -> tuple[float, ...]:
    """Return g, Re eps, Im eps, the moves of w_q and w_c, Re pump and Im pump, (7,), in rad/ns.

    Args:
        controls: their counter-rotating parts do not enter.
    """
    eps, pump = complex(controls.eps), complex(controls.pump)
    moves = (controls.transmon, controls.resonator)
    return controls.g, eps.real, eps.imag, *moves, pump.real, pump.imag


def static_part(strengths: FloatArray, units: UnitTerms) -> SparseMatrix:
    """Return the energies at their strengths, (D, D), in rad/ns, without any coupling.

    Args:
        strengths: those of `linear_strengths`.
        units: what they multiply.
    """
    energies = zip(strengths[:3], units.energies, strict=True)
    return sp.csr_array(sum(strength * energy for strength, energy in energies))


def drive_envelope(device: Device) -> complex:
    """Return eps = i Omega exp(-i phi) at full amplitude, in rad/ns (Zhao 2026, Eq. 5).

    Args:
        device: whose drive line counts.
    """
    rabi = angular_from_mhz(device.drive.rabi_rate_MHz)
    return complex(1j * rabi * np.exp(-1j * device.drive.phase_rad))


def driven(device: Device, bias: Controls, envelope: complex) -> Controls:
    """Return controls under an envelope, on what the file says is driven.

    Args:
        device: whose drive line counts (`drive.target`).
        bias: coupling and moves of the frequencies, in rad/ns.
        envelope: eps, or where the resonator alone is driven its pump, in rad/ns.
    """
    drive = device.drive
    if drive.target == "transmon":
        return replace(bias, eps=envelope)
    if drive.target == "resonator":
        return replace(bias, pump=envelope)
    other = drive.resonator_ratio * np.exp(-1j * drive.resonator_phase_rad)
    return replace(bias, eps=envelope, pump=complex(envelope * other))


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
    return scaled_jumps(np.array(jump_rates(device)), _unit_jumps(b, a))


def scaled_jumps(
    rates: FloatArray, operators: tuple[SparseMatrix, ...]
) -> tuple[SparseMatrix, ...]:
    """Return the jump operators with rates above 0, rates inside, in 1/sqrt(ns).

    Args:
        rates: of each operator, in 1/ns.
        operators: at unit rate, (N, N) each.
    """
    pairs = zip(rates, operators, strict=True)
    return tuple(sp.csr_array(sqrt(rate) * operator) for rate, operator in pairs if rate > 0)


def jump_rates(device: Device) -> tuple[float, ...]:
    """Return the rates of the eight jumps, in 1/ns: a, a', b, b', b'b and the single levels.

    With n_c and n_q the baths' thermal occupations: kappa (n_c + 1), kappa n_c, Gamma1 (n_q + 1),
    Gamma1 n_q, and 2 gamma (Zhao 2026, Eq. 9). Where level 2 has a lifetime of its own, each
    transition decays by itself in place of b: what b feeds from the 1-2 into the 0-1 coherence
    turns with the anharmonicity and averages out.

    Args:
        device: whose transmon and resonator count.
    """
    kappa = angular_from_mhz(device.resonator.linewidth_MHz)
    gamma1 = rate_from_t1_us(device.transmon.t1_us)
    n_c, n_q = device.resonator.thermal_photons, device.transmon.thermal_photons
    dephasing = 2 * dephasing_rate(device)  # D[sqrt(2 gamma) b'b]: the coherence decays at gamma
    down, second = gamma1 * (n_q + 1), device.transmon.t1_level2_us
    single = (0.0, 0.0, 0.0)
    if second is not None:
        single, down = (down, rate_from_t1_us(second) * (n_q + 1), down), 0.0
    return kappa * (n_c + 1), kappa * n_c, down, gamma1 * n_q, dephasing, *single


def _unit_jumps(b: SparseMatrix, a: SparseMatrix) -> tuple[SparseMatrix, ...]:
    number = b.conj().T @ b
    level = np.round(number.diagonal().real)
    first, second, above = (
        b @ sp.diags_array(chosen.astype(complex)) for chosen in (level == 1, level == 2, level > 2)
    )
    single = (first, second / sqrt(2), above)
    return a, a.conj().T, b, b.conj().T, number, *(sp.csr_array(part) for part in single)

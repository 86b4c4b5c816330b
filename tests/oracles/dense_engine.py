"""A dense matrix-exponential engine of the driven transmon and its resonator.

The frame rotates at the drive's frequency.  The resonator is the first tensor factor and the
transmon the second, so the basis state (n photons, level k) has index n * levels + k, and
matrices are stacked row by row: vec(A rho B) = kron(A, B^T) vec(rho).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from .conversions import boltzmann_ratio, bose_number, decay_rate, ghz, mhz

Matrix = NDArray[np.complexfloating[Any, Any]]
Segment = tuple[float, float, complex]
"""(duration in ns, coupling g in rad/ns, complex drive eps in rad/ns), all constant."""

_DEPHASING_PER_CONVENTION = {"coherence": 1.0, "sigma_z": 2.0}


@dataclass(frozen=True, kw_only=True)
class DenseDevice:
    """The device's constants; frequencies are cyclic, the transmon bath is set by p or by T.

    ``residual_excitation`` p fixes the ratio r = p / (1 - p) of neighbouring level populations;
    ``transmon_temperature_mK``, when given, takes its place.
    """

    transmon_frequency_GHz: float = 5.0
    anharmonicity_GHz: float = -0.25
    levels: int = 3
    t1_us: float = 50.0
    dephasing_rate_MHz: float = 0.1
    dephasing_convention: Literal["coherence", "sigma_z"] = "coherence"
    residual_excitation: float = 0.01
    transmon_temperature_mK: float | None = None
    resonator_frequency_GHz: float = 5.0
    linewidth_MHz: float = 1.0
    resonator_temperature_mK: float = 10.0
    fock_levels: int = 10
    drive_frequency_GHz: float = 5.0

    @property
    def dimension(self) -> int:
        """Dimension of the Hilbert space, levels * fock_levels."""
        return self.levels * self.fock_levels

    @property
    def transmon_bath_number(self) -> float:
        """Mean number n_q of the transmon's bath."""
        if self.transmon_temperature_mK is None:
            return bose_number(self.residual_excitation / (1.0 - self.residual_excitation))
        ratio = boltzmann_ratio(self.transmon_frequency_GHz, self.transmon_temperature_mK)
        return bose_number(ratio)

    @property
    def resonator_bath_number(self) -> float:
        """Mean number n_c of the resonator's bath."""
        ratio = boltzmann_ratio(self.resonator_frequency_GHz, self.resonator_temperature_mK)
        return bose_number(ratio)

    @property
    def coherence_decay_rate(self) -> float:
        """Rate in rad/ns at which pure dephasing alone shrinks the 0-1 coherence."""
        return _DEPHASING_PER_CONVENTION[self.dephasing_convention] * mhz(self.dephasing_rate_MHz)

    def sections(self) -> dict[str, dict[str, Any]]:
        """The same constants under the section and key names of an experiment file."""
        bath: dict[str, float] = {"residual_excitation": self.residual_excitation}
        if self.transmon_temperature_mK is not None:
            bath = {"temperature_mK": self.transmon_temperature_mK}
        return {
            "transmon": {
                "frequency_GHz": self.transmon_frequency_GHz,
                "anharmonicity_GHz": self.anharmonicity_GHz,
                "levels": self.levels,
                "t1_us": self.t1_us,
                "dephasing_rate_MHz": self.dephasing_rate_MHz,
                "dephasing_convention": self.dephasing_convention,
                **bath,
            },
            "resonator": {
                "frequency_GHz": self.resonator_frequency_GHz,
                "linewidth_MHz": self.linewidth_MHz,
                "fock_levels": self.fock_levels,
                "temperature_mK": self.resonator_temperature_mK,
            },
            "drive": {"frequency_GHz": self.drive_frequency_GHz},
        }


def lowering(size: int) -> Matrix:
    """Truncated annihilation operator with <k-1| . |k> = sqrt(k)."""
    return np.diag(np.sqrt(np.arange(1.0, size)), k=1).astype(complex)


@lru_cache(maxsize=64)
def transmon_lowering(device: DenseDevice) -> Matrix:
    """b on the whole space."""
    return np.kron(np.eye(device.fock_levels), lowering(device.levels))


@lru_cache(maxsize=64)
def resonator_lowering(device: DenseDevice) -> Matrix:
    """a on the whole space."""
    return np.kron(lowering(device.fock_levels), np.eye(device.levels))


def hamiltonian(device: DenseDevice, g: float, eps: complex) -> Matrix:
    """H = Dq b+b + (alpha/2) b+b+bb + Dc a+a + g (b+a + b a+) + (eps b+ + eps* b) / 2, rad/ns."""
    b, a = transmon_lowering(device), resonator_lowering(device)
    bd, ad = b.conj().T, a.conj().T
    detuning_q = ghz(device.transmon_frequency_GHz - device.drive_frequency_GHz)
    detuning_c = ghz(device.resonator_frequency_GHz - device.drive_frequency_GHz)
    bare = detuning_q * bd @ b + 0.5 * ghz(device.anharmonicity_GHz) * bd @ bd @ b @ b
    exchange = g * (bd @ a + b @ ad)
    return bare + detuning_c * ad @ a + exchange + 0.5 * (eps * bd + np.conj(eps) * b)


@lru_cache(maxsize=64)
def jump_operators(device: DenseDevice) -> tuple[Matrix, ...]:
    """Jump operators with their rates inside: two of the resonator, three of the transmon."""
    b, a = transmon_lowering(device), resonator_lowering(device)
    bd, ad = b.conj().T, a.conj().T
    kappa, gamma1 = mhz(device.linewidth_MHz), decay_rate(device.t1_us)
    n_c, n_q = device.resonator_bath_number, device.transmon_bath_number
    return (
        np.sqrt(kappa * (n_c + 1.0)) * a,
        np.sqrt(kappa * n_c) * ad,
        np.sqrt(gamma1 * (n_q + 1.0)) * b,
        np.sqrt(gamma1 * n_q) * bd,
        np.sqrt(2.0 * device.coherence_decay_rate) * bd @ b,
    )


@lru_cache(maxsize=16)
def _dissipator(device: DenseDevice) -> Matrix:
    one = np.eye(device.dimension)
    total = np.zeros((device.dimension**2,) * 2, dtype=complex)
    for jump in jump_operators(device):
        loss = jump.conj().T @ jump
        total += np.kron(jump, jump.conj()) - 0.5 * (np.kron(loss, one) + np.kron(one, loss.T))
    return total


def liouvillian(device: DenseDevice, g: float, eps: complex) -> Matrix:
    """Generator L of d vec(rho)/dt = L vec(rho), shape (D^2, D^2), in 1/ns, rows stacked."""
    h = hamiltonian(device, g, eps)
    one = np.eye(device.dimension)
    return -1j * (np.kron(h, one) - np.kron(one, h.T)) + _dissipator(device)


def propagate(device: DenseDevice, rho0: Matrix, segments: Iterable[Segment]) -> Matrix:
    """States at the start and at every segment's end, shape (segments + 1, D, D)."""
    maps: dict[Segment, Matrix] = {}
    states = [np.asarray(rho0, dtype=complex)]
    for segment in segments:
        if segment not in maps:
            duration, g, eps = segment
            maps[segment] = expm(duration * liouvillian(device, g, eps))
        states.append((maps[segment] @ states[-1].reshape(-1)).reshape(rho0.shape))
    return np.array(states)


def time_integrals(device: DenseDevice, rho0: Matrix, segments: Iterable[Segment]) -> Matrix:
    """integral_0^t rho ds at the start and at every segment's end, shape (segments + 1, D, D).

    The exponential of [[L, vec(rho)], [0, 0]] t holds the integral in its last column.
    """
    size = device.dimension**2
    vector = np.asarray(rho0, dtype=complex).reshape(-1)
    total = np.zeros(size, dtype=complex)
    integrals = [total]
    for duration, g, eps in segments:
        block = np.zeros((size + 1, size + 1), dtype=complex)
        block[:size, :size] = liouvillian(device, g, eps)
        block[:size, size] = vector
        whole = expm(duration * block)
        total = total + whole[:size, size]
        vector = whole[:size, :size] @ vector
        integrals.append(total)
    return np.array(integrals).reshape(-1, *rho0.shape)


def steady_state(device: DenseDevice, g: float, eps: complex) -> Matrix:
    """The state with L rho = 0 and unit trace (one row of L is replaced by the trace)."""
    system = liouvillian(device, g, eps)
    system[0] = np.eye(device.dimension).reshape(-1)
    right = np.zeros(device.dimension**2, dtype=complex)
    right[0] = 1.0
    return np.linalg.solve(system, right).reshape((device.dimension,) * 2)

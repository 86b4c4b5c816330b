"""States of the dense engine and what is read from them.

Every reading accepts a stack of density matrices of shape (..., D, D) and answers with shape
(...) or (..., components).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dense_engine import (
    DenseDevice,
    Matrix,
    resonator_lowering,
    transmon_lowering,
)

Reals = NDArray[np.floating[Any]]


def number_state(size: int, quanta: int) -> Matrix:
    """|quanta><quanta| in ``size`` levels."""
    rho = np.zeros((size, size), dtype=complex)
    rho[quanta, quanta] = 1.0
    return rho


def boltzmann_state(size: int, ratio: float) -> Matrix:
    """Diagonal state whose neighbouring populations stand in the given ratio."""
    weights = ratio ** np.arange(size)
    return np.diag(weights / weights.sum()).astype(complex)


def coherent_state(size: int, amplitude: complex) -> Matrix:
    """Truncated and renormalised coherent state as a density matrix."""
    ratios = amplitude / np.sqrt(np.arange(1.0, size))
    ket = np.concatenate(([1.0 + 0.0j], np.cumprod(ratios)))
    ket /= np.linalg.norm(ket)
    return np.outer(ket, ket.conj())


def product_state(transmon: Matrix, resonator: Matrix) -> Matrix:
    """The uncorrelated state of both, in this engine's order (resonator first)."""
    return np.kron(resonator, transmon)


def ground_state(device: DenseDevice) -> Matrix:
    """Empty battery, empty resonator."""
    return number_state(device.dimension, 0)


def to_transmon_first(device: DenseDevice, rho: Matrix) -> Matrix:
    """The same states with index k * fock_levels + n instead of n * levels + k."""
    split = _split(device, rho)
    return np.einsum("...mjnk->...jmkn", split).reshape(rho.shape)


def from_transmon_first(device: DenseDevice, rho: Matrix) -> Matrix:
    """Inverse of ``to_transmon_first``."""
    shape = (device.levels, device.fock_levels) * 2
    split = rho.reshape(*rho.shape[:-2], *shape)
    return np.einsum("...jmkn->...mjnk", split).reshape(rho.shape)


def transmon_state(device: DenseDevice, rho: Matrix) -> Matrix:
    """Reduced state of the transmon, shape (..., levels, levels)."""
    return np.einsum("...njnk->...jk", _split(device, rho))


def resonator_state(device: DenseDevice, rho: Matrix) -> Matrix:
    """Reduced state of the resonator, shape (..., fock_levels, fock_levels)."""
    return np.einsum("...mjnj->...mn", _split(device, rho))


def bloch(device: DenseDevice, rho: Matrix) -> Reals:
    """(x, y, z) on levels 0 and 1, with z = P(1) - P(0) and x + iy = 2 rho_01, shape (..., 3)."""
    qubit = transmon_state(device, rho)
    coherence = 2.0 * qubit[..., 0, 1]
    z = (qubit[..., 1, 1] - qubit[..., 0, 0]).real
    return np.stack([coherence.real, coherence.imag, z], axis=-1)


def level_populations(device: DenseDevice, rho: Matrix) -> Reals:
    """Populations of the transmon's levels, shape (..., levels)."""
    return np.diagonal(transmon_state(device, rho), axis1=-2, axis2=-1).real


def fock_populations(device: DenseDevice, rho: Matrix) -> Reals:
    """Populations of the resonator's photon numbers, shape (..., fock_levels)."""
    return np.diagonal(resonator_state(device, rho), axis1=-2, axis2=-1).real


def photon_number(device: DenseDevice, rho: Matrix) -> Reals:
    """Mean photon number of the resonator."""
    return fock_populations(device, rho) @ np.arange(device.fock_levels)


def vacuum_population(device: DenseDevice, rho: Matrix) -> Reals:
    """Vacuum fidelity of the resonator, <0| rho_C |0>."""
    return fock_populations(device, rho)[..., 0]


def ladder_means(device: DenseDevice, rho: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Complex means <b>, <a> and <b+ a>; with all levels, <b> is not (x - iy)/2."""
    b, a = transmon_lowering(device), resonator_lowering(device)
    means = [np.einsum("...ij,ji->...", rho, op) for op in (b, a, b.conj().T @ a)]
    return means[0], means[1], means[2]


def _split(device: DenseDevice, rho: Matrix) -> Matrix:
    shape = (device.fock_levels, device.levels) * 2
    return rho.reshape(*rho.shape[:-2], *shape)

"""Coupled, driven and damped oscillators by their first and second moments, exactly.

For H = sum h_ij a_i' a_j + sum (f_i a_i' + h.c.) and baths with rates kappa_i and occupations n_i,
a Gaussian state stays one. With A = -(i h + kappa/2), means d_i = <a_i>, and the fluctuations
N_ij = <a_i' a_j> - d_i* d_j and M_ij = <a_i a_j> - d_i d_j,

    d' = A d - i f,   N' = A* N + N A^T + diag(kappa n),   M' = A M + M A^T

(Rodriguez et al., Eqs. B1-B9 with the signs that follow from the master equation, Eq. 15).
"""

from dataclasses import dataclass

import numpy as np

from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory.master import dense_steps


@dataclass(frozen=True, kw_only=True)
class Oscillators:
    """k oscillators in the frame of their drive; energies and rates in one unit.

    Args:
        hamiltonian: h, (k, k), Hermitian.
        drive: f, (k,).
        rates: kappa, (k,), such that the amplitude decays at half of it.
        occupations: of the baths, (k,).
    """

    hamiltonian: ComplexArray
    drive: ComplexArray
    rates: FloatArray
    occupations: FloatArray

    @property
    def generator(self) -> ComplexArray:
        """A of d' = A d - i f, (k, k)."""
        return np.asarray(-1j * self.hamiltonian - np.diag(self.rates) / 2)


@dataclass(frozen=True)
class Moments:
    """Means and fluctuations of k oscillators, for any leading shape.

    Args:
        mean: d, (..., k).
        number: N, (..., k, k).
        anomalous: M, (..., k, k).
    """

    mean: ComplexArray
    number: ComplexArray
    anomalous: ComplexArray

    def energies(self) -> FloatArray:
        """Return the photon numbers <a_i' a_i>, (..., k)."""
        thermal = np.diagonal(self.number, axis1=-2, axis2=-1).real
        return np.asarray(np.abs(self.mean) ** 2 + thermal)

    def ergotropies(self) -> FloatArray:
        """Return the ergotropy of each oscillator alone, in quanta, (..., k)."""
        thermal = np.diagonal(self.number, axis1=-2, axis2=-1).real
        squeezing = np.diagonal(self.anomalous, axis1=-2, axis2=-1)
        return ergotropy(self.mean, thermal, squeezing)

    def covariances(self) -> FloatArray:
        """Return the covariance matrices of (x_1, p_1, x_2, ...), (..., 2k, 2k).

        x = (a + a')/sqrt2, p = (a - a')/(i sqrt2); the vacuum has 1/2 on the diagonal.
        """
        count = self.mean.shape[-1]
        plain, squeezed = self.number + np.eye(count) / 2, self.anomalous
        blocks = np.empty((*self.mean.shape[:-1], count, 2, count, 2))
        blocks[..., 0, :, 0] = (plain + squeezed).real
        blocks[..., 1, :, 1] = (plain - squeezed).real
        blocks[..., 0, :, 1] = (plain + squeezed).imag
        blocks[..., 1, :, 0] = (squeezed - plain).imag
        return blocks.reshape(*self.mean.shape[:-1], 2 * count, 2 * count)


def ergotropy(mean: ComplexArray, thermal: FloatArray, squeezing: ComplexArray) -> FloatArray:
    """Return the ergotropy of one-mode Gaussian states, in quanta, any shape.

    The passive state is thermal with the same symplectic eigenvalue nu of the covariances:
    |d|^2 + n + 1/2 - nu, nu^2 = (n + 1/2)^2 - |m|^2, with n = <a'a> - |d|^2, m = <a a> - d^2.

    Args:
        mean: d, (...).
        thermal: n, (...), real and >= 0.
        squeezing: m, (...), with |m|^2 <= n (n + 1).

    >>> float(ergotropy(np.array(2j), np.array(1.0), np.array(0.0)))
    4.0
    """
    passive = np.sqrt((thermal + 0.5) ** 2 - np.abs(squeezing) ** 2)
    return np.asarray(np.abs(mean) ** 2 + thermal + 0.5 - passive)


def vacuum(modes: int) -> Moments:
    """Return the moments of the vacuum of that many oscillators.

    Args:
        modes: k, from 1.
    """
    nothing = np.zeros((modes, modes), dtype=complex)
    return Moments(np.zeros(modes, dtype=complex), nothing, nothing.copy())


def evolve(system: Oscillators, start: Moments, times: FloatArray) -> Moments:
    """Return the moments at increasing times >= 0, with the times as their first axis.

    By exponentials of the linear equations: exact at any distance of the times, whose unit is
    the inverse of the system's.

    Args:
        system: of k oscillators.
        start: its moments at time 0, with no leading axes.
        times: (T,).
    """
    generator, one = system.generator, np.eye(len(system.drive), dtype=complex)
    # N' = A* N + N A^T on row-stacked matrices, where vec(A X B) = (A kron B^T) vec(X).
    growth = np.kron(generator.conj(), one) + np.kron(one, generator)
    noise = np.diag(system.rates * system.occupations).ravel()
    mean = _driven(generator, -1j * system.drive, start.mean, times)
    number = _driven(growth, noise, start.number.ravel(), times)
    free = dense_steps(generator, one, times)
    anomalous = free @ start.anomalous @ np.swapaxes(free, -1, -2)
    return Moments(mean, number.reshape(free.shape), anomalous)


def _driven(
    matrix: ComplexArray,
    constant: ComplexArray | FloatArray,
    start: ComplexArray,
    times: FloatArray,
) -> ComplexArray:
    """Return x of x' = matrix x + constant at the times, by exponentials on (x, 1)."""
    whole = np.zeros((len(start) + 1,) * 2, dtype=complex)
    whole[:-1, :-1], whole[:-1, -1] = matrix, constant
    return dense_steps(whole, np.append(start, 1.0), times)[:, :-1]

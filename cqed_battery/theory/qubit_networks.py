"""Qubits and spins under jumps that each raise or lower one excitation: limits of long times.

Between states of equal excitation number the master equation is closed, and the battery's
population lives there. Several steady states may exist (dark states of a collective jump); the
limit then depends on the start, and the range of all limits is the spectrum of a conserved
operator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.linalg import svd

from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import ComplexArray, FloatArray, IntArray, SparseMatrix
from cqed_battery.theory.master import dense_steps, lindblad

# Singular values relative to the largest: below the first they are zero up to rounding, above the
# second clearly not; in between nobody can say.
_ZERO, _CLEAR = 1e-13, 1e-10
_LOWERING = sp.csr_array(np.array([[0, 1], [0, 0]], dtype=complex))  # |0><1|


@dataclass(frozen=True)
class Limit:
    """What a start tends to at long times, and the range over all starts.

    Args:
        state: the limit, (D, D).
        excitation: population of the battery's upper level in it, 0 to 1.
        dimension: number of independent steady states that conserve the charge.
        lowest: the smallest excitation over all starts; some start reaches it.
        highest: the largest one.
    """

    state: ComplexArray
    excitation: float
    dimension: int
    lowest: float
    highest: float


@dataclass(frozen=True)
class Network:
    """Qubits, or a qubit and a spin, with the number of excitations of each basis state.

    Args:
        hamiltonian: (D, D).
        jumps: (D, D) each, rates inside.
        battery: projector on the battery's upper level, (D, D).
        charges: number of excitations of each basis state, (D,).
    """

    hamiltonian: SparseMatrix
    jumps: tuple[SparseMatrix, ...]
    battery: ComplexArray
    charges: IntArray

    @cached_property
    def matrix(self) -> FloatArray:
        """The real master equation among states of equal charge, (K, K)."""
        full = sp.csr_array(lindblad(self.hamiltonian, self.jumps))
        return full[self._kept][:, self._kept].toarray()

    @cached_property
    def _kept(self) -> IntArray:
        rows, columns = np.triu_indices(len(self.charges), k=1)
        same = self.charges[rows] == self.charges[columns]
        return np.flatnonzero(np.concatenate([np.ones(len(self.charges), bool), same, same]))

    def limit(self, start: ComplexArray) -> Limit:
        """Return the limit of long times from a start (D, D), and the range over all starts.

        With right and left null vectors R and K of the master equation, rho = R (K'R)^-1 K' rho_0
        and the battery's projector tends to K (R'K)^-1 R' e, whose extreme eigenvalues bound it.

        Args:
            start: density matrix, (D, D).

        Raises:
            CqedBatteryError: some mode decays too slowly to be told from a steady state.
        """
        left, values, right = svd(self.matrix)
        nulls = _count_nulls(values)
        kernel, conserved = right[-nulls:].T, left[:, -nulls:]
        overlap = conserved.T @ kernel
        state = kernel @ np.linalg.solve(overlap, conserved.T @ self._pack(start))
        projector = conserved @ np.linalg.solve(overlap.T, kernel.T @ self._pack(self.battery))
        range_ = np.linalg.eigvalsh(self._unpack(projector))
        excitation = float(state @ self._pack(self.battery))
        return Limit(self._unpack(state), excitation, nulls, float(range_[0]), float(range_[-1]))

    def excitations(self, start: ComplexArray, times: FloatArray) -> FloatArray:
        """Return the battery's excitation (T,) at increasing times >= 0 from a start (D, D).

        Args:
            start: density matrix, (D, D).
            times: in the inverse unit of the rates, (T,).
        """
        return dense_steps(self.matrix, self._pack(start), times) @ self._pack(self.battery)

    def _pack(self, matrix: ComplexArray) -> FloatArray:
        return to_real(np.asarray(matrix, dtype=complex))[self._kept]

    def _unpack(self, vector: FloatArray) -> ComplexArray:
        whole = np.zeros(len(self.charges) ** 2)
        whole[self._kept] = vector
        return from_real(whole)


def _count_nulls(values: FloatArray) -> int:
    relative = values / max(float(values[0]), np.finfo(float).tiny)
    if np.any((relative > _ZERO) & (relative < _CLEAR)):
        raise CqedBatteryError(
            "the slowest relaxation cannot be told from none at all: change the coupling, the "
            "temperature or the chemical potential"
        )
    return int(np.count_nonzero(relative <= _ZERO))


def qubit_network(
    qubits: int,
    links: Sequence[tuple[int, int]],
    coupling: float,
    rates: Sequence[tuple[float, float]],
    *,
    collective: bool = False,
) -> Network:
    """Return N qubits with exchange J (s+ s- + s- s+) on the links; qubit 0 is the battery.

    Args:
        qubits: N; the space has 2^N states.
        links: pairs of qubits that exchange excitations.
        coupling: J, in the unit of the rates.
        rates: at which a reservoir lowers and raises: one pair for each qubit, or one for all.
        collective: the only reservoir acts on the sum of all s-.

    A common splitting commutes with all that is kept and is left out.
    """
    lowerings = [_site(_LOWERING, site, qubits) for site in range(qubits)]
    zero = sp.csr_array((2**qubits, 2**qubits), dtype=complex)
    hops = sum((lowerings[a].conj().T @ lowerings[b] for a, b in links), start=zero)
    reached = [sum(lowerings, start=zero)] if collective else lowerings
    jumps = _jumps(reached, rates)
    battery = (lowerings[0].conj().T @ lowerings[0]).toarray()
    charges = np.array([state.bit_count() for state in range(2**qubits)])
    return Network(sp.csr_array(coupling * (hops + hops.conj().T)), jumps, battery, charges)


def spin_star(spin_doubled: int, coupling: float, rates: tuple[float, float]) -> Network:
    """Return a battery coupled to one spin j, both in one collective reservoir.

    A star's outer qubits enter only by their sum, so that their total spin j is conserved; this
    is one value of it. H = J (s+ S- + s- S+), jumps on s- + S-.

    Args:
        spin_doubled: 2 j, from 0.
        coupling: J, in the unit of the rates.
        rates: at which the reservoir lowers and raises.
    """
    size, j = spin_doubled + 1, spin_doubled / 2
    m = np.arange(size)[1:] - j
    spin = sp.csr_array(sp.diags_array(np.sqrt(j * (j + 1) - m * (m - 1) + 0j), offsets=1))
    spin = spin if size > 1 else sp.csr_array((1, 1), dtype=complex)
    qubit = sp.csr_array(sp.kron(_LOWERING, sp.eye_array(size)))
    outer = sp.csr_array(sp.kron(sp.eye_array(2), spin))
    hop = coupling * (qubit.conj().T @ outer)
    charges = np.add.outer(np.arange(2), np.arange(size)).ravel()
    battery = (qubit.conj().T @ qubit).toarray()
    return Network(
        sp.csr_array(hop + hop.conj().T), _jumps([qubit + outer], [rates]), battery, charges
    )


def _site(operator: SparseMatrix, site: int, qubits: int) -> SparseMatrix:
    before, after = sp.eye_array(2**site), sp.eye_array(2 ** (qubits - site - 1))
    return sp.csr_array(sp.kron(sp.kron(before, operator), after))


def _jumps(
    lowerings: Sequence[SparseMatrix], rates: Sequence[tuple[float, float]]
) -> tuple[SparseMatrix, ...]:
    pairs = zip(lowerings, rates, strict=True)
    return tuple(
        sp.csr_array(np.sqrt(rate) * jump)
        for lower, (down, up) in pairs
        for rate, jump in ((down, lower), (up, lower.conj().T))
    )

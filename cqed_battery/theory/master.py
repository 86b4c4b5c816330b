"""Master equations with constant matrices: evolution and steady states.

A matrix acts on Hermitian matrices as real vectors (`cqed_battery.dynamics.hermitian`), whoever
made it: Lindblad operators through qiskit-dynamics, Redfield's tensor, or a symmetric subspace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import expm, null_space

from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.qiskit_models import lindblad_parts
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix

Number = TypeVar("Number", np.float64, np.complex128)

_SMALL = 300  # D^2 up to which a dense exponential is quicker than the series
_ZERO = 1e-10  # singular values below this, relative to the largest, belong to steady states


def lindblad(hamiltonian: SparseMatrix, jumps: Sequence[SparseMatrix]) -> SparseMatrix:
    """Return L of d rho/dt = L rho, real (D^2, D^2), on Hermitian matrices as real vectors.

    Args:
        hamiltonian: constant, (D, D).
        jumps: (D, D) each, the square root of the rate inside, in the unit of H.
    """
    return lindblad_parts(sp.csr_array(hamiltonian), (), [sp.csr_array(jump) for jump in jumps])[0]


def spectrum_bounds(
    hamiltonian: SparseMatrix, jumps: Sequence[SparseMatrix]
) -> tuple[float, float]:
    """Return bounds on |Im| and -Re of the eigenvalues of `lindblad`, as `evolve` wants them.

    Args:
        hamiltonian: (D, D).
        jumps: (D, D) each, rates inside.
    """
    energies = np.linalg.eigvalsh(sp.csr_array(hamiltonian).toarray())
    losses = sum((jump.conj().T @ jump for jump in jumps), start=0 * hamiltonian)
    loss = float(abs(losses).sum(axis=0).max())
    return float(energies[-1] - energies[0]) + loss, 2 * loss


def evolve(
    matrix: SparseMatrix,
    state: ComplexArray,
    times: FloatArray,
    *,
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-12,
) -> ComplexArray:
    """Return the states (T, D, D) at increasing times >= 0 of a start (D, D).

    Args:
        matrix: real (D^2, D^2) on Hermitian matrices as real vectors.
        state: the state at time 0.
        times: increasing, in the inverse unit of the matrix.
        bounds: on |Im| and -Re of the matrix' eigenvalues; by default from its largest
            column sum, which is safe and may be slow.
        tolerance: on the truncation of the series, relative to the start.

    Small matrices are exponentiated densely, larger ones act by a Chebyshev series.
    """
    vector, times = to_real(np.asarray(state)), np.asarray(times, dtype=float)
    if matrix.shape[0] <= _SMALL:
        return from_real(dense_steps(matrix.toarray(), vector, times))
    if bounds is None:
        bounds = (float(abs(matrix).sum(axis=0).max()),) * 2
    states = np.empty((len(times), len(vector)))
    states[times == 0.0] = vector
    done = int(np.count_nonzero(times == 0.0))
    for step in chebyshev.steps(matrix, bounds, vector, times[done:], times[-1], tolerance):
        inside = len(step.table) - 1
        states[done : done + inside] = np.tensordot(step.table[:-1], step.phi, axes=1)
        done += inside
    return from_real(states)


def dense_steps(
    matrix: NDArray[Number], vector: NDArray[Number], times: FloatArray
) -> NDArray[Number]:
    """Return x (T, K) of x' = matrix x at increasing times >= 0; equal steps share exponentials.

    Args:
        matrix: (K, K), real or complex.
        vector: x at time 0, (K,), or several of them as columns, (K, M).
        times: in the inverse unit of the matrix, (T,).
    """
    states = np.empty((len(times), *vector.shape), dtype=vector.dtype)
    steps = {}
    for row, gap in enumerate(np.diff(times, prepend=0.0)):
        key = float(np.round(gap, 12))  # gaps of an even grid differ by rounding
        if key not in steps:
            steps[key] = expm(matrix * gap)
        vector = steps[key] @ vector
        states[row] = vector
    return states


@dataclass(frozen=True)
class SteadyStates:
    """The steady state reached from a start, and how many there are.

    Args:
        state: the one that the given start tends to, (D, D).
        dimension: of the null space; 1 if the steady state is unique.
    """

    state: ComplexArray
    dimension: int


def steady_states(matrix: SparseMatrix, start: ComplexArray) -> SteadyStates:
    """Return the steady state that a start (D, D) tends to, and how many there are.

    The start is projected on the null space along the decaying modes: with right and left null
    vectors R and K (conserved quantities), rho = R (K R)^-1 K rho_0. Dense: for D^2 <= 3000.

    Args:
        matrix: real, (D^2, D^2).
        start: (D, D).

    Raises:
        ArithmeticError: conserved quantities and steady states do not match, so that the long
            time limit does not exist (a purely imaginary eigenvalue does not hinder it).
    """
    dense = matrix.toarray()
    right, left = null_space(dense, rcond=_ZERO), null_space(dense.T, rcond=_ZERO)
    if right.shape != left.shape or np.linalg.cond(left.T @ right) > 1 / _ZERO:
        raise ArithmeticError("the master equation's null space has no complement that decays")
    vector = right @ np.linalg.solve(left.T @ right, left.T @ to_real(np.asarray(start)))
    return SteadyStates(from_real(vector), right.shape[1])

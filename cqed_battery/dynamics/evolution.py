"""Forward states and backward measurement operators of the driven device.

The master equation's matrix is real, on Hermitian matrices (`qiskit_models`). Where the controls
are constant its exponential is applied by a Chebyshev series, exactly to a stated tolerance;
qiskit-dynamics' own ODE solvers stay selectable.
"""

from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.generator import (
    Generator,
    unit_terms,
)
from cqed_battery.dynamics.qiskit_models import other_parts, unit_parts
from cqed_battery.dynamics.sparse import aligned, with_data, without_zeros
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.operators import FloatArray, SparseMatrix

_MOST_KEPT = 2e7  # matrix elements (160 MB) kept for controls that come again


class Liouvillian:
    """The master equation's matrix L(controls) on Hermitian matrices as real vectors (D^2,).

    L is real, (D^2, D^2), in 1/ns, and linear in the controls; its parts are read off a
    vectorised `LindbladModel` once and share one sparsity pattern.
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self._kept: dict[Controls, SparseMatrix] = {}
        self._known: dict[tuple[_Kinds, bool], tuple[FloatArray, SparseMatrix]] = {}

    @property
    def dimension(self) -> int:
        """The joint space's dimension D."""
        return self.generator.dimension

    def _parts(
        self, kinds: "_Kinds", *, transposed: bool = False
    ) -> tuple[FloatArray, SparseMatrix]:
        """Return the data of the parts (static, then `_weights`), and their pattern.

        Only parts of the wanted kinds of controls, so that others do not fill the matrix. The
        transpose goes row by row, too.
        """
        if (kinds, transposed) not in self._known:
            if transposed:
                data, pattern = self._parts(kinds)
                places = with_data(pattern, np.arange(pattern.nnz)).T.tocsr()
                found = np.take(data, places.data, axis=1), with_data(places, pattern.data)
            else:
                found = self._chosen_parts(kinds)
            self._known[kinds, transposed] = found
        return self._known[kinds, transposed]

    def _chosen_parts(self, kinds: "_Kinds") -> tuple[FloatArray, SparseMatrix]:
        (data, pattern), terms = unit_parts(self.generator), self.generator
        count = len(terms.strengths) - 1  # a fixed coupling multiplies what g does
        fixed = terms.strengths[-1] * data[count]
        rows = [terms.strengths[:-1] @ data[:count] + fixed, *data[count:]]
        if kinds.moved:
            rows += [data[0], data[1]]
        if not (kinds.pumped or kinds.paired):
            return without_zeros(np.stack(rows), pattern)
        others = other_parts(terms)
        wanted = [*others[:2]] * kinds.pumped + [*others[2:]] * kinds.paired
        own = [_pruned(pattern, row) for row in rows]
        return without_zeros(*aligned([*own, *wanted]))

    @property
    def control_parts(self) -> list[SparseMatrix]:
        """The matrices that `generator.control_values` multiply, each real (D^2, D^2)."""
        data, pattern = unit_parts(self.generator)
        count = len(self.generator.strengths) - 1
        rows = [*data[count:], data[0], data[1]]
        parts = [_pruned(pattern, row) for row in rows]
        return parts + list(other_parts(self.generator)[:2])

    @cached_property
    def _bounds(self) -> tuple[FloatArray, FloatArray, list[float], float]:
        """Energies (2, D) of b'b and a'a, static energies (D,), spreads, largest loss rate."""
        terms = self.generator
        energies, losses, spreads = _unit_bounds(terms.levels, terms.fock_levels)
        static = terms.strengths[: len(energies)] @ energies
        loss = float((terms.strengths[len(energies) : -1] @ losses).max())
        return energies[:2], static, spreads, loss

    def matrix(self, controls: Controls) -> SparseMatrix:
        """Return L for constant controls (rad/ns), real (D^2, D^2), in 1/ns; do not write to it."""
        if controls not in self._kept:
            kinds = _Kinds.of(controls)
            data, pattern = self._parts(kinds)
            if len(self._kept) * pattern.nnz > _MOST_KEPT:
                self._kept.clear()
            self._kept[controls] = with_data(pattern, _weights(controls, kinds) @ data)
        return self._kept[controls]

    def spectrum(self, controls: Controls, duration: float = 0.0) -> tuple[float, float]:
        """Return bounds on |Im| and -Re of L's eigenvalues for constant controls (rad/ns), in 1/ns.

        They are closer where a long duration (ns) is worth the energies of its Hamiltonian.
        """
        (energies, static, (coupling, drive, pump, pairing), loss), terms = (
            self._bounds,
            self.generator,
        )
        held = static + controls.transmon * energies[0] + controls.resonator * energies[1]
        amplitude, driven = abs(controls.eps + controls.counter), controls.pump
        driven = abs(driven + controls.pump_counter)
        spread = float(np.ptp(held)) + abs(controls.g + terms.strengths[-1]) * coupling
        spread += amplitude * drive + driven * pump + abs(controls.pairing) * pairing
        # One drive's phase does not change the energies; of two, their difference does.
        if not (driven or controls.pairing) and duration * spread > self.dimension:
            spread = _spread(
                terms.static
                + sp.diags_array(held - static)
                + controls.g * terms.coupling
                + amplitude * terms.drive_real
            )
        # Bounds: the jumps add at most the largest loss rate to |Im|, and damp at twice that.
        return spread + loss, 2 * loss

    def adjoint(self, controls: Controls) -> SparseMatrix:
        """Return the transpose of L (1/ns), which moves measurement operators backwards."""
        kinds = _Kinds.of(controls)
        data, pattern = self._parts(kinds, transposed=True)
        return with_data(pattern, _weights(controls, kinds) @ data)


def _pruned(pattern: SparseMatrix, data: FloatArray) -> SparseMatrix:
    """Return the matrix of these data on a pattern, without what is 0."""
    found = sp.csr_array(with_data(pattern, data.copy()).copy())
    found.eliminate_zeros()
    return found


class _Kinds(NamedTuple):
    """Which controls beside g and eps a matrix has parts for."""

    moved: bool
    pumped: bool
    paired: bool

    @classmethod
    def of(cls, controls: Controls) -> "_Kinds":
        return cls(
            bool(controls.transmon or controls.resonator),
            bool(controls.pump or controls.pump_counter),
            bool(controls.pairing),
        )


@lru_cache(maxsize=8)
def _unit_bounds(levels: int, fock_levels: int) -> tuple[FloatArray, FloatArray, list[float]]:
    """Return the diagonals (3, D) of the energies and (5, D) of J'J, and the controls' spreads."""
    terms = unit_terms(levels, fock_levels)
    energies = [energy.diagonal().real for energy in terms.energies]
    losses = [(jump.conj().T @ jump).diagonal().real for jump in terms.jumps]
    each = (*terms.controls[:2], terms.others[0], terms.others[2])
    return np.array(energies), np.array(losses), [_spread(part) for part in each]


def _weights(controls: Controls, kinds: _Kinds) -> FloatArray:
    drive = controls.eps + controls.counter
    found = [1.0, controls.g, drive.real, drive.imag]
    if kinds.moved:
        found += [controls.transmon, controls.resonator]
    if kinds.pumped:
        pump = controls.pump + controls.pump_counter
        found += [pump.real, pump.imag]
    if kinds.paired:
        found += [controls.pairing.real, controls.pairing.imag]
    return np.array(found)


def _spread(hamiltonian: SparseMatrix) -> float:
    energies = np.linalg.eigvalsh(hamiltonian.toarray().real)
    return float(energies[-1] - energies[0])


@one_thread()
def backward(
    liouvillian: Liouvillian, effects: FloatArray, waveform: Waveform, tolerance: float = 1e-12
) -> FloatArray:
    """Carry measurement operators to the waveform's beginning (Heisenberg picture).

    The inner product with rho at the end equals that of the result with rho at the beginning.

    Args:
        liouvillian: of dimension D.
        effects: Hermitian operators as real vectors, (D^2,) or (D^2, m).
        waveform: of finite length.
        tolerance: on the truncation of each segment, relative.
    """
    for segment in reversed(waveform.segments):
        matrix = liouvillian.adjoint(segment.controls)
        bounds = liouvillian.spectrum(segment.controls, segment.duration)
        effects = chebyshev.propagate(matrix, bounds, effects, segment.duration, tolerance)
    return effects


@one_thread()
def backward_over(
    liouvillian: Liouvillian,
    effect: FloatArray,
    controls: Controls,
    times: FloatArray,
    tolerance: float = 1e-12,
) -> FloatArray:
    """Carry one measurement operator back through each of several lengths of constant controls.

    Args:
        liouvillian: of dimension D.
        effect: Hermitian operator as a real vector, (D^2,).
        controls: constant, in rad/ns.
        times: the lengths, increasing from at least 0, in ns, (T,).
        tolerance: on the truncation, relative.

    Returns:
        The operator before each length, (T, D^2).
    """
    matrix, duration = liouvillian.adjoint(controls), float(times[-1])
    bounds = liouvillian.spectrum(controls, duration)
    return chebyshev.at_times(matrix, bounds, effect, times, tolerance)


@one_thread()
def forward(
    liouvillian: Liouvillian, vectors: FloatArray, waveform: Waveform, tolerance: float = 1e-12
) -> FloatArray:
    """Carry states, real vectors (D^2,) or (D^2, m), to the waveform's end; see `backward`."""
    for segment in waveform.segments:
        matrix = liouvillian.matrix(segment.controls)
        bounds = liouvillian.spectrum(segment.controls, segment.duration)
        vectors = chebyshev.propagate(matrix, bounds, vectors, segment.duration, tolerance)
    return vectors

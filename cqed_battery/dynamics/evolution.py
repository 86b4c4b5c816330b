"""Forward states and backward measurement operators of the driven device.

The master equation's matrix comes from a qiskit-dynamics `LindbladModel` and is turned into a
real one on Hermitian matrices. Where the controls are constant its exponential is applied by a
Chebyshev series, exactly to a stated tolerance; qiskit-dynamics' own ODE solvers stay
selectable, and the laboratory frame always uses them. This is the only file that imports
qiskit_dynamics.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse as sp

from cqed_battery.compute.threads import one_thread
from cqed_battery.deferred import deferred
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.generator import Generator, LabFrame, unit_terms
from cqed_battery.dynamics.hermitian import from_real, real_superoperator, to_real
from cqed_battery.dynamics.sparse import aligned, with_data, without_zeros
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix, excitations
from cqed_battery.units import angular_from_ghz

with deferred("sympy", "matplotlib"):  # half of its start, for pulses and pictures of signals
    from qiskit_dynamics import Signal, Solver
    from qiskit_dynamics.models import LindbladModel

# qiskit-dynamics rounds sparse operators to 10 decimals; in units of 2^-20 rad/ns (an exact
# change) that is far below double precision.
_SCALE = 2.0**20
_MOST_KEPT = 2e7  # matrix elements (160 MB) kept for controls that come again
_LARGEST_KEPT = 128  # dimension D up to which the parts are kept for other devices


class Liouvillian:
    """The master equation's matrix L(controls) on Hermitian matrices as real vectors (D^2,).

    L is real, (D^2, D^2), in 1/ns, and linear in the controls; its parts are read off a
    vectorised `LindbladModel` once and share one sparsity pattern.
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self._kept: dict[Controls, SparseMatrix] = {}

    @property
    def dimension(self) -> int:
        """The joint space's dimension D."""
        return self.generator.dimension

    @cached_property
    def _parts(self) -> tuple[FloatArray, SparseMatrix]:
        """Return the data of the parts (static, g, Re eps, Im eps), (4, N), and the pattern."""
        (data, pattern), terms = unit_parts(self.generator), self.generator
        count = len(terms.strengths)
        static = terms.strengths @ data[:count]
        return without_zeros(np.concatenate([static[None], data[count:]]), pattern)

    @property
    def control_parts(self) -> list[SparseMatrix]:
        """The matrices that g, Re eps and Im eps multiply, each real (D^2, D^2)."""
        data, pattern = self._parts
        parts = [sp.csr_array(with_data(pattern, row.copy()).copy()) for row in data[1:]]
        for part in parts:
            part.eliminate_zeros()
        return parts

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        """Spreads of the energies of each Hamiltonian part, and the largest loss rate, 1/ns."""
        terms = self.generator
        energies, losses, (coupling, drive) = _unit_bounds(terms.levels, terms.fock_levels)
        static = float(np.ptp(terms.strengths[: len(energies)] @ energies))
        return static, coupling, drive, float((terms.strengths[len(energies) :] @ losses).max())

    def matrix(self, controls: Controls) -> SparseMatrix:
        """Return L for constant controls (rad/ns), real (D^2, D^2), in 1/ns; do not write to it."""
        if controls not in self._kept:
            data, pattern = self._parts
            if len(self._kept) * pattern.nnz > _MOST_KEPT:
                self._kept.clear()
            self._kept[controls] = with_data(pattern, _weights(controls) @ data)
        return self._kept[controls]

    def spectrum(self, controls: Controls, duration: float = 0.0) -> tuple[float, float]:
        """Return bounds on |Im| and -Re of L's eigenvalues for constant controls (rad/ns), in 1/ns.

        They are closer where a long duration (ns) is worth the energies of its Hamiltonian.
        """
        static, coupling, drive, loss = self._bounds
        amplitude = abs(controls.eps + controls.counter)
        spread = static + abs(controls.g) * coupling + amplitude * drive
        if duration * spread > self.dimension:
            terms = self.generator  # the drive's phase does not change the energies
            spread = _spread(
                terms.static + controls.g * terms.coupling + amplitude * terms.drive_real
            )
        # Bounds: the jumps add at most the largest loss rate to |Im|, and damp at twice that.
        return spread + loss, 2 * loss

    def adjoint(self, controls: Controls) -> SparseMatrix:
        """Return the transpose of L (1/ns), which moves measurement operators backwards."""
        data, pattern = self._transposed_parts
        return with_data(pattern, _weights(controls) @ data)

    @cached_property
    def _transposed_parts(self) -> tuple[FloatArray, SparseMatrix]:
        """Return the parts of the transpose as `_parts`, row by row."""
        data, pattern = self._parts
        places = with_data(pattern, np.arange(pattern.nnz)).T.tocsr()
        return np.take(data, places.data, axis=1), with_data(places, pattern.data)


def unit_parts(generator: Generator) -> tuple[FloatArray, SparseMatrix]:
    """Return what the generator's strengths, then g, Re eps and Im eps multiply in L.

    The data of the eleven matrices, (11, N), and their common pattern, (D^2, D^2).
    """
    sizes = generator.levels, generator.fock_levels
    make = _unit_parts if generator.dimension <= _LARGEST_KEPT else _unit_parts.__wrapped__
    return make(*sizes)


@lru_cache(maxsize=8)
def _unit_parts(levels: int, fock_levels: int) -> tuple[FloatArray, SparseMatrix]:
    terms = unit_terms(levels, fock_levels)
    nothing, count = 0 * terms.energies[0], len(terms.energies)
    coherent = lindblad_parts(nothing, (*terms.energies, *terms.controls), ())[1:]
    lossy = [lindblad_parts(nothing, (), (jump,))[0] for jump in terms.jumps]
    return aligned([*coherent[:count], *lossy, *coherent[count:]])


@lru_cache(maxsize=8)
def _unit_bounds(levels: int, fock_levels: int) -> tuple[FloatArray, FloatArray, list[float]]:
    """Return the diagonals (3, D) of the energies and (5, D) of J'J, and the controls' spreads."""
    terms = unit_terms(levels, fock_levels)
    energies = [energy.diagonal().real for energy in terms.energies]
    losses = [(jump.conj().T @ jump).diagonal().real for jump in terms.jumps]
    return np.array(energies), np.array(losses), [_spread(part) for part in terms.controls[:2]]


def lindblad_parts(
    static: SparseMatrix, controls: Sequence[SparseMatrix], jumps: Sequence[SparseMatrix]
) -> list[SparseMatrix]:
    """Return the parts of a master equation's matrix, each real (D^2, D^2), in units of H.

    The first holds the static Hamiltonian and the jump operators (D, D), rates inside; then
    follows one for each control Hamiltonian. All act on Hermitian matrices as real vectors.

    Args:
        static: H without controls, (D, D).
        controls: what each control multiplies, (D, D) each.
        jumps: (D, D) each, rates inside.
    """
    model = LindbladModel(
        static_hamiltonian=_SCALE * static.toarray(),
        hamiltonian_operators=[_SCALE * operator.toarray() for operator in controls] or None,
        static_dissipators=[_SCALE**0.5 * jump for jump in _dissipators(static.shape, jumps)],
        array_library="scipy_sparse",
        vectorized=True,
    )

    def matrix(values: FloatArray) -> SparseMatrix:
        model.signals = ([Signal(value) for value in values] or None, None)
        return sp.csr_array(model.evaluate(0.0)) / _SCALE

    count = len(controls)
    first = matrix(np.zeros(count))
    parts = [real_superoperator(first)]
    return parts + [real_superoperator(sp.csr_array(matrix(u) - first)) for u in np.eye(count)]


def _weights(controls: Controls) -> FloatArray:
    drive = controls.eps + controls.counter
    return np.array([1.0, controls.g, drive.real, drive.imag])


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
def forward(
    liouvillian: Liouvillian, vectors: FloatArray, waveform: Waveform, tolerance: float = 1e-12
) -> FloatArray:
    """Carry states, real vectors (D^2,) or (D^2, m), to the waveform's end; see `backward`."""
    for segment in waveform.segments:
        matrix = liouvillian.matrix(segment.controls)
        bounds = liouvillian.spectrum(segment.controls, segment.duration)
        vectors = chebyshev.propagate(matrix, bounds, vectors, segment.duration, tolerance)
    return vectors


Stepper = Callable[[FloatArray, float, FloatArray, Controls], FloatArray]
"""(vector at the start, start in ns, times in ns from the start, controls) -> states (T, D^2)."""


def _dissipators(shape: tuple[int, int], jumps: Sequence[SparseMatrix]) -> list[ComplexArray]:
    """Return the jump operators, a zero one if there are none.

    Without any, a qiskit-dynamics Solver would evolve a density matrix as a column of kets.
    """
    return [jump.toarray() for jump in jumps] or [np.zeros(shape, dtype=complex)]


def ode_stepper(generator: Generator, method: str, tolerance: float) -> Stepper:
    """Return a stepper that runs a qiskit-dynamics Solver in the rotating frame.

    Args:
        generator: the terms of the master equation.
        method: "DOP853" or "RK45".
        tolerance: relative, of the solver; the absolute one is a hundredth of it.
    """
    parts = (generator.coupling, generator.drive_real, generator.drive_imag)
    solver = Solver(
        static_hamiltonian=generator.static.toarray(),
        hamiltonian_operators=[part.toarray() for part in parts],
        static_dissipators=_dissipators(generator.static.shape, generator.jumps),
        array_library="numpy",
    )

    def states(
        vector: FloatArray, start: float, times: FloatArray, controls: Controls
    ) -> FloatArray:
        """Return the states (T, D^2) at times from a start, the controls being constant."""
        values = (controls.g, controls.eps.real, controls.eps.imag)
        result = solver.solve(
            t_span=[0.0, times[-1]],
            y0=from_real(vector),
            signals=[Signal(value) for value in values],
            t_eval=times,
            method=method,
            rtol=tolerance,
            atol=tolerance * 1e-2,
        )
        return to_real(np.asarray(result.y))

    return states


def lab_stepper(frame: LabFrame, method: str, tolerance: float) -> Stepper:
    """Return a stepper without the rotating-wave approximation on the drive.

    The drive is |eps| sin(w_d t + phi), eps = i |eps| exp(-i phi). The Solver's own frame turns
    at w_d with the number of excitations, so states stay in the rotating frame. The arguments are
    those of `ode_stepper`, with the laboratory frame's terms.
    """
    number = excitations(frame.levels, frame.fock_levels)
    solver = Solver(
        static_hamiltonian=frame.static.toarray(),
        hamiltonian_operators=[frame.coupling.toarray(), frame.drive.toarray()],
        static_dissipators=_dissipators(frame.static.shape, frame.jumps),
        rotating_frame=np.diag(angular_from_ghz(frame.carrier_frequency) * number),
        array_library="numpy",
    )

    def states(
        vector: FloatArray, start: float, times: FloatArray, controls: Controls
    ) -> FloatArray:
        """Return the states (T, D^2) at times from a start, the controls being constant."""
        drive = Signal(abs(controls.eps), frame.carrier_frequency, -np.angle(controls.eps))
        result = solver.solve(
            t_span=[start, start + times[-1]],
            y0=from_real(vector),
            signals=[Signal(controls.g), drive],
            t_eval=start + times,
            method=method,
            rtol=tolerance,
            atol=tolerance * 1e-2,
            max_step=0.2 / frame.carrier_frequency,  # never step over a period of the carrier
        )
        return to_real(np.asarray(result.y))

    return states

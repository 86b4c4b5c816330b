"""What qiskit-dynamics gives: the parts of a master equation's matrix, and its ODE solvers.

The matrix comes from a `LindbladModel` and is turned into a real one on Hermitian matrices. This is
the only file that imports qiskit_dynamics.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import numpy as np
import scipy.sparse as sp

from cqed_battery.deferred import deferred
from cqed_battery.dynamics.generator import Generator, control_values, unit_terms
from cqed_battery.dynamics.hermitian import from_real, real_superoperator, to_real
from cqed_battery.dynamics.lab_frame.hamiltonian import LabFrame
from cqed_battery.dynamics.sparse import aligned
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix, excitations
from cqed_battery.units import angular_from_ghz

with deferred("sympy", "matplotlib"):  # half of its start, for pulses and pictures of signals
    from qiskit_dynamics import Signal, Solver
    from qiskit_dynamics.models import LindbladModel

# qiskit-dynamics rounds sparse operators to 10 decimals; in units of 2^-20 rad/ns (an exact
# change) that is far below double precision.
_SCALE = 2.0**20
_LARGEST_KEPT = 128  # dimension D up to which the parts are kept for other devices


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


def other_parts(generator: Generator) -> list[SparseMatrix]:
    """Return what Re pump, Im pump, Re pairing and Im pairing multiply in L, (D^2, D^2) each."""
    make = _other_parts if generator.dimension <= _LARGEST_KEPT else _other_parts.__wrapped__
    return make(generator.levels, generator.fock_levels)


@lru_cache(maxsize=4)
def _other_parts(levels: int, fock_levels: int) -> list[SparseMatrix]:
    terms = unit_terms(levels, fock_levels)
    return lindblad_parts(0 * terms.energies[0], terms.others, ())[1:]


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
    parts = generator.control_operators

    @cache
    def solver(acting: tuple[int, ...]) -> Solver:
        """Return a Solver of the controls that are not 0."""
        return Solver(
            static_hamiltonian=generator.static.toarray(),
            hamiltonian_operators=[parts[number].toarray() for number in acting] or None,
            static_dissipators=_dissipators(generator.static.shape, generator.jumps),
            array_library="numpy",
        )

    def states(
        vector: FloatArray, start: float, times: FloatArray, controls: Controls
    ) -> FloatArray:
        """Return the states (T, D^2) at times from a start, the controls being constant."""
        values = control_values(controls)
        acting = tuple(number for number, value in enumerate(values) if value)
        result = solver(acting).solve(
            t_span=[0.0, times[-1]],
            y0=from_real(vector),
            signals=[Signal(values[number]) for number in acting] or None,
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
        hamiltonian_operators=[
            part.toarray() for part in (frame.coupling, frame.drive, *frame.moves, frame.pump)
        ],
        static_dissipators=_dissipators(frame.static.shape, frame.jumps),
        rotating_frame=np.diag(angular_from_ghz(frame.carrier_frequency) * number),
        array_library="numpy",
    )

    def states(
        vector: FloatArray, start: float, times: FloatArray, controls: Controls
    ) -> FloatArray:
        """Return the states (T, D^2) at times from a start, the controls being constant."""
        drive, pump = (
            Signal(abs(envelope), frame.carrier_frequency, -np.angle(envelope))
            for envelope in (controls.eps, controls.pump)
        )
        moves = (Signal(controls.transmon), Signal(controls.resonator))
        result = solver.solve(
            t_span=[start, start + times[-1]],
            y0=from_real(vector),
            signals=[Signal(controls.g), drive, *moves, pump],
            t_eval=start + times,
            method=method,
            rtol=tolerance,
            atol=tolerance * 1e-2,
            max_step=0.2 / frame.carrier_frequency,  # never step over a period of the carrier
        )
        return to_real(np.asarray(result.y))

    return states

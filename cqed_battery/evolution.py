"""Forward states and backward measurement operators of the driven device.

The master equation's matrix comes from a qiskit-dynamics `LindbladModel`. Where the controls
are constant its exponential is applied to the vectorised state as a Taylor series, exactly to
a stated tolerance; qiskit-dynamics' own ODE solvers stay selectable, and the laboratory frame
always uses them. This is the only file that imports qiskit_dynamics.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt

import numpy as np
import scipy.sparse as sp
from qiskit_dynamics import Signal, Solver
from qiskit_dynamics.models import LindbladModel

from cqed_battery.checks import CqedBatteryError
from cqed_battery.generator import Generator, LabFrame
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix, to_matrix, to_vector
from cqed_battery.pulses import Controls, Waveform

_THETA = 4.0  # largest 1-norm of a Taylor step: its terms stay below exp(4), so 2 digits are lost
_MAX_TERMS = 120
_FINENESS = 2.0**40  # sparse models round to ten decimals, so they are built in this unit of 1/ns


class EvolutionError(CqedBatteryError):
    """The evolution did not reach its tolerance."""


@dataclass(frozen=True)
class Snapshot:
    """A state on its way: time in ns, vec(rho) of shape (D^2,), and the controls from then on."""

    time: float
    state: ComplexArray
    controls: Controls


class Liouvillian:
    """The master equation's matrix L(controls) on vectorised states, shape (D^2, D^2), in 1/ns.

    It is linear in the controls; its parts are read off a vectorised `LindbladModel` once.
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self._cache: dict[Controls, SparseMatrix] = {}

    @cached_property
    def _parts(self) -> tuple[SparseMatrix, SparseMatrix, SparseMatrix, SparseMatrix]:
        terms, root = self.generator, sqrt(_FINENESS)
        controls = (terms.coupling, terms.drive_real, terms.drive_imag)
        model = LindbladModel(
            static_hamiltonian=_FINENESS * terms.static.toarray(),
            hamiltonian_operators=[_FINENESS * operator.toarray() for operator in controls],
            static_dissipators=[root * jump.toarray() for jump in terms.jumps] or None,
            array_library="scipy_sparse",
            vectorized=True,
        )

        def matrix(values: tuple[float, float, float]) -> SparseMatrix:
            model.signals = ([Signal(value) for value in values], None)
            return sp.csr_array(model.evaluate(0.0) / _FINENESS)

        static = matrix((0.0, 0.0, 0.0))
        units = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
        coupling, real, imag = (sp.csr_array(matrix(unit) - static) for unit in units)
        return static, coupling, real, imag

    def matrix(self, controls: Controls) -> SparseMatrix:
        """Return L for constant controls."""
        if controls not in self._cache:
            static, coupling, real, imag = self._parts
            eps = controls.eps
            total = static + controls.g * coupling + eps.real * real + eps.imag * imag
            total = sp.csr_array(total)
            total.eliminate_zeros()
            self._cache[controls] = total
        return self._cache[controls]

    def adjoint(self, controls: Controls) -> SparseMatrix:
        """Return the adjoint of L, which moves measurement operators backwards."""
        return sp.csr_array(self.matrix(controls).conj().T)


def exponential_action(
    matrix: SparseMatrix, vectors: ComplexArray, duration: float, tolerance: float
) -> ComplexArray:
    """Return exp(duration x matrix) applied to vectors (D^2,) or (D^2, m), by scaled Taylor series.

    `tolerance` bounds the relative truncation error of the whole action, in the maximum norm.

    Raises:
        EvolutionError: the series did not converge (never seen for a finite matrix).
    """
    if duration <= 0:
        return vectors
    norm = float(abs(matrix).sum(axis=0).max())
    steps = max(1, int(np.ceil(norm * duration / _THETA)))
    step, result = duration / steps, vectors
    for _ in range(steps):
        result = _taylor_step(matrix, result, step, tolerance / steps)
    return result


def _taylor_step(
    matrix: SparseMatrix, vectors: ComplexArray, step: float, tolerance: float
) -> ComplexArray:
    term, total = vectors, vectors.copy()
    bound = tolerance * float(np.abs(vectors).max(initial=0.0))
    previous = inf
    for order in range(1, _MAX_TERMS):
        term = (matrix @ term) * (step / order)
        total += term
        size = float(np.abs(term).max(initial=0.0))
        if size + previous <= bound:
            return total
        previous = size
    raise EvolutionError(
        f"the Taylor series of the evolution did not converge in {_MAX_TERMS} terms"
        f" (last term {previous:.1e}); check the device's rates for values out of any range"
    )


def trajectory(
    liouvillian: Liouvillian,
    state: ComplexArray,
    waveform: Waveform,
    times: FloatArray,
    *,
    method: str = "taylor",
    tolerance: float = 1e-10,
) -> Iterator[Snapshot]:
    """Yield the states at increasing times (ns) from an initial density matrix (D, D).

    method is "taylor" (exact exponential action) or the name of an ODE method of the
    qiskit-dynamics solver ("DOP853", "RK45"), which restarts wherever the controls jump.
    """
    vector, now = to_vector(state), 0.0
    share = tolerance / max(len(times), 1)
    advance = (
        (lambda v, d, c: exponential_action(liouvillian.matrix(c), v, d, share))
        if method == "taylor"
        else ode_action(liouvillian.generator, method, tolerance)
    )
    for duration, controls, save in waveform.pieces(times):
        vector = advance(vector, duration, controls)
        now += duration
        if save:
            yield Snapshot(now, vector, controls)


def backward(
    liouvillian: Liouvillian, effects: ComplexArray, waveform: Waveform, tolerance: float = 1e-12
) -> ComplexArray:
    """Carry measurement operators, columns vec(M) of shape (D^2, m), to the waveform's beginning.

    Heisenberg picture: Tr[M rho(end)] = Tr[M(0) rho(0)] for every initial state.
    """
    for segment in reversed(waveform.segments):
        effects = exponential_action(
            liouvillian.adjoint(segment.controls), effects, segment.duration, tolerance
        )
    return effects


def _dissipators(terms: Generator | LabFrame) -> list[ComplexArray]:
    """Return the jump operators, a zero one if there are none.

    Without any, a qiskit-dynamics Solver would evolve a density matrix as a column of kets.
    """
    nothing = np.zeros(terms.static.shape, dtype=complex)
    return [jump.toarray() for jump in terms.jumps] or [nothing]


Advance = Callable[[ComplexArray, float, Controls], ComplexArray]


def ode_action(generator: Generator, method: str, tolerance: float) -> Advance:
    """Return (vector, duration, controls) -> vector, run by a qiskit-dynamics Solver."""
    controls_terms = (generator.coupling, generator.drive_real, generator.drive_imag)
    solver = Solver(
        static_hamiltonian=generator.static.toarray(),
        hamiltonian_operators=[term.toarray() for term in controls_terms],
        static_dissipators=_dissipators(generator),
        array_library="numpy",
    )

    def advance(vector: ComplexArray, duration: float, controls: Controls) -> ComplexArray:
        if duration <= 0:
            return vector
        values = (controls.g, controls.eps.real, controls.eps.imag)
        result = solver.solve(
            t_span=[0.0, duration],
            y0=to_matrix(vector),
            signals=[Signal(value) for value in values],
            method=method,
            rtol=tolerance,
            atol=tolerance * 1e-2,
        )
        return to_vector(np.asarray(result.y[-1]))

    return advance


def lab_frame_states(
    frame: LabFrame,
    state: ComplexArray,
    times: FloatArray,
    *,
    g: float,
    rabi: Callable[[float], float],
    phase: float,
    method: str = "DOP853",
    tolerance: float = 1e-9,
) -> ComplexArray:
    """Return density matrices (T, D, D) at the times (ns), integrated in the laboratory frame.

    rabi(t) is Omega(t) in rad/ns and phase is phi in Omega(t) sin(w_d t + phi), so the
    carrier's phase in the cosine convention of `Signal` is phi - pi/2.
    """
    solver = Solver(
        static_hamiltonian=(frame.static + g * frame.coupling).toarray(),
        hamiltonian_operators=[frame.drive.toarray()],
        static_dissipators=_dissipators(frame),
        array_library="numpy",
    )
    drive = Signal(
        np.vectorize(rabi, otypes=[complex]),
        carrier_freq=frame.carrier_frequency,
        phase=phase - np.pi / 2,
    )
    end = float(times[-1])
    if end <= 0:
        return np.repeat(np.asarray(state, dtype=complex)[None], len(times), axis=0)
    result = solver.solve(
        t_span=[0.0, end],
        y0=np.asarray(state, dtype=complex),
        signals=[drive],
        t_eval=np.asarray(times, dtype=float),
        method=method,
        rtol=tolerance,
        atol=tolerance * 1e-2,
        max_step=0.2 / frame.carrier_frequency,  # never step over a period of the carrier
    )
    return np.asarray(result.y)

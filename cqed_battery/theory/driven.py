"""A driven qubit beside an oscillator: the periodically driven master equation of Zhao's model.

In the frame that turns at the drive frequency w_d with the number of excitations,

    H = (w_a - w_d) b'b + (w_c - w_d) a'a + g (b'a + b a') + [e(t) b' + e*(t) b]/2,

with e = i Omega in the rotating-wave approximation. The whole drive Omega sin(w_d t) sigma_x is
e = i Omega [1 - exp(2 i w_d t)], exactly. States are real vectors
(`cqed_battery.dynamics.hermitian`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.integrate import solve_ivp

from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.qiskit_models import lindblad_parts
from cqed_battery.dynamics.sparse import add_product
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import (
    ComplexArray,
    FloatArray,
    SparseMatrix,
    lowering,
    on_resonator,
    on_transmon,
)
from cqed_battery.theory.master import evolve, lindblad, spectrum_bounds

_RELATIVE, _ABSOLUTE = 1e-9, 1e-11  # of the ODE solver; errors at t = 60 stay below 1e-8

Envelope = Callable[[float], complex]


@dataclass(frozen=True)
class DrivenQubit:
    """Detunings and rates of the master equation, in any one unit.

    `dephasing` is the rate at which the qubit's coherence decays, `linewidth` that at which the
    oscillator's energy does.

    Args:
        fock_levels: of the oscillator, from 1.
        qubit_detuning: w_a - w_d.
        oscillator_detuning: w_c - w_d.
        coupling: g.
        linewidth: kappa, >= 0.
        dephasing: >= 0.
    """

    fock_levels: int
    qubit_detuning: float
    oscillator_detuning: float
    coupling: float
    linewidth: float
    dephasing: float

    @cached_property
    def _ladders(self) -> tuple[SparseMatrix, SparseMatrix]:
        return (
            on_transmon(lowering(2), self.fock_levels),
            on_resonator(lowering(self.fock_levels), 2),
        )

    @cached_property
    def _terms(self) -> tuple[SparseMatrix, SparseMatrix, SparseMatrix]:
        """The Hamiltonian without drive, and what multiplies Re e and Im e."""
        b, a = self._ladders
        up_b, up_a = b.conj().T, a.conj().T
        static = (
            self.qubit_detuning * (up_b @ b)
            + self.oscillator_detuning * (up_a @ a)
            + self.coupling * (up_b @ a + b @ up_a)
        )
        return static, sp.csr_array((up_b + b) / 2), sp.csr_array(1j * (up_b - b) / 2)

    @cached_property
    def _jumps(self) -> list[SparseMatrix]:
        b, a = self._ladders
        channels = ((2 * self.dephasing, b.conj().T @ b), (self.linewidth, a))
        return [sp.csr_array(rate**0.5 * jump) for rate, jump in channels if rate > 0]

    @cached_property
    def _stack(self) -> SparseMatrix:
        """The parts 1, Re e, Im e of the master equation's matrix, one below the other."""
        static, real, imaginary = self._terms
        return sp.vstack(lindblad_parts(static, (real, imaginary), self._jumps), format="csr")

    @property
    def exchange(self) -> ComplexArray:
        """The operator b'a + b a', (D, D)."""
        b, a = self._ladders
        return (b.conj().T @ a + b @ a.conj().T).toarray()

    @property
    def exchange_flow(self) -> ComplexArray:
        """The operator of Im <b'a>, (D, D); 2 g times that is the qubit's gain of excitations."""
        b, a = self._ladders
        return -0.5j * (b.conj().T @ a - b @ a.conj().T).toarray()

    def start(self, upper: bool) -> FloatArray:
        """Return the state (D^2,): an empty oscillator, the qubit in its upper or lower level.

        Args:
            upper: the level with sigma_z = +1, else the lower.
        """
        state = np.zeros((2 * self.fock_levels, 2 * self.fock_levels), dtype=complex)
        level = self.fock_levels if upper else 0
        state[level, level] = 1.0
        return to_real(state)

    def rate(self, vector: FloatArray, envelope: complex) -> FloatArray:
        """Return d rho/dt, (D^2,), of a state (D^2,) while the drive has the envelope e.

        Args:
            vector: real, (D^2,).
            envelope: e, in the unit of the rates.
        """
        parts = np.zeros(self._stack.shape[0])
        add_product(self._stack, vector, parts)
        weights = np.array([1.0, envelope.real, envelope.imag])
        return np.asarray(weights @ parts.reshape(3, -1))

    def rates(self, states: FloatArray, envelopes: ComplexArray) -> FloatArray:
        """Return d rho/dt of states (T, D^2) with the drive's envelopes (T,).

        Args:
            states: real vectors, (T, D^2).
            envelopes: e at T times, in the unit of the rates.
        """
        parts = (self._stack @ states.T).reshape(3, states.shape[1], -1)
        weights = np.array([np.ones(len(states)), envelopes.real, envelopes.imag])
        return np.einsum("kdt,kt->td", parts, weights)

    def evolve(self, start: FloatArray, envelope: Envelope, times: FloatArray) -> FloatArray:
        """Return the states (T, D^2) at increasing times >= 0 under any envelope e(t).

        Runge-Kutta of order 8 (Hairer, Norsett and Wanner, DOP853).

        Args:
            start: real vector, (D^2,).
            envelope: e(t), in the unit of the rates.
            times: (T,), in the inverse of that unit.

        Raises:
            CqedBatteryError: the solver gives up, because the rates lie too far apart.
        """
        if times[-1] <= 0:
            return np.tile(start, (len(times), 1))
        found = solve_ivp(
            lambda t, vector: self.rate(vector, envelope(t)),
            (0.0, times[-1]),
            start,
            method="DOP853",
            t_eval=times,
            rtol=_RELATIVE,
            atol=_ABSOLUTE,
        )
        if not found.success:
            raise CqedBatteryError(
                f"the model's equation of motion could not be solved ({found.message}); "
                "bring its frequencies and rates closer together"
            )
        return np.ascontiguousarray(found.y.T)

    def evolve_constant(
        self, start: FloatArray, envelope: complex, times: FloatArray
    ) -> FloatArray:
        """Return the states (T, D^2) at increasing times >= 0 under a constant envelope.

        Args:
            start: real vector, (D^2,).
            envelope: e, in the unit of the rates.
            times: (T,), in the inverse of that unit.
        """
        static, real, imaginary = self._terms
        hamiltonian = sp.csr_array(static + envelope.real * real + envelope.imag * imaginary)
        bounds = spectrum_bounds(hamiltonian, self._jumps)
        matrix = lindblad(hamiltonian, self._jumps)
        return to_real(evolve(matrix, from_real(start), times, bounds=bounds))

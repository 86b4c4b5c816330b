"""One forward evolution, recorded: observables, their rates and the integrated power over time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.dynamics.qiskit_models import Stepper, ode_stepper
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix

_ALTOGETHER = 1e-8  # a tenth of what `convergence.check_state` refuses


@dataclass(frozen=True)
class Recorder:
    """What to record of an evolution.

    Args:
        observables: Hermitian operators as real vectors, sparse, (n, D^2).
        weights: (n,); weights(controls) @ observables is the power, whose integral is recorded.
        work_jump: gives the work as work_jump(before, after) @ observables, (n,), done where the
            controls jump, which the integral of the power leaves out.
        keep: numbers of the times, from 0, at which the whole state is kept.
        integrated: rows (m, n) whose products with the observables are integrated over time.
    """

    observables: SparseMatrix
    weights: Callable[[Controls], FloatArray] | None = None
    work_jump: Callable[[Controls, Controls], FloatArray] | None = None
    keep: frozenset[int] = frozenset()
    integrated: FloatArray | None = None

    def integrated_rows(self) -> FloatArray:
        """Return what is integrated over time as rows (m, D^2); m is 0 without any."""
        if self.integrated is None:
            return np.zeros((0, self.observables.shape[1]))
        return np.asarray(self.integrated @ self.observables)


@dataclass(frozen=True)
class Record:
    """What was recorded at T times.

    Args:
        values: of the n observables, (T, n).
        rates: d/dt of them, (T, n), in 1/ns, by the generator without the counter-rotating part of
            the drive, that is, averaged over the carrier's period.
        integrated_power: work done since time 0, (T,), in the unit of the weights times ns.
        states: real vectors (S, D^2) at the S times that were to be kept.
        integrals: of the integrated rows since time 0, (T, m), in their unit times ns.
    """

    values: FloatArray
    rates: FloatArray
    integrated_power: FloatArray
    states: FloatArray
    integrals: FloatArray


@one_thread()
def observe(
    liouvillian: Liouvillian,
    state: ComplexArray,
    waveform: Waveform,
    times: FloatArray,
    recorder: Recorder,
    *,
    stepper: Stepper | None = None,
    tolerance: float = 1e-10,
) -> Record:
    """Evolve a density matrix (D, D) once and return what was recorded at increasing times (ns).

    Without a stepper the evolution is exact at constant controls (Chebyshev series). A stepper
    (`evolution.ode_stepper`, `evolution.lab_stepper`) provides the states instead; the power
    between them is integrated by the series. At a border between segments the controls of the
    later one count.

    Args:
        liouvillian: of dimension D.
        state: density matrix at time 0, (D, D).
        waveform: the controls over time.
        times: increasing, in ns, (T,), within the waveform.
        recorder: what to record.
        stepper: an ODE solver in place of the series.
        tolerance: on the truncation of each segment, relative; of all of them at most 1e-8.

    Raises:
        ValueError: a time lies beyond the waveform's end.
    """
    tolerance = min(tolerance, _ALTOGETHER / max(len(waveform.segments), 1))
    vector, start = to_real(np.asarray(state, dtype=complex)), 0.0
    builder, before = _RecordBuilder(recorder), None
    for inside, duration, controls in waveform.stretches(np.asarray(times, dtype=float)):
        matrix, bounds = liouvillian.matrix(controls), liouvillian.spectrum(controls, duration)
        builder.begin(liouvillian.matrix(controls.averaged), before, controls, vector)
        before = controls
        if duration <= 0:
            builder.at_once(np.repeat(vector[None], len(inside), axis=0))
        elif stepper is None:
            for step in chebyshev.steps(matrix, bounds, vector, inside, duration, tolerance):
                builder.step(step)
                vector = step.end
        else:
            ends, wanted = np.union1d(inside, [duration]), set(inside.tolist())
            states = stepper(vector, start, ends, controls)
            for there, end, length in zip(states, ends, np.diff(ends, prepend=0.0), strict=True):
                # Only for the power's integral, so a tolerance far below any ODE solver's suffices.
                for step in chebyshev.steps(matrix, bounds, vector, inside[:0], length, 1e-12):
                    builder.step(step)
                vector = there
                if end in wanted:
                    builder.at_once(vector[None])
        start += duration
    return builder.record()


@one_thread()
def density_matrices(
    liouvillian: Liouvillian,
    state: ComplexArray,
    waveform: Waveform,
    times: FloatArray,
    *,
    method: str = "exponential",
    tolerance: float = 1e-10,
) -> ComplexArray:
    """Return the joint states (T, D, D) at increasing times.

    Args:
        liouvillian: of dimension D.
        state: density matrix at time 0, (D, D).
        waveform: the controls over time.
        times: increasing, in ns, (T,), within the waveform.
        method: "exponential", or an ODE method of the qiskit-dynamics solver ("DOP853", "RK45"),
            which restarts wherever the controls jump.
        tolerance: relative; of the series, or of the ODE solver.

    Raises:
        ValueError: a time lies beyond the waveform's end.
    """
    nothing = sp.csr_array((0, liouvillian.dimension**2))
    recorder = Recorder(nothing, keep=frozenset(range(len(times))))
    stepper = None
    if method != "exponential":
        stepper = ode_stepper(liouvillian.generator, method, tolerance)
    record = observe(
        liouvillian, state, waveform, times, recorder, stepper=stepper, tolerance=tolerance
    )
    return from_real(record.states)


class _RecordBuilder:
    """Collects a `Record` segment by segment."""

    def __init__(self, recorder: Recorder) -> None:
        self.count = 0
        self._recorder, self._total = recorder, 0.0
        self._integrated_rows = recorder.integrated_rows()
        self._sum = np.zeros(len(self._integrated_rows))
        self._integrals: list[FloatArray] = []
        self._matrix: SparseMatrix | None = None
        self._rate_rows: SparseMatrix | None = None
        self._values: list[FloatArray] = []
        self._rates: list[FloatArray] = []
        self._integrated: list[FloatArray] = []
        self._states: list[FloatArray] = []

    def begin(
        self,
        matrix: SparseMatrix,
        before: Controls | None,
        controls: Controls,
        vector: FloatArray,
    ) -> None:
        """Take up a segment, with the controls before it and its own."""
        recorder = self._recorder
        # The same controls give the same object, whose rows for the rates are made once.
        if matrix is not self._matrix:
            self._matrix, self._rate_rows = matrix, None
        self._power_row = None
        if recorder.weights is not None:
            self._power_row = recorder.weights(controls) @ recorder.observables
        if recorder.work_jump is not None and before is not None:
            self._total += float(
                recorder.work_jump(before, controls) @ (recorder.observables @ vector)
            )

    def step(self, step: chebyshev.Step) -> None:
        """Record a step at the times inside it."""
        integral = np.full(len(step.table), self._total)
        if self._power_row is not None:
            integral = integral + step.integral @ (step.phi @ self._power_row)
        self._total = float(integral[-1])
        sums = self._sum + step.integral @ (step.phi @ self._integrated_rows.T)
        self._sum = sums[-1]
        if len(integral) > 1:
            self._integrals.append(sums[:-1])
            self._add(step.table[:-1], step.phi, integral[:-1])

    def at_once(self, states: FloatArray) -> None:
        self._integrals.append(np.repeat(self._sum[None], len(states), axis=0))
        self._add(np.eye(len(states)), states, np.full(len(states), self._total))

    def _add(self, table: FloatArray, vectors: FloatArray, integral: FloatArray) -> None:
        """Record what is recorded of the states table @ vectors."""
        kept = [k for k in range(len(table)) if self.count + k in self._recorder.keep]
        self.count += len(table)
        self._integrated.append(integral)
        if len(table) < len(vectors):  # the smaller product first
            table, vectors = np.eye(len(table)), table @ vectors
        self._states.append(table[kept] @ vectors)
        self._values.append(table @ (vectors @ self._recorder.observables.T))
        if self._rate_rows is None:
            self._rate_rows = self._recorder.observables @ self._matrix
        self._rates.append(table @ (vectors @ self._rate_rows.T))

    def record(self) -> Record:
        parts = (self._values, self._rates, self._integrated, self._states, self._integrals)
        return Record(*(np.concatenate(part) for part in parts))

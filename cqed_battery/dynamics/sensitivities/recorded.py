"""One evolution of a state and its derivatives, recorded: the counterpart of `recorder`."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.recorder import Recorder
from cqed_battery.dynamics.sensitivities.forward import SensitivityEquation, WaveformSensitivities
from cqed_battery.dynamics.sparse import SourcedMatrix, add_product
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import FloatArray, SparseMatrix


@dataclass(frozen=True)
class SensitivityRecord:
    """What was recorded at T times: the value first, then the derivatives by p parameters.

    Args:
        values: of the n observables, (T, n, 1 + p).
        rates: d/dt of the first r observables, (T, r, 1 + p), in 1/ns.
        integrated_power: (T, 1 + p).
        first: observables of the state alone, without derivatives, (T, q).
        end: the last state and its derivatives as real vectors, (D^2, 1 + p).
        integrals: of the integrated rows since time 0, (T, m, 1 + p).
    """

    values: FloatArray
    rates: FloatArray
    integrated_power: FloatArray
    first: FloatArray
    end: FloatArray
    integrals: FloatArray


@dataclass(frozen=True)
class SensitivityRecorder:
    """What to record of a state and its derivatives.

    Args:
        recorder: the observables (n, D^2) and the power.
        first: observables of the state alone, (q, D^2).
        rated: how many of the first observables also have their rates recorded, 0 to n.
    """

    recorder: Recorder
    first: SparseMatrix
    rated: int = 0


@one_thread()
def observe_sensitivities(
    equation: SensitivityEquation,
    start: FloatArray,
    waveform: WaveformSensitivities,
    times: FloatArray,
    recorder: SensitivityRecorder,
    *,
    tolerance: float = 1e-12,
) -> SensitivityRecord:
    """Evolve a state and its derivatives (D^2, 1 + p) once; return what was recorded at times (ns).

    The counterpart of `cqed_battery.dynamics.recorder.observe`, whose order of borders it keeps.

    Args:
        equation: of the state and p derivatives.
        start: the state and its derivatives as real vectors, (D^2, 1 + p).
        waveform: and the derivatives of its controls.
        times: increasing, in ns, (T,), within the waveform.
        recorder: what to record.
        tolerance: on the truncation of each segment, relative to the start.

    Raises:
        ValueError: a time lies beyond the waveform's end.
    """
    builder, vectors = _RecordBuilder(equation, recorder), start
    stretches = waveform.waveform.stretches(np.asarray(times, dtype=float))
    for (inside, duration, controls), derivatives in zip(
        stretches, waveform.derivatives, strict=False
    ):
        matrix = equation.matrix(controls, derivatives)
        bounds = equation.liouvillian.spectrum(controls, duration)
        builder.begin(matrix, (controls, *derivatives), vectors)
        if duration <= 0:
            builder.at_once(vectors, len(inside))
            continue
        for step in chebyshev.steps(
            matrix, bounds, vectors, inside, duration, tolerance, builder.kept
        ):
            builder.step(step)
            vectors = step.end
    return builder.record(vectors)


class _RecordBuilder:
    """Collects a `SensitivityRecord` segment by segment."""

    def __init__(self, equation: SensitivityEquation, recorder: SensitivityRecorder) -> None:
        self._wanted, self._count = recorder, len(equation)
        self._before: tuple[Controls, ...] | None = None
        self._total = np.zeros(1 + len(equation))
        self._plain = recorder.recorder.observables.shape[0]
        integrated = recorder.recorder.integrated
        self._integrated = np.zeros((0, self._plain)) if integrated is None else integrated
        self._sum = np.zeros((len(self._integrated), 1 + len(equation)))
        self._kept: list[tuple[FloatArray, ...]] = []
        rated = recorder.recorder.observables[: recorder.rated]
        self._spread = sp.kron(rated, sp.eye_array(1 + self._count), format="csr")

    def begin(
        self, matrix: SourcedMatrix, controls: tuple[Controls, ...], vectors: FloatArray
    ) -> None:
        """Take up a segment with its controls and their derivatives."""
        recorder = self._wanted.recorder
        rated = recorder.observables[: self._wanted.rated]
        self._rows = sp.vstack([recorder.observables, rated @ matrix.matrix], format="csr")
        self._first_rows = sp.vstack(
            [self._wanted.first, self._spread @ matrix.sources], format="csr"
        )
        self._weights: FloatArray | None = None
        if recorder.weights is not None:
            self._weights = np.stack([recorder.weights(part) for part in controls])
        if recorder.work_jump is not None and self._before is not None:
            jumps = [recorder.work_jump(*pair) for pair in zip(self._before, controls, strict=True)]
            self._total = self._total + _with_derivatives(
                np.stack(jumps) @ (recorder.observables @ vectors)
            )
        self._before = controls

    def kept(self, vectors: FloatArray) -> FloatArray:
        """Return all that is recorded of a state and its derivatives (D^2, 1 + p), in a row."""
        rows = np.zeros((self._rows.shape[0], 1 + self._count))
        add_product(self._rows, vectors, rows)
        first = np.zeros(self._first_rows.shape[0])
        add_product(self._first_rows, vectors[:, 0].copy(), first)
        return np.concatenate([rows.ravel(), first])

    def step(self, step: chebyshev.Step) -> None:
        """Record a step at the times inside it."""
        plain = self._moments(step.phi)[0][:, : self._plain]
        integral = np.broadcast_to(self._total, (len(step.table), 1 + self._count))
        if self._weights is not None:
            integral = integral + step.integral @ _with_derivatives(self._weights @ plain)
        self._total = integral[-1]
        sums = self._sum + np.tensordot(step.integral, self._integrated @ plain, axes=1)
        self._sum = sums[-1]
        if len(integral) > 1:
            self._add(step.table[:-1], step.phi, integral[:-1], sums[:-1])

    def at_once(self, vectors: FloatArray, count: int) -> None:
        """Record the same state for so many times."""
        totals, sums = (np.repeat(x[None], count, axis=0) for x in (self._total, self._sum))
        self._add(np.ones((count, 1)), self.kept(vectors)[None], totals, sums)

    def _moments(self, kept: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return observables and rates (K, n + r, 1 + p), and those of the state alone, (K, q)."""
        size = self._rows.shape[0] * (1 + self._count)
        return kept[:, :size].reshape(len(kept), -1, 1 + self._count), kept[:, size:]

    def _add(
        self, table: FloatArray, kept: FloatArray, integral: FloatArray, sums: FloatArray
    ) -> None:
        values, first = self._moments(table @ kept)
        # d/dt of a derivative has two parts: L v_i, in `values`, and (dL/dtheta_i) v, here.
        own = self._wanted.first.shape[0]
        rates = values[:, self._plain :].copy()
        rates += first[:, own:].reshape(rates.shape)
        self._kept.append((values[:, : self._plain], rates, integral, first[:, :own], sums))

    def record(self, end: FloatArray) -> SensitivityRecord:
        """Return everything recorded."""
        values, rates, integral, first, sums = map(np.concatenate, zip(*self._kept, strict=True))
        return SensitivityRecord(values, rates, integral, first, end, sums)


def _with_derivatives(moments: FloatArray) -> FloatArray:
    """Return the power and its derivatives from moments (..., 1 + p, 1 + p) of rows and columns.

    The row of the controls times each column, and each row's derivative times the state.
    """
    integral = moments[..., 0, :].copy()
    integral[..., 1:] += moments[..., 1:, 0]
    return np.asarray(integral)

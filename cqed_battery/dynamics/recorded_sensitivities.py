"""One evolution of a state and its tangents, watched: the counterpart of `observation`."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.recorder import Watch
from cqed_battery.dynamics.sensitivities import Tangent, TangentWaveform
from cqed_battery.dynamics.sparse import SourcedMatrix
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import FloatArray, SparseMatrix


@dataclass(frozen=True)
class TangentRecord:
    """What was watched at T times: values (T, n, 1 + p), the state's first, then derivatives.

    rates (T, r, 1 + p) are those of the first r observables, in 1/ns; flow (T, 1 + p) is
    integrated; first (T, q) belongs to observables of the state alone; end (D^2, 1 + p).
    """

    values: FloatArray
    rates: FloatArray
    flow: FloatArray
    first: FloatArray
    end: FloatArray


@dataclass(frozen=True)
class TangentWatch:
    """A `Watch`, the first `rated` observables with rates, and observables `first` (q, D^2)."""

    watch: Watch
    first: SparseMatrix
    rated: int = 0


@one_thread()
def observe_tangents(
    tangent: Tangent,
    start: FloatArray,
    waveform: TangentWaveform,
    times: FloatArray,
    watched: TangentWatch,
    *,
    tolerance: float = 1e-12,
) -> TangentRecord:
    """Evolve a state and its tangents (D^2, 1 + p) once; return what was watched at times (ns).

    The counterpart of `cqed_battery.dynamics.recorder.observe`, whose order of borders it keeps.
    """
    notes, vectors = _Notes(tangent, watched), start
    stretches = waveform.waveform.stretches(np.asarray(times, dtype=float))
    for (inside, duration, controls), slopes in zip(stretches, waveform.slopes, strict=False):
        matrix = tangent.matrix(controls, slopes)
        bounds = tangent.liouvillian.spectrum(controls, duration)
        notes.begin(matrix, (controls, *slopes), vectors)
        if duration <= 0:
            notes.at_once(vectors, len(inside))
            continue
        for step in chebyshev.steps(matrix, bounds, vectors, inside, duration, tolerance):
            notes.step(step)
            vectors = step.end
    return notes.record(vectors)


class _Notes:
    """Collects a `TangentRecord` segment by segment."""

    def __init__(self, tangent: Tangent, watched: TangentWatch) -> None:
        self._watched, self._count = watched, len(tangent)
        self._before: tuple[Controls, ...] | None = None
        self._total = np.zeros(1 + len(tangent))
        self._kept: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = []

    def begin(
        self, matrix: SourcedMatrix, controls: tuple[Controls, ...], vectors: FloatArray
    ) -> None:
        """Take up a segment with its controls and their derivatives."""
        watch, rated = self._watched.watch, self._watched.watch.observables[: self._watched.rated]
        self._rows = sp.vstack([watch.observables, rated @ matrix.matrix], format="csr")
        spread = sp.kron(rated, sp.eye_array(1 + self._count), format="csr")
        self._first_rows = sp.vstack([self._watched.first, spread @ matrix.sources], format="csr")
        self._flow_rows: FloatArray | None = None
        if watch.weights is not None:
            weights = np.stack([watch.weights(part) for part in controls])
            self._flow_rows = weights @ watch.observables
        if watch.kick is not None and self._before is not None:
            kicks = [watch.kick(*pair) for pair in zip(self._before, controls, strict=True)]
            self._total = self._total + _flow(np.stack(kicks) @ (watch.observables @ vectors))
        self._before = controls

    def step(self, step: chebyshev.Step) -> None:
        """Note a step at the times inside it."""
        flow = np.broadcast_to(self._total, (len(step.table), 1 + self._count))
        if self._flow_rows is not None:
            moments = np.einsum("kdm,fd->kfm", step.phi, self._flow_rows, optimize=True)
            flow = flow + step.integral @ _flow(moments)
        self._total = flow[-1]
        if len(flow) > 1:
            self._add(step.table[:-1], step.phi, flow[:-1])

    def at_once(self, vectors: FloatArray, count: int) -> None:
        """Note the same state for so many times."""
        self._add(np.ones((count, 1)), vectors[None], np.repeat(self._total[None], count, axis=0))

    def _add(self, table: FloatArray, phi: FloatArray, flow: FloatArray) -> None:
        terms, size, columns = phi.shape
        flat = phi.transpose(1, 0, 2).reshape(size, terms * columns)
        found = (self._rows @ flat).reshape(-1, terms, columns)
        values = np.tensordot(table, found, axes=(1, 1))
        first = table @ (self._first_rows @ phi[:, :, 0].T).T
        watched = self._watched.watch.observables.shape[0]
        own = self._watched.first.shape[0]
        rates = values[:, watched:].copy()
        rates += first[:, own:].reshape(rates.shape)
        self._kept.append((values[:, :watched], rates, flow, first[:, :own]))

    def record(self, end: FloatArray) -> TangentRecord:
        """Return everything noted."""
        values, rates, flow, first = (np.concatenate(p) for p in zip(*self._kept, strict=True))
        return TangentRecord(values, rates, flow, first, end)


def _flow(moments: FloatArray) -> FloatArray:
    """Return the flow and its derivatives from moments (..., 1 + p, 1 + p) of rows and columns.

    The row of the controls times each column, and each row's derivative times the state.
    """
    flow = moments[..., 0, :].copy()
    flow[..., 1:] += moments[..., 1:, 0]
    return np.asarray(flow)

"""Exact derivatives of an evolution by parameters: a state moves together with its tangents.

With dv/dt = L v, the derivatives v_i = dv/dtheta_i obey the tangent linear equation

    dv_i/dt = L v_i + (dL/dtheta_i) v

so the columns (v, v_1, ..., v_p) of one matrix (D^2, 1 + p) pass through the same Chebyshev series
as v alone. Measurement operators carried backwards have such tangents, too, by the transposes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from cqed_battery import chebyshev
from cqed_battery.device import Device
from cqed_battery.evolution import Liouvillian, lindblad_parts
from cqed_battery.generator import linear_strengths, linear_terms
from cqed_battery.observation import Watch
from cqed_battery.operators import FloatArray, SparseMatrix
from cqed_battery.pulses import Controls, Waveform
from cqed_battery.sparse import SourcedMatrix


@dataclass(frozen=True)
class TangentWaveform:
    """A waveform, and the derivatives of each segment's controls by p parameters."""

    waveform: Waveform
    slopes: tuple[tuple[Controls, ...], ...]

    @classmethod
    def of(
        cls, waveform: Waveform, moved: Sequence[Sequence[tuple[float, Waveform]]]
    ) -> "TangentWaveform":
        """Return a waveform with its derivatives, each a weighted sum of moved waveforms."""
        columns = [_weighted_controls(waveform, terms) for terms in moved]
        return cls(waveform, tuple(zip(*columns, strict=True)))

    def only(self, parameters: Sequence[int]) -> "TangentWaveform":
        """Return the same with derivatives by some of the parameters."""
        kept = tuple(tuple(slopes[n] for n in parameters) for slopes in self.slopes)
        return TangentWaveform(self.waveform, kept)

    def moves(self, parameter: int) -> bool:
        """Say whether the parameter with this number changes the controls."""
        return any(slopes[parameter] != Controls() for slopes in self.slopes)


def _weighted_controls(
    waveform: Waveform, terms: Sequence[tuple[float, Waveform]]
) -> list[Controls]:
    if all(moved == waveform for _, moved in terms):
        return [Controls()] * len(waveform.segments)
    total = [Controls()] * len(waveform.segments)
    for weight, moved in terms:
        total = [
            Controls(
                now.g + weight * part.controls.g,
                now.eps + weight * part.controls.eps,
                now.counter + weight * part.controls.counter,
            )
            for now, part in zip(total, moved.segments, strict=True)
        ]
    return total


class StaticSlopes:
    """Derivatives of the static part of L, which is linear in frequencies and jump rates."""

    def __init__(self, levels: int, fock_levels: int) -> None:
        energies, jumps = linear_terms(levels, fock_levels)
        nothing = 0 * energies[0]
        self._units = lindblad_parts(nothing, energies, ())[1:]
        self._units += [lindblad_parts(nothing, (), (jump,))[0] for jump in jumps]

    def slope(self, terms: Sequence[tuple[float, Device]]) -> SparseMatrix:
        """Return the derivative, (D^2, D^2), as a weighted sum over moved devices."""
        strengths = np.array([linear_strengths(device) for _, device in terms])
        total = 0 * self._units[0]
        if len(terms) and np.ptp(strengths, axis=0).any():
            slopes = np.array([weight for weight, _ in terms]) @ (strengths - strengths[0])
            for slope, unit in zip(slopes, self._units, strict=True):
                total = total + slope * unit if slope else total
        total = sp.csr_array(total)
        total.eliminate_zeros()
        return total


class Tangent:
    """The equation of motion of (v, v_1, ..., v_p), columns of a matrix (D^2, 1 + p).

    static: the derivatives of L without controls, p real matrices (D^2, D^2) in 1/ns per unit of
    the parameters.
    """

    def __init__(self, liouvillian: Liouvillian, static: Sequence[SparseMatrix]) -> None:
        self.liouvillian, self._static = liouvillian, list(static)

    def __len__(self) -> int:
        """Return p."""
        return len(self._static)

    def only(self, parameters: Sequence[int]) -> "Tangent":
        """Return the same by some of the parameters."""
        return Tangent(self.liouvillian, [self._static[number] for number in parameters])

    def acts(self, parameter: int) -> bool:
        """Say whether L changes with the parameter where the controls do not."""
        return self._static[parameter].nnz > 0

    def matrix(self, controls: Controls, slopes: Sequence[Controls]) -> SourcedMatrix:
        """Return what moves states, for constant controls and their derivatives."""
        sources = _sources(self._static_sources, self._parts, slopes)
        return SourcedMatrix(self.liouvillian.matrix(controls), sources)

    def adjoint(self, controls: Controls, slopes: Sequence[Controls]) -> SourcedMatrix:
        """Return what moves measurement operators backwards."""
        sources = _sources(self._static_adjoint, self._adjoint_parts, slopes)
        return SourcedMatrix(self.liouvillian.adjoint(controls), sources)

    def forward(
        self, vectors: FloatArray, waveform: TangentWaveform, tolerance: float = 1e-13
    ) -> FloatArray:
        """Carry a state and its tangents (D^2, 1 + p) to the waveform's end."""
        for segment, slopes in zip(waveform.waveform.segments, waveform.slopes, strict=True):
            matrix = self.matrix(segment.controls, slopes)
            bounds = self.liouvillian.spectrum(segment.controls, segment.duration)
            vectors = chebyshev.propagate(matrix, bounds, vectors, segment.duration, tolerance)
        return vectors

    def backward(
        self, effects: FloatArray, waveform: TangentWaveform, tolerance: float = 1e-13
    ) -> FloatArray:
        """Carry a measurement operator and its tangents (D^2, 1 + p) to the beginning."""
        pairs = list(zip(waveform.waveform.segments, waveform.slopes, strict=True))
        for segment, slopes in reversed(pairs):
            matrix = self.adjoint(segment.controls, slopes)
            bounds = self.liouvillian.spectrum(segment.controls, segment.duration)
            effects = chebyshev.propagate(matrix, bounds, effects, segment.duration, tolerance)
        return effects

    @cached_property
    def _parts(self) -> list[SparseMatrix]:
        return self.liouvillian.control_parts

    @cached_property
    def _adjoint_parts(self) -> list[SparseMatrix]:
        return [sp.csr_array(part.T) for part in self._parts]

    @cached_property
    def _static_sources(self) -> SparseMatrix:
        return _stacked(self._static)

    @cached_property
    def _static_adjoint(self) -> SparseMatrix:
        return _stacked([slope.T for slope in self._static])


def _stacked(slopes: Sequence[SparseMatrix]) -> SparseMatrix:
    """Return matrices (D^2, D^2) one row of each after the other, (D^2 p, D^2)."""
    places = np.eye(len(slopes))[:, :, None]
    total = sum(
        (sp.kron(slope, place) for slope, place in zip(slopes[1:], places[1:], strict=True)),
        start=sp.kron(slopes[0], places[0]),
    )
    return sp.csr_array(total)


def _sources(
    static: SparseMatrix, parts: Sequence[SparseMatrix], slopes: Sequence[Controls]
) -> SparseMatrix:
    drives = [slope.eps + slope.counter for slope in slopes]
    columns = (
        [slope.g for slope in slopes],
        [drive.real for drive in drives],
        [drive.imag for drive in drives],
    )
    total = static
    for part, column in zip(parts, columns, strict=True):
        if any(column):
            total = total + sp.csr_array(sp.kron(part, np.array(column)[:, None]))
    return total


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

    The counterpart of `cqed_battery.observation.observe`, whose order of borders it keeps.
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
        watch, rated = self._watched.watch, self._watched.watch.observables[: self._watched.rated]
        self._rows = sp.vstack([watch.observables, rated @ matrix.matrix], format="csr")
        spread = sp.kron(rated, sp.eye_array(self._count), format="csr")
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
        flow = np.broadcast_to(self._total, (len(step.table), 1 + self._count))
        if self._flow_rows is not None:
            moments = np.einsum("kdm,fd->kfm", step.phi, self._flow_rows, optimize=True)
            flow = flow + step.integral @ _flow(moments)
        self._total = flow[-1]
        if len(flow) > 1:
            self._add(step.table[:-1], step.phi, flow[:-1])

    def at_once(self, vectors: FloatArray, count: int) -> None:
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
        rates[:, :, 1:] += first[:, own:].reshape(len(table), -1, self._count)
        self._kept.append((values[:, :watched], rates, flow, first[:, :own]))

    def record(self, end: FloatArray) -> TangentRecord:
        values, rates, flow, first = (np.concatenate(p) for p in zip(*self._kept, strict=True))
        return TangentRecord(values, rates, flow, first, end)


def _flow(moments: FloatArray) -> FloatArray:
    """Return the flow and its derivatives from moments (..., 1 + p, 1 + p) of rows and columns.

    The row of the controls times each column, and each row's derivative times the state.
    """
    flow = moments[..., 0, :].copy()
    flow[..., 1:] += moments[..., 1:, 0]
    return np.asarray(flow)

"""Exact derivatives of an evolution by parameters: a state moves together with its derivatives.

With dv/dt = L v, the derivatives v_i = dv/dtheta_i obey the tangent linear equation

    dv_i/dt = L v_i + (dL/dtheta_i) v

so the columns (v, v_1, ..., v_p) of one matrix (D^2, 1 + p) pass through the same Chebyshev series
as v alone. Measurement operators carried backwards have such derivatives, too, by the transposes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import Generator, control_values, linear_strengths
from cqed_battery.dynamics.qiskit_models import unit_parts
from cqed_battery.dynamics.sparse import SourcedMatrix, aligned, with_data, without_zeros
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.operators import FloatArray, SparseMatrix


@dataclass(frozen=True)
class WaveformSensitivities:
    """A waveform, and the derivatives of each segment's controls by p parameters.

    Args:
        waveform: of S segments.
        derivatives: for each segment the p derivatives, in rad/ns per unit of the parameter.
    """

    waveform: Waveform
    derivatives: tuple[tuple[Controls, ...], ...]

    @classmethod
    def of(
        cls, waveform: Waveform, moved: Sequence[Sequence[tuple[float, Waveform]]]
    ) -> "WaveformSensitivities":
        """Return a waveform with its derivatives, each a weighted sum of moved waveforms.

        Args:
            waveform: of S segments.
            moved: for each of the p parameters the weights (1 per unit of the parameter) and the
                waveforms of a finite difference; all have S segments of the same durations.

        Raises:
            ValueError: a moved waveform has another number of segments.
        """
        columns = [_weighted_controls(waveform, terms) for terms in moved]
        return cls(waveform, tuple(zip(*columns, strict=True)))

    def only(self, parameters: Sequence[int]) -> "WaveformSensitivities":
        """Return the same with derivatives by some of the parameters.

        Args:
            parameters: their numbers, from 0 to p - 1.
        """
        kept = tuple(tuple(derivatives[n] for n in parameters) for derivatives in self.derivatives)
        return WaveformSensitivities(self.waveform, kept)

    def moves(self, parameter: int) -> bool:
        """Say whether the parameter with this number changes the controls.

        Args:
            parameter: its number, from 0 to p - 1.
        """
        return any(derivatives[parameter] != Controls() for derivatives in self.derivatives)


def _weighted_controls(
    waveform: Waveform, terms: Sequence[tuple[float, Waveform]]
) -> list[Controls]:
    if all(moved == waveform for _, moved in terms):
        return [Controls()] * len(waveform.segments)
    total = [Controls()] * len(waveform.segments)
    for weight, moved in terms:
        total = [
            now.plus(part.controls, weight) for now, part in zip(total, moved.segments, strict=True)
        ]
    return total


def static_derivative(generator: Generator, terms: Sequence[tuple[float, Device]]) -> SparseMatrix:
    """Return the derivative of L without controls, (D^2, D^2), a weighted sum over moved devices.

    L is linear in frequencies and jump rates, and the weights add up to 0.

    Args:
        generator: gives the two dimensions; its own strengths do not enter.
        terms: weights, 1 per unit of the parameter, which add up to 0, and devices.

    Returns:
        Real (D^2, D^2), in 1/ns per unit of the parameter.
    """
    (data, pattern), derivative = unit_parts(generator), np.zeros(len(generator.strengths))
    strengths = [linear_strengths(device) for _, device in terms]
    for (weight, _), moved in zip(terms, strengths, strict=True):
        # The weights add up to 0, so subtracting one of them changes nothing but the rounding.
        derivative += weight * (moved - strengths[0])
    found, where = without_zeros((derivative @ data[: len(derivative)])[None], pattern)
    return with_data(where, found[0])


_Active = tuple[tuple[int, int], ...]
"""Which of the control parts move with which parameter."""


class SensitivityEquation:
    """The equation of motion of (v, v_1, ..., v_p), columns of a matrix (D^2, 1 + p).

    Args:
        liouvillian: L, of dimension D.
        static: derivatives of L without controls, p real matrices (D^2, D^2), in 1/ns per unit of
            the parameters.
    """

    def __init__(self, liouvillian: Liouvillian, static: Sequence[SparseMatrix]) -> None:
        self.liouvillian, self._static = liouvillian, list(static)
        self._known: dict[tuple[bool, _Active], tuple[FloatArray, SparseMatrix]] = {}

    def __len__(self) -> int:
        """Return the number p of parameters."""
        return len(self._static)

    def only(self, parameters: Sequence[int]) -> "SensitivityEquation":
        """Return the same by some of the parameters.

        Args:
            parameters: their numbers, from 0 to p - 1.
        """
        return SensitivityEquation(
            self.liouvillian, [self._static[number] for number in parameters]
        )

    def acts(self, parameter: int) -> bool:
        """Say whether L changes with the parameter where the controls do not.

        Args:
            parameter: its number, from 0 to p - 1.
        """
        return self._static[parameter].nnz > 0

    def matrix(self, controls: Controls, derivatives: Sequence[Controls]) -> SourcedMatrix:
        """Return what moves states and their derivatives, on (D^2, 1 + p), in 1/ns.

        Args:
            controls: constant, in rad/ns.
            derivatives: of the controls by the p parameters.
        """
        sources = self._sources(derivatives, adjoint=False)
        return SourcedMatrix(self.liouvillian.matrix(controls), sources)

    def adjoint(self, controls: Controls, derivatives: Sequence[Controls]) -> SourcedMatrix:
        """Return what moves measurement operators and their derivatives backwards.

        Args:
            controls: constant, in rad/ns.
            derivatives: of the controls by the p parameters.
        """
        sources = self._sources(derivatives, adjoint=True)
        return SourcedMatrix(self.liouvillian.adjoint(controls), sources)

    def _sources(self, derivatives: Sequence[Controls], *, adjoint: bool) -> SparseMatrix:
        """Return what the first column feeds the others with, (D^2 (1 + p), D^2).

        Segments in which the same controls move share the pattern. Derivatives are those of the
        rotating frame.
        """
        strengths = tuple(zip(*map(control_values, derivatives), strict=True))
        acting = tuple(
            (part, number)
            for part, row in enumerate(strengths)
            for number, strength in enumerate(row)
            if strength
        )
        if (adjoint, acting) not in self._known:
            self._known[adjoint, acting] = self._aligned(acting, adjoint=adjoint)
        data, pattern = self._known[adjoint, acting]
        weights = np.array([1.0, *(strengths[part][number] for part, number in acting)])
        return with_data(pattern, weights @ data)

    def _aligned(self, acting: "_Active", *, adjoint: bool) -> tuple[FloatArray, SparseMatrix]:
        parts, static = self.liouvillian.control_parts, self._static
        if adjoint:
            parts, static = ([part.T for part in group] for group in (parts, static))
        rows = [_fed({number: parts[part]}, len(self)) for part, number in acting]
        return aligned([_fed(dict(enumerate(static)), len(self)), *rows])

    def forward(
        self, vectors: FloatArray, waveform: WaveformSensitivities, tolerance: float = 1e-13
    ) -> FloatArray:
        """Carry a state and its derivatives (D^2, 1 + p) to the waveform's end.

        Args:
            vectors: real, (D^2, 1 + p), the state first.
            waveform: of finite length, with p derivatives.
            tolerance: on the truncation of each segment, relative.
        """
        for segment, derivatives in zip(
            waveform.waveform.segments, waveform.derivatives, strict=True
        ):
            matrix = self.matrix(segment.controls, derivatives)
            bounds = self.liouvillian.spectrum(segment.controls, segment.duration)
            vectors = chebyshev.propagate(matrix, bounds, vectors, segment.duration, tolerance)
        return vectors

    def backward(
        self, effects: FloatArray, waveform: WaveformSensitivities, tolerance: float = 1e-13
    ) -> FloatArray:
        """Carry a measurement operator and its derivatives (D^2, 1 + p) to the beginning.

        Args:
            effects: real, (D^2, 1 + p), the operator first.
            waveform: of finite length, with p derivatives.
            tolerance: on the truncation of each segment, relative.
        """
        pairs = list(zip(waveform.waveform.segments, waveform.derivatives, strict=True))
        for segment, derivatives in reversed(pairs):
            matrix = self.adjoint(segment.controls, derivatives)
            bounds = self.liouvillian.spectrum(segment.controls, segment.duration)
            effects = chebyshev.propagate(matrix, bounds, effects, segment.duration, tolerance)
        return effects


def _fed(derivatives: Mapping[int, SparseMatrix], count: int) -> sp.coo_array:
    """Return what feeds columns 1 ... p with the first, (D^2 (1 + p), D^2).

    Args:
        derivatives: dL/dtheta_n, (D^2, D^2), by n from 0.
        count: p.
    """
    entries = {number: sp.coo_array(part) for number, part in derivatives.items()}
    rows = [part.row.astype(np.int64) * (1 + count) + 1 + n for n, part in entries.items()]
    columns, values = (
        np.concatenate([getattr(part, name) for part in entries.values()])
        for name in ("col", "data")
    )
    size = next(iter(entries.values())).shape[0]
    return sp.coo_array((values, (np.concatenate(rows), columns)), (size * (1 + count), size))

"""Exact derivatives of what an evolution ends in by every held control: forward, then backward.

Where the controls are held, exp(t L) v is the Chebyshev series of `chebyshev`,

    sum_k c_k phi_k,   phi_0 = v,   phi_1 = (A/2) v,   phi_{k+1} = A phi_k + phi_{k-1},   A = 2 L/R.

What follows the end of the segment gives a cotangent y there, and Clenshaw's recurrence downwards,

    b_k = c_k y + A^T b_{k+1} + b_{k+2}   (b_0 with A^T/2),

gives the cotangent b_0 of v and, since the series is a polynomial in A, the exact derivative by a
control u_c whose part of L is M_c:  (2/R) [b_1^T M_c phi_0 / 2 + sum_k>0 b_{k+1}^T M_c phi_k].
No step of the control is small, as in GRAPE's first order (Khaneja et al., J. Magn. Reson. 172,
296); all controls together cost about as much as three evolutions. Devices that differ a little
are evolved at once, as blocks of one sparse matrix.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import scipy.sparse as sp

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.bessel import coefficients
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import control_values
from cqed_battery.dynamics.sensitivities.adjoint_small import SmallDevices
from cqed_battery.dynamics.sparse import add_product, aligned, with_data
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.operators import FloatArray, SparseMatrix

_SMALL, _FEW = 16, 4  # D^2 and devices up to which stacks of dense matrices are faster
_LONG_NS = 1e9  # for which the energies' exact spread is worth its calculation
_TOLERANCE = 1e-10  # of each segment, relative; derivatives are those of the truncated series
_MOST_KEPT = 2**24  # elements of series that are kept for the way back: 128 MB


class ControlledDevices:
    """M devices under C controls each, held in S segments that are the same for all.

    Args:
        liouvillians: of the devices, all of one dimension D.
        biases: what is held beside the controls, of each device, in rad/ns.
        units: what each of the C controls does at 1 rad/ns.
        durations: of the segments, in ns, above 0, (S,).
        largest: sizes of coupling, moves and drives that the controls never exceed, in rad/ns.
    """

    def __init__(
        self,
        liouvillians: Sequence[Liouvillian],
        biases: Sequence[Controls],
        units: Sequence[Controls],
        durations: FloatArray,
        largest: Controls,
    ) -> None:
        self.size = liouvillians[0].dimension ** 2
        static = [each.matrix(bias) for each, bias in zip(liouvillians, biases, strict=True)]
        parts = [_part(liouvillians[0], unit) for unit in units]
        data, pattern = aligned([*static, *parts])
        self._static, self._parts = data[: len(static)], data[len(static) :]
        self._pattern = _blocks(pattern, len(static))
        places = with_data(self._pattern, np.arange(self._pattern.nnz)).T.tocsr()
        self._transposed, self._places = places, places.data
        self._control_blocks = [_blocks(part, len(static)) for part in parts]
        self._radius, decay = _bounds(liouvillians, biases, largest)
        self._set_steps(np.asarray(durations, dtype=float), decay)
        self._stacked = self._small()
        self._kept: tuple[bytes, dict[int, list[FloatArray]]] = b"", {}

    def _set_steps(self, durations: FloatArray, decay: float) -> None:
        """Cut the segments into steps that the series takes, and keep the series of each length."""
        longest = chebyshev.longest_step(self._radius, decay, _TOLERANCE, 1)
        self._cuts = np.maximum(np.ceil(durations / longest), 1).astype(int)
        lengths, self._kinds = np.unique(np.round(durations / self._cuts, 12), return_inverse=True)
        self._series = [
            coefficients(np.array([length]), self._radius, _TOLERANCE, decay)[0][0]
            for length in lengths
        ]

    def _small(self) -> SmallDevices | None:
        """Return the same for stacks of dense matrices, where those are faster."""
        if self.size > _SMALL or len(self._static) > _FEW or (self._cuts > 1).any():
            return None
        width = max(map(len, self._series))
        series = np.stack([np.pad(row, (0, width - len(row))) for row in self._series])
        pattern = self._pattern[: self.size, : self.size]
        static, parts = (
            np.stack([with_data(pattern, row).toarray() for row in rows])
            for rows in (self._static, self._parts)
        )
        return SmallDevices(static, parts, series[self._kinds], self._radius)

    @one_thread()
    def states(self, start: FloatArray, controls: FloatArray) -> FloatArray:
        """Return the states at the borders of the segments, (S + 1, M, D^2).

        Args:
            start: real vectors, (M, D^2).
            controls: in rad/ns, (M, S, C).
        """
        if self._stacked is not None:
            return self._stacked.states(start, controls)
        vector = np.ascontiguousarray(start, dtype=float).ravel()
        found, self._kept = [vector], (controls.tobytes(), {})
        for number in range(controls.shape[1]):
            steps = self._steps(number, self._matrix(controls[:, number]), vector)
            vector = self._of(number) @ steps[-1]
            found.append(vector)
            if (number + 1) * sum(map(np.size, steps)) < _MOST_KEPT:
                self._kept[1][number] = steps
        return np.stack(found).reshape(len(found), *start.shape)

    def _steps(self, number: int, matrix: SparseMatrix, vector: FloatArray) -> list[FloatArray]:
        """Return the vectors phi of each step of a segment, (K, M D^2)."""
        coefficients, found = self._of(number), []
        for _ in range(self._cuts[number]):
            found.append(_upwards(matrix, vector, len(coefficients)))
            vector = coefficients @ found[-1]
        return found

    @one_thread()
    def gradient(self, states: FloatArray, controls: FloatArray, kicks: FloatArray) -> FloatArray:
        """Return the derivatives of a figure by every control, (M, S, C), per rad/ns.

        Args:
            states: what `states` returned for these controls, (S + 1, M, D^2).
            controls: in rad/ns, (M, S, C).
            kicks: derivatives of the figure by the states at the borders, (S + 1, M, D^2).
        """
        if self._stacked is not None:
            return self._stacked.gradient(states, controls, kicks)
        if self._kept[0] != controls.tobytes():
            self._kept = b"", {}
        found = np.zeros((controls.shape[1], controls.shape[2], controls.shape[0]))
        cotangent = kicks[-1].ravel().copy()
        for number in range(len(found) - 1, -1, -1):
            rows, cotangent = self._through(
                number, controls[:, number], states[number].ravel(), cotangent
            )
            found[number] = rows
            cotangent += kicks[number].ravel()
        return np.ascontiguousarray(found.transpose(2, 0, 1))

    def _through(
        self, number: int, held: FloatArray, vector: FloatArray, cotangent: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the derivatives (C, M) of a segment, and the cotangent of its beginning."""
        matrix, coefficients = self._matrix(held), self._of(number)
        back = with_data(self._transposed, matrix.data[self._places])
        steps = self._kept[1].pop(number, None) or self._steps(number, matrix, vector)
        total = np.zeros((len(self._control_blocks), len(held)))
        for phi in reversed(steps):
            downwards = _downwards(back, cotangent, coefficients)
            cotangent, phi[0] = downwards[0], phi[0] / 2
            total += self._contracted(downwards[1:], phi[:-1]) * 2 / self._radius
        return total, cotangent

    def _contracted(self, rows: FloatArray, phi: FloatArray) -> FloatArray:
        """Return sum_k rows_k M_c phi_k of each control and device, (C, M)."""
        columns = np.ascontiguousarray(phi.T)
        shares = [
            np.einsum("kn,nk->n", rows, part @ columns).reshape(-1, self.size).sum(axis=1)
            for part in self._control_blocks
        ]
        return np.stack(shares)

    def _of(self, number: int) -> FloatArray:
        return self._series[self._kinds[number]]

    def _matrix(self, held: FloatArray) -> SparseMatrix:
        """Return 2 L/R of all devices under controls (M, C), a block each."""
        data = (self._static + held @ self._parts) * (2 / self._radius)
        return with_data(self._pattern, data.ravel())


def _part(liouvillian: Liouvillian, unit: Controls) -> SparseMatrix:
    """Return what a control multiplies in L, (D^2, D^2), no unit."""
    pairs = zip(control_values(unit), liouvillian.control_parts, strict=True)
    return sp.csr_array(sum(value * part for value, part in pairs if value))


def _blocks(matrix: SparseMatrix, count: int) -> SparseMatrix:
    return sp.csr_array(sp.block_diag([matrix] * count, format="csr"))


def _bounds(
    liouvillians: Sequence[Liouvillian], biases: Sequence[Controls], largest: Controls
) -> tuple[float, float]:
    """Return bounds on |Im| and -Re of the eigenvalues of L under any allowed controls, in 1/ns."""
    bounds = []
    # The spread of the energies is convex in every control, so it is largest at a corner.
    for signs in product((1, -1), repeat=3):
        moves = np.multiply(signs, (largest.g, largest.transmon, largest.resonator)).tolist()
        held = replace(largest, g=moves[0], transmon=moves[1], resonator=moves[2])
        for each, bias in zip(liouvillians, biases, strict=True):
            bounds.append(each.spectrum(bias.plus(held), _LONG_NS))
    radius, decay = np.max(bounds, axis=0)
    return max(float(radius), 1e-9), float(decay)  # a device without any energy still has a series


def _upwards(matrix: SparseMatrix, vector: FloatArray, count: int) -> FloatArray:
    """Return phi_0 ... phi_{count - 1} of a vector, (count, N)."""
    phi = np.empty((count, len(vector)))
    phi[0] = vector
    chebyshev.series(matrix, phi)
    return phi


def _downwards(back: SparseMatrix, cotangent: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Return b_0 ... b_{K - 1} of a cotangent at the end, (K, N)."""
    found = coefficients[:, None] * cotangent
    last = len(found) - 1
    for k in range(last - 1, 0, -1):
        add_product(back, found[k + 1], found[k])
        if k + 2 <= last:
            found[k] += found[k + 2]
    if last > 0:
        found[0] += 0.5 * (back @ found[1])
    if last > 1:
        found[0] += found[2]
    return found

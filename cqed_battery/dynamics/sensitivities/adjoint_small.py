"""The derivatives of `adjoint` for few levels, where a call of numpy costs more than its numbers.

All segments are taken at once, as stacks of small dense matrices: their propagators by the same
Chebyshev series, then one short product for each segment, forwards and backwards. With the states
at every border known, the series of all segments and their transposes run side by side.
"""

import numpy as np

from cqed_battery.operators import FloatArray


class SmallDevices:
    """M devices under C controls each, held in S segments: `ControlledDevices` for small D.

    Args:
        static: L under the bias of each device, (M, D^2, D^2), in 1/ns.
        parts: what each control multiplies, (C, D^2, D^2), no unit.
        coefficients: of the series of each segment, (S, K), 0 where it is shorter.
        radius: bound on |Im| of the eigenvalues, in 1/ns.
    """

    def __init__(
        self, static: FloatArray, parts: FloatArray, coefficients: FloatArray, radius: float
    ) -> None:
        self._static, self._parts, self._radius = static, parts, radius
        self._series = coefficients
        self._last: tuple[bytes, FloatArray, FloatArray] | None = None

    def states(self, start: FloatArray, controls: FloatArray) -> FloatArray:
        """Return the states at the borders of the segments, (S + 1, M, D^2).

        Args:
            start: real vectors, (M, D^2).
            controls: in rad/ns, (M, S, C).
        """
        _, propagators = self._propagators(controls)
        found = np.empty((len(propagators) + 1, *start.shape))
        found[0] = start
        columns = found[..., None]
        for number, propagator in enumerate(propagators):
            np.matmul(propagator, columns[number], out=columns[number + 1])
        return found

    def gradient(self, states: FloatArray, controls: FloatArray, kicks: FloatArray) -> FloatArray:
        """Return the derivatives of a figure by every control, (M, S, C), per rad/ns.

        Args:
            states: what `states` returned for these controls, (S + 1, M, D^2).
            controls: in rad/ns, (M, S, C).
            kicks: derivatives of the figure by the states at the borders, (S + 1, M, D^2).
        """
        matrices, propagators = self._propagators(controls)
        cotangents = np.array(kicks[1:])
        rows = cotangents[..., None, :]
        for number in range(len(propagators) - 1, 0, -1):
            cotangents[number - 1] += np.matmul(rows[number], propagators[number])[:, 0]
        phi = _upwards(matrices, states[:-1], self._series.shape[1])
        back = _downwards(matrices, cotangents, self._series)
        phi[0] /= 2
        found = [np.einsum("ksmd,ksmd->ms", back[1:], phi[:-1] @ part.T) for part in self._parts]
        return np.stack(found, axis=-1) * (2 / self._radius)

    def _propagators(self, controls: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return 2 L/R and exp(t L) of every segment, (S, M, D^2, D^2) each; the last are kept."""
        key = controls.tobytes()
        if self._last is None or self._last[0] != key:
            moved = np.tensordot(controls.swapaxes(0, 1), self._parts, axes=1)
            matrices = (self._static + moved) * (2 / self._radius)
            self._last = key, matrices, _sums(matrices, self._series)
        return self._last[1:]


def _sums(matrices: FloatArray, series: FloatArray) -> FloatArray:
    """Return sum_k c_k phi_k(A) of matrices A, (S, M, N, N), by Clenshaw's recurrence."""
    weights = series.T[:, :, None, None, None] * np.eye(matrices.shape[-1])
    above, now = np.zeros_like(matrices), weights[-1] + np.zeros_like(matrices)
    for weight in weights[-2:0:-1]:
        above, now = now, matrices @ now + above + weight
    return np.asarray(weights[0] + matrices @ now / 2 + above)


def _upwards(matrices: FloatArray, vectors: FloatArray, count: int) -> FloatArray:
    """Return phi_0 ... phi_{count - 1} of vectors (S, M, N), (count, S, M, N)."""
    phi = np.empty((count, *vectors.shape))
    phi[0] = vectors
    columns = phi[..., None]
    np.matmul(matrices, columns[0] / 2, out=columns[1])
    for k in range(2, count):
        np.matmul(matrices, columns[k - 1], out=columns[k])
        phi[k] += phi[k - 2]
    return phi


def _downwards(matrices: FloatArray, cotangents: FloatArray, series: FloatArray) -> FloatArray:
    """Return b_0 ... b_{K - 1} of cotangents (S, M, N) at the ends, (K, S, M, N); b_0 is empty."""
    found = series.T[:, :, None, None] * cotangents
    rows = found[..., None, :]
    last = len(found) - 1
    for k in range(last - 1, 0, -1):
        found[k] += np.matmul(rows[k + 1], matrices)[..., 0, :]
        if k + 2 <= last:
            found[k] += found[k + 2]
    return found

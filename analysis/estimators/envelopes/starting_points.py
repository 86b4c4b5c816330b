"""Starting points for damped sinusoids: a matrix pencil, and the peak of what is left over."""

import math

import numpy as np
from scipy.sparse.linalg import ArpackError, LinearOperator, svds

from analysis.estimators.envelopes.samples import MANY
from cqed_battery.operators import FloatArray

_FINE = 8  # cells of the even grid that carries many uneven times, per mean step


def matrix_pencil(
    times: FloatArray, values: FloatArray, modes: int
) -> tuple[FloatArray, FloatArray]:
    """Return decay rates and angular frequencies, up to (modes,), by the matrix-pencil method.

    Hua and Sarkar, IEEE Trans. ASSP 38, 814 (1990). The mean is removed, unevenly spaced data
    is interpolated first, and each oscillation counts as a pair of conjugate poles. Fewer modes
    than asked for come back when the poles found are real or do not decay.

    Args:
        times: in ns, increasing, (T,).
        values: the signal, (T,).
        modes: most oscillations, at least 1.

    Returns:
        Decay rates in 1/ns and angular frequencies in rad/ns.
    """
    count = len(times)
    grid = np.linspace(times[0], times[-1], count)
    signal = np.interp(grid, times, values)
    signal = signal - signal.mean()
    rank, pencil = 2 * modes, count // 2
    if pencil < rank + 1 or not signal.any():
        return np.empty(0), np.empty(0)
    dominant = dominant_rows(signal, pencil, rank).T
    if not dominant.size:
        return np.empty(0), np.empty(0)
    poles = np.linalg.eigvals(np.linalg.pinv(dominant[:-1]) @ dominant[1:])
    poles = poles[(poles.imag > 1e-9) & (np.abs(poles) > 1e-6)]
    rates = np.log(poles) / (grid[1] - grid[0])
    return np.maximum(-rates.real, 0.0), rates.imag


def dominant_rows(
    signal: FloatArray, pencil: int, rank: int, *, many: bool | None = None
) -> FloatArray:
    """Return the first right singular vectors (rank, pencil + 1) of the signal's Hankel matrix.

    For many samples (by default: more than `MANY`) by Lanczos steps, each of them a convolution;
    no rows if those do not converge.

    Args:
        signal: evenly spaced samples, (T,).
        pencil: columns of the Hankel matrix less one.
        rank: how many vectors, at most pencil + 1.
        many: whether Lanczos steps are taken; by default decided by the number of samples.
    """
    if not (len(signal) > MANY if many is None else many):
        hankel = np.lib.stride_tricks.sliding_window_view(signal, pencil + 1)
        return np.asarray(np.linalg.svd(hankel, full_matrices=False)[2][:rank])
    from scipy.signal import fftconvolve  # 0.1 s, for many samples alone

    shape = (len(signal) - pencil, pencil + 1)

    def correlate(vector: FloatArray) -> FloatArray:
        """Return the Hankel matrix, or its transpose, times a vector: both are convolutions."""
        return np.asarray(fftconvolve(signal, np.ravel(vector)[::-1], mode="valid"))

    hankel = LinearOperator(shape, matvec=correlate, rmatvec=correlate, dtype=float)
    start = np.random.default_rng(0).standard_normal(min(shape))
    try:
        return np.asarray(svds(hankel, k=rank, v0=start, return_singular_vectors="vh")[2])
    except ArpackError:  # too many singular values alike: no start from here
        return np.empty((0, pencil + 1))


def residual_peak(
    times: FloatArray, residual: FloatArray, sigmas: FloatArray
) -> tuple[float, float]:
    """Return (decay rate, angular frequency) of the strongest undamped oscillation left.

    Args:
        times: in ns, increasing, (T,).
        residual: of the fit so far, (T,).
        sigmas: its standard errors, above 0, (T,).

    Returns:
        Decay rate in 1/ns (one over the span) and angular frequency in rad/ns.
    """
    span = times[-1] - times[0]
    frequencies = np.linspace(0.5, len(times) - 1, 4 * len(times)) * np.pi / span
    weight = residual / sigmas**2
    power = periodogram(times - times[0], weight, frequencies)
    return 1.0 / span, float(frequencies[int(power.argmax())])


def periodogram(
    times: FloatArray, weight: FloatArray, frequencies: FloatArray, *, many: bool | None = None
) -> FloatArray:
    """Return |sum_j weight_j exp(i w t_j)|^2 at evenly spaced angular frequencies w.

    For many times (by default: more than `MANY`) by a chirp transform on an even grid, to whose
    points the times are shared out linearly; evenly spaced times are points of it.

    Args:
        times: in ns from the first one, increasing, (T,).
        weight: signal over variance at each time, (T,).
        frequencies: angular, evenly spaced, in rad/ns, (W,).
        many: whether the chirp transform is taken; by default decided by the number of times.

    Returns:
        (W,), in the square of the weight's unit.
    """
    if not (len(times) > MANY if many is None else many):
        return _direct_periodogram(times, weight, frequencies)
    from scipy.signal import CZT

    cells = _FINE * (len(times) - 1)
    step = times[-1] / cells
    place = np.clip((times / step).astype(int), 0, cells - 1)
    share = times / step - place
    even = np.bincount(place, (1 - share) * weight, cells + 1)
    even += np.bincount(place + 1, share * weight, cells + 1)
    turn = np.exp(-1j * (frequencies[1] - frequencies[0]) * step)
    chirp = CZT(len(even), len(frequencies), w=turn, a=np.exp(1j * frequencies[0] * step))
    return np.asarray(np.abs(chirp(even)) ** 2)


def _direct_periodogram(
    times: FloatArray, weight: FloatArray, frequencies: FloatArray
) -> FloatArray:
    """Return `periodogram` term by term: phases of coarse steps times phases of fine ones."""
    fine = max(1, math.isqrt(len(frequencies)))
    coarse = -(-len(frequencies) // fine)
    step = (frequencies[-1] - frequencies[0]) / max(1, len(frequencies) - 1)
    starts = frequencies[0] + fine * step * np.arange(coarse)
    left = np.exp(1j * np.multiply.outer(starts, times)) * weight
    right = np.exp(1j * np.multiply.outer(times, step * np.arange(fine)))
    return np.asarray(np.abs((left @ right).ravel()[: len(frequencies)]) ** 2)

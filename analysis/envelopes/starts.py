"""Starting points for damped sinusoids: a matrix pencil, and the peak of what is left over."""

import numpy as np

from cqed_battery.operators import FloatArray


def matrix_pencil(
    times: FloatArray, values: FloatArray, modes: int
) -> tuple[FloatArray, FloatArray]:
    """Return decay rates and angular frequencies, up to (modes,), by the matrix-pencil method.

    Hua and Sarkar, IEEE Trans. ASSP 38, 814 (1990). The mean is removed, unevenly spaced data
    is interpolated first, and each oscillation counts as a pair of conjugate poles. Fewer modes
    than asked for come back when the poles found are real or do not decay.
    """
    count = len(times)
    grid = np.linspace(times[0], times[-1], count)
    signal = np.interp(grid, times, values)
    signal = signal - signal.mean()
    rank, pencil = 2 * modes, count // 2
    if pencil < rank + 1:
        return np.empty(0), np.empty(0)
    hankel = np.lib.stride_tricks.sliding_window_view(signal, pencil + 1)
    _, _, rows = np.linalg.svd(hankel, full_matrices=False)
    dominant = rows[:rank].T
    poles = np.linalg.eigvals(np.linalg.pinv(dominant[:-1]) @ dominant[1:])
    poles = poles[(poles.imag > 1e-9) & (np.abs(poles) > 1e-6)]
    rates = np.log(poles) / (grid[1] - grid[0])
    return np.maximum(-rates.real, 0.0), rates.imag


def residual_peak(
    times: FloatArray, residual: FloatArray, sigmas: FloatArray
) -> tuple[float, float]:
    """Return (decay rate, angular frequency) of the strongest undamped oscillation left."""
    span = times[-1] - times[0]
    frequencies = np.linspace(0.5, len(times) - 1, 4 * len(times)) * np.pi / span
    wave = np.exp(1j * np.multiply.outer(frequencies, times))
    weight = residual / sigmas**2
    norm = (1 / sigmas**2).sum()
    power = np.abs(wave @ weight) ** 2 / norm
    return 1.0 / span, float(frequencies[int(power.argmax())])

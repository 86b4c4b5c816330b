"""Variable projection: the linear amplitudes are solved for, lmfit searches the rest.

f(t) = c + sum_k exp(-gamma_k t) (a_k cos w_k t + b_k sin w_k t)
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.estimators.envelopes.samples import WeightedData
from cqed_battery.deferred import deferred
from cqed_battery.operators import ComplexArray, FloatArray

with deferred("scipy.stats"):  # for lmfit's F tests, which are not made here
    import lmfit

_SMALLEST = 1e-10  # singular value, relative to the largest, that counts
_UNDERFLOWS = 1e-100  # what MINPACK cannot square: derivatives of a mode that is over at once
_MOST_TRIALS = 60  # of one search: superfluous modes wander without end


def basis(times: FloatArray, decay: FloatArray, frequency: FloatArray, order: int) -> FloatArray:
    """Return the functions that the amplitudes multiply, or their derivatives, (T, 2K + 1).

    Args:
        times: in ns from the first one, (T,).
        decay: rates in 1/ns, at least 0, (K,).
        frequency: angular, in rad/ns, (K,).
        order: 0 for f, 1 for df/dt.

    Returns:
        Columns: constant, cosines, sines.
    """
    rate = -decay + 1j * frequency
    wave = np.exp(np.multiply.outer(times, rate)) * rate**order
    constant = np.full((len(times), 1), 1.0 if order == 0 else 0.0)
    return np.concatenate([constant, wave.real, wave.imag], axis=1)


def parameter_jacobian(
    times: FloatArray, decay: FloatArray, frequency: FloatArray, amplitudes: FloatArray, order: int
) -> FloatArray:
    """Return the derivative of f or df/dt by (amplitudes, decay, frequency), (T, 4K + 1).

    Args:
        times: in ns from the first one, (T,).
        decay: rates in 1/ns, at least 0, (K,).
        frequency: angular, in rad/ns, (K,).
        amplitudes: constant, cosines, sines, (2K + 1,).
        order: 0 for f, 1 for df/dt.
    """
    moving = _phasors(amplitudes) * wave_slope(times, decay, frequency, order)
    linear = basis(times, decay, frequency, order)
    return np.concatenate([linear, -moving.real, -moving.imag], axis=1)


def wave_slope(
    times: FloatArray, decay: FloatArray, frequency: FloatArray, order: int
) -> ComplexArray:
    """Return the derivative of exp(r t), or of its rate, by r = -decay + i frequency, (T, K).

    Args:
        times: in ns from the first one, (T,).
        decay: rates in 1/ns, at least 0, (K,).
        frequency: angular, in rad/ns, (K,).
        order: 0 for the wave, 1 for its rate.
    """
    rate = -decay + 1j * frequency
    wave = np.exp(np.multiply.outer(times, rate))
    return np.asarray((times[:, None] if order == 0 else 1 + rate * times[:, None]) * wave)


def _phasors(amplitudes: FloatArray) -> ComplexArray:
    """Return a_k - i b_k of amplitudes (2K + 1,): f is the real part of what they multiply."""
    modes = len(amplitudes) // 2
    return np.asarray(amplitudes[1 : modes + 1] - 1j * amplitudes[modes + 1 :])


def solve_amplitudes(
    data: WeightedData, decay: FloatArray, frequency: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the best amplitudes (2K + 1,) and the weighted residual of every row.

    Args:
        data: N rows.
        decay: rates in 1/ns, at least 0, (K,).
        frequency: angular, in rad/ns, (K,).

    Returns:
        Constant, cosines, sines; and the residuals in standard errors, (N,).
    """
    projection = _Projection.of(data, decay, frequency)
    return projection.amplitudes, projection.residual


@dataclass(frozen=True)
class _Projection:
    """Weighted data on the basis U S V': amplitudes (2K + 1,) and residual (N,)."""

    left: FloatArray
    sizes: FloatArray
    right: FloatArray
    amplitudes: FloatArray
    residual: FloatArray

    @classmethod
    def of(cls, data: WeightedData, decay: FloatArray, frequency: FloatArray) -> "_Projection":
        """Solve for the amplitudes; directions that the times cannot tell apart stay out.

        Args:
            data: N rows.
            decay: rates in 1/ns, at least 0, (K,).
            frequency: angular, in rad/ns, (K,).
        """
        matrix = data.rows(lambda t, order: basis(t, decay, frequency, order))
        left, sizes, right = np.linalg.svd(matrix, full_matrices=False)
        count = int((sizes > _SMALLEST * sizes[0]).sum())
        left, sizes, right = left[:, :count], sizes[:count], right[:count]
        target = data.values / data.sigmas
        share = target @ left
        return cls(left, sizes, right, (share / sizes) @ right, target - left @ share)


def residual_jacobian(data: WeightedData, decay: FloatArray, frequency: FloatArray) -> FloatArray:
    """Return the derivative of the weighted residual by (decay, frequency), (N, 2K).

    The amplitudes follow (Golub and Pereyra, SIAM J. Numer. Anal. 10, 413 (1973), Eq. 4.8).

    Args:
        data: N rows.
        decay: rates in 1/ns, at least 0, (K,).
        frequency: angular, in rad/ns, (K,).
    """
    return _slope_of(_Projection.of(data, decay, frequency), data, decay, frequency)


def _slope_of(
    found: _Projection, data: WeightedData, decay: FloatArray, frequency: FloatArray
) -> FloatArray:
    """Return `residual_jacobian` where the data's projection stands already."""
    modes = np.arange(len(decay))
    slope = data.rows(lambda t, order: wave_slope(t, decay, frequency, order))
    moving = _phasors(found.amplitudes) * slope
    moved = np.concatenate([-moving.real, -moving.imag], axis=1)
    left_over = found.residual @ slope
    turned = np.zeros((len(found.amplitudes), 2 * len(modes)))
    for part, column in enumerate((-left_over, 1j * left_over)):
        turned[1 + modes, part * len(modes) + modes] = column.real
        turned[1 + len(modes) + modes, part * len(modes) + modes] = column.imag
    follows = (found.right @ turned) / found.sizes[:, None]
    jacobian = found.left @ (found.left.T @ moved - follows) - moved
    return np.where(np.abs(jacobian) < _UNDERFLOWS, 0.0, jacobian)


def search(
    data: WeightedData, decay: FloatArray, frequency: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Refine decay rates and frequencies, each (K,), with lmfit; noise is known, not rescaled.

    Args:
        data: N rows.
        decay: rates to start from, in 1/ns, (K,).
        frequency: angular frequencies to start from, in rad/ns, (K,).

    Returns:
        Rates in 1/ns and angular frequencies in rad/ns, up to what the times resolve.
    """
    modes, span = len(decay), data.times.max()
    fastest = np.pi * (data.measured - 1) / span
    highest = fastest - np.pi / (2 * span)  # at the fastest itself a sine is 0 at all times
    parameters = lmfit.Parameters()
    for k in range(modes):
        parameters.add(f"decay_{k}", np.clip(decay[k], 1e-4 / span, 0.9 * fastest), min=0)
        parameters.add(
            f"frequency_{k}", np.clip(frequency[k], 0.1 / span, 0.95 * highest), min=0, max=highest
        )

    def read(found: lmfit.Parameters) -> tuple[FloatArray, FloatArray]:
        """Return the decay rates and frequencies, each (K,), of lmfit's parameters."""
        values = found.valuesdict()
        return (
            np.array([values[f"decay_{k}"] for k in range(modes)]),
            np.array([values[f"frequency_{k}"] for k in range(modes)]),
        )

    @lru_cache(maxsize=1)  # the Jacobian is asked for where the residual was
    def projected(*values: float) -> _Projection:
        return _Projection.of(data, *np.reshape(values, (2, modes)))

    def residual(found: lmfit.Parameters) -> FloatArray:
        return projected(*np.ravel(read(found))).residual

    def slope(found: lmfit.Parameters) -> FloatArray:
        rates = read(found)
        return _slope_of(projected(*np.ravel(rates)), data, *rates)[:, by_mode]

    by_mode = np.arange(2 * modes).reshape(2, modes).T.ravel()  # the parameters' order
    result = lmfit.minimize(
        residual,
        parameters,
        method="leastsq",
        Dfun=slope,
        scale_covar=False,
        calc_covar=False,
        max_nfev=_MOST_TRIALS,
    )
    return read(result.params)

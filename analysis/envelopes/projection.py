"""Variable projection: the linear amplitudes are solved for, lmfit searches the rest.

f(t) = c + sum_k exp(-gamma_k t) (a_k cos w_k t + b_k sin w_k t)
"""

from collections.abc import Callable
from dataclasses import dataclass

import lmfit
import numpy as np

from cqed_battery.operators import FloatArray


@dataclass(frozen=True)
class Start:
    """What is known at the first time beforehand: value and slope (1/ns), None where unknown."""

    value: float | None = None
    slope: float | None = None
    tolerance: float = 1e-3


UNKNOWN_START = Start()


def basis(times: FloatArray, decay: FloatArray, frequency: FloatArray, order: int) -> FloatArray:
    """Return the functions that the amplitudes multiply, or their derivatives, (T, 2K + 1)."""
    rate = -decay + 1j * frequency
    wave = np.exp(np.multiply.outer(times, rate)) * rate**order
    constant = np.full((len(times), 1), 1.0 if order == 0 else 0.0)
    return np.concatenate([constant, wave.real, wave.imag], axis=1)


def parameter_jacobian(
    times: FloatArray, decay: FloatArray, frequency: FloatArray, amplitudes: FloatArray, order: int
) -> FloatArray:
    """Return the derivative of f or df/dt by (amplitudes, decay, frequency), (T, 4K + 1)."""
    modes = len(decay)
    rate = -decay + 1j * frequency
    wave = np.exp(np.multiply.outer(times, rate))
    phasor = amplitudes[1 : modes + 1] - 1j * amplitudes[modes + 1 :]
    slope = times[:, None] * wave if order == 0 else (1 + rate * times[:, None]) * wave
    complex_rate = phasor * slope
    by_decay, by_frequency = -complex_rate.real, -complex_rate.imag
    linear = basis(times, decay, frequency, order)
    return np.concatenate([linear, by_decay, by_frequency], axis=1)


@dataclass(frozen=True)
class WeightedData:
    """Weighted data with the known start as further rows: row i is value or slope there."""

    origin: float
    times: FloatArray
    values: FloatArray
    sigmas: FloatArray
    orders: FloatArray
    measured: int

    @classmethod
    def of(
        cls, times: FloatArray, values: FloatArray, sigmas: FloatArray, start: Start
    ) -> "WeightedData":
        """Join T measured values with what is known at the first time."""
        known = [(0, start.value), (1, start.slope)]
        extra = [(order, value) for order, value in known if value is not None]
        return cls(
            origin=float(times[0]),
            times=np.concatenate([times - times[0], np.zeros(len(extra))]),
            values=np.concatenate([values, [value for _, value in extra]]),
            sigmas=np.concatenate([sigmas, np.full(len(extra), start.tolerance)]),
            orders=np.concatenate([np.zeros(len(times)), [order for order, _ in extra]]),
            measured=len(times),
        )

    def rows(self, build: Callable[[FloatArray, int], FloatArray]) -> FloatArray:
        """Return build(times, order) row by row, each at its own order, over its sigma."""
        rows = build(self.times, 0)
        slopes = self.orders == 1
        if slopes.any():
            rows[slopes] = build(self.times[slopes], 1)
        return rows / self.sigmas[:, None]


def solve_amplitudes(
    data: WeightedData, decay: FloatArray, frequency: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the best amplitudes (2K + 1,) and the weighted residual of every row."""
    matrix = data.rows(lambda t, order: basis(t, decay, frequency, order))
    target = data.values / data.sigmas
    found = np.linalg.lstsq(matrix, target, rcond=1e-10)[0]
    amplitudes: FloatArray = np.asarray(found, dtype=float)
    return amplitudes, target - matrix @ amplitudes


def search(
    data: WeightedData, decay: FloatArray, frequency: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Refine decay rates and frequencies, each (K,), with lmfit; noise is known, not rescaled."""
    modes, span = len(decay), data.times.max()
    fastest = np.pi * (data.measured - 1) / span
    parameters = lmfit.Parameters()
    for k in range(modes):
        parameters.add(f"decay_{k}", np.clip(decay[k], 1e-4 / span, 0.9 * fastest), min=0)
        parameters.add(
            f"frequency_{k}", np.clip(frequency[k], 0.1 / span, 0.95 * fastest), min=0, max=fastest
        )

    def read(found: lmfit.Parameters) -> tuple[FloatArray, FloatArray]:
        values = found.valuesdict()
        return (
            np.array([values[f"decay_{k}"] for k in range(modes)]),
            np.array([values[f"frequency_{k}"] for k in range(modes)]),
        )

    result = lmfit.minimize(
        lambda found: solve_amplitudes(data, *read(found))[1],
        parameters,
        method="leastsq",
        scale_covar=False,
        calc_covar=False,
        max_nfev=60 * (2 * modes + 1),
    )
    return read(result.params)

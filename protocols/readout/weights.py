"""The weights of the integrated signal: of the window, and of what a filter before it remembers.

A first-order filter puts out b times the integral of exp(-b (t - s)) of what came in at s. The
weighted integral of its output is that of its input with other weights, which reach back before
the window; so the filter stands in the weights, and the field need not be filtered.
"""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from cqed_battery.device.dispersive import Dispersive
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_mhz

_MEMORY = 36.0  # time constants that a filter remembers: beyond, less than rounding
_APART = 1e-6  # of the filter's rate, by which it is kept off a pole of the resonator


@dataclass(frozen=True)
class Piece:
    """Weights w(t) = sum_k c_k exp(-m_k (t - origin)) from begin to end, t since the probe is on.

    Args:
        begin: in ns.
        end: in ns.
        origin: in ns.
        coefficients: c_k, complex, (K,).
        exponents: m_k, complex, (K,), in 1/ns.
    """

    begin: float
    end: float
    origin: float
    coefficients: ComplexArray
    exponents: ComplexArray

    def integral(
        self,
        start: FloatArray,
        end: FloatArray,
        steady: ComplexArray,
        away: ComplexArray,
        pole: ComplexArray,
    ) -> ComplexArray:
        """Return the weighted integral of steady + away exp(-pole (t - start)), (N,).

        Args:
            start: when each stretch begins, (N,) in ns.
            end: when it ends, (N,) in ns.
            steady: where its field settles, (N,).
            away: how far off the field is at its beginning, (N,).
            pole: rate at which it settles, (N,) in 1/ns.
        """
        since = np.clip(start, self.begin, self.end)
        lasted = np.clip(end, self.begin, self.end) - since
        settling = away * np.exp(-pole * (since - start))
        found = np.zeros(np.shape(settling), dtype=complex)
        for coefficient, exponent in zip(self.coefficients, self.exponents, strict=True):
            signal = steady * decayed(exponent, lasted)
            signal = signal + settling * decayed(exponent + pole, lasted)
            found += coefficient * np.exp(-exponent * (since - self.origin)) * signal
        return found


def integration_weights(
    dispersive: Dispersive, poles: ComplexArray, steady: ComplexArray
) -> tuple[Piece, ...]:
    """Return the weights on the field, (1,) pieces without a filter and (3,) with one.

    "optimal" is the conjugate of the mean signal of level 1 less that of level 0 in the window,
    "boxcar" a constant. They carry sqrt(efficiency kappa) and are scaled so that each
    quadrature's noise, of variance dt/2 per time step before the filter, integrates to 1.

    Args:
        dispersive: window, filter, kind of weights, efficiency and linewidth.
        poles: kappa/2 + i detuning of the levels, (3,), in rad/ns.
        steady: pointer states of the levels in the steady state, (3,).
    """
    rate, length = _filter_rate(dispersive, poles), dispersive.integration_ns
    plain, exponents = np.ones(1, dtype=complex), np.zeros(1, dtype=complex)
    if dispersive.weights == "optimal":
        plain, exponents = _difference(rate, poles, steady, dispersive.start_ns)
    kappa = angular_from_mhz(dispersive.linewidth_MHz)
    noise = _noise(plain, exponents, rate, length)
    scale = sqrt(dispersive.efficiency * kappa / noise)
    return _pieces(np.asarray(scale * plain), exponents, rate, dispersive.start_ns, length)


def _filter_rate(dispersive: Dispersive, poles: ComplexArray) -> float:
    """Return b in 1/ns, inf without a filter; a pole of the resonator is another number."""
    if dispersive.bandwidth_MHz == inf:
        return inf
    rate = angular_from_mhz(dispersive.bandwidth_MHz)
    near = np.abs(poles - rate).min() < _APART * rate
    return rate * (1 + 2 * _APART) if near else rate


def _difference(
    rate: float, poles: ComplexArray, steady: ComplexArray, start: float
) -> tuple[ComplexArray, ComplexArray]:
    """Return the conjugate of signal 1 less signal 0 from the window's start on, as c_k and m_k."""
    coefficients, exponents = [], []
    for sign, pole, end in ((1, poles[1], steady[1]), (-1, poles[0], steady[0])):
        coefficients += [sign * end, -sign * end]
        exponents += [0.0, pole]
        if rate < inf:
            coefficients[-1] *= rate / (rate - pole)
            coefficients.append(sign * end * pole / (rate - pole))
            exponents.append(rate)
    m = np.array(exponents, dtype=complex)
    return np.conj(np.array(coefficients) * np.exp(-m * start)), m.conj()


def _noise(plain: ComplexArray, exponents: ComplexArray, rate: float, length: float) -> float:
    """Return the variance of a quadrature of the weighted noise, in ns.

    Behind the filter the noise remembers exp(-b |t - s|) b/2 times as much as white noise does.
    """
    pairs = np.outer(plain, plain.conj())
    sums = exponents[:, None] + exponents.conj()
    if rate == inf:
        return float((pairs * decayed(sums, length)).sum().real / 2)
    falling = exponents[:, None] + rate
    reached = decayed(sums, length) - _convolved(sums, falling + 0 * sums, length)
    return float((pairs * rate / falling * reached).sum().real / 2)


def _pieces(
    plain: ComplexArray, exponents: ComplexArray, rate: float, start: float, length: float
) -> tuple[Piece, ...]:
    end = start + length
    if rate == inf:
        return (Piece(start, end, start, plain, exponents),)
    passed = plain * rate / (exponents + rate)
    at_end = (passed * np.exp(-exponents * length)).sum()
    at_start = (passed * -np.expm1(-(exponents + rate) * length)).sum()
    memory, growing = _MEMORY / rate, np.array([-rate], dtype=complex)
    return (
        Piece(start, end, start, passed, exponents),
        Piece(max(start, end - memory), end, end, np.array([-at_end]), growing),
        Piece(max(0.0, start - memory), start, start, np.array([at_start]), growing),
    )


def decayed(exponent: ComplexArray, duration: FloatArray | float) -> ComplexArray:
    """Return the integral of exp(-exponent t) from 0 to the duration.

    Args:
        exponent: in 1/ns, complex, of any shape.
        duration: in ns, of a shape that goes with it.

    Returns:
        The integral in ns, in their common shape; the duration itself where the exponent is 0.
    """
    exponent, duration = np.broadcast_arrays(exponent, duration)
    safe = np.where(exponent == 0, 1.0, exponent)
    return np.where(exponent == 0, duration, -np.expm1(-safe * duration) / safe)


def _convolved(one: ComplexArray, other: ComplexArray, duration: float) -> ComplexArray:
    """Return the integral of exp(-one t) exp(-other (duration - t)) from 0 to the duration."""
    slower, faster = np.where(one.real <= other.real, (one, other), (other, one))
    return np.asarray(np.exp(-slower * duration) * decayed(faster - slower, duration))

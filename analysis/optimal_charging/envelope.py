"""Samples of an envelope that keep every limit, whatever the optimiser's numbers are.

The optimiser has two numbers from -1 to 1 for each free sample. A smooth map takes that square
onto the disc of amplitude 1, so bounds on numbers are the limit of the amplitude. Then a Gaussian
filter of the stated bandwidth is applied, whose weights are positive and add up to 1: it keeps the
disc. It also lets the pulse begin and end at 0.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, inf, log, pi, sqrt

import numpy as np

from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import TWO_PI, ghz_from_mhz

_REACH = 3.0  # standard deviations that the filter keeps: 1 % of its weight at the very edge


@dataclass(frozen=True)
class Envelope:
    """An envelope of S samples behind a filter.

    Args:
        durations: of the samples, in ns, (S,); all but the last are the clock's period.
        bandwidth_MHz: at which the filter lets half of the power pass; infinite for none.
        smoothness: weight of the mean square slope in what is optimised; half a period of a sine
            at full amplitude costs half of it.
    """

    durations: FloatArray
    bandwidth_MHz: float = inf
    smoothness: float = 0.0

    @cached_property
    def kernel(self) -> FloatArray:
        """Weights of the filter, (2 W + 1,), which add up to 1."""
        if self.bandwidth_MHz == inf:
            return np.ones(1)
        # exp(-(2 pi f s)^2) of the power passes, half of it at the bandwidth
        spread = sqrt(log(2)) / (TWO_PI * ghz_from_mhz(self.bandwidth_MHz)) / self.durations[0]
        width = ceil(_REACH * spread)
        weights = np.exp(-(np.arange(-width, width + 1) ** 2) / (2 * spread**2))
        return np.asarray(weights / weights.sum())

    @property
    def free(self) -> int:
        """Number of free samples; not above 0 where the pulse is too short for its bandwidth."""
        return len(self.durations) - len(self.kernel) + 1

    def samples(self, numbers: FloatArray) -> ComplexArray:
        """Return the samples, (S,), of amplitude at most 1.

        Args:
            numbers: from -1 to 1, (2 F,): those of the real parts, then of the imaginary parts.
        """
        first, second = numbers.reshape(2, -1)
        disc = first * np.sqrt(1 - second**2 / 2) + 1j * second * np.sqrt(1 - first**2 / 2)
        return np.asarray(np.convolve(disc, self.kernel))

    def pulled_back(self, numbers: FloatArray, slope: ComplexArray) -> FloatArray:
        """Return the derivatives by the numbers, (2 F,), of a figure of the samples.

        Args:
            numbers: (2 F,).
            slope: derivatives by real and imaginary part of the samples, as one number, (S,).
        """
        inner = np.convolve(slope, self.kernel, mode="valid")  # the kernel is symmetric
        first, second = numbers.reshape(2, -1)
        across, along = np.sqrt(1 - second**2 / 2), np.sqrt(1 - first**2 / 2)
        mixed = first * second / 2
        by_first = across * inner.real - mixed / along * inner.imag
        by_second = along * inner.imag - mixed / across * inner.real
        return np.concatenate([by_first, by_second])

    def numbers(self, disc: ComplexArray) -> FloatArray:
        """Return numbers whose samples before the filter are given, (2 F,).

        Args:
            disc: of amplitude at most 1, (F,).
        """
        # x = u sqrt(1 - v^2/2), y = v sqrt(1 - u^2/2): u^2 and v^2 solve a quadratic equation.
        difference = disc.real**2 - disc.imag**2
        root = np.sqrt(np.maximum((2 + difference) ** 2 - 8 * disc.real**2, 0.0))
        first = np.sqrt(np.clip((2 + difference - root) / 2, 0.0, 1.0))
        root = np.sqrt(np.maximum((2 - difference) ** 2 - 8 * disc.imag**2, 0.0))
        second = np.sqrt(np.clip((2 - difference - root) / 2, 0.0, 1.0))
        signs = np.where(disc.real < 0, -1.0, 1.0), np.where(disc.imag < 0, -1.0, 1.0)
        return np.concatenate([signs[0] * first, signs[1] * second])

    def roughness(self, samples: ComplexArray) -> tuple[float, ComplexArray]:
        """Return what the smoothness costs, and its derivatives by the samples, (S,).

        w T/pi^2 times the integral of |du/dt|^2, the envelope being 0 outside.

        Args:
            samples: (S,).
        """
        if not self.smoothness:
            return 0.0, np.zeros_like(samples)
        steps = np.diff(samples, prepend=0.0, append=0.0)
        period, whole = self.durations[0], self.durations.sum()
        weight = self.smoothness * whole / pi**2 / period
        slope = 2 * weight * (steps[:-1] - steps[1:])
        return float(weight * (np.abs(steps) ** 2).sum()), np.asarray(slope)

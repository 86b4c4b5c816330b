"""The readout resonator while it is probed: pointer states, jumps, and the integrated signal.

The field obeys dalpha/dt = -(kappa/2 + i chi_j) alpha + drive, where j is the transmon's level,
and starts in the vacuum. What the amplifier puts out is weighted and integrated; the result is
one point of the IQ plane, in standard deviations of its noise.
"""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from cqed_battery.device.dispersive import Dispersive
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, IntArray
from cqed_battery.units import angular_from_mhz, rate_from_t1_us

LEVELS = 3  # of the transmon, each with a pointer state; 2 stands for all above 1


@dataclass(frozen=True)
class Probe:
    """A probe of the readout resonator: the section's values, and how the transmon jumps.

    Args:
        dispersive: resonator, probe and amplifier.
        relaxation: rate of 1 -> 0 during the probe, in 1/ns; 2 -> 1 goes at twice the rate.
        excitation: rate of 0 -> 1 during the probe, in 1/ns; 1 -> 2 goes at twice the rate.
    """

    dispersive: Dispersive
    relaxation: float
    excitation: float

    @property
    def duration(self) -> float:
        """Integration time in ns."""
        return self.dispersive.integration_ns

    @cached_property
    def poles(self) -> ComplexArray:
        """kappa/2 + i chi_j of the three levels, (3,), in rad/ns."""
        chi = self.dispersive.chi_MHz
        shifts = np.array([chi, -chi, self.dispersive.chi_leaked_MHz])
        half = angular_from_mhz(self.dispersive.linewidth_MHz) / 2
        return np.asarray(half + 1j * np.vectorize(angular_from_mhz)(shifts))

    @cached_property
    def steady(self) -> ComplexArray:
        """Pointer states alpha_j in the steady state, (3,); levels 0 and 1 hold the photons."""
        drive = sqrt(self.dispersive.photons) * abs(self.poles[0])
        return np.asarray(drive / self.poles)

    @cached_property
    def rates(self) -> FloatArray:
        """Rates of the jumps from level to level, (3, 3), in 1/ns."""
        down, up = self.relaxation, self.excitation
        return np.array([[0.0, up, 0.0], [down, 0.0, 2 * up], [0.0, 2 * down, 0.0]])

    @cached_property
    def weights(self) -> tuple[ComplexArray, ComplexArray]:
        """Coefficients c_k and exponents m_k of the weights w(t) = sum_k c_k exp(-m_k t).

        "optimal" is the conjugate of alpha_1(t) - alpha_0(t), "boxcar" a constant. They carry
        sqrt(efficiency kappa) and are scaled so that each quadrature's noise, of variance dt/2
        per time step, integrates to 1.
        """
        plain, exponents = np.ones(1, dtype=complex), np.zeros(1, dtype=complex)
        if self.dispersive.weights == "optimal":
            zero, one = self.steady[:2]
            plain = np.array([one - zero, -one, zero]).conj()  # alpha_1 - alpha_0, by exponent
            exponents = np.array([0.0, self.poles[1], self.poles[0]]).conj()
        pairs = np.outer(plain, plain.conj())
        sums = exponents[:, None] + exponents.conj()
        noise = (pairs * decayed(sums, self.duration)).sum().real / 2
        kappa = angular_from_mhz(self.dispersive.linewidth_MHz)
        scale = sqrt(self.dispersive.efficiency * kappa / noise)
        return np.asarray(plain * scale), np.asarray(exponents)

    def field(self, level: int, times: FloatArray) -> ComplexArray:
        """Return alpha_j(t) of a level that does not jump, (T,): alpha_ss (1 - exp(-pole t)).

        Args:
            level: of the transmon, 0, 1 or 2.
            times: since the probe came on, in ns, (T,).
        """
        return np.asarray(self.steady[level] * -np.expm1(-self.poles[level] * times))

    def stretch(
        self, level: IntArray, start: FloatArray, end: FloatArray, field: ComplexArray
    ) -> tuple[ComplexArray, ComplexArray]:
        """Return what a stretch without a jump adds to the signal, and the field at its end.

        Args:
            level: the transmon's level, (N,).
            start: when the stretch begins, (N,) in ns.
            end: when it ends, (N,) in ns.
            field: alpha at its beginning, (N,).
        """
        coefficients, exponents = self.weights
        pole, steady, lasted = self.poles[level], self.steady[level], end - start
        added = np.zeros(np.shape(field), dtype=complex)
        for coefficient, exponent in zip(coefficients, exponents, strict=True):
            constant = steady * decayed(exponent, lasted)
            settling = (field - steady) * decayed(exponent + pole, lasted)
            added += coefficient * np.exp(-exponent * start) * (constant + settling)
        return added, steady + (field - steady) * np.exp(-pole * lasted)

    def points(self, level: IntArray) -> FloatArray:
        """Return the IQ points of levels that do not jump, without noise, (N, 2).

        Args:
            level: of the transmon, 0, 1 or 2, (N,).

        Returns:
            Points in standard deviations of the noise.
        """
        nothing = np.zeros(len(level))
        end = np.full(len(level), self.duration)
        signal, _ = self.stretch(level, nothing, end, nothing.astype(complex))
        return quadratures(signal)


def probe_of(experiment: Experiment) -> Probe:
    """Return the probe of an experiment; the transmon's bath sets its jumps.

    Args:
        experiment: the experiment file's content.
    """
    dispersive, transmon = experiment.dispersive, experiment.transmon
    gamma, occupation = rate_from_t1_us(transmon.t1_us), transmon.thermal_photons
    return Probe(
        dispersive,
        gamma * (occupation + 1) * dispersive.relaxation_factor,
        gamma * occupation * dispersive.excitation_factor,
    )


def draw_points(probe: Probe, levels: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return one IQ point per shot, (N, 2), jumps and noise included.

    Args:
        probe: how the resonator is probed.
        levels: the transmon's level when the probe comes on, (N,).
        rng: draws the jumps and the noise.
    """
    level = np.array(levels, dtype=np.int64)
    time, field = np.zeros(len(level)), np.zeros(len(level), dtype=complex)
    signal = np.zeros_like(field)
    busy = np.arange(len(level))
    while busy.size:
        wait = _waits(probe.rates.sum(axis=1)[level[busy]], rng)
        end = np.minimum(time[busy] + wait, probe.duration)
        added, field[busy] = probe.stretch(level[busy], time[busy], end, field[busy])
        signal[busy] += added
        time[busy] = end
        busy = busy[end < probe.duration]
        level[busy] = _jumps(probe.rates[level[busy]], rng)
    return quadratures(signal) + rng.standard_normal((len(level), 2))


def _waits(rates: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw exponential waiting times, (N,); infinite where the rate is 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(rng.exponential(size=len(rates)) / rates)


def _jumps(rates: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw the next levels, (N,), from the rates of the present ones, (N, 3)."""
    edges = np.cumsum(rates, axis=1)
    chosen = rng.random(len(rates)) * edges[:, -1]
    return np.asarray((chosen[:, None] >= edges).sum(axis=1), dtype=np.int64)


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


def quadratures(signal: ComplexArray) -> FloatArray:
    """Return the real and the imaginary part side by side, (N, 2).

    Args:
        signal: I + iQ, complex, (N,).
    """
    return np.stack([signal.real, signal.imag], axis=-1)

"""The readout resonator while it is probed: pointer states, jumps, and the integrated signal.

The field obeys dalpha/dt = -(kappa/2 + i chi_j) alpha + drive, where j is the transmon's level,
and starts in the vacuum. What the amplifier puts out is weighted and integrated; the result is
one point of the IQ plane, in standard deviations of its noise.
"""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from scipy.linalg import expm

from cqed_battery.device.dispersive import Dispersive
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, IntArray
from cqed_battery.units import angular_from_mhz, rate_from_t1_us
from protocols.readout.weights import Piece, integration_weights

LEVELS = 3  # of the transmon, each with a pointer state; 2 stands for all above 1


@dataclass(frozen=True)
class Probe:
    """A probe of the readout resonator: the section's values, and how the transmon jumps.

    Args:
        dispersive: resonator, probe and amplifier.
        relaxation: rate of 1 -> 0 during the probe, in 1/ns; 2 -> 1 goes at twice the rate.
        excitation: rate of 0 -> 1 during the probe, in 1/ns; 1 -> 2 goes at twice the rate.
        idle_relaxation: rate of 1 -> 0 during the delay before it, in 1/ns.
        idle_excitation: rate of 0 -> 1 during that delay, in 1/ns.
    """

    dispersive: Dispersive
    relaxation: float
    excitation: float
    idle_relaxation: float
    idle_excitation: float

    @property
    def duration(self) -> float:
        """From the probe's start to the end of the integration, in ns."""
        return self.dispersive.start_ns + self.dispersive.integration_ns

    @cached_property
    def poles(self) -> ComplexArray:
        """kappa/2 + i (chi_j - probe) of the three levels, (3,), in rad/ns."""
        chi = self.dispersive.chi_MHz
        shifts = np.array([chi, -chi, self.dispersive.chi_leaked_MHz]) - self.dispersive.probe_MHz
        half = angular_from_mhz(self.dispersive.linewidth_MHz) / 2
        return np.asarray(half + 1j * np.vectorize(angular_from_mhz)(shifts))

    @cached_property
    def steady(self) -> ComplexArray:
        """Pointer states alpha_j in the steady state, (3,); level 0 or 1 holds the photons."""
        drive = sqrt(self.dispersive.photons) * np.abs(self.poles[:2]).min()
        return np.asarray(drive / self.poles)

    @cached_property
    def rates(self) -> FloatArray:
        """Rates of the jumps from level to level, (3, 3), in 1/ns."""
        return _jump_rates(self.relaxation, self.excitation)

    @cached_property
    def waited(self) -> FloatArray:
        """P(level when the probe comes on | level before the delay), (3, 3), rows before."""
        generator = _jump_rates(self.idle_relaxation, self.idle_excitation)
        np.fill_diagonal(generator, -generator.sum(axis=1))
        return np.asarray(expm(generator * self.dispersive.delay_ns))

    @cached_property
    def weights(self) -> tuple[Piece, ...]:
        """Weights of the signal since the probe came on, for noise of variance 1."""
        return integration_weights(self.dispersive, self.poles, self.steady)

    @cached_property
    def _amplified(self) -> complex | None:
        """The phase factor of the quadrature that is amplified alone, None where both are."""
        if self.dispersive.amplifier == "phase-preserving":
            return None
        zero, one = self._signals(np.arange(2))
        return complex(np.conj(one - zero) / abs(one - zero))

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
        pole, steady = self.poles[level], self.steady[level]
        away = field - steady
        parts = (part.integral(start, end, steady, away, pole) for part in self.weights)
        later = steady + away * np.exp(-pole * (end - start))
        return sum(parts, np.zeros(np.shape(field), dtype=complex)), later

    def points(self, level: IntArray) -> FloatArray:
        """Return the IQ points of levels that do not jump, without noise, (N, 2).

        Args:
            level: of the transmon, 0, 1 or 2, (N,).

        Returns:
            Points in standard deviations of the noise.
        """
        return self.quadratures(self._signals(level))

    def _signals(self, level: IntArray) -> ComplexArray:
        nothing = np.zeros(len(level))
        end = np.full(len(level), self.duration)
        return self.stretch(level, nothing, end, nothing.astype(complex))[0]

    def quadratures(self, signal: ComplexArray) -> FloatArray:
        """Return I and Q of integrated signals behind the amplifier, (N, 2).

        A phase-sensitive amplifier turns the quadrature that tells level 1 from level 0 onto I
        and adds half the noise to it; the other one is lost.

        Args:
            signal: I + iQ before it, complex, (N,).
        """
        if self._amplified is None:
            return np.stack([signal.real, signal.imag], axis=-1)
        seen = sqrt(2) * (signal * self._amplified).real
        return np.stack([seen, np.zeros_like(seen)], axis=-1)


def _jump_rates(down: float, up: float) -> FloatArray:
    """Return rates of the jumps from level to level, (3, 3), of one transmon and its bath."""
    return np.array([[0.0, up, 0.0], [down, 0.0, 2 * up], [0.0, 2 * down, 0.0]])


def probe_of(experiment: Experiment) -> Probe:
    """Return the probe of an experiment; the transmon's bath sets its jumps.

    Args:
        experiment: the experiment file's content.
    """
    dispersive, transmon = experiment.dispersive, experiment.transmon
    gamma, occupation = rate_from_t1_us(transmon.t1_us), transmon.thermal_photons
    down, up = gamma * (occupation + 1), gamma * occupation
    return Probe(
        dispersive,
        relaxation=down * dispersive.relaxation_factor,
        excitation=up * dispersive.excitation_factor,
        idle_relaxation=down,
        idle_excitation=up,
    )


def draw_points(probe: Probe, levels: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return one IQ point per shot, (N, 2), jumps and noise included.

    Args:
        probe: how the resonator is probed.
        levels: the transmon's level at the end of the pulses, (N,).
        rng: draws the jumps and the noise.
    """
    level = np.array(levels, dtype=np.int64)
    if probe.dispersive.delay_ns > 0:
        level = _drawn(probe.waited[level], rng)
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
        level[busy] = _drawn(probe.rates[level[busy]], rng)
    return probe.quadratures(signal) + rng.standard_normal((len(level), 2))


def _waits(rates: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw exponential waiting times, (N,); infinite where the rate is 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(rng.exponential(size=len(rates)) / rates)


def _drawn(shares: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw the next levels, (N,), from rates or probabilities of each, (N, 3)."""
    edges = np.cumsum(shares, axis=1)
    chosen = rng.random(len(shares)) * edges[:, -1]
    return np.asarray((chosen[:, None] >= edges).sum(axis=1), dtype=np.int64)

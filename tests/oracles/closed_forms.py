"""Exactly solvable devices: each object carries its parameters and its closed-form answers.

Signs as everywhere: z = P(1) - P(0), drive eps = i Omega, so z = -cos and x = +sin without the
resonator.  Times in ns (arrays), answers dimensionless, frequencies cyclic in the fields.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .conversions import decay_rate, mhz
from .energetics import resonant_heat_current

Reals = NDArray[np.floating[Any]]
Complexes = NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True, kw_only=True)
class DisplacedJaynesCummings:
    """Lossless two-level battery on resonance, square drive, both empty at t = 0.

    With a = A - i Omega/2g the drive disappears and the vacuum of a is a coherent state of A of
    mean nbar = (Omega/2g)^2: every answer is a Poisson sum over Jaynes-Cummings doublets.
    """

    g_MHz: float = 50.0
    rabi_rate_MHz: float = 50.0
    terms: int = 80

    @property
    def nbar(self) -> float:
        """(Omega / 2g)^2."""
        return (self.rabi_rate_MHz / (2.0 * self.g_MHz)) ** 2

    def z(self, times_ns: ArrayLike) -> Reals:
        """-exp(-nbar) sum_n nbar^n/n! cos(2 g sqrt(n) t)."""
        return -np.cos(2.0 * self._angles(times_ns)) @ self._weights()

    def z_rate(self, times_ns: ArrayLike) -> Reals:
        """dz/dt in 1/ns."""
        rates = 2.0 * mhz(self.g_MHz) * np.sqrt(np.arange(self.terms))
        return np.sin(2.0 * self._angles(times_ns)) @ (rates * self._weights())

    def x(self, times_ns: ArrayLike) -> Reals:
        """2 sqrt(nbar) sum_n P_n cos(g sqrt(n) t) sin(g sqrt(n+1) t) / sqrt(n+1); y is zero."""
        angles, up = self._angles(times_ns), self._angles(times_ns, 1)
        scaled = self._weights() / np.sqrt(np.arange(1.0, self.terms + 1))
        return 2.0 * math.sqrt(self.nbar) * (np.cos(angles) * np.sin(up)) @ scaled

    def photon_number(self, times_ns: ArrayLike) -> Reals:
        """<a+a> from <A+A> and <A> of the displaced mode."""
        angles, up = self._angles(times_ns), self._angles(times_ns, 1)
        weights, n = self._weights(), np.arange(self.terms)
        displaced = self.nbar - np.sin(angles) ** 2 @ weights
        overlap = np.cos(angles) * np.cos(up)
        overlap = overlap + np.sqrt(n / (n + 1.0)) * np.sin(angles) * np.sin(up)
        return displaced + self.nbar - 2.0 * self.nbar * (overlap @ weights)

    def vacuum_fidelity(self, times_ns: ArrayLike) -> Reals:
        """(sum P_n cos(g sqrt(n) t))^2 + nbar (sum P_n sin(g sqrt(n+1) t)/sqrt(n+1))^2."""
        weights = self._weights()
        scaled = weights / np.sqrt(np.arange(1.0, self.terms + 1))
        empty = np.cos(self._angles(times_ns)) @ weights
        full = np.sin(self._angles(times_ns, 1)) @ scaled
        return empty**2 + self.nbar * full**2

    def heat_current(self, times_ns: ArrayLike) -> Reals:
        """J = (dz/dt - Omega x)/2 in hbar w_q per ns; it equals J_int here."""
        return resonant_heat_current(self.z_rate(times_ns), self.x(times_ns), self.rabi_rate_MHz)

    def _weights(self) -> Reals:
        n = np.arange(1.0, self.terms)
        return math.exp(-self.nbar) * np.concatenate(([1.0], np.cumprod(self.nbar / n)))

    def _angles(self, times_ns: ArrayLike, shift: int = 0) -> Reals:
        roots = np.sqrt(np.arange(self.terms) + shift)
        return mhz(self.g_MHz) * np.multiply.outer(np.asarray(times_ns, dtype=float), roots)


@dataclass(frozen=True, kw_only=True)
class DephasedRabi:
    """Uncoupled two-level battery on resonance under pure dephasing (coherence at gamma).

    z'' + gamma z' + Omega^2 z = 0 with z(0) = -1, z'(0) = 0, and x = z'/Omega.
    """

    rabi_rate_MHz: float = 50.0
    coherence_rate_MHz: float = 0.1

    def z(self, times_ns: ArrayLike) -> Reals:
        """Energy component; overdamped when gamma > 2 Omega."""
        cosine, sine = self._oscillation(times_ns)
        return -(cosine + 0.5 * mhz(self.coherence_rate_MHz) * sine)

    def x(self, times_ns: ArrayLike) -> Reals:
        """Coherence in phase with the drive's work."""
        return mhz(self.rabi_rate_MHz) * self._oscillation(times_ns)[1]

    def _oscillation(self, times_ns: ArrayLike) -> tuple[Reals, Reals]:
        t = np.asarray(times_ns, dtype=float)
        half = 0.5 * mhz(self.coherence_rate_MHz)
        square = mhz(self.rabi_rate_MHz) ** 2 - half**2
        if square == 0.0:
            return np.exp(-half * t), np.exp(-half * t) * t
        if square > 0.0:
            nu = math.sqrt(square)
            return np.exp(-half * t) * np.cos(nu * t), np.exp(-half * t) * np.sin(nu * t) / nu
        mu = math.sqrt(-square)
        slow, fast = np.exp((mu - half) * t), np.exp(-(mu + half) * t)
        return 0.5 * (slow + fast), 0.5 * (slow - fast) / mu


@dataclass(frozen=True, kw_only=True)
class DetunedRabi:
    """Lossless uncoupled two-level battery: the Bloch vector turns about (Re eps, -Im eps, D)."""

    rabi_rate_MHz: float = 50.0
    detuning_MHz: float = 20.0
    phase_rad: float = 0.0

    def bloch(self, times_ns: ArrayLike) -> Reals:
        """(x, y, z) from the empty battery under eps = i Omega exp(-i phase), shape (..., 3)."""
        eps = 1j * mhz(self.rabi_rate_MHz) * np.exp(-1j * self.phase_rad)
        field = np.array([eps.real, -eps.imag, mhz(self.detuning_MHz)])
        rate = float(np.linalg.norm(field))
        axis = field / rate if rate > 0.0 else np.array([0.0, 0.0, 1.0])
        start = np.array([0.0, 0.0, -1.0])
        angle = rate * np.asarray(times_ns, dtype=float)[..., None]
        along = axis * (axis @ start)
        return along + np.cos(angle) * (start - along) + np.sin(angle) * np.cross(axis, start)

    def excited(self, times_ns: ArrayLike) -> Reals:
        """P(1) = Omega^2/W^2 sin^2(W t/2), W^2 = Omega^2 + D^2."""
        rabi, total = self.rabi_rate_MHz, math.hypot(self.rabi_rate_MHz, self.detuning_MHz)
        swing = np.sin(0.5 * mhz(total) * np.asarray(times_ns, dtype=float))
        return (rabi / total) ** 2 * swing**2


@dataclass(frozen=True, kw_only=True)
class ThermalRelaxation:
    """Undriven uncoupled two-level battery: T1 towards p, and its coherence.

    ``t1_us`` is the zero-temperature time 1/Gamma1; populations relax at Gamma1/(1 - 2p).
    """

    t1_us: float = 50.0
    residual_excitation: float = 0.01
    coherence_rate_MHz: float = 0.1
    detuning_MHz: float = 0.0

    @property
    def population_rate(self) -> float:
        """Gamma1 (2 n_q + 1) = Gamma1 / (1 - 2p), in 1/ns."""
        return decay_rate(self.t1_us) / (1.0 - 2.0 * self.residual_excitation)

    def excited(self, times_ns: ArrayLike, initial: float) -> Reals:
        """P(1) from ``initial``."""
        p, t = self.residual_excitation, np.asarray(times_ns, dtype=float)
        return p + (initial - p) * np.exp(-self.population_rate * t)

    def coherence(self, times_ns: ArrayLike, initial: complex = 1.0) -> Complexes:
        """x + iy from ``initial``; it turns as exp(+i D t), D = w_q - w_d."""
        rate = 0.5 * self.population_rate + mhz(self.coherence_rate_MHz)
        t = np.asarray(times_ns, dtype=float)
        return initial * np.exp((1j * mhz(self.detuning_MHz) - rate) * t)


@dataclass(frozen=True, kw_only=True)
class FreeResonator:
    """Uncoupled resonator from a displaced thermal state, in a bath of n_th photons."""

    linewidth_MHz: float = 1.0
    bath_number: float = 0.0
    amplitude: complex = 0.0
    thermal_number: float = 0.0
    detuning_MHz: float = 0.0

    def mean_amplitude(self, times_ns: ArrayLike) -> Complexes:
        """<a> = alpha exp(-(kappa/2 + i D) t)."""
        rate = 0.5 * mhz(self.linewidth_MHz) + 1j * mhz(self.detuning_MHz)
        return self.amplitude * np.exp(-rate * np.asarray(times_ns, dtype=float))

    def photon_number(self, times_ns: ArrayLike) -> Reals:
        """n_th + (n_0 - n_th) exp(-kappa t)."""
        return self._spread(times_ns) + np.abs(self.mean_amplitude(times_ns)) ** 2

    def vacuum_fidelity(self, times_ns: ArrayLike) -> Reals:
        """exp(-|<a>|^2/(m + 1))/(m + 1), m the thermal part of the photon number."""
        width = self._spread(times_ns) + 1.0
        return np.exp(-(np.abs(self.mean_amplitude(times_ns)) ** 2) / width) / width

    def _spread(self, times_ns: ArrayLike) -> Reals:
        fade = np.exp(-mhz(self.linewidth_MHz) * np.asarray(times_ns, dtype=float))
        return self.bath_number + (self.thermal_number - self.bath_number) * fade


@dataclass(frozen=True, kw_only=True)
class DrivenOscillators:
    """Harmonic battery (no anharmonicity), driven, coupled, damped at zero temperature.

    Both modes stay coherent: (b, a)' = -M (b, a) - (i/2)(eps, 0), M = [[Gamma1/2 + i Dq, i g],
    [i g, kappa/2 + i Dc]]; with g = 0 this is the driven damped oscillator.
    """

    g_MHz: float = 10.0
    rabi_rate_MHz: float = 5.0
    t1_us: float = 0.05
    linewidth_MHz: float = 1.0
    transmon_detuning_MHz: float = 0.0
    resonator_detuning_MHz: float = 0.0

    def amplitudes(self, times_ns: ArrayLike) -> Complexes:
        """(<b>, <a>) from vacuum under eps = i Omega, shape (..., 2)."""
        g = mhz(self.g_MHz)
        loss_b = 0.5 * decay_rate(self.t1_us) + 1j * mhz(self.transmon_detuning_MHz)
        loss_a = 0.5 * mhz(self.linewidth_MHz) + 1j * mhz(self.resonator_detuning_MHz)
        matrix = np.array([[loss_b, 1j * g], [1j * g, loss_a]])
        final = np.linalg.solve(matrix, np.array([0.5 * mhz(self.rabi_rate_MHz), 0.0]))
        rates, modes = np.linalg.eig(matrix)
        weights = np.linalg.solve(modes, final)
        t = np.asarray(times_ns, dtype=float)[..., None]
        return final - (np.exp(-rates * t) * weights) @ modes.T


@dataclass(frozen=True, kw_only=True)
class CatalystSteadyState:
    """Limit of small linewidth on resonance: the resonator's field cancels the drive."""

    g_MHz: float = 50.0
    rabi_rate_MHz: float = 50.0

    @property
    def photon_number(self) -> float:
        """(Omega/2g)^2."""
        return (self.rabi_rate_MHz / (2.0 * self.g_MHz)) ** 2

    @property
    def vacuum_fidelity(self) -> float:
        """exp(-(Omega/2g)^2)."""
        return math.exp(-self.photon_number)

    @property
    def ergotropy(self) -> float:
        """The battery is empty."""
        return 0.0

"""Unit conversions of the oracles, written apart from the product's own."""

from __future__ import annotations

import math

TWO_PI = 2.0 * math.pi
PLANCK_J_S = 6.62607015e-34
BOLTZMANN_J_PER_K = 1.380649e-23


def ghz(frequency_GHz: float) -> float:
    """Angular rate in rad/ns of a cyclic frequency in GHz."""
    return TWO_PI * frequency_GHz


def mhz(frequency_MHz: float) -> float:
    """Angular rate in rad/ns of a cyclic frequency in MHz."""
    return TWO_PI * frequency_MHz / 1000.0


def decay_rate(time_us: float) -> float:
    """Rate 1/T in 1/ns of a decay time in us; an infinite time gives zero."""
    return 0.0 if math.isinf(time_us) else 1.0 / (1000.0 * time_us)


def boltzmann_ratio(frequency_GHz: float, temperature_mK: float) -> float:
    """Population ratio exp(-h f / k_B T) of two levels one quantum apart."""
    if temperature_mK == 0.0:
        return 0.0
    energy = PLANCK_J_S * frequency_GHz * 1e9
    return math.exp(-energy / (BOLTZMANN_J_PER_K * temperature_mK * 1e-3))


def bose_number(ratio: float) -> float:
    """Mean number r / (1 - r) of the bath whose population ratio per quantum is r."""
    return ratio / (1.0 - ratio)

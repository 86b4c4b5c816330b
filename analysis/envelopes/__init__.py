"""Smooth envelopes of sampled signals: one method a file, one interface."""

from analysis.envelopes.damped_sinusoids import DampedSinusoids, fit_damped_sinusoids
from analysis.envelopes.projection import Start

__all__ = ["DampedSinusoids", "Start", "fit_damped_sinusoids"]

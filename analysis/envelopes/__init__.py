"""Smooth envelopes of sampled signals: one method a file, one interface."""

from analysis.envelopes.damped_sinusoids import DampedSinusoids, Start, fit_damped_sinusoids

__all__ = ["DampedSinusoids", "Start", "fit_damped_sinusoids"]

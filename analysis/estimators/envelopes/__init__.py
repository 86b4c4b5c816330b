"""Smooth envelopes of sampled signals: one method a file, one interface."""

from analysis.estimators.envelopes.damped_sinusoids import DampedSinusoids, fit_damped_sinusoids
from analysis.estimators.envelopes.fit import METHODS, fit_envelope
from analysis.estimators.envelopes.method import Band, Envelope
from analysis.estimators.envelopes.projection import Start

__all__ = [
    "Band",
    "DampedSinusoids",
    "Envelope",
    "METHODS",
    "Start",
    "fit_damped_sinusoids",
    "fit_envelope",
]

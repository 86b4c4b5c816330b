"""Smooth curves through noisy samples, with derivative and variance: damped sinusoids or a process.

`samples` holds the data that both fit. `damped_sinusoids` searches by `variable_projection` from
`starting_points`; `gaussian_process` takes one of three `posteriors` of an `rbf_kernel`.
"""

from analysis.estimators.envelopes.damped_sinusoids import DampedSinusoids, fit_damped_sinusoids
from analysis.estimators.envelopes.gaussian_process import GaussianProcess, fit_gaussian_process
from analysis.estimators.envelopes.samples import Start

__all__ = [
    "DampedSinusoids",
    "GaussianProcess",
    "Start",
    "fit_damped_sinusoids",
    "fit_gaussian_process",
]

"""Smooth curves through noisy samples, with derivative and variance: damped sinusoids or a process.

`samples` holds the data that both fit. `damped_sinusoids` searches by `variable_projection` from
`starting_points`; `gaussian_process` takes one of three `posteriors` of an `rbf_kernel`. `partial`
is for a component that was measured at some times only.
"""

from analysis.estimators.envelopes.damped_sinusoids import DampedSinusoids, fit_damped_sinusoids
from analysis.estimators.envelopes.gaussian_process import GaussianProcess, fit_gaussian_process
from analysis.estimators.envelopes.partial import Partial, Pointwise
from analysis.estimators.envelopes.samples import FEWEST, Start

__all__ = [
    "FEWEST",
    "DampedSinusoids",
    "GaussianProcess",
    "Partial",
    "Pointwise",
    "Start",
    "fit_damped_sinusoids",
    "fit_gaussian_process",
]

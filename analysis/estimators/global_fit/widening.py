"""How wide the priors should have been, by how far from the file the fit has come."""

import numpy as np

from cqed_battery.operators import FloatArray

_TOLD = 0.05  # of the prior's variance: what counts narrow by less says nothing of the prior
_SCALES = np.linspace(1.0, 8.0, 71)
_CLEARLY = 6.0
"""-2 log of a likelihood ratio that priors which hold reach in one fit of some hundred."""


def prior_scale(precision: FloatArray, covariance: FloatArray, moved: FloatArray) -> float:
    """Return how many times as wide as stated the priors most likely are; 1 unless it is clear.

    A calibration that was not what it seemed is rarely the only one, and what counts do not tell
    stays where a prior has put it. Along each direction in which counts narrow the priors, by the
    share s of their variance, the fit lies u of what they let it move; u^2 is 1 + (k^2 - 1) s on
    average where they should be k times as wide. Stated more broadly than needed, a prior is no
    evidence that the others hold: u^2 counts as 1 at least.

    Args:
        precision: 1 / prior^2 of the parameters, above 0, (p,).
        covariance: of the fit, (p, p).
        moved: the fit's values less the priors' centres, (p,).
    """
    root = np.sqrt(precision)
    left, directions = np.linalg.eigh(root[:, None] * covariance * root)
    share, along = np.clip(1 - left, 0.0, 1.0), directions.T @ (root * moved)
    told = share > _TOLD
    share, square = share[told], np.maximum(along[told] ** 2 / share[told], 1.0)
    variance = 1 + (_SCALES[:, None] ** 2 - 1) * share
    unlikely = (np.log(variance) + square / variance).sum(axis=1)
    best = int(unlikely.argmin())
    return float(_SCALES[best]) if unlikely[0] - unlikely[best] > _CLEARLY else 1.0

"""The check of y: zero by symmetry where neither level 2 nor a detuning raises it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import chdtrc

from analysis.checks.grade import grade
from analysis.estimators.agreement import chi_square
from analysis.estimators.expectation import Expectation
from analysis.estimators.observed import Observed
from analysis.estimators.state.bloch import BlochEstimate
from analysis.results.tested import tested

_NULL = 0.3  # standard errors below which the model's y does not show in its chi-square


def null_channel(
    data: Observed, found: Mapping[str, BlochEstimate], filed: Expectation
) -> dict[str, Any] | None:
    """Test y against 0 in the arms where the file has none: by symmetry, whatever g and Omega.

    As it is measured, no pulse corrected, against the file's own device, which no fit has moved.
    The little that the file has is subtracted. The readout's calibration moves y at all times of
    both arms together, so its errors enter the covariance.

    Args:
        data: frequencies of all settings, and the model.
        found: Bloch vectors by arm.
        filed: what the file's own device is expected to do.

    Returns:
        The check, None where y is zero in no arm, or was not measured.
    """
    measured = {arm: bloch for arm, bloch in found.items() if bloch.measured[:, 1].any()}
    parts = {
        arm: bloch
        for arm, bloch in measured.items()
        if np.abs(filed.arms[arm]["measured_bloch"][:, 1]).max() <= _NULL * bloch.std[:, 1].min()
    }
    if not parts:
        return None
    names = list(parts)
    taken = np.concatenate([bloch.measured[:, 1] for bloch in parts.values()])
    seen = np.concatenate([part.linear[:, 1] + data.offset(a)[:, 1] for a, part in parts.items()])
    model = np.concatenate([filed.arms[a]["measured_bloch"][:, 1] for a in names])
    variance = np.concatenate([bloch.shot[:, 1] for bloch in parts.values()])
    # At the model's y: at the measured one the noise itself would pass for an error of contrast.
    wrong, contrast = data.assignment, data.assignment.contrast
    shared = np.stack(
        [
            (model - 1) / contrast * wrong.p1_given_0_std,
            (model + 1) / contrast * wrong.p0_given_1_std,
        ],
        axis=-1,
    )
    square = chi_square((seen - model)[taken], variance[taken], shared[taken])
    degrees = int(taken.sum())
    p_value = float(chdtrc(degrees, square))
    statement = (
        "y, which no coupling or Rabi rate can raise here, is compatible with 0 to p"
        f" = {p_value:.2g} ({' and '.join(names)}; chi-square {square:.0f} for {degrees} times); if"
        " not, suspect a detuning or the phase of the tomography pulses"
    )
    return tested(grade(p_value, 1e-3, 1e-6), statement, square, degrees, p_value)

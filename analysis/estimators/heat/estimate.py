"""Values over time with standard errors, and what corrections and causes do to them."""

from dataclasses import dataclass, field, replace

import numpy as np

from cqed_battery.operators import FloatArray
from protocols.faults.simulated import TOLERANCE

GRID, RABI = "grid correction", "Rabi rate"
"""Causes: what a grid of times makes of integrals and envelopes, and the scale of the power."""


@dataclass(frozen=True)
class Estimate:
    """Values with standard errors, each of the same shape; `bias` was subtracted from value.

    causes: what one standard error of each cause of its own adds, with its sign; in std already.
    room: how far off the values may be, at most, by components that were not measured.
    """

    value: FloatArray
    std: FloatArray
    bias: FloatArray
    causes: dict[str, FloatArray] = field(default_factory=dict)
    room: FloatArray | float = 0.0


def with_cause(estimate: Estimate, name: str, change: FloatArray) -> Estimate:
    """Add a cause of error that changes the values by `change`, (T,), per standard error.

    Args:
        estimate: values (T,).
        name: of the cause.
        change: in the unit of the values, with its sign, (T,).
    """
    std = np.hypot(estimate.std, change)
    return replace(estimate, std=std, causes=estimate.causes | {name: change})


def corrected(estimate: Estimate, bias: FloatArray, relative: float) -> Estimate:
    """Subtract a bias, (T,), that is known to a relative standard error.

    No correction by a model is better than what the model predicts (`simulated.TOLERANCE`).

    Args:
        estimate: values (T,).
        bias: in the unit of the values, (T,).
        relative: standard error of the bias over the bias, at least 0.
    """
    std = np.hypot(estimate.std, TOLERANCE)
    found = replace(estimate, value=estimate.value - bias, bias=estimate.bias + bias, std=std)
    return with_cause(found, GRID, -relative * bias)

"""What must hold whatever the device: trace, positivity, probabilities, the energy's balance."""

from typing import Any

import numpy as np

from analysis.estimators.expectation import Expectation
from cqed_battery.energetics import qubit_energy
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.truth import drive_power

ROUNDING = 1e-7
"""How far a trace, an eigenvalue or a probability of the model may stray."""
_MARGIN = 3.0  # times the integration rule's own error, which the balance may be off
_FLOOR = 1e-6  # in hbar w_q


def invariants(expected: Expectation) -> dict[str, Any]:
    """Return the check of the model's states: "outcome", "statement" and the numbers.

    The trace and the eigenvalues are those of the transmon, the probabilities those of every
    setting and of the photons. The balance compares E - E(0) with the integral of dE/dt by
    Simpson's rule on the charging times, in units of what that rule is uncertain by: its distance
    from the trapezoid, and how far it misses the work, whose integral is known exactly, where the
    charging times are too few or the drive jumps from sample to sample (at least 1e-6 hbar w_q).
    dE/dt = P + J only if it is dE/dt. Where each setting has a pulse of its own, there is no such
    integral.

    Args:
        expected: what the experiment file predicts.
    """
    found = expected.prediction.arms
    arms = found.values()
    one_pulse = not expected.prediction.settings
    numbers = {
        "trace": max(_trace(arm) for arm in arms),
        "negativity": max(0.0, *(_negativity(arm) for arm in arms)),
        "probability": max(0.0, *(_excess(arm) for arm in arms)),
        "balance": max(_imbalance(expected, name) for name in found) if one_pulse else 0.0,
    }
    strayed = [name for name in ("trace", "negativity", "probability") if numbers[name] > ROUNDING]
    unbalanced = numbers["balance"] > _MARGIN
    statement = (
        f"the model's states keep trace (to {numbers['trace']:.0e}), positivity"
        f" ({numbers['negativity']:.0e}) and probabilities ({numbers['probability']:.0e})"
    )
    if one_pulse:
        statement += (
            f", and the integral of dE/dt meets E within {numbers['balance']:.1f} times the rule's"
            " own error"
        )
    if strayed or unbalanced:
        wrong = " and ".join(strayed + ["energy balance"] * unbalanced)
        statement = f"the model's {wrong} must hold and does not: do not believe it; {statement}"
    return {
        "outcome": "fail" if strayed else "warn" if unbalanced else "pass",
        "statement": statement,
        **numbers,
    }


def _trace(arm: ArmPrediction) -> float:
    return float(np.abs(np.trace(arm.transmon, axis1=1, axis2=2) - 1.0).max())


def _negativity(arm: ArmPrediction) -> float:
    return -float(np.linalg.eigvalsh(arm.transmon).min())


def _excess(arm: ArmPrediction) -> float:
    values = np.concatenate([arm.probability.ravel(), arm.photons.ravel()])
    return float(max(-values.min(), values.max() - 1.0))


def _imbalance(expected: Expectation, name: str) -> float:
    """Return how far E - E(0) strays from the integral of dE/dt, over the rule's own error."""
    times, arm = expected.prediction.times, expected.prediction.arms[name]
    if len(times) < 3:
        return 0.0
    from scipy.integrate import cumulative_simpson, cumulative_trapezoid

    energy, rate = qubit_energy(arm.bloch), qubit_energy(arm.bloch_rate)
    integral = cumulative_simpson(rate, x=times, initial=0.0)
    coarser = cumulative_trapezoid(rate, times, initial=0.0)
    power = drive_power(expected.prediction.experiment, times, arm.bloch, name)
    work = cumulative_simpson(power, x=times, initial=0.0)
    error = float(np.abs(integral - coarser).max())
    error += float(np.abs(work - (arm.work - arm.work[0])).max())
    return float(np.abs(energy - energy[0] - integral).max()) / max(error, _FLOOR)

"""Checks of grids: charging times for the integral of P, exchange times for F."""

from typing import Any

import numpy as np

from analysis.data.inputs import Inputs
from analysis.estimators.arms.arms import ArmResult
from analysis.estimators.expectation import Expectation
from analysis.estimators.windows import heat_window_end
from cqed_battery.experiment import Experiment
from cqed_battery.units import TWO_PI, angular_from_ghz, angular_from_mhz
from protocols.resonator import exchange_times

_LARGE = 0.1  # hbar w_q: what a rule may be off, however much shots leave open
_HALF_TURN = 0.5 + 1e-9  # of an oscillation between two times, beyond which they alias


def time_grid(inputs: Inputs, expected: Expectation, catalysed: ArmResult) -> dict[str, Any]:
    """Simpson's rule on the charging times must be close to the model's own integral.

    Args:
        inputs: the checked dataset.
        expected: what its experiment file predicts.
        catalysed: estimates of that arm.
    """
    index = heat_window_end(inputs.experiment, expected, inputs.times)
    bias, std = float(catalysed.heat.bias[index]), float(catalysed.heat.std[index])
    coarse = abs(bias) > max(min(std, _LARGE), 0.1 * abs(float(catalysed.heat.value[index])))
    statement = (
        f"the charging times are too far apart for the integral of P: Simpson's rule is"
        f" {bias:+.3f} hbar w_q off at t = {inputs.times[index]:g} ns by the model; measure more"
        " times"
        if coarse
        else f"the charging times are close enough for the integral of P ({bias:+.0e} hbar w_q off)"
    )
    return {"outcome": "warn" if coarse else "pass", "statement": statement, "bias": bias}


def exchange_grid(experiment: Experiment) -> dict[str, Any]:
    """Two exchange times must lie within each turn of battery and photon, or F rests on little.

    A photon and the battery exchange at sqrt(4 g^2 + D^2), g the coupling, D the detuning.

    Args:
        experiment: the experiment file's content.
    """
    detuning = experiment.resonator.frequency_GHz - experiment.transmon.frequency_GHz
    coupling = angular_from_mhz(experiment.coupler.g_on_MHz)
    angular = float(np.hypot(2 * coupling, angular_from_ghz(detuning)))
    step = float(np.diff(exchange_times(experiment)).max())
    turns = angular * step / TWO_PI
    needed = int(np.ceil(turns / _HALF_TURN * (experiment.vacuum.points - 1))) + 1
    apart = f"the exchange times are {step:.3g} ns apart, {turns:.2g} of a turn of the oscillation"
    return {
        "outcome": "warn" if turns > _HALF_TURN else "pass",
        "statement": (
            f"{apart}, which so few cannot follow (aliasing), and F is poorly known: set"
            f" vacuum.points to {needed} or more, or vacuum.stop_ns lower"
            if turns > _HALF_TURN
            else f"{apart} between photon and battery"
        ),
        "turns": turns,
    }

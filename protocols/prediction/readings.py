"""What reads an arm beside its states: axes, the energy after extraction, and three levels."""

import numpy as np

from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.faults.drive_line import Line
from protocols.prediction.quadrature import chebyshev_count, chebyshev_nodes, lagrange_weights
from protocols.stages.charging import charging_waveform
from protocols.stages.extraction import (
    READINGS,
    extraction_effects,
    extraction_places,
)
from protocols.stages.qutrit import ROTATIONS, qutrit_effect, qutrit_places

_RINGING_TOLERANCE = 1e-5  # of a probability, by interpolation over what the line holds
_ROUNDING = 1e-9  # of the largest amplitude held: closer ones are one


def qutrit_effects(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, line: Line
) -> FloatArray:
    """Return the operators of reading 1 of three levels, (9, D^2), or K (9, D^2) behind a filter.

    What a filter holds differs from time to time, and so do the operators.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion with the transmon and Fock levels to use.
        arm: "catalysed" or "control".
        line: the drive line that pulses and charging drive pass.
    """
    terms, times = liouvillian.generator, experiment.charging_times_ns[qutrit_places(experiment)]
    held = line.ringing(charging_waveform(experiment, "control"), times)
    found = [
        qutrit_effect(experiment, liouvillian, arm, name, line, complex(ringing))
        for ringing in (held if held.any() else held[:1])
        for name in ROTATIONS
    ]
    return np.array(found).reshape(-1, (terms.levels * terms.fock_levels) ** 2)


def qutrit_readings(experiment: Experiment, readings: FloatArray) -> FloatArray:
    """Return what reads three levels, 0 where they are not measured, (T, 9) or (T, 0).

    Args:
        experiment: the experiment file's content.
        readings: of the settings at every time, or derivatives, (T, 9), or K times as many, one
            after the other, of which each is that of its own time.
    """
    places = qutrit_places(experiment)
    if not places:
        return np.zeros((len(readings), 0))
    found = np.zeros((len(readings), len(ROTATIONS)))
    each = readings.reshape(len(readings), -1, len(ROTATIONS))
    for number, place in enumerate(places):
        found[place] = each[place, number % each.shape[1]]
    return found


def all_extraction_effects(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, line: Line
) -> FloatArray:
    """Return the operators of reading 1 after the extraction pulses, (K, D^2).

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion with the transmon and Fock levels to use.
        arm: "catalysed" or "control".
        line: the drive line that pulses and charging drive pass.
    """
    times = experiment.charging_times_ns[extraction_places(experiment)]
    held = line.ringing(charging_waveform(experiment, "control"), times)
    return extraction_effects(experiment, liouvillian, arm, line, held)


def extraction_readings(
    experiment: Experiment, probability: FloatArray, after: FloatArray
) -> FloatArray:
    """Return what reads the energy before and after extraction, 0 where there is none, (T, 2).

    Args:
        experiment: the experiment file's content.
        probability: of reading 1 for the axes x, y, z, or its derivative, (T, 3).
        after: likewise after each pulse, at every time, (T, K); K is 0 where none is named.
    """
    found = np.zeros((len(probability), len(READINGS)))
    places = extraction_places(experiment)[: after.shape[1]]
    found[places] = np.stack([probability[places, -1], after[places, range(len(places))]], axis=-1)
    return found


def ringing_nodes(experiment: Experiment, line: Line) -> tuple[ComplexArray, FloatArray]:
    """Return what the line may hold when the drive is gated off, (N,), and each one's share (T, N).

    A line without a filter holds nothing. Between the smallest and the largest amplitude held,
    probabilities are interpolated: the drive that rings down turns the state by eps / bandwidth.
    Amplitudes whose phases differ lie on no line, so each is taken by itself.

    Args:
        experiment: the experiment file's content.
        line: the drive line that the charging drive passes.
    """
    times = experiment.charging_times_ns
    held = line.ringing(charging_waveform(experiment, "control"), times)
    full = held[np.argmax(np.abs(held))]
    if not full:
        return np.zeros(1, dtype=complex), np.ones((len(times), 1))
    turned = held / full
    if np.abs(turned.imag).max() > _ROUNDING:
        return held, np.eye(len(times))
    parts = turned.real
    low, high = float(parts.min()), float(parts.max())
    swing = abs(full) * (high - low) / line.bandwidth if high - low > _ROUNDING else 0.0
    nodes = chebyshev_nodes(low, high, chebyshev_count(swing, _RINGING_TOLERANCE))
    return full * nodes, lagrange_weights(nodes, parts)

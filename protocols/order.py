"""When each setting is taken in the course of a run, and what a drifting readout makes of it."""

from dataclasses import replace

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import ns_from_us
from protocols.prediction.predict import Prediction
from protocols.readout import assignment_errors
from protocols.settings import Schedule, repetition_periods, shots_of

_ORDER_PLACE = 100  # spawn key of the order's random numbers, beside those of the settings
_US_PER_MS = 1e3


def moments(experiment: Experiment) -> FloatArray:
    """Return the moment of every setting within the run, (M,): 0 the first, 1 the last.

    A setting takes its shots times the repetition period, and its overhead; its moment is its
    middle. Settings stand in the order of `protocols.settings`, whatever order they are taken in.
    """
    overhead = ns_from_us(_US_PER_MS * experiment.laboratory.setting_overhead_ms)
    lasting = shots_of(experiment) * repetition_periods(experiment) + overhead
    order = setting_order(experiment)
    ends = np.cumsum(lasting[order])
    middle = np.empty_like(lasting)
    middle[order] = ends - lasting[order] / 2
    return np.asarray((middle - middle.min()) / (middle.max() - middle.min()))


def setting_order(experiment: Experiment) -> IntArray:
    """Return the settings (M,) in the order of laboratory time.

    "as listed": calibration, catalysed, control, vacuum measurement. "interleaved": each of
    these, axis by axis and trace by trace, is spread evenly over the run. "random": a
    permutation drawn from the experiment's seed.
    """
    schedule = Schedule.of(experiment)
    order = experiment.faults.order
    if order == "random":
        sequence = np.random.SeedSequence(experiment.seed, spawn_key=(_ORDER_PLACE,))
        return np.random.default_rng(sequence).permutation(schedule.size)
    if order == "as listed":
        return np.arange(schedule.size)
    spread = np.tile(_evenly(schedule.times)[:, None], (1, 3))
    place = schedule.joined(
        _evenly(2),
        dict.fromkeys(schedule.arms, spread),
        np.tile(_evenly(schedule.exchanges), (2, 1)) if schedule.exchanges else None,
    )
    return np.argsort(place, kind="stable")


def reading_frequencies(experiment: Experiment, prediction: Prediction) -> Prediction:
    """Return the prediction with the frequencies of reading 1 after drifting assignment errors.

    They take the place of the probabilities before assignment errors.
    """
    schedule, errors = Schedule.of(experiment), assignment_errors(experiment)
    drift = experiment.faults.readout_drift * moments(experiment)
    arms = {}
    for name, arm in prediction.arms.items():
        change = schedule.arm_part(drift, name)
        read = _reading(arm.probability, errors.p1_given_0, errors.p0_given_1, change)
        arms[name] = replace(arm, probability=read)
    vacuum = prediction.vacuum_probability
    if vacuum is not None:
        change = schedule.vacuum_part(drift)
        vacuum = _reading(vacuum, errors.p1_given_0, errors.p0_given_1, change)
    return replace(prediction, arms=arms, vacuum_probability=vacuum)


def calibration_frequencies(experiment: Experiment) -> FloatArray:
    """Return how often the prepared levels 0 and 1 read 1, (2,), at their moments of the run."""
    errors = assignment_errors(experiment)
    drift = experiment.faults.readout_drift * moments(experiment)[:2]
    return _reading(np.array([0.0, 1.0]), errors.p1_given_0, errors.p0_given_1, drift)


def _evenly(count: int) -> FloatArray:
    return (np.arange(count) + 0.5) / count


def _reading(
    probability: FloatArray, p1_given_0: float, p0_given_1: float, change: FloatArray
) -> FloatArray:
    wrong_0, wrong_1 = p1_given_0 + change, p0_given_1 + change
    return np.asarray(wrong_0 + (1 - wrong_0 - wrong_1) * probability)

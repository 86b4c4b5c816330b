"""The shortest pulse that reaches an ergotropy, beside the speed limit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from analysis.optimal_charging.best_pulse import Optimum, Wanted, best_pulse
from analysis.optimal_charging.errors import OptimisationError
from analysis.optimal_charging.speed_limit import fastest_ns, start_purity
from cqed_battery.experiment import Experiment

_PRECISION = 0.002  # of the time, relative
_ROUNDS = 16  # at most: 2^-16 of the longest time is far below the precision


def quickest_pulse(
    experiment: Experiment,
    wanted: Wanted,
    target: float,
    report: Callable[[int, int, str], None] | None = None,
) -> Optimum:
    """Return the shortest pulse whose ergotropy at its end is at least a target, to 0.2 %.

    Times are halved between the speed limit and the longest one. With `drive.timing` "clock" they
    are whole samples.

    Args:
        experiment: the device, and the drive whose Rabi rate limits the amplitude.
        wanted: limits and devices; its time is the longest one, its goal does not count.
        target: ergotropy in hbar w_q.
        report: called as report(done, total, what) after each time.

    Raises:
        OptimisationError: the longest time does not suffice, or nothing can be so charged.
    """
    wanted = replace(wanted, goal="ergotropy")
    tell = report or (lambda done, total, what: None)
    best = best_pulse(experiment, wanted)
    tell(1, _ROUNDS, "pulse lengths")
    if best.value < target:
        raise OptimisationError(
            f"`target` must be within reach, but {target:g} hbar w_q is not reached in"
            f" {wanted.duration_ns:g} ns, the best being {best.value:.4f}: lower it, or make"
            " `duration_ns` longer"
        )
    # What is reached in no time at all is left to the first sample.
    low = min(
        fastest_ns(experiment, min(target, start_purity(experiment))), best.wanted.duration_ns
    )
    low *= 1 - _PRECISION
    for number in range(2, _ROUNDS + 1):
        high = best.wanted.duration_ns
        middle = _playable(experiment, (low + high) / 2)
        if high - low < _PRECISION * high or not low < middle < high:
            break
        shorter = _tried(experiment, replace(wanted, duration_ns=middle))
        if shorter is not None and shorter.value >= target:
            best = shorter
        else:
            low = middle
        tell(number, _ROUNDS, "pulse lengths")
    tell(_ROUNDS, _ROUNDS, "pulse lengths")
    return best


def _tried(experiment: Experiment, wanted: Wanted) -> Optimum | None:
    """Return the best pulse of a length; None where the bandwidth allows none."""
    try:
        return best_pulse(experiment, wanted)
    except OptimisationError:
        return None


def _playable(experiment: Experiment, time: float) -> float:
    return float(experiment.drive.played_ns(np.array(time)))

"""The times over which the verdict looks: fixed by the experiment file, not by the data."""

from math import ceil, hypot

import numpy as np

from analysis.estimators.expectation import Expectation
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import ghz_from_mhz


def heat_window_end(experiment: Experiment, expected: Expectation, times: FloatArray) -> int:
    """Return the index of the time t1 up to which S is taken.

    As the file says, or where the model's first window of negative J ends: the first minimum of
    its S, three times at least from the start. Chosen before looking at counts, so that the
    test keeps its false-alarm rate.

    Args:
        experiment: its `analysis.heat_window_end_ns` is a time in ns or "auto".
        expected: the model's curves on the same times.
        times: charging times in ns, increasing, (T,).
    """
    wanted = experiment.analysis.heat_window_end_ns
    if wanted != "auto":
        return max(1, int(np.searchsorted(times, wanted, side="right")) - 1)
    integral = expected.arms["catalysed"]["heat_integral"]
    falling = np.flatnonzero(np.diff(integral) < -1e-6)
    if falling.size == 0:
        return len(times) - 1
    first = int(falling[0])
    rising = np.flatnonzero(np.diff(integral)[first:] > 0)
    end = first + int(rising[0]) if rising.size else len(times) - 1
    return min(max(end, 2), len(times) - 1)


def rabi_period(experiment: Experiment) -> float:
    """Return the control's period of Rabi oscillation in ns (infinite without a drive).

    Args:
        experiment: the experiment file's content, for the Rabi rate and the drive's detuning.
    """
    detuning = experiment.drive.frequency_GHz - experiment.transmon.frequency_GHz
    frequency = hypot(ghz_from_mhz(experiment.drive.rabi_rate_MHz), detuning)
    return 1 / frequency if frequency > 0 else np.inf


def late_window(experiment: Experiment, times: FloatArray) -> tuple[float, float, bool]:
    """Return start and end (ns) of the late window, and whether it spans a Rabi period.

    As long as the file says, but whole periods of the control's oscillation and at least one
    period of resonant Rabi oscillation.

    Args:
        experiment: fixes the Rabi period and the length asked for.
        times: charging times in ns, increasing, (T,).
    """
    period, wanted = rabi_period(experiment), experiment.analysis.late_window_ns
    resonant = ghz_from_mhz(experiment.drive.rabi_rate_MHz)
    length = 1 / resonant if resonant > 0 else np.inf
    if wanted != "auto":
        length = max(wanted, length)
    return _whole_periods(times, length, period)


def mean_window(experiment: Experiment, times: FloatArray) -> tuple[float, float, bool]:
    """Return start and end (ns) of the longest window of whole periods that ends with the run.

    Args:
        experiment: fixes the Rabi period.
        times: charging times in ns, increasing, (T,).

    Returns:
        Start, end, and whether the run spans a resonant Rabi period; if not, it is the whole run.
    """
    period = rabi_period(experiment)
    span = times[-1] - times[0]
    resonant = ghz_from_mhz(experiment.drive.rabi_rate_MHz)
    enough = resonant > 0 and span * resonant >= 1 - 1e-9
    if not enough:
        return float(times[0]), float(times[-1]), False
    length = np.floor(span / period + 1e-9) * period
    return float(times[-1] - length), float(times[-1]), True


def _whole_periods(times: FloatArray, length: float, period: float) -> tuple[float, float, bool]:
    span = float(times[-1] - times[0])
    if not np.isfinite(length) or length > span * (1 + 1e-9):
        return float(times[0]), float(times[-1]), False
    rounded = ceil(length / period - 1e-9) * period
    length = rounded if rounded <= span * (1 + 1e-9) else length
    return float(times[-1] - length), float(times[-1]), True


def averaging_weights(times: FloatArray, start: float, end: float) -> FloatArray:
    """Return weights (T,) that sum to 1: the mean over [start, end] of the piecewise-linear curve.

    Exact for a curve that is linear between the times; start and end need not be times.

    Args:
        times: in ns, increasing, (T,).
        start: of the window, in ns.
        end: of the window, in ns; not after start means the single time nearest to it.
    """
    if end <= start:
        return np.eye(len(times))[int(np.argmin(np.abs(times - end)))]
    grid = np.unique(np.concatenate([times, [start, end]]))
    grid = grid[(grid >= start) & (grid <= end)]
    trapezoid = np.zeros(len(grid))
    steps = np.diff(grid)
    trapezoid[:-1] += steps / 2
    trapezoid[1:] += steps / 2
    place = np.clip(np.searchsorted(times, grid, side="right") - 1, 0, len(times) - 2)
    share = np.clip((grid - times[place]) / (times[place + 1] - times[place]), 0.0, 1.0)
    before = np.bincount(place, (1 - share) * trapezoid, len(times))
    behind = np.bincount(place + 1, share * trapezoid, len(times))
    return np.asarray((before + behind) / (grid[-1] - grid[0]))

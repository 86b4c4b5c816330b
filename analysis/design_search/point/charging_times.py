"""The charging times of a designed run: dense early for S, sparse later, some at the end."""

from math import ceil

import numpy as np

from analysis.estimators.windows import rabi_period
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import ghz_from_mhz

_PER_PERIOD = 10  # early times in a period of the driven transmon: Simpson's rule needs them
_MIDDLE, _LATE = 24, 7
_DECIMALS = 2
_EVEN_PER_PERIOD, _MOST_EVEN = 3.5, 1000


def design_times(experiment: Experiment, early: float, end: float) -> tuple[FloatArray, float]:
    """Return increasing charging times in ns, (T,), from 0 to `end`, and the early window's end.

    Early ones lie evenly up to `early` (ns), ten in a period of the driven transmon. Between
    them and the late window the steps grow. The late window has at least a resonant Rabi period.
    """
    period, rabi = rabi_period(experiment), ghz_from_mhz(experiment.drive.rabi_rate_MHz)
    late = max(period, 1 / rabi) if rabi > 0 else period
    late = min(ceil(late / period - 1e-9) * period if np.isfinite(period) else 0.0, end / 4)
    early = min(early, end / 4)
    steps = max(4, ceil(early / period * _PER_PERIOD)) if np.isfinite(period) else 4
    parts = (
        np.linspace(0.0, early, 2 * ceil(steps / 2) + 1),
        np.geomspace(early, end - late, _MIDDLE),
        np.linspace(end - late, end, _LATE),
    )
    return np.unique(np.round(np.concatenate(parts), _DECIMALS)), round(early, _DECIMALS)


def even_grid(experiment: Experiment) -> tuple[float, int]:
    """Return the end in ns and the number of evenly spaced times from 0, 3.5 in a period.

    They span what the experiment's times do, 1000 of them at most, and the end of its early
    window, `analysis.heat_window_end_ns`, is one of them.
    """
    end, early = experiment.charging_times_ns[-1], float(experiment.analysis.heat_window_end_ns)
    steps = max(4, ceil(early / rabi_period(experiment) * _EVEN_PER_PERIOD))
    count = min(round(end / early * steps), _MOST_EVEN)
    return round(count * early / steps, _DECIMALS + 4), count + 1

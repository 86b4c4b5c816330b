"""The best control within the box: the highest ergotropy that the closed coupler can have there.

The control of the best point shares its drive. A fair rival may choose its own, so drive,
transmon and charging time are searched for the control alone, for each kind of gain by itself.
"""

from dataclasses import dataclass, field
from math import ceil, log2

import numpy as np
from scipy.stats import qmc

from analysis.design_search.point.point import control_averages, point_experiment
from analysis.design_search.search.refine import descend
from analysis.design_search.search.search import Points
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import with_enough_levels

KINDS = ("peak_control", "mean_control", "late_control")
_SECTIONS = ("transmon", "drive", "charging")
_SHARE, _FEWEST = 0.1, 12  # controls tried, of the search's evaluations, and at least
_FIRST_STEP = 0.1  # of the climb, in the unit cube
_REFUSED = -1.0


@dataclass(frozen=True)
class BestControl:
    """A control's ergotropy in hbar w_q, and its values by key of what acts on it."""

    ergotropy: float
    values: dict[str, float]


@dataclass
class _Tried:
    """The controls tried so far: places (K,) in the unit cube and their ergotropies (3,).

    `free` are the keys that act on a control; the others stay at the centre.
    """

    points: Points
    centre: FloatArray
    free: list[int]
    found: list[tuple[FloatArray, FloatArray]] = field(default_factory=list)

    def at(self, row: FloatArray) -> FloatArray:
        """Return the ergotropies (3,) of a control at places of the free keys, and keep them."""
        place = self.centre.copy()
        place[self.free] = row
        values = self.points.box.values(place)
        try:
            experiment = point_experiment(self.points.fixed, self.points.box, values)
            ergotropies = control_averages(with_enough_levels(experiment))
        except CqedBatteryError:
            ergotropies = np.full(len(KINDS), _REFUSED)
        self.found.append((place, ergotropies))
        return ergotropies

    def best(self, kind: int) -> tuple[FloatArray, FloatArray]:
        """Return the place (K,) and the ergotropies (3,) of the best control of a kind."""
        return max(self.found, key=lambda entry: float(entry[1][kind]))


def best_controls(points: Points, best: int, evaluations: int, seed: int) -> dict[str, BestControl]:
    """Return the best control of each kind, `KINDS`: a Sobol sample, then a climb for each.

    A tenth as many controls are tried as the search has points. Those of the searched points
    count too, so that none of them is better.
    """
    keys, centre = points.box.keys, points.places[best]
    free = [n for n, key in enumerate(keys) if key.partition(".")[0] in _SECTIONS]
    tried = _Tried(points, centre, free)
    tried.at(centre[free])
    count = max(_FEWEST, int(_SHARE * evaluations))
    if free:
        sample = qmc.Sobol(len(free), seed=np.random.default_rng([seed, 2]))
        for row in sample.random_base2(ceil(log2(count / 2)))[: count // 2]:
            tried.at(row)
        for kind in range(len(KINDS)):
            _climb(tried, kind, count // 6)
    for number, point in points.found.items():  # what was not computed counts as refused
        own = np.array([getattr(point, name) for name in KINDS])
        tried.found.append((points.places[number], np.nan_to_num(own, nan=_REFUSED)))
    found = {}
    for kind, name in enumerate(KINDS):
        place, ergotropies = tried.best(kind)
        values = points.box.values(place)
        chosen = {keys[n]: values[keys[n]] for n in free}
        found[name] = BestControl(max(float(ergotropies[kind]), 0.0), chosen)
    return found


def _climb(tried: _Tried, kind: int, most: int) -> None:
    start = tried.best(kind)[0][tried.free]
    descend(lambda row: -float(tried.at(row)[kind]), start, _FIRST_STEP, maxfev=most)

"""Refinement of a search: climbs from its best points, side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import numpy as np
from scipy.optimize import minimize

from analysis.design_search.search import OpenLanes, Points
from cqed_battery.compute.points import Workers
from cqed_battery.compute.workers import Lane
from cqed_battery.operators import FloatArray

_STARTS = 2  # points that are refined
_FIRST_STEP = 0.03  # in the unit cube


def descend(
    function: Callable[[FloatArray], float], start: FloatArray, step: float, **options: float
) -> None:
    """Lower a function of the unit cube by the simplex of Nelder and Mead (1965).

    Args:
        function: of a place (K,); it keeps what it is asked for.
        start: where the simplex begins, (K,).
        step: length of the first simplex's edges, upwards where there is room.
        options: scipy's, such as `maxfev`.
    """
    steps = np.where(start + step <= 1.0, step, -step)
    minimize(
        lambda place: function(np.array(place)),
        start,
        method="Nelder-Mead",
        bounds=[(0.0, 1.0)] * len(start),
        options={"initial_simplex": np.vstack([start, start + np.diag(steps)]), **options},
    )


class _Stopped(Exception):
    """Another climb failed, or the search was interrupted."""


@dataclass(frozen=True)
class _Climb:
    """A climb from a place (K,) in the unit cube; its points have the numbers from `first`."""

    place: FloatArray
    first: int
    most: int

    def run(self, points: Points, workers: Workers, stopped: Event) -> None:
        """Climb, point by point."""
        number = self.first

        def shortfall(where: FloatArray) -> float:
            nonlocal number
            if stopped.is_set():
                raise _Stopped
            number += 1
            return -points.evaluate(number - 1, [where], workers=workers)[0].merit

        descend(shortfall, self.place, _FIRST_STEP, maxfev=self.most, fatol=1e-3)


def refine(points: Points) -> None:
    """Climb from the best points, with as many climbs at once as there are lanes.

    A climb needs one point after the other; what it finds depends on its beginning alone.
    """
    starts = points.best(_STARTS)
    most = points.plan.local // max(len(starts), 1)
    if most <= len(points.box.keys) + 1:
        return
    climbs = [
        _Climb(points.places[start], points.plan.searched + turn * most, most)
        for turn, start in enumerate(starts)
    ]
    with points.workers.lanes(len(climbs)) as lanes:
        _run_all(climbs, points, lanes)


def _run_all(climbs: Sequence[_Climb], points: Points, lanes: Sequence[Lane]) -> None:
    stopped = Event()

    def run(turn: int) -> None:
        """Climb every so many climbs on the lane of this turn."""
        try:
            for climb in climbs[turn :: len(lanes)]:
                climb.run(points, OpenLanes(opened=[lanes[turn]]), stopped)
        except _Stopped:
            pass  # the one that failed says why
        except BaseException:
            stopped.set()
            raise

    with ThreadPoolExecutor(len(lanes)) as threads:
        try:
            for finished in [threads.submit(run, turn) for turn in range(len(lanes))]:
                finished.result()
        except BaseException:
            stopped.set()
            raise

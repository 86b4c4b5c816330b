"""Refinement of a search: climbs from its best points, side by side."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import numpy as np
from scipy.optimize import minimize

from analysis.design_search.search import Points
from cqed_battery.operators import FloatArray

_STARTS = 2  # points that are refined
_FIRST_STEP = 0.03  # in the unit cube


class _Stopped(Exception):
    """Another climb failed, or the search was interrupted."""


@dataclass(frozen=True)
class _Climb:
    """A climb from a place (K,) in the unit cube; its points have the numbers from `first`."""

    place: FloatArray
    first: int
    most: int

    def run(self, points: Points, stopped: Event) -> None:
        """Climb by the simplex of Nelder and Mead."""
        number = self.first

        def shortfall(where: FloatArray) -> float:
            nonlocal number
            if stopped.is_set():
                raise _Stopped
            number += 1
            return -points.evaluate(number - 1, [np.array(where)])[0].merit

        steps = np.where(self.place + _FIRST_STEP <= 1.0, _FIRST_STEP, -_FIRST_STEP)
        simplex = np.vstack([self.place, self.place + np.diag(steps)])
        minimize(
            shortfall,
            self.place,
            method="Nelder-Mead",
            bounds=[(0.0, 1.0)] * len(self.place),
            options={
                "initial_simplex": simplex,
                "maxfev": self.most,
                "xatol": 1e-4,
                "fatol": 1e-3,
            },
        )


def refine(points: Points) -> None:
    """Climb from the best points at once; what a climb finds depends on its beginning alone."""
    starts = points.best(_STARTS)
    most = points.plan.local // max(len(starts), 1)
    if most <= len(points.box.keys) + 1:
        return
    climbs = [
        _Climb(points.places[start], points.plan.searched + turn * most, most)
        for turn, start in enumerate(starts)
    ]
    stopped = Event()

    def run(climb: _Climb) -> None:
        try:
            climb.run(points, stopped)
        except _Stopped:
            pass  # the one that failed says why
        except BaseException:
            stopped.set()
            raise

    with ThreadPoolExecutor(len(climbs)) as threads:
        try:
            for finished in [threads.submit(run, climb) for climb in climbs]:
                finished.result()
        except BaseException:
            stopped.set()
            raise

"""Refinement of a search: climbs from its best points, side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import numpy as np
from scipy.optimize import minimize

from analysis.design_search.search.search import Points
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


def refine(points: Points) -> None:
    """Climb from the best points at once; what a climb finds depends on its beginning alone."""
    starts = points.best(_STARTS)
    most = points.plan.local // max(len(starts), 1)
    if most <= len(points.box.keys) + 1:
        return
    stopped = Event()

    def climb(turn: int) -> None:
        """Climb from the best point of this turn, at numbers of its own."""
        numbers = count(points.plan.searched + turn * most)

        def shortfall(place: FloatArray) -> float:
            if stopped.is_set():
                raise _Stopped
            return -points.evaluate(next(numbers), [place])[0].merit

        start = points.places[starts[turn]]
        try:
            descend(shortfall, start, _FIRST_STEP, maxfev=most, fatol=1e-3)
        except _Stopped:
            pass  # the one that failed says why
        except BaseException:
            stopped.set()
            raise

    with ThreadPoolExecutor(len(starts)) as threads:
        try:
            list(threads.map(climb, range(len(starts))))
        except BaseException:
            stopped.set()
            raise

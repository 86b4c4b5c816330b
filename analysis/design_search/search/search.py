"""Global search of a box, refinement, robustness and a map; every evaluated point is kept.

The optimisers are scipy's. They are given the same numbers at the same place in line whatever
the number of workers, and after an interruption they run again over the points on disk.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from scipy.optimize import differential_evolution

from analysis.design_search.box.box import Box
from analysis.design_search.point.point import compute_point, unpack_point
from analysis.design_search.point.point_result import PointResult
from analysis.design_search.search.starts import starts
from cqed_battery.compute.points import Job, Pool, Progress, Workers, resumable_map
from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.sweep.point import Point

_LARGEST_POPULATION, _SMALLEST_POPULATION = 64, 8
_GENERATIONS = 20  # at least, where the evaluations allow it
_LOCAL_SHARE = 0.15
_MAP_WIDTH = 1 / 8  # of the box: a ridge of a few MHz must not fall between the places
_APART = 0.1  # distance in the unit cube from which two good points are two


@dataclass(frozen=True)
class Plan:
    """How many points each stage has, in the order of their numbers on disk."""

    population: int
    generations: int
    local: int
    tolerances: int
    side: int

    @classmethod
    def of(cls, evaluations: int, box: Box, side: int) -> "Plan":
        """Return the plan of a search with so many evaluations and a map of side x side points."""
        local = int(_LOCAL_SHARE * evaluations)
        wide = evaluations - local
        population = max(_SMALLEST_POPULATION, min(_LARGEST_POPULATION, wide // _GENERATIONS))
        population = min(population, wide)
        tolerances = 2 * int((box.tolerances > 0).sum())
        return cls(population, wide // population, local, tolerances, side)

    @property
    def searched(self) -> int:
        """Points of the global search."""
        return self.population * self.generations

    @property
    def total(self) -> int:
        """All points."""
        return self.searched + self.local + self.tolerances + self.side**2


@dataclass(frozen=True)
class OpenWorkers(Workers):
    """Workers that are open already and stay so from one batch to the next."""

    opened: Pool | None = None

    @contextmanager
    def pool(self, most: int) -> Iterator[Pool]:
        """Yield the open pool."""
        assert self.opened is not None
        yield self.opened


@dataclass
class Points:
    """The evaluated points by number: places (K,) in the unit cube and what they give."""

    fixed: Experiment
    box: Box
    saved: SavedPoints
    workers: Workers
    plan: Plan
    progress: Progress
    places: dict[int, FloatArray] = field(default_factory=dict)
    found: dict[int, PointResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stored = self.saved.finished()
        self._text = self.fixed.to_toml(comments=False)
        self._one_at_a_time = Lock()

    def evaluate(
        self,
        start: int,
        places: Sequence[FloatArray],
        *,
        screening: bool = True,
    ) -> list[PointResult]:
        """Return what places give, computed or read; the first of them has the number `start`.

        Threads may do so at once.
        """
        batch = _Batch(self, start, len(places))
        job = Job(
            function=compute_point,
            count=len(places),
            arguments=lambda n: (self._text, self.box, self.box.values(places[n]), screening),
            name=lambda n: f"the point at {self.box.values(places[n])}",
        )
        resumable_map(job, batch, self.workers)
        results = [unpack_point(record) for record in self.saved.read(start, start + len(places))]
        for number, (place, result) in enumerate(zip(places, results, strict=True), start):
            self.places[number], self.found[number] = place, result
        return results

    def best(self, count: int) -> list[int]:
        """Return the numbers of the best points, no two of them close to each other."""
        ranked = sorted(self.found, key=lambda number: (-self.found[number].merit, number))
        kept: list[int] = []
        for number in ranked:
            near = (np.linalg.norm(self.places[number] - self.places[other]) for other in kept)
            if all(distance > _APART for distance in near):
                kept.append(number)
            if len(kept) == count:
                break
        return kept

    def save(self, number: int, result: Point) -> None:
        """Put a point on disk, and say so."""
        with self._one_at_a_time:
            self.saved.save(number, result)
            self.stored.add(number)
            self.progress(len(self.stored), self.plan.total, "points")


@dataclass(frozen=True)
class _Batch:
    """Some of the points, numbered from 0, as `resumable_map` wants its store."""

    points: Points
    start: int
    count: int

    def finished(self) -> set[int]:
        numbers = range(self.start, self.start + self.count)
        return {number - self.start for number in numbers if number in self.points.stored}

    def save(self, number: int, result: Point) -> None:
        self.points.save(self.start + number, result)


def search_globally(points: Points, seed: int) -> None:
    """Search the box by differential evolution (Storn and Price 1997) from `starts`."""
    plan, count = points.plan, len(points.box.keys)
    number = 0

    def evaluate(_: object, rows: Iterable[FloatArray]) -> list[float]:
        nonlocal number
        places = [np.array(row) for row in rows]
        results = points.evaluate(number, places)
        number += len(places)
        return [-result.merit for result in results]

    first = np.array(starts(points.fixed, points.box, plan.population, seed))
    if plan.generations == 1 or plan.population < _SMALLEST_POPULATION:
        points.evaluate(0, list(first))
        return
    differential_evolution(
        _placeholder,
        [(0.0, 1.0)] * count,
        init=first,
        maxiter=plan.generations - 1,
        tol=0.0,
        polish=False,
        seed=np.random.default_rng([seed, 1]),
        updating="deferred",
        workers=evaluate,
    )


def _placeholder(place: FloatArray) -> float:
    """Stand for the function of the search, which is evaluated a generation at a time."""
    raise NotImplementedError


def robustness(points: Points, best: int) -> dict[str, tuple[PointResult, PointResult]]:
    """Return what the best point gives with each key off by its tolerance, below and above."""
    box, centre = points.box, points.places[best]
    keys = np.flatnonzero(box.tolerances > 0).tolist()
    steps = np.diag(box.tolerances / (box.high - box.low))[keys]
    places = [centre + sign * step for step in steps for sign in (-1, 1)]
    start = points.plan.searched + points.plan.local
    found = points.evaluate(start, places, screening=False)
    return {box.keys[k]: (found[2 * n], found[2 * n + 1]) for n, k in enumerate(keys)}


def map_around(
    points: Points, best: int, axes: tuple[int, int]
) -> tuple[FloatArray, FloatArray, list[PointResult]]:
    """Return a grid about the best point: values along both keys, (side,), and its points.

    It is an eighth of the box wide, and none of its points is screened but those with too many
    photons.
    """
    side, centre = points.plan.side, points.places[best]
    across, up = (_reach(float(centre[axis]), side) for axis in axes)
    places = np.tile(centre, (side**2, 1))
    for axis, grid in zip(axes, np.meshgrid(across, up), strict=True):
        places[:, axis] = grid.ravel()
    found = points.evaluate(points.plan.total - side**2, list(places), screening=False)
    low, high = points.box.low, points.box.high
    first, second = (
        low[axis] + along * (high[axis] - low[axis])
        for axis, along in zip(axes, (across, up), strict=True)
    )
    return first, second, found


def _reach(centre: float, side: int) -> FloatArray:
    """Return places (side,) about a centre, inside the unit interval."""
    start = min(max(centre - _MAP_WIDTH / 2, 0.0), 1 - _MAP_WIDTH)
    return start + np.linspace(0.0, _MAP_WIDTH, side)

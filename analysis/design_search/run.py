"""The operating-point search from box to files: points, front, maps and a plain statement."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xarray as xr

from analysis.design_search import results
from analysis.design_search.box.after_charging import check_after_charging
from analysis.design_search.box.box import Box
from analysis.design_search.box.entries import DesignError
from analysis.design_search.point.measurement import ways
from analysis.design_search.point.point_result import EXACT, PointResult
from analysis.design_search.point.ready import Ready, ready_file
from analysis.design_search.results import Written
from analysis.design_search.search.control import best_controls
from analysis.design_search.search.refine import refine
from analysis.design_search.search.search import (
    OpenWorkers,
    Plan,
    Points,
    map_around,
    robustness,
    search_globally,
)
from analysis.report.figures.curves import draw_curves
from cqed_battery.arguments import whole_number
from cqed_battery.compute.points import Progress, Workers
from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import save_dataset, versions, write_text
from cqed_battery.files.labels import labelled
from protocols.sweep.point import SweepError

RESULTS = "design.json"
_KEPT, _MOST_JUDGED = 3, 9
_FEWEST, _MOST = 4, 10**6
_LONGEST_SIDE = 1000  # a map of 10^6 points, as many as there may be evaluations


@dataclass(frozen=True)
class Search:
    """What is searched: the experiment whose other values stay, the box, sizes and the seed.

    Raises:
        DesignError: there are too few or too many evaluations, F is not measured, or the file
            lists times or pulses of what is read after the charging.
    """

    fixed: Experiment
    box: Box
    evaluations: int = 2000
    seed: int = 0
    side: int = 17

    def __post_init__(self) -> None:
        whole_number("evaluations", self.evaluations, _FEWEST, _MOST, DesignError)
        whole_number("side", self.side, 0, _LONGEST_SIDE, DesignError)
        if not (self.fixed.vacuum.measured or "vacuum.method" in self.box.measurement):
            raise DesignError(
                "a search needs F from counts, but vacuum.method is none: choose another one in"
                " the experiment file, or several under [measurement]"
            )
        check_after_charging(self.fixed, self.box.objective)

    @property
    def identity(self) -> dict[str, Any]:
        """What the points depend on, as plain values."""
        box = self.box
        return {
            "experiment": self.fixed.to_toml(comments=False),
            "box": [box.keys, box.low.tolist(), box.high.tolist(), box.tolerances.tolist()],
            "measurement": [dict(way) for way in ways(box)],
            "objective": box.objective.model_dump(),
            "sizes": [self.evaluations, self.seed, self.side],
            "versions": versions(),
        }


def run_design(
    search: Search, out: Path, *, workers: Workers | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Search, refine, try tolerances, draw the map; write everything into a folder.

    Every evaluated point is saved at once in `out`/points; the same call goes on from there.
    The files depend on the search alone, not on the workers.

    Returns:
        The content of design.json.

    Raises:
        DesignError: the folder holds the points of another search.
        WorkError: the workers cannot compute.
    """
    digest = hashlib.sha256(json.dumps(search.identity).encode()).hexdigest()
    side = search.side if len(search.box.keys) > 1 else 0  # a map has two keys
    head = {"search": digest, **results.search_head(search.fixed, search.box), "map": side > 0}
    known = _complete(out / RESULTS, digest)
    if known is not None:
        return _saved({**known, **head}, out)
    plan = Plan.of(search.evaluations, search.box, side)
    try:
        with SavedPoints(out / "points", search.identity, plan.total) as saved:
            found = {**head, **_run(search, saved, plan, out, workers or Workers(), progress)}
            _saved(found, out)
            saved.remove()
    except SweepError as error:
        raise DesignError(str(error).replace("sweep", "search")) from None
    return found


def _saved(found: dict[str, Any], out: Path) -> dict[str, Any]:
    write_text(out / RESULTS, json.dumps(found, indent=1, allow_nan=False) + "\n")
    return found


def _complete(file: Path, digest: str) -> dict[str, Any] | None:
    """Return the results of this very search if they are there."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.get("search") == digest else None


def _run(
    search: Search,
    saved: SavedPoints,
    plan: Plan,
    out: Path,
    workers: Workers,
    progress: Progress | None,
) -> dict[str, Any]:
    report = progress or (lambda done, total, what: None)
    with workers.pool(plan.population) as pool:
        opened = OpenWorkers(opened=pool)
        points = Points(search.fixed, search.box, saved, opened, plan, report)
        try:
            report(len(points.stored), plan.total, "points")
            search_globally(points, search.seed)
            refine(points)
            searched = dict(points.found)
            best = _judged(points)
            first = best[0].number
            off = robustness(points, first) if best[0].ready is not None else {}
            maps = _map(points, first) if plan.side else None
            controls = best_controls(points, first, search.evaluations, search.seed)
        except BaseException as error:
            error.add_note(
                f"{len(points.stored)} points are saved in {saved.path}; the same command goes"
                " on from there."
            )
            raise
    found = [searched[number] for number in sorted(searched)]
    places = [points.places[number] for number in sorted(searched)]
    _write_pictures(points, found, maps, out)
    save_dataset(results.points_dataset(search.box, places, found), out / "points.nc")
    report(plan.total, plan.total, "files")
    written, nominal = _written(points, best, out), searched[first]
    return results.search_results(search.box, found, written, (nominal, off), controls)


def _map(points: Points, best: int) -> xr.Dataset:
    box = points.box
    first, second = results.map_axes(box.keys)
    axes = (box.keys.index(first), box.keys.index(second))
    across, up, found = map_around(points, best, axes)
    return results.map_dataset(box, axes, (across, up), found, box.values(points.places[best]))


def _write_pictures(
    points: Points, searched: Sequence[PointResult], maps: xr.Dataset | None, out: Path
) -> None:
    datasets = {"map": maps}
    if results.pareto_front(searched):
        datasets["front"] = results.front_dataset(searched, points.box)
    for name, dataset in datasets.items():
        if dataset is not None:
            save_dataset(labelled(dataset), out / f"{name}.nc")
            draw_curves(dataset, out / f"{name}.png")


@dataclass(frozen=True)
class _Judged:
    """A best point with the sigmas that its file would have, and that file if it has one."""

    number: int
    point: PointResult
    ready: Ready | None


def _judged(points: Points) -> list[_Judged]:
    """Return the best points, judged by what their files would measure, best first.

    Where none of them meets what is asked for so, though others of the search do, these are judged,
    too, until one does.
    """
    found: list[_Judged] = []
    objective = points.box.objective
    for rank, number in enumerate(points.best(_MOST_JUDGED)):
        if rank >= _KEPT and (
            any(each.point.meets(objective) for each in found)
            or not points.found[number].meets(objective)
        ):
            break
        found.append(_judge(points, number))
    return sorted(found, key=lambda each: -each.point.merit)[:_KEPT]


def _judge(points: Points, number: int) -> _Judged:
    point = points.found[number]
    if point.status != EXACT:
        return _Judged(number, point, None)
    values, way = points.box.values(points.places[number]), ways(points.box)[point.way]
    try:
        ready = ready_file(points.fixed, points.box, values, way)
    except CqedBatteryError as error:  # as of a grid that is finer than the search's
        return _Judged(number, replace(point, reason=str(error)), None)
    return _Judged(number, ready.judged(point), ready)


def _written(points: Points, best: Sequence[_Judged], out: Path) -> list[Written]:
    """Return the best points, the files of those that can be measured written."""
    found = []
    for rank, each in enumerate(best, 1):
        entry = Written(each.point, points.box.values(points.places[each.number]))
        if each.ready is not None:
            file = f"point-{rank}.toml"
            write_text(out / file, each.ready.experiment.to_toml())
            verdict = {key: part.as_dict() for key, part in each.ready.verdict().items()}
            entry = replace(entry, file=file, hours=each.ready.hours, verdict=verdict)
        found.append(entry)
    return found

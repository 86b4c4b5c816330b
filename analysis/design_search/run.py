"""The operating-point search from box to files: points, front, maps and a plain statement."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.design_search import statements
from analysis.design_search.box import Box, DesignError
from analysis.design_search.box_summary import about, telling_axes
from analysis.design_search.control import BestControl, best_controls
from analysis.design_search.front import front_dataset, map_dataset, pareto_front
from analysis.design_search.grid import even_grid
from analysis.design_search.point import (
    EXACT,
    FIELDS,
    STATUS,
    UNITS,
    PointResult,
    expected_arms,
    point_experiment,
)
from analysis.design_search.refine import refine
from analysis.design_search.search import (
    OpenLanes,
    Plan,
    Points,
    map_around,
    robustness,
    search_globally,
)
from analysis.design_search.sigmas import Sigmas
from analysis.report.curves import draw_curves
from cqed_battery.arguments import whole_number
from cqed_battery.compute.points import Progress, Workers
from cqed_battery.compute.saved_points import SavedPoints
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import save_dataset, versions, write_text
from cqed_battery.files.labels import labelled
from protocols.sweep.point import SweepError

RESULTS = "design.json"
_KEPT = 3
_SPARE = 1.5  # sigmas that a written file aims at, over those asked for
_RESET_SHOTS = 4  # over those of a setting: settings share the excitation's uncertainty
_FEWEST, _MOST = 4, 10**6
_LONGEST_SIDE = 1000  # a map of 10^6 points, as many as there may be evaluations


@dataclass(frozen=True)
class Search:
    """What is searched: the experiment whose other values stay, the box, sizes and the seed.

    Raises:
        DesignError: there are too few or too many evaluations, or F is not measured.
    """

    fixed: Experiment
    box: Box
    evaluations: int = 2000
    seed: int = 0
    side: int = 17

    def __post_init__(self) -> None:
        whole_number("evaluations", self.evaluations, _FEWEST, _MOST, DesignError)
        whole_number("side", self.side, 0, _LONGEST_SIDE, DesignError)
        if self.fixed.vacuum.method == "none":
            raise DesignError(
                "a search needs F from counts, but vacuum.method is none: choose another one in"
                " the experiment file or under [fixed]"
            )

    @property
    def identity(self) -> dict[str, Any]:
        """What the points depend on, as plain values."""
        box = self.box
        return {
            "experiment": self.fixed.to_toml(comments=False),
            "box": [box.keys, box.low.tolist(), box.high.tolist(), box.tolerance.tolist()],
            "objective": asdict(box.objective),
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
    head = {"search": digest, **about(search.fixed, search.box), "map": side > 0}
    known = _complete(out / RESULTS, digest)
    if known is not None:
        return _saved({**known, **head}, out)
    plan = Plan.of(search.evaluations, search.box, side)
    try:
        with SavedPoints(out / "points", search.identity, plan.total) as saved:
            results = _run(search, saved, plan, out, workers or Workers(), progress)
            _saved({**head, **results}, out)
            saved.remove()
    except SweepError as error:
        raise DesignError(str(error).replace("sweep", "search")) from None
    return {**head, **results}


def _saved(results: dict[str, Any], out: Path) -> dict[str, Any]:
    write_text(out / RESULTS, json.dumps(results, indent=1, allow_nan=False) + "\n")
    return results


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
    with workers.lanes(plan.population) as lanes:
        opened = OpenLanes(opened=lanes)
        points = Points(search.fixed, search.box, saved, opened, plan, report)
        try:
            report(len(points.stored), plan.total, "points")
            search_globally(points, search.seed)
            refine(points)
            searched = dict(points.found)
            best = points.best(_KEPT)
            exact = points.found[best[0]].status == EXACT
            off = robustness(points, best[0]) if exact else {}
            maps = _map(points, best[0]) if plan.side else None
            controls = best_controls(points, best[0], search.evaluations, search.seed)
        except BaseException as error:
            error.add_note(
                f"{len(points.stored)} points are saved in {saved.folder}; the same command goes"
                " on from there."
            )
            raise
    report(plan.total, plan.total, "points")
    numbers = sorted(searched)
    _write_pictures(points, [searched[n] for n in numbers], maps, out)
    save_dataset(_points_dataset(points, numbers), out / "points.nc")
    results = _results(points, [searched[n] for n in numbers], best, off, out)
    return results | _controls(points.found[best[0]], controls)


def _map(points: Points, best: int) -> xr.Dataset:
    box = points.box
    first, second = telling_axes(box.keys)
    axes = (box.keys.index(first), box.keys.index(second))
    across, up, found = map_around(points, best, axes)
    return map_dataset(box, axes, (across, up), found, box.values(points.places[best]))


def _write_pictures(
    points: Points, searched: Sequence[PointResult], maps: xr.Dataset | None, out: Path
) -> None:
    datasets = {"map": maps}
    if pareto_front(searched):
        datasets["front"] = front_dataset(searched, points.box)
    for name, dataset in datasets.items():
        if dataset is not None:
            save_dataset(labelled(dataset), out / f"{name}.nc")
            draw_curves(dataset, out / f"{name}.png")


def _points_dataset(points: Points, numbers: Sequence[int]) -> xr.Dataset:
    """Return all points of the search: their values by key and what they gave, dims (point,)."""
    places = np.array([list(points.box.values(points.places[n]).values()) for n in numbers])
    columns = dict(zip(points.box.keys, places.T, strict=True))
    columns |= {
        name: np.array([float(getattr(points.found[n], name)) for n in numbers]) for name in FIELDS
    }
    variables = {name.replace(".", "_"): ("point", column) for name, column in columns.items()}
    status = ", ".join(f"{number} {word}" for number, word in enumerate(STATUS))
    found = xr.Dataset(variables, attrs={"status": status})
    for name in set(FIELDS) & set(UNITS):
        found[name].attrs["units"] = UNITS[name]
    return labelled(found)


def _results(
    points: Points,
    searched: Sequence[PointResult],
    best: Sequence[int],
    off: Mapping[str, tuple[PointResult, PointResult]],
    out: Path,
) -> dict[str, Any]:
    box, first = points.box, points.found[best[0]]
    return {
        "schema": 1,
        "statement": statements.statement(box, first, searched),
        "all_three": first.meets(box.objective),
        "objective": asdict(box.objective),
        "screening": statements.screening_statement(searched),
        "best": [_written(points, number, rank, out) for rank, number in enumerate(best, 1)],
        "robustness": {
            key: {side: _plain(p) for side, p in zip(("below", "above"), pair, strict=True)}
            for key, pair in off.items()
        },
        "tolerance": dict(zip(box.keys, box.tolerance.tolist(), strict=True)),
        "robust": statements.fall_statement(box, first, dict(off)),
        "front": [_plain(searched[n]) for n in pareto_front(searched)],
        "versions": versions(),
    }


def _controls(best: PointResult, controls: Mapping[str, BestControl]) -> dict[str, Any]:
    """Return the best controls by kind as plain values, and the best point beside them."""
    highest = {name: control.ergotropy for name, control in controls.items()}
    return {
        "best_control": highest,
        "best_control_values": {name: control.values for name, control in controls.items()},
        "control": statements.control_statement(best, highest),
    }


def _plain(point: PointResult) -> dict[str, Any]:
    """Return a point as JSON takes it, what is unknown as null."""
    plain = {
        name: value if isfinite(value) else None
        for name, value in asdict(point).items()
        if name != "status"
    }
    return {"status": STATUS[point.status], **plain}


def _written(points: Points, number: int, rank: int, out: Path) -> dict[str, Any]:
    """Return a best point as plain values; one with exact dynamics gets an experiment file."""
    point, values = points.found[number], points.box.values(points.places[number])
    entry = {"values": values, **_plain(point), "file": None}
    if point.status == EXACT:
        entry["file"] = f"point-{rank}.toml"
        experiment = ready_experiment(points.fixed, points.box, values)
        write_text(out / entry["file"], experiment.to_toml())
    return entry


def ready_experiment(fixed: Experiment, box: Box, values: Mapping[str, float]) -> Experiment:
    """Return a point as an experiment to run: even times, and shots for half as many sigmas again.

    The envelopes of the analysis need evenly spaced times. The reset is established as well as
    the states are. Where the hours do not suffice, the shots stay those of the file.
    """
    objective = box.objective
    searched = point_experiment(fixed, box, values)
    stop, count = even_grid(searched)
    experiment = searched.replace(
        {"charging.start_ns": 0.0, "charging.stop_ns": stop, "charging.points": count}
    )
    sigmas = Sigmas(experiment, expected_arms(experiment), objective)
    needed = sigmas.needed(_SPARE * objective.sigmas) or sigmas.needed(objective.sigmas)
    levels = {"resonator.fock_levels": sigmas.expected.prediction.fock.levels}
    if needed is None:
        return experiment.replace(levels)
    tomography, vacuum = map(ceil, needed)
    return experiment.replace(
        {
            **levels,
            "tomography.shots": tomography,
            "vacuum.shots": vacuum,
            "readout.calibration_shots": max(tomography, vacuum),
            "reset.shots": max(fixed.reset.shots, _RESET_SHOTS * tomography),
        }
    )

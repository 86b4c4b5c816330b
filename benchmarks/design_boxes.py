"""Searches of boxes against many random exact evaluations of the same boxes.

The first two boxes are those of a device with little coherence, whose measurement of F is fixed
and left open; the others lie at random around cooling points of random devices. Both a search and
a random point are judged by the same merit. The whole comparison, for whoever has the hours:

    python -m benchmarks.design_boxes --boxes 22 --random 20000
"""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from analysis.design_search.box.box import Box
from analysis.design_search.design import search_in
from analysis.design_search.point.measurement import ways
from analysis.design_search.point.point import compute_point, evaluate, unpack_point
from analysis.design_search.point.point_result import EXACT, STATUS, PointResult
from analysis.design_search.point.ready import ready_file
from analysis.design_search.run import run_design
from analysis.design_search.search.resonances import Resonance, upon
from analysis.design_search.statements import promised
from benchmarks.results import Target, parser, print_table, save
from cqed_battery.compute.points import Job, Workers, resumable_map
from cqed_battery.experiment import Experiment
from protocols.sweep.point import Point

EXAMPLES = Path(__file__).parents[1] / "examples"
_PARITY = {
    "vacuum.method": "displaced-parity",
    "vacuum.points": 11,
    "vacuum.kappa_off_MHz": 0.01,
    "vacuum.reset_ns": 5.0,
}
_SHIFT = "vacuum.shift_per_photon_MHz"
_WIDTHS = {
    "drive.rabi_rate_MHz": 60.0,
    "drive.detuning_MHz": 120.0,
    "resonator.detuning_MHz": 250.0,
    "coupler.g_on_MHz": 20.0,
    "resonator.linewidth_MHz": 12.0,
    "charging.stop_ns": 2000.0,
}
_COOLING = Resonance(left=1, reached=2, photons=1)  # level 2 lies lowest in the drive's frame
_MOST_SECONDS = 300.0
_LEAST_GAIN, _LEAST_FIDELITY = 0.3, 0.95  # of a cooling point around which a box is laid


@dataclass(frozen=True)
class Case:
    """A box, and the experiment whose other values stay."""

    name: str
    experiment: Experiment
    box: Box


def main(arguments: list[str] | None = None) -> None:
    """Search the boxes, evaluate random points of each, and print which is better."""
    options = parser(__doc__)
    options.add_argument("--boxes", type=int, default=4, help="how many, the fixed two first")
    options.add_argument("--skip", type=int, default=0, help="boxes that are left out, from first")
    options.add_argument("--random", type=int, default=1000, help="random evaluations of each box")
    options.add_argument("--evaluations", type=int, default=2000, help="of each search")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=1, help="of the boxes and their random points")
    chosen = options.parse_args(arguments)
    boxes, count, size = chosen.boxes, chosen.random, chosen.evaluations
    if chosen.tiny:
        boxes, count, size = 1, 4, 8
    workers = Workers(1 if chosen.tiny else chosen.workers)
    rows = []
    for case in cases(boxes, chosen.seed)[chosen.skip :]:
        rows.append(_compared(case, count, size, workers, chosen.seed))
        print(rows[-1], flush=True)
    _print(rows)
    targets = [
        Target("share of boxes where the search is as good", _share(rows, "as_good"), 1.0),
        Target("share where 'nothing' is true of the sample", _share(rows, "honest"), 1.0),
        Target(
            "slowest search, s", max(row["seconds"] for row in rows), _MOST_SECONDS, at_least=False
        ),
    ]
    numbers = {"random": count, "evaluations": size, "boxes": rows}
    save("design_boxes", chosen.out, numbers, targets, tiny=chosen.tiny)


def cases(count: int, seed: int) -> list[Case]:
    """Return so many boxes: that with F's measurement fixed, that with it open, and random ones."""
    found = [_little_coherence(shift_open=False), _little_coherence(shift_open=True)]
    number = 0
    while len(found) < count:
        case = _around_a_point(np.random.default_rng([seed, number]), f"random {number}")
        found += [case] if case else []
        number += 1
    return found[:count]


def _little_coherence(*, shift_open: bool) -> Case:
    """Return the box of a transmon that dephases at 0.3 MHz."""
    experiment = Experiment.from_toml(EXAMPLES / "operating_point.toml").replace(
        {
            "transmon.anharmonicity_GHz": -0.22,
            "transmon.t1_us": 30.0,
            "transmon.dephasing_rate_MHz": 0.3,
        }
    )
    box = Box(
        bounds={
            "drive.rabi_rate_MHz": (10, 80),
            "drive.detuning_MHz": (-100, 100),
            "resonator.detuning_MHz": (-200, 200),
            "coupler.g_on_MHz": (3, 40),
            "resonator.linewidth_MHz": (1, 15),
            "charging.stop_ns": (400, 3000),
        },
        fixed=_PARITY if shift_open else _PARITY | {_SHIFT: 0.6},
        measurement={_SHIFT: (0.3, 3.0)} if shift_open else {},
        objective={"least_gain": 0.4},
    )
    return Case("shift open" if shift_open else "shift 0.6 MHz", experiment, box)


def _around_a_point(rng: np.random.Generator, name: str) -> Case | None:
    """Return a box about a cooling point of a random device, None where it does not cool enough.

    The point lies anywhere in its box; the bars are those that it just meets.
    """
    experiment = Experiment.from_toml(EXAMPLES / "operating_point.toml").replace(
        {
            "transmon.anharmonicity_GHz": -float(rng.uniform(0.18, 0.35)),
            "transmon.t1_us": float(rng.uniform(10, 80)),
            "transmon.dephasing_rate_MHz": float(rng.uniform(0.05, 0.25)),
        }
    )
    values = {
        "drive.rabi_rate_MHz": float(rng.uniform(25, 80)),
        "drive.detuning_MHz": -float(rng.uniform(15, 80)),
        "resonator.detuning_MHz": -100.0,
        "coupler.g_on_MHz": float(rng.uniform(4, 14)),
        "resonator.linewidth_MHz": float(rng.uniform(3, 12)),
        "charging.stop_ns": float(rng.uniform(700, 2500)),
    }
    wide = {key: (0.0, 2 * value) if value > 0 else (-400.0, 0.0) for key, value in values.items()}
    whole = Box(bounds=wide)
    moved = upon(experiment, whole, whole.place(values), _COOLING)
    if moved is None:
        return None
    values = whole.values(moved)
    point = evaluate(experiment.replace(_PARITY), whole, values, screening=False)
    if not (point.sustained_gain >= _LEAST_GAIN and point.fidelity >= _LEAST_FIDELITY):
        return None
    bounds = {}
    for key, width in _WIDTHS.items():
        low = values[key] - rng.uniform(0, 1) * width
        low = low if key.endswith("detuning_MHz") else max(low, _least(key))
        bounds[key] = (low, max(low + width, values[key]))
    objective = {
        "least_gain": round(float(point.sustained_gain) - 0.01, 3),
        "least_fidelity": round(float(point.fidelity) - 0.002, 4),
    }
    shifts = {_SHIFT: (0.3, 3.0)}
    box = Box(bounds=bounds, fixed=_PARITY, measurement=shifts, objective=objective)
    return Case(name, experiment, box)


def _least(key: str) -> float:
    return 300.0 if key == "charging.stop_ns" else 1.0


def _compared(case: Case, count: int, size: int, workers: Workers, seed: int) -> dict[str, Any]:
    """Return what a search of a box and so many random points of it find."""
    box, fixed = case.box, case.box.fix(case.experiment)
    start, spent = perf_counter(), _processor_seconds()
    with tempfile.TemporaryDirectory() as folder:
        search = search_in(case.experiment, box, evaluations=size, side=0)
        results = run_design(search, Path(folder), workers=workers)
    seconds, spent = perf_counter() - start, _processor_seconds() - spent
    start = perf_counter()
    found = [evaluate(fixed, box, each["values"]) for each in results["best"]]
    best = max(found, key=lambda point: point.merit)
    sample = _evaluated(fixed, box, count, workers, seed)
    places, points = zip(*sample, strict=True)
    number = int(np.argmax([point.merit for point in points]))
    nothing = results["statement"].startswith("nothing found")
    return {
        "box": case.name,
        "seconds": seconds,
        "processor_seconds": spent,
        "random_seconds": perf_counter() - start,
        "search": _numbers(best, box),
        "random": _numbers(points[number], box),
        "statement": results["statement"],
        "as_good": bool(best.merit >= points[number].merit),
        "honest": not (nothing and _holds(fixed, box, places[number], points[number])),
    }


def _processor_seconds() -> float:
    """Return the processor time of this process and of the workers that have ended."""
    return sum(os.times()[:4])


def _evaluated(
    fixed: Experiment, box: Box, count: int, workers: Workers, seed: int
) -> list[tuple[dict[str, float], PointResult]]:
    """Return random values of a box and what they give, exactly."""
    places = np.random.default_rng([seed, count]).random((count, len(box.keys)))
    values = [box.values(place) for place in places]
    text, store = fixed.to_toml(comments=False), _Memory({})
    job = Job(
        function=compute_point,
        count=count,
        arguments=lambda n: (text, box, values[n], True),
        name=lambda n: f"the point at {values[n]}",
    )
    resumable_map(job, store, workers)
    return [(values[n], _unpacked(store.points[n])) for n in range(count)]


@dataclass(frozen=True)
class _Memory:
    """A store that keeps its points in memory."""

    points: dict[int, Point]

    def finished(self) -> set[int]:
        return set(self.points)

    def save(self, number: int, result: Point) -> None:
        self.points[number] = result


def _unpacked(point: Point) -> PointResult:
    kinds = [(item["name"], item["dtype"]) for item in json.loads(point.layout)["variables"]]
    return unpack_point(np.frombuffer(point.data, np.dtype(kinds))[0])


def _holds(fixed: Experiment, box: Box, values: dict[str, float], point: PointResult) -> bool:
    """Say whether a point is one that 'nothing found' must not be said beside.

    It meets all three observations by what its file would measure, or both bars unmeasured.
    """
    if point.status != EXACT:
        return promised(point, box.objective)
    way = ways(box)[point.way]
    return ready_file(fixed, box, values, way).judged(point).meets(box.objective)


def _numbers(point: PointResult, box: Box) -> dict[str, Any]:
    names = ("merit", "mean_gain", "late_gain", "fidelity", "heat", "sigmas", "hours")
    numbers = {name: float(getattr(point, name)) for name in names}
    shown = {name: value if isfinite(value) else None for name, value in numbers.items()}
    return {"status": STATUS[point.status], "meets": point.meets(box.objective), **shown}


def _share(rows: Sequence[dict[str, Any]], name: str) -> float:
    return float(np.mean([row[name] for row in rows]))


def _print(rows: Sequence[dict[str, Any]]) -> None:
    def line(row: dict[str, Any], name: str) -> tuple[str, ...]:
        point = row[name]
        gain, fidelity = min(point["mean_gain"], point["late_gain"]), point["fidelity"]
        numbers = f"{gain:.3f}", f"{fidelity:.4f}", f"{point['merit']:.2f}"
        return (f"{row['box']}, {name}", point["status"], *numbers)

    print_table(
        "best points",
        ("box", "status", "gain", "F", "merit"),
        [line(row, name) for row in rows for name in ("search", "random")],
    )


if __name__ == "__main__":
    main()

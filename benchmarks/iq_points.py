"""Ten million IQ points of single shots, from a file to results, with the memory that they take.

Each kind of reading, by a line (`iq`) and without discrimination (`soft-iq`), has a process of its
own. Beside it one plain pass of numpy over the same points: project, compare, count.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.probe import peak_megabytes
from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import run_python
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import save_dataset

_POINTS, _TINY, _CALIBRATION = 10**7, 20_000, 10_000
_APART = 3.0  # of the two clouds' centres, in standard deviations of either
_EXPERIMENT = Experiment().replace(
    {
        "charging.points": 31,
        "vacuum.method": "none",
        "analysis.global_fit": False,
        "analysis.correction": "none",  # so that no device is fitted, which knows no points
    }
)


def main(arguments: list[str] | None = None) -> None:
    """Time both readings, and print them beside the plain pass."""
    options = parser(__doc__)
    options.add_argument("--probe", nargs=2, metavar=("FILE", "KIND"), help="one reading")
    chosen = options.parse_args(arguments)
    if chosen.probe:
        sys.stdout.write(json.dumps(_read(Path(chosen.probe[0]), chosen.probe[1])) + "\n")
        return
    points = _TINY if chosen.tiny else _POINTS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.nc"
        save_dataset(_drawn(points), file)
        found = {kind: _probe(file, kind) for kind in ("iq", "soft-iq")}
    rows = [
        (kind, f"{n['import']:.2f}", f"{n['analysis']:.2f}", f"{n['pass']:.2f}", f"{n['MB']:.0f}")
        for kind, n in found.items()
    ]
    columns = ("kind", "file to counts, s", "counts to results, s", "plain pass, s", "peak MB")
    print_table(f"{points:,} points, wall time", columns, rows)
    save(
        "iq_points",
        chosen.out,
        {"points": points, **found},
        [
            target
            for kind, numbers in found.items()
            for target in (
                Target(f"{kind}: s", numbers["import"] + numbers["analysis"], 60.0, at_least=False),
                Target(f"{kind}: peak MB", numbers["MB"], 1000.0, at_least=False),
                Target(
                    f"{kind}: file to counts / plain pass",
                    numbers["import"] / numbers["pass"],
                    _SLOWER[kind],
                    at_least=False,
                ),
            )
        ],
        tiny=chosen.tiny,
    )


_SLOWER = {"iq": 20.0, "soft-iq": 100.0}  # than a pass that reads no file and trains nothing


def _drawn(points: int) -> xr.Dataset:
    """Return points of both arms, half of them of level 1, and those of the prepared levels."""
    rng, times = np.random.default_rng(0), _EXPERIMENT.charging_times_ns
    cloud = rng.standard_normal((2, len(times), 3, points // (6 * len(times)), 2), np.float32)
    cloud[..., ::2, 0] += _APART
    prepared = rng.standard_normal((2, _CALIBRATION, 2), np.float32)
    prepared[1, :, 0] += _APART
    return xr.Dataset(
        {
            "iq": (("arm", "time", "basis", "shot", "quadrature"), cloud),
            "calibration_iq": (("prepared", "calibration_shot", "quadrature"), prepared),
        },
        {"arm": ["catalysed", "control"], "time": times, "basis": list("xyz")},
    )


def _probe(file: Path, kind: str) -> dict[str, float]:
    said = run_python("-m", "benchmarks.iq_points", "--probe", str(file), kind)
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def _read(file: Path, kind: str) -> dict[str, float]:
    """Return wall times in s and the process' largest memory in MB, points included."""
    from analysis import analyse
    from analysis.data.laboratory import read_lab_data

    begun = time.perf_counter()
    dataset = read_lab_data(file, _EXPERIMENT, names={"data": {"kind": kind}})
    read = time.perf_counter()
    analyse(dataset)
    done = time.perf_counter()
    peak = peak_megabytes()
    with xr.open_dataset(file) as content:
        points = content["iq"].values
    started = time.perf_counter()
    (points @ np.array([1.0, 0.0], np.float32) > _APART / 2).sum(axis=-1)
    plain = time.perf_counter() - started
    return {"import": read - begun, "analysis": done - read, "pass": plain, "MB": peak}


if __name__ == "__main__":
    main()

"""An exact sweep of the default experiment on one and two workers, also of a local dask cluster.

The verb `sweep` runs as a command. A small sweep and a larger one give the cost of starting and
the cost per point, from which 1000 points are extrapolated where fewer were computed.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import plain_environment, probe

WANTED = 1000
_LINEWIDTHS = 10
Kind = Callable[[], AbstractContextManager[tuple[str, str]]]


def main(arguments: list[str] | None = None) -> None:
    """Sweep linewidth and coupling with every kind of worker."""
    options = parser(__doc__)
    options.add_argument("--points", type=int, default=WANTED, help="points of the larger sweep")
    options.add_argument("--rounds", type=int, default=2, help="how often each is timed")
    chosen = options.parse_args(arguments)
    sizes = (2, 4) if chosen.tiny else (_LINEWIDTHS * 2, chosen.points)
    rounds = 1 if chosen.tiny else chosen.rounds
    kinds = {"1 worker": _local(1), "2 workers": _local(2)}
    if find_spec("distributed") and not chosen.tiny:
        kinds |= {"dask, 1 worker": _cluster(1), "dask, 2 workers": _cluster(2)}
    rows = _measured(kinds, sizes, rounds, tiny=chosen.tiny)
    _print(rows)
    one, two = rows["1 worker"], rows["2 workers"]
    targets = [
        Target("1000 points on 2 workers, s", two["seconds_of_1000"], 180.0, at_least=False),
        Target("2 workers / 1 worker", one["seconds_of_1000"] / two["seconds_of_1000"], 1.7),
    ]
    if "dask, 2 workers" in rows:
        one, two = rows["dask, 1 worker"], rows["dask, 2 workers"]
        gain = one["seconds_of_1000"] / two["seconds_of_1000"]
        targets.append(Target("dask, 2 workers / dask, 1 worker", gain, 1.7))
    save("sweep", chosen.out, {"points": sizes, "workers": rows}, targets, tiny=chosen.tiny)


def _local(workers: int) -> Kind:
    return lambda: nullcontext(("--workers", str(workers)))


def _cluster(workers: int) -> Kind:
    return lambda: _opened_cluster(workers)


@contextmanager
def _opened_cluster(workers: int) -> Iterator[tuple[str, str]]:
    """Open a local dask cluster of some processes, which have imported what they need.

    It is open for its own sweeps alone: its scheduler and workers are never quite idle.
    """
    from dask.distributed import LocalCluster

    before = dict(os.environ)
    os.environ.update(plain_environment(cluster=True))
    try:
        with LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None
        ) as cluster:
            flags = ("--scheduler", cluster.scheduler_address)
            _swept(_LINEWIDTHS * 2, flags, tiny=False)
            yield flags
    finally:
        os.environ.clear()
        os.environ.update(before)


def _measured(
    kinds: dict[str, Kind], sizes: tuple[int, int], rounds: int, *, tiny: bool
) -> dict[str, dict[str, Any]]:
    """Return the best times of each kind of worker, in turn within every round."""
    best: dict[tuple[str, int], float] = {}
    for _ in range(rounds):
        for kind, opened in kinds.items():
            with opened() as flags:
                for size in sizes:
                    found = _swept(size, flags, tiny=tiny)["seconds"]
                    best[kind, size] = min(best.get((kind, size), found), found)
    small, large = sizes
    rows = {}
    for kind in kinds:
        per_point = (best[kind, large] - best[kind, small]) / (large - small)
        rows[kind] = {
            "seconds": {str(size): best[kind, size] for size in sizes},
            "seconds_per_point": per_point,
            "seconds_of_1000": best[kind, large] + per_point * (WANTED - large),
        }
    return rows


def _swept(size: int, flags: tuple[str, str], *, tiny: bool) -> dict[str, Any]:
    from cqed_battery.experiment import Experiment

    experiment = Experiment()
    lines = min(_LINEWIDTHS, size // 2)
    if tiny:
        experiment = experiment.replace({"charging.stop_ns": 2.0, "charging.points": 3})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "experiment.toml"
        file.write_text(experiment.to_toml(comments=False), encoding="utf-8")
        axes = (
            "--over",
            f"resonator.linewidth_MHz=0.5:5:{lines}",
            "--over",
            f"coupler.g_on_MHz=50:100:{size // lines}",
        )
        out = str(Path(folder) / "sweep.nc")
        return probe("command", "sweep", str(file), *axes, "--out", out, "--quiet", *flags)


def _print(rows: dict[str, dict[str, Any]]) -> None:
    sizes = list(next(iter(rows.values()))["seconds"])
    guessed = str(WANTED) not in sizes
    print_table(
        "exact sweep of the default experiment",
        (
            "",
            *(f"{size} points, s" for size in sizes),
            "per point, ms",
            *([f"{WANTED} points, s (extrapolated)"] * guessed),
        ),
        [
            (
                kind,
                *(f"{time:.1f}" for time in row["seconds"].values()),
                f"{1e3 * row['seconds_per_point']:.0f}",
                *([f"{row['seconds_of_1000']:.0f}"] * guessed),
            )
            for kind, row in rows.items()
        ],
    )


if __name__ == "__main__":
    main()

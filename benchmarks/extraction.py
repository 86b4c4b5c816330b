"""Does the work taken out agree with tomography, and does its interval hold the truth?

Runs of one file are emulated and analysed, as it says and on devices that are off it as a
laboratory's are. The truth is the emulated run's: W = (z - n r)/2 of the pulse that was named.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import sqrt
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from analysis.pipeline import analyse
from analysis.results import Quantity, Results
from analysis.results.estimates import NINETY_FIVE
from analysis.validation.devices.off_file import laboratory_draw
from benchmarks.results import Target, parser, print_table, save
from cqed_battery.experiment import Experiment
from protocols.emulation.emulate import emulate
from protocols.prediction.predict import named
from protocols.stages.extraction import with_pulses_of

FILE = Experiment().replace(
    {
        "transmon.levels": 2,
        "resonator.fock_levels": 5,
        "coupler.g_on_MHz": 20.0,
        "drive.rabi_rate_MHz": 12.0,
        "drive.clock_GHz": 1.0,
        "charging.stop_ns": 40.0,
        "charging.points": 5,
        "vacuum.method": "none",
        "extraction.unitary": "model",
        "extraction.times_ns": (10.0, 40.0),
        "simulation.tolerance": 1e-8,
        "analysis.global_fit": False,
    }
)
"""A coupling of 20 MHz, a drive of 12 MHz: few photons, and a run in five seconds."""

CASES = {
    "as the file, named by the model": (FILE, False),
    "laboratories, named by the model": (FILE, True),
    "laboratories, named by tomography": (
        FILE.replace({"extraction.unitary": "tomography"}),
        True,
    ),
}
_SEED = 18
_LEAST, _MOST = 0.93, 0.97


def main(arguments: list[str] | None = None) -> None:
    """Run every case, print the shares, and save them with their targets."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=200, help="runs of each case")
    options.add_argument("--workers", type=int, default=1, help="processes")
    options.add_argument("--keep", type=Path, help="folder of outcomes, from which it goes on")
    options.add_argument("--case", type=int, nargs="*", help="numbers of the cases, from 0")
    chosen = options.parse_args(arguments)
    runs = 2 if chosen.tiny else chosen.runs
    found = {}
    for number, (name, (file, off)) in enumerate(CASES.items()):
        if chosen.case is None or number in chosen.case:
            kept = chosen.keep and chosen.keep / f"extraction-{number}.jsonl"
            found[name] = shares(file, off, runs, chosen.workers, kept)
    names = tuple(next(iter(found.values())))
    rows = [(case, *(f"{own[name]:.3f}" for name in names)) for case, own in found.items()]
    print_table("extraction", ("case", *names), rows)
    numbers = {"cases": found}
    save("extraction", chosen.out, numbers, list(targets(found)), tiny=chosen.tiny)


def targets(found: Mapping[str, Mapping[str, float]]) -> Iterator[Target]:
    """Yield what the extraction is held to.

    Args:
        found: the shares of each case.
    """
    for case, own in found.items():
        yield Target(f"{case}: work covered", own["covered"], _LEAST)
        yield Target(f"{case}: work covered, at most", own["covered"], _MOST, at_least=False)
        yield Target(f"{case}: agree", own["agree"], _LEAST)


def shares(
    file: Experiment, off: bool, runs: int, workers: int = 1, kept: Path | None = None
) -> dict[str, float]:
    """Return coverage, agreement and pulls over runs of a file.

    Args:
        file: what the analysis reads.
        off: whether each device is drawn off it.
        runs: how many.
        workers: processes.
        kept: file of outcomes, a line each, to which it adds; None keeps none.

    Returns:
        runs: how many there are.
        covered: share of the intervals of the work that hold its truth; agree: share of the
        differences from tomography within 1.96 of their errors; checks: share of runs whose check
        passes; pull, difference: root-mean-square errors over the stated ones; error: standard
        error of `covered` by the runs; below: mean ergotropy less the work, both true.
    """
    known = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
    parts = [json.loads(line) for line in known][:runs]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for part in pool.map(partial(_run, file, off), range(len(parts), runs)):
            parts.append(part)
            if kept is not None:
                with kept.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(part) + "\n")
    mean = {name: float(np.mean([part[name] for part in parts])) for name in parts[0]}
    error = float(np.std([part["covered"] for part in parts], ddof=1)) / sqrt(runs)
    squares = {name: sqrt(mean.pop(f"{name}_squared")) for name in ("pull", "difference")}
    return {**mean, **squares, "error": error, "runs": float(len(parts))}


def _run(file: Experiment, off: bool, number: int) -> dict[str, float]:
    rng = np.random.default_rng(np.random.SeedSequence(_SEED, spawn_key=(number,)))
    known = named(file) if file.extraction.unitary == "model" else file
    device = laboratory_draw(known, rng) if off else known
    dataset = emulate(device.replace({"seed": int(rng.integers(2**31))}))
    played = Experiment.from_text(dataset.attrs["experiment"])
    dataset.attrs["experiment"] = with_pulses_of(file, played).to_toml(comments=False)
    return _compared(analyse(dataset), dataset["truth"].to_dataset())


def _compared(results: Results, truth: Any) -> dict[str, float]:
    found = results.extraction
    assert found is not None
    true = np.array([truth["extracted_work"].sel(arm=arm).values for arm in found.arms])
    times = next(iter(found.arms.values())).times
    ergotropy = truth["ergotropy"].sel(arm=list(found.arms), time=times).values
    work = _stacked([arm.work for arm in found.arms.values()])
    difference = _stacked([arm.ergotropy_less_work for arm in found.arms.values()])
    pulls = difference.value / difference.std
    return {
        "covered": float(((work.ci_low <= true) & (true <= work.ci_high)).mean()),
        "agree": float((np.abs(pulls) < NINETY_FIVE).mean()),
        "checks": float(results.checks["extraction"].outcome == "pass"),
        "below": float((ergotropy - true).mean()),
        "pull_squared": float((((work.value - true) / work.std) ** 2).mean()),
        "difference_squared": float((pulls**2).mean()),
    }


def _stacked(parts: list[Quantity]) -> Quantity:
    names = ("value", "std", "ci_low", "ci_high")
    return Quantity(**{name: np.stack([getattr(part, name) for part in parts]) for name in names})


if __name__ == "__main__":
    main()

"""What one process measures of itself, as a line of JSON: imports, one prediction, one run.

    python -m benchmarks.probe import MODULE
    python -m benchmarks.probe predict CHANGES
    python -m benchmarks.probe emulate CHANGES
    python -m benchmarks.probe run FOLDER CHANGES
    python -m benchmarks.probe command ARGUMENTS

CHANGES is a JSON object of values by key of the experiment file.
"""

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any


def peak_megabytes() -> float:
    """Return the largest resident memory of this process so far, in MB (2^20 bytes).

    Linux' VmHWM counts since the process began its own program; ru_maxrss, elsewhere, may hold
    that of the process that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def import_one(module: str) -> dict[str, float]:
    """Time one import."""
    start = time.perf_counter()
    import_module(module)
    return {"seconds": time.perf_counter() - start}


def predict(changes: str) -> dict[str, float]:
    """Time the first prediction of an experiment."""
    from cqed_battery.experiment import Experiment
    from protocols.prediction.predict import predict

    before, start = peak_megabytes(), time.perf_counter()
    found = predict(Experiment().replace(json.loads(changes)))
    return {
        "seconds": time.perf_counter() - start,
        "fock_levels": found.fock.levels,
        "megabytes_of_imports": before,
    }


def emulate(changes: str) -> dict[str, float]:
    """Time an emulation, shots included."""
    from cqed_battery.experiment import Experiment
    from protocols.emulation.emulate import emulate

    before, start = peak_megabytes(), time.perf_counter()
    emulate(Experiment().replace(json.loads(changes)))
    return {"seconds": time.perf_counter() - start, "megabytes_of_imports": before}


class Stages:
    """Splits the time since its beginning into named parts."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}
        self._start = time.perf_counter()

    def end(self, name: str) -> None:
        """Add the time since the last end to that part."""
        now = time.perf_counter()
        self.found[name] = self.found.get(name, 0.0) + now - self._start
        self._start = now


def run(folder: str, changes: str) -> dict[str, float]:
    """Do what the verb `run` does and time its parts.

    The dynamics are computed once more, beforehand, so that sampling is what the emulation takes
    beyond a repeated prediction.
    """
    stages = Stages()
    from analysis.pipeline import analyse
    from analysis.report import write_report
    from analysis.results import save_results
    from cqed_battery.experiment import Experiment
    from cqed_battery.files.datasets import save_dataset
    from protocols.emulation.emulate import emulate
    from protocols.prediction.predict import predict

    stages.end("imports")
    out = Path(folder)
    experiment = Experiment().replace(json.loads(changes))
    stages.end("experiment")
    predict(experiment)
    stages.end("dynamics")
    predict(experiment)
    stages.end("dynamics again")
    dataset = emulate(experiment)
    stages.end("emulation")
    save_dataset(dataset, out / "dataset.nc")
    stages.end("dataset")
    results = analyse(dataset)
    stages.end("analysis")
    save_results(results, out / "results.json", overwrite=True)
    write_report(results, dataset, out / "report.html")
    stages.end("report")
    found = stages.found
    found["sampling"] = max(found.pop("emulation") - found.pop("dynamics again"), 0.0)
    return found


def command(*arguments: str) -> dict[str, float]:
    """Time the command line itself; what it prints comes first."""
    start = time.perf_counter()
    from cqed_battery.cli import main

    sys.argv = ["cqed-battery", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    return {"seconds": time.perf_counter() - start}


_PROBES: dict[str, Any] = {
    "import": import_one,
    "predict": predict,
    "emulate": emulate,
    "run": run,
    "command": command,
}

if __name__ == "__main__":
    found = _PROBES[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(found | {"megabytes": peak_megabytes()}))

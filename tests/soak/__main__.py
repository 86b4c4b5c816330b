"""Run everything that takes long and write docs/reliability.md from what was measured."""

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from fuzz import Summary, campaign

from cqed_battery.files.atomic import write_atomically

from . import engines
from .explorer import moves
from .kills import VERBS, kill_often
from .page import write_page

LOADS = {
    "sweep_small": "large_sweep(folder, {small}, {computed})",
    "sweep": "large_sweep(folder, {side}, {computed})",
    "dataset": "large_dataset(folder, 10_000, 10_000)",
    "analysis_small": "analysis(400, fitted=False)",
    "analysis": "analysis({times}, fitted=False)",
    "fitted": "analysis({times}, fitted=True)",
    "shots": "lazy_shots(folder, 4_000_000)",
}
_FIRST, _BATCH = 100_000, 250  # number of the first case, and cases between two that are kept


def main() -> None:
    """Parse how much to run, run it, write the page."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="of bad input")
    parser.add_argument("--kills", type=int, default=50, help="of each command")
    parser.add_argument("--pages", type=int, default=300, help="of the explorer")
    parser.add_argument("--devices", type=int, default=200, help="compared with the second engine")
    parser.add_argument("--side", type=int, default=317, help="of the square of a large sweep")
    parser.add_argument("--times", type=int, default=10_000, help="of a dataset that is analysed")
    parser.add_argument("--page", type=Path, default=Path("docs/reliability.md"))
    parser.add_argument("--keep", type=Path, help="folder of what is found, to go on from")
    given = parser.parse_args()
    keep: Path | None = given.keep
    found: dict[str, Any] = {}
    with ThreadPoolExecutor(1) as beside:  # each is one process at a time
        cases = beside.submit(_cases, given.cases, keep)
        found["kills"] = [
            _kept(keep, f"{given.kills} kills of {verb}", partial(_kills, verb, given.kills))
            for verb in VERBS
        ]
        found["fuzz"] = cases.result()
    found["explorer"] = _kept(keep, f"{given.pages} pages", partial(moves, given.pages))
    compared = partial(engines.compare, given.devices)
    found["engines"] = _kept(keep, f"{given.devices} devices", compared)
    found["determinism"] = _kept(keep, "determinism", _determinism)
    sizes = {"small": given.side // 3, "side": given.side, "computed": 60, "times": given.times}
    found["asked"] = (
        f"{given.cases} drawn cases, {given.kills} kills of each command, {given.devices} devices"
    )
    calls = {name: call.format(**sizes) for name, call in LOADS.items()}
    found["load"] = {name: _kept(keep, name, partial(_load, calls[name])) for name in LOADS}
    write_page(found, given.page)
    _say("page", str(given.page))
    defects = found["fuzz"].defects or found["explorer"]["defects"]
    sys.exit(bool(defects) or not all(kill.passed for kill in found["kills"]))


def _kept(keep: Path | None, name: str, measure: Callable[[], Any]) -> Any:
    """Return what an earlier sitting found, or measure it."""
    if keep is None:
        return measure()
    file = keep / f"{name}.pickle"
    if not file.exists():
        found = pickle.dumps(measure())
        write_atomically(file, lambda path: Path(path).write_bytes(found))
    return pickle.loads(file.read_bytes())


def _cases(count: int, keep: Path | None) -> Summary:
    whole = Summary()
    for first in range(_FIRST, _FIRST + count, _BATCH):
        numbers = range(first, min(first + _BATCH, _FIRST + count))
        found = _kept(keep, f"cases {first} to {numbers[-1]}", partial(campaign, numbers))
        whole.join(found)
        _say("bad input", f"{whole.cases} cases, {len(whole.defects)} defects")
    return whole


def _determinism() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        return engines.determinism(Path(folder))


def _kills(verb: str, kills: int) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        found = kill_often(verb, kills, max(2, kills // 10), Path(folder), Random(7))
    _say("kill -9", str(found))
    return found


def _load(call: str) -> dict[str, Any]:
    """Measure in a process of its own, whose memory is that of this measurement alone."""
    code = (
        "import json, tempfile; from pathlib import Path; from soak.load import *\n"
        f"with tempfile.TemporaryDirectory() as name:\n"
        f"    folder = Path(name)\n    print(json.dumps({call}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    _say("load", str(found))
    return found


def _say(what: str, text: str) -> None:
    sys.stderr.write(f"{what}: {text}\n")


if __name__ == "__main__":
    main()

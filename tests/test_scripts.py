"""Scripts of the user's that compute on several processes, written the plain way."""

import subprocess
import sys
from pathlib import Path

import pytest
from points import TINY, Memory

from cqed_battery.compute.points import Job, Workers, resumable_map
from cqed_battery.compute.workers import WorkError

SWEEP = """
print("begun")
from pathlib import Path
from cqed_battery import Experiment
from cqed_battery.compute.points import Workers
from protocols import run_sweep
from protocols.sweep.grid import parse_axis

experiment = Experiment.from_toml("tiny.toml")
axis = parse_axis("coupler.g_on_MHz=20:40:3")
print(run_sweep(experiment, [axis], Path("sweep.nc"), workers=Workers({count})))
print(__file__, __spec__)
"""


def run(folder: Path, name: str, code: str) -> subprocess.CompletedProcess[str]:
    (folder / name).write_text(code, encoding="utf-8")
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    command = [sys.executable, name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)


@pytest.mark.study
@pytest.mark.parametrize("count", [1, 2])
def test_a_script_needs_no_guard(count, tmp_path):
    """Without `if __name__ == "__main__":` the work is done, and the script runs only once."""
    done = run(tmp_path, "mine.py", SWEEP.format(count=count))
    assert done.stderr == ""
    assert done.stdout == f"begun\nTrue\n{tmp_path / 'mine.py'} None\n"
    assert (tmp_path / "sweep.nc").exists()


def test_a_function_of_the_script_is_refused():
    """What workers could not import is said, with the remedy."""

    def mine() -> None: ...

    mine.__module__ = "__main__"
    work = Job(mine, 1, lambda number: (), lambda number: "point")
    with pytest.raises(WorkError, match=r"mine is defined in the script .* a module of its own"):
        resumable_map(work, Memory(), Workers(1))

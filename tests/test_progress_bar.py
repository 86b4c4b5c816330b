"""The bar: an honest time left, no count before there is one; and a check that speaks in time."""

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from commands import call
from points import TINY
from rich.console import Console

from cqed_battery.cli.shared.progress_bar import Bar, Pace, _rich_progress
from cqed_battery.experiment import Experiment
from protocols.prediction import forecast, refinement
from protocols.prediction.forecast import expected_seconds

KINDS = (
    "Fock levels",
    "transmon levels",
    "clock",
    "tolerance",
    "solver",
    "frame",
    "coupling",
)


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def drawn(pace: Pace, **task: Any) -> str:
    """What the bar's line reads."""
    progress = _rich_progress(pace)
    progress.add_task("starting", **task)
    text = io.StringIO()
    Console(file=text, width=100).print(progress.make_tasks_table(progress.tasks))
    return text.getvalue()


def test_no_count_and_no_time_before_there_is_one() -> None:
    """Nothing stands for what is unknown."""
    shown = drawn(Pace(), total=None)
    assert "starting" in shown
    assert not set("?0-:") & set(shown)
    assert "3 of 7" in drawn(Pace(), total=7, completed=3)


def test_the_time_left_goes_on_as_it_went() -> None:
    """It is what the rest takes at the pace so far, and counts down while nothing is reported."""
    clock = Clock()
    pace = Pace(clock)
    pace.report(0, 10)
    assert pace.words() == ""
    clock.now += 20
    pace.report(2, 10)
    assert pace.words() == "0:01:20 left"
    clock.now += 5
    pace.report(2, 10)  # the next piece has begun, which is no progress
    assert pace.words() == "0:01:15 left"
    assert "0:01:15 left" in drawn(pace, total=10, completed=2)
    clock.now += 80
    assert pace.words() == "longer than expected"
    pace.report(10, 10)
    assert pace.words() == ""


def test_what_was_done_before_costs_no_time() -> None:
    """A sweep that goes on at 900 of 1000 takes as long as its last hundred points."""
    clock = Clock()
    pace = Pace(clock)
    pace.report(900, 1000)
    clock.now += 30
    pace.report(910, 1000)
    assert pace.words() == "0:04:30 left"


def test_the_forecast_is_extrapolated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each arm and nanosecond takes its time, the forecast is that of the whole."""
    clock = Clock()

    def predict(experiment: Experiment) -> None:
        times = experiment.charging.grid_ns()
        arms = 1 + experiment.control.enabled
        each = 0.4 if experiment.simulation.method == "DOP853" else 0.01
        fixed = 0.0 if experiment.tomography.pulse == "none" else 0.9
        clock.now += fixed + 0.05 * arms + each * arms * times[-1]

    monkeypatch.setattr(forecast, "predict", predict)
    monkeypatch.setattr(forecast, "perf_counter", clock)
    experiment = Experiment().replace({"charging.stop_ns": 2000.0})
    plain, solver = expected_seconds(experiment, [{}, {"simulation.method": "DOP853"}])
    assert plain == pytest.approx(0.9 + 0.1 + 0.01 * 2 * 2000, rel=0.01)
    assert solver == pytest.approx(0.9 + 0.1 + 0.4 * 2 * 2000, rel=0.01)


def test_check_speaks_while_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forecast comes before the first calculation, each row before the next one."""
    said: list[str] = []
    before: list[int] = []
    predict: Callable[[Experiment], Any] = refinement.predict

    def watched(experiment: Experiment) -> Any:
        before.append(len(said))
        return predict(experiment)

    monkeypatch.setattr(refinement, "predict", watched)
    monkeypatch.setattr(Bar, "say", lambda _, line: said.append(line))
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    assert call("check", tmp_path / "tiny.toml").exit_code == 0
    assert said[0].startswith("Expected to take about ")
    assert tuple(line[1:16].strip() for line in said[1:]) == KINDS
    assert before == [1, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.study
def test_what_is_said_goes_to_standard_output(tmp_path: Path) -> None:
    """Also while a bar is drawn on the terminal, lines go to the file that wants them."""
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "cqed_battery", "check", "tiny.toml"]
    with (tmp_path / "said").open("wb") as out:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=slave)
    os.close(slave)
    bar = b""
    with suppress(OSError):  # the process has ended, and its terminal with it
        while piece := os.read(master, 1 << 16):
            bar += piece
    os.close(master)
    assert process.wait(60) == 0
    lines = (tmp_path / "said").read_text(encoding="utf-8")
    assert lines.startswith("Expected to take about ")
    assert all(kind in lines for kind in KINDS)
    assert b"starting" in bar
    assert b"Expected" not in bar

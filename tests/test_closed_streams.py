"""Nobody listens any more: the work is done, the files are whole, the code is 0, no traceback."""

import fcntl
import os
import pty
import shlex
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from points import TINY

from analysis import load_results
from cqed_battery.files.datasets import load_dataset

SMALL = TINY.replace("points = 3\n[tomo", "points = 5\n[tomo") + "[analysis]\nglobal_fit = false\n"
COMMAND = [sys.executable, "-m", "cqed_battery", "run", "small.toml", "--out", "out"]
RUN = shlex.join(COMMAND)
WAIT_S = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def check_whole(out: Path) -> None:
    """Every file of the run is there, can be read, and nothing else is."""
    assert load_dataset(out / "dataset.nc").attrs["seed"] == 7
    assert load_results(out / "results.json")["seed"] == 7
    assert (out / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    names = {file.name for file in out.iterdir()}
    assert names == {"dataset.nc", "experiment.toml", "report.html", "results.json"}


@pytest.mark.study
@pytest.mark.parametrize(
    ("closed", "heard"),
    [("<&-", True), (">&-", False), ("2>&-", True), (">&- 2>&-", False), ("<&- >&- 2>&-", False)],
)
def test_streams_that_are_closed(closed: str, heard: bool, folder: Path) -> None:
    """Standard streams may be closed from the beginning; what is still open gets its part."""
    done = subprocess.run(
        ["sh", "-c", f"{RUN} {closed}"], cwd=folder, capture_output=True, text=True, timeout=WAIT_S
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ("report: out/report.html" in done.stdout) == heard
    check_whole(folder / "out")


@pytest.mark.study
@pytest.mark.parametrize("option", ["", "--json"])
def test_a_reader_that_goes_away(option: str, folder: Path) -> None:
    """As with `| head -1`: what nobody reads is lost, and nothing else."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [*COMMAND, *option.split()]
    done = subprocess.run(
        command, cwd=folder, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=WAIT_S
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    check_whole(folder / "out")


def test_a_refusal_that_nobody_hears(folder: Path) -> None:
    """A refused value ends with code 2, also where standard error is closed or unread."""
    for end in ("2>&-", "2>&1 | true"):
        line = f"set -o pipefail; {RUN} --set seed=-1 {end}"
        done = subprocess.run(["bash", "-c", line], cwd=folder, timeout=WAIT_S)
        assert done.returncode == 2, end


@pytest.mark.study
def test_a_terminal_that_is_closed(folder: Path) -> None:
    """SIGHUP does not end the work, and a bar that can no longer be drawn does not, either."""
    master, slave = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        COMMAND,
        cwd=folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    os.close(slave)
    assert os.read(master, 1)  # the bar is there
    os.close(master)
    assert process.wait(WAIT_S) == 0
    check_whole(folder / "out")


@pytest.mark.study
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_answer_that_could_not_be_written(folder: Path) -> None:
    """A full disk is no closed stream: that the answer is not in its file is said."""
    done = subprocess.run(
        ["sh", "-c", f"{RUN} --json >/dev/full"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 2
    assert done.stderr == "error: a file could not be read or written: No space left on device.\n"
    check_whole(folder / "out")

"""Sweeps that are disturbed: killed and hanging workers, Ctrl-C. The result stays the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from points import TINY, InThisProcess

from cqed_battery.compute.points import Workers
from cqed_battery.experiment import Experiment
from protocols.sweep import run_sweep
from protocols.sweep.grid import Axis, parse_axis

pytestmark = pytest.mark.study

EXPERIMENT = Experiment.from_text(TINY)
COMMAND = (  # a test that runs in the background may have been told to ignore Ctrl-C
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from cqed_battery.cli import main; sys.argv[0] = 'cqed-battery'; main()"
)
OVER = ("resonator.linewidth_MHz=0.5:5:15", "coupler.g_on_MHz=20:40:10")
POINTS = 150  # enough that none but the interrupted ends by itself on a fast machine
PATIENCE_S = 600


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The dataset of a sweep that nothing disturbs, computed by one process."""
    out = tmp_path_factory.mktemp("undisturbed") / "sweep.nc"
    run_sweep(EXPERIMENT, [parse_axis(text) for text in OVER], out, workers=InThisProcess())
    return out.read_bytes()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[list[str]]:
    """The command of the sweep in the folder of the test, for a process of its own."""
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    over = [part for text in OVER for part in ("--over", text)]
    out = ["--out", str(tmp_path / "sweep.nc"), "--workers", "2"]
    yield [sys.executable, "-c", COMMAND, "sweep", str(tmp_path / "tiny.toml"), *over, *out]
    for child in psutil.Process().children(recursive=True):
        if str(tmp_path) in " ".join(child.cmdline()):
            child.kill()


def begin(command: list[str]) -> "subprocess.Popen[str]":
    """Start a sweep as a terminal does, in a process group of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def wait_for_points(parts: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until several points are saved: the file's log has grown."""
    deadline = time.monotonic() + PATIENCE_S
    file = parts.with_name(f"{parts.name}-wal")
    while not (file.exists() and file.stat().st_size > 50_000):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def workers_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Return the processes that a sweep computes with."""
    children = psutil.Process(process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def test_one_two_and_a_cluster_agree(undisturbed: bytes, tmp_path: Path) -> None:
    """One process, two processes and a dask cluster write the same file, byte for byte."""
    from dask.distributed import LocalCluster

    axes = [parse_axis(text) for text in OVER]
    run_sweep(EXPERIMENT, axes, tmp_path / "one.nc", workers=Workers(1))
    run_sweep(EXPERIMENT, axes, tmp_path / "two.nc", workers=Workers(2))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        workers = Workers(scheduler=cluster.scheduler_address)
        run_sweep(EXPERIMENT, axes, tmp_path / "cluster.nc", workers=workers)
    for name in ("one", "two", "cluster"):
        assert (tmp_path / f"{name}.nc").read_bytes() == undisturbed


def test_counts_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    """With shots, too, two processes write what one does."""
    axes = [Axis("resonator.linewidth_MHz", (1.0, 2.0, 3.0))]
    for name, workers in (("one", InThisProcess()), ("two", Workers(2))):
        run_sweep(EXPERIMENT, axes, tmp_path / f"{name}.nc", shots=True, workers=workers)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_a_killed_worker_changes_nothing(
    command: list[str], undisturbed: bytes, tmp_path: Path
) -> None:
    """A worker that is killed under way is replaced, and the file is the same."""
    process = begin(command)
    wait_for_points(tmp_path / "sweep.nc.parts", process)
    victim, other = workers_of(process)
    victim.kill()
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    assert out == f"sweep: {tmp_path / 'sweep.nc'}\n"
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed
    assert not other.is_running()


def test_ctrl_c_and_again(command: list[str], undisturbed: bytes, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and a word on what is saved; the same command goes on from there."""
    process = begin(command)
    parts = tmp_path / "sweep.nc.parts"
    wait_for_points(parts, process)
    workers = workers_of(process)
    assert len(workers) == 2
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    first, second = err.splitlines()
    assert first.startswith("Interrupted")
    assert f"of {POINTS} points are saved in {parts}; the same command goes on from there" in second
    assert out == ""
    assert not any(worker.is_running() for worker in workers)
    assert not (tmp_path / "sweep.nc").exists()
    again = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.splitlines()[0] == (
        f"going on: {second.split()[0]} of {POINTS} points were computed before"
    )
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed
    assert not parts.exists()


def test_ctrl_c_before_the_first_point(command: list[str], tmp_path: Path) -> None:
    """Interrupted while the workers begin, a sweep leaves nothing behind and no word from them."""
    process = begin(command)
    deadline = time.monotonic() + PATIENCE_S
    while len(workers := workers_of(process)) < 1:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err.count("\n")) == (130, 1)
    assert not any(worker.is_running() for worker in workers)
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.toml"]


def test_ctrl_c_ends_workers_that_hang(command: list[str], tmp_path: Path) -> None:
    """Workers that are stopped, and so would not hear a request to end, are ended all the same."""
    process = begin(command)
    parts = tmp_path / "sweep.nc.parts"
    wait_for_points(parts, process)
    workers = workers_of(process)
    for worker in workers:
        worker.suspend()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert f"of {POINTS} points are saved in {parts}" in err
    assert not any(worker.is_running() for worker in workers)


def test_a_worker_that_hangs_changes_nothing(
    command: list[str], undisturbed: bytes, tmp_path: Path
) -> None:
    """With --time-limit a stopped worker is replaced under way, and the file is the same."""
    process = begin([*command, "--time-limit", "12"])
    wait_for_points(tmp_path / "sweep.nc.parts", process)
    victim = workers_of(process)[0]
    victim.suspend()
    _, err = process.communicate(timeout=2 * PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed
    assert not victim.is_running()


def test_a_scheduler_that_goes_away(command: list[str], undisturbed: bytes, tmp_path: Path) -> None:
    """One sentence, code 2, a word on the points; and another command goes on from them."""
    from dask.distributed import LocalCluster

    parts = tmp_path / "sweep.nc.parts"
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
        process = begin([*command[:-2], "--scheduler", cluster.scheduler_address])
        wait_for_points(parts, process)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (2, "")
    assert err.count("\n") == 2, err
    first, second = err.splitlines()
    assert first.startswith("error: the dask cluster at tcp://")
    assert first.endswith("went away")
    assert f"of {POINTS} points are saved in {parts}; the same command goes on from there" in second
    again = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / "sweep.nc").read_bytes() == undisturbed


def test_an_error_of_the_command_is_one_sentence(command: list[str], tmp_path: Path) -> None:
    """A scheduler that does not answer is said in one sentence, and nothing is left behind."""
    command = [*command[:-2], "--scheduler", "foo://nowhere:1"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("error: no dask scheduler answers at foo://nowhere:1")
    assert answer.stderr.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.toml"]

"""Points on a dask cluster: the same results, and one sentence for what goes wrong with it."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import points
import pytest
from points import Memory, job, processes

from cqed_battery.compute import cluster as cluster_module
from cqed_battery.compute.points import Workers, resumable_map
from cqed_battery.compute.workers import WorkError
from cqed_battery.experiment import ExperimentError


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A dask cluster of two processes on this machine: its address."""
    import dask
    from dask.distributed import LocalCluster

    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        local = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0")
    with local:
        yield local.scheduler_address


def test_a_cluster_computes_the_same(cluster: str, tmp_path: Path) -> None:
    """The workers of a dask cluster go through the same code to the same results."""
    store = Memory()
    resumable_map(job(points.slow, 12, tmp_path), store, Workers(scheduler=cluster))
    assert store.points == {number: number**2 for number in range(12)}
    assert len(processes(tmp_path)) == 2


def test_quick_points_travel_together(cluster: str, tmp_path: Path) -> None:
    """Each of 150 quick points is computed once, though fewer tasks carry them."""
    from dask.distributed import Client

    store = Memory()
    with Client(cluster, set_as_default=False) as client:
        before = len(client.run_on_scheduler(_tasks_seen))
        resumable_map(job(points.square, 150, tmp_path), store, Workers(scheduler=cluster))
        tasks = len(client.run_on_scheduler(_tasks_seen)) - before
    assert store.points == {number: number**2 for number in range(150)}
    assert points.calls(tmp_path) == dict.fromkeys(range(150), 1)
    assert 150 / 32 <= tasks < 120


def test_a_worker_that_leaves_behind_its_result(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that arrived counts, though its worker left before anybody looked at it."""
    from dask.distributed import Client

    fetch, lost = Client._gather_remote, []

    async def fetch_and_lose(client: Client, *arguments: Any) -> Any:
        response = await fetch(client, *arguments)
        for key in response["data"]:
            client._handle_lost_data(key)
            lost.append(key)
        return response

    monkeypatch.setattr(Client, "_gather_remote", fetch_and_lose)
    store = Memory()
    resumable_map(job(points.square, 20, tmp_path), store, Workers(scheduler=cluster))
    assert store.points == {number: number**2 for number in range(20)}
    assert lost


def test_what_is_not_computed_yet_is_taken_back(cluster: str, tmp_path: Path) -> None:
    """A map that ends early leaves no tasks on the cluster."""
    from dask.distributed import Client

    work = job(points.refuse_late, 2000, tmp_path)
    with pytest.raises(ExperimentError, match="linewidth_MHz must be"):
        resumable_map(work, Memory(), Workers(scheduler=cluster))
    with Client(cluster, set_as_default=False) as client:
        deadline = time.monotonic() + 300
        while client.run_on_scheduler(_tasks_left):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert len(points.calls(tmp_path)) < 2000


def _tasks_left(dask_scheduler: Any) -> int:
    """Return how many tasks the scheduler knows."""
    return len(dask_scheduler.tasks)


def _tasks_seen(dask_scheduler: Any) -> list[Any]:
    """Return what the scheduler remembers of the tasks that ended."""
    return [story for story in dask_scheduler.transition_log if story[2] == "memory"]


@pytest.mark.parametrize(
    ("function", "error", "said"),
    [
        (points.refuse_late, ExperimentError, "linewidth_MHz must be a number >= 0"),
        (points.die_late, WorkError, "point 300 took its workers down"),
    ],
    ids=["refused", "deadly"],
)
def test_what_goes_wrong_among_many_is_told_apart(
    function: Any, error: type[Exception], said: str, cluster: str, tmp_path: Path
) -> None:
    """Points that were sent together are sent one by one when one of them fails."""
    store = Memory()
    with pytest.raises(error, match=said):
        resumable_map(job(function, 305, tmp_path), store, Workers(scheduler=cluster))
    assert 300 not in store.points
    assert set(store.points) >= set(range(200))


@pytest.mark.study
def test_a_hanging_cluster_is_given_up(tmp_path: Path) -> None:
    """Dask repeats nothing that hangs; a sentence says so, and what was finished is stored."""
    from dask.distributed import LocalCluster

    store = Memory()
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as local:
        workers = Workers(scheduler=local.scheduler_address, time_limit_s=3.0)
        with pytest.raises(WorkError, match=r"nothing came back from the dask cluster .* for 3 s"):
            resumable_map(job(points.hang_always, 6, tmp_path), store, workers)
    assert set(store.points) >= {0, 1, 2}


def test_a_deadly_point_on_a_cluster_is_given_up(cluster: str, tmp_path: Path) -> None:
    """Dask counts deaths itself; the sentence and what is stored are the same."""
    store = Memory()
    with pytest.raises(WorkError, match="point 3 took its workers down"):
        resumable_map(job(points.die_always, 5, tmp_path), store, Workers(scheduler=cluster))
    assert set(store.points) <= {0, 1, 2, 4}


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1", "foo://host:1"])
def test_no_scheduler_there(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address at which no scheduler answers is named."""
    monkeypatch.setattr(cluster_module, "_TIMEOUT_S", 0.2)
    with pytest.raises(WorkError, match=f"no dask scheduler answers at {address}"):
        resumable_map(job(points.square, 1, tmp_path), Memory(), Workers(scheduler=address))


def test_a_cluster_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler without workers is not waited for without end."""
    from dask.distributed import LocalCluster

    monkeypatch.setattr(cluster_module, "_TIMEOUT_S", 0.5)
    with LocalCluster(n_workers=0, dashboard_address=":0") as local:
        workers = Workers(scheduler=local.scheduler_address)
        with pytest.raises(WorkError, match="has no workers"):
            resumable_map(job(points.square, 1, tmp_path), Memory(), workers)


def test_a_cluster_that_goes_away(tmp_path: Path) -> None:
    """When the scheduler ends under way, a sentence says so, and finished points are stored."""
    from dask.distributed import LocalCluster

    store = Memory()
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as local:

        def leave(done: int, total: int, what: str) -> None:
            if done == 3:
                local.close()

        workers = Workers(scheduler=local.scheduler_address)
        with pytest.raises(WorkError, match="went away"):
            resumable_map(job(points.slow, 500, tmp_path), store, workers, leave)
    assert len(store.points) >= 3


def test_a_connection_that_breaks(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that a broken connection keeps back ends in the same sentence."""
    from dask.distributed import Client

    async def fail(*arguments: Any) -> Any:
        raise ConnectionResetError

    monkeypatch.setattr(Client, "_gather_remote", fail)
    with pytest.raises(WorkError, match=f"the dask cluster at {cluster} went away"):
        resumable_map(job(points.square, 20, tmp_path), Memory(), Workers(scheduler=cluster))


def test_dask_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without dask, --scheduler says what to install."""
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(WorkError, match="not installed: pip install dask distributed"):
        resumable_map(job(points.square, 1, tmp_path), Memory(), Workers(scheduler="tcp://a:1"))

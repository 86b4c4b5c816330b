"""A dask cluster as a lane: its scheduler hands the points to workers on many machines."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

from cqed_battery.lanes import FatalCall, WorkError

_TIMEOUT_S = 10
_CONNECTION_LOGS = (  # what goes wrong with the connection is said in a WorkError
    "distributed.batched",
    "distributed.client",
    "distributed.comm",
    "distributed.core",
    "tornado.application",
)
_DEEPEST = 256  # points on their way to a cluster, so that new workers find some


class DaskCluster:
    """All workers of a dask cluster; dask itself replaces workers and repeats their calls.

    Raises:
        WorkError: dask is not installed, or no scheduler with a worker answers.
    """

    def __init__(self, address: str, patience_s: float | None = None) -> None:
        self.given: dict[Future[Any], int] = {}
        self.patience_s = patience_s
        self._address = address
        try:
            from dask.distributed import Client
        except ImportError:
            raise WorkError(
                "--scheduler needs dask, which is not installed: pip install dask distributed"
            ) from None
        for name in _CONNECTION_LOGS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            with ThreadPoolExecutor(1) as apart:  # from an event loop that may run here, too
                apart.submit(asyncio.run, _knock(address)).result()
            self._client = Client(address, timeout=_TIMEOUT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkError(f"no dask scheduler answers at {address} ({error})") from None
        try:
            self._client.wait_for_workers(1, timeout=_TIMEOUT_S)
        except OSError:
            self._client.close()
            raise WorkError(f"the dask scheduler at {address} has no workers") from None
        self.depth = max(_DEEPEST, 4 * sum(self._client.nthreads().values()))
        self._executor = self._client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Send a call to the scheduler."""
        return self._executor.submit(function, *arguments)

    def result(self, future: Future[Any]) -> Any:
        """Return what a finished call returned, or raise what it raised."""
        from dask.distributed import KilledWorker

        try:
            return future.result()
        except CancelledError:
            raise WorkError(f"the dask cluster at {self._address} went away") from None
        except KilledWorker:
            raise FatalCall from None

    def renew(self) -> bool:
        """Give up: the scheduler replaces dead workers itself, and nobody hanging ones."""
        waited = "" if self.patience_s is None else f" for {self.patience_s:g} s (--patience)"
        raise WorkError(f"nothing came back from the dask cluster at {self._address}{waited}")

    def close(self) -> None:
        """Take back what was not computed yet and leave the cluster."""
        self._executor.shutdown(wait=False)
        self._client.close()


async def _knock(address: str) -> None:
    """Connect once: a dask client that cannot would complain again when it is forgotten."""
    from distributed.comm import connect
    from distributed.security import Security

    options = Security().get_connection_args("client")
    connection = await connect(address, timeout=_TIMEOUT_S, **options)
    await connection.close()

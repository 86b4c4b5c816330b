"""The explorer as a value: a page that this machine serves to itself, also in a notebook."""

import asyncio
import socket
import threading
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from html import escape
from typing import TYPE_CHECKING, Any

from analysis.explorer.shown import fock_levels_near, show
from analysis.planning.foreseen import expected_verdict
from cqed_battery.compute.workers import LocalPool
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment

if TYPE_CHECKING:
    from bokeh.document import Document
    from bokeh.server.server import Server

    from analysis.explorer.page import Page

HOST = "127.0.0.1"
"""The only address that is served: that of this machine to itself."""

_FRAME_HEIGHT = 900  # pixels, in a notebook
_BEGIN_S = 30.0  # for the server to begin in a thread, and to end there
_CLOSING_S = 0.1
MISSING = (
    "the explorer needs bokeh, which is not installed: pip install bokeh, or"
    " pip install 'cqed-battery[explore]'"
)


class ExplorerError(CqedBatteryError):
    """The page cannot be served."""


class Explorer:
    """A page with sliders for the keys that matter; every tab has a state of its own.

    In a notebook it shows itself, and goes on serving until `close`. `serve` blocks instead.

    Args:
        experiment: what the sliders begin with.
        file_name: of its file, for the page and for what is saved.
        port: of this machine, from 1 to 65535; by default any that is free.

    Raises:
        ExplorerError: bokeh is not installed.
        CqedBatteryError: the experiment's dynamics cannot be computed.
    """

    def __init__(
        self, experiment: Experiment, file_name: str = "experiment.toml", port: int | None = None
    ) -> None:
        try:
            import bokeh.server.server  # noqa: F401
        except ImportError:
            raise ExplorerError(MISSING) from None
        self.experiment = experiment
        self.address = ""
        self.file_name, self._port = file_name, port
        self._first = show(experiment, {})
        self._drawer = ThreadPoolExecutor(1)
        self._pool: LocalPool | None = None
        self._known: Future[Any] | None = None
        self._pages: list[Page] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def serve(self, *, browser: bool = True, told: Callable[[str], None] | None = None) -> None:
        """Serve the page until Ctrl-C.

        Args:
            browser: whether to open it in the user's browser.
            told: called with the page's address as soon as it can be opened.

        Raises:
            ExplorerError: the port is taken.
        """

        def begun() -> None:
            if told is not None:
                told(self.address)
            if browser:
                webbrowser.open(self.address)

        try:
            asyncio.run(self._run(begun))
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def start(self) -> str:
        """Serve the page in a thread, and return its address; nothing is changed if it is served.

        Raises:
            ExplorerError: the port is taken.
        """
        if self._loop is None:
            ready = threading.Event()
            self._thread = threading.Thread(target=self._in_thread, args=(ready,), daemon=True)
            self._thread.start()
            ready.wait(_BEGIN_S)
            if self._error is not None:
                raise self._error
        return self.address

    def close(self) -> None:
        """Serve the page no longer, and end what is computed for it."""
        for page in list(self._pages):
            page.close()
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        if self._thread is not None:
            self._thread.join(_BEGIN_S)
        if self._pool is not None:
            self._pool.close()
        self._drawer.shutdown(wait=False, cancel_futures=True)

    def _repr_html_(self) -> str:
        address = escape(self.start())
        return (
            f'<iframe src="{address}" width="100%" height="{_FRAME_HEIGHT}"'
            f' style="border: 0" title="{escape(self.experiment.title)}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Explorer({self.file_name!r}, address={self.address!r})"

    def _in_thread(self, ready: threading.Event) -> None:
        try:
            asyncio.run(self._run(ready.set))
        except CqedBatteryError as error:
            self._error = error
        finally:
            ready.set()

    async def _run(self, begun: Callable[[], None]) -> None:
        server = self._server()
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.address = f"http://{HOST}:{server.port}/"
        server.start()
        self._warm()
        try:
            begun()
            await self._stop.wait()
        finally:
            server.stop()
            server.unlisten()
            await asyncio.sleep(_CLOSING_S)  # in which it closes its connections

    def _server(self) -> "Server":
        from bokeh.application import Application
        from bokeh.application.handlers.function import FunctionHandler
        from bokeh.server.server import Server

        try:
            with socket.socket() as probe:  # for the port's number, which the origins name
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, self._port or 0))
                port = probe.getsockname()[1]
            return Server(
                {"/": Application(FunctionHandler(self._open))},
                port=port,
                address=HOST,
                allow_websocket_origin=[f"{HOST}:{port}", f"localhost:{port}"],
            )
        except OSError as error:
            raise ExplorerError(
                f"`port` must be one that is free, but {self._port or 'every one'} cannot be"
                f" served ({error.strerror}): name another one, or none for any that is free"
            ) from None

    def _open(self, document: "Document") -> None:
        """Make the page of a new session."""
        from analysis.explorer.page import Page

        page = Page(
            document,
            self._first,
            self.file_name,
            draw=self._draw,
            judge=self._judge,
            moved=self._keep,
        )
        self._pages.append(page)
        document.on_session_destroyed(lambda _context: self._end(page))

    def _end(self, page: "Page") -> None:
        page.close()
        self._pages.remove(page)

    def _warm(self) -> None:
        """Compute now what moves near the file would otherwise be the first to need."""
        for levels in fock_levels_near(self.experiment):
            self._draw(self.experiment, {"resonator.fock_levels": levels})

    def _keep(self, experiment: Experiment) -> None:
        self.experiment = experiment

    def _draw(self, *arguments: Any) -> "Future[Any]":
        return self._drawer.submit(show, *arguments)

    def _judge(self, experiment: Experiment) -> "Future[Any]":
        """Compute a verdict in a process of its own, so that sliders move; the file's once."""
        if self._pool is None:
            self._pool = LocalPool(1)
            self._known = self._pool.submit([(expected_verdict, (self._first.experiment,))])[0]
        if experiment == self._first.experiment and self._known is not None:
            return self._known
        return self._pool.submit([(expected_verdict, (experiment,))])[0]

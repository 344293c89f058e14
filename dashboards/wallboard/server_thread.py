"""The web server in a thread of its own, so that browsers never delay the stream.

The view belongs to this thread's loop. A worker hands its rows over and goes on; two hundred browsers are encoded for,
and written to, elsewhere. A figure that only the worker can read (`/metrics`) is asked for in the worker's loop.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from dashboards.wallboard.server import serve

__all__ = ["ReportedHealth", "ServerThread", "asked_in"]

_STOP_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 10.0
_SILENT_SECONDS: Final = 15.0


class ServerThread:
    """A web server with its thread and event loop, from `start` to `stop`.

    Args:
        app: the application of `make_app`; its view is touched in this thread only from `start` on.
        host: where it listens.
        port: 0: a free one.
    """

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="web", daemon=True)
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port if self._runner is None else int(self._runner.addresses[0][1])

    @property
    def ident(self) -> int | None:
        """The system's number of the thread, for measurements; None before `start`."""
        return self._thread.native_id

    def start(self) -> None:
        """Listen.

        Raises:
            UserError: as of `serve`.
        """
        self._thread.start()
        try:
            serving = serve(self._app, self._host, self._port)
            self._runner = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        except BaseException:
            self._end()
            raise

    def call(self, move: Callable[..., object], *arguments: object) -> None:
        """Call `move` in the server's loop soon; nothing happens once the server has stopped."""
        try:
            self._loop.call_soon_threadsafe(move, *arguments)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._clean_up(self._runner), self._loop).result(_STOP_SECONDS)
            self._runner = None
        self._end()

    async def _clean_up(self, runner: web.AppRunner) -> None:
        await runner.cleanup()
        # aiohttp leaves tasks that wait for the rest of a body whose client is gone.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STOP_SECONDS)
        if not self._thread.is_alive() and not self._loop.is_closed():
            self._loop.close()


class ReportedHealth:
    """The health of a worker as it last reported it, to be read in another thread.

    Args:
        first: before the first report.
    """

    def __init__(self, first: tuple[bool, str]) -> None:
        self._last = (time.monotonic(), first)

    def report(self, health: tuple[bool, str]) -> None:
        """Take the worker's health; it is to be reported every second or more often."""
        self._last = (time.monotonic(), health)

    def __call__(self) -> tuple[bool, str]:
        """Whether results flow, and a line that says so."""
        at, health = self._last
        silent = time.monotonic() - at
        if silent > _SILENT_SECONDS:
            return False, f"stuck: the worker has not been heard of for {silent:.0f} s"
        return health


def asked_in(loop: asyncio.AbstractEventLoop, read: Callable[[], bytes]) -> Callable[[], Awaitable[bytes]]:
    """A reader for the server's loop of something that may be read in `loop` only.

    The reader raises `web.HTTPServiceUnavailable` where `loop` does not answer in time.
    """

    async def there() -> bytes:
        return read()

    async def ask() -> bytes:
        asked: asyncio.Future[Any] = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(), loop))
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return bytes(await asked)
        except TimeoutError:
            raise web.HTTPServiceUnavailable(text="the worker does not answer in time\n") from None

    return ask

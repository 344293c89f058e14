"""The limits of connections: how many there may be, and how long one may send nothing or take nothing.

A browser that is half way through a request, or that reads no answer, costs memory and a file descriptor. So each
connection has a time limit while the server waits for it. Where a limit of numbers is reached, the connection that
has waited longest without a whole request makes room. Three hundred half-sent requests then change nothing for others.
"""

import asyncio
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

__all__ = ["DEFAULT_LIMITS", "GATE", "Gate", "GuardedSite", "Limits", "note_requests"]

_LOOK_SECONDS: Final = 0.5
"""Time between two looks for connections whose time is up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a server's connections."""

    header_seconds: float = 10.0
    """Time until a new connection has sent its first request's headers, and a request its body."""
    idle_seconds: float = 75.0
    """Time between an answer and the end of the next request's headers."""
    stalled_seconds: float = 30.0
    """Time a client may leave what is sent to it unread."""
    of_address: int = 256
    """Connections of one address; a proxy in front counts as one."""
    in_all: int = 512


def _default_limits() -> Limits:
    # Half of the file descriptors stay with the broker's clients, the history and the files served.
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_all = 2_048 if descriptors == resource.RLIM_INFINITY else max(32, min(2_048, descriptors // 2))
    return Limits(of_address=max(24, in_all * 3 // 4), in_all=in_all)


DEFAULT_LIMITS: Final = _default_limits()


class Gate:
    """The connections of one server, in the order in which they began to wait.

    Args:
        limits: how many and how long.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.closed = 0
        """Connections closed so far because a limit was reached."""
        self._of_transport: dict[asyncio.BaseTransport, _Connection] = {}
        self._waiting: dict[_Connection, float] = {}
        self._stalled: dict[_Connection, float] = {}
        self._of_address: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._of_transport)

    def factory(self, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """A factory of protocols that keep the limits and leave the rest to those of `make`."""
        return lambda: _Connection(self, make())

    @contextmanager
    def busy(self, transport: asyncio.BaseTransport | None) -> Iterator[None]:
        """While a request is answered, its connection does not wait for the client."""
        connection = None if transport is None else self._of_transport.get(transport)
        if connection is None:
            yield
            return
        self._waiting.pop(connection, None)
        try:
            yield
        finally:
            if connection.transport in self._of_transport:
                self._wait(connection, self.limits.idle_seconds)

    @contextmanager
    def waiting(self, transport: asyncio.BaseTransport | None) -> Iterator[None]:
        """While the body of a request is read, its connection waits for the client."""
        connection = None if transport is None else self._of_transport.get(transport)
        if connection is None:
            yield
            return
        self._wait(connection, self.limits.header_seconds)
        try:
            yield
        finally:
            self._waiting.pop(connection, None)

    async def watch(self) -> None:
        """Close connections whose time is up, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = asyncio.get_running_loop().time()
            for part in (self._waiting, self._stalled):
                for connection in [one for one, until in part.items() if until <= now]:
                    self._close(connection)

    # --- told by connections ------------------------------------------------------------------------

    def entered(self, connection: "_Connection") -> bool:
        """Take in a new connection; False: there is no room, and it is to be closed."""
        address, transport = connection.address, connection.transport
        if transport is None:
            return False
        if self._of_address.get(address, 0) >= self.limits.of_address and not self._make_room(address):
            return False
        if len(self._of_transport) >= self.limits.in_all and not self._make_room(None):
            return False
        self._of_transport[transport] = connection
        self._of_address[address] = self._of_address.get(address, 0) + 1
        self._wait(connection, self.limits.header_seconds)
        return True

    def left(self, connection: "_Connection") -> None:
        """Forget a connection."""
        self._waiting.pop(connection, None)
        self._stalled.pop(connection, None)
        if connection.transport is None or self._of_transport.pop(connection.transport, None) is None:
            return
        rest = self._of_address[connection.address] - 1
        if rest:
            self._of_address[connection.address] = rest
        else:
            del self._of_address[connection.address]

    def stalled(self, connection: "_Connection", *, is_so: bool) -> None:
        """Note that a client does not read, or reads again."""
        if is_so:
            self._stalled[connection] = asyncio.get_running_loop().time() + self.limits.stalled_seconds
        else:
            self._stalled.pop(connection, None)

    # --- within -------------------------------------------------------------------------------------

    def _wait(self, connection: "_Connection", seconds: float) -> None:
        self._waiting.pop(connection, None)  # the order is that of waiting
        self._waiting[connection] = asyncio.get_running_loop().time() + seconds

    def _make_room(self, address: str | None) -> bool:
        """Close the connection that has waited longest, of `address` or of any; False: none waits."""
        oldest = next((one for one in self._waiting if address in {None, one.address}), None)
        if oldest is None:
            return False
        self._close(oldest)
        return True

    def _close(self, connection: "_Connection") -> None:
        self.closed += 1
        transport = connection.transport
        self.left(connection)
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class _Connection(asyncio.Protocol):
    """A protocol in front of aiohttp's: it tells the gate what happens, and hands everything on."""

    def __init__(self, gate: Gate, inner: asyncio.Protocol) -> None:
        self._gate = gate
        self._inner = inner
        self._admitted = False
        self.transport: asyncio.BaseTransport | None = None
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._admitted = self._gate.entered(self)
        if self._admitted:
            self._inner.connection_made(transport)
        elif isinstance(transport, asyncio.Transport):
            self._gate.closed += 1
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self._admitted:
            self._gate.left(self)
            self._inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._admitted:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._admitted else None

    def pause_writing(self) -> None:
        self._gate.stalled(self, is_so=True)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._gate.stalled(self, is_so=False)
        self._inner.resume_writing()


GATE: Final = web.AppKey("gate", Gate)


@web.middleware
async def note_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The middleware that tells the gate when a whole request has come, and when it is answered."""
    gate = request.app.get(GATE)
    if gate is None:
        return await handler(request)
    with gate.busy(request.transport):
        return await handler(request)


class GuardedSite(web.BaseSite):
    """A TCP address whose connections keep the gate's limits.

    Args:
        runner: of the application, set up.
        host: the address.
        port: 0: a free one.
        gate: the limits.
    """

    def __init__(self, runner: web.AppRunner, host: str, port: int, gate: Gate) -> None:
        super().__init__(runner)
        self._host = host
        self._port = port
        self._gate = gate
        self._watching: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The address as a URL."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address cannot be bound.
        """
        await super().start()
        server = self._runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._gate.factory(server), self._host, self._port, backlog=self._gate.limits.in_all
        )
        self._watching = loop.create_task(self._gate.watch())

    async def stop(self) -> None:
        """Listen no more; connections end with the runner."""
        if self._watching is not None:
            self._watching.cancel()
        await super().stop()

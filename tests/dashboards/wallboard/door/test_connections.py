"""The limits of connections: half-sent requests, clients that read nothing, too many of one address."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from wallboard_rows import AT_NOON, configuration

from dashboards.wallboard.door.connections import DEFAULT_LIMITS, GATE, Gate, Limits
from dashboards.wallboard.server import make_app, serve
from dashboards.wallboard.state import View

HALF = b"GET /healthz HT"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Listening:
    """A server on a free port, and sockets to it."""

    def __init__(self, port: int, gate: Gate, stack: AsyncExitStack) -> None:
        self.port = port
        self.gate = gate
        self._stack = stack

    async def sent(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A socket on which `data` was sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._stack.callback(writer.transport.abort)
        writer.write(data)
        await writer.drain()
        return reader, writer

    async def answer(self) -> tuple[bytes, float]:
        """The first line that a good request gets, and the seconds that took."""
        began = time.monotonic()
        reader, writer = await self.sent(WHOLE)
        line = await asyncio.wait_for(reader.readline(), 5)
        writer.transport.abort()
        return line, time.monotonic() - began


Open = Callable[[Limits], Awaitable[Listening]]


@pytest_asyncio.fixture
async def listen(tmp_path: Path) -> AsyncIterator[Open]:
    """Starts a server with limits."""
    async with AsyncExitStack() as stack:

        async def start(limits: Limits) -> Listening:
            app = make_app(
                View(configuration(tmp_path)),
                health=lambda: (True, "ok"),
                now=lambda: AT_NOON,
                registry=CollectorRegistry(),
                limits=limits,
            )
            runner = await serve(app, port=0)
            stack.push_async_callback(runner.cleanup)
            return Listening(runner.addresses[0][1], app[GATE], stack)

        yield start


async def closed(reader: asyncio.StreamReader) -> bytes:
    """The bytes that come until the server closes the connection."""
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""


async def test_three_hundred_half_sent_requests_change_nothing(listen: Open) -> None:
    """A good request is answered within a second beside them, and they are closed when their time is up."""
    server = await listen(Limits(header_seconds=2.0))
    held = [await server.sent(HALF) for _ in range(300)]
    line, seconds = await server.answer()
    assert line.startswith(b"HTTP/1.1 200")
    assert seconds < 1.0
    began = time.monotonic()
    await asyncio.gather(*(closed(reader) for reader, _ in held))
    assert time.monotonic() - began < 4.0
    assert server.gate.closed >= 300 - DEFAULT_LIMITS.of_address
    assert len(server.gate) <= 1


async def test_a_request_sent_byte_by_byte_is_closed_as_well(listen: Open) -> None:
    """The time until a request is whole does not begin anew with each byte."""
    server = await listen(Limits(header_seconds=1.0))
    reader, writer = await server.sent(WHOLE.removesuffix(b"\r\n") + b"X-Name: ")
    began = time.monotonic()

    async def drip() -> None:
        while True:
            writer.write(b"G")
            await asyncio.sleep(0.1)

    dripping = asyncio.ensure_future(drip())
    await closed(reader)
    dripping.cancel()
    assert 0.5 < time.monotonic() - began < 4.0


async def test_a_body_that_never_comes_is_closed(listen: Open) -> None:
    """A request whose body is missing ends when its time is up."""
    server = await listen(Limits(header_seconds=1.0))
    body = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    reader, _ = await server.sent(body + b"Content-Length: 100\r\n\r\ntoken=")
    began = time.monotonic()
    await closed(reader)
    assert time.monotonic() - began < 4.0


async def test_an_idle_connection_is_closed_and_a_used_one_is_not(listen: Open) -> None:
    """Between two requests a connection may wait for its own time."""
    server = await listen(Limits(header_seconds=30.0, idle_seconds=1.5))
    reader, writer = await server.sent(WHOLE)
    for _ in range(3):
        assert b"HTTP/1.1 200" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        await asyncio.sleep(0.7)
        writer.write(WHOLE)
    began = time.monotonic()
    assert await closed(reader)
    assert 0.5 < time.monotonic() - began < 4.0


async def test_the_longest_waiting_connection_makes_room(listen: Open) -> None:
    """No more connections are held than may be, of one address and in all, and the newest is served."""
    for limits in (Limits(of_address=5), Limits(in_all=5)):
        server = await listen(limits)
        for _ in range(20):
            await server.sent(HALF)
        line, _ = await server.answer()
        assert line.startswith(b"HTTP/1.1 200")
        assert len(server.gate) <= 5


async def test_busy_connections_are_not_closed_for_new_ones(listen: Open) -> None:
    """Browsers that watch stay connected where every place is taken, and the newcomer is refused."""
    server = await listen(Limits(of_address=3))
    watching = [await server.sent(WHOLE.replace(b"/healthz", b"/events")) for _ in range(3)]
    for reader, _ in watching:
        await asyncio.wait_for(reader.readuntil(b"retry: 1000"), 5)
    reader, _ = await server.sent(WHOLE)
    assert await closed(reader) == b""
    for reader, _ in watching:
        await asyncio.wait_for(reader.readuntil(b"event: beat"), 5)


async def test_a_client_that_reads_nothing_is_closed(listen: Open) -> None:
    """Answers that are left unread hold a connection no longer than they may."""
    server = await listen(Limits(stalled_seconds=1.0))
    _, writer = await server.sent(b"")
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    request = WHOLE.replace(b"/healthz", b"/static/texts.json")

    async def ask() -> None:
        while True:
            writer.write(request * 50)
            await writer.drain()
            await asyncio.sleep(0.01)

    asking = asyncio.ensure_future(ask())
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(asking, 20)
    assert server.gate.closed == 1


async def test_a_transport_of_another_server_is_left_alone() -> None:
    """A request whose connection is not the gate's is answered as ever."""
    gate = Gate()
    with gate.busy(None), gate.waiting(None):
        assert len(gate) == 0

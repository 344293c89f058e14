"""Fuzz of the web server: an answer below 500 or a closed connection, within a second, and no traceback."""

import logging
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fuzzing import fuzz
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from wallboard_ahead import ahead
from wallboard_rows import AT_NOON, breach, configuration, final, running

from dashboards.wallboard.door import access, connections
from dashboards.wallboard.door.connections import Limits
from dashboards.wallboard.server import make_app
from dashboards.wallboard.server_thread import ServerThread
from dashboards.wallboard.state import View
from streams.history.store import Store

TOKEN = "a-long-random-text-of-the-operator"  # noqa: S105 - of a test
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_SECONDS = 1.0

# --- what is sent -----------------------------------------------------------------------------------

odd_text = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "\0", "\ud800", "é", "..", "a" * 10_000, "NaN", "1e400", "-1", "0", "null", "{{csrf}}", "%"]),
)
dates = st.one_of(
    odd_text,
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.dates().map(str),
    st.sampled_from(
        ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
    ),
    st.sampled_from(["9999-12-31T23:59:59.999Z", "2026-03-02T10:00:00Z", "2026-03-02", "2026-W10-1", "20260302"]),
)
paths = st.one_of(
    st.sampled_from(
        ["/", "/healthz", "/readyz", "/metrics", "/login", "/events", "/api/intervals", "/api/breaches", "/live/day"]
    ),
    st.sampled_from(["/api/projection", "/api/whatif", "/api/moves", "/api/whatif?queue=sales", "/api/journal"]),
    st.sampled_from(["/live/interval", "/live/quality", "/live/acknowledge", "/static/", "/static/texts.json"]),
    st.sampled_from(["/static/%2e%2e/server.py", "/static/%00", "//", "/..", "/live", "/static/main.js/x", "*"]),
    odd_text.map(lambda text: f"/{text}"),
    odd_text.map(lambda text: f"/static/{text}"),
)
names = st.one_of(
    st.sampled_from(["queue", "date", "start", "from", "to", "program", "latest_only", "format"]),
    st.sampled_from(["queue", "agents", "volume", "aht", "for", "from", "to"]),
    st.text(max_size=5),
)
values = st.one_of(
    dates,
    st.sampled_from(["sales", "orders", "json", "csv", "true", "maybe"]),
    st.sampled_from(["+2", "-3", "+1e308", "-100", "0.5", "13:00", "24:00", "90", "99999999999999999999", "inf"]),
)
hosts = st.one_of(
    st.sampled_from(
        ["127.0.0.1", "localhost:6066", "[::1]", "[::1", "[", "]", "evil.example", ":", "@", "a:b:c", "", "[v1.x]"]
    ),
    st.sampled_from(["127.0.0.1:99999", "127.0.0.1:x", "xn--", "\u2100", "127.0.0.1/../", "user@127.0.0.1"]),
    odd_text,
)
header_names = st.one_of(
    st.sampled_from(["Authorization", "Cookie", "X-CSRF-Token", "Content-Type", "Accept", "Accept-Encoding", "Range"]),
    st.sampled_from(["Content-Length", "Transfer-Encoding", "Expect", "Connection", "Upgrade", "If-Modified-Since"]),
    st.text(alphabet="abcXYZ-", min_size=1, max_size=8),
)
header_values = st.one_of(
    st.binary(max_size=40),
    odd_text.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"Bearer", b"Bearer ", b"Bearer \xff", b"intervalwatch=x.y", b"intervalwatch=\xff.\xff", b"a=b; ="]
    ),
    st.sampled_from([b"bytes=0-5", b"bytes=9-1", b"text/plain; charset=nothing", b"multipart/form-data; boundary="]),
    st.sampled_from([b"multipart/form-data; boundary=b", b"application/x-www-form-urlencoded", b"chunked", b"-1"]),
    st.sampled_from([b"100-continue", b"websocket", b"Wed, 99 Foo 2026", b"999999999999999999999", b"gzip, \xff"]),
)
bodies = st.one_of(
    st.just(b""),
    st.binary(max_size=200),
    st.sampled_from(
        [b"token=%ff%00", b"token=\xff", b"token=" + b"x" * 70_000, b"--b\r\n\r\n", b"token=a&token=b", b"{}"]
    ),
    st.sampled_from(
        [b'{"breach_id":"\\ud800","by":"\\u0000"}', b"[" * 5_000, b'{"breach_id":1}', b"0\r\n\r\n", b"5\r\nab"]
    ),
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request that is one, more or less."""
    query = "&".join(f"{name}={value}" for name, value in draw(st.lists(st.tuples(names, values), max_size=4)))
    path = draw(paths)
    target = path + (f"{'&' if '?' in path else '?'}{query}" if query else "")
    quoted = draw(st.sampled_from(["raw", "percent"]))
    data = target.encode("utf-8", "surrogatepass")
    if quoted == "percent":
        data = b"".join(bytes([c]) if 33 <= c < 127 and c != ord("#") else b"%%%02X" % c for c in data)
    body = draw(bodies)
    method = draw(st.sampled_from([b"GET", b"GET", b"GET", b"POST", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"BREW"]))
    lines = [b"%s %s HTTP/1.1" % (method, data), b"Host: " + draw(hosts).encode("utf-8", "surrogatepass")]
    lines += [
        name.encode() + b": " + value
        for name, value in draw(st.lists(st.tuples(header_names, header_values), max_size=4))
    ]
    if body and draw(st.booleans()):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"Connection: close", b"", body])


# --- the server -------------------------------------------------------------------------------------


class Fuzzed:
    """A server and the log of its process."""

    def __init__(self, server: ServerThread) -> None:
        self.server = server
        self.records: list[logging.LogRecord] = []

    def answers(self, data: bytes) -> list[int]:
        """The statuses that come back for `data`, until the server closes or says no more."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as client:
            try:
                client.sendall(data)
                received = self._read(client)
            except ConnectionError:
                received = b""
        return [int(status) for status in _STATUS.findall(received)]

    def _read(self, client: socket.socket) -> bytes:
        received = b""
        while part := client.recv(1 << 16):
            received += part
            if b"text/event-stream" in received and b"\r\n\r\n" in received:
                break
        return received

    def bears(self, data: bytes) -> None:
        """Send `data`, and see that nothing went wrong."""
        self.records.clear()
        for attempt in (1, 2):
            began = time.monotonic()
            statuses = self.answers(data)
            if time.monotonic() - began < _SECONDS:
                break
            assert attempt == 1, "slower than a second, twice"
        assert all(status < 500 for status in statuses), statuses
        told = [record.getMessage() for record in self.records if record.exc_info or record.levelno >= logging.ERROR]
        assert told == []


@contextmanager
def _serving(folder: Path, token: str | None) -> Iterator[Fuzzed]:
    view = View(configuration(folder))
    for number in range(8):
        view.result(final("sales", number, 0.41))
    view.result(running("sales", 8))
    for queue in ("sales", "orders"):
        view.outlooks.put(ahead(queue))
    view.breach(breach())
    with pytest.MonkeyPatch.context() as patched, Store(f"sqlite:///{folder}/history.db") as store:
        patched.setattr(connections, "_LOOK_SECONDS", 0.05)
        patched.setattr(access, "_PAUSE_SECONDS", 0.01)
        app = make_app(
            view,
            health=lambda: (True, "ok"),
            now=lambda: AT_NOON,
            registry=CollectorRegistry(),
            store=store,
            token=token,
            timezone="Europe/Madrid",
            limits=Limits(header_seconds=0.3, idle_seconds=0.3, stalled_seconds=1.0),
        )
        server = ServerThread(app, "127.0.0.1", 0)
        server.start()
        fuzzed = Fuzzed(server)
        handler = logging.Handler()
        handler.emit = fuzzed.records.append  # type: ignore[method-assign]  # a handler that keeps what it is given
        logging.getLogger().addHandler(handler)
        try:
            yield fuzzed
        finally:
            logging.getLogger().removeHandler(handler)
            server.stop()


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """A server that asks for no token."""
    with _serving(tmp_path_factory.mktemp("open"), None) as served:
        yield served


@pytest.fixture(scope="module")
def locked_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """A server that asks for one."""
    with _serving(tmp_path_factory.mktemp("locked"), TOKEN) as served:
        yield served


def _get(target: bytes, *headers: bytes, host: bytes = b"127.0.0.1", body: bytes = b"") -> bytes:
    method = b"POST" if body else b"GET"
    length = [b"Content-Length: %d" % len(body)] if body else []
    head = [b"%s %s HTTP/1.1" % (method, target), b"Host: " + host, *headers, *length, b"Connection: close", b"", body]
    return b"\r\n".join(head)


FORM = b"Content-Type: application/x-www-form-urlencoded"
SEEN = [
    _get(b"/healthz", host=b"[::1"),
    _get(b"/live/day?queue=sales&date=0001-01-01"),
    _get(b"/live/day?queue=sales&date=9999-12-31"),
    _get(b"/live/interval?queue=sales&start=0001-01-01T00:00:00Z"),
    _get(b"/live/interval?queue=sales&start=9999-12-31T23:59:59Z"),
    _get(b"/live/interval?queue=sales&start=9999-12-31T23:59:59.999Z"),
    _get(b"/live/day?queue=%ff"),
    _get(b"/live/day?queue=\xff"),
    _get(b"/api/intervals?queue=%00"),
    _get(b"/static/%00"),
    _get(b"/", b"Cookie: intervalwatch=\xff.\xff"),
    _get(b"/api/intervals", b"Authorization: Bearer \xff"),
    _get(b"/login", FORM + b"; charset=nothing", body=b"token=x"),
    _get(b"/login", FORM, body=b"token=\xff"),
    _get(b"/login", b"Content-Type: multipart/form-data; boundary=", body=b"--"),
    _get(b"/login", b"Content-Type: multipart/form-data; boundary=b", body=b"--b\r\n\r\nx"),
    _get(b"/live/acknowledge", body=b"\xff"),
    _get(b"/static/main.js", b"Range: bytes=9-1"),
    _get(b"/", b"Expect: \x80"),
]


@pytest.mark.parametrize("data", SEEN)
@pytest.mark.parametrize("server", ["open_server", "locked_server"])
def test_what_was_once_answered_with_a_traceback(server: str, data: bytes, request: pytest.FixtureRequest) -> None:
    """Bytes that are not UTF-8, odd hosts, extreme dates and bodies that are none are answered below 500."""
    request.getfixturevalue(server).bears(data)


@fuzz()
@given(data=requests())
def test_requests(open_server: Fuzzed, data: bytes) -> None:
    """A request of odd paths, parameters, headers and bodies never brings 500, a traceback or a wait of a second."""
    open_server.bears(data)


@fuzz()
@given(data=requests())
def test_requests_at_a_server_with_a_token(locked_server: Fuzzed, data: bytes) -> None:
    """The same before a login, where headers and bodies carry tokens."""
    locked_server.bears(data)


@fuzz()
@given(data=st.binary(max_size=300))
@example(data=b"\x16\x03\x01\x02\x00\x01")
@example(data=b"GET / HTTP/9.9")
@example(data=b"GET /" + b"x" * 20_000)
def test_bytes(open_server: Fuzzed, data: bytes) -> None:
    """Bytes that are no request at all are answered or cut off."""
    open_server.bears(data + b"\r\n\r\n")


@fuzz()
@given(data=requests(), kept=st.floats(0, 1))
def test_clients_that_leave(open_server: Fuzzed, data: bytes, kept: float) -> None:
    """A client that goes in the middle of its request or of the answer leaves nothing in the log."""
    open_server.records.clear()
    with socket.create_connection(("127.0.0.1", open_server.server.port), timeout=5) as client:
        client.sendall(data[: round(len(data) * kept)])
    assert open_server.answers(_get(b"/healthz")) == [200]
    assert [record.getMessage() for record in open_server.records if record.exc_info] == []

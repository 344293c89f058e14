"""How much of a worker's loop 200 browsers on 500 queues take, and how soon a browser has painted them.

A view of 500 queues in a server's own thread, as `worker` runs it; the browsers are sockets of another process. The
loop that stands for the worker's hands over the open intervals of all queues every two seconds, and 20 final ones each
second. Measured: processor time of that loop's thread, with and without browsers, of the server's thread, and how late
the loop's timer of 10 ms is. Then a headless Chromium opens 500 queues: the server's time for the first message and
its size, time on the wall from the begin of the navigation until the first figures are painted, processor time of the
page meanwhile, and time from a push to the painted page. Prints Markdown.

    python bench/bench_wallboard.py
"""

import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from load import line, table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from browser import TIMED, Wall, processor, until
from wallboard_large import LATE, Others, large_view
from wallboard_rows import AT_NOON, configuration, final, running

from dashboards.wallboard.door.connections import GATE
from dashboards.wallboard.events import EventStream
from dashboards.wallboard.server import make_app
from dashboards.wallboard.server_thread import ServerThread
from dashboards.wallboard.state import View

QUEUES = 500
BROWSERS = 200
SECONDS = 20
_TURN_SECONDS = 0.2
_LIMIT = 0.05
"""The share of a core that browsers may take from the worker's loop."""

_BROWSERS = """
import asyncio, sys
async def watch(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    writer.write(b"GET /events HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n")
    while await reader.read(1 << 18): pass
async def main(port, number):
    await asyncio.gather(*(watch(port) for _ in range(number)))
asyncio.run(main(*map(int, sys.argv[1:])))
"""


def _thread_seconds(native_id: int | None) -> float:
    """Processor time of a thread so far."""
    fields = Path(f"/proc/self/task/{native_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def _load(server: ServerThread, view: View) -> list[float]:
    """Hand rows over as a worker does; gives how late each turn of a timer was, in seconds."""
    names = [f"queue-{number:03}" for number in range(QUEUES)]
    late: list[float] = []
    each = round(QUEUES * _TURN_SECONDS / 2)

    async def look() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            late.append(time.perf_counter() - began - 0.01)

    def put(rows: list[dict[str, object]]) -> None:
        for row in rows:
            view.result(row)

    looking = asyncio.ensure_future(look())
    open_rows = {name: running(name, 8, 0.8) for name in names}
    final_rows = {name: final(name, 7, 0.7) for name in names}
    for turn in range(round(SECONDS / _TURN_SECONDS)):
        rows = [open_rows[names[(turn * each + place) % QUEUES]] for place in range(each)]
        rows += [{**final_rows[names[(turn * 4 + place) % QUEUES]], "revision": turn + 2} for place in range(4)]
        server.call(put, rows)
        await asyncio.sleep(_TURN_SECONDS)
    looking.cancel()
    return late


def measure(folder: Path, browsers: int) -> tuple[float, float, float]:
    """Shares of a core of the worker's loop and of the server, and the 99th percentile of lateness in seconds."""
    view = View(configuration(folder))
    for number in range(QUEUES):
        for interval in range(8):
            view.result(final(f"queue-{number:03}", interval, 0.8))
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON)
    server = ServerThread(app, "127.0.0.1", 0)
    server.start()
    watching = subprocess.Popen([sys.executable, "-c", _BROWSERS, str(server.port), str(browsers)])
    try:
        time.sleep(3)
        own, others, began = time.thread_time(), _thread_seconds(server.ident), time.monotonic()
        late = asyncio.run(_load(server, view))
        took = time.monotonic() - began
        if len(app[GATE]) != browsers:
            sys.exit(f"{len(app[GATE])} of {browsers} browsers are connected")
        return (
            (time.thread_time() - own) / took,
            (_thread_seconds(server.ident) - others) / took,
            statistics.quantiles(late, n=100)[98],
        )
    finally:
        watching.kill()
        watching.wait()
        server.stop()


_LOADS = 7
_PAINT_MS, _UPDATE_MS = 500, 20


def print_first_message(view: View) -> None:
    """How long the state of 500 queues takes to make and to write, and how large it is."""
    stream = EventStream(view, lambda: (True, "ok"), lambda: LATE, "Europe/Madrid", True, True)
    seconds = []
    for _ in range(_LOADS):
        begin = time.thread_time()
        body = msgspec.json.encode(stream._state())  # noqa: SLF001 - the message itself
        seconds.append(1000 * (time.thread_time() - begin))
    first, later = seconds[0], statistics.median(seconds[1:])
    print(f"\nThe first message has {len(body) / 1e6:.2f} MB and takes {first:.0f} ms; once made, {later:.0f} ms.\n")


def browser_study() -> list[str]:
    """Open 500 queues in a browser and push changes; gives what missed its limit."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - absent on a machine without browsers

    missed = []
    view = large_view()
    print_first_message(view)
    wall = Wall(view, LATE)
    table("screen", "elements", "painted, best", "median", "processor", "update", "processor")
    others, began = Others(), time.monotonic()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for first, (name, shown) in enumerate((("now", ".line"), ("day", "[role=gridcell]"), ("breaches", ".breach"))):
            context = chromium.new_context(viewport={"width": 1920, "height": 1080})
            context.add_init_script(TIMED)
            page = context.new_page()
            taken, walls, threads = processor(page), [], []
            for _ in range(_LOADS):
                page.goto("about:blank")
                before = taken()
                page.goto(f"{wall.url}/#/{name}", wait_until="commit")
                page.wait_for_selector(shown)
                until(page, "window.drawn !== undefined")
                threads.append(taken() - before)
                walls.append(page.evaluate("window.drawn"))
            page.wait_for_timeout(1000)  # the rows below the screen are drawn later
            nodes = page.evaluate("document.querySelectorAll('*').length")
            updates = (
                _updates(page, wall, taken, 2 + 10 * first) if name != "breaches" else (float("nan"), float("nan"))
            )
            context.close()
            line(
                name,
                str(nodes),
                *(f"{value:.0f} ms" for value in (min(walls), statistics.median(walls), min(threads), *updates)),
            )
            missed += [f"{name}: painted after {min(walls):.0f} ms"] if min(walls) > _PAINT_MS else []
            missed += [f"{name}: an update takes {updates[0]:.0f} ms"] if updates[0] > _UPDATE_MS else []
        chromium.close()
    share = others.seconds() / (time.monotonic() - began)
    wall.close()
    print(f"\nOther processes took {share:.0%} of a processor meanwhile.")
    return missed


def _updates(page: Any, wall: Wall, taken: Callable[[], float], first: int) -> tuple[float, float]:  # noqa: ANN401 - of Playwright
    """Time on the wall and of the processor from a push to the painted page, medians of ten; revisions from `first`."""
    page.wait_for_timeout(1500)
    page.evaluate("window.painted = []")
    threads = []
    for turn in range(10):
        row = final(
            f"queue {turn * 12:03d}", 28, 0.3 + turn / 100, revision=first + turn, status="corrected", program="p0"
        )
        before = taken()
        wall.do(lambda row=row: wall.view.result(row))
        until(page, f"window.painted.filter(([kind]) => kind === 'queues').length > {turn}")
        threads.append(taken() - before)
    walls = [took for kind, took, _ in page.evaluate("window.painted") if kind == "queues"]
    return statistics.median(walls), statistics.median(threads)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        found = {browsers: measure(Path(folder), browsers) for browsers in (0, BROWSERS)}
    table("browsers", "worker's loop", "server's thread", "loop late, p99")
    for browsers, (own, other, late) in found.items():
        line(str(browsers), f"{100 * own:.1f} %", f"{100 * other:.1f} %", f"{1000 * late:.1f} ms")
    more = found[BROWSERS][0] - found[0][0]
    print(f"\nBrowsers take {100 * more:.1f} % of a core from the worker's loop; the limit is {100 * _LIMIT:g} %.")
    missed = browser_study()
    print("\nMissed:", "; ".join(missed) or "none")
    if more > _LIMIT or missed:
        sys.exit(1)


if __name__ == "__main__":
    main()

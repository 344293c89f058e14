"""Pictures of every screen for the documentation, at four widths, in both themes and both languages.

`PYTHONPATH=. .venv/bin/python tests/support/wallboard_pictures.py docs/pictures` makes them anew, of the same simulated
afternoon; needs Chromium, and fonts-wqy-microhei or another Chinese font. Somebody has to look at them afterwards.
"""

import base64
import random
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any, Final

import numpy as np
from browser import Wall
from playwright.sync_api import sync_playwright
from wallboard_ahead import ahead
from wallboard_centre import NOW, configuration, day_of_centre, feed
from wallboard_rows import AT_NOON, breach, evaluation, final, running, written

from dashboards.wallboard.state import View
from streams.history.store import Store

__all__ = ["PICTURES", "centre", "large", "small_png"]

SIZES: Final = {1920: 1080, 1366: 768, 820: 1180, 390: 844}
_DARK, _LIGHT = ("dark", "en"), ("light", "zh")
_BOTH: Final = (_DARK, _LIGHT, ("dark", "zh"), ("light", "en"))
_VIEWS: Final = {
    "now": "now",
    "day": "day",
    "week": "day?scale=week",
    "month": "day?scale=month",
    "breaches": "breaches",
    "queue": "queue/cards",
    "interval": "interval/cards/2026-03-03T14%3A30%3A00Z",
    "quality": "quality",
    "rest": "queue/cards",
}
_GROUPS: Final = "groups"
_ADDRESSES: Final = {**_VIEWS, _GROUPS: "now?by=program"}
_CHARTS: Final = {"queue", "rest", "interval", "quality"}
_EVERYWHERE: Final = {"now", "day", "breaches", "queue"}
PICTURES: Final = (
    tuple(
        (name, width, *_BOTH[(place + at + at // 2 * (name not in _EVERYWHERE)) % 4])
        for place, name in enumerate(_VIEWS)
        for at, width in enumerate(SIZES)
        if name in _EVERYWHERE or at % 2 == place % 2
    )
    + tuple(("now", width, *_BOTH[at ^ 1]) for at, width in enumerate(SIZES))
    + ((_GROUPS, 1920, *_DARK),)
)
"""View, width, theme and language of each picture."""
LARGE: Final = (("large", 1920, *_DARK), ("large", 820, *_LIGHT))
"""Pictures of 500 queues."""
_COLOURS: Final = 255
_COMMON: Final = 60
_DAY: Final = 48
LAST: Final = "2026-03-02T11:30:00Z"
_READ: Final = """async (png) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const bytes = canvas.getImageData(0, 0, image.width, image.height).data;
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return [image.width, image.height, btoa(text)];
}"""
_READY: Final = ".queue, .line, .map-row, .breach, .chart .main-svg, .quality .chart .main-svg"


@contextmanager
def centre() -> Iterator[Wall]:
    """The simulated centre at 16:10 with its incidents, and three weeks before it made by hand."""
    view, dice = View(configuration()), random.Random(20)
    rows: dict[str, list[dict[str, Any]]] = {}
    programs = {queue: program for program, queue in configuration().configured_queues()}
    for queue, program in programs.items():
        good = dice.uniform(0.78, 0.88)
        for day in range(-21, 1):  # from `final`'s Monday, 2 March
            if (day % 7) < 5:
                level = good - (0.25 if dice.random() < 0.15 else 0.0)
                own = [
                    final(queue, day * _DAY + n, min(1, level + dice.gauss(0, 0.05)), program=program)
                    for n in range(16)
                ]
                rows.setdefault(queue, []).extend(own)
    for published in day_of_centre():
        if published.kind == "result":
            rows[published.row["queue"]].append(published.row)
    with tempfile.TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/history.db") as store:
        for own in rows.values():
            store.write_results([written(row, place) for place, row in enumerate(own)])
        store.write_breaches([p.row for p in day_of_centre() if p.kind == "breach"])
        store.write_evaluations([evaluation(n, passed=n >= 9, agent=f"a{n % 7}") for n in range(100)])
        for published in day_of_centre():
            feed(view, published)
        wall = Wall(view, NOW, store)
        yield wall
        wall.close()


@contextmanager
def large() -> Iterator[Wall]:
    """500 queues in twelve programs, a twentieth of them in trouble."""
    view = View(configuration())
    for queue in range(500):
        name, program = f"queue {queue:03d}", {"program": f"client {queue % 12:02d}"}
        for number in range(8):
            level = (
                0.3 + queue % 9 / 20 if queue % 20 == 0 and number > 3 else 0.76 + (queue * 7 + number * 3) % 14 / 100
            )
            view.result(final(name, number, level, **program))
        view.result(running(name, 8, 0.5 if queue % 20 == 0 else 0.8, **program))
        view.outlooks.put(ahead(name, {"15:30": 5.0 + queue % 3} if queue % 20 < 2 else 12.0, **program))
        if queue % 20 == 0:
            view.breach(breach(name, severity="critical" if queue % 40 else "warning", interval_start=LAST, **program))
    wall = Wall(view, AT_NOON + 300_000)
    yield wall
    wall.close()


def small_png(pixels: Any) -> bytes:
    """Pixels (height, width, red-green-blue) as a PNG of a palette: a screen has few colours, and is small so."""
    height, width, _ = pixels.shape
    codes = (pixels.astype(np.int64) >> 2) @ np.array([1 << 12, 1 << 6, 1])
    found, counts = np.unique(codes, return_counts=True)
    every = _colours(found)
    away = np.full(len(every), np.inf)
    nearest, kept = np.zeros(len(every), dtype=np.uint8), []
    while len(kept) < min(_COLOURS, len(every)):
        # The commonest colours first; then those that are farthest from all that are kept.
        chosen = int((counts if len(kept) < _COMMON else away * np.sqrt(counts)).argmax())
        distance = ((every - every[chosen]) ** 2).sum(axis=1)
        nearest[distance < away] = len(kept)
        away = np.minimum(away, distance)
        counts = np.where(away == 0, 0, counts)
        kept.append(chosen)
    palette = every[kept]
    indices = nearest[np.searchsorted(found, codes)]
    raw = b"".join(b"\0" + row.tobytes() for row in indices)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = {b"IHDR": head, b"PLTE": palette.astype(np.uint8).tobytes(), b"IDAT": zlib.compress(raw, 9), b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in body.items()
    )


def _colours(codes: Any) -> Any:
    return np.stack([(codes >> shift & 63) << 2 | 2 for shift in (12, 6, 0)], axis=1)


def _pixels(browser: Any, png: bytes) -> Any:
    """The pixels of a PNG, which the browser reads."""
    page = browser.new_page()
    width, height, text = page.evaluate(_READ, base64.b64encode(png).decode())
    page.close()
    return np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(height, width, 4)[:, :, :3]


def main(folder: Path, *wanted: str) -> None:
    """Take all pictures, or those whose names begin with one of `wanted`."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for make, pictures in ((centre, PICTURES), (large, LARGE)):
            with make() as wall:
                for name, width, theme, language in pictures:
                    if wanted and not f"{name}-{width}-{theme}-{language}".startswith(wanted):
                        continue
                    page = browser.new_page(viewport={"width": width, "height": SIZES[width]})
                    page.goto(f"{wall.url}/?theme={theme}&lang={language}#/{_ADDRESSES.get(name, 'now')}")
                    page.wait_for_selector(".chart .main-svg" if name in _CHARTS else _READY)
                    page.wait_for_timeout(3000)
                    if name == "rest":
                        page.wait_for_selector("#help li, #help p")
                        page.evaluate("scrollBy(0, document.getElementById('rest').getBoundingClientRect().top - 70)")
                        page.wait_for_timeout(500)
                    target = folder / f"{name}-{width}-{theme}-{language}.png"
                    target.write_bytes(small_png(_pixels(browser, page.screenshot())))
                    page.close()
                    print(target, target.stat().st_size)  # noqa: T201 - a script
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

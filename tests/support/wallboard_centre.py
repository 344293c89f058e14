"""A simulated centre's hours through the real engine, for tests of the screens: rows as a worker publishes them."""

import functools
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import BreachEvent, Result
from config.settings import Configuration, load
from config.timestamps import from_rfc3339
from dashboards.wallboard.state import View
from streams.simulation.simulator import CentreSpec, demo_centre, stream

__all__ = ["NOW", "Published", "configuration", "day_of_centre", "feed", "publish", "view_at_now"]

NOW = from_rfc3339("2026-03-03T16:10:00+01:00")
"""A Tuesday afternoon, with every queue of the demo open."""
_HOUR_MS = 3_600_000
_SECOND_MS = 1_000


@dataclass(frozen=True)
class Published:
    """A row on its way to a screen."""

    kind: str
    """result, breach, provisional or ahead."""
    at_ms: int
    row: Any
    """A mapping; of ahead, the inputs of a projection."""
    position: int | None = None


@functools.cache
def configuration() -> Configuration:
    """The demo's."""
    return load([Path(__file__).resolve().parents[2] / "config" / "monitor.yaml"])


def centre() -> CentreSpec:
    """The demo's centre with its incidents around `NOW`."""
    last = configuration().last
    return demo_centre([last.queue(queue) for _, queue in configuration().configured_queues()], NOW)


def publish(
    start_ms: int, end_ms: int, every_ms: int = 60 * _SECOND_MS, spec: CentreSpec | None = None
) -> Iterator[Published]:
    """The records that a worker publishes while the centre's records of [start_ms, end_ms) come in.

    Args:
        start_ms: milliseconds since 1970.
        end_ms: as well.
        every_ms: how often an open interval and the rest of the day are published.
        spec: another centre than the demo's, of its queues.
    """
    engines: dict[str, QueueEngine] = {}
    due: list[int] = [start_ms + every_ms]
    for offset, (at_ms, queue, record) in enumerate(stream(spec or centre(), start_ms, end_ms, seed=7)):
        while due[0] <= at_ms:
            yield from _open_intervals(engines, due[0])
            heapq.heapreplace(due, due[0] + every_ms)
        engine = engines.get(queue)
        if engine is None:
            engine = engines[queue] = QueueEngine(configuration().queue(queue), {})
        yield from _outputs(engine.apply([record], "call-data/0", offset, at_ms), at_ms)
    yield from _open_intervals(engines, end_ms)


def _open_intervals(engines: dict[str, QueueEngine], at_ms: int) -> Iterator[Published]:
    for engine in engines.values():
        yield from _outputs(engine.tick(at_ms), at_ms)
        result = engine.provisional()
        if result is not None:
            yield Published("provisional", at_ms, result.row())
            yield from _outputs(engine.notices(result), at_ms)
        inputs = engine.view.outlook(at_ms)
        if inputs is not None:
            yield Published("ahead", at_ms, inputs)


def _outputs(outputs: list[Any], at_ms: int) -> Iterator[Published]:
    for output in outputs:
        if isinstance(output, Result):
            yield Published("result", at_ms, output.row, output.position)
        elif isinstance(output, BreachEvent):
            yield Published("breach", at_ms, output.row)


@functools.cache
def day_of_centre(hours: int = 9) -> tuple[Published, ...]:
    """The records that were published in the last hours before `NOW`."""
    return tuple(publish(NOW - hours * _HOUR_MS, NOW, 300 * _SECOND_MS))


def feed(view: View, published: Published) -> None:
    """Put a row on the screens."""
    if published.kind == "breach":
        view.breach(published.row)
    elif published.kind == "ahead":
        view.outlooks.put(published.row)
    else:
        view.result(published.row)


def view_at_now(hours: int = 9) -> View:
    """The screens at `NOW`."""
    view = View(configuration())
    for published in day_of_centre(hours):
        feed(view, published)
    return view

"""The clock in the topic: which ticks are written, and what they bear."""

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from agents.live.clock import SimulatedClock, WallClock
from agents.live.ticker import Ticker

NOW_MS = 1_772_438_400_000


class Clock(WallClock):
    """A clock that stands still."""

    def now_ms(self) -> int:
        """The moment."""
        return NOW_MS


class Held:
    """Stands in for a worker around its ticker: one partition, read to its end, always with something due."""

    def __init__(self, ahead_ms: int, clock: Any = None) -> None:
        self.sent: list[tuple[dict[str, Any], int | None]] = []
        self.ahead_ms = ahead_ms
        app = SimpleNamespace(should_stop=False)

        async def true(*_: Any) -> bool:
            return True

        async def produce(messages: list[Any], stamp_ms: int | None) -> list[Any]:
            self.sent.append((msgspec.json.decode(messages[0][3]), stamp_ms))
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            offset = len(self.sent)
            answer.set_result(SimpleNamespace(offset=offset, timestamp=NOW_MS - self.ahead_ms, timestamp_type=1))
            return [answer]

        progress = SimpleNamespace(
            consumer=SimpleNamespace(highwaters=true), next_offset=lambda _: len(self.sent) + 1, is_at_end=true
        )
        partitions: Any = SimpleNamespace(due=lambda *_: True)
        flusher: Any = SimpleNamespace(produce=produce)
        assignment: Any = SimpleNamespace(recovering=False, held={0})
        ticker = Ticker(app, "call-data", clock or Clock(), partitions, progress, flusher, "host-7/ab")  # type: ignore[arg-type]  # stand-ins
        self.task = asyncio.ensure_future(ticker.tick_often(assignment))

    async def ticks(self, seconds: float = 0.2) -> int:
        """How many ticks were written meanwhile."""
        await asyncio.sleep(seconds)
        self.task.cancel()
        return len(self.sent)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.live.ticker._TICK_SECONDS", 0.01)


async def test_a_tick_bears_the_worker_that_wrote_it() -> None:
    """So that a clock that is wrong can be found."""
    held = Held(0)
    assert await held.ticks() > 2
    assert held.sent[0] == ({"type": "tick", "at": "2026-03-02T08:00:00Z", "worker": "host-7/ab"}, None)


async def test_a_worker_whose_clock_is_ahead_stops_ticking(caplog: pytest.LogCaptureFixture) -> None:
    """One tick, which all will refuse, shows it: the worker says so, and writes no more for a minute."""
    held = Held(10 * 86_400_000)
    assert await held.ticks() == 1
    assert "the clock of this machine is 864000 s ahead of the broker's" in caplog.text


async def test_a_broker_that_tells_no_time_stops_no_ticks(caplog: pytest.LogCaptureFixture) -> None:
    """The embedded broker answers with the time 1,234 ms of 1970: that is no clock, and ticks go on."""
    held = Held(NOW_MS - 1_234)
    assert await held.ticks() > 2
    assert not caplog.text


async def test_ticks_of_a_simulated_clock_are_stamped_with_it() -> None:
    """On a broker that keeps producers' times, the clock of the demo is the time of append, too."""
    held = Held(0, SimulatedClock(NOW_MS, 60.0, stamped=True))
    assert await held.ticks() >= 1
    stamp = held.sent[0][1]
    assert stamp is not None
    assert NOW_MS <= stamp < NOW_MS + 60_000

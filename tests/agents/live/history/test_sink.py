"""The history sink of a worker: history is kept as long as the configuration says."""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from history_rows import a_day

from agents.intervals.counters import RecordCounters
from agents.live.clock import Clock
from agents.live.faust_patches.batch_consumer import _LogSlice
from agents.live.history.rebuild import write_rows
from agents.live.history.sink import HistorySink
from agents.live.metrics.families import HISTORY_ERRORS, HISTORY_LAG, HISTORY_WAITING
from agents.live.metrics.readings import ProcessReading
from config.errors import UserError
from config.timestamps import from_rfc3339
from streams.history.groups.rows import GroupKeeper
from streams.history.marks import read_marks
from streams.history.query import Filters
from streams.history.store import Store
from streams.own_messages import Unreadable


class StoppedClock(Clock):
    """It is noon on 4 March 2026."""

    def now_ms(self) -> int:
        """The moment."""
        return from_rfc3339("2026-03-04T12:00:00Z")


@pytest.mark.parametrize(("days", "left"), [(2, 8), (None, 26)])
async def test_results_older_than_retention_are_removed(tmp_path: Path, days: int | None, left: int) -> None:
    """With two days, what began before noon of 2 March goes when a worker starts; without a limit, nothing.

    Two queues have twelve half hours from 08:00 on: four of each begin at noon or later, uncorrected.
    """
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        store.write_results(a_day())
        sink = HistorySink(store, StoppedClock(), days)
        task = asyncio.ensure_future(sink.retain_daily())
        async with asyncio.timeout(10):
            while not task.done() and sum(map(len, store.results(Filters()))) != left:  # noqa: ASYNC110 - a database tells nobody
                await asyncio.sleep(0.01)
        task.cancel()
        rows = [row for batch in store.results(Filters()) for row in batch]
        assert len(rows) == left
        assert days is None or min(row["interval_start"] for row in rows) >= "2026-03-02T12:00:00Z"


def event_of(topic: str, values: Sequence[bytes | None], first: int = 0, done: Callable[[], object] = int) -> Any:
    """Messages of partition 1 from an offset on, as the consumer hands them over; `done` is called at the end."""
    full = f"iw-{topic}"
    messages = [
        SimpleNamespace(topic=full, partition=1, offset=offset, value=value)
        for offset, value in enumerate(values, first)
    ]
    fetch = _LogSlice(messages, first, first + len(messages))
    return SimpleNamespace(message=SimpleNamespace(messages=fetch, topic=full, partition=1, acked=False), ack=done)


async def test_bad_messages_cost_history_none_of_the_good_ones(tmp_path: Path) -> None:
    """Null, junk and a wrong shape beside results: results are kept, the rest are dead letters, all is acknowledged."""
    acknowledged: list[str] = []

    def event(topic: str, *values: bytes | None) -> Any:
        return event_of(topic, values, done=lambda: acknowledged.append(topic))

    places: dict[str, int] = {}
    rows = []
    for row in a_day():
        places[row["queue"]] = places.get(row["queue"], -1) + 1
        rows.append(msgspec.json.encode({**row, "position": places[row["queue"]]}))
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        unreadable = Unreadable()
        sink = HistorySink(store, StoppedClock(), None, unreadable)
        bad = (None, b"", b"junk\xff", b"[]", b'{"queue": 1}')
        sink._events = [("interval-results", event("interval-results", *bad, *rows, *bad))]
        for topic in ("breaches", "dead-letters", "evaluations", "program-days"):
            sink._events.append((topic, event(topic, *bad)))
        await sink.flush()
        kept = [row for batch in store.results(Filters()) for row in batch]
        with store.reading() as reader:
            letters = [row for batch in reader.dead_letters() for row in batch]
    assert len(kept) == len(rows)
    assert len(letters) == 10 + 4 * 5
    assert unreadable.messages == {"interval-results": 10} | dict.fromkeys(
        ("breaches", "dead-letters", "evaluations", "program-days"), 5
    )
    assert len(acknowledged) == 5


@pytest.mark.parametrize(
    ("topic", "value"),
    [
        ("dead-letters", b'{"topic":"t","partition":1,"offset":7,"index":0,"reason":"x","value":null}'),
        ("dead-letters", b'{"topic":"t","partition":1,"offset":7,"index":null,"reason":"x","value":"{}"}'),
        (
            "program-days",
            (
                b'{"program":"retail","queue":"sales","day":"2026-03-02","next_day":"2026-03-03","timezone":"UTC",'
                b'"interval_start_ms":1772438400000,"interval_ms":1800000}'
            ),
        ),
    ],
)
async def test_a_message_that_leaves_out_what_it_may_is_kept(tmp_path: Path, topic: str, value: bytes) -> None:
    """A dead letter without a value and a day without handled contacts are rows, and stop no worker."""
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        sink = HistorySink(store, StoppedClock(), None)
        sink._events = [(topic, event_of(topic, [value]))]
        await sink.flush()
        with store.reading() as reader:
            letters = [row["topic"] for batch in reader.dead_letters() for row in batch]
            days = [row["day"] for row in reader.program_days(Filters())]
    assert (letters, days) == ((["t"], []) if topic == "dead-letters" else ([], ["2026-03-02"]))


async def test_history_holds_how_far_each_topic_has_been_written(tmp_path: Path) -> None:
    """The mark follows the messages, stays before a hole, and goes on behind it once the hole is filled."""
    place = ("iw-breaches", 1)
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        sink = HistorySink(store, StoppedClock(), None)
        for first, values, mark, is_to_fill in (
            (0, [b"a", b"b"], 1, False),
            (2, [b"c"], 2, False),
            (9, [b"d"], 2, True),
            (10, [b"e"], 2, True),
        ):
            sink._events = [("breaches", event_of("breaches", values, first))]
            await sink.flush()
            with store.reading() as reader:
                assert (read_marks(reader), sink.is_to_fill) == ({place: mark}, is_to_fill)
        await sink.fill(dict, lambda filled: filled.advance_marks({place: (0, 9)}))
        sink._events = [("breaches", event_of("breaches", [b"f"], 11))]
        await sink.flush()
        with store.reading() as reader:
            assert (read_marks(reader), sink.is_to_fill) == ({place: 11}, False)


async def test_rows_and_mark_are_in_one_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that is replaced between two topics of one write gets the rows of both before its mark says so."""
    monkeypatch.setattr("agents.live.history.sink._RETRY_SECONDS", 0.01)
    file = tmp_path / "history.db"
    with Store(f"sqlite:///{file}") as store:
        sink = HistorySink(store, StoppedClock(), None)
        letters = [b'{"topic":"t","partition":1,"offset":7,"index":0,"reason":"x","value":null}']
        results = [msgspec.json.encode({**row, "position": at}) for at, row in enumerate(a_day()[:1])]
        sink._events = [
            ("interval-results", event_of("interval-results", results)),
            ("dead-letters", event_of("dead-letters", letters)),
        ]
        write, copy = store.write_dead_letters, tmp_path / "copy.db"
        store.close()
        shutil.copy(file, copy)

        def replaced(_: Sequence[Mapping[str, Any]]) -> int:
            monkeypatch.setattr(store, "write_dead_letters", write)
            store.close()
            copy.rename(file)
            raise UserError("the file was replaced")

        monkeypatch.setattr(store, "write_dead_letters", replaced)
        await sink.flush()
        assert sum(map(len, store.results(Filters()))) == 1
        with store.reading() as reader:
            assert len([row for batch in reader.dead_letters() for row in batch]) == 1
            assert read_marks(reader) == {("iw-interval-results", 1): 0, ("iw-dead-letters", 1): 0}


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.01)


async def test_a_history_that_is_deleted_is_noticed(tmp_path: Path) -> None:
    """The sink says why history stands still while the file is gone, and goes on when one is there again."""
    file = tmp_path / "history.db"
    with Store(f"sqlite:///{file}") as store:
        store.write_results(a_day())
        store.close()
        sink = HistorySink(store, StoppedClock(), None)
        task = asyncio.ensure_future(sink.flush_often())
        copy = file.read_bytes()
        file.unlink()
        await until(lambda: "the file is gone" in sink.reason)
        assert sink.errors
        assert not file.exists()
        file.write_bytes(copy)
        await until(lambda: not sink.trouble)
        task.cancel()
        assert store.heads()["sales"][0] == 14


async def test_another_history_in_its_place_is_begun(tmp_path: Path) -> None:
    """A file that takes the place of one that was deleted gets what every history holds, such as its parameters."""
    file = tmp_path / "history.db"
    url = f"sqlite:///{file}"
    begun: list[Store] = []
    with Store(url) as store:
        store.close()
        sink = HistorySink(store, StoppedClock(), None, begin=begun.append)
        task = asyncio.ensure_future(sink.flush_often())
        file.unlink()
        await until(lambda: "the file is gone" in sink.reason)
        assert not begun
        Store(url).close()
        await until(lambda: not sink.trouble)
        task.cancel()
    assert begun == [store]


async def test_a_locked_history_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages wait, the write fails with a reason, and both are read by the metrics; nothing is lost."""
    monkeypatch.setattr("agents.live.history.sink._RETRY_SECONDS", 0.01)
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        sink = HistorySink(store, StoppedClock(), None)
        refused = UserError("history x: database is locked")
        write, answers = store.write_results, [refused, refused]

        def busy(rows: Sequence[Mapping[str, Any]], groups: GroupKeeper | None = None) -> int:
            if answers:
                raise answers.pop()
            return write(rows, groups)

        monkeypatch.setattr(store, "write_results", busy)
        await sink._write(lambda: write_rows(store, "interval-results", a_day()))
        assert (sink.errors, sink.trouble, store.heads()["sales"][0]) == (2, "", 14)
        page = metrics_of(sink)
    assert "intervalwatch_history_errors_total 2" in page
    assert "intervalwatch_history_lag_messages 0" in page
    assert "intervalwatch_history_lag_seconds 0" in page


def metrics_of(sink: HistorySink) -> str:
    """The families of history, as the metrics read them of a sink."""
    reading = ProcessReading(RecordCounters(), "call-data", False, sink)
    return "\n".join(f"{each.name} {each.read(reading):g}" for each in (HISTORY_LAG, HISTORY_WAITING, HISTORY_ERRORS))

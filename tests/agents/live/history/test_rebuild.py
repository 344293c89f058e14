"""A history filled again from the topics, by the command and by a worker that finds it short."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from confluent_kafka import Consumer, Producer, TopicPartition
from history_rows import PARAMETERS, a_day
from report_rows import breach

from agents.live.clock import WallClock
from agents.live.history.rebuild import HISTORY_TOPICS, rebuild, unread, write_rows
from agents.live.history.sink import HistorySink
from config.errors import UserError
from intervalwatch.commands.history import history
from streams.history.query import Filters
from streams.history.store import Store
from streams.kafka.broker import EmbeddedBroker
from streams.topics import TOPIC_DEAD_LETTERS, TOPIC_RESULTS, TopicNames


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """A broker whose topics hold a day's results, a breach, and a message that is none."""
    with EmbeddedBroker() as embedded:
        producer = Producer({"bootstrap.servers": embedded.url.removeprefix("kafka://")})
        for topic in HISTORY_TOPICS:
            producer.produce(topic, value=b"not JSON", key=b"x")
        for row in a_day():
            producer.produce("interval-results", value=json.dumps(row), key=row["queue"])
        producer.produce("breaches", value=json.dumps(breach("b", 1, "opened", "2026-03-02T08:00:00Z")), key="sales")
        producer.flush(30)
        yield embedded.url


def test_a_new_history_is_filled_by_the_command(broker: str, tmp_path: Path) -> None:
    """Every result and breach that the topics hold is in it afterwards; a second time, nothing is new."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    for results, breaches in ((26, 1), (0, 0)):
        run = CliRunner().invoke(history, ["rebuild", "--history", url, "--broker", broker])
        assert run.exit_code == 0, run.output
        assert f"{results} of interval-results, {breaches} of breaches" in run.output
    with Store(url) as store:
        assert store.heads() == {row["queue"]: (row["position"] + 1, row["hash"]) for row in a_day()}


def test_the_command_keeps_the_parameters_that_results_name(broker: str, tmp_path: Path) -> None:
    """With the configuration, a new history holds its versions, and can be verified."""
    config, url = tmp_path / "monitor.yaml", f"sqlite:///{tmp_path / 'new.db'}"
    config.write_text("parameters: {version: w10, from: 2026-01-01T00:00:00Z}\n", encoding="utf-8")
    run = CliRunner().invoke(history, ["rebuild", "--config", str(config), "--history", url, "--broker", broker])
    assert run.exit_code == 0, run.output
    with Store(url) as store, store.reading() as reader:
        assert [kept.version for kept in reader.parameters()] == ["w10"]


async def test_a_worker_fills_a_history_that_lacks_results(
    broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history from a backup, shorter than what its queues published, is filled when the worker begins."""
    monkeypatch.setattr("agents.live.history.sink._SETTLE_SECONDS", 0.01)
    heads = {row["queue"]: row["position"] + 1 for row in a_day()}
    filled = []
    with Store(f"sqlite:///{tmp_path / 'backup.db'}") as store:
        store.write_results(a_day()[:9])
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        sink = HistorySink(store, WallClock(), None)
        assert sink.behind(heads) == ["+34 soporte", "sales"]
        for _ in range(2):
            await sink.fill(
                lambda: heads,
                lambda short: filled.append(rebuild(short, broker, TopicNames(), {}, 0)),
            )
        assert sink.behind(heads) == []
    assert [new["interval-results"] for new in filled] == [26 - 9]


def test_what_was_acknowledged_and_is_not_there_is_seen(broker: str, tmp_path: Path) -> None:
    """A backup that holds every result, and not the dead letters that were acknowledged after it, is to be filled."""
    names = TopicNames("", 1)
    with Store(f"sqlite:///{tmp_path / 'backup.db'}") as store:
        assert not unread(store, broker, names, {})
        client = Consumer({"bootstrap.servers": broker.removeprefix("kafka://"), "group.id": names.group})
        there = client.list_topics(timeout=10).topics[TOPIC_RESULTS].partitions
        ends = {
            place: client.get_watermark_offsets(TopicPartition(*place), timeout=10)[1]
            for topic in (TOPIC_RESULTS, TOPIC_DEAD_LETTERS)
            for place in ((topic, partition) for partition in there)
        }
        committed = [TopicPartition(*place, end) for place, end in ends.items() if end]
        client.commit(offsets=committed, asynchronous=False)
        client.close()
        assert unread(store, broker, names, {})
        results = {place: (0, end - 1) for place, end in ends.items() if end and place[0] == TOPIC_RESULTS}
        assert store.advance_marks(results) == set()
        assert unread(store, broker, names, {})
        rebuild(store, broker, names, {}, 0)
        assert not unread(store, broker, names, {})


async def test_a_hole_in_a_history_is_seen_and_filled(
    broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history from a backup that was written on before it was filled lacks results in its middle: they come too."""
    monkeypatch.setattr("agents.live.history.sink._SETTLE_SECONDS", 0.01)
    heads = {row["queue"]: row["position"] + 1 for row in a_day()}
    with Store(f"sqlite:///{tmp_path / 'backup.db'}") as store:
        store.write_results([*a_day()[:2], *a_day()[-2:]])
        sink = HistorySink(store, WallClock(), None)
        assert sink.behind(heads) == sorted(heads)
        await sink.fill(lambda: heads, lambda short: rebuild(short, broker, TopicNames(), {}, 0))
        assert sink.behind(heads) == []


async def test_a_history_that_takes_another_s_place_is_to_be_filled(tmp_path: Path) -> None:
    """Restored while a worker writes, a history is marked as one that may lack results, until it is looked at."""
    file = tmp_path / "history.db"
    with Store(f"sqlite:///{file}") as store:
        sink = HistorySink(store, WallClock(), None)
        file.unlink()
        await sink._watch()
        assert sink.trouble
        with Store(f"sqlite:///{file}"):
            pass
        # The first look says that it is another one, the second begins it.
        await sink._watch()
        await sink._watch()
        assert sink.trouble == ""
        assert sink.is_to_fill
        filled: list[Store] = []
        await sink.fill(dict, filled.append)
        assert filled == [store]
        assert not sink.is_to_fill


@pytest.mark.parametrize("written", range(1, 8))
async def test_a_filling_that_is_cut_short_is_seen_and_done_again(
    written: int, broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies after any write of a filling leaves a history that the next one fills to the end."""
    monkeypatch.setattr("agents.live.history.sink._SETTLE_SECONDS", 0.01)
    heads = {row["queue"]: row["position"] + 1 for row in a_day()}
    writes = iter([True] * written)

    def dies(store: Store, topic: str, rows: Sequence[dict[str, Any]]) -> int:
        if not next(writes, False):
            raise KeyboardInterrupt
        return write_rows(store, topic, rows)

    with Store(f"sqlite:///{tmp_path / 'new.db'}") as store:
        monkeypatch.setattr("agents.live.history.rebuild.write_rows", dies)
        with contextlib.suppress(KeyboardInterrupt):
            rebuild(store, broker, TopicNames(), {}, 0)
        monkeypatch.undo()
        monkeypatch.setattr("agents.live.history.sink._SETTLE_SECONDS", 0.01)
        sink = HistorySink(store, WallClock(), None)
        await sink.fill(lambda: heads, lambda short: rebuild(short, broker, TopicNames(), {}, 0))
        with store.reading() as reader:
            letters = [row for batch in reader.dead_letters() for row in batch]
            breaches = [row for batch in reader.breaches(Filters()) for row in batch]
        assert (len(letters), len(breaches)) == (len(HISTORY_TOPICS), 1)
        assert sink.behind(heads) == []


async def test_a_filling_that_fails_is_tried_again(tmp_path: Path) -> None:
    """Where the broker does not answer, the history stays marked as one that is to be filled."""

    def fails(_: Store) -> None:
        raise UserError("no broker answers")

    with Store(f"sqlite:///{tmp_path / 'new.db'}") as store:
        sink = HistorySink(store, WallClock(), None)
        await sink.fill(dict, fails, lambda _: True)
        assert sink.is_to_fill
        assert sink.trouble == "no broker answers"

"""Replay as a function: what is refused is kept with the moment it was read, which retention goes by."""

from pathlib import Path

from sqlalchemy import create_engine, text

from agents.replay import replay
from config.settings import load
from streams.history.store import Store
from streams.instants import from_rfc3339
from streams.sources.feed import parse_inputs, read_feed

CONFIGURATION = """
site: {timezone: UTC}
sources:
  calls:
    format: csv
    record: contact
    columns: {contact_id: id, queue: queue, offered_at: {columns: [offered], format: "%Y-%m-%d %H:%M:%S"}, outcome: how,
              wait_seconds: wait}
"""
NOW = "2026-03-05T12:00:00Z"


def test_a_dead_letter_says_when_it_was_read(tmp_path: Path) -> None:
    """By the clock that is passed in; so history that is kept for a day forgets it a day later, and not sooner."""
    config, calls = tmp_path / "monitor.yaml", tmp_path / "calls.csv"
    config.write_text(CONFIGURATION)
    calls.write_text("id,queue,offered,how,wait\n1,sales,2026-03-02 09:00:00,answered,5\n2,sales,noon,answered,5\n")
    configuration = load([config])
    url = f"sqlite:///{tmp_path / 'history.db'}"
    with Store(url) as store:
        now_ms = from_rfc3339(NOW)
        feed = read_feed(configuration, parse_inputs(configuration, (f"calls={calls}",)), now_ms, lambda _: None)
        summary = replay(configuration, feed, store, now_ms)
        assert (summary.records_accepted, summary.records_dead_lettered) == (1, 1)
        with create_engine(url).connect() as connection:
            assert connection.execute(text("SELECT recorded_at FROM dead_letters")).scalars().all() == [now_ms]
        assert store.retain(NOW).dead_letters == 0
        assert store.retain("2026-03-05T12:00:00.001Z").dead_letters == 1

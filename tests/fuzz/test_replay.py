"""Whole runs: every row of every file is filtered, accepted, a duplicate or a dead letter, and history is sound."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Final

from fuzzing import fuzz, soon
from hypothesis import given
from hypothesis import strategies as st

from agents.replay import replay
from config.settings import load
from streams.audit.verify import Summary as Verified
from streams.audit.verify import verify_history
from streams.history.query import Filters
from streams.history.store import Store
from streams.sources.merge import parse_inputs, read_feed

NOW: Final = 1_772_481_600_000  # 2026-03-02T20:00:00Z
CONFIGURATION: Final = """
site: {timezone: Europe/Madrid, interval_minutes: 30}
sources:
  calls:
    format: csv
    record: contact
    where_not: {queue: [internal]}
    columns: {contact_id: id, queue: queue, offered_at: at, outcome: outcome, exited_at: exit, talk_seconds: talk}
  totals:
    format: csv
    record: interval
    columns: {queue: queue, interval_start: start, offered: offered, answered: answered, as_of: as_of}
"""
ODD: Final = st.sampled_from(
    ["", "x", "1e308", "-1", '"', "1970-01-01T00:00:00Z", "2026-03-03T00:00:00Z", "y" * 300, "\ufeff"]
)
QUEUES: Final = st.sampled_from(["a", "a", "b", "internal"])
INSTANTS: Final = st.integers(0, 240).map(lambda minute: f"2026-03-02T{10 + minute // 60}:{minute % 60:02}:00Z")
OUTCOMES: Final = st.sampled_from(["answered", "abandoned", "overflowed", ""])
CALLS: Final = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2", "c3", "c4"]) | ODD,
        QUEUES | ODD,
        INSTANTS | ODD,
        OUTCOMES | ODD,
        INSTANTS | ODD,
        st.integers(0, 4000).map(str) | ODD,
    ),
    max_size=25,
)
TOTALS: Final = st.lists(
    st.tuples(QUEUES | ODD, INSTANTS | ODD, st.integers(-1, 9).map(str), st.integers(-1, 9).map(str), INSTANTS | ODD),
    max_size=10,
)


def text(header: str, rows: list[tuple[str, ...]]) -> str:
    """A file as the csv module writes it."""
    out = io.StringIO()
    csv.writer(out).writerows([header.split(","), *rows])
    return out.getvalue()


@fuzz(0.2)
@given(CALLS, TOTALS, st.booleans())
def test_every_row_of_a_run_is_accounted_for(
    calls: list[tuple[str, ...]], totals: list[tuple[str, ...]], as_arrived: bool
) -> None:
    """The summary adds up, the dead letters stand in history, and its chains are sound."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "m.yaml").write_text(CONFIGURATION, encoding="utf-8")
        (place / "calls.csv").write_text(text("id,queue,at,outcome,exit,talk", calls), encoding="utf-8")
        (place / "totals.csv").write_text(text("queue,start,offered,answered,as_of", totals), encoding="utf-8")
        configuration = load([place / "m.yaml"])
        inputs = parse_inputs(configuration, [f"calls={place / 'calls.csv'}", f"totals={place / 'totals.csv'}"])
        with Store(f"sqlite:///{place / 'history.db'}") as store:
            with soon():
                feed = read_feed(configuration, inputs, NOW)
                summary = replay(configuration, feed, store, NOW, as_arrived=as_arrived)
            assert summary.records_read == sum(1 for row in [*calls, *totals] if row)
            assert summary.records_read == (
                summary.records_filtered
                + summary.records_accepted
                + summary.records_duplicate
                + summary.records_restated
                + summary.records_dead_lettered
            )
            with store.reading() as reader:
                dead = [letter for batch in reader.dead_letters() for letter in batch]
                results = sum(len(batch) for batch in reader.results(Filters()))
                assert not list(verify_history(reader, Verified()))
            assert len(dead) == summary.records_dead_lettered
            assert results == summary.intervals_final + summary.intervals_missing + summary.corrections

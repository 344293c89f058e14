"""Mapped rows to records: one sweep or row by row, deliveries, and what lies in the future."""

from typing import Any, Final

import pytest
from sources import shared

from streams.records import Contact
from streams.sources.batch import Batch
from streams.sources.delimited.admission import Admission
from streams.sources.delimited.mapping import Mapped

T0: Final = 1_772_445_600_000
"""2026-03-02T10:00Z."""


def admit(record: str, fields: dict[str, list[Any]], now: int | None = None, **raw: Any) -> Batch:
    """The batch that rows with these fields give."""
    count = len(next(iter(fields.values())))
    batch = Batch(read=count)
    admission = Admission(
        shared(record=record, **raw),
        lambda queue, program: 900_000 if (queue, program) == ("fast", "p") else 1_800_000,
        lambda queue: 9000 if queue == "slow" else 5000,
        None if now is None else lambda: now,
        lambda reason: f"{reason} (column C)",
    )
    admission.admit(Mapped(count, fields, {}, {}), list(range(1, count + 1)), lambda place: f"row {place}\n", batch)
    return batch


def contacts(*rows: tuple[str | None, int, int]) -> dict[str, list[Any]]:
    """Answered contacts by queue, offer and exit, milliseconds after `T0`."""
    return {
        "contact_id": [f"c{place}" for place in range(len(rows))],
        "queue": [row[0] for row in rows],
        "offered_at": [T0 + row[1] for row in rows],
        "outcome": ["answered"] * len(rows),
        "exited_at": [T0 + row[2] for row in rows],
    }


def test_a_bad_row_changes_nothing_for_its_neighbours() -> None:
    """Rows admitted in one sweep and rows admitted one by one, beside a bad one, are the same."""
    good = [("a", 1000 * place, 1000 * place + 500) for place in range(20)]
    swept = admit("contact", contacts(*good))
    single = admit("contact", contacts(*good, ("a", 10_000, 1000)))
    assert len(swept.records) == 20
    assert (single.records, single.queues, single.rows) == (swept.records, swept.queues, swept.rows)
    assert [(letter.row, letter.value) for letter in single.dead] == [(21, "row 20")]
    assert single.dead[0].reason.startswith("exited_at: 2026-03-02T10:00:01Z is before offered_at")


def test_each_queue_has_its_own_clock_skew() -> None:
    """An exit before the offer is a wait of 0 within the queue's skew, and a dead letter beyond."""
    batch = admit("contact", contacts(("slow", 20_000, 12_000), ("a", 20_000, 12_000)))
    (record,) = batch.records
    assert isinstance(record, Contact)
    assert (batch.queues, record.wait_ms) == (["slow"], 0)
    assert [letter.row for letter in batch.dead] == [2]


@pytest.mark.parametrize(("now", "rows"), [(None, [1, 2]), (25_000, [1, 2]), (24_999, [1]), (14_000, [])])
def test_a_record_of_the_future_is_refused(now: int | None, rows: list[int]) -> None:
    """Beyond the clock by more than the skew is the future; without a clock there is none."""
    batch = admit("contact", contacts(("a", 20_000, 20_000), ("a", 30_000, 30_000)), None if now is None else T0 + now)
    assert batch.rows == rows
    assert all(letter.reason.startswith("in_the_future: offered_at") for letter in batch.dead)


def test_a_row_without_a_queue_is_refused() -> None:
    """A record of no queue belongs nowhere, whatever its type."""
    assert admit("contact", contacts((None, 0, 1))).dead[0].reason == "queue: is empty (column C)"
    assert admit("interval", {"queue": [None], "interval_start": [0]}).dead[0].reason == "queue: is empty (column C)"


def test_the_length_of_an_interval_is_the_row_s_the_source_s_or_the_queue_s() -> None:
    """The queue's length is asked for with the row's program; a longer one is refused."""
    fields = {
        "queue": ["fast", "fast"],
        "program": ["p", "q"],
        "interval_start": [T0, T0],
        "interval_seconds": [900_000, None],
    }
    batch = admit("interval", fields)
    assert [record.length_ms for record in batch.records] == [900_000, 1_800_000]  # type: ignore[union-attr]
    assert [record.said for record in batch.records] == [True, False]  # type: ignore[union-attr]
    batch = admit("interval", fields, interval_minutes=15)
    assert [record.length_ms for record in batch.records] == [900_000, 900_000]  # type: ignore[union-attr]
    assert admit("interval", fields, interval_minutes=60).dead[0].reason.startswith("interval_seconds: 3600, and")


def test_an_agents_row_without_queues_means_those_before() -> None:
    """Empty is "as before"; without any before it is refused, or of nobody where the agent is offline."""
    queues: list[tuple[str, ...] | None] = [None, ("a", "b"), None, ("a",), None]
    states = ["offline", "available", "wrap", "available", "offline"]
    fields = {
        "agent": ["ann"] * 5 + ["bob"],
        "since": [T0 + place for place in range(6)],
        "state": [*states, "available"],
        "queues": [*queues, None],
    }
    batch = admit("agent_state", fields)
    assert list(zip(batch.rows, batch.queues, strict=True)) == [
        (2, "a"), (2, "b"), (3, "a"), (3, "b"), (4, "a"), (4, "b"), (5, "a"),
    ]  # fmt: skip
    assert [record.queues for record in batch.records if record.state == "wrap"] == [("a", "b")] * 2  # type: ignore[union-attr]
    assert (batch.filtered, [letter.row for letter in batch.dead]) == (0, [6])

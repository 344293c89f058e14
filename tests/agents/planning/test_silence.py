"""Silence belongs to the source: what a queue without calls is told by the words of those that feed it."""

from typing import Any

from engine import HALF_HOUR, at, contact, engine, reasons, rows, snapshot

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Output
from streams import admission
from streams.records import Record
from streams.source_words import Feed, RefusedRow

HOURS = {"mon-sun": "09:00-12:00"}
PLANS = [
    admission.admit_plan("v", at("08:00"), at("09:00") + n * HALF_HOUR, None, HALF_HOUR, 30, None, None, None)
    for n in range(6)
]


def given(machine: QueueEngine, *records: tuple[str | None, Record]) -> list[Output]:
    """Apply records one by one, each with the source that it names."""
    outputs: list[Output] = []
    for row, (source, record) in enumerate(records, 1):
        machine.apply_records([record], [0], "calls.csv", [row], None, 0, [source])
        outputs += machine.take()
    return outputs


def said(source: str, through: str) -> tuple[None, Feed]:
    """A word of a source."""
    return None, Feed(source, at(through))


def called(source: str | None, name: str, offered: str) -> tuple[str | None, Record]:
    """A contact that a source has sent."""
    return source, contact(name, offered)


def told(outputs: list[Output]) -> dict[str, tuple[Any, ...]]:
    """Status, offered and integrity by interval, of the last revision."""
    return {row["interval_start"][11:16]: (row["status"], row["offered"], row["integrity"]) for row in rows(outputs)}


def planned() -> QueueEngine:
    """A queue whose plan expects thirty contacts a half hour."""
    machine = engine(hours=HOURS)
    given(machine, *((None, plan) for plan in PLANS))
    return machine


def test_a_source_that_speaks_makes_a_queue_quiet() -> None:
    """Thirty contacts a half hour do not come, but their source does: zero counts, nothing missing."""
    machine = planned()
    outputs = given(machine, called("acd", "a", "09:10"), *(said("acd", f"{h}:29") for h in ("09", "10", "11")))
    outputs += given(machine, said("acd", "11:59")) + machine.finish(at("12:00"))
    table = told(outputs)
    assert len(table) == 6
    assert {row for start, row in table.items() if start != "09:00"} == {("final", 0, "ok")}


def test_a_source_that_falls_silent_makes_its_queue_missing() -> None:
    """Its last word is of 09:59: an hour and more than 20 contacts are over at the end of 10:30."""
    machine = planned()
    outputs = given(machine, called("acd", "a", "09:10"), said("acd", "09:29"), said("acd", "09:59"))
    outputs += machine.finish(at("12:00"))
    assert [start for start, row in told(outputs).items() if row[0] == "missing"] == ["10:30", "11:00", "11:30"]


def test_a_word_of_after_an_interval_says_nothing_of_it() -> None:
    """A source that was away and comes back has not spoken in between, whenever its interval becomes final."""
    machine = planned()
    outputs = given(machine, called("acd", "a", "09:10"), said("acd", "11:50")) + machine.finish(at("12:00"))
    assert [start for start, row in told(outputs).items() if row[0] == "missing"] == ["10:00", "10:30", "11:00"]


def test_a_word_after_the_deadline_corrects() -> None:
    """The clock made intervals final that the source spoke of later: they are corrected to zero counts."""
    machine = planned()
    given(machine, called("acd", "a", "09:10"), said("acd", "09:29"))
    before = told(machine.finish(at("11:30")))
    assert [start for start, row in before.items() if row[0] == "missing"] == ["10:00", "10:30", "11:00"]
    after = given(machine, said("acd", "09:59"), said("acd", "10:29"), said("acd", "10:59"), said("acd", "11:29"))
    assert told(after) == dict.fromkeys(("10:00", "10:30", "11:00"), ("corrected", 0, "ok"))
    assert {row["reason"].partition(":")[0] for row in rows(after)} == {"late word of acd"}


def test_a_late_call_corrects_the_silence_behind_it() -> None:
    """The call of 10:20 comes late: its own interval has data, and an hour has not passed by the end of 10:30."""
    machine = planned()
    given(machine, called("acd", "a", "09:10"), said("acd", "09:29"))
    machine.finish(at("11:30"))
    after = told(given(machine, called("acd", "late", "10:20")))
    assert after == {"10:00": ("corrected", 1, "ok"), "10:30": ("corrected", 0, "ok")}


def test_of_two_sources_each_is_asked() -> None:
    """One that is silent leaves the interval missing, or incomplete where the other has data."""
    machine = planned()
    outputs = given(
        machine, called("one", "a", "09:10"), called("two", "b", "09:11"), said("one", "09:29"), said("two", "09:29"),
        said("one", "09:59"), said("one", "10:29"), called("one", "c", "10:40"), said("one", "10:59"),
        said("one", "11:29"), said("one", "11:59"),
    )  # fmt: skip
    outputs += machine.finish(at("12:00"))
    table = told(outputs)
    assert [table[start][0] for start in table] == ["final", "final", "missing", "final", "missing", "missing"]
    assert table["10:30"] == ("final", 1, "incomplete")


def test_a_source_of_another_queue_moves_nothing() -> None:
    """It has sent no calls for this queue: no watermark, no silence of its own, no queue."""
    machine = planned()
    assert given(machine, said("other", "11:59")) == []
    outputs = given(machine, called("acd", "a", "09:10"), said("other", "11:59"))
    assert outputs == []
    assert machine.view.watermark_ms == at("09:10")


def test_a_source_feeds_a_queue_for_correction_days() -> None:
    """Eight days after its last call for the queue, a source does not speak for it any more."""
    machine = engine(hours=HOURS)
    given(machine, called("acd", "a", "09:10"))
    given(machine, said("acd", "2026-03-09T09:09"))
    assert machine.view.watermark_ms == at("2026-03-09T09:09")
    given(machine, said("acd", "2026-03-10T09:00"))
    assert machine.view.watermark_ms == at("2026-03-09T09:09")


def test_an_absent_row_is_zero_when_another_queue_has_its_row() -> None:
    """Rows of an interval speak at its end; a word inside the next one says nothing of it."""
    machine = engine(hours=HOURS)
    outputs = given(
        machine, ("acd", snapshot("09:00", offered=4, answered=4, abandoned=0)), said("acd", "09:30"),
        said("acd", "10:00"), said("acd", "11:00"),
    )  # fmt: skip
    outputs += machine.finish(at("11:00"))
    assert told(outputs) == {
        "09:00": ("final", 4, "ok"),
        "09:30": ("final", 0, "assumed_zero"),
        "10:00": ("missing", None, "missing"),
        "10:30": ("final", 0, "assumed_zero"),
    }
    assert told(given(machine, said("acd", "10:30"))) == {"10:00": ("corrected", 0, "assumed_zero")}


def test_refused_rows_are_told_once_and_for_all() -> None:
    """Rows are counted by source and place; data that comes after all takes their place."""
    machine = engine(hours=HOURS)
    outputs = given(
        machine,
        called("acd", "a", "09:10"),
        *(
            (None, RefusedRow("acd", at("09:40"), f"f.csv:{n}", f"outcome: {why}"))
            for n, why in ((2, "x"), (2, "x"), (3, "y"), (4, "y"))
        ),
    )
    outputs += machine.finish(at("10:00"))
    (row,) = [row for row in rows(outputs) if row["interval_start"][11:16] == "09:30"]
    assert (row["status"], row["offered"], row["integrity"]) == ("final", None, "rejected")
    assert row["reason"] == "3 rows refused: outcome: y (2); outcome: x (1)"
    assert told(given(machine, called("acd", "b", "09:41"))) == {"09:30": ("corrected", 1, "ok")}


def test_a_late_refused_row_corrects_a_missing_interval() -> None:
    """The interval was not without data, as it turns out."""
    machine = engine(hours=HOURS)
    given(machine, (None, snapshot("09:00", offered=1)))
    machine.finish(at("10:00"))
    assert told(given(machine, (None, RefusedRow("acd", at("09:30"), "f.csv:2", "offered: x")))) == {
        "09:30": ("corrected", None, "rejected")
    }


def test_the_source_makes_no_copy_different() -> None:
    """The same rows under another source's name are duplicates."""
    machine = engine(hours=HOURS)
    first = snapshot("09:00", offered=4, source="one")
    outputs = given(machine, ("one", first), ("two", snapshot("09:00", offered=4, source="two")))
    outputs += given(machine, called("one", "a", "09:40"), called("two", "a", "09:40"))
    assert reasons(outputs) == []
    assert (machine.counters.accepted, machine.counters.duplicate) == (2, 2)


def test_words_rest_in_the_state() -> None:
    """A worker that takes over judges as the one before would have."""
    state: dict[bytes, bytes] = {}
    machine = engine(hours=HOURS, state=state)
    given(
        machine,
        *((None, plan) for plan in PLANS),
        called("acd", "a", "09:10"),
        said("acd", "09:29"),
        said("acd", "10:20"),
    )
    commit = machine.commit()
    assert commit is not None
    commit.apply(state)
    table = told(given(engine(hours=HOURS, state=state), said("acd", "11:50")))
    assert [table[start][0] for start in sorted(table)] == ["final", "final", "missing"]

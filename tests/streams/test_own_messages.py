"""Messages of our own topics that none of us wrote: told from ours, counted, said once."""

import contextlib
import json
import logging
from typing import Any

import msgspec
import pytest
from engine import at, contact, settings
from history_rows import a_day
from hypothesis import given
from hypothesis import strategies as st
from rule_rows import breach

from agents.engine.queue import QueueEngine
from agents.live.output_batch import result_message
from streams.columns import LATER_BREACH_COLUMNS
from streams.own_messages import OWN_TOPICS, Unreadable, read_row
from streams.topics import TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROGRAM_DAYS, TOPIC_RESULTS

RESULT: dict[str, Any] = {**a_day()[0], "position": 0}
LETTER = {"topic": "call-data", "partition": 1, "offset": 7, "reason": "offered: is missing", "value": "{}", "index": 0}
EVALUATED: dict[str, Any] = {
    **dict.fromkeys(("program", "contact_id", "queue", "agent", "team", "shift", "evaluator", "selection")),
    "evaluation_id": "e", "handled_at": "2026-03-02T09:00:00Z", "evaluated_at": "2026-03-02T10:00:00Z", "checks": [],
}  # fmt: skip
DAY = {
    "program": "retail", "queue": "sales", "day": "2026-03-02", "next_day": "2026-03-03", "timezone": "UTC",
    "interval_start_ms": 1_772_438_400_000, "interval_ms": 1_800_000,
}  # fmt: skip


def changed(row: dict[str, Any], **columns: Any) -> bytes:
    """The message of a row with other values; None leaves a column out."""
    return msgspec.json.encode({k: v for k, v in (row | columns).items() if v != "absent"})


@pytest.mark.parametrize(
    ("topic", "row"), [(TOPIC_RESULTS, RESULT), (TOPIC_DEAD_LETTERS, LETTER), (TOPIC_PROGRAM_DAYS, DAY)]
)
def test_our_own_messages_are_read_as_they_are(topic: str, row: dict[str, Any]) -> None:
    """A row that a worker wrote comes back whole, also with columns of a later program."""
    assert read_row(topic, changed(row)) == json.loads(changed(row))
    assert read_row(topic, changed(row, of_tomorrow=1))["of_tomorrow"] == 1


def test_an_open_interval_is_ours() -> None:
    """The result of an open interval (revision 0) has no hashes yet; without them a final one is none of ours."""
    engine = QueueEngine(settings(), {})
    calls = [contact(f"c{number}", at("2026-03-02T09:00") + number * 1_000) for number in range(30)]
    engine.apply(calls, "call-data/0", 0)
    result = engine.provisional()
    assert result is not None
    row = json.loads(result_message("sales", result.row()).value or b"")
    assert (row["revision"], row["hash"]) == (0, None)
    assert read_row(TOPIC_RESULTS, msgspec.json.encode(row)) == row
    with pytest.raises(ValueError, match="previous_hash is empty"):
        read_row(TOPIC_RESULTS, changed(RESULT, previous_hash=None))


def test_results_of_an_earlier_program_are_read() -> None:
    """A row of form 1, still in the topic, lacks the columns of later forms, and is ours all the same."""
    assert read_row(TOPIC_RESULTS, changed(RESULT, form="absent", process_sigma="absent"))["queue"] == RESULT["queue"]


def test_breaches_of_an_earlier_program_are_read() -> None:
    """Without incident, titles, worst interval and reason, all of them; one that lacks some is none of ours."""
    row = breach("service_level_below_range").row()
    row["incident_id"] = "service_level_below_range"
    absent = dict.fromkeys(LATER_BREACH_COLUMNS, "absent")
    assert read_row(TOPIC_BREACHES, changed(row, **absent))["rule"] == "service_level_below_range"
    with pytest.raises(ValueError, match="title is missing"):
        read_row(TOPIC_BREACHES, changed(row, title="absent"))


@pytest.mark.parametrize(
    ("topic", "value", "reason"),
    [
        (TOPIC_RESULTS, None, "empty"),
        (TOPIC_RESULTS, b"", "empty"),
        (TOPIC_RESULTS, b"\xff\xfe", "."),
        (TOPIC_RESULTS, b"[1]", "object"),
        (TOPIC_RESULTS, b"[" * 100_000, "."),
        (TOPIC_RESULTS, changed(RESULT, offered="absent"), "offered is missing"),
        (TOPIC_RESULTS, changed(RESULT, offered="three"), "offered is no integer"),
        (TOPIC_RESULTS, changed(RESULT, offered=2**63), "offered is no integer"),
        (TOPIC_RESULTS, changed(RESULT, interval_start="soon"), "interval_start is no instant"),
        (TOPIC_RESULTS, changed(RESULT, queue=None), "queue is empty"),
        (TOPIC_RESULTS, changed(RESULT, position="absent"), "position is missing"),
        (TOPIC_RESULTS, changed(RESULT, position=None), "position is missing"),
        (TOPIC_RESULTS, changed(RESULT, hash=None), "hash is empty"),
        (TOPIC_RESULTS, changed(RESULT, reason="a\0b"), "NUL"),
        (TOPIC_DEAD_LETTERS, changed(LETTER, partition=2**40), "partition"),
        (TOPIC_BREACHES, b"{}", "is missing"),
        (TOPIC_EVALUATIONS, b'{"evaluation_id": 1}', "is missing"),
        (TOPIC_EVALUATIONS, changed(EVALUATED, evaluated_at="0001-01-01T00:00:00+23:59"), "evaluated_at is no instant"),
        (TOPIC_EVALUATIONS, changed(EVALUATED, handled_at=None), "no evaluation"),
        (TOPIC_EVALUATIONS, changed(EVALUATED, checks=[{}]), "checks lack"),
        (TOPIC_PROGRAM_DAYS, changed(DAY, timezone="Nowhere/Town"), "timezone"),
        (TOPIC_PROGRAM_DAYS, changed(DAY, interval_start_ms=10**17), "interval_start_ms"),
        (TOPIC_PROGRAM_DAYS, changed(DAY, next_day="2026-03-02"), "next_day"),
        (TOPIC_PROGRAM_DAYS, b'{"of": "another version"}', "."),
    ],
)
def test_what_is_none_of_ours_is_told(topic: str, value: bytes | None, reason: str) -> None:
    """Null, junk, a wrong shape, a wrong value: each is refused with a reason."""
    with pytest.raises(ValueError, match=reason):
        read_row(topic, value)


@given(
    st.sampled_from(OWN_TOPICS),
    st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    ).map(lambda value: json.dumps(value).encode()),
)
def test_whatever_stands_there_is_read_or_refused(topic: str, value: bytes) -> None:
    """No message raises anything but the refusal."""
    with contextlib.suppress(ValueError):
        read_row(topic, value)


def test_the_first_of_a_topic_is_logged_and_all_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    """A flood of bad messages makes one line a topic."""
    unreadable = Unreadable()
    with caplog.at_level(logging.ERROR):
        for offset in range(3):
            unreadable.note(TOPIC_RESULTS, 0, offset, "it is empty")
        unreadable.note(TOPIC_BREACHES, 1, 9, "it is empty")
    assert unreadable.messages == {TOPIC_RESULTS: 3, TOPIC_BREACHES: 1}
    assert [record.getMessage()[:40] for record in caplog.records] == [
        "message interval-results/0@0 is none of ", "message breaches/1@9 is none of ours and",
    ]  # fmt: skip

"""Messages of our own topics of any content: history takes them as rows or dead letters, and loses none beside them."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from fuzz_values import DAY, TOKENS
from fuzzing import fuzz, soon
from history_rows import a_day
from hypothesis import given
from hypothesis import strategies as st
from messages import EVALUATION
from rule_rows import breach

from agents.live.history.rebuild import HISTORY_TOPICS, history_row, write_rows
from config.errors import UserError
from streams.history.query import Filters
from streams.history.store import Store
from streams.journal.entry import FIRST_HASH, chained, entry
from streams.own_messages import Unreadable
from streams.projected import PROJECTION_COLUMNS
from streams.topics import (
    TOPIC_BREACHES,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_JOURNAL,
    TOPIC_PROGRAM_DAYS,
    TOPIC_PROJECTIONS,
    TOPIC_RESULTS,
)

RESULT: Final[dict[str, Any]] = {**a_day()[0], "position": 0}
ROWS: Final[dict[str, dict[str, Any]]] = {
    TOPIC_RESULTS: RESULT,
    TOPIC_BREACHES: breach("service_level_lost").row(),
    TOPIC_DEAD_LETTERS: {"topic": "call-data", "partition": 1, "offset": 7, "index": 0, "reason": "x", "value": "{}"},
    TOPIC_EVALUATIONS: {
        **dict.fromkeys(("program", "contact_id", "queue", "agent", "team", "shift", "evaluator", "selection")),
        "evaluation_id": "e",
        "queue": "sales",
        "handled_at": "2026-03-02T09:00:00Z",
        "evaluated_at": "2026-03-02T10:00:00Z",
        "checks": EVALUATION["checks"],
    },
    TOPIC_PROGRAM_DAYS: DAY,
    TOPIC_PROJECTIONS: {
        **dict.fromkeys(PROJECTION_COLUMNS),
        "queue": "sales",
        "made_at": "2026-03-02T11:00:00Z",
        "interval_start": "2026-03-02T11:30:00Z",
        "reforecast_offered": 101.5,
        "place": 1,
    },
    TOPIC_JOURNAL: chained(entry("b", "ana", "2026-03-02T09:00:00Z", note="seen"), 1, FIRST_HASH),
}


class Message(NamedTuple):
    """A message of Kafka."""

    value: bytes | None
    partition: int = 0
    offset: int = 0


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, bytes | None]:
    """A topic, and a row of it in which some columns hold anything; or any bytes."""
    topic = draw(st.sampled_from(HISTORY_TOPICS))
    if draw(st.integers(0, 3)) == 0:
        return topic, draw(st.none() | st.binary())
    fields = {name: msgspec.json.encode(value).decode() for name, value in ROWS[topic].items()}
    fields |= draw(st.dictionaries(st.sampled_from(sorted(fields)), TOKENS, max_size=3))
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=1)):
        fields.pop(name, None)
    text = ",".join(f"{msgspec.json.encode(name).decode()}:{value}" for name, value in fields.items())
    return topic, f"{{{text}}}".encode(errors="surrogatepass")


@fuzz()
@given(st.lists(messages(), min_size=1, max_size=4))
def test_any_message_is_a_row_or_a_dead_letter(given_messages: list[tuple[str, bytes | None]]) -> None:
    """Each is one of the two, and what is a row has every column that its topic must have."""
    unreadable = Unreadable()
    with soon():
        rows = [
            history_row(topic, f"iw-{topic}", Message(value, offset=at), 0, unreadable)
            for at, (topic, value) in enumerate(given_messages)
        ]
    refused = [row for topic, row in rows if topic == TOPIC_DEAD_LETTERS and row["topic"].startswith("iw-")]
    assert len(refused) == sum(unreadable.messages.values())
    assert len(rows) == len(given_messages)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A history that holds one result."""
    with Store(f"sqlite:///{tmp_path_factory.mktemp('history')}/h.db") as store:
        write_rows(store, TOPIC_RESULTS, [RESULT])
        yield store


@fuzz(0.5)
@given(st.lists(messages(), min_size=1, max_size=4))
def test_history_takes_what_was_read(history: Store, given_messages: list[tuple[str, bytes | None]]) -> None:
    """No value that passes stops the database; only another result in the place of one is refused."""
    for at, (topic, value) in enumerate(given_messages):
        kind, row = history_row(topic, f"iw-{topic}", Message(value, offset=at), 0, Unreadable())
        refused = contextlib.suppress(UserError) if kind == TOPIC_RESULTS else contextlib.nullcontext()
        with soon(), refused:
            write_rows(history, kind, [row])
    with history.reading() as reader:
        assert RESULT["hash"] in {row["hash"] for batch in reader.results(Filters()) for row in batch}

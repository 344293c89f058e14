"""Messages of the input topic: what no database could keep and no call centre has is refused, by itself."""

import json
from typing import Any

import pytest

from streams.records import Check, Evaluation
from streams.wire import decode, encode

NOW = 1_772_447_400_000  # 2026-03-02T10:30:00Z
CONTACT = {
    "type": "contact",
    "queue": "sales",
    "contact_id": "c1",
    "offered_at": "2026-03-02T10:00:00Z",
    "outcome": "answered",
    "exited_at": "2026-03-02T10:00:05Z",
    "talk_seconds": 100,
}
INTERVAL = {"type": "interval", "queue": "sales", "interval_start": "2026-03-02T10:00:00Z", "offered": 10}
PLAN = {
    "type": "plan",
    "queue": "sales",
    "plan_version": "w10",
    "published_at": "2026-03-01T10:00:00Z",
    "interval_start": "2026-03-02T10:00:00Z",
}
STATE = {
    "type": "agent_state",
    "agent": "ann",
    "since": "2026-03-02T10:00:00Z",
    "state": "available",
    "queues": ["sales"],
}
EVALUATION = {
    "type": "evaluation",
    "queue": "sales",
    "evaluation_id": "e1",
    "handled_at": "2026-03-02T10:00:00Z",
    "evaluated_at": "2026-03-02T10:10:00Z",
    "checks": [{"name": "greeting", "family": "end_user", "passed": True}],
}


def outcome(*objects: dict[str, Any]) -> tuple[int, list[str]]:
    """How many records of a message are accepted, and the reasons why the others are not."""
    accepted, rejected = decode(json.dumps(objects).encode(), "sales", 1_800_000, 5_000, NOW)
    return len(accepted), [fault.reason for _, fault in rejected]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (CONTACT | {"agent": "an\0n"}, "agent"),
        (CONTACT | {"contact_id": "\0"}, "contact_id"),
        (INTERVAL | {"program": "retail\0"}, "program"),
        (PLAN | {"plan_version": "\0w10"}, "plan_version"),
        (STATE | {"queues": ["sales", "or\0ders"]}, "queues"),
        (EVALUATION | {"checks": [{"name": "gre\0eting", "family": "end_user"}]}, "checks"),
    ],
)
def test_a_nul_character_is_refused_by_field(record: dict[str, Any], field: str) -> None:
    """PostgreSQL cannot keep one in a text; the neighbours of the record are counted."""
    assert outcome(CONTACT, record) == (1, [f"{field}: holds a NUL character"])


def test_the_letters_backslash_u_are_no_nul() -> None:
    r"""A text that holds the six characters \u0000 is kept as it is."""
    assert outcome(CONTACT | {"agent": r"\u0000"}) == (1, [])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (CONTACT | {"talk_seconds": 1e10}, "talk_seconds: 1e+10 is more than thirty years"),
        (CONTACT | {"wait_seconds": 1e300}, "wait_seconds: 1e+300 is more than thirty years"),
        (CONTACT | {"offered_at": "1066-10-14T09:00:00Z"}, "offered_at: 1066-10-14T09:00:00Z is not in the years"),
        (CONTACT | {"exited_at": "9999-12-31T00:00:00Z"}, "exited_at: 9999-12-31T00:00:00Z is not in the years"),
        (CONTACT | {"updated_at": "9999-12-31T00:00:00Z"}, "updated_at: 9999-12-31T00:00:00Z is not in the years"),
        (INTERVAL | {"interval_start": "3000-01-01T00:00:00Z"}, "interval_start: 3000-01-01T00:00:00Z is not in"),
        (INTERVAL | {"offered": 10**20}, "offered: 1e+20 is beyond any interval"),
        (INTERVAL | {"wait_seconds": 1e10}, "wait_seconds: 1e+10 is beyond any interval"),
        (PLAN | {"forecast_offered": 1e300}, "forecast_offered: 1e+300 is negative or beyond any plan"),
        (PLAN | {"published_at": "1899-12-31T23:59:59Z"}, "published_at: 1899-12-31T23:59:59Z is not in the years"),
        (STATE | {"since": "1066-10-14T09:00:00Z"}, "since: 1066-10-14T09:00:00Z is not in the years"),
        (STATE | {"sequence": 10**20}, "sequence: "),
        (EVALUATION | {"handled_at": "3000-01-01T00:00:00Z"}, "handled_at: 3000-01-01T00:00:00Z is not in the years"),
    ],
)
def test_what_no_contact_centre_has_is_refused(record: dict[str, Any], reason: str) -> None:
    """Durations over 1e9 seconds, years outside 1900 to 2999 and counts that fit no column name their field."""
    accepted, reasons = outcome(CONTACT, record)
    assert accepted == 1
    assert [given[: len(reason)] for given in reasons] == [reason]


def test_an_ordinary_record_of_every_type_is_accepted() -> None:
    """The limits are far from anything that happens."""
    long_ago = CONTACT | {"offered_at": "1900-01-01T00:00:00Z", "exited_at": "1900-01-01T00:00:05Z"}
    assert outcome(CONTACT, INTERVAL, PLAN, STATE, EVALUATION, long_ago) == (6, [])


def test_what_is_encoded_is_decoded() -> None:
    """A record travels unchanged."""
    record = Evaluation("e1", NOW - 2000, NOW - 1000, "random", (Check("greeting", "end_user", None),), agent="ann")
    accepted, rejected = decode(encode("sales", [record]), "sales", 1_800_000, 5_000, NOW)
    assert accepted == [(0, record)]
    assert not rejected

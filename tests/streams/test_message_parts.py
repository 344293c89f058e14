"""A message taken apart: one bad object costs one object, and time grows with the message's size."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pytest
from messages import CONTACT, NOW

from streams import message_parts
from streams.codec import decode

HUNDRED = [CONTACT | {"contact_id": f"c{place}"} for place in range(99)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('"offered_at": "0001-01-01T00:00:00+10:00"', "too_old: offered_at in the year 0 is before 1980"),
        ('"offered_at": "9999-12-31T23:59:59-10:00"', "offered_at: in the year 10000 is not in the years"),
        ('"exited_at": "9999-12-31T23:59:59-10:00"', "exited_at: in the year 10000 is not in the years"),
        ('"exited_at": "1970-01-01T00:00:00Z"', "too_old: exited_at 1970-01-01T00:00:00Z is before 1980"),
        ('"updated_at": "1900-01-01T00:00:00Z"', "too_old: updated_at 1900-01-01T00:00:00Z is before 1980"),
        (r'"contact_id": "\ud800"', "contact_id: is not JSON"),
        (r'"unknown": "a\udfff"', "unknown: is not JSON"),
        ('"talk_seconds": 1e308', "talk_seconds: 1e+308 is no duration"),
        ('"talk_seconds": 1e999', "talk_seconds: Number out of range"),
        ('"talk_seconds": NaN', "talk_seconds: is not JSON"),
        ('"contact_id": "' + "c" * 257 + '"', "too_large: contact_id has more than 256 characters"),
        ('"outcome": "' + "x" * 510_000 + '"', "too_large: outcome has more than 256 characters"),
        ('"type": "' + "x" * 510_000 + '"', "type: Invalid value 'xxx"),
    ],
)
def test_one_bad_record_costs_one_record(bad: str, reason: str) -> None:
    """Its 99 neighbours count; the reason names the field and stays short."""
    given = json.dumps(CONTACT | {"contact_id": "bad"})[:-1] + ", " + bad + "}"
    value = ("[" + ",".join([*map(json.dumps, HUNDRED[:50]), given, *map(json.dumps, HUNDRED[50:])]) + "]").encode()
    decoded = decode(value, "sales", 1_800_000, 5_000, NOW)
    assert [record.contact_id for record in decoded.records] == [one["contact_id"] for one in HUNDRED]  # type: ignore[union-attr]  # contacts
    ((place, fault),) = decoded.rejected
    assert place == 50
    assert fault.reason.startswith(reason)
    assert len(fault.reason) <= 500
    assert len(fault.value) <= 4096


def test_a_message_cut_off_in_the_middle_is_refused_as_a_whole() -> None:
    """Where brackets and quotes do not tell the objects from each other, nothing is guessed."""
    for value in (b'[{"type": "contact", "queue": "\\ud800"}, {"queue": "sa', b'["' + b'\\"' * 200_000, b"[}{]"):
        decoded = decode(value, "sales", 1_800_000, 5_000, NOW)
        assert not decoded.records
        assert [place for place, _ in decoded.rejected] == [0]


@pytest.mark.parametrize("bad", [{"outcome": "nope"}, {"offered_at": 5}, {"contact_id": "\ud800"}])
def test_refusing_a_whole_message_takes_time_in_proportion(
    bad: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """12,000 refused records of one message are taken apart once, not once for each."""
    taken_apart = []
    original = message_parts.Parts.all.func

    def counting(parts: message_parts.Parts) -> Sequence[message_parts.Part]:
        taken_apart.append(len(parts.value))
        return original(parts)

    spy = cached_property(counting)
    spy.__set_name__(message_parts.Parts, "all")
    monkeypatch.setattr(message_parts.Parts, "all", spy)
    value = ("[" + ",".join([json.dumps(CONTACT | bad)] * 12_000) + "]").encode()
    assert len(decode(value, "sales", 1_800_000, 5_000, NOW).rejected) == 12_000
    assert taken_apart == [len(value)]

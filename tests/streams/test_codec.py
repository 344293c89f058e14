"""Messages of the input topic: what is read, what is refused and why, and that nothing is lost on the way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import CONTACT, EVALUATION, INTERVAL, NOW, PLAN, STATE, outcome, refused

from copc.quality import FAMILIES
from streams import codec
from streams.admission import admit_contact
from streams.codec import decode, encode
from streams.records import (
    OUTCOMES,
    STATES,
    AgentState,
    Check,
    Contact,
    Evaluation,
    Plan,
    Record,
    Snapshot,
    Tick,
)


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
        (CONTACT | {"talk_seconds": 1e10}, "talk_seconds: 1e+10 is more than 31 days"),
        (CONTACT | {"wait_seconds": 1e300}, "wait_seconds: 1e+300 is more than a year"),
        (CONTACT | {"offered_at": "1066-10-14T09:00:00Z"}, "too_old: offered_at 1066-10-14T09:00:00Z is before 1980"),
        (CONTACT | {"exited_at": "9999-12-31T00:00:00Z"}, "exited_at: 9999-12-31T00:00:00Z is not in the years"),
        (CONTACT | {"updated_at": "9999-12-31T00:00:00Z"}, "updated_at: 9999-12-31T00:00:00Z is not in the years"),
        (INTERVAL | {"interval_start": "3000-01-01T00:00:00Z"}, "interval_start: 3000-01-01T00:00:00Z is not in"),
        (INTERVAL | {"offered": 10**20}, "offered: 1e+20 is beyond any interval"),
        (INTERVAL | {"wait_seconds": 1e10}, "wait_seconds: 1e+10 is beyond any interval"),
        (PLAN | {"forecast_offered": 1e300}, "forecast_offered: 1e+300 is negative or beyond any plan"),
        (PLAN | {"published_at": "1899-12-31T23:59:59Z"}, "too_old: published_at 1899-12-31T23:59:59Z is before 1980"),
        (STATE | {"since": "1066-10-14T09:00:00Z"}, "too_old: since 1066-10-14T09:00:00Z is before 1980"),
        (STATE | {"sequence": 10**20}, "sequence: "),
        (EVALUATION | {"handled_at": "3000-01-01T00:00:00Z"}, "handled_at: 3000-01-01T00:00:00Z is not in the years"),
    ],
)
def test_what_no_contact_centre_has_is_refused(record: dict[str, Any], reason: str) -> None:
    """Durations over 1e9 seconds, years outside 1980 to 2999 and counts that fit no column name their field."""
    accepted, reasons = outcome(CONTACT, record)
    assert accepted == 1
    assert [given[: len(reason)] for given in reasons] == [reason]


def test_an_ordinary_record_of_every_type_is_accepted() -> None:
    """The limits are far from anything that happens."""
    long_ago = CONTACT | {"offered_at": "1980-01-01T00:00:00Z", "exited_at": "1980-01-01T00:00:05Z"}
    assert outcome(CONTACT, INTERVAL, PLAN, STATE, EVALUATION, long_ago) == (6, [])


def test_what_is_encoded_is_decoded() -> None:
    """A record travels unchanged."""
    record = Evaluation("e1", NOW - 2000, NOW - 1000, "random", (Check("greeting", "end_user", None),), agent="ann")
    records, places, rejected = decode(encode("sales", [record]), "sales", 1_800_000, 5_000, NOW)
    assert (list(records), list(places), list(rejected)) == ([record], [0], [])


def test_a_message_is_one_object_or_an_array() -> None:
    """Both are read, white space in front or not; an empty array holds nothing."""
    one = json.dumps(CONTACT).encode()
    for value, count in (
        (one, 1),
        (b" \n" + one, 1),
        (b"[" + one + b"," + one + b"]", 2),
        (b"  [" + one + b"]", 1),
        (b"[]", 0),
    ):
        records, places, rejected = decode(value, "sales", 1_800_000, 5_000, NOW)
        assert (len(records), list(places), rejected) == (count, list(range(count)), [])


def test_unknown_fields_are_ignored() -> None:
    """A feed may send more than is asked for."""
    assert outcome(CONTACT | {"mood": "good", "nested": {"a": [1]}}) == (1, [])


def test_one_bad_object_does_not_take_its_neighbours_along() -> None:
    """Each bad object is refused at its own place with its own value, the others are accepted at theirs."""
    bad, worse = CONTACT | {"outcome": "vanished"}, {"type": "interval", "queue": "sales", "interval_start": 7}
    value = json.dumps([CONTACT, bad, INTERVAL, worse, 3]).encode()
    _, places, rejected = decode(value, "sales", 1_800_000, 5_000, NOW)
    assert list(places) == [0, 2]
    assert sorted(place for place, _ in rejected) == [1, 3, 4]
    values = {place: json.loads(fault.value) for place, fault in rejected}
    assert values == {1: bad, 3: worse, 4: 3}


def test_the_offending_value_is_kept_as_it_was_sent() -> None:
    """Also the fields that nobody reads are in a dead letter, and of a long value the first 4 KiB."""
    [(_, _, value)] = refused(CONTACT | {"outcome": "vanished", "remark": "x"})
    assert json.loads(value)["remark"] == "x"
    [(_, _, value)] = refused(CONTACT | {"outcome": "vanished", "remark": "x" * 9000})
    assert len(value) == 4096
    assert value.startswith(b'{"type": "contact"')
    [(_, _, value)] = refused("y" * 9000)
    assert len(value) == 4096


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (CONTACT | {"offered_at": None}, "offered_at: "),
        (CONTACT | {"offered_at": "2026-03-02T10:00:00"}, "offered_at: "),
        (CONTACT | {"offered_at": "yesterday"}, "offered_at: "),
        (CONTACT | {"contact_id": ""}, "contact_id: is empty"),
        (CONTACT | {"contact_id": 7}, "contact_id: "),
        ({name: CONTACT[name] for name in CONTACT if name != "contact_id"}, "contact_id: is missing"),
        (CONTACT | {"queue": "other"}, "queue: 'other' in a message keyed 'sales'"),
        (CONTACT | {"outcome": "lost"}, "outcome: 'lost' is none of answered, abandoned, overflowed"),
        (CONTACT | {"outcome": None}, "outcome: is empty though exited_at is given"),
        (CONTACT | {"exited_at": None}, "exited_at: is empty though the outcome is answered"),
        (CONTACT | {"exited_at": "2026-03-02T09:59:54.999Z"}, "exited_at: 2026-03-02T09:59:54.999Z is before"),
        (CONTACT | {"wait_seconds": -5.001}, "wait_seconds: -5.001 is negative"),
        (CONTACT | {"wait_seconds": "5"}, "wait_seconds: "),
        (CONTACT | {"hold_seconds": -1}, "hold_seconds: -1 is negative"),
        (CONTACT | {"exited_at": "2028-03-02T10:00:00Z"}, "exited_at: 2028-03-02T10:00:00Z is more than a year after"),
        (INTERVAL | {"interval_seconds": 3600}, "interval_seconds: 3600, and the queue's intervals have 1800"),
        (INTERVAL | {"derived": ["offered"]}, "derived: 'offered' is no field and its rounding"),
        (INTERVAL | {"interval_seconds": 86400}, "interval_seconds: 86400 is longer than an hour"),
        (INTERVAL | {"interval_seconds": 0}, "interval_seconds: 0 is not positive"),
        (INTERVAL | {"as_of": "2026-03-02T09:59:00Z"}, "as_of: 2026-03-02T09:59:00Z is before the interval's start"),
        (INTERVAL | {"offered": 1.5}, "offered: "),
        (PLAN | {"plan_version": ""}, "plan_version: is empty"),
        (PLAN | {"forecast_offered": -1}, "forecast_offered: -1 is negative"),
        (STATE | {"state": "asleep"}, "state: 'asleep' is none of available"),
        (EVALUATION | {"checks": []}, "checks: is empty"),
        (EVALUATION | {"checks": [{"name": "a", "family": "vague"}]}, "checks: family 'vague' is none of end_user"),
        (EVALUATION | {"selection": "lucky"}, "selection: 'lucky' is none of random, targeted"),
        ({"type": "rumour", "queue": "sales"}, "type: "),
        ({"queue": "sales"}, "type: is missing"),
        ([], "value: "),
    ],
)
def test_a_reason_names_the_field(record: dict[str, Any], reason: str) -> None:
    """The reason of any fault begins with the field, and the neighbour is counted."""
    accepted, reasons = outcome(CONTACT, record)
    assert accepted == 1
    assert [given[: len(reason)] for given in reasons] == [reason]


@pytest.mark.parametrize("value", [b"", b"{", b"\xff\xfe", b"not json", b"[1,", b'{"x":' + b"[" * 100_000, b"null"])
def test_what_is_not_json_is_one_dead_letter(value: bytes) -> None:
    """A message that cannot be read is refused whole, with its first 4 KiB."""
    accepted, _, [(place, fault)] = decode(value, "sales", 1_800_000, 5_000, NOW)
    assert (accepted, place, fault.value) == ([], 0, value[:4096])
    assert fault.reason.startswith("value: ")


def test_a_wait_that_clocks_make_negative_is_none() -> None:
    """Up to `clock_skew_seconds` an exit before the offer, or a negative wait, is a wait of 0."""
    early = CONTACT | {"exited_at": "2026-03-02T09:59:55Z"}
    minus = CONTACT | {"wait_seconds": -5}
    records, _, rejected = decode(json.dumps([early, minus]).encode(), "sales", 1_800_000, 5_000, NOW)
    assert not rejected
    assert [(record.wait_ms, record.exited_ms >= record.offered_ms) for record in records] == [(0, True), (0, True)]  # type: ignore[union-attr, operator]


def test_the_measured_wait_goes_before_the_computed() -> None:
    """Where the feed measures the wait it stands; else it is exit - offer; else the exit is offer + wait."""
    measured = CONTACT | {"wait_seconds": 3}
    given = CONTACT | {"exited_at": None, "wait_seconds": 7.5}
    records, _, _ = decode(json.dumps([measured, CONTACT, given]).encode(), "sales", 1_800_000, 5_000, NOW)
    waits = [(record.wait_ms, record.exited_ms - record.offered_ms) for record in records]  # type: ignore[union-attr, operator]
    assert waits == [(3000, 5000), (5000, 5000), (7500, 7500)]


def test_an_empty_updated_at_is_the_exit_then_the_offer() -> None:
    """A copy without `updated_at` is as of its exit, or of its offer while it waits."""
    waiting = {name: CONTACT[name] for name in ("type", "queue", "contact_id", "offered_at")}
    records, _, _ = decode(json.dumps([CONTACT, waiting]).encode(), "sales", 1_800_000, 5_000, NOW)
    assert [record.updated_ms for record in records] == [NOW - 1_795_000, NOW - 1_800_000]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (CONTACT | {"exited_at": None, "outcome": None}, "offered_at"),
        (INTERVAL | {"interval_seconds": 1800}, "as_of"),
        (PLAN, "published_at"),
        (STATE, "since"),
        (EVALUATION, "evaluated_at"),
    ],
)
def test_a_record_of_the_future_is_refused(record: dict[str, Any], field: str) -> None:
    """The event time may be ahead of the clock by `clock_skew_seconds`, and not by a millisecond more."""
    name = {"interval": "interval_start"}.get(record["type"], field)
    for ms, accepted in ((5_000, 1), (5_001, 0)):
        moved = datetime.fromtimestamp((NOW + ms - (1_800_000 if name == "interval_start" else 0)) / 1000, UTC)
        count, reasons = outcome(record | {name: moved.isoformat(timespec="milliseconds")})
        assert count == accepted
        assert all(reason.startswith(f"in_the_future: {field}") for reason in reasons)
        assert len(reasons) == 1 - accepted


MS = st.integers(315_532_800_000, 4_000_000_000_000)
SPAN = st.none() | st.integers(0, 31 * 86_400_000)
TEXT = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
COUNT = st.none() | st.integers(-(10**12), 10**12)
NAME = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    """Any contact that admission lets through."""
    offered, outcome = draw(MS), draw(st.sampled_from(["", *OUTCOMES]))
    wait = draw(st.integers(0, 86_400_000)) if outcome else None
    exited = None if wait is None else offered + draw(st.integers(0, 86_400_000))
    return Contact(
        draw(NAME), offered, outcome, exited, wait, draw(SPAN), draw(SPAN), draw(SPAN), draw(MS),
        draw(TEXT), draw(TEXT), draw(TEXT), draw(TEXT),
    )  # fmt: skip


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Any snapshot of a half hour, or of what is left of one."""
    start, said = draw(MS), draw(st.booleans())
    no_counts = {"service_level_reported", "source", "said", "twin_ms", "derived"}
    counts = {name: draw(COUNT) for name in Snapshot.__struct_fields__[5:] if name not in no_counts}
    level = draw(st.none() | st.floats(0, 1))
    length = 1_800_000 if said else 1_800_000 - start % 1_800_000
    return Snapshot(
        start, length, start + draw(st.integers(0, 86_400_000)), draw(TEXT), draw(TEXT), **counts,
        service_level_reported=level, source=draw(TEXT), said=said, twin_ms=draw(st.none() | MS),
        derived=draw(st.none() | st.just(("answered_within=0.5", "wait_seconds=20"))),
    )  # fmt: skip


FIGURE = st.none() | st.floats(0, 1e9)
PLANS = st.builds(Plan, NAME, MS, MS, st.integers(1, 3_600_000), FIGURE, SPAN, FIGURE, FIGURE)
STATES_GIVEN = st.builds(
    AgentState,
    NAME,
    MS,
    st.sampled_from(STATES),
    st.lists(NAME, min_size=1, max_size=3, unique=True).map(lambda names: tuple(sorted(names))),
    st.integers(0, 10**9),
    TEXT,
    TEXT,
    TEXT,
    TEXT,
)
CHECKS = st.lists(
    st.builds(Check, NAME, st.sampled_from(FAMILIES), st.none() | st.booleans()), min_size=1, max_size=3
).map(lambda checks: tuple(sorted(checks, key=lambda check: (check.name, check.family))))
EVALUATIONS = st.builds(
    Evaluation, NAME, MS, MS, st.sampled_from(["random", "targeted"]), CHECKS, TEXT, TEXT, TEXT, TEXT, TEXT
)


@given(st.lists(contacts() | snapshots() | PLANS | STATES_GIVEN | EVALUATIONS, max_size=5))
def test_whatever_is_encoded_is_decoded(records: list[Record]) -> None:
    """Every record of every type travels to the millisecond and the last digit."""
    decoded, places, rejected = decode(encode("sales", records), "sales", 1_800_000, 0, 5_000_000_000_000)
    assert not rejected
    assert (list(decoded), list(places)) == (records, list(range(len(records))))


def test_a_tick_has_no_queue() -> None:
    """A tick travels without a key; with one it is refused, and its neighbours are counted."""
    tick = Tick(NOW)
    assert decode(encode("", [tick]), "", 0, 0, NOW).records == [tick]
    assert outcome(CONTACT, {"type": "tick", "at": "2026-03-02T10:00:00Z"}) == (
        1,
        ["type: a tick has no queue; send it without a key"],
    )


@given(contacts())
def test_a_contact_s_fields_written_out_are_those_of_its_structure(contact: Contact) -> None:
    """The code written out for speed gives the same as the structure's table of fields, both ways."""
    form = codec._FORMS[Contact]
    message = form.write("sales", contact)
    assert codec._write_contact("sales", contact, None) == message
    assert codec._admit_contact(message, 5_000) == admit_contact(**form.read(message), skew_ms=5_000)

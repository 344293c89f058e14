"""Records: their fields, event time and stage."""

from typing import Final

from config.sources.fields import KINDS, mandatory
from streams import admission, records
from streams.records import RECORD_TYPES, Check, Contact

T0: Final = 1_772_445_600_000
BASE = {"offered_ms": T0, "exited_ms": None, "wait_ms": None, "talk_ms": None, "hold_ms": None, "wrap_ms": None}


def contact(outcome: str | None, **given: int | None) -> Contact:
    """A contact offered at 2026-03-02T10:00Z."""
    f = BASE | given
    return admission.admit_contact(
        "c", f["offered_ms"], outcome, f["exited_ms"], f["wait_ms"], f["talk_ms"], f["hold_ms"], f["wrap_ms"],
        None, None, None, None, None, skew_ms=5000,
    )  # fmt: skip


def test_a_copy_is_further_along_when_more_is_known_of_the_contact() -> None:
    """Waiting, then left the queue, then handled; an abandoned contact is never handled."""
    assert contact(None).stage == 0
    assert contact("answered", wait_ms=1).stage == 1
    assert contact("answered", wait_ms=1, wrap_ms=0).stage == 2
    assert contact("abandoned", wait_ms=1, talk_ms=5).stage == 1


def test_handle_time_is_what_is_reported_of_talk_hold_and_wrap() -> None:
    """Empty parts count as nothing, and all parts empty as not reported."""
    assert contact("answered", wait_ms=0, talk_ms=5, wrap_ms=2).handle_ms == 7
    assert contact("answered", wait_ms=0).handle_ms is None
    assert records.Snapshot(0, 1, 1, hold_ms=3).handle_ms == 3
    assert records.Snapshot(0, 1, 1).handle_ms is None


def test_a_waiting_contact_has_no_wait_yet() -> None:
    """A wait measured so far is none: the contact has not left."""
    assert contact(None, wait_ms=30_000).wait_ms is None


def test_event_times_are_the_reference_s() -> None:
    """Section 5: offered_at; as_of, at most the interval's end; since; published_at; evaluated_at; the tick's own."""
    checks = [Check("a", "business", True)]
    assert records.event_ms(contact("answered", offered_ms=T0 + 7, exited_ms=T0 + 99)) == T0 + 7
    assert records.event_ms(admission.admit_snapshot(T0, 1000, T0 + 400, 1000)) == T0 + 400
    assert records.event_ms(admission.admit_snapshot(T0, 1000, T0 + 5000, 1000)) == T0 + 1000
    assert records.event_ms(admission.admit_snapshot(T0, 1000, None, 1000)) == T0 + 1000
    assert records.event_ms(admission.admit_agent_state("a", T0, "wrap", ["q"], 1, None, None, None, None)) == T0
    assert records.event_ms(admission.admit_plan("v", T0 + 6, T0, 1000, 1000, 1.0, None, None, None)) == T0 + 6
    assert (
        records.event_ms(admission.admit_evaluation("e", T0 + 1, T0 + 8, None, checks, None, None, None, None, None))
        == T0 + 8
    )
    assert records.event_ms(records.Tick(9)) == 9


def test_ties_are_merged_in_the_reference_s_order() -> None:
    """Plan, agent state, evaluation, refused row, interval, contact; a source has spoken after all of them."""
    ranked = sorted(records.TYPE_RANK, key=lambda kind: records.TYPE_RANK[kind])
    assert [kind.__name__ for kind in ranked] == [
        "Plan", "AgentState", "Evaluation", "RefusedRow", "Snapshot", "Contact", "Feed",
    ]  # fmt: skip


def test_a_field_outside_is_named_after_its_kind() -> None:
    """Inside, instants and durations end in _ms; outside, durations end in _seconds; other fields keep their name."""
    for record in RECORD_TYPES.values():
        for name, inside in record.inside.items():
            kind = record.fields[name].kind
            assert kind in KINDS
            assert inside.endswith("_ms") == (kind in {"instant", "seconds"}), name
            assert name.endswith("_seconds") == (kind == "seconds"), name
            assert inside in {name, inside.removesuffix("_ms") + "_ms"}


def test_every_field_of_a_record_has_a_meaning() -> None:
    """The documentation of records is written from the structures: each type and field says what it means.

    Whether a length is said is told outside by the length.
    """
    for record in RECORD_TYPES.values():
        assert set(record.inside.values()) == set(record.structure.__struct_fields__) - {"said"}
        for field in record.fields.values():
            assert field.meaning, field.name
        assert record.meaning.endswith("."), record.name


def test_the_queue_and_the_identity_are_mandatory() -> None:
    """A row that lacks one of these gives no record; a plan's version and publication may be its file's."""
    assert {name: set(mandatory(record.fields)) for name, record in RECORD_TYPES.items()} == {
        "contact": {"queue", "contact_id", "offered_at"},
        "interval": {"queue", "interval_start"},
        "plan": {"queue", "interval_start"},
        "agent_state": {"agent", "since", "state"},
        "evaluation": {"queue", "evaluation_id", "handled_at", "evaluated_at", "checks"},
        "feed": {"source", "through"},
        "rejected": {"queue", "source", "at", "place"},
        "tick": {"at"},
    }

"""The rules of a record that the ways in share: identity, event time, stage."""

import pytest

from streams import admission, records
from streams.records import Check, Contact, RecordError

BASE = {"offered_ms": 0, "exited_ms": None, "wait_ms": None, "talk_ms": None, "hold_ms": None, "wrap_ms": None}


def contact(outcome: str | None, **given: int | None) -> Contact:
    """A contact offered at 1970-01-01T00:00Z."""
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


def test_event_times_are_the_contract_s() -> None:
    """Section 5: offered_at; as_of, at most the interval's end; since; published_at; evaluated_at; the tick's own."""
    checks = [Check("a", "business", True)]
    assert records.event_ms(contact("answered", offered_ms=7, exited_ms=99)) == 7
    assert records.event_ms(admission.admit_snapshot(0, 1000, 400, 1000)) == 400
    assert records.event_ms(admission.admit_snapshot(0, 1000, 5000, 1000)) == 1000
    assert records.event_ms(admission.admit_snapshot(0, 1000, None, 1000)) == 1000
    assert records.event_ms(admission.admit_agent_state("a", 5, "wrap", ["q"], 1, None, None, None, None)) == 5
    assert records.event_ms(admission.admit_plan("v", 6, 0, 1000, 1000, 1.0, None, None, None)) == 6
    assert records.event_ms(admission.admit_evaluation("e", 1, 8, None, checks, None, None, None, None, None)) == 8
    assert records.event_ms(records.Tick(9)) == 9


def test_ties_are_merged_in_the_contract_s_order() -> None:
    """Plan, agent state, evaluation, interval, contact."""
    ranked = sorted(records.TYPE_RANK, key=lambda kind: records.TYPE_RANK[kind])
    assert [kind.__name__ for kind in ranked] == ["Plan", "AgentState", "Evaluation", "Snapshot", "Contact"]


def test_a_plan_row_may_have_another_length_and_a_snapshot_may_not() -> None:
    """Plans are rolled up or split; counts cannot be."""
    assert admission.admit_plan("v", 0, 0, 900_000, 1_800_000, 1.0, None, None, None).length_ms == 900_000
    with pytest.raises(RecordError, match="interval_seconds: 900"):
        admission.admit_snapshot(0, 900_000, None, 1_800_000)


def test_queues_of_a_state_are_a_set() -> None:
    """The same queues in another order, or named twice, are the same values; offline needs none."""
    one = admission.admit_agent_state("a", 0, "wrap", ["x", "y", "x", ""], None, "", None, None, None)
    other = admission.admit_agent_state("a", 0, "wrap", ["y", "x"], 0, None, None, None, None)
    assert one == other
    assert admission.admit_agent_state("a", 0, "offline", [], 0, None, None, None, None).queues == ()


def test_an_empty_selection_is_random_and_checks_have_no_order() -> None:
    """Two sheets with the same checks in another order are the same evaluation."""
    one, two = Check("a", "business", True), Check("b", "end_user", None)
    first = admission.admit_evaluation("e", 0, 1, None, [one, two], None, None, None, None, None)
    second = admission.admit_evaluation("e", 0, 1, "random", [two, one], None, None, None, None, None)
    assert first == second


def test_negative_counts_are_admitted() -> None:
    """They fail the integrity check of their interval, where people see them, rather than vanish."""
    assert admission.admit_snapshot(0, 1000, None, 1000, offered=-1).offered == -1

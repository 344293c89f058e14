"""The rules of a record that the ways in share."""

import inspect
from typing import Final

import pytest

from config.timestamps import from_rfc3339
from streams import admission
from streams.records import RECORD_TYPES, Check, Contact, RecordError

T0: Final = 1_772_445_600_000
"""2026-03-02T10:00Z."""


def test_a_plan_row_may_have_another_length_and_a_snapshot_may_not_be_longer() -> None:
    """Plans are rolled up or split; counts can be summed, and cannot be split: the refusal has both lengths."""
    assert admission.admit_plan("v", T0, T0, 900_000, 1_800_000, 1.0, None, None, None).length_ms == 900_000
    assert admission.admit_snapshot(T0, 900_000, None, 1_800_000).length_ms == 900_000
    with pytest.raises(RecordError, match="interval_seconds: 3600, and the queue's intervals have 1800"):
        admission.admit_snapshot(T0, 3_600_000, None, 1_800_000)


@pytest.mark.parametrize(
    ("start", "zone", "minutes", "length"),
    [
        ("2026-03-02T10:00:00Z", "UTC", 30, 30),
        ("2026-03-02T10:15:00Z", "UTC", 30, 15),
        ("2026-03-02T10:30:00Z", "Asia/Kolkata", 60, 60),
        ("2026-03-02T10:45:00Z", "Asia/Kolkata", 60, 45),
        ("2026-07-01T10:15:00Z", "Asia/Kathmandu", 30, 30),
        ("2026-07-01T10:30:00Z", "Australia/Lord_Howe", 60, 60),
    ],
)
def test_a_row_of_unsaid_length_lasts_to_its_interval_s_end(start: str, zone: str, minutes: int, length: int) -> None:
    """Intervals lie at multiples of their length in local standard time; an empty `as_of` is the row's end."""
    begin = from_rfc3339(start)
    row = admission.admit_snapshot(begin, None, None, minutes * 60_000, zone, offered=1)
    assert (row.said, row.length_ms, row.as_of_ms) == (False, length * 60_000, begin + length * 60_000)


@pytest.mark.parametrize("entry", ["answered_within", "answered_within=", "program=1", "offered=-1", "offered=nan", ""])
def test_a_computed_field_is_named_with_its_rounding(entry: str) -> None:
    """A computed field must be one of an interval, said with how far rounding may have moved it."""
    assert admission.admit_snapshot(T0, None, None, 1_800_000, derived=["offered=0.5"]).derived == ("offered=0.5",)
    with pytest.raises(RecordError, match="derived: "):
        admission.admit_snapshot(T0, None, None, 1_800_000, derived=[entry])


def test_queues_of_a_state_are_a_set() -> None:
    """The same queues in another order, or named twice, are the same values; offline needs none."""
    one = admission.admit_agent_state("a", T0, "wrap", ["x", "y", "x", ""], None, "", None, None, None)
    other = admission.admit_agent_state("a", T0, "wrap", ["y", "x"], None, None, None, None, None)
    assert one == other
    assert admission.admit_agent_state("a", T0, "offline", [], 0, None, None, None, None).queues == ()


def test_an_empty_selection_is_random_and_checks_have_no_order() -> None:
    """Two sheets with the same checks in another order are the same evaluation."""
    one, two = Check("a", "business", True), Check("b", "end_user", None)
    first = admission.admit_evaluation("e", T0, T0 + 1, None, [one, two], None, None, None, None, None)
    second = admission.admit_evaluation("e", T0, T0 + 1, "random", [two, one], None, None, None, None, None)
    assert first == second


def test_negative_counts_are_admitted() -> None:
    """They fail the integrity check of their interval, where people see them, rather than vanish."""
    assert admission.admit_snapshot(T0, 1000, None, 1000, offered=-1).offered == -1


def test_admission_takes_the_fields_of_the_structure() -> None:
    """The fields written out for speed or for typing are those of the structure; a contact's are in its order."""
    given = list(inspect.signature(admission.admit_contact).parameters)
    assert given == [*Contact.__struct_fields__, "skew_ms"]
    for record, admit in (
        ("plan", admission.admit_plan),
        ("agent_state", admission.admit_agent_state),
        ("evaluation", admission.admit_evaluation),
    ):
        parameters = set(inspect.signature(admit).parameters) - {"queue_length_ms"}
        assert parameters == set(RECORD_TYPES[record].inside.values()), record


DAY = 86_400_000


@pytest.mark.parametrize(
    ("exited", "wait", "expected"),
    [
        (5_000, None, (5_000, 5_000)),
        (5_000, 4_000, (5_000, 4_000)),
        (None, 4_000, (4_000, 4_000)),
        (None, -5_000, (0, 0)),
        (-5_000, None, (0, 0)),
        (-5_000, 3_000, (0, 3_000)),
        (0, 0, (0, 0)),
        (366 * DAY, 366 * DAY, (366 * DAY, 366 * DAY)),
    ],
)
def test_exit_and_wait_complete_each_other(exited: int | None, wait: int | None, expected: tuple[int, int]) -> None:
    """A measured wait stays, one that is missing is exit - offer, and clocks that disagree by the skew make 0."""
    given = None if exited is None else T0 + exited
    one = admission.admit_contact("c", T0, "answered", given, wait, *[None] * 8, skew_ms=5_000)
    assert one.exited_ms is not None
    assert (one.exited_ms - T0, one.wait_ms) == expected


@pytest.mark.parametrize(
    ("exited", "wait", "reason"),
    [
        (None, None, "exited_at: is empty though the outcome is answered, and there is no wait_seconds"),
        (-5_001, None, "exited_at: 2026-03-02T09:59:54.999Z is before offered_at"),
        (366 * DAY + 1, 0, "exited_at: .* is more than a year after offered_at"),
        (0, 366 * DAY + 1, "wait_seconds: .* is more than a year"),
        (0, -5_001, "wait_seconds: -5.001 is negative by more than clock_skew_seconds"),
    ],
)
def test_an_exit_or_wait_that_cannot_be_is_refused(exited: int | None, wait: int | None, reason: str) -> None:
    """The reason names the field and what it holds."""
    given = None if exited is None else T0 + exited
    with pytest.raises(RecordError, match=reason):
        admission.admit_contact("c", T0, "answered", given, wait, *[None] * 8, skew_ms=5_000)

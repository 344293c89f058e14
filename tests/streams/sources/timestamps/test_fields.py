"""Instant fields: `after`, the first that is not empty, clock changes, refusals in words."""

import numpy as np
import pyarrow as pa
import pytest

from config.errors import UserError
from config.sources.expressions import Column, Const, Expression, First, Sum
from config.timestamps import from_rfc3339, rfc3339
from streams.sources.blocks import Cells
from streams.sources.timestamps.fields import Earliest, Instants, instant_reader
from streams.sources.timestamps.local_time import LocalClock

CLOCK = "%Y-%m-%d %H:%M"


def read(
    expression: Expression, *, on_ambiguous: str = "first", after: list[str] | None = None, **columns: list[str]
) -> Instants:
    """The field's instants in Madrid; `after` are the limits that any `after` sets."""
    cells = Cells(
        {name: pa.array(texts, pa.string()) for name, texts in columns.items()}, len(next(iter(columns.values())))
    )
    limits = np.array([from_rfc3339(text) for text in after or []], dtype=np.int64)
    reader = instant_reader("exited_at", expression, LocalClock("Europe/Madrid", on_ambiguous, "reject"))
    return reader(cells, lambda _name: Earliest(limits, np.ones(len(limits), dtype=np.bool_)))


def shown(instants: Instants) -> list[str | None]:
    """As text, None where there is none."""
    return [None if ms is None else rfc3339(ms) for ms in instants.as_list()]


def test_after_adds_a_day_when_earlier() -> None:
    """A clock earlier than the instant it follows is the next day's, on the wall clock."""
    found = read(
        Column(("day", "clock"), (CLOCK,), after="offered_at"),
        day=["2026-03-02", "2026-03-02", "2026-03-28"],
        clock=["23:59", "00:10", "01:30"],
        after=["2026-03-02T22:58:00Z", "2026-03-02T22:58:00Z", "2026-03-28T22:58:00Z"],
    )
    assert shown(found) == ["2026-03-02T22:59:00Z", "2026-03-02T23:10:00Z", "2026-03-29T00:30:00Z"]


def test_after_takes_the_second_hour_before_the_next_day() -> None:
    """A call from 02:50 to 02:10 in the repeated hour lasted twenty minutes, not a day."""
    found = read(
        Column(("day", "clock"), (CLOCK,), after="offered_at"),
        day=["2026-10-25"],
        clock=["02:10"],
        after=["2026-10-25T00:50:00Z"],
    )
    assert shown(found) == ["2026-10-25T01:10:00Z"]


def test_the_day_added_may_hold_no_such_time() -> None:
    """The next day's time is refused where summer time skips it."""
    found = read(
        Column(("day", "clock"), (CLOCK,), after="offered_at"),
        day=["2026-03-28"],
        clock=["02:30"],
        after=["2026-03-28T22:58:00Z"],
    )
    assert shown(found) == [None]
    assert "does not occur in Europe/Madrid" in found.faults[0]


def test_instants_with_an_offset_move_by_a_day_too() -> None:
    """An instant that needs no zone is moved by 24 hours."""
    found = read(Column(("at",), after="offered_at"), at=["2026-03-02T00:10:00Z"], after=["2026-03-02T22:58:00Z"])
    assert shown(found) == ["2026-03-03T00:10:00Z"]


def test_the_first_that_is_not_empty_is_taken() -> None:
    """A later option fills what is empty; what cannot be read is not passed over."""
    found = read(
        First((Column(("a",), (CLOCK,), empty=frozenset({"-"})), Column(("b",), ("epoch",)), Const("2026-01-01"))),
        a=["2026-03-02 02:00", "-", "", "x", "-"],
        b=["1", "1772413200", "y", "1", ""],
    )
    assert shown(found) == ["2026-03-02T01:00:00Z", "2026-03-02T01:00:00Z", None, None, "2025-12-31T23:00:00Z"]
    assert found.faults == {
        2: "column b has 'y'; expected the format epoch",
        3: f"column a has 'x'; expected the format {CLOCK}",
    }


def test_naive_times_and_times_with_an_offset_stand_side_by_side() -> None:
    """The source's zone is only for times without an offset."""
    found = read(Column(("at",)), at=["2026-03-02T02:00:00", "2026-03-02T02:00:00Z", "2026-03-02T02:00:00+05:30", ""])
    assert shown(found) == ["2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z", "2026-03-01T20:30:00Z", None]


def test_the_repeated_hour_is_known_by_its_twin_or_refused() -> None:
    """An instant of the repeated hour knows its twin; with `reject` the row is refused in words."""
    column = Column(("at",), (CLOCK,))
    found = read(column, at=["2026-10-25 02:30", "2026-10-25 04:30"])
    assert shown(found) == ["2026-10-25T00:30:00Z", "2026-10-25T03:30:00Z"]
    assert found.twins == {0: from_rfc3339("2026-10-25T01:30:00Z")}
    refused = read(column, at=["2026-10-25 02:30"], on_ambiguous="reject")
    assert refused.faults == {
        0: "column at has '2026-10-25 02:30'; that time occurs twice in Europe/Madrid, and on_ambiguous is reject"
    }
    assert shown(refused) == [None]


def test_years_in_which_no_call_was_made_are_refused() -> None:
    """1970 and 9999 stand for "none" in other systems, and are told as that."""
    found = read(Column(("at",)), at=["9999-12-31T23:59:59", "1970-01-01T00:00:00Z", "1980-01-02", "2999-12-31"])
    assert shown(found)[:2] == [None, None]
    assert set(found.faults) == {0, 1}
    assert found.faults[0] == (
        "column at has '9999-12-31T23:59:59'; "
        "that is not in the years 1980 to 2999; list it under empty if it means none"
    )
    assert found.faults[1] == (
        "too_old: column at has '1970-01-01T00:00:00Z'; that is before 1980; list it under empty if it means none"
    )


def test_forms_that_make_no_instant_are_refused() -> None:
    """A sum is no instant, and neither is a constant that is no date."""
    with pytest.raises(UserError, match=r"columns.exited_at: sum makes no instant"):
        read(Sum((Column(("a",)),)), a=[""])
    with pytest.raises(UserError, match=r"columns.exited_at: const: found 'noon'; expected an instant"):
        read(Const("noon"), a=[""])


def test_a_clock_that_is_a_little_earlier_is_of_the_same_day() -> None:
    """Half a day back is the most that clocks disagree; more is the next day."""
    found = read(
        Column(("day", "clock"), (CLOCK,), after="offered_at"),
        day=["2026-03-02"] * 3,
        clock=["09:00", "09:03", "09:01"],
        after=["2026-03-02T08:02:00Z", "2026-03-02T20:02:00Z", "2026-03-02T20:02:00Z"],
    )
    assert shown(found) == ["2026-03-02T08:00:00Z", "2026-03-02T08:03:00Z", "2026-03-03T08:01:00Z"]


def test_a_row_s_own_time_zone_places_its_clock() -> None:
    """A column names the zone; an empty cell means the source's, and a name that is none is a fault of its row."""
    found = read(
        Column(("at",), (CLOCK,), zone="tz"),
        at=["2026-03-02 08:00"] * 4,
        tz=["America/New_York", "", "Asia/Tokyo", "CET-1"],
    )
    assert shown(found) == ["2026-03-02T13:00:00Z", "2026-03-02T07:00:00Z", "2026-03-01T23:00:00Z", None]
    assert found.faults == {3: "column tz has 'CET-1'; expected an IANA time zone such as Europe/Madrid"}

"""Spans of a local week on the time line, over midnight, weekends and the change of clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

from agents.notices.local_weeks import next_begin, span_end

MADRID = "Europe/Madrid"
QUIET = tuple(((1320, 1860),) for _ in range(7))
WORKDAYS = tuple(((480, 720), (780, 1080)) if day < 5 else () for day in range(7))


def _ms(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(MADRID)).timestamp() * 1000)


def test_a_span_over_midnight_holds_on_both_days() -> None:
    """22:00-07:00 holds at 23:00 and at 06:59, ends at 07:00, and does not hold then."""
    for text in ("2026-03-09T22:00", "2026-03-09T23:30", "2026-03-10T06:59"):
        assert span_end(QUIET, MADRID, _ms(text)) == _ms("2026-03-10T07:00")
    assert span_end(QUIET, MADRID, _ms("2026-03-10T07:00")) is None
    assert span_end(QUIET, MADRID, _ms("2026-03-10T21:59")) is None


def test_spans_that_touch_are_one() -> None:
    """20:00-24:00 on Monday and 00:00-06:00 on Tuesday end together, on Tuesday at 06:00."""
    week = (((1200, 1440),), ((0, 360),), (), (), (), (), ())
    assert span_end(week, MADRID, _ms("2026-03-09T21:00")) == _ms("2026-03-10T06:00")


def test_a_span_keeps_its_wall_time_when_clocks_change() -> None:
    """In the night of 29 March, when clocks go forward, quiet time ends at 07:00 summer time."""
    end = span_end(QUIET, MADRID, _ms("2026-03-28T23:00"))
    assert end == int(dt.datetime(2026, 3, 29, 5, tzinfo=dt.UTC).timestamp() * 1000)


def test_the_next_span_is_found_over_a_weekend_and_a_break() -> None:
    """After Friday's end comes Monday 08:00, in the break 13:00; at its very beginning a span is the next."""
    assert next_begin(WORKDAYS, MADRID, _ms("2026-03-13T18:00")) == _ms("2026-03-16T08:00")
    assert next_begin(WORKDAYS, MADRID, _ms("2026-03-13T12:30")) == _ms("2026-03-13T13:00")
    assert next_begin(WORKDAYS, MADRID, _ms("2026-03-16T08:00")) == _ms("2026-03-16T08:00")
    assert next_begin(((),) * 7, MADRID, _ms("2026-03-16T08:00")) is None

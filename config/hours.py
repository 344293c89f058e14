"""Opening hours and holidays: reads `mon-fri: "08:00-20:00"` into spans of minutes."""

import contextlib
import datetime as dt
import re
from typing import Final

from config.yaml import Node, nearest

__all__ = ["DAYS", "Spans", "describe_hours", "overlap", "read_closed", "read_hours", "read_times"]

Spans = tuple[tuple[int, int], ...]
"""Open spans of one weekday, minutes from local midnight; an end beyond 1440 lies on the next day."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES: Final = 1440
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SPAN: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPAN_ALLOWED: Final = (
    'local times like "08:00-20:00", a list of such, or closed; 24:00 may end a span, and an end at or before the '
    "start runs into the next day"
)


def read_hours(node: Node) -> dict[int, tuple[Spans, Node]]:
    """The weekdays (0 is Monday) that `node` names, with their spans and the nodes that set them.

    A key is a weekday or two with a dash, which may wrap (`sun-thu`).

    Raises:
        UserError: a key or span cannot be read, a weekday is named twice, or spans overlap (over midnight too).
    """
    given: dict[int, tuple[Spans, Node]] = {}
    for key, child in node.entries('a mapping of weekdays, like {mon-fri: "08:00-20:00"}').items():
        spans = _read_spans(child)
        for day in _read_days(key, child):
            if day in given:
                raise child.fault(f"{DAYS[day]} is already set in line {given[day][1].line}; name each weekday once")
            given[day] = (spans, child)
    clash = overlap({day: spans for day, (spans, _) in given.items()})
    if clash is not None:
        raise given[clash][1].fault(
            f"the spans of {DAYS[clash]} overlap another one; let each begin after the last ends"
        )
    return given


def _read_days(key: str, node: Node) -> list[int]:
    first, dash, last = key.lower().replace(" ", "").partition("-")
    names = (first, last) if dash else (first, first)
    for name in names:
        if name not in DAYS:
            raise node.fault(
                f"unknown weekday {name!r}{nearest(name, DAYS)} allowed: {', '.join(DAYS)}, or two like mon-fri"
            )
    start, end = (DAYS.index(name) for name in names)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _read_spans(node: Node) -> Spans:
    if node.value in ("closed", None):
        return ()
    parts = node.value if isinstance(node.value, list) else [node]
    return tuple(sorted(_read_span(part) for part in parts))


def _read_span(node: Node) -> tuple[int, int]:
    match = _SPAN.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None:
        raise node.wrong(_SPAN_ALLOWED)
    start_hour, start_minute, end_hour, end_minute = match.groups()
    start = int(start_hour) * 60 + int(start_minute)
    end = _DAY_MINUTES if end_hour is None else int(end_hour) * 60 + int(end_minute)
    return start, end if end > start else end + _DAY_MINUTES


def read_times(node: Node) -> tuple[int, ...]:
    """Times of day, in minutes from local midnight, in order.

    Raises:
        UserError: one is no time of day.
    """
    allowed = 'times of day like ["09:00", "13:30"], or [] for none'
    found = []
    for each in node.items(allowed):
        match = _TIME.fullmatch(each.value) if isinstance(each.value, str) else None
        if match is None:
            raise each.wrong('a time of day like "09:00"')
        found.append(int(match[1]) * 60 + int(match[2]))
    return tuple(sorted(set(found)))


def overlap(week: dict[int, Spans]) -> int | None:
    """The weekday of a span that overlaps the one before, across midnight and the week's end too; None: none does."""
    spans = sorted(
        (day * _DAY_MINUTES + start, day * _DAY_MINUTES + end, day)
        for day, spans in week.items()
        for start, end in spans
    )
    if not spans:
        return None
    first = spans[0]
    wrapped = (first[0] + 7 * _DAY_MINUTES, first[1] + 7 * _DAY_MINUTES, first[2])
    for (_, end, _), (start, _, day) in zip(spans, [*spans[1:], wrapped], strict=True):
        if start < end:
            return day
    return None


def read_closed(node: Node) -> frozenset[dt.date]:
    """The dates of a list; each local date written like 2026-12-25."""
    return frozenset(_read_date(item) for item in node.items("a list of dates like [2026-12-25]"))


def _read_date(node: Node) -> dt.date:
    if isinstance(node.value, str) and _DATE.fullmatch(node.value):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(node.value)
    raise node.wrong("a date that exists, written like 2026-12-25")


def _clock(minutes: int) -> str:
    text = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    if minutes == _DAY_MINUTES:
        return "24:00"
    return f"{text} next day" if minutes > _DAY_MINUTES else text


def describe_hours(week: tuple[Spans, ...]) -> str:
    """Seven weekdays in words, equal neighbours together: `mon-fri 08:00-20:00; sat closed`."""
    parts: list[str] = []
    day = 0
    while day < 7:
        last = day
        while last < 6 and week[last + 1] == week[day]:
            last += 1
        name = DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
        spans = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in week[day]) or "closed"
        parts.append(f"{name} {spans}")
        day = last + 1
    return "; ".join(parts)

"""The time that a frame is wanted of: local days of the site, or instants."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.errors import UserError
from config.timestamps import from_rfc3339, rfc3339, to_ms

__all__ = ["Moment", "Span", "span_of"]

Moment = str | dt.date | dt.datetime
"""A local day of the site (a date, or `2026-10-01`), or an instant (an aware datetime, or RFC 3339 text)."""


class Span(NamedTuple):
    """From an instant to another that is outside; None: without a limit."""

    start_ms: int | None
    end_ms: int | None

    @property
    def start(self) -> str | None:
        """RFC 3339."""
        return None if self.start_ms is None else rfc3339(self.start_ms)

    @property
    def end(self) -> str | None:
        """RFC 3339."""
        return None if self.end_ms is None else rfc3339(self.end_ms)


def span_of(begin: Moment | None, end: Moment | None, timezone: str) -> Span:
    """The span between two moments; a day stands for its local midnight, so that `end` is the first day outside.

    Args:
        begin: the first day or instant that is wanted.
        end: the first one that is not.
        timezone: IANA name of the site's zone.

    Raises:
        UserError: one of them cannot be read, or `end` is not after `begin`.
    """
    span = Span(_ms("begin", begin, timezone), _ms("end", end, timezone))
    if span.start_ms is not None and span.end_ms is not None and span.end_ms <= span.start_ms:
        raise UserError(
            f"end: {end} is not after begin, {begin}; end is the first day or instant that is not wanted any more"
        )
    return span


def _ms(name: str, moment: Moment | None, timezone: str) -> int | None:
    if moment is None:
        return None
    try:
        if isinstance(moment, str):
            is_day = len(moment) <= len("2026-10-01")
            return _midnight(dt.date.fromisoformat(moment), timezone) if is_day else from_rfc3339(moment)
        if isinstance(moment, dt.datetime):
            return from_rfc3339(moment.isoformat())
        if isinstance(moment, dt.date):
            return _midnight(moment, timezone)
    except (ValueError, OverflowError):
        pass
    raise UserError(
        f"{name}: {moment!r} is neither a day nor an instant; give a date, a datetime with its zone, or text such as "
        "2026-10-01 or 2026-10-01T08:00:00+02:00"
    )


def _midnight(day: dt.date, timezone: str) -> int:
    return to_ms(dt.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(dt.UTC))

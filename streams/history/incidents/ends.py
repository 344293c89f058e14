"""The end of a breach, read back from the title that tells it: no column holds it.

The interval that resolves a breach lies after its end, since several good ones confirm that.
"""

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["end_told"]

_END: Final = re.compile(r"ended (?:\S+ )?\d\d:(?P<minute>\d\d) after (?P<lasted>(?:\d+ (?:d|h|min) ?)+)")
_MINUTES: Final = {"d": 1440, "h": 60, "min": 1}


def end_told(title: str, first_ms: int, timezone: str) -> int | None:
    """The end of a breach that is over, milliseconds since 1970.

    Args:
        title: English, such as `sales: ended 13:30 after 2 h, worst 14 %`.
        first_ms: begin of its first interval.
        timezone: IANA name of its queue's zone.

    Returns:
        None where the title tells of no end.
    """
    found = _END.search(title)
    if found is None:
        return None
    words = found["lasted"].split()
    lasted = sum(int(count) * _MINUTES[unit] for count, unit in zip(words[::2], words[1::2], strict=True))
    end_ms = first_ms + lasted * 60_000
    minute = dt.datetime.fromtimestamp(end_ms / 1000, ZoneInfo(timezone)).minute
    return end_ms + (int(found["minute"]) - minute) % 60 * 60_000  # a stretch of days is told without its minutes

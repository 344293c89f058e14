"""Sources that speak for a centre of a fault run: one of them is dead for two hours, and one row is refused."""

from typing import Final

from fault_run import HOUR_MS, START_MS

from streams.records import Contact, Record, Snapshot, event_ms
from streams.source_words import Feed, RefusedRow

__all__ = ["SOURCES", "spoken"]

SOURCES: Final = {
    "sales": "pbx",
    "orders": "dialler",
    "returns": "pbx",
    "cards": "pbx",
    "loans": "pbx",
    "extra": "pbx",
    "acd": "acd",
}
"""The source of each queue's call data."""
_DEAD_FROM_MS: Final = START_MS + 3 * HOUR_MS // 2
_DEAD_UNTIL_MS: Final = _DEAD_FROM_MS + 2 * HOUR_MS
_REFUSED_MS: Final = START_MS + 2 * HOUR_MS
_GRID_MS: Final = HOUR_MS // 4


def spoken(records: dict[str, list[Record]]) -> list[tuple[int, Feed]]:
    """Words of the sources of a centre, each at the moment it is said: an interval's end; and at the end of input.

    From the records goes, in place, what a dead source would have told (`orders` misses intervals), and one row of
    `acd` is refused: its interval is neither missing nor zero.
    """
    records["orders"] = [
        record
        for record in records["orders"]
        if not (isinstance(record, Contact) and _DEAD_FROM_MS <= record.offered_ms < _DEAD_UNTIL_MS)
    ]
    records["acd"] = [
        RefusedRow("acd", record.start_ms, "acd.csv:9", "offered: '1.204' has two readings")
        if isinstance(record, Snapshot) and record.start_ms == _REFUSED_MS
        else record
        for record in records["acd"]
    ]
    records["acd"].sort(key=event_ms)
    last: dict[tuple[str, int], int] = {}
    for queue, held in records.items():
        for record in held:
            if isinstance(record, Contact | Snapshot):
                event = event_ms(record)
                place = SOURCES[queue], -(-event // _GRID_MS) * _GRID_MS
                last[place] = max(last.get(place, event), event)
    return [(end, Feed(source, last[source, end])) for source, end in sorted(last, key=lambda place: place[::-1])]

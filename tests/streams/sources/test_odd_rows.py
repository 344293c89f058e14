"""Totals among interval rows, and contacts outside open hours: told to a person, and nothing is refused."""

from streams.sources.odd_rows import Outside, Totals

HOUR = 3_600_000


def totals(rows: dict[str, list[int | None]]) -> list[str]:
    """The warnings of queues with so many contacts hour by hour."""
    found = Totals()
    for queue, counts in rows.items():
        for hour, contacts in enumerate(counts):
            found.add(queue, hour * HOUR, contacts)
    return list(found.warnings())


def test_a_queue_that_is_named_like_totals_is_told() -> None:
    """The word for totals stands where a queue's name is expected; a file of that one queue is a total of its own."""
    for name in ("Total", "Gesamt", "Grand Total", "合计"):
        (told,) = totals({"Sales": [5, 6], name: [5, 6]})
        assert told == f"queue {name!r} is named like a row of totals: leave it out by where_not"
        assert totals({name: [5, 6]}) == []
    assert totals({"Sales": [5, 6], "Totally Furniture": [5, 6]}) == []


def test_a_queue_that_is_the_sum_of_the_others_is_told() -> None:
    """Its name does not matter; in one interval that differs it is a queue like any other."""
    rows: dict[str, list[int | None]] = {"a": [5, 6, 7, 8], "b": [1, 2, 3, 4], "Site 1": [6, 8, 10, 12]}
    (told,) = totals(rows)
    assert told.startswith("queue 'Site 1' has the sum of all other queues in each interval")
    assert totals(rows | {"Site 1": [6, 8, 10, 13]}) == []
    assert totals({"a": [5, 6, 7, 8], "b": [5, 6, 7, 8]}) == []


def test_a_row_that_is_the_sum_of_its_queue_is_told() -> None:
    """A day's total that passes for the row of midnight; of few rows, or of empty ones, it may be chance."""
    (told,) = totals({"a": [5, 6, 7, 8, 26]})
    assert told.startswith("the row of queue 'a' at 1970-01-01T04:00:00Z has the sum of all its other rows")
    assert totals({"a": [5, 6, 11]}) == []
    assert totals({"a": [0, 0, 0, 0, 0]}) == []
    assert totals({"a": [None, 0, 6, None, 6, 0, 0]}) == []


def test_contacts_outside_open_hours_are_told() -> None:
    """From a twentieth of a queue's contacts on, with the first instant; the queue of the largest share is named."""
    found = Outside()
    for minute in range(95):
        found.add("a", minute * 60_000)
        found.add("b", minute * 60_000)
    found.add("a", 30 * HOUR, 4)
    assert list(found.warnings(lambda _queue, ms: ms < 24 * HOUR)) == []
    found.add("a", 29 * HOUR, 1)
    (told,) = found.warnings(lambda _queue, ms: ms < 24 * HOUR)
    assert told == (
        "5% of the contacts of queue 'a' lie outside its open hours (as at 1970-01-02T05:00:00Z): are the hours of the "
        "queue right, and the time zone of the file?"
    )
    (told,) = found.warnings(lambda queue, _ms: queue == "")
    assert "100% of the contacts of queue 'b', and many of 1 more queues, lie outside" in told


def test_a_long_file_is_looked_at_by_lot() -> None:
    """Years of contacts cost two thousand looks at the hours, and a tenth outside is found all the same."""
    found, asked = Outside(), []
    for slot in range(50_000):
        found.add("a", slot * 300_000)

    def is_open(_queue: str, ms: int) -> bool:
        asked.append(ms)
        return ms // 300_000 % 10 > 0

    (told,) = found.warnings(is_open)
    assert len(asked) == 2_000
    assert 7 <= int(told.partition("%")[0]) <= 13

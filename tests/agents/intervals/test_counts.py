"""The sums of one interval."""

import msgspec
from engine import snapshot

from agents.intervals.counts import IntervalCounts, named_spans


def test_data_is_what_call_data_says() -> None:
    """A contact entered, was handled or occupied an agent in the interval, or a snapshot speaks of it."""
    assert not IntervalCounts(0).has_data()
    assert not IntervalCounts(0, answered=0, spans={"calls.csv": [1, 1]}).has_data()
    for counts in (IntervalCounts(0, offered=1), IntervalCounts(0, handled=1), IntervalCounts(0, occupied_ms=1)):
        assert counts.has_data()
        assert counts.has_contacts()
    fed = IntervalCounts(0, snapshot=snapshot("09:00"))
    assert fed.has_data()
    assert not fed.has_contacts()


def test_sources_say_what_the_figures_rest_on() -> None:
    """First and last offset or row of each source, in order of names; nothing reported is empty."""
    assert named_spans([]) == ()
    counts = IntervalCounts(0)
    for source, offset in (("t/1", 7), ("t/1", 3), ("t/1", 5), ("a.csv", 9)):
        counts.note_source(source, offset, offset)
    spans = [(source, first, last) for source, (first, last) in counts.spans.items()]
    assert named_spans(spans) == ("a.csv:9-9", "t/1:3-7")
    assert named_spans([*spans, ("t/1", 8, 8), ("t/1", 20, 21), ("b.csv", 1, 2)]) == (
        "a.csv:9-9",
        "b.csv:1-2",
        "t/1:3-8",
        "t/1:20-21",
    )


def test_a_tally_survives_the_state() -> None:
    """Counts that are written into the state are read back equal."""
    counts = IntervalCounts(5, offered=2, handle_ms=7, snapshot=snapshot("09:00", offered=1), spans={"t/0": [1, 2]})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(counts), type=IntervalCounts) == counts

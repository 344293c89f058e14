"""Parts of intervals: what they come to, whatever their order, and which row counts where several speak."""

from typing import Any

import pytest
from engine import at, columns, engine, feed, reasons, rows, run
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import admission
from streams.codec import decode, encode
from streams.records import Snapshot

MINUTE = 60_000
NAMES = ("offered", "answered", "answered_within", "abandoned", "wait_ms", "talk_ms", "wrap_ms", "handled")
COUNTS = st.fixed_dictionaries({name: st.none() | st.integers(0, 50) for name in NAMES})


def row(start: str, minutes: int | None = 15, as_of: str | None = None, **counts: Any) -> Snapshot:
    """A row of a queue of half hours; `minutes` None: nobody says how long it is."""
    length = None if minutes is None else minutes * MINUTE
    return admission.admit_snapshot(at(start), length, None if as_of is None else at(as_of), 30 * MINUTE, **counts)


def summed(parts: list[dict[str, int | None]]) -> dict[str, int | None]:
    """The counts of the whole."""
    totals: dict[str, int | None] = {}
    for name in NAMES:
        values = [part[name] for part in parts]
        totals[name] = None if None in values else sum(value or 0 for value in values)
    return totals


@given(st.lists(COUNTS, min_size=8, max_size=8), st.booleans(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_summed_quarter_hours_equal_half_hours(parts: list[dict[str, int | None]], said: bool, random: Any) -> None:
    """Quarter hours in any order give what half hours of their sums give, in every column but `sources`."""
    for part in parts:  # a row's handle time is what it reports of talk and wrap
        if part["wrap_ms"] is None or part["talk_ms"] is None:
            part["wrap_ms"] = part["talk_ms"] = None
    starts = [f"{9 + place // 4:02d}:{15 * (place % 4):02d}" for place in range(8)]
    quarters = [row(start, 15 if said else None, **part) for start, part in zip(starts, parts, strict=True)]
    halves = [row(starts[place], 30, **summed(parts[place : place + 2])) for place in range(0, 8, 2)]
    random.shuffle(quarters)
    assert [without_sources(one) for one in run_together(quarters)] == [
        without_sources(one) for one in run_together(halves)
    ]


def run_together(given: list[Snapshot]) -> list[dict[str, Any]]:
    """The rows of records that all come before anything is final."""
    machine = engine(grace_seconds=86_400)
    outputs = machine.apply(given, "calls.csv", 1)
    return rows([*outputs, *machine.finish()])


def without_sources(found: dict[str, Any]) -> dict[str, Any]:
    """A result without what tells its rows."""
    return {name: value for name, value in found.items() if name not in {"sources", "hash", "previous_hash"}}


ROWS = st.builds(
    lambda start, minutes, as_of, offered: row(
        f"09:{start:02d}", None if minutes is None else min(minutes, 30 - start), f"10:{as_of:02d}", offered=offered
    ),
    st.sampled_from([0, 5, 10, 15, 20]),
    st.sampled_from([None, 5, 10, 15, 30]),
    st.integers(0, 59),
    st.integers(0, 5),
)


@given(
    st.lists(ROWS, min_size=1, max_size=7, unique_by=lambda one: one.as_of_ms),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=60)
def test_the_order_of_rows_changes_nothing(given: list[Snapshot], random: Any) -> None:
    """Rows of any length that overlap in any way give one interval, where copies say which is later."""
    expected = [without_sources(one) for one in run_together(given)]
    random.shuffle(given)
    assert [without_sources(one) for one in run_together(given)] == expected


@pytest.mark.parametrize(
    ("given", "offered", "integrity"),
    [
        ([row("09:00", offered=1), row("09:15", offered=2)], 3, "ok"),
        ([row("09:00", offered=1)], 1, "incomplete"),
        ([row("09:15", offered=2)], 2, "incomplete"),
        ([row("09:00", offered=1), row("09:15", as_of="09:20", offered=2)], 3, "incomplete"),
        ([row("09:00", None, offered=1)], 1, "ok"),
        ([row("09:00", None, offered=1), row("09:20", None, offered=2)], 3, "ok"),
        ([row("09:10", None, offered=1), row("09:20", None, offered=2)], 3, "incomplete"),
        ([row("09:00", 30, offered=9), row("09:00", offered=1), row("09:15", offered=2)], 9, "ok"),
        ([row("09:00", offered=1), row("09:15", offered=2), row("09:00", 30, offered=9)], 9, "ok"),
        ([row("09:00", 15, offered=1), row("09:15", 5, offered=2), row("09:20", 10, offered=4)], 7, "ok"),
        ([row("09:00", 15, offered=1), row("09:05", 5, offered=2), row("09:15", 15, offered=4)], 5, "ok"),
        ([row("09:00", offered=1), row("09:15")], None, "ok"),
    ],
)
def test_the_rows_of_an_interval_are_one(given: list[Snapshot], offered: int | None, integrity: str) -> None:
    """Parts are summed until they cover it; a whole row of a said length, or a longer part, counts instead."""
    assert columns(run(given), "interval_start", "offered", "integrity") == [("09:00", offered, integrity)]


def test_waiting_is_the_last_part_s_and_thresholds_are_looked_at() -> None:
    """Those who wait at the end of an interval are those of its last part; one part at another threshold is told."""
    first = {"offered": 9, "answered": 9, "answered_within": 9, "abandoned": 0, "waiting": 4}
    last = {"offered": 3, "answered": 3, "answered_within": 3, "abandoned": 0, "waiting": 1}
    given = [row("09:00", threshold_ms=20_000, **first), row("09:15", threshold_ms=20_000, **last)]
    assert columns(run(given), "waiting", "integrity", "service_level") == [(1, "ok", 12 / 13)]
    given = [row("09:00", threshold_ms=20_000, **first), row("09:15", threshold_ms=30_000, **last)]
    assert columns(run(given), "integrity", "service_level") == [("threshold_mismatch", None)]
    given = [row("09:00", **first), row("09:15", definition_changed=1, **last)]
    assert columns(run(given), "offered", "integrity", "service_level") == [(12, "definition_changed", None)]


def test_a_part_across_a_border_is_refused_with_both_lengths() -> None:
    """Ten minutes from 09:25 on are of two intervals; a part does not end within a minute either."""
    odd = admission.admit_snapshot(at("09:00"), 90_000, None, 30 * MINUTE, offered=1)
    crossing, within = reasons(feed(engine(), [row("09:25", 10, offered=1), odd]))
    assert "the row's 600 s lie across two intervals of 1800 s" in crossing
    assert within.startswith("interval_start: 2026-03-02T09:00:00Z, 90 s long, begins or ends within a minute")


def test_a_late_part_corrects_its_interval() -> None:
    """A part that comes after the interval is final makes a revision that is complete."""
    given = [row("09:00", offered=1), row("10:00", 30, offered=5), row("09:15", offered=2)]
    told = [
        (one["revision"], one["offered"], one["integrity"]) for one in run(given) if "T09:00" in one["interval_start"]
    ]
    assert told == [(1, 1, "incomplete"), (2, 3, "ok")]


def test_parts_survive_a_restart() -> None:
    """A worker that takes over sums with the parts of the one before."""
    state: dict[bytes, bytes] = {}
    first = engine(state=state)
    feed(first, [row("09:00", None, offered=1)])
    commit = first.commit()
    assert commit is not None
    commit.apply(state)
    second = engine(state=state)
    feed(second, [row("09:15", None, offered=2)], 2)
    assert columns(rows(second.finish()), "offered", "integrity", "sources") == [(3, "ok", "calls.csv:1-2")]


def test_an_unsaid_length_travels_as_it_is() -> None:
    """Kafka carries a row of unsaid length without one, so that a worker decides as a replay does."""
    records = [row("09:00", None, offered=1), row("09:15", None, offered=2), row("09:15", 15, offered=2)]
    assert b"interval_seconds" not in encode("sales", records[:2])
    decoded = decode(encode("sales", records), "sales", 30 * MINUTE, 0, at("12:00"))
    assert list(decoded.records) == records


@pytest.mark.parametrize("twin_first", [True, False])
def test_a_row_of_its_own_counts_instead_of_a_cover(twin_first: bool) -> None:
    """A cover says only that its hour is not missing, in whatever order it and the hour's own row come."""
    cover = admission.admit_snapshot(at("09:00"), None, None, 30 * MINUTE, twin_ms=at("08:00"))
    given = [cover, row("09:00", 30, offered=3)]
    assert columns(run_together(given if twin_first else given[::-1]), "offered", "integrity") == [(3, "ok")]
    assert columns(run([cover]), "status", "offered", "integrity") == [("final", None, "ambiguous_hour")]

"""Typed results and breach records, and the rows they are at the edge."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.columns import BREACH_COLUMNS, BREACHES, RESULT_COLUMNS, RESULTS
from streams.results import (
    BreachRecord,
    IntervalResult,
    ServiceLevelCounts,
    result_value,
    seconds,
    service_level_counts,
)

START_MS = 1_774_747_800_000  # 2026-03-29T01:30:00Z, in Madrid half an hour after the clocks went forward
COUNTS = {"answered": 80, "abandoned": 10, "answered_within": 72}

_COUNT = st.none() | st.integers(-5, 500)
_FIGURE = st.none() | st.integers(-9, 9) | st.floats(-1e6, 1e6)
_MS = st.none() | st.integers(-(10**6), 10**9)
_WORDS = st.lists(st.sampled_from(["on_plan", "plan_late", "calls.csv:1-2"]), unique=True).map(tuple)
_FIELDS = {
    "interval_start_ms": st.integers(0, 4 * 10**12),
    "utc_offset_seconds": st.integers(-56, 56).map(lambda quarters: quarters * 900),
    "interval_ms": st.sampled_from([300_000, 1_800_000]),
    **dict.fromkeys(["offered", "answered", "waiting", "due", "required_agents"], _COUNT),
    **dict.fromkeys(["service_level", "aht_seconds", "forecast_offered", "net_staffing", "effect_aht"], _FIGURE),
    **dict.fromkeys(["threshold_ms", "wait_ms", "handle_ms", "staffed_ms", "oldest_ms"], _MS),
    **dict.fromkeys(["plan", "integrity", "breaches", "sources"], _WORDS),
    "form": st.sampled_from([None, 1, 2]),
}


def result(**fields: object) -> IntervalResult:
    """A result of Madrid in summer time."""
    named = {"program": "retail", "queue": "sales", "channel": "voice", "interval_start_ms": START_MS}
    return IntervalResult(**named | {"utc_offset_seconds": 7200, "interval_ms": 1_800_000} | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("ms", "said"), [(None, None), (0, 0), (5000, 5), (20_001, 20.001), (-1500, -1.5), (1, 0.001)])
def test_milliseconds_are_said_as_seconds(ms: int | None, said: float | None) -> None:
    """Whole where they are, at most three decimals, empty where not reported."""
    assert seconds(ms) == said
    assert type(seconds(ms)) is type(said)


def test_a_result_has_a_field_for_each_column_in_its_order() -> None:
    """So a further column is one field here: a row is the fields under the names of the columns."""
    fields = IntervalResult.__struct_fields__
    assert len(fields) == len(RESULTS)
    renamed = {column.name: field for column, field in zip(RESULTS, fields, strict=True) if column.name != field}
    assert renamed == {
        "interval_start": "interval_start_ms",
        "interval_start_local": "utc_offset_seconds",
        **{name: name.replace("_seconds", "_ms") for name in renamed if name.endswith("_seconds")},
    }
    breach = {column.name: field for column, field in zip(BREACHES, BreachRecord.__struct_fields__, strict=True)}
    assert {name: field for name, field in breach.items() if name != field} == {
        "interval_start": "interval_start_ms",
        "first_interval_start": "first_interval_start_ms",
        "worst_interval_start": "worst_interval_start_ms",
    }


def test_a_row_has_text_where_the_result_has_milliseconds() -> None:
    """Instants are RFC 3339, durations seconds, lists joined by `;`, and what is not reported is empty."""
    row = result(wait_ms=1500, handle_ms=2000, plan=("plan_late", "understaffed"), threshold_ms=7500).row()
    assert tuple(row) == RESULT_COLUMNS
    assert (row["interval_start"], row["interval_start_local"]) == (
        "2026-03-29T01:30:00Z",
        "2026-03-29T03:30:00+02:00",
    )
    assert (row["interval_seconds"], row["wait_seconds"], row["handle_seconds"]) == (1800, 1.5, 2)
    assert (row["plan"], row["integrity"], row["breaches"], row["offered"]) == (
        "plan_late;understaffed",
        "ok",
        None,
        None,
    )


@given(st.fixed_dictionaries(_FIELDS))
def test_a_row_gives_its_result_again(fields: dict[str, object]) -> None:
    """A result that goes to a topic, a history or the state comes back as it was, and each value is that of its row."""
    given_result = result(**fields)
    row = given_result.row()
    assert IntervalResult.from_row(row) == given_result
    assert {name: result_value(name)(given_result) for name in row if name != "interval_start_local"} == {
        name: value for name, value in row.items() if name != "interval_start_local"
    }


def test_columns_that_a_row_lacks_are_empty() -> None:
    """Rows of earlier forms, and figures that the state kept without the columns of publication, are results too."""
    found = IntervalResult.from_row({"queue": "sales", "interval_start": "2026-03-29T01:30:00Z", "offered": 3})
    assert found == IntervalResult(queue="sales", interval_start_ms=START_MS, offered=3)


def test_a_breach_gives_its_row_and_the_row_the_breach() -> None:
    """All columns in order, instants as text; a program's breach has no queue."""
    record = BreachRecord(
        "b",
        2,
        "updated",
        "2.G.A",
        "service_level_below_range",
        "warning",
        "retail",
        None,
        "",
        START_MS,
        START_MS,
        observed=0.5,
        causes=[{"cause": "volume", "effect": -0.1}],
    )
    row = record.row()
    assert tuple(row) == BREACH_COLUMNS
    assert (row["interval_start"], row["queue"], row["observed"]) == ("2026-03-29T01:30:00Z", None, 0.5)
    assert BreachRecord.from_row(row) == record


@pytest.mark.parametrize(
    ("fields", "overflow_counts", "expected"),
    [
        (COUNTS, False, (72, 90, True)),
        (COUNTS | {"overflowed": 10}, True, (72, 100, True)),
        (COUNTS | {"waiting": 10}, False, (72, 100, True)),
        (COUNTS | {"definition": "S2", "waiting": 10}, False, (72, 80, True)),
        (COUNTS | {"integrity": ("two_feeds",)}, False, (72, 90, False)),
        (COUNTS | {"integrity": ("shared_agents",)}, False, (72, 90, True)),
        (COUNTS | {"answered_within": 91}, False, (91, 90, False)),
        (COUNTS | {"waiting": -1}, False, (72, 90, True)),
        (COUNTS | {"answered": -1}, False, None),
        (COUNTS | {"definition": "S4"}, False, None),
        (COUNTS | {"service_level": None}, False, None),
        ({"answered": 0, "abandoned": 0, "answered_within": 0, "service_level": None}, False, (0, 0, True)),
        ({"service_level": None, "integrity": ("missing",)}, False, None),
    ],
)
def test_counts_of_the_service_level(
    fields: dict[str, object], overflow_counts: bool, expected: tuple[int, int, bool] | None
) -> None:
    """In the row's own definition; a count that is needed and not known gives none, a failed check no trust."""
    given_result = result(**{"service_level": 0.8} | fields)
    found = given_result.service_level_counts(overflow_counts=overflow_counts)
    assert found == (None if expected is None else ServiceLevelCounts(*expected))
    assert service_level_counts(given_result.row(), overflow_counts=overflow_counts) == found


def test_no_failure_of_the_feed_is_no_failed_check() -> None:
    """Shared agents and a missing interval have rules of their own."""
    assert result(integrity=("missing", "shared_agents")).failed_checks() == []
    assert result(integrity=("incomplete", "shared_agents")).failed_checks() == ["incomplete"]
    assert msgspec.structs.replace(result(), integrity=()).row()["integrity"] == "ok"

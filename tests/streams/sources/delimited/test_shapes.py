"""Shapes of rows: cells filled from above, columns made into rows, planning files."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import delimited as source

from config.errors import UserError
from config.timestamps import rfc3339
from streams.records import Plan, Snapshot
from streams.sources.batch import Batch
from streams.sources.delimited.reader import read
from streams.sources.delimited.settings import DelimitedSource

START = {"columns": ["DATE", "time"], "format": "%Y-%m-%d %H:%M"}
WIDE = {"columns": "[0-9]{2}:[0-9]{2}", "as": "time", "value": "value"}
COUNTS = {"queue": "QUEUE", "interval_start": START, "offered": "Offered", "answered": "Answered"}


def lines(*rows: str) -> str:
    """Rows as text."""
    return "".join(f"{row}\n" for row in rows)


def run(text: str, settings: DelimitedSource, *, now: int | None = None, chunk_bytes: int = 1 << 20) -> Batch:
    """The records of a text, in Madrid, half-hour queues, five seconds of skew, as one batch."""
    whole = Batch()
    for batch in read(
        io.BytesIO(text.encode()),
        settings,
        site_timezone="Europe/Madrid",
        queue_length=lambda _queue, _program: 1_800_000,
        skew_ms=lambda _queue: 5000,
        now=None if now is None else lambda: now,
        chunk_bytes=chunk_bytes,
    ):
        for name in ("queues", "records", "rows", "dead"):
            getattr(whole, name).extend(getattr(batch, name))
        whole.read += batch.read
        whole.filtered += batch.filtered
    return whole


def told(records: list[object]) -> list[tuple[object, ...]]:
    """Start, offered and answered of interval rows."""
    return [(rfc3339(one.start_ms)[5:16], one.offered, one.answered) for one in records if isinstance(one, Snapshot)]


def test_an_empty_cell_has_the_value_above_it() -> None:
    """A report names a queue once; rows below it are of this queue, whichever rows `where` leaves out."""
    columns = {"queue": "Q", "interval_start": "S", "offered": "N"}
    text = lines("Q,S,N", "a,2026-03-02T10:00Z,1", ",2026-03-02T10:30Z,2", "b,total,9", ",2026-03-02T10:00Z,3")
    found = run(text, source(record="interval", columns=columns, fill=["Q"], where_not={"S": ["total"]}))
    assert (found.queues, [one.offered for one in found.records]) == (["a", "a", "b"], [1, 2, 3])
    assert (found.rows, found.read, found.filtered, found.dead) == ([1, 2, 4], 4, 1, [])


def test_columns_become_rows_and_each_counts_for_itself() -> None:
    """A row a day with a column an interval: rows made are counted, a bad cell is refused with its heading."""
    text = lines("QUEUE,DATE,00:00,00:30,01:00", "a,2026-03-02,5,,x", "b,2026-03-02,1,2,3")
    columns = {"queue": "QUEUE", "interval_start": START, "offered": "value"}
    found = run(text, source(record="interval", columns=columns, wide=WIDE))
    assert told(found.records) == [
        ("03-01T23:00", 5, None), ("03-01T23:00", 1, None), ("03-01T23:30", 2, None), ("03-02T00:00", 3, None),
    ]  # fmt: skip
    ((row, reason, *_),) = found.dead
    assert (found.read, row, found.dead[0].heading) == (5, 1, "01:00")
    assert found.dead[0].topic("days.csv") == "days.csv:1:01:00"
    assert reason.startswith("offered: column value has 'x'")


def test_a_column_with_the_kind_of_figure_is_spread() -> None:
    """Rows of several kinds become one row an interval with a column a kind, wherever they stand in the file."""
    text = lines(
        "QUEUE,DATE,FIGURE,08:00,08:30",
        "a,2026-03-02,Offered,10,20",
        "b,2026-03-02,Offered,1,2",
        "a,2026-03-02,Answered,9,",
        "b,2026-03-02,Answered,1,2",
    )
    found = run(text, source(record="interval", columns=COUNTS, wide=WIDE | {"spread": "FIGURE"}))
    assert list(zip(found.queues, told(found.records), strict=True)) == [
        ("a", ("03-02T07:00", 10, 9)),
        ("a", ("03-02T07:30", 20, None)),
        ("b", ("03-02T07:00", 1, 1)),
        ("b", ("03-02T07:30", 2, 2)),
    ]


def test_a_group_of_the_heading_with_the_kind_of_figure_is_spread() -> None:
    """Headings may hold clock and kind; groups of the expression are columns."""
    text = lines("QUEUE,DATE,08:00 Offered,08:00 Answered,08:30 Offered,08:30 Answered", "a,2026-03-02,10,9,20,19")
    wide = {"columns": "(?P<time>[0-9:]+) (?P<KIND>Offered|Answered)", "as": "heading", "value": "v", "spread": "KIND"}
    found = run(text, source(record="interval", columns=COUNTS, wide=wide))
    assert told(found.records) == [("03-02T07:00", 10, 9), ("03-02T07:30", 20, 19)]


def test_the_repeated_hour_of_a_wide_file_is_two_columns() -> None:
    """The first of two columns of one heading is the first hour."""
    text = lines("QUEUE,DATE,01:30,02:00,02:30,02:00,02:30,03:00", "a,2026-10-25,1,2,3,4,5,6")
    columns = {"queue": "QUEUE", "interval_start": START, "offered": "value"}
    found = run(text, source(record="interval", columns=columns, wide=WIDE))
    assert told(found.records) == [
        (f"10-{day}", number, None)
        for number, day in enumerate(["24T23:30", "25T00:00", "25T00:30", "25T01:00", "25T01:30", "25T02:00"], 1)
    ]


def test_equal_neighbours_are_one_with_their_end() -> None:
    """A roster of half hours becomes stretches; the last one ends a step after its heading."""
    text = lines("AGENT,DATE,08:00,08:30,09:00,09:30", "kim,2026-03-02,available,available,unavailable,unavailable")
    columns = {
        "agent": "AGENT",
        "since": START,
        "state": "value",
        "queues": {"const": "a"},
        "reason": {"join": ["time", "end"], "with": "-"},
    }
    found = run(text, source(record="agent_state", columns=columns, wide=WIDE | {"join": "adjacent"}))
    assert [(one.state, one.reason) for one in found.records] == [
        ("available", "08:00-09:00"),
        ("unavailable", "09:00-10:00"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wide": {"as": "time"}}, "says no columns"),
        ({"wide": {"columns": "["}}, "no regular expression"),
        ({"wide": {"columns": "x", "as": "v", "value": "v"}}, "makes the column 'v' twice"),
        ({"wide": {"columns": "x"}}, "no column that wide.columns 'x' matches"),
        ({"wide": WIDE | {"spread": "K"}}, "no column 'K'"),
        ({"fill": ["Z"]}, "no column 'Z', which fill names"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(options: dict[str, object], message: str) -> None:
    """A fault of the shape stops the reading with a line that names it."""
    columns = {"queue": "Q", "interval_start": {"const": "2026-03-02T10:00:00Z"}}
    with pytest.raises(UserError, match=message.replace("[", r"\[")):
        run(lines("Q,08:00", "a,1"), source(record="interval", columns=columns, **options))


CELLS = st.one_of(st.just(""), st.integers(0, 99).map(str), st.just("x"))


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8), st.integers(1, 200))
def test_a_wide_file_gives_what_the_long_file_gives(table: list[list[str]], chunk: int) -> None:
    """The same cells as rows of a long file make the same records, and as many are refused."""
    heads = ["08:00", "08:30", "09:00"]
    days = [f"2026-03-{day:02d}" for day in range(1, len(table) + 1)]
    wide = lines(
        "QUEUE,DATE," + ",".join(heads), *(f"a,{day}," + ",".join(row) for day, row in zip(days, table, strict=True))
    )
    long = lines(
        "QUEUE,DATE,time,value",
        *(
            f"a,{day},{head},{cell}"
            for day, row in zip(days, table, strict=True)
            for head, cell in zip(heads, row, strict=True)
            if cell
        ),
    )
    columns = {"queue": "QUEUE", "interval_start": START, "offered": "value"}
    one = run(wide, source(record="interval", columns=columns, wide=WIDE), chunk_bytes=chunk)
    other = run(long, source(record="interval", columns=columns))
    assert (one.records, one.queues, one.read, len(one.dead)) == (
        other.records, other.queues, other.read, len(other.dead),
    )  # fmt: skip
    assert one.read == len(one.records) + len(one.dead)


def test_a_plan_without_version_and_instant_has_those_of_its_file() -> None:
    """One column a queue, no version, no instant: the file's name, and a second before its first local day."""
    text = lines("Date;Time;sales;service", "2026-03-03;08:00;12;4.5", "2026-03-02;08:00;10;", "2026-03-02;08:30;11;3")
    columns = {
        "queue": "queue",
        "interval_start": {"columns": ["Date", "Time"], "format": "%Y-%m-%d %H:%M"},
        "forecast_offered": "value",
    }
    wide = {"columns": "sales|service", "as": "queue", "value": "value"}
    found = run(text, source(record="plan", columns=columns, wide=wide, delimiter=";"))
    assert {type(one) for one in found.records} == {Plan}
    assert {(one.plan_version, rfc3339(one.published_ms)) for one in found.records} == {
        ("standard input", "2026-03-01T22:59:59Z")
    }
    assert found.queues == ["sales", "service", "sales", "sales", "service"]


def test_a_plan_was_published_when_its_source_says() -> None:
    """`published:` of the source counts for rows that say nothing; a naive one is local."""
    text = lines("queue,interval_start,forecast_offered", "a,2026-03-02T10:00:00Z,4")
    found = run(text, source(record="plan", published="2026-02-27T18:00:00"))
    assert rfc3339(found.records[0].published_ms) == "2026-02-27T17:00:00Z"
    ahead = run(text, source(record="plan"), now=1_700_000_000_000)
    assert ahead.records[0].published_ms == 1_700_000_000_000

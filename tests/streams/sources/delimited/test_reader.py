"""Delimited files to records, end to end: every record type, faults of rows, a real month of calls."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sources import delimited as source

from config.errors import UserError
from config.settings import load
from config.timestamps import from_rfc3339
from streams.records import AgentState, Check, Contact, Evaluation, Plan, Snapshot
from streams.sources.batch import Batch
from streams.sources.delimited.reader import read, read_text
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.formats.csv import CsvReader
from streams.sources.registry import open_sources

HALF_HOUR = 1_800_000
BANK = Path(__file__).resolve().parents[3] / "fixtures" / "anonymous_bank.yaml"


def merged(batches: Iterator[Batch]) -> Batch:
    """All batches as one."""
    whole = Batch()
    for batch in batches:
        whole.queues += batch.queues
        whole.records += batch.records
        whole.rows += batch.rows
        whole.dead += batch.dead
        whole.read += batch.read
        whole.filtered += batch.filtered
        whole.covered |= batch.covered
    return whole


def run(text: str, settings: DelimitedSource, *, now: int | None = None, chunk_bytes: int = 1 << 20) -> Batch:
    """The records of a text, in Madrid, half-hour queues, five seconds of skew."""
    return merged(
        read(
            io.BytesIO(text.encode()),
            settings,
            site_timezone="Europe/Madrid",
            queue_length=lambda _queue, _program: HALF_HOUR,
            skew_ms=lambda _queue: 5000,
            now=None if now is None else lambda: now,
            chunk_bytes=chunk_bytes,
        )
    )


def lines(*rows: str) -> str:
    """Rows as a file."""
    return "\n".join(rows) + "\n"


def test_contacts_in_the_reference_s_own_columns() -> None:
    """A file of the reference's columns needs no mapping; an empty cell is not reported, and 0 is 0."""
    batch = run(
        lines(
            "contact_id,queue,offered_at,outcome,exited_at,wait_seconds,talk_seconds,hold_seconds,agent,updated_at",
            "c1,sales,2026-03-02T01:00:00Z,answered,2026-03-02T01:00:10.5Z,,60.25,0,ana,2026-03-02T02:00:00Z",
            "c2,care,2026-03-02T02:00:30+01:00,,,,,,,",
        ),
        source(record="contact"),
    )
    start = from_rfc3339("2026-03-02T01:00:00Z")
    assert (batch.queues, batch.rows, batch.dead) == (["sales", "care"], [1, 2], [])
    assert batch.records == [
        Contact("c1", start, "answered", start + 10_500, 10_500, 60_250, 0, None, start + 3_600_000, "ana"),
        Contact("c2", start + 30_000, "", None, None, None, None, None, start + 30_000),
    ]


def test_intervals_by_the_reference_s_example() -> None:
    """The mapping of docs/reference/sources.md#forms-of-a-column, row filters, sums, minutes, durations, percentages
    and two date formats.
    """
    settings = source(
        record="interval",
        delimiter=";",
        timezone="America/New_York",
        interval_minutes=30,
        threshold_seconds=20,
        where={"CALL_TYPE": ["1", "INBOUND"]},
        where_not={"QUEUE_NAME": ["Labor"]},
        columns={
            "queue": "QUEUE_NAME",
            "interval_start": {"columns": ["DATE", "TIME"], "format": "%Y-%m-%d %H:%M", "also": ["%m/%d/%Y %H:%M"]},
            "offered": {"sum": ["ANSWERED", "ABANDONED"]},
            "answered": "ANSWERED",
            "abandoned": "ABANDONED",
            "talk_seconds": {"column": "TALK_MIN", "multiply": 60},
            "staffed_seconds": {"column": "LOGIN", "duration": "h:mm:ss"},
            "service_level_reported": {"column": "SL_PCT", "percent": True},
        },
    )
    batch = run(
        lines(
            "QUEUE_NAME;CALL_TYPE;DATE;TIME;ANSWERED;ABANDONED;TALK_MIN;LOGIN;SL_PCT",
            "sales;1;2026-03-02;9:00;10;2;1.1;12:30:00;94.01%",
            "sales; INBOUND ;03/02/2026;09:30;10;;;;",
            "Labor;1;2026-03-02;9:00;10;2;1.1;12:30:00;94.01%",
            "sales;OUT;nonsense;9:00;x;2;1.1;12:30:00;94.01%",
        ),
        settings,
    )
    nine = from_rfc3339("2026-03-02T14:00:00Z")
    assert (batch.read, batch.filtered, batch.accepted, batch.dead) == (4, 2, 2, [])
    assert batch.records == [
        Snapshot(nine, HALF_HOUR, nine + HALF_HOUR, offered=12, answered=10, abandoned=2, threshold_ms=20_000,
                 talk_ms=66_000, staffed_ms=45_000_000, service_level_reported=0.9401),
        Snapshot(nine + HALF_HOUR, HALF_HOUR, nine + 2 * HALF_HOUR, answered=10, threshold_ms=20_000),
    ]  # fmt: skip


def test_the_twin_hour_of_an_interval_file_is_covered() -> None:
    """Rows of the repeated hour give one hour's intervals and name the other's as covered."""
    settings = source(record="interval", columns={"queue": "Q", "interval_start": "S", "offered": "N"})
    text = lines("Q,S,N", "a,2026-10-25T01:30,1", "a,2026-10-25T02:00,2", "a,2026-10-25T03:00,3")
    batch = run(text, settings)
    starts = [record.start_ms for record in batch.records if isinstance(record, Snapshot)]
    assert starts == [from_rfc3339(f"2026-10-2{text}Z") for text in ("4T23:30:00", "5T00:00:00", "5T02:00:00")]
    assert batch.covered == {("a", from_rfc3339("2026-10-25T01:00:00Z"))}


def test_plans_and_rostered_heads() -> None:
    """Scheduled heads of a feed that gives rostered ones are less the shrinkage."""
    settings = source(record="plan", scheduled_is="rostered", shrinkage=0.25, interval_minutes=60)
    batch = run(
        lines(
            "plan_version,published_at,queue,interval_start,forecast_offered,forecast_aht_seconds,required_agents,scheduled_agents",
            "v1,2026-03-01T12:00:00Z,a,2026-03-02T09:00:00Z,10.5,180.5,13,16",
            "v1,2026-03-01T12:00:00Z,a,2026-03-02T10:00:00Z,,,,",
        ),
        settings,
    )
    published = from_rfc3339("2026-03-01T12:00:00Z")
    nine = from_rfc3339("2026-03-02T09:00:00Z")
    assert batch.records == [
        Plan("v1", published, nine, 3_600_000, 10.5, 180_500, 13.0, 12.0),
        Plan("v1", published, nine + 3_600_000, 3_600_000),
    ]


def test_agent_states_reach_the_queues_they_concern() -> None:
    """A state goes to each of the agent's queues, on a change to the old ones and the new; one of none is filtered."""
    batch = run(
        lines(
            "agent,since,state,queues,sequence,handling_queue",
            "ana,2026-03-02T09:00:00Z,available,care;sales,1,",
            "bea,2026-03-02T09:00:01Z,handling,care,2,care",
            "ana,2026-03-02T09:10:00Z,wrap,sales; vip,3,sales",
            "ana,2026-03-02T09:20:00Z,offline,,4,",
            "cat,2026-03-02T09:20:00Z,offline,,5,",
        ),
        source(record="agent_state"),
    )
    assert list(zip(batch.rows, batch.queues, strict=True)) == [
        (1, "care"), (1, "sales"), (2, "care"), (3, "sales"), (3, "vip"), (3, "care"), (4, "sales"), (4, "vip"),
    ]  # fmt: skip
    assert (batch.read, batch.accepted) == (5, 5)
    assert batch.records[2] == AgentState("bea", from_rfc3339("2026-03-02T09:00:01Z"), "handling", ("care",), 2, "care")


def test_a_state_without_queues_goes_to_those_of_before() -> None:
    """After a log-off, too; an agent of whom no queue is known is refused, unless nobody can miss the state."""
    batch = run(
        lines(
            "agent,since,state,queues",
            "ana,2026-03-02T09:00:00Z,available,care;sales",
            "ana,2026-03-02T09:10:00Z,offline,",
            "ana,2026-03-02T09:20:00Z,available,",
            "bea,2026-03-02T09:20:00Z,available,",
            "cat,2026-03-02T09:20:00Z,offline,",
        ),
        source(record="agent_state"),
    )
    assert list(zip(batch.rows, batch.queues, strict=True)) == [
        (row, queue) for row in (1, 2, 3) for queue in ("care", "sales")
    ]
    assert {record.queues for record in batch.records if isinstance(record, AgentState)} == {("care", "sales")}
    assert [(bad.row, bad.reason.split(":")[0]) for bad in batch.dead] == [(4, "queues")]


def test_agents_are_known_from_file_to_file() -> None:
    """An agent who changes queues between two files of a source leaves the old queue."""
    agents: dict[str, tuple[str, ...]] = {}
    delivered = []
    for row in ("ana,2026-03-02T09:00:00Z,available,care", "ana,2026-03-02T09:10:00Z,available,sales"):
        batches = read(
            io.BytesIO(lines("agent,since,state,queues", row).encode()),
            source(record="agent_state"),
            site_timezone="UTC",
            queue_length=lambda _queue, _program: HALF_HOUR,
            skew_ms=lambda _queue: 0,
            agents=agents,
        )
        delivered.append(merged(batches).queues)
    assert delivered == [["care"], ["sales", "care"]]


def test_evaluations_hold_their_checks_in_the_cell() -> None:
    """Checks are JSON in the cell; an evaluation without any is refused."""
    checks = json.dumps(
        [{"name": "id", "family": "business", "passed": False}, {"name": "hi", "family": "end_user", "passed": None}]
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["evaluation_id", "queue", "handled_at", "evaluated_at", "checks", "selection"])
    writer.writerow(["e1", "a", "2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z", checks, ""])
    writer.writerow(["e2", "a", "2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z", "", "random"])
    batch = run(out.getvalue(), source(record="evaluation"))
    assert batch.records == [
        Evaluation(
            "e1",
            from_rfc3339("2026-03-02T09:00:00Z"),
            from_rfc3339("2026-03-03T09:00:00Z"),
            "random",
            (Check("hi", "end_user", None), Check("id", "business", False)),
        )
    ]
    assert batch.dead[0].reason == "checks: is empty (column checks)"


def test_a_row_that_cannot_be_counted_is_a_dead_letter_that_names_field_and_column() -> None:
    """Every fault of a row says what is wrong and where, keeps the row, and its neighbours are read."""
    settings = source(
        record="contact",
        columns={
            "contact_id": "ID",
            "queue": "Q",
            "offered_at": "IN",
            "outcome": {"column": "R", "values": {"A": "answered", "L": "lost"}},
            "wait_seconds": "W",
            "talk_seconds": "T",
        },
    )
    at = "2026-03-02T09:00:00Z"
    batch = run(
        lines(
            "ID,Q,IN,R,W,T",
            f"1,a,{at},A,5,60",
            f"2,a,{at},A,5",
            "3,a,2026-02-30T09:00:00Z,A,5,60",
            f"4,a,{at},B,5,60",
            f"5,a,{at},L,5,60",
            f"6,a,{at},A,five,60",
            f"7,a,{at},A,-6,60",
            f"8,a,{at},A,-5,60",
            f"9,,{at},A,5,60",
            f",a,{at},A,5,60",
            f"11,a,{at},A,5,-1",
            f"12,a,{at},A,,60",
            "13,a,2026-03-02T10:00:06Z,A,5,60",
        ),
        settings,
        now=from_rfc3339("2026-03-02T10:00:00Z"),
    )
    assert batch.rows == [1, 8]
    assert [(letter.row, letter.reason) for letter in batch.dead] == [
        (2, "row: has 5 cells, and the header has 6"),
        (3, "offered_at: column IN has '2026-02-30T09:00:00Z'; expected an instant such as 2026-03-02T01:00:00Z"),
        (4, """outcome: column R has 'B'; expected one of A, L (values lists no other; "*" would take the rest)"""),
        (5, "outcome: 'lost' is none of answered, abandoned, overflowed (column R)"),
        (6, "wait_seconds: column W has 'five'; expected a number"),
        (7, "wait_seconds: -6 is negative by more than clock_skew_seconds (column W)"),
        (9, "queue: is empty (column Q)"),
        (10, "contact_id: is empty (column ID)"),
        (11, "talk_seconds: -1 is negative (column T)"),
        (12, "exited_at: is empty though the outcome is answered, and there is no wait_seconds"),
        (13, "in_the_future: offered_at 2026-03-02T10:00:06Z is after the clock 2026-03-02T10:00:00Z (column IN)"),
    ]
    assert batch.dead[0].value == f"2,a,{at},A,5"
    assert batch.read == batch.accepted + len(batch.dead) == 13


def test_a_day_is_no_interval() -> None:
    """A row that is longer than an hour is refused, and says so."""
    settings = source(record="interval", columns={"queue": "Q", "interval_start": "S", "interval_seconds": "L"})
    batch = run(lines("Q,S,L", "a,2026-03-02T09:00:00Z,86400", "a,2026-03-02T09:00:00Z,3600"), settings)
    longer = "interval_seconds: 3600, and the queue's intervals have 1800 (interval_minutes in the configuration)"
    assert [letter.reason for letter in batch.dead] == [
        "interval_seconds: 86400 is longer than an hour; such a total is not an interval (column L)",
        f"{longer}; only shorter rows can be summed (column L)",
    ]


def test_a_long_row_is_kept_to_4_kib() -> None:
    """A dead letter keeps the first 4 KiB of its row, and no half character."""
    settings = source(record="contact", columns={"contact_id": "ID", "queue": "Q", "offered_at": "IN"})
    batch = run(lines("ID,Q,IN", f"1,{'é' * 5000},x"), settings)
    assert batch.dead[0].value == f"1,{'é' * 2047}"


@pytest.mark.parametrize("text", ["", "\n\n", " \n"])
def test_a_file_without_a_header_is_empty(text: str) -> None:
    """A file of nothing but blank lines is empty; one of a header only has no rows."""
    with pytest.raises(UserError, match="standard input: is empty"):
        run(text, source(record="contact"))
    assert run("contact_id,queue,offered_at\n", source(record="contact")).read == 0


MIXED = source(
    record="contact",
    columns={
        "contact_id": {"join": ["a", "b"], "with": "-"},
        "queue": {"first": ["c", {"const": "none"}]},
        "offered_at": {"columns": ["a", "b"], "format": "%Y-%m-%d %H:%M", "also": ["%d %b %Y %H:%M", "epoch"]},
        "outcome": {"column": "b", "values": {"x": "answered", "*": "abandoned"}},
        "exited_at": {"first": [{"column": "a", "after": "offered_at"}, {"column": "b", "format": "epoch_ms"}]},
        "talk_seconds": {"sum": ["a", "c"], "duration": "h:mm"},
        "hold_seconds": {"column": "b", "multiply": 0.1},
    },
)


@hypothesis_settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(st.sampled_from('2026-031: TZ+",;\n\r\x00é'), max_size=80).map(str.encode),
        st.lists(
            st.sampled_from([b"9999-12-31", b"0001-01-01", b"23:59", b",", b"\n", b"1e9", b"-1", b'"', b"1:00"]),
            max_size=30,
        ).map(b"".join),
    ),
    st.integers(1, 50),
)
def test_no_bytes_bring_the_reader_down(content: bytes, chunk_bytes: int) -> None:
    """Any bytes after the header are counted as rows, or the file is refused in one line."""
    try:
        batch = merged(
            read(
                io.BytesIO(b"a,b,c\n" + content),
                MIXED,
                site_timezone="America/New_York",
                queue_length=lambda _queue, _program: HALF_HOUR,
                skew_ms=lambda _queue: 5000,
                chunk_bytes=chunk_bytes,
            )
        )
    except UserError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
    else:
        assert batch.read == len(batch.records) + len(batch.dead)


cells = st.sampled_from(["", "a", "b", "2026-03-02T09:00:00Z", "2026-10-25T02:10:00", "x", "5", "-9", "answered", '"'])


@hypothesis_settings(deadline=None)
@given(st.lists(st.lists(cells, min_size=5, max_size=6), max_size=15), st.integers(1, 200))
def test_batches_of_any_size_give_the_same(rows: list[list[str]], chunk_bytes: int) -> None:
    """Records, dead letters, counts and row numbers do not depend on how the file is cut."""
    text = lines("contact_id,queue,offered_at,outcome,wait_seconds", *(",".join(row) for row in rows))
    settings = source(record="contact", where_not={"queue": ["b"]})
    whole = run(text, settings)
    assert run(text, settings, chunk_bytes=chunk_bytes) == whole
    assert whole.read == whole.filtered + len(whole.records) + len(whole.dead)


def test_a_growing_file_is_read_piece_by_piece() -> None:
    """Text that arrives in pieces gives its records as soon as their rows are whole."""
    pieces = iter(["contact_id,queue,offered_at\n", "1,a,2026-03-02T09:00:00Z\n2,a,2026", "-03-02T09:00:01Z\n"])
    batches = read_text(
        pieces,
        source(record="contact"),
        file="calls.csv",
        site_timezone="UTC",
        queue_length=lambda _queue, _program: HALF_HOUR,
        skew_ms=lambda _queue: 0,
    )
    assert next(batches).rows == [1]
    assert next(batches).rows == [2]
    assert next(batches, None) is None


def at(date: str, clock: str) -> datetime:
    """A local time of the real month, which is winter time throughout."""
    return datetime.strptime(f"{date} {clock} +0200", "%y%m%d %H:%M:%S %z")


def bank(shared_data: Path, chunk_bytes: int) -> Batch:
    """The real month of calls by its fixture's mapping."""
    reader = open_sources(load([BANK]))["calls"].reader
    assert isinstance(reader, CsvReader)
    return merged(
        read(
            shared_data / "anonymous_bank" / "february.txt",
            reader.source,
            site_timezone="Asia/Jerusalem",
            queue_length=lambda _queue, _program: 360_000,
            skew_ms=lambda _queue: 5000,
            chunk_bytes=chunk_bytes,
        )
    )


def test_a_real_month_gives_the_published_arrivals(shared_data: Path) -> None:
    """All 33,344 calls are admitted, and their right-closed six-minute counts are the published ones in 6,720 bins."""
    batch = bank(shared_data, 1 << 20)
    assert (batch.read, batch.filtered, len(batch.records), batch.dead) == (33_344, 0, 33_344, [])
    assert batch.rows == list(range(1, 33_345))
    midnight = int(datetime(1999, 1, 31, 22, tzinfo=UTC).timestamp() * 1000)
    counts: Counter[int] = Counter()
    for record in batch.records:
        assert isinstance(record, Contact)
        day, ms = divmod(record.offered_ms - midnight, 86_400_000)
        counts[day * 240 + max(0, -(-ms // 360_000) - 1)] += 1
    with (shared_data / "anonymous_bank" / "february_6min_arrivals.csv").open() as file:
        published = [int(row["calls"]) for row in csv.DictReader(file)]
    assert len(published) == 6720
    assert [counts[interval] for interval in range(6720)] == published


def test_the_real_month_s_dirt_is_what_the_fixture_says(shared_data: Path) -> None:
    """Outcomes, waits, talk and midnight are those of an independent reading of the file, row by row."""
    batch = bank(shared_data, 100_000)
    with (shared_data / "anonymous_bank" / "february.txt").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    outcomes = {"AGENT": "answered", "HANG": "abandoned", "PHANTOM": "overflowed"}
    moved = 0
    for row, record in zip(rows, batch.records, strict=True):
        assert isinstance(record, Contact)
        assert record.contact_id == f"{row['vru+line']}-{row['call_id']}"
        assert record.outcome == outcomes[row["outcome"]]
        assert record.wait_ms == int(row["q_time"]) * 1000
        assert record.talk_ms == int(row["ser_time"]) * 1000
        assert record.agent == (None if row["server"] == "NO_SERVER" else row["server"])
        clock = next(row[name] for name in ("q_exit", "ser_start", "vru_exit") if row[name] != "0:00:00")
        left, came = (at(row["date"], text) for text in (clock, row["vru_entry"]))
        moved += left < came
        assert record.exited_ms is not None
        assert record.exited_ms - record.offered_ms == ((left - came).total_seconds() % 86_400) * 1000
    none = "0:00:00"
    assert Counter(row["outcome"] for row in rows) == {"AGENT": 27_162, "HANG": 5904, "PHANTOM": 278}
    assert sum(row["outcome"] == "HANG" and row["q_exit"] == none for row in rows) == 1941
    assert sum(row["outcome"] == "AGENT" and row["q_exit"] == none for row in rows) == 13_066
    assert sum(row["outcome"] == "AGENT" and row["ser_start"] == row["q_exit"] == none for row in rows) == 21
    assert sum(row["outcome"] == "AGENT" and row["ser_start"] == none != row["q_exit"] for row in rows) == 29
    assert sum(row["outcome"] == "HANG" and row["ser_start"] != none for row in rows) == 97
    assert sum(row["outcome"] == "AGENT" and row["server"] == "NO_SERVER" for row in rows) == 491
    assert sum(int(row["vru_time"]) < 0 for row in rows) == 25
    assert not any(int(row[name]) < 0 for row in rows for name in ("q_time", "ser_time"))
    assert moved == 6


def test_a_header_that_stands_there_again_is_no_row() -> None:
    """Files put together bring theirs along: it is filtered, and one in another order refuses the file."""
    rows = ["sales,2026-03-02T09:00:00Z,5,4", "sales,2026-03-02T09:30:00Z,6,5"]
    header, other = "queue,interval_start,offered,answered", "queue,interval_start,answered,offered"
    batch = run(lines(header, rows[0], header, rows[1]), source(record="interval"))
    assert (batch.read, batch.filtered, batch.rows, batch.dead) == (3, 1, [1, 3], [])
    assert [record.offered for record in batch.records if isinstance(record, Snapshot)] == [5, 6]
    with pytest.raises(UserError, match="row 2 is a header with its columns in another order; split the file there"):
        run(lines(header, rows[0], other, rows[1]), source(record="interval"))

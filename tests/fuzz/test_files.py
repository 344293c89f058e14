"""Files of any content: every row is counted, and no good one is lost beside a bad one."""

import io
from typing import Final

from accounted import NOW, accounted
from fuzzing import fuzz, soon
from hypothesis import given
from hypothesis import strategies as st
from sources import delimited

from config.errors import UserError
from streams.records import Contact
from streams.sources.batch import Batch
from streams.sources.delimited.reader import read
from streams.sources.delimited.settings import DelimitedSource

CLOCK: Final = "%Y-%m-%d %H:%M:%S"
SOURCES: Final[dict[str, tuple[DelimitedSource, str, str]]] = {
    "contact": (
        delimited(
            format="csv",
            record="contact",
            where_not={"queue": ["internal"]},
            columns={
                "contact_id": {"join": ["line", "id"], "with": "-"},
                "queue": "queue",
                "offered_at": {"columns": ["date", "time"], "format": CLOCK},
                "outcome": {"column": "outcome", "values": {"A": "answered", "B": "abandoned", "*": "overflowed"}},
                "exited_at": {"first": [{"columns": ["date", "out"], "format": CLOCK, "after": "offered_at"}, "end"]},
                "wait_seconds": "wait",
                "talk_seconds": {"column": "talk", "duration": "h:mm:ss"},
                "agent": {"column": "agent", "empty": ["-"]},
            },
        ),
        "line,id,queue,date,time,outcome,out,end,wait,talk,agent",
        "l1,{},sales,2026-03-02,10:00:00,A,10:00:05,,,0:01:30,ann",
    ),
    "interval": (
        delimited(
            format="csv",
            record="interval",
            delimiter=";",
            timezone="Europe/Madrid",
            columns={
                "queue": "queue",
                "interval_start": {"column": "start", "format": "%d/%m/%Y %H:%M"},
                "offered": {"sum": ["answered", "abandoned"]},
                "answered": "answered",
                "abandoned": "abandoned",
                "wait_seconds": {"column": "wait", "multiply": 60},
                "service_level_reported": {"column": "sl", "percent": True},
            },
        ),
        "queue;start;answered;abandoned;wait;sl",
        "q{};02/03/2026 10:00;5;1;2.5;94.01%",
    ),
    "plan": (
        delimited(format="csv", record="plan"),
        "plan_version,published_at,queue,interval_start,forecast_offered,scheduled_agents",
        "w{},2026-03-01T10:00:00Z,sales,2026-03-09T10:00:00+01:00,12.5,4",
    ),
    "agent_state": (
        delimited(format="csv", record="agent_state"),
        "agent,since,state,queues,sequence,reason",
        "a{},2026-03-02T10:00:00Z,available,sales;help,1,",
    ),
    "evaluation": (
        delimited(format="csv", record="evaluation"),
        "evaluation_id,queue,handled_at,evaluated_at,selection,checks",
        'e{},sales,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,,"[{{""name"":""hi"",""family"":""business"",""passed"":true}}]"',
    ),
}
LINES: Final = st.one_of(
    st.text(st.sampled_from([*'ab1,;"\r\n\t ', "\ufeff", "é", "\u2028", "\x1c", "𝔘"]), max_size=40),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
)
CELLS: Final = st.one_of(
    LINES,
    st.sampled_from(
        [
            "1e308",
            "-1e308",
            "1e999",
            "nan",
            "inf",
            "",
            "-",
            "9" * 30,
            "1,5",
            "0x10",
            "٣",
            "1_000",
            "x" * 300,
            "é" * 300,
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "1970-01-01T00:00:00Z",
            "2026-03-02T20:00:06Z",
            "2026-03-29 02:30:00",
            "24:00:00",
            "99:99:99",
            "31/02/2026 10:00",
            '[{"name": "\\ud800"}]',
            "[[[[",
            "internal",
            ";;;",
            "2026-10-25 02:30:00",
            "0:00:00",
            "-0:00:01",
        ]
    ),
)


def run(content: bytes, source: DelimitedSource, chunk_bytes: int = 1 << 20) -> Batch:
    """The batch of a file: every row is filtered, a record, or a dead letter; records can be sent and read again."""
    with soon():
        batches = list(
            read(
                io.BytesIO(content),
                source,
                site_timezone="America/New_York",
                queue_length=lambda _queue, _program: 1_800_000,
                skew_ms=lambda _: 5_000,
                now=lambda: NOW,
                chunk_bytes=chunk_bytes,
            )
        )
    return accounted(batches)


def read_or_refused(content: bytes, source: DelimitedSource) -> None:
    """The file is read, or refused in one line."""
    said = ""
    try:
        run(content, source)
    except UserError as error:
        said = str(error)
    assert "\n" not in said


@fuzz()
@given(st.sampled_from([*SOURCES]), st.binary(max_size=300), st.booleans())
def test_any_bytes_are_rows_or_one_line(record: str, content: bytes, with_header: bool) -> None:
    """A file that cannot be used is told in one line; of any other each row is counted."""
    source, header, _ = SOURCES[record]
    read_or_refused((header.encode() + b"\n") * with_header + content, source)


@fuzz()
@given(st.sampled_from([*SOURCES]), LINES | st.lists(CELLS, min_size=1, max_size=12), st.integers(0, 6), st.data())
def test_good_rows_count_beside_any_other_line(
    record: str, bad: str | list[str], place: int, data: st.DataObject
) -> None:
    """They count whatever one line holds, and whatever the pieces in which the file is read."""
    source, header, form = SOURCES[record]
    if not isinstance(bad, str):
        bad = source.delimiter.join(bad)
    good = [form.format(f"good{number}") for number in range(6)]
    lines = [header, *good[:place], bad, *good[place:]]
    content = "\n".join(lines).encode()
    clean = run("\n".join([header, *good]).encode(), source)
    assert not clean.dead
    found = run(content, source)
    kept = [given for given in zip(found.queues, found.records, strict=True) if "good" in repr(given)]
    assert kept == list(zip(clean.queues, clean.records, strict=True))
    pieces = run(content, source, data.draw(st.integers(1, 200)))
    assert (pieces.records, pieces.rows, pieces.dead) == (found.records, found.rows, found.dead)


@fuzz()
@given(st.sampled_from([*SOURCES]), st.data())
def test_any_cell_costs_its_row_at_most(record: str, data: st.DataObject) -> None:
    """A row in which some cells hold anything, quoted as a program quotes it, is a record or a dead letter."""
    source, header, form = SOURCES[record]
    width = header.count(source.delimiter) + 1
    changed = data.draw(st.dictionaries(st.integers(0, width - 1), CELLS, min_size=1, max_size=4))
    plain = form.format("bad")
    cells = plain.split(source.delimiter, width - 1)
    for place, text in changed.items():
        cells[place] = '"' + text.replace('"', '""') + '"'
    good = [form.format(f"good{number}") for number in range(4)]
    found = run("\n".join([header, *good[:2], source.delimiter.join(cells), *good[2:], ""]).encode(), source)
    assert found.read == 5
    assert {1, 2, 4, 5} <= {*found.rows}


STRAY: Final = ['"', 'a"b,"c', '1,"x', '""",1', "1,2", "", '"a""', '1,"",2', '"x\ny",2']


@fuzz()
@given(st.lists(st.sampled_from(STRAY), max_size=60))
def test_quotes_in_any_order_are_read_in_time(lines: list[str]) -> None:
    """However many quotes are stray, every line is accounted for."""
    columns = {"contact_id": "id", "queue": "id", "offered_at": {"const": "2026-03-02T10:00:00Z"}}
    source = delimited(format="csv", record="contact", columns=columns)
    found = run(("id,other\n" + "\n".join(lines * 20)).encode(), source)
    assert all(isinstance(record, Contact) for record in found.records)


ENCODINGS: Final = ["utf-8", "utf-16", "utf-16-be", "utf-7", "gb18030", "cp1252", "shift_jis", "utf-32"]


@fuzz()
@given(st.sampled_from(ENCODINGS), st.binary(max_size=200))
def test_any_encoding_gives_rows_or_one_line(encoding: str, content: bytes) -> None:
    """Bytes that are none of the encoding, or make half a surrogate pair in it, too."""
    columns = {"contact_id": "id", "queue": "queue", "offered_at": "at"}
    source = delimited(format="csv", record="contact", encoding=encoding, columns=columns)
    for head in ("id,queue,at\n", "id,queue,at\nc1,q,2026-03-02T10:00:00Z\n"):
        read_or_refused(head.encode(encoding) + content, source)

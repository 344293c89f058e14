"""Workbooks, JSON lines and numbers of any content: every row is counted, and no good one is lost beside a bad one."""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from accounted import NOW, accounted
from fuzzing import fuzz, soon
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sources import delimited, shared

from config.errors import UserError
from config.sources.numbers import NumberStyle
from streams.sources.batch import Batch
from streams.sources.delimited.numbers import number_reader
from streams.sources.delimited.reader import read, read_rows
from streams.sources.delimited.tables.json_rows import JsonRows
from streams.sources.formats.jsonl import JsonLinesReader
from streams.sources.registry import open_source

COLUMNS: Final[dict[str, Any]] = {
    "queue": "queue",
    "interval_start": {"columns": ["date", "time"], "format": "%Y-%m-%d %H:%M"},
    "offered": "offered",
    "wait_seconds": "wait",
    "talk_seconds": {"column": "talk", "duration": "h:mm:ss"},
    "service_level_reported": {"column": "sl", "percent": True},
}
HEADER: Final = ["queue", "date", "time", "offered", "wait", "talk", "sl"]
SHEETS: Final = delimited(record="interval", columns=COLUMNS, where_not={"queue": ["Total"]})
LINES: Final = shared(format="jsonl", record="interval", columns=COLUMNS, where_not={"queue": ["Total"]})
TEXTS: Final = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 100_000),
    TEXTS,
    st.sampled_from(["Total", "#N/A", "=1+1", "16.200", "1,204", "0:61:00", "x" * 300, "_x001F_16", "1" * 40, "24:00"]),
    st.datetimes(datetime(1901, 1, 1), datetime(9999, 1, 1)),  # noqa: DTZ001 - workbooks have none
    st.timedeltas(timedelta(0), timedelta(days=4000)),
    st.times(),
)


def workbook(*rows: list[Any]) -> bytes:
    """A workbook with the header and these rows."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in ([*HEADER], *rows):
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def good(number: int) -> list[Any]:
    """A row that can be counted."""
    return [f"good{number}", "2026-03-02", f"{8 + number:02}:00", 5, 12.5, "0:01:00", 0.5]


def checked(batches: Iterable[Batch]) -> Batch:
    """All batches as one, read soon, of which every row is accounted for."""
    with soon():
        found = list(batches)
    return accounted(found)


def sheet(content: bytes) -> Batch:
    """The batch of a workbook."""
    return checked(
        read(
            io.BytesIO(content),
            SHEETS,
            site_timezone="UTC",
            queue_length=lambda _queue, _program: 1_800_000,
            skew_ms=lambda _: 5_000,
            now=lambda: NOW,
        )
    )


def lines(pieces: list[str]) -> Batch:
    """The batch of JSON lines."""
    reader = open_source(LINES).reader
    assert isinstance(reader, JsonLinesReader)
    return checked(
        read_rows(
            lambda: JsonRows(pieces, reader.source.mapping),
            reader.source,
            file="f",
            site_timezone="UTC",
            queue_length=lambda _queue, _program: 1_800_000,
            skew_ms=lambda _: 5_000,
            now=lambda: NOW,
        )
    )


@fuzz()
@given(st.dictionaries(st.integers(0, 6), VALUES, max_size=7))
def test_any_cell_of_a_workbook_costs_its_row_at_most(changed: dict[int, Any]) -> None:
    """A row in which some cells hold anything is filtered, a record, or a dead letter; the others count."""
    row = good(1)
    for place, value in changed.items():
        row[place] = value
    found = sheet(workbook(good(0), row, good(2)))
    kept = {queue for queue in found.queues if queue in {"good0", "good2"}}
    assert kept == {"good0", "good2"}
    assert found.read == 2 + any(value not in {None, ""} for value in row)


@fuzz()
@given(
    st.integers(0, 20_000), st.binary(min_size=1, max_size=12), st.sampled_from(["archive", "xl/worksheets/sheet1.xml"])
)
def test_a_torn_workbook_is_read_or_refused_in_one_line(place: int, bytes_: bytes, where: str) -> None:
    """Bytes anywhere in the archive, or in a sheet's text, bring nothing down."""
    content = workbook(good(0), good(1))
    if where == "archive":
        at = place % len(content)
        content = content[:at] + bytes_ + content[at + len(bytes_) :]
    else:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
            for name in before.namelist():
                text = before.read(name)
                at = place % len(text)
                after.writestr(name, text[:at] + bytes_ + text[at + len(bytes_) :] if name == where else text)
        content = out.getvalue()
    said = ""
    try:
        sheet(content)
    except UserError as error:
        said = str(error)
    assert "\n" not in said


@fuzz()
@given(TEXTS | st.text(st.sampled_from('{}[]",:0 \\u\t'), max_size=30), st.integers(0, 4), st.integers(1, 50))
def test_good_lines_count_beside_any_other(bad: str, place: int, size: int) -> None:
    """They count whatever one line of JSON holds, and whatever the pieces."""
    rows = [json.dumps(dict(zip(HEADER, good(number), strict=True))) for number in range(4)]
    text = "\n".join([*rows[:place], bad.replace("\n", " "), *rows[place:]])
    found = lines([text[start : start + size] for start in range(0, len(text), size)])
    assert [queue for queue in found.queues if queue.startswith("good")] == [f"good{number}" for number in range(4)]


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["queue", "date", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@fuzz()
@given(st.dictionaries(st.sampled_from(HEADER), JSON, max_size=7))
def test_any_value_of_json_costs_its_row_at_most(changed: dict[str, Any]) -> None:
    """Numbers beyond bounds, lists, objects and half characters under any key."""
    bad = dict(zip(HEADER, good(1), strict=True)) | changed
    rows = [json.dumps(dict(zip(HEADER, good(number), strict=True))) for number in (0, 2)]
    found = lines(["\n".join([rows[0], json.dumps(bad), rows[1]])])
    assert {"good0", "good2"} <= {*found.queues}
    assert found.read == 3


@fuzz()
@given(
    st.text(st.sampled_from("0123456789.,' -+eE%\u00a0\u2019"), max_size=14) | TEXTS,
    st.sampled_from([None, ".", ","]),
    st.sampled_from([None, "", ".", ",", " ", "'"]),
    st.booleans(),
)
def test_any_text_is_one_number_or_a_reason(text: str, decimal: str | None, thousands: str | None, whole: bool) -> None:
    """A number is read the same with the style that its reading has; else the reason says what was expected."""
    if not text.strip() or (thousands and thousands == (decimal or ".")):
        return
    said = ""
    number = Decimal(0)
    try:
        number = number_reader(NumberStyle(decimal, thousands), whole=whole)(text)
    except ValueError as error:
        said = str(error)
    assert not said or said.startswith("a number")
    assert abs(number) <= 10**12
    digits = "".join(filter(str.isdigit, text))
    assert set(str(int(number))) - {"-", "0"} <= set(digits)

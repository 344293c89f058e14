"""Workbooks to records: types, dates, merges, headers and errors; what is wrong with a whole workbook is one line."""

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sources import delimited

from config.errors import UserError
from config.timestamps import rfc3339
from streams.records import Snapshot
from streams.sources.batch import Batch
from streams.sources.delimited.reader import read
from streams.sources.delimited.settings import DelimitedSource

START = {"columns": ["Date", "Time"], "format": "%d.%m.%Y %H:%M"}
COLUMNS = {
    "queue": "Queue",
    "interval_start": START,
    "offered": "Offered",
    "talk_seconds": {"column": "Talk", "duration": "h:mm:ss"},
    "wait_seconds": "Wait",
    "service_level_reported": {"column": "SL", "percent": True},
}
NO_VALUE = "a formula without a value: save the workbook in a spreadsheet program"
HEADER = ["Queue", "Date", "Time", "Offered", "Talk", "Wait", "SL"]


def source(**raw: Any) -> DelimitedSource:
    """A source of intervals in New York's time, at the usual columns."""
    return delimited(**{"record": "interval", "columns": COLUMNS, "timezone": "UTC", **raw})


def book(*rows: list[Any], change: Callable[[Any], object] = lambda _: None, **book_changes: Any) -> bytes:
    """A workbook with these rows; `change` may do more to its sheet."""
    made = Workbook()
    for key, value in book_changes.items():
        setattr(made, key, value)
    sheet = made.active
    for row in rows:
        sheet.append(row)
    change(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def edited(content: bytes, part: str, old: str, new: str) -> bytes:
    """A workbook with another text in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            if name == part:
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            after.writestr(name, text)
    return out.getvalue()


def run(content: bytes, settings: DelimitedSource) -> Batch:
    """All records and dead letters of a workbook."""
    whole = Batch()
    for batch in read(
        io.BytesIO(content),
        settings,
        site_timezone="UTC",
        queue_length=lambda _queue, _program: 1_800_000,
        skew_ms=lambda _queue: 5000,
    ):
        for name in ("queues", "records", "rows", "dead"):
            getattr(whole, name).extend(getattr(batch, name))
        whole.read += batch.read
        whole.left_out = batch.left_out
        whole.filtered += batch.filtered
    assert whole.read == whole.filtered + len({*whole.rows}) + len(whole.dead)
    return whole


def one(content: bytes, settings: DelimitedSource) -> Snapshot:
    """The one record of a workbook."""
    batch = run(content, settings)
    assert not batch.dead, batch.dead
    (record,) = batch.records
    assert isinstance(record, Snapshot)
    return record


def day(*parts: int) -> datetime:
    """A moment without a zone, as workbooks have them."""
    return datetime(*parts)  # type: ignore[arg-type, misc]  # noqa: DTZ001 - as said


def ms(text: str) -> int:
    """Milliseconds since 1970 of an instant in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NINE = ms("2026-03-02 09:00")


@pytest.mark.parametrize(
    ("date", "time_of_day"),
    [
        (day(2026, 3, 2), clock(9)),
        (day(2026, 3, 2), "09:00"),
        ("02.03.2026", clock(9)),
        ("02.03.2026", "09:00"),
        (46083, 0.375),
        (day(2026, 3, 2, 9), day(2026, 3, 2, 9)),
        (46083, "09:00"),
        (day(2026, 3, 2), timedelta(hours=9)),
    ],
)
def test_dates_and_clocks_are_real_or_serial_or_text(date: Any, time_of_day: Any) -> None:
    """Each beside each gives the same instant, whatever format the mapping has for texts."""
    content = book(HEADER, ["q", date, time_of_day, 1204, timedelta(hours=45, minutes=6), 16.2, 0.9401])
    record = one(content, source())
    assert (record.start_ms, record.offered) == (NINE, 1204)
    assert (record.talk_ms, record.wait_ms) == ((45 * 60 + 6) * 60_000, 16_200)


@pytest.mark.parametrize(
    ("time_of_day", "shown", "start"),
    [
        (1, "[h]:mm", "2026-03-03T00:00:00Z"),  # 24:00
        (25.5 / 24, "[h]:mm", "2026-03-03T01:30:00Z"),
        (1, "h:mm", "2026-03-02T00:00:00Z"),  # 1900-01-01 0:00, as databases write a time of the day
        (1.375, "h:mm", "2026-03-02T09:00:00Z"),
        (46083.375, "[h]:mm", "2026-03-02T09:00:00Z"),
    ],
)
def test_a_clock_of_more_than_a_day_is_read_as_it_is_shown(time_of_day: float, shown: str, start: str) -> None:
    """Shown as 24:00 it is midnight after the day; shown as 9:00 of a day of its own it is 9:00."""

    def change(sheet: Any) -> None:
        sheet["C2"].number_format = shown

    content = book(HEADER, ["Sales", datetime(2026, 3, 2), time_of_day, 5, 0, 0, None], change=change)  # noqa: DTZ001 - workbooks know no zones
    (record,) = run(content, source()).records
    assert isinstance(record, Snapshot)
    assert rfc3339(record.start_ms) == start


def test_an_instant_in_one_cell_needs_no_format() -> None:
    """A real date with its clock, or its serial number, in either system of dates; a number in the format wins."""
    columns = {"queue": "Q", "interval_start": "S", "offered": "N"}
    for value in (day(2026, 3, 2, 9), 46083.375, "2026-03-02T09:00:00Z"):
        assert one(book(["Q", "S", "N"], ["q", value, 1]), source(columns=columns)).start_ms == NINE
    content = book(["Q", "S", "N"], ["q", 46083.375 - 1462, 1])
    old = edited(content, "xl/workbook.xml", "<workbookPr />", '<workbookPr date1904="1"/>')
    assert one(old, source(columns=columns)).start_ms == NINE
    columns["interval_start"] = {"columns": ["S", "T"], "format": "%Y%m%d %H%M"}  # type: ignore[assignment]  # as YAML
    assert (
        one(book(["Q", "S", "T", "N"], ["q", 20260302, 930, 1]), source(columns=columns)).start_ms == NINE + 1_800_000
    )
    assert one(book(["Q", "S", "T", "N"], ["q", day(2026, 3, 2), 930, 1]), source(columns=columns)).start_ms == (
        NINE + 1_800_000
    )


def test_a_day_and_a_month_are_never_changed() -> None:
    """A real 3 February is none of the texts that a format with the day first would read."""
    columns = {"queue": "Q", "interval_start": {"column": "S", "format": "%Y-%d-%m"}, "offered": "N"}
    content = book(["Q", "S", "N"], ["q", day(2026, 2, 3), 1])
    assert one(content, source(columns=columns)).start_ms == ms("2026-02-03 00:00")


@pytest.mark.parametrize("value", [16.2, 1.204, 1204, 0.1 + 0.2, 1e-3])
def test_a_typed_number_has_one_reading(value: float) -> None:
    """Where a text would have two, and whatever style the source says for texts."""
    content = book(HEADER, ["q", "02.03.2026", "09:00", 1, None, value, None])
    for changes in ({}, {"decimal": ",", "thousands": "."}):
        assert one(content, source(**changes)).wait_ms == round(value * 1000)


def test_a_text_that_looks_like_a_number_stays_a_text() -> None:
    """Two readings of a text cell are a dead letter in a workbook too, unless the source decides."""
    content = book(HEADER, ["q", "02.03.2026", "09:00", "1.204", None, "16.200", "94,01 %"])
    (letter,) = run(content, source()).dead
    assert "16200" in letter.reason
    record = one(content, source(decimal=",", thousands="."))
    assert (record.offered, record.wait_ms, record.service_level_reported) == (1204, 16_200_000, 0.9401)


def test_a_percentage_is_what_its_format_shows() -> None:
    """94.01 % as a format of 0.9401, as a number, as a text; and as a ratio without `percent`."""

    def percent(sheet: Any) -> None:
        sheet["G2"].number_format = "0.00%"

    row = ["q", "02.03.2026", "09:00", 1, None, None]
    assert one(book(HEADER, [*row, 0.9401], change=percent), source()).service_level_reported == 0.9401
    assert one(book(HEADER, [*row, 94.01]), source()).service_level_reported == 0.9401
    plain = source(columns={**COLUMNS, "service_level_reported": "SL"})
    assert one(book(HEADER, [*row, 0.9401], change=percent), plain).service_level_reported == 0.9401
    assert one(book(HEADER, [*row, 0.9401]), plain).service_level_reported == 0.9401


def test_a_duration_is_what_its_cell_says() -> None:
    """Over a day, as a clock, as a fraction of a day, as a text; with and without a layout."""
    row = ["q", "02.03.2026", "09:00", 1]
    plain = source(columns={**COLUMNS, "talk_seconds": "Talk"})
    for value, expected in ((timedelta(hours=30), 108_000_000), (clock(0, 4, 30), 270_000), ("0:04:30", 270_000)):
        assert one(book(HEADER, [*row, value]), source()).talk_ms == expected
        if not isinstance(value, str):
            assert one(book(HEADER, [*row, value]), plain).talk_ms == expected
    assert one(book(HEADER, [*row, 0.003125]), source()).talk_ms == 270_000
    assert one(book(HEADER, [*row, 270]), plain).talk_ms == 270_000


def test_each_cell_of_a_merge_has_its_value() -> None:
    """Down and across, in the header as in the rows; a cell merged over two lines of the header counts once."""

    def merge(sheet: Any) -> None:
        for cells in ("A4:A5", "B4:B5", "C4:D4", "A6:A7"):
            sheet.merge_cells(cells)

    content = book(
        ["Report of March"],
        [],
        ["by queue"],
        ["Queue", "Start", "Calls", None],
        [None, None, "Offered", "Answered"],
        ["sales", day(2026, 3, 2, 9), 5, 4],
        [None, day(2026, 3, 2, 9, 30), 6, 5],
        ["care", day(2026, 3, 2, 9), 7, 6],
        change=merge,
    )
    for queue in ("Queue", "Queue Queue"):
        columns = {"queue": queue, "interval_start": "Start", "offered": "Calls Offered", "answered": "Calls Answered"}
        batch = run(content, source(columns=columns, header={"rows": [4, 5]}))
        found = [(one.offered, one.answered) for one in batch.records if isinstance(one, Snapshot)]
        assert (batch.queues, found, batch.rows) == (["sales", "sales", "care"], [(5, 4), (6, 5), (7, 6)], [1, 2, 3])


def test_sheets_are_chosen_by_name_or_the_first_that_is_seen() -> None:
    """An unknown name is one line with the names; hidden sheets are passed over unless they are named."""
    made = Workbook()
    hidden = made.active
    hidden.title, hidden.sheet_state = "Notes", "hidden"
    hidden.append(["x"])
    for title, offered in (("Intervals", 5), ("Old", 6)):
        sheet = made.create_sheet(title)
        sheet.append(HEADER)
        sheet.append(["q", "02.03.2026", "09:00", offered])
    made.active = 1
    out = io.BytesIO()
    made.save(out)
    assert one(out.getvalue(), source()).offered == 5
    assert one(out.getvalue(), source(sheet="Old")).offered == 6
    with pytest.raises(UserError, match=r"has no sheet 'Intervalls'; did you mean \"Intervals\"\?; it has Notes, "):
        run(out.getvalue(), source(sheet="Intervalls"))


def test_sheets_that_are_not_read_are_told() -> None:
    """A workbook with a sheet a day is read from its first one alone, and says so, unless a sheet is named."""

    def change(sheet: Any) -> None:
        for name in ("Tuesday", "Wednesday"):
            sheet.parent.copy_worksheet(sheet).title = name
        sheet.parent["Wednesday"].sheet_state = "hidden"
        sheet.title = "Monday"

    content = book(HEADER, ["Sales", "02.03.2026", "09:00", 5, 0, 0, None], change=change)
    assert run(content, source()).left_out == "of its sheets only 'Monday' is read, and not 'Tuesday'"
    assert run(content, source(sheet="Tuesday")).left_out == ""
    assert run(book(HEADER, ["Sales", "02.03.2026", "09:00", 5, 0, 0, None]), source()).left_out == ""


def test_errors_and_formulas_without_a_value_are_dead_letters_that_say_so() -> None:
    """#N/A costs its row where it is mapped and not listed under `empty`; a value that was kept counts."""
    row = ["02.03.2026", "09:00"]
    content = book(
        HEADER,
        ["q", *row, "#N/A"],
        ["#REF!", *row, 1],
        ["q", *row, "=1+1"],
        ["q", "02.03.2026", "09:30", 3, None, None, "#DIV/0!"],
    )
    batch = run(content, source(columns={**COLUMNS, "service_level_reported": {"column": "SL", "empty": ["#DIV/0!"]}}))
    assert [(letter.row, letter.reason) for letter in batch.dead] == [
        (1, "offered: column Offered has '#N/A'; expected a value, and this is an error of the workbook"),
        (2, "queue: column Queue has '#REF!'; expected a value, and this is an error of the workbook"),
        (
            3,
            f"offered: column Offered has '{NO_VALUE}'; expected a value, and this is an error of the workbook",
        ),
    ]
    assert batch.rows == [4]
    kept = edited(content, "xl/worksheets/sheet1.xml", "<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
    assert [letter.row for letter in run(kept, source(empty=["#DIV/0!"])).dead] == [1, 2]


def test_rows_that_are_left_out_may_hold_errors() -> None:
    """A row that `where_not` names is filtered, whatever its cells hold."""
    content = book(HEADER, ["Total", None, None, "#N/A"], ["q", "02.03.2026", "09:00", 1])
    batch = run(content, source(where_not={"Queue": ["Total"]}))
    assert (batch.read, batch.filtered, batch.rows, batch.dead) == (2, 1, [2], [])


def test_blank_rows_and_columns_are_none() -> None:
    """They are passed over; a table may begin anywhere, and cells beside it are no part of it."""
    content = book(
        [],
        [None, *HEADER],
        [],
        [None, "q", "02.03.2026", "09:00", 1, None, None, None, None, "a note"],
        [None, " "],
    )
    batch = run(content, source())
    assert (batch.read, batch.rows) == (1, [1])


def test_booleans_and_numbers_are_texts_where_texts_are_wanted() -> None:
    """A queue 911 is "911" and no "911.0"; TRUE is TRUE."""
    columns = {**COLUMNS, "queue": {"column": "Queue", "values": {"911": "sos", "TRUE": "yes"}}}
    content = book(HEADER, [911, "02.03.2026", "09:00", 1], [True, "02.03.2026", "09:00", 1])
    assert run(content, source(columns=columns)).queues == ["sos", "yes"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 torn", "is no complete workbook"),
        (book(HEADER)[:-200], "is no complete workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is an old Excel file"),
        (book(), "is empty"),
        (book(["Queue", "Queue", *HEADER[1:]]), "the header has the column 'Queue' twice"),
        (book(["Kew", *HEADER[1:]], ["q"]), "the header has no column 'Queue'"),
        (
            edited(book(HEADER), "xl/worksheets/sheet1.xml", "<sheetData>", "<sheetData><row><c></row>"),
            "is no workbook",
        ),
        (
            edited(book(HEADER), "xl/workbook.xml", "<workbook ", '<!DOCTYPE x [<!ENTITY a "aa">]><workbook '),
            "has a document type",
        ),
        (edited(book(HEADER), "xl/worksheets/sheet1.xml", 'r="A1"', 'r="XFE1"'), "beyond the last column"),
        (edited(book(HEADER), "xl/_rels/workbook.xml.rels", "/worksheet", "/other"), "holds no sheet of cells"),
    ],
)
def test_a_workbook_that_cannot_be_used_is_one_line(content: bytes, words: str) -> None:
    """Torn, old, empty, with entities, with odd cells: never a traceback."""
    with pytest.raises(UserError) as caught:
        run(content, source())
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_part_that_unpacks_to_far_too_much_is_refused_at_once() -> None:
    """A few hundred kilobytes of nothing but blanks are not unpacked to as many megabytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(HEADER))) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            if name != "xl/worksheets/sheet1.xml":
                after.writestr(name, before.read(name))
        with after.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(100):
                part.write(b" " * (1 << 20))
    began = time.monotonic()
    with pytest.raises(UserError, match=r"unpacks from [0-9,]+ to [0-9,]+ bytes"):
        run(out.getvalue(), source())
    assert time.monotonic() - began < 5


def test_a_large_sheet_is_read_in_bounded_memory() -> None:
    """A sheet is never in memory as a whole."""
    made = Workbook(write_only=True)
    sheet = made.create_sheet()
    sheet.append(HEADER)
    for number in range(40_000):
        sheet.append([f"queue {number % 7}", "02.03.2026", "09:00", number % 90, None, 12.5, None])
    out = io.BytesIO()
    made.save(out)
    tracemalloc.start()
    rows = 0
    for batch in read(
        io.BytesIO(out.getvalue()),
        source(),
        site_timezone="UTC",
        queue_length=lambda _queue, _program: 1_800_000,
        skew_ms=lambda _queue: 5000,
    ):
        rows += batch.accepted
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 40_000
    assert peak < 60 << 20


def test_a_workbook_is_known_by_its_name_or_how_it_begins(tmp_path: Path) -> None:
    """A `.XLSX` that is none says so; a workbook called `.csv` is read as what it is."""
    content = book(HEADER, ["q", "02.03.2026", "09:00", 1])
    for name in ("day.xlsx", "day.XLSX", "day.csv"):
        (tmp_path / name).write_bytes(content)
        batches = read(
            tmp_path / name,
            source(),
            site_timezone="UTC",
            queue_length=lambda _queue, _program: 1_800_000,
            skew_ms=lambda _queue: 5000,
        )
        assert sum(batch.accepted for batch in batches) == 1
    (tmp_path / "text.xlsx").write_text("Queue,Date\n")
    with pytest.raises(UserError, match="is no complete workbook"):
        list(
            read(
                tmp_path / "text.xlsx",
                source(),
                site_timezone="UTC",
                queue_length=lambda _queue, _program: 1_800_000,
                skew_ms=lambda _queue: 5000,
            )
        )

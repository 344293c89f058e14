"""Avaya CMS: rows of hsplit with and without header, saved reports, torn files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import shared

from config.timestamps import rfc3339
from streams.records import Snapshot
from streams.sources.avaya_cms.layouts import DATABASE
from streams.sources.batch import Batch
from streams.sources.registry import open_source
from streams.sources.source_format import ReadContext

NOW = 1_800_000_000_000
ROW = {
    "ROW_DATE": "03/02/2026", "STARTTIME": "930", "INTRVL": "30", "ACD": "1", "SPLIT": "1", "CALLSOFFERED": "42",
    "ACDCALLS": "36", "ACCEPTABLE": "30", "ABNCALLS": "4", "SLVLABNS": "1", "OUTFLOWCALLS": "2", "ANSTIME": "520",
    "ACDTIME": "6400", "HOLDTIME": "120", "ACWTIME": "700", "I_STAFFTIME": "14400", "I_AVAILTIME": "5000",
    "I_ACDTIME": "6300", "I_ACWTIME": "690", "I_AUXTIME": "2400", "SERVICELEVEL": "20", "INCOMPLETE": "0",
    "SVCLEVELCHG": "0",
}  # fmt: skip
REPORT = (
    "Split/Skill Interval\nDate:\t3/2/2026\nSplit/Skill:\tSales\n\n"
    "Time\tAvg Speed Ans\tACD Calls\tAvg ACD Time\tAvg ACW Time\tAban Calls\tAvg Pos Staff\n"
    "9:00- 9:30AM\t:08\t40\t3:10\t:22\t2\t11.2\n"
    "11:30-12:00PM\t:17\t52\t1:03:04\t:25\t5\t11.0\n"
    "Totals\t:27\t92\t21:15\t:25\t7\t\n"
)


def run(text: str, folder: Path, **options: object) -> Batch:
    """The records of a text, in Chicago, half-hour queues."""
    file = folder / "cms.txt"
    file.write_text(text, encoding="utf-8")
    source = open_source(shared(format="avaya_cms", record="interval", **options))
    context = ReadContext("America/Chicago", lambda _queue, _program: 1_800_000, lambda _queue: 5000, lambda: NOW)
    whole = Batch()
    for batch in source.reader.read(str(file), context):
        for name in ("queues", "records", "rows", "dead"):
            getattr(whole, name).extend(getattr(batch, name))
        whole.read += batch.read
        whole.filtered += batch.filtered
        whole.covered |= batch.covered
    return whole


def only(batch: Batch) -> Snapshot:
    """The one record of a batch."""
    assert batch.dead == []
    (record,) = batch.records
    assert isinstance(record, Snapshot)
    return record


def table(*rows: dict[str, str], mark: str = "|", header: bool = True) -> str:
    """Rows of hsplit as text."""
    columns = list(ROW) if header else list(DATABASE)
    lines = [columns] if header else []
    lines += [[row.get(name, "0") for name in columns] for row in rows]
    return "".join(mark.join(line) + "\n" for line in lines)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("mark", ["|", ",", "\t", ";"])
def test_a_row_of_hsplit(tmp_path: Path, mark: str, header: bool) -> None:
    """Every figure of a row, whatever stands between the cells; without header in the order of the database."""
    batch = run(table(ROW, mark=mark, header=header), tmp_path, queues={"1": "Sales"})
    found = only(batch)
    assert (batch.queues, rfc3339(found.start_ms), found.length_ms) == (["Sales"], "2026-03-02T15:30:00Z", 1_800_000)
    counts = (found.offered, found.answered, found.answered_within, found.abandoned, found.abandoned_within)
    assert counts == (42, 36, 30, 4, 1)
    assert (found.overflowed, found.handled, found.threshold_ms) == (2, 36, 20_000)
    times = (found.wait_ms, found.talk_ms, found.hold_ms, found.wrap_ms, found.occupied_ms, found.available_ms)
    assert times == (520_000, 6_400_000, 120_000, 700_000, 6_990_000, 5_000_000)
    assert found.staffed_ms == 12_000_000


def test_a_row_that_says_it_is_incomplete_is(tmp_path: Path) -> None:
    """INCOMPLETE: the counts do not reach the interval's end."""
    found = only(run(table(ROW | {"INCOMPLETE": "1"}), tmp_path))
    assert found.as_of_ms < found.start_ms + found.length_ms


def test_a_service_level_that_changes_inside_a_row_is_told(tmp_path: Path) -> None:
    """SVCLEVELCHG: neither threshold is that of the counts within it, and the row says so."""
    found = only(run(table(ROW | {"SVCLEVELCHG": "1"}), tmp_path))
    assert (found.definition_changed, found.threshold_ms, found.answered) == (1, None, 36)
    assert only(run(table(ROW), tmp_path)).definition_changed is None


def test_pauses_are_no_staffed_time(tmp_path: Path) -> None:
    """Without I_AUXTIME the time on duty is summed; the time logged in holds pauses."""
    row = {name: cell for name, cell in ROW.items() if name != "I_AUXTIME"}
    text = "|".join(row) + "\n" + "|".join(row.values()) + "|\n"
    assert only(run(text, tmp_path)).staffed_ms == 11_990_000


def test_a_saved_report_with_tabs(tmp_path: Path) -> None:
    """Titles give date and split, averages become sums, the totals are filtered."""
    batch = run(REPORT, tmp_path)
    first, second = batch.records
    assert isinstance(first, Snapshot)
    assert isinstance(second, Snapshot)
    assert (batch.queues, batch.read, batch.filtered, batch.dead) == (["Sales", "Sales"], 3, 1, [])
    assert [rfc3339(one.start_ms) for one in (first, second)] == ["2026-03-02T15:00:00Z", "2026-03-02T17:30:00Z"]
    assert (first.offered, first.wait_ms, first.talk_ms, first.wrap_ms) == (42, 320_000, 7_600_000, 880_000)
    assert (first.staffed_ms, second.talk_ms) == (20_160_000, 3784 * 52_000)


def test_several_reports_in_one_file(tmp_path: Path) -> None:
    """Each has its own titles and header."""
    batch = run(REPORT + REPORT.replace("Sales", "Service").replace("3/2/", "3/3/"), tmp_path)
    assert batch.queues == ["Sales"] * 2 + ["Service"] * 2
    assert (batch.read, batch.filtered, batch.rows) == (6, 2, [1, 2, 4, 5])


@pytest.mark.parametrize(
    ("queues", "names"),
    [
        ({}, ["1", "2/1"]),
        ({"1/1": "Sales", "2/1": "Sales north"}, ["Sales", "Sales north"]),
        ({"2/1": "Sales north"}, ["1", "Sales north"]),
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_splits_of_two_acds_stay_apart(tmp_path: Path, queues: dict[str, str], names: list[str], header: bool) -> None:
    """Both have a split 1: two queues, each with its own calls."""
    text = table(ROW, ROW | {"ACD": "2", "ACDCALLS": "7"}, header=header)
    batch = run(text, tmp_path, **({"queues": queues} if queues else {}))
    assert (batch.queues, batch.dead) == (names, [])
    assert [one.answered for one in batch.records if isinstance(one, Snapshot)] == [36, 7]


def test_a_queue_takes_no_second_acd(tmp_path: Path) -> None:
    """Where the source names the split alone, another ACD's row is refused; it would pass for a correction."""
    batch = run(table(ROW, ROW | {"ACD": "2"}, ROW), tmp_path, queues={"1": "Sales"})
    ((row, said, *_),) = batch.dead
    assert (row, batch.rows, batch.queues) == (2, [1, 3], ["Sales"] * 2)
    assert said == "queue: split '1' is of ACD '2' here, and of ACD '1' before; name each under queues, as 2/1"


def test_a_report_names_its_acd(tmp_path: Path) -> None:
    """Two reports of one split, each below the line of its ACD."""
    first, second = (REPORT.replace("Split/Skill:", f"ACD:\t{acd}\nSplit/Skill:") for acd in ("1", "North"))
    batch = run(first + second, tmp_path)
    assert (batch.queues, batch.dead) == (["Sales"] * 2 + ["North/Sales"] * 2, [])


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("split", ["Sales", "Sales, north; 2nd"])
def test_a_report_in_quotes(tmp_path: Path, mark: str, split: str) -> None:
    """Every cell stands in quotes, those of the titles too, and a name may hold the marks."""
    lines = [line.replace("Sales", split).split("\t") for line in REPORT.splitlines()]
    text = "\r\n".join(mark.join(f'"{cell}"' for cell in line) if any(line) else "" for line in lines)
    batch = run(text, tmp_path)
    assert (batch.queues, batch.read, batch.filtered, batch.dead) == ([split] * 2, 3, 1, [])
    assert [one.offered for one in batch.records if isinstance(one, Snapshot)] == [42, 57]
    whole = run(text.replace(f'"{mark}"{split}"', f' {split}"'), tmp_path)
    assert (whole.queues, whole.dead) == ([split] * 2, [])


def test_the_repeated_hour_goes_by_order(tmp_path: Path) -> None:
    """The second row of 1:00 in a night of 25 hours is the second hour; one without a second row covers its twin."""
    rows = [ROW | {"ROW_DATE": "2026-11-01", "STARTTIME": clock} for clock in ("100", "130", "100", "200")]
    batch = run(table(*rows), tmp_path)
    starts = [rfc3339(one.start_ms)[11:16] for one in batch.records if isinstance(one, Snapshot)]
    assert starts == ["06:00", "06:30", "07:00", "08:00"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"STARTTIME": "960"}, "interval_start: column STARTTIME has '960'"),
        ({"ROW_DATE": "31.31.2026"}, "interval_start: ROW_DATE has '31.31.2026'"),
        ({"ACDCALLS": "3x"}, "row: column ACDCALLS has '3x'"),
        ({"SPLIT": ""}, "queue: no title and no column names the split"),
        ({"INTRVL": "1440"}, "interval_seconds: 86400 is longer than an hour"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_dead_letter(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    """Its reason names the column; the row beside it counts."""
    batch = run(table(ROW | changes, ROW), tmp_path)
    ((row, said, *_),) = batch.dead
    assert (row, batch.rows) == (1, [2])
    assert said.startswith(reason)


@given(st.data())
def test_a_torn_file_loses_nothing(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Wherever a file is cut or a character is changed, rows read are filtered, accepted or dead letters."""
    text = data.draw(st.sampled_from([REPORT, table(ROW, ROW), table(ROW, ROW, header=False)]))
    at = data.draw(st.integers(0, len(text) - 1))
    torn = text[:at] + data.draw(st.sampled_from(["", "|", '"', "x", "\n"])) + text[at + data.draw(st.integers(0, 9)) :]
    if torn.strip():
        batch = run(torn, tmp_path_factory.mktemp("torn"))
        assert batch.read == batch.filtered + len(batch.records) + len(batch.dead)

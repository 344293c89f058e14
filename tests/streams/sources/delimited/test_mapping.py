"""The mapping made ready for one file: what is said of a header that does not fit."""

from typing import Any

import pyarrow as pa
import pytest
from sources import delimited

from config.errors import UserError
from streams.sources.blocks import Cells
from streams.sources.delimited.mapping import Mapper

CONTACT = {"contact_id": "ID", "queue": "Q", "offered_at": "IN"}


def mapper(header: list[str], **raw: Any) -> Mapper:
    """The mapper of a source for a file with this header."""
    return Mapper(delimited(**raw), "UTC", "calls.csv", header)


def refusal(header: list[str], **raw: Any) -> str:
    """The message about a header that cannot be used."""
    with pytest.raises(UserError) as caught:
        mapper(header, **raw)
    return str(caught.value)


def test_a_mapped_column_that_is_not_there_is_named_with_the_nearest() -> None:
    """The message names the file, the column, the key that maps it, and the nearest name in the header."""
    said = refusal(["ID", "QUEUE", "IN"], record="contact", columns={**CONTACT, "queue": "QUEEU"})
    assert said == (
        "calls.csv: the header has no column 'QUEEU', which sources.acd.columns.queue names; "
        "did you mean 'QUEUE'?; it has ID, QUEUE, IN"
    )
    said = refusal(["ID", "Q", "IN"], record="contact", columns=CONTACT, where={"KIND": ["1"]})
    assert "no column 'KIND', which sources.acd.where names" in said


def test_another_delimiter_is_suspected_where_there_is_one_column() -> None:
    """A header in one piece that holds another usual delimiter says so."""
    said = refusal(["ID;Q;IN"], record="contact", columns=CONTACT)
    assert "its one column suggests delimiter: ';' for this source" in said


def test_a_header_that_names_a_column_twice_is_refused() -> None:
    """Which of two columns of one name is meant cannot be known; columns that are not mapped are no matter."""
    said = refusal(["ID", "Q", "IN", "Q"], record="contact", columns=CONTACT)
    assert said == (
        "calls.csv: the header has the column 'Q' twice, and sources.acd.columns.queue names it; "
        "give each column its own name"
    )
    said = refusal(["ID", "Q", "IN", "K", "K", "K"], record="contact", columns=CONTACT, where={"K": ["1"]})
    assert "'K' 3 times, and sources.acd.where names it" in said
    header = ["ID", "Q", "IN", "", "", "X", "X"]
    assert mapper(header, record="contact", columns=CONTACT).wanted == ["ID", "Q", "IN"]


@pytest.mark.parametrize("other", ["In\u00a0SL", "In  SL", "IN SL", "\ufeffIn SL", "In\u200bSL", "InSL"])
def test_a_column_that_differs_in_what_is_not_seen_is_named(other: str) -> None:
    """The message shows the name as the header has it, and why it is another one."""
    said = refusal(
        ["Q", "S", other], record="interval", columns={"queue": "Q", "interval_start": "S", "offered": "In SL"}
    )
    assert f"its {other!r} differs in blanks, capitals or marks that are not seen" in said
    assert "\n" not in said


def test_the_reference_s_own_columns_may_be_missing_but_for_the_mandatory() -> None:
    """Without a mapping a file has what columns it has, and the mandatory ones."""
    assert mapper(["queue", "interval_start", "offered", "x"], record="interval").wanted == [
        "queue",
        "interval_start",
        "offered",
    ]
    assert "no column 'interval_start'" in refusal(["queue", "offered"], record="interval")


def test_a_constant_that_the_field_cannot_hold_is_refused_with_its_key() -> None:
    """The message names the source's key and its line; no file is needed to see it."""
    said = refusal(
        ["Q", "S"], record="interval", columns={"queue": "Q", "interval_start": "S", "offered": {"const": "x"}}
    )
    assert said == "m.yaml: sources.acd.columns.offered (line 1): const: found 'x'; expected a number"


def test_after_adds_no_day_where_clocks_disagree() -> None:
    """A clock that is a few seconds earlier is no next day, whatever the skew of its queue."""
    columns = {
        **CONTACT,
        "offered_at": {"columns": ["DAY", "IN"], "format": "%Y-%m-%d %H:%M:%S"},
        "outcome": {"const": "answered"},
        "exited_at": {"columns": ["DAY", "OUT"], "format": "%Y-%m-%d %H:%M:%S", "after": "offered_at"},
    }
    header = ["ID", "Q", "DAY", "IN", "OUT"]
    rows = [("1", "a", "2026-03-02", "10:00:05", "10:00:00"), ("2", "b", "2026-03-02", "10:00:05", "10:00:00")]
    cells = Cells(
        {name: pa.array(cells, pa.string()) for name, cells in zip(header, zip(*rows, strict=True), strict=True)}, 2
    )
    mapped = mapper(header, record="contact", columns=columns).read(cells, {"a": 5000, "b": 4999}.__getitem__)
    offered, exited = mapped.column("offered_at"), mapped.column("exited_at")
    assert [after - before for before, after in zip(offered, exited, strict=True)] == [-5000, -5000]


def test_the_first_fault_of_a_row_is_its_reason() -> None:
    """A row with several faults is told by the first in the order of the record's fields."""
    cells = Cells({name: pa.array(["x"], pa.string()) for name in ("ID", "Q", "IN", "W")}, 1)
    one = mapper(["ID", "Q", "IN", "W"], record="contact", columns={**CONTACT, "talk_seconds": "W"})
    assert one.read(cells, lambda _queue: 0).faults == {
        0: "offered_at: column IN has 'x'; expected an instant such as 2026-03-02T01:00:00Z"
    }


def test_a_reason_is_given_its_column() -> None:
    """A refused record's reason is completed with the column of the field it names, where there is one."""
    one = mapper(["ID", "Q", "IN"], record="contact", columns=CONTACT)
    assert one.named("queue: is empty") == "queue: is empty (column Q)"
    assert one.named("in_the_future: offered_at 2026-…") == "in_the_future: offered_at 2026-… (column IN)"
    assert one.named("outcome: is empty") == "outcome: is empty"

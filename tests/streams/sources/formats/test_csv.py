"""One source of delimited files: what each form means, and what is refused with which words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from sources import delimited

from config.errors import UserError
from config.sources.expressions import Column, Const, First, Join, Sum, columns_of
from streams.records import RECORD_TYPES
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.registry import built_in_formats

FILE = "config/monitor.yaml"
CONTACT = {"contact_id": "ID", "queue": "Q", "offered_at": "IN"}
INTERVAL = {"queue": "Q", "interval_start": "START"}


def parse(**raw: Any) -> DelimitedSource:
    """The settings of a source given by its keys."""
    return delimited(file=FILE, **raw)


def contact(**columns: Any) -> DelimitedSource:
    """The settings of a contact source with these columns besides the mandatory ones."""
    return parse(format="csv", record="contact", columns={**CONTACT, **columns})


def interval(**columns: Any) -> DelimitedSource:
    """The settings of an interval source with these columns besides the mandatory ones."""
    return parse(format="csv", record="interval", columns={**INTERVAL, **columns})


def test_the_example_of_the_reference_is_read_whole() -> None:
    """Every form that docs/reference/sources.md#forms-of-a-column shows is read into its structure."""
    source = delimited(
        "acd_half_hour",
        format="csv",
        record="interval",
        delimiter=";",
        encoding="utf-8",
        timezone="America/New_York",
        on_ambiguous="first",
        on_nonexistent="reject",
        interval_minutes=30,
        threshold_seconds=20,
        where={"CALL_TYPE": ["1", "INBOUND"]},
        where_not={"QUEUE": ["Labor"], "Q_START": ["0:00:00"]},
        columns={
            "queue": "QUEUE_NAME",
            "interval_start": {
                "columns": ["DATE", "TIME"],
                "format": "%Y-%m-%d %H:%M",
                "also": ["%m/%d/%Y %H:%M"],
            },
            "offered": {"sum": ["ANSWERED", "ABANDONED"]},
            "answered": "CONTACTS_HANDLED",
            "talk_seconds": {"column": "TALK_MIN", "multiply": 60},
            "handled": {"const": 1},
            "staffed_seconds": {"column": "LOGIN", "duration": "h:mm:ss"},
            "service_level_reported": {"column": "SL_PCT", "percent": True},
        },
    )
    settings, mapping = source.settings, source.mapping
    assert (settings.name, settings.format, settings.record, source.delimiter) == (
        "acd_half_hour",
        "csv",
        "interval",
        ";",
    )
    assert (settings.timezone, settings.on_ambiguous, settings.on_nonexistent) == (
        "America/New_York",
        "first",
        "reject",
    )
    assert (settings.interval_ms, settings.threshold_ms) == (1_800_000, 20_000)
    assert mapping.where == {"CALL_TYPE": {"1", "INBOUND"}}
    assert mapping.where_not == {"QUEUE": {"Labor"}, "Q_START": {"0:00:00"}}
    assert mapping.columns == {
        "queue": Column(("QUEUE_NAME",)),
        "interval_start": Column(("DATE", "TIME"), formats=("%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M")),
        "offered": Sum((Column(("ANSWERED",)), Column(("ABANDONED",)))),
        "answered": Column(("CONTACTS_HANDLED",)),
        "talk_seconds": Column(("TALK_MIN",), multiply=Decimal(60)),
        "handled": Const("1"),
        "staffed_seconds": Column(("LOGIN",), duration="h:mm:ss"),
        "service_level_reported": Column(("SL_PCT",), percent=True),
    }


def test_the_reference_s_forms_of_a_contact_are_read() -> None:
    """Values, first, after, join and empty are read; the source's own empty cells hold in every column."""
    source = parse(
        record="contact",
        empty=["NULL"],
        columns={
            "contact_id": {"join": ["LINE", "CALL_ID"], "with": "-"},
            "queue": "TYPE",
            "offered_at": {"columns": ["DATE", "IN"], "format": "%y%m%d %H:%M:%S"},
            "outcome": {"column": "RESULT", "values": {"AGENT": "answered", "HANG": "abandoned", "*": "overflowed"}},
            "exited_at": {
                "first": [
                    {"columns": ["DATE", "OUT"], "format": "%y%m%d %H:%M:%S", "after": "offered_at"},
                    {"column": "END", "format": "epoch"},
                ]
            },
            "agent": {"column": "SERVER", "empty": ["NO_SERVER", "-"]},
        },
    )
    null = frozenset({"NULL"})
    assert source.mapping.columns["contact_id"] == Join(("LINE", "CALL_ID"), "-", null)
    assert source.mapping.columns["agent"] == Column(("SERVER",), empty=null | {"NO_SERVER", "-"})
    outcome = source.mapping.columns["outcome"]
    assert isinstance(outcome, Column)
    assert outcome.values == {"AGENT": "answered", "HANG": "abandoned", "*": "overflowed"}
    exited = source.mapping.columns["exited_at"]
    assert exited == First(
        (
            Column(("DATE", "OUT"), formats=("%y%m%d %H:%M:%S",), after="offered_at", empty=null),
            Column(("END",), formats=("epoch",), empty=null),
        )
    )
    assert list(columns_of(exited)) == ["DATE", "OUT", "END"]


def test_a_source_without_columns_reads_the_reference_s_own() -> None:
    """Without `columns` each field comes from the column of its own name."""
    source = parse(format="csv", record="evaluation")
    assert source.mapping.own_columns
    assert source.mapping.columns["checks"] == Column(("checks",))
    assert set(source.mapping.columns) == set(RECORD_TYPES["evaluation"].fields)
    assert (source.delimiter, source.settings.encoding, source.settings.timezone) == (",", "utf-8", None)
    assert (source.settings.on_ambiguous, source.settings.on_nonexistent) == ("in_order", "reject")


def test_rostered_heads_are_known_by_their_shrinkage() -> None:
    """`scheduled_is: rostered` comes with its shrinkage, which the settings keep."""
    assert parse(record="plan", scheduled_is="rostered", shrinkage=0.3).settings.shrinkage == 0.3
    assert parse(record="plan", scheduled_is="scheduled").settings.shrinkage is None


def test_after_of_first_holds_for_its_options() -> None:
    """`after` beside `first` is that of every option without one of its own."""
    source = contact(
        outcome="R", exited_at={"first": ["A", {"column": "B", "after": "updated_at"}], "after": "offered_at"},
        updated_at="U",
    )  # fmt: skip
    assert source.mapping.columns["exited_at"] == First(
        (Column(("A",), after="offered_at"), Column(("B",), after="updated_at"))
    )


FAULTS: list[tuple[Mapping[str, Any], str]] = [
    ({"record": "contact", "colums": {}}, """unknown key 'colums'; did you mean "columns"?"""),
    ({"format": "csv"}, "sources.acd (line 1): says no record; add record: one of contact, interval"),
    (
        {"record": "intervals"},
        (
            "sources.acd.record (line 1): found the text 'intervals'; allowed: one of contact, interval, plan, "
            'agent_state, evaluation; did you mean "interval"'
        ),
    ),
    (
        {"format": "xml", "record": "plan"},
        "sources.acd.format (line 1): found the text 'xml', which no reader serves; allowed: one of "
        + ", ".join(built_in_formats()),
    ),
    (
        {"record": "interval", "delimiter": ";;"},
        "sources.acd.delimiter (line 1): found the text ';;'; allowed: one character",
    ),
    ({"record": "interval", "encoding": "utf-9"}, "sources.acd.encoding (line 1): found the text 'utf-9'"),
    ({"record": "interval", "encoding": "base64"}, "sources.acd.encoding (line 1): found the text 'base64'"),
    (
        {"record": "interval", "timezone": "Madrid"},
        "sources.acd.timezone (line 1): found the text 'Madrid'; allowed: an IANA",
    ),
    ({"record": "interval", "on_ambiguous": "third"}, "sources.acd.on_ambiguous (line 1): found the text 'third'"),
    ({"record": "interval", "interval_minutes": 1440}, "found 1440 minutes; longer than an hour is not an interval"),
    ({"record": "interval", "interval_minutes": 7}, "found the number 7; allowed: one of 5, 6, 10, 12, 15, 20, 30, 60"),
    ({"record": "interval", "threshold_seconds": "20"}, "found the text '20'; allowed: a number from 0 to 86400"),
    (
        {"record": "contact", "threshold_seconds": 20},
        "threshold_seconds (line 1): has no meaning for record: contact; remove it",
    ),
    ({"record": "plan", "scheduled_is": "rostered"}, "says scheduled_is: rostered and no shrinkage; add shrinkage"),
    ({"record": "plan", "shrinkage": 0.3}, "sources.acd.shrinkage (line 1): serves rostered heads only"),
    ({"record": "plan", "scheduled_is": "rostered", "shrinkage": 1}, "allowed: a ratio from 0 to below 1"),
    (
        {"record": "interval", "where": {"CALL_TYPE": [1]}},
        'where.CALL_TYPE[0] (line 1): found the number 1, and text is wanted; quote it: "1"',
    ),
    ({"record": "interval", "where": ["A"]}, "sources.acd.where (line 1): found a list; allowed: a mapping of columns"),
    (
        {"record": "contact", "columns": {"queue": "Q"}},
        "sources.acd.columns (line 1): no column for contact_id, offered_at; a record of type contact needs",
    ),
    (
        {
            "record": "contact",
            "columns": {
                **CONTACT,
                "offered_at": {"column": "A", "after": "updated_at"},
                "updated_at": {"column": "A", "after": "offered_at"},
            },
        },
        "leads back to itself",
    ),
    ({"record": "interval", "columns": {**INTERVAL, "handled": {"const": True}}}, "found true, and text is wanted"),
]

COLUMN_FAULTS: list[tuple[str, Any, str]] = [
    ("offered_at", {"column": "A", "format": "%d/%m %H:%M"}, "which gives no whole date"),
    ("offered_at", {"column": "A", "format": "%Y-%m-%d %Q"}, "which strptime cannot read"),
    ("offered_at", {"column": "A", "format": "%Y-%m-%d %H:%M %Z"}, "a zone's short name is no offset; use %z"),
    (
        "agnet",
        "A",
        """columns.agnet (line 1): unknown field of a record of type contact: 'agnet'; did you mean "agent"?""",
    ),
    ("exited_at", "X", "exited_at is mapped and outcome is not"),
    ("outcome", "X", "outcome is mapped, but neither exited_at nor wait_seconds"),
    (
        "queue",
        12,
        "columns.queue (line 1): found the number 12; allowed: the name of a column, or a mapping with one of",
    ),
    (
        "queue",
        {"colum": "Q"},
        """columns.queue (line 1): says no column; unknown key 'colum'; did you mean "column"?""",
    ),
    ("queue", {"column": "Q", "const": "x"}, "found column and const together"),
    ("queue", {"column": "Q", "with": "-"}, "columns.queue.with (line 1): unknown key 'with'"),
    (
        "queue",
        {"column": "Q", "format": "%Y-%m-%d"},
        "columns.queue.format (line 1): 'format' cannot be used here: this field holds text, and it serves an instant",
    ),
    (
        "offered_at",
        {"column": "Q", "percent": True},
        "'percent' cannot be used here: this field holds an instant, and it serves a ratio",
    ),
    ("offered_at", {"sum": ["A", "B"]}, "'sum' cannot be used here"),
    (
        "offered_at",
        {"column": "A", "format": "epochs"},
        """columns.offered_at.format (line 1): found the text 'epochs'; did you mean "epoch"?""",
    ),
    ("offered_at", {"column": "A", "also": ["%Y-%m-%d"]}, "names further formats, and there is no format"),
    (
        "talk_seconds",
        {"column": "A", "duration": "hours"},
        "columns.talk_seconds.duration (line 1): found the text 'hours'; allowed: a layout of d, h, m and s",
    ),
    ("talk_seconds", {"column": "A", "multiply": "60"}, "columns.talk_seconds.multiply (line 1): found the text '60'"),
    ("talk_seconds", {"column": "A", "multiply": 60, "duration": "h:mm"}, "found duration and multiply together"),
    ("talk_seconds", {"columns": ["A", "B"]}, "several columns make no number; use sum"),
    ("talk_seconds", {"column": ["A"]}, "allowed: the name of one column; for several use columns"),
    (
        "queue",
        {"column": "A", "values": {1: "x"}},
        "columns.queue.values.1 (line 1): the key 1 is read as a int, a name is wanted; quote it",
    ),
    (
        "updated_at",
        {"column": "A", "after": "exited_at"},
        "updated_at: after: exited_at is no instant that is mapped here; allowed: offered_at",
    ),
    ("offered_at", {"column": "A", "after": "offered_at"}, "leads back to itself"),
    (
        "queue",
        {"const": 911},
        'columns.queue.const (line 1): found the number 911, and text is wanted; quote it: "911"',
    ),
]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        *FAULTS,
        *(({"record": "contact", "columns": {**CONTACT, field: form}}, words) for field, form, words in COLUMN_FAULTS),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_key_s_path(raw: Mapping[str, Any], words: str) -> None:
    """Each fault names file, key, what was found and what is allowed, in one line."""
    with pytest.raises(UserError) as caught:
        parse(**raw)
    message = str(caught.value)
    assert message.startswith("config/monitor.yaml: sources.acd")
    assert words in message
    assert "\n" not in message


def test_values_may_be_numbers_or_nothing() -> None:
    """A cell may stand for a number, or for "not reported"."""
    column = interval(handled={"column": "H", "values": {"Y": 1, "?": None}}).mapping.columns["handled"]
    assert isinstance(column, Column)
    assert column.values == {"Y": "1", "?": None}

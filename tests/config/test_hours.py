"""Opening hours: weekdays and spans as people write them, as minutes a machine can walk."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UserError
from config.hours import DAYS, Spans, describe_hours, overlap, read_closed, read_hours
from config.yaml import Node, read_yaml


def _node(tmp_path: Path, key: str, text: str) -> Node:
    path = tmp_path / "c.yaml"
    path.write_text(f"{key}: {text}\n", encoding="utf-8")
    return read_yaml(path).fields((key,))[key]


def _hours(tmp_path: Path, text: str) -> dict[str, Spans]:
    return {DAYS[day]: spans for day, (spans, _) in sorted(read_hours(_node(tmp_path, "hours", text)).items())}


def test_the_reference_s_example_reads_as_it_says(tmp_path: Path) -> None:
    """Weekdays 08-20, Saturday in two spans of which one ends at midnight, Sunday not named."""
    found = _hours(tmp_path, '{mon-fri: "08:00-20:00", sat: ["09:00-13:00", "15:00-24:00"]}')
    assert found == dict.fromkeys(DAYS[:5], ((480, 1200),)) | {"sat": ((540, 780), (900, 1440))}


def test_spans_need_no_quotes(tmp_path: Path) -> None:
    """Times are text in YAML 1.2, so 08:00-20:00 may stand bare, in a list too."""
    assert _hours(tmp_path, "{mon: 08:00-20:00, tue: [8:00-12:00, 13:00 - 17:30]}") == {
        "mon": ((480, 1200),),
        "tue": ((480, 720), (780, 1050)),
    }


def test_two_weekdays_may_wrap_around_the_week(tmp_path: Path) -> None:
    """`sun-thu` is Sunday and Monday to Thursday; `sat-fri` is the whole week."""
    assert list(_hours(tmp_path, '{sun-thu: "08:00-20:00"}')) == ["mon", "tue", "wed", "thu", "sun"]
    assert list(_hours(tmp_path, '{Sat - Fri: "08:00-20:00"}')) == list(DAYS)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("22:00-06:00", (1320, 1800)),
        ("00:00-24:00", (0, 1440)),
        ("00:00-00:00", (0, 1440)),
        ("08:00-08:00", (480, 1920)),
        ("23:59-24:00", (1439, 1440)),
        ("24:00-06:00", None),
        ("08:00-25:00", None),
        ("08:60-09:00", None),
        ("8-20", None),
        ("08:00", None),
        ("08:00-24:30", None),
        ("٠٨:٠٠-٢٠:٠٠", None),
    ],
)
def test_an_end_at_or_before_the_start_runs_into_the_next_day(
    tmp_path: Path, written: str, span: tuple[int, int] | None
) -> None:
    """A night shift ends beyond minute 1440; what is no span is refused with path and what is allowed."""
    if span is None:
        with pytest.raises(UserError, match=r"hours\.wed \(line 1\): found the text .*; allowed: local times like"):
            _hours(tmp_path, f'{{wed: "{written}"}}')
    else:
        assert _hours(tmp_path, f'{{wed: "{written}"}}') == {"wed": (span,)}


def test_closed_an_empty_list_and_nothing_are_a_closed_day(tmp_path: Path) -> None:
    """A weekday can be named in order to close it."""
    assert _hours(tmp_path, "{mon: closed, tue: [], wed: }") == {"mon": (), "tue": (), "wed": ()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{mon: ["08:00-12:00", "11:59-14:00"]}', r"hours\.mon \(line 1\): the spans of mon overlap"),
        ('{mon: "22:00-06:00", tue: "05:30-12:00"}', r"hours\.tue \(line 1\): the spans of tue overlap"),
        ('{sun: "22:00-06:00", mon: "05:30-12:00"}', r"hours\.mon \(line 1\): the spans of mon overlap"),
        ('{mon-fri: "08:00-20:00", fri: "08:00-12:00"}', r"hours\.fri \(line 1\): fri is already set in line 1"),
        ('{mond: "08:00-20:00"}', r'hours\.mond \(line 1\): unknown weekday \'mond\'; did you mean "mon"\?'),
        ('{mon-: "08:00-20:00"}', r"hours\.mon- \(line 1\): unknown weekday ''"),
        ("{mon: 8}", r"hours\.mon \(line 1\): found the number 8"),
        ("{mon: {from: 8}}", r"hours\.mon \(line 1\): found a mapping"),
        ('{mon: ["08:00-12:00", 13]}', r"hours\.mon\[1\] \(line 1\): found the number 13"),
        ('"08:00-20:00"', r"hours \(line 1\): found the text '08:00-20:00'; allowed: a mapping of weekdays"),
        ("{1: 08:00-20:00}", r"hours\.1 \(line 1\): the key 1 is read as a int, a name is wanted; quote it"),
    ],
)
def test_faults_in_hours_name_the_day(tmp_path: Path, text: str, message: str) -> None:
    """Overlaps (over midnight and the week's end too), days named twice and unknown days each say which."""
    with pytest.raises(UserError, match=message):
        _hours(tmp_path, text)


def test_spans_that_touch_do_not_overlap(tmp_path: Path) -> None:
    """One span may begin where another ends, also at midnight."""
    assert len(_hours(tmp_path, '{mon: ["08:00-12:00", "12:00-14:00", "22:00-06:00"], tue: "06:00-08:00"}')) == 2


@given(
    st.dictionaries(
        st.integers(0, 6),
        st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), max_size=3).map(
            lambda raw: tuple(sorted((start, start + length) for start, length in raw))
        ),
        max_size=7,
    )
)
def test_overlap_is_found_exactly_when_a_minute_is_open_twice(week: dict[int, Spans]) -> None:
    """Against counting every minute of a circular week: a second count of one minute is an overlap."""
    counts = [0] * 10_080
    for day, spans in week.items():
        for start, end in spans:
            for minute in range(start, end):
                counts[(day * 1440 + minute) % 10_080] += 1
    assert (overlap(week) is not None) == (max(counts) > 1)


def test_dates_are_read_bare_and_quoted(tmp_path: Path) -> None:
    """`2026-12-25` is the same date with and without quotes."""
    node = _node(tmp_path, "closed", '[2026-12-25, "2028-02-29"]')
    assert sorted(day.isoformat() for day in read_closed(node)) == ["2026-12-25", "2028-02-29"]


@pytest.mark.parametrize(
    "written", ["2026-02-29", "25.12.2026", "2026-12-25T00:00:00Z", "20261225", "2026-W01-1", "christmas"]
)
def test_what_is_no_date_is_refused(tmp_path: Path, written: str) -> None:
    """A day that does not exist, or another notation, is named with its place in the list."""
    with pytest.raises(UserError, match=r"closed\[1\] \(line 1\): found .*; allowed: a date that exists, written like"):
        read_closed(_node(tmp_path, "closed", f"[2026-12-25, {written}]"))


def test_hours_are_described_with_equal_days_together() -> None:
    """Neighbouring weekdays with the same spans share a line; midnight and the next day are said."""
    day: Spans = ((480, 1200),)
    week: tuple[Spans, ...] = (day, day, day, day, ((1320, 1800),), ((540, 780), (900, 1440)), ())
    assert describe_hours(week) == (
        "mon-thu 08:00-20:00; fri 22:00-06:00 next day; sat 09:00-13:00, 15:00-24:00; sun closed"
    )

"""Rows of JSON lines: objects and arrays of them, nested keys, types; a bad line costs itself."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import shared

from config.sources.mapping import read_mapping
from streams.records import RECORD_TYPES
from streams.sources.batch import DeadLetter
from streams.sources.delimited.tables.json_rows import JsonRows
from streams.sources.text import Mark

MAPPING = read_mapping(
    shared(
        format="jsonl",
        record="contact",
        columns={"contact_id": "id", "queue": "Queue.Name", "offered_at": "at", "agent": "who.0"},
    ),
    RECORD_TYPES["contact"].fields,
)
NAMES = ["id", "Queue.Name", "at", "who.0"]


def read(*pieces: str | Mark) -> tuple[list[tuple[int, list[str]]], list[DeadLetter]]:
    """Rows with their numbers and marked cells, and dead letters."""
    rows = JsonRows(pieces, MAPPING)
    whole: list[tuple[int, list[str]]] = []
    dead: list[DeadLetter] = []
    for block in rows.blocks(NAMES):
        columns = [block.columns[name].to_pylist() for name in NAMES]
        whole += zip(block.numbers.tolist(), map(list, zip(*columns, strict=True)), strict=True)
        dead += block.ragged
    return whole, dead


def test_objects_and_arrays_of_them_are_rows() -> None:
    """A line may hold one or many; keys are nested with dots, and one that is not there is empty."""
    whole, dead = read(
        '{"id": "a", "Queue": {"Name": "q"}, "at": "x", "who": ["ann", "bob"]}\n\n',
        '[{"id": "b"}, {"Queue.Name": "plain", "Queue": {"Name": "nested"}}]\r\n[]\n{"Queue": null, "who": []}',
    )
    assert whole == [(1, ["a", "q", "x", "ann"]), (2, ["b", "", "", ""]), (3, ["", "plain", "", ""]), (4, [""] * 4)]
    assert not dead


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (16.2, "\x1d16.2"),
        (1204, "\x1d1204"),
        (12345678901234567, "\x1d12345678901234567"),
        (5.0, "\x1d5"),
        (1e-5, "\x1d0.00001"),
        (True, "true"),
        (None, ""),
        (["a", "b"], "a;b"),
        ([1, None], "1;"),
        ([{"a": 1}], '[{"a":1}]'),
        ("\x1d5", "5"),
    ],
)
def test_values_keep_their_types(value: object, cell: str) -> None:
    """A number is marked as such, and no text can look like one; a list of checks stays JSON."""
    whole, dead = read(json.dumps({"id": value}) + "\n")
    assert (whole, dead) == ([(1, [cell, "", "", ""])], [])


@pytest.mark.parametrize(
    "line", ["{", "nonsense", '{"id": NaN}', '"text"', "[1]", "5", '{"id": "\\u0000"}', "[" * 5000]
)
def test_a_bad_line_costs_itself(line: str) -> None:
    """It is a dead letter with its text; the lines around it are rows."""
    good = '{"id": "a"}\n'
    whole, (letter,) = read(good + line + "\n" + good)
    assert [number for number, _ in whole] == [1, 3]
    assert letter.row == 2
    assert letter.reason.startswith("row: ")
    assert letter.value in line or line == "[1]"


@given(
    st.lists(
        st.fixed_dictionaries({"id": st.text(st.characters(exclude_categories=["Cs", "Cc"])), "at": st.text("ab")})
    )
)
def test_pieces_of_any_size_give_the_same_rows(objects: list[dict[str, Any]]) -> None:
    """Texts may hold what other formats take for line ends."""
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)
    expected = [(number, [one["id"].strip(), "", one["at"], ""]) for number, one in enumerate(objects, 1)]
    for size in (1, 7, 1000):
        whole, dead = read(*(text[start : start + size] for start in range(0, len(text), size)))
        assert (whole, dead) == (expected, [])


def test_a_line_that_is_not_complete_waits_for_its_rest() -> None:
    """A file that grows gives each row once it is written, and what was cut off when another file came."""
    whole, dead = read('{"id": "a"}\n{"id"', Mark.QUIET, ': "b"}\n{"id": "c', Mark.TURNED, '{"id": "d"}\n')
    assert [cells[0] for _, cells in whole] == ["a", "b", "d"]
    assert [letter.value for letter in dead] == ['{"id": "c']

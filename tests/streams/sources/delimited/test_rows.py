"""Rows of delimited text: what the csv module makes of the whole text, whatever the pieces and whichever way in."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.sources.layout import HeaderLayout
from streams.sources.batch import DeadLetter
from streams.sources.delimited.tables.open_lines import OpenLines
from streams.sources.delimited.tables.rows import Rows
from streams.sources.text import Mark

Row = tuple[int, list[str], str]


def read(pieces: list[str], delimiter: str = ",") -> tuple[list[str], list[Row], list[DeadLetter]]:
    """Header, whole rows with number and text, and ragged rows."""
    rows = Rows(pieces, delimiter)
    whole: list[Row] = []
    ragged: list[DeadLetter] = []
    if rows.header:
        names = [name for name in dict.fromkeys(rows.header) if name]
        for block in rows.blocks(names):
            columns = [block.columns[name].to_pylist() for name in names]
            for place, number in enumerate(block.numbers.tolist()):
                whole.append((number, [column[place] for column in columns], block.raw(place)))
            ragged += block.ragged
    return rows.header, whole, ragged


plain_cells = st.text(st.sampled_from("ab1 é"), max_size=4)
odd_cells = st.text(st.sampled_from('ab,"\n é'), max_size=6)


def written(rows: list[list[str]], line_end: str) -> str:
    """The rows as the csv module writes them."""
    out = io.StringIO()
    csv.writer(out, lineterminator=line_end).writerows(rows)
    return out.getvalue()


@settings(deadline=None)
@given(
    st.lists(st.lists(st.one_of(plain_cells, odd_cells), min_size=3, max_size=3), max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 40),
    st.booleans(),
)
def test_rows_are_those_written_whatever_the_pieces(
    rows: list[list[str]], line_end: str, size: int, last_end: bool
) -> None:
    """Cells with delimiters, quotes and line ends come back as written, in pieces of any size, numbered from 1."""
    text = written([["x", "y", "z"], *rows], line_end)
    if not last_end:
        text = text.removesuffix(line_end)
    header, whole, ragged = read([text[start : start + size] for start in range(0, len(text), size)])
    assert header == ["x", "y", "z"]
    assert [row[:2] for row in whole] == list(enumerate(rows, 1))
    assert not ragged


@settings(deadline=None)
@given(
    st.lists(st.lists(plain_cells, min_size=1, max_size=4).filter(lambda row: row != [""]), max_size=12),
    st.lists(st.sampled_from(["\n", "\r\n", "\n\n"]), min_size=13, max_size=13),
    st.integers(1, 40),
)
def test_every_row_is_whole_or_ragged(rows: list[list[str]], ends: list[str], size: int) -> None:
    """Each row is read once, in order: whole if it is as wide as the header, else ragged with its text.

    One empty cell more is no fault as long as no row before it was as wide as the header.
    """
    lines = [",".join(row) for row in rows]
    text = "x,y,z" + "".join(end + line for end, line in zip(ends, lines, strict=False))
    _, whole, ragged = read([text[start : start + size] for start in range(0, len(text), size)])
    numbered = [(number, row, line) for number, (row, line) in enumerate(zip(rows, lines, strict=True), 1)]
    first = next((number for number, row, _ in numbered if len(row) == 3), len(rows) + 1)
    trailing = {number for number, row, _ in numbered if len(row) == 4 and not row[3].strip() and number < first}
    fits = trailing | {number for number, row, _ in numbered if len(row) == 3}
    assert [(number, row, raw.rstrip("\r\n")) for number, row, raw in whole] == [
        (number, row[:3], line) for number, row, line in numbered if number in fits
    ]
    assert [(letter.row, letter.value) for letter in ragged] == [
        (number, line) for number, _, line in numbered if number not in fits
    ]


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from('ab,"\n'), max_size=14), max_size=8), st.integers(1, 40))
def test_quotes_anywhere_mean_what_the_csv_module_says(lines: list[str], size: int) -> None:
    """Cells with stray quotes are those of the csv module, wherever it finds whole rows only."""
    text = "x,y\n" + "".join(line + "\n" for line in lines)
    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
    _, whole, ragged = read([text[start : start + size] for start in range(0, len(text), size)])
    if not ragged:
        assert [row[1] for row in whole] == [row[:2] for row in expected]


def test_a_ragged_row_says_how_many_cells_it_has() -> None:
    """A row with another number of cells than the header is set aside, its neighbours are not."""
    _, whole, ragged = read(["a,b\n1,2\n3\n4,5,6\n7,8\n"])
    assert [row[:2] for row in whole] == [(1, ["1", "2"]), (4, ["7", "8"])]
    assert ragged == [
        DeadLetter(2, "row: has 1 cell, and the header has 2", "3"),
        DeadLetter(3, "row: has 3 cells, and the header has 2", "4,5,6"),
    ]


def test_a_quote_that_is_never_closed_takes_its_own_line_only() -> None:
    """The rows after a stray quote are read; the row with the quote is set aside."""
    _, whole, ragged = read(['a,b\n1,"oops\n3,4\n5,6\n'])
    assert [row[:2] for row in whole] == [(2, ["3", "4"]), (3, ["5", "6"])]
    assert ragged == [DeadLetter(1, "row: a quote is never closed", '1,"oops')]


def test_a_stray_quote_does_not_swallow_rows_up_to_the_next_quote() -> None:
    """Where a quoted cell would hold whole rows, the quote is taken for a fault of its line."""
    _, whole, ragged = read(['a,b\n"1,2\n3,4\n5,"6"\n'])
    assert [row[:2] for row in whole] == [(2, ["3", "4"]), (3, ["5", "6"])]
    assert [letter.row for letter in ragged] == [1]


def test_a_cell_beyond_bounds_is_a_fault_of_its_line() -> None:
    """A quote that stays open over more text than any cell holds does not take the file with it."""
    _, whole, ragged = read(['a,b\n"1,2\n', *(f"{number},{'x' * 60}\n" for number in range(4000))])
    assert len(whole) == 4000
    assert [(letter.row, letter.value) for letter in ragged] == [(1, '"1,2')]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_three_systems_are_line_ends(end: str) -> None:
    """Line feed, both, and the carriage return of old files end a row."""
    _, whole, _ = read([f"a,b{end}1,2{end}3,4{end}"])
    assert [row[1] for row in whole] == [["1", "2"], ["3", "4"]]


def test_the_header_may_be_quoted_and_follow_blank_lines() -> None:
    """Header names are trimmed, may hold line ends, and come first after blank lines."""
    header, whole, _ = read(['\n\n "x" , y\n'.replace(' "x" ', '"a\nb"'), "1,2\n"])
    assert header == ["a\nb", "y"]
    assert [row[1] for row in whole] == [["1", "2"]]


def test_a_piece_that_completes_a_row_makes_a_block_at_once() -> None:
    """A growing file is read as it grows, without waiting for more."""
    given_out: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ["a,b\n", "1,2\n3,", "4\n"]:
            given_out.append(piece)
            yield piece

    blocks = Rows(pieces(), ",").blocks(["a", "b"])
    assert next(blocks).numbers.tolist() == [1]
    assert given_out == ["a,b\n", "1,2\n3,"]
    assert next(blocks).columns["b"].to_pylist() == ["4"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "¦"])
def test_any_character_delimits(delimiter: str) -> None:
    """The delimiter is any one character, in ASCII or not."""
    _, whole, _ = read([f"a{delimiter}b\n1,5{delimiter}2\n"], delimiter)
    assert whole[0][1] == ["1,5", "2"]


def test_a_stray_quote_does_not_swallow_rows_up_to_another_stray_quote() -> None:
    """Where the cell that two stray quotes would make fits the header, its text shows that they are stray."""
    _, whole, ragged = read(['a,b\n1,"oops\n3,4\n5,6\n7,"oops\n9,10\n'])
    assert [row[:2] for row in whole] == [(2, ["3", "4"]), (3, ["5", "6"]), (5, ["9", "10"])]
    assert [letter.value for letter in ragged] == ['1,"oops', '7,"oops']


def test_a_stray_quote_after_a_row_that_ends_with_a_delimiter_takes_its_own_line_only() -> None:
    """Until a row shows whether the last delimiter is part of each row, a line with or without it may be a row."""
    _, whole, ragged = read(['a,b\n,,\n,"\n1,"[{""c"":1}]"\n5,6\n'])
    assert [row[1] for row in whole] == [["", ""], ["1", '[{"c":1}]'], ["5", "6"]]
    assert [(letter.row, letter.value) for letter in ragged] == [(2, ',"')]


def test_a_cell_may_hold_lines_that_look_like_rows() -> None:
    """A cell that is quoted as the csv module quotes it is one cell, whatever it holds."""
    _, whole, ragged = read(['a,b\n1,"x\n3,4\n5,6"\n7,8\n'])
    assert [row[:2] for row in whole] == [(1, ["1", "x\n3,4\n5,6"]), (2, ["7", "8"])]
    assert not ragged


def test_half_a_surrogate_pair_costs_its_row() -> None:
    """An encoding that lets one through does not take the file with it."""
    _, whole, ragged = read(["a,b\n1,2\n\ud800,4\n5,6\n"])
    assert [row[:2] for row in whole] == [(1, ["1", "2"]), (3, ["5", "6"])]
    assert ragged == [DeadLetter(2, "row: holds half a surrogate pair", "?,4")]


@pytest.mark.parametrize(
    "line",
    ['"x,1\n', '1,"x\n', 'a"b,"c\n', '"\n', '""",1\n', '"a""\n', '1,"",2\n', '"a"b,"\n'],
)
def test_stray_quotes_take_time_in_proportion(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is read a bounded number of times, however many quotes are open, and every row is accounted for."""
    characters = 0
    original = OpenLines._read

    def counting(lines: OpenLines, given: str) -> tuple[list[str], bool]:
        nonlocal characters
        characters += len(given)
        return original(lines, given)

    monkeypatch.setattr(OpenLines, "_read", counting)
    text = "a,b\n" + line * 20_000
    _, whole, ragged = read([text])
    assert whole or ragged
    assert characters <= 5 * len(text)


def test_a_mark_that_waits_for_the_rest_of_its_row_is_no_part_of_a_cell() -> None:
    """A byte order mark in a line after a stray quote is passed over, in one piece and in many."""
    text = 'a,b\n",\r\ufeff\n1,2\n3,4\n'
    assert read([*text]) == read([text])


def test_a_delimiter_at_the_end_of_every_row_is_no_cell() -> None:
    """Rows with one empty cell more than the header are whole; where some are as wide as it, it is a fault."""
    text = "a,b\n" + "1,2,\n" * 20 + "3,4, \n1,2,3\n5,\n"
    for size in (7, 25, 1000):
        _, whole, ragged = read([text[start : start + size] for start in range(0, len(text), size)])
        assert [row[1] for row in whole] == [["1", "2"]] * 20 + [["3", "4"], ["5", ""]]
        assert [(letter.row, letter.reason) for letter in ragged] == [(22, "row: has 3 cells, and the header has 2")]
    _, whole, ragged = read(["a,b\n1,2\n1,204,\n"])
    assert ([row[1] for row in whole], len(ragged)) == ([["1", "2"]], 1)


def test_a_first_line_sets_the_delimiter() -> None:
    """Excel's `sep=;` wins over the configured delimiter, behind a byte order mark, quoted, in any capitals."""
    for line in ("sep=;\n", '"SEP=;"\r\n', "sep=;\r\n"):
        header, whole, _ = read([line[:3], line[3:] + "a;b\n1,5;2\n"])
        assert (header, [row[:2] for row in whole]) == (["a", "b"], [(1, ["1,5", "2"])])
    assert read(["sep=\t\na\tb\n1\t2\n"])[0] == ["a", "b"]


@pytest.mark.parametrize(
    ("layout", "text", "header", "cells"),
    [
        (HeaderLayout((3,)), 'Report, "x\n\na,b\n1,2\n', ["a", "b"], ["1", "2"]),
        (HeaderLayout((1, 2)), ",Calls,Calls\nQ,In,Out\n1,2,3\n", ["Q", "Calls In", "Calls Out"], ["1", "2", "3"]),
        (HeaderLayout((2, 4)), "x\nCalls\nz\nIn,Q\n1,2\n", ["Calls In", "Q"], ["1", "2"]),
        (HeaderLayout(names=("a", "b")), "1,2\n", ["a", "b"], ["1", "2"]),
        (HeaderLayout((2,)), "sep=;\na;b\n1;2\n", ["a", "b"], ["1", "2"]),
        (HeaderLayout(names=("a", "b")), "sep=;\n1;2\n", ["a", "b"], ["1", "2"]),
    ],
)
def test_a_header_stands_where_the_layout_says(
    layout: HeaderLayout, text: str, header: list[str], cells: list[str]
) -> None:
    """In a line, in several, or nowhere; lines before it are passed over, and rows count from 1 behind it."""
    for size in (1, 5, 100):
        rows = Rows([text[start : start + size] for start in range(0, len(text), size)], ",", layout)
        assert rows.header == header
        blocks = [block for block in rows.blocks(header) if len(block.numbers) or block.ragged]
        assert [block.ragged for block in blocks] == [[]]
        assert blocks[0].numbers.tolist() == [1]
        assert [blocks[0].columns[name].to_pylist() for name in header] == [[cell] for cell in cells]


def test_a_file_that_takes_the_place_of_another_has_its_lines_passed_over_too() -> None:
    """Title, `sep=` and header of each file of a followed log are none of its rows."""
    text = "Report\nsep=;\n".removeprefix("Report\n") + "Report\na;b\n1;2\n"
    rows = Rows([text, Mark.TURNED, text[:9], text[9:], Mark.QUIET], ",", HeaderLayout((3,)))
    found = [block.columns["b"].to_pylist() for block in rows.blocks(["a", "b"])]
    assert [cell for cells in found for cell in cells] == ["2", "2"]
    rows = Rows(["sep=;\na;b\n1;2\n", Mark.TURNED, "sep=;\nb;a\n2;1\n"], ",")
    found = [block.columns["b"].to_pylist() for block in rows.blocks(["a", "b"])]
    assert [cell for cells in found for cell in cells] == ["2", "2"]

"""Configurations of any content: settings, or one line that says what is wrong."""

import tempfile
from pathlib import Path
from typing import Final

from fuzzing import fuzz, soon
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UserError
from config.settings import load
from streams.sources.registry import open_sources

LINES: Final = (
    (Path(__file__).resolve().parents[2] / "config" / "monitor.yaml").read_text(encoding="utf-8").splitlines()
)
PLACES: Final = [place for place, line in enumerate(LINES) if line.strip() and not line.lstrip().startswith("#")]
VALUES: Final = st.one_of(
    st.sampled_from(
        [
            "",
            "~",
            "null",
            "true",
            "0",
            "-1",
            "1e308",
            "1e999",
            ".inf",
            ".nan",
            "9" * 400,
            "0x1F",
            "1_000",
            "0.5",
            "08:00",
            "2026-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "2026-02-30",
            "12:30:45",
            "911_10",
            "[]",
            "{}",
            "[[[]]]",
            "{a: {b: [1, {c: d}]}}",
            "&a [*a]",
            "*a",
            "!!python/object:os.system x",
            "!!binary aGk=",
            "!!set {a, b}",
            "<<: {a: 1}",
            "'",
            '"',
            "|",
            ">-",
            "? a",
            "- a",
            "%YAML 1.1",
            "---",
            "...",
            "\t",
            "\x00",
            "\u2028",
            '"\\ud800"',
            '"\\x00"',
            "x" * 2000,
            "S1",
            "Europe/Madrid",
            "../etc/passwd",
            "/dev/null",
            "[0.9, 0.1]",
            "[a, b, c]",
            "{const: 1e999}",
            '{columns: [a], format: "%"}',
            "{column: a, multiply: 1e400}",
            "{first: []}",
            "{sum: [a, {b: c}]}",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
)


def read(content: bytes) -> None:
    """The configuration is read, or refused in one line that names the file."""
    said = ""
    with tempfile.TemporaryDirectory() as folder, soon():
        file = Path(folder) / "m.yaml"
        file.write_bytes(content)
        try:
            open_sources(load([file]))
        except UserError as error:
            said = str(error)
    assert "\n" not in said


@fuzz(0.5)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=2))
def test_any_value_in_the_place_of_another_is_read_or_refused(changes: list[tuple[int, str]]) -> None:
    """A key keeps its place, and its value is another one."""
    lines = list(LINES)
    for place, value in changes:
        key, colon, _ = lines[place].partition(":")
        lines[place] = f"{key}{colon} {value}"
    read("\n".join(lines).encode())


@fuzz(0.5)
@given(
    st.lists(
        st.tuples(st.sampled_from(["drop", "twice", "indent", "swap", "put"]), st.sampled_from(PLACES), VALUES),
        min_size=1,
    )
)
def test_lines_that_are_moved_or_lost_are_read_or_refused(changes: list[tuple[str, int, str]]) -> None:
    """An editor does this to a file by mistake."""
    lines = list(LINES)
    for change, place, value in changes[:4]:
        at = min(place, len(lines) - 1)
        if change == "drop":
            del lines[at]
        elif change == "twice":
            lines.insert(at, lines[at])
        elif change == "indent":
            lines[at] = "  " + lines[at]
        elif change == "swap":
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
        else:
            lines.insert(at, value)
    read("\n".join(lines).encode())


@fuzz(0.5)
@given(st.binary(max_size=200), st.sampled_from([b"", b"site: {}\n", b"\xef\xbb\xbf", b"\xff\xfe"]))
def test_any_bytes_are_read_or_refused(content: bytes, head: bytes) -> None:
    """A file that is none of ours, or not even text."""
    read(head + content)

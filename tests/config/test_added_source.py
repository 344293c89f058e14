"""A source added to a configuration: nothing else in the file changes."""

import stat
from pathlib import Path

import pytest

from config.added_source import replace_file, with_source
from config.errors import UserError
from config.yaml import parse_yaml

LINES = ["format: csv", "record: interval  # check: a guess", "columns:", "  queue: Skill"]
BLOCK = """site: {timezone: UTC}

# how files are read
sources:   # all of them
    # the ACD
    acd:
        format: csv
        record: interval
rules: {}
"""


def _sources(text: str) -> object:
    root = parse_yaml(text, "c.yaml").plain()
    assert isinstance(root, dict)
    return root["sources"]


@pytest.mark.parametrize(
    "text",
    [
        BLOCK,
        "site: {timezone: UTC}\n",
        "site: {timezone: UTC}",
        "sources:\nsite: {timezone: UTC}\n",
        "sources: {}\n",
        "sources: {} # none yet\nsite: {timezone: UTC}\n",
        "sources:   # none yet\n\nsite: {timezone: UTC}\n",
        "sources: null\nsite: {timezone: UTC}\n",
    ],
)
def test_a_source_is_added_and_each_other_line_stays(text: str) -> None:
    """Every line of before is still there, comments included, and the new source is the only change."""
    after = with_source(text, "c.yaml", "new", LINES)
    root = parse_yaml(after, "c.yaml").plain()
    before = parse_yaml(text, "c.yaml").plain()
    assert isinstance(root, dict)
    assert isinstance(before, dict)
    new = root["sources"].pop("new")
    assert new == {"format": "csv", "record": "interval", "columns": {"queue": "Skill"}}
    assert root == before | {"sources": before.get("sources") or {}}
    for line in text.splitlines():
        assert line in after or line.startswith("sources: ")
    assert "check: a guess" in after


def test_line_ends_of_windows_are_kept() -> None:
    """A file with CRLF gets lines with CRLF."""
    after = with_source(BLOCK.replace("\n", "\r\n"), "c.yaml", "new", LINES)
    assert "\n" not in after.replace("\r\n", "")
    assert set(_sources(after)) == {"new", "acd"}  # type: ignore[call-overload]


def test_a_source_that_is_there_is_not_written_over() -> None:
    """The same name is refused, with the way to choose another."""
    with pytest.raises(UserError, match=r"has a source acd already; .*--name"):
        with_source(BLOCK, "c.yaml", "acd", LINES)


def test_sources_in_braces_are_left_alone() -> None:
    """A mapping written on one line has no place for lines: a person puts it there."""
    with pytest.raises(UserError, match="put the source there by hand"):
        with_source("sources: {acd: {format: csv, record: contact}}\n", "c.yaml", "new", LINES)


def test_a_file_is_replaced_as_a_whole_with_its_rights(tmp_path: Path) -> None:
    """The new text takes the place of the old one at once, keeps its mode, and goes where a link leads."""
    path = tmp_path / "c.yaml"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    replace_file(link, "new\n")
    assert path.read_text(encoding="utf-8") == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["c.yaml", "link.yaml"]

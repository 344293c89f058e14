"""Worked cases of what exports look like: thousands in quotes, titles, a delimiter too many, odd headers."""

from pathlib import Path

import pytest
from case_runs import replayed, rows_of
from click.testing import CliRunner

from intervalwatch.commands.replay import replay


def test_counts_with_thousands_are_counts(shared_cases: Path, tmp_path: Path) -> None:
    """A quoted 1,204 is 1204: its interval has its service level and is not missing."""
    rows = rows_of(replayed(shared_cases / "five9-thousands", tmp_path, five9="export.csv"))
    found = {row["interval_start"][11:16]: row for row in rows}
    right = {"13:30": (960, 731), "14:00": (1204, 781), "14:30": (1187, 742), "15:00": (940, 809)}
    for start, (offered, within) in right.items():
        row = found[start]
        assert (row["offered"], row["answered_within"], row["status"]) == (offered, within, "final")
        assert row["service_level"] == pytest.approx(within / offered)
    assert [start for start, row in found.items() if row["status"] == "missing"] == ["15:30", "16:00", "16:30"]
    assert sum(row["offered"] or 0 for row in rows) == 4291
    assert sum(row["answered_within"] or 0 for row in rows) == 3063


@pytest.mark.parametrize(
    ("file", "source", "header"),
    [
        ("two.csv", "semi", "header: {row: 2}"),
        ("semi.csv", "semi", ""),
        ("trail.csv", "semi", ""),
        ("t16.csv", "tab16", ""),
    ],
)
def test_odd_headers_give_the_same_interval(
    file: str, source: str, header: str, shared_cases: Path, tmp_path: Path
) -> None:
    """A title line, a `sep=` line, a delimiter too many, UTF-16: 50 offered, 40 within."""
    case = shared_cases / "odd-headers"
    config = tmp_path / "config.yaml"
    text = (case / "config.yaml").read_text()
    config.write_text(text.replace("  semi:\n", f"  semi:\n    {header}\n") if header else text)
    url = replayed(case, tmp_path, config=str(config), **{source: file})
    first = rows_of(url)[0]
    assert (first["offered"], first["answered_within"], first["service_level"]) == (50, 40, 0.8)


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [
        ("dup.csv", "dup", "has the column 'Offered' twice"),
        ("semi2.csv", "semi", "its one column suggests delimiter: ';'"),
        ("nbsp.csv", "semi", r"its 'In\xa0SL' differs in blanks"),
    ],
)
def test_a_header_that_cannot_be_meant_is_one_clear_line(
    file: str, source: str, words: str, shared_cases: Path, tmp_path: Path
) -> None:
    """A mapped column twice, another delimiter, a no-break space: exit 2, the file and the fix in one line."""
    case = shared_cases / "odd-headers"
    run = CliRunner().invoke(
        replay,
        [
            *("--config", str(case / "config.yaml"), "--source", f"{source}={case / file}"),
            *("--history", f"sqlite:///{tmp_path}/history.db"),
        ],
    )
    said = str(run.exception) if run.exception else run.output
    assert words in said
    assert file in said
    assert "\n" not in said.strip()

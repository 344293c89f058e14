"""Cells that no list names, encodings by their letters, and lines that are marked because a column is left over."""

from pathlib import Path

import pytest
from mapped_samples import propose

from streams.sources.recognising.cells.encodings import encoding_of
from streams.sources.recognising.words import outcome_word, state_word


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("inbound,connected", "answered"),
        ("inbound, voicemail", "overflowed"),
        ("outbound", "out"),
        ("Completada", "answered"),
        ("Buzón de voz", "overflowed"),
        ("Anruf aufgelegt", "abandoned"),
        ("Resolved by wizard", ""),
        ("connected,abandoned", ""),
    ],
)
def test_a_cell_is_the_outcome_that_its_words_name_as_a_heading(cell: str, outcome: str) -> None:
    """Lists of words have the outcome beside the direction; two outcomes in one cell are none."""
    assert outcome_word(cell) == outcome


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("On contact", "handling"),
        ("After contact work", "wrap"),
        ("Interactuando", "handling"),
        ("Aux 4", "unavailable"),
        ("Special project", ""),
    ],
)
def test_a_cell_is_the_state_that_its_words_name_as_a_heading(cell: str, state: str) -> None:
    """A word of wrap as a figure is wrap as a state; an unknown word is none."""
    assert state_word(cell) == state


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("File;Durée\nSAV;1\u00a0204\nSAV;12\u00a0881\n", "cp1252", "windows-1252"),
        ("Kolejka;Połączenia\nSprzedaż;4\n", "cp1250", "windows-1250"),
        ("Größe;Gespräch\nä;ß\n", "cp850", "cp850"),
        ("キュー名,着信数\nサポート,3\n", "cp932", "cp932"),
        ("技能组,呼入量\n售后,3\n", "gb18030", "gb18030"),
        ("Estação;Média\nVendas;3\n", "cp1252", "windows-1252"),
    ],
)
def test_an_encoding_is_known_by_where_its_letters_stand(text: str, encoding: str, found: str) -> None:
    """No-break blanks between digits are no letters, and capitals inside words are signs of another encoding."""
    assert encoding_of(text.encode(encoding), cut=False) == (found, "")


def test_letters_of_two_encodings_leave_the_encoding_open() -> None:
    """Hungarian ő is Portuguese õ in the other encoding, and nothing else tells which it is."""
    found, doubt = encoding_of("Várakozó hívások;Átlagos idő;Első".encode("windows-1250"), cut=False)
    assert (found, doubt) == ("windows-1252", "windows-1250 fits as well")


def _contacts(tmp_path: Path, name: str) -> Path:
    rows = [f"{at},Care,2026-03-16 08:{at:02}:07,answered,{at % 40},{120 + 7 * at},{20 + at}" for at in range(40)]
    file = tmp_path / "calls.csv"
    file.write_text("\n".join([f"Call ID,Queue,Start Time,Status,Wait Time,Talk Time,{name}", *rows]) + "\n")
    return file


def test_a_time_that_nobody_understands_marks_talk(tmp_path: Path) -> None:
    """Without a column of wrap, a shorter time of a strange name may be the work after the call."""
    entry = propose(_contacts(tmp_path, "Zorkage Time")).entry("columns", "talk_seconds")
    assert entry is not None
    assert entry.doubt == "is Zorkage Time a part of handling, too?"


def test_wrap_marks_nothing(tmp_path: Path) -> None:
    """A column of wrap leaves no doubt about talk."""
    proposal = propose(_contacts(tmp_path, "Wrap Time"))
    entry = proposal.entry("columns", "talk_seconds")
    assert entry is not None
    assert entry.doubt == ""
    assert proposal.mapped("wrap_seconds")


def test_wrap_without_talk_is_marked(tmp_path: Path) -> None:
    """An interval whose talk no word names says so at the wrap that is there."""
    rows = [f"Care,2026-03-16 {8 + at // 2:02}:{30 * (at % 2):02},{9 + at},{8 + at},1,0:41:0{at % 9},0:03:0{at % 9}"
            for at in range(12)]  # fmt: skip
    file = tmp_path / "half_hours.csv"
    file.write_text("\n".join(["Queue,Start,Offered,Answered,Abandoned,Zorkage Time,Wrap Time", *rows]) + "\n")
    entry = propose(file).entry("columns", "wrap_seconds")
    assert entry is not None
    assert entry.doubt == "is Zorkage Time a part of handling, too?"

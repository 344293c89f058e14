"""Fields beside columns that may hold them: a line that is commented out, with its question."""

from pathlib import Path

import pytest
from export_parts import table
from mapped_samples import propose
from unseen_numbers import halves, visits

from config.yaml import parse_yaml
from intervalwatch.asking import ask
from streams.sources.proposal import Proposal


def _proposed(tmp_path: Path, content: bytes) -> Proposal:
    file = tmp_path / "report.csv"
    file.write_bytes(content)
    return propose(file)


def _without_words(tmp_path: Path) -> Proposal:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, h.talk] for h in halves("b", seed=1)
    ]
    return _proposed(tmp_path, table(["Qx", "Zx", "Ax", "Bx", "Cx", "Dx"], rows))


def test_rows_tell_counts_whose_names_say_nothing(tmp_path: Path) -> None:
    """One of three columns is the sum of the others: they are taken, and each of them is marked."""
    proposal = _without_words(tmp_path)
    found = {entry.key[1]: entry for entry in proposal.doubts() if entry.key[0] == "columns"}
    assert [found[name].value for name in ("offered", "answered", "abandoned")] == ["Ax", "Bx", "Cx"]


def test_a_line_that_is_offered_says_nothing_until_it_is_taken(tmp_path: Path) -> None:
    """It stands as a comment; an answer takes it into the source, another one away."""
    proposal = _without_words(tmp_path)
    assert "talk_seconds" not in parse_yaml("\n".join(proposal.lines()), "p").plain()["columns"]  # type: ignore[index]
    assert any(line.startswith("  # talk_seconds: ") for line in proposal.lines())
    assert not proposal.mapped("talk_seconds")
    ask(proposal, lambda question, _: int("talk_seconds" in question))
    assert proposal.mapped("talk_seconds")
    assert proposal.entry("columns", "wait_seconds") is None


def test_contacts_of_whom_nothing_says_how_they_left_are_asked_about(tmp_path: Path) -> None:
    """With an agent and talk in every row they may be the answered; without, the outcome stays open."""
    kept = [v for v in visits("sales", seed=2) if v.talk]
    head = ["Call ID", "Queue", "Queued At", "Wait (s)", "Talk (s)"]
    rows = [[v.number, v.queue, f"{v.at:%Y-%m-%d %H:%M:%S}", v.wait, v.talk] for v in kept]
    bare = _proposed(tmp_path, table(head, rows)).entry("columns", "outcome")
    assert bare is not None
    assert bare.off
    with_agent = table([*head, "Agent"], [[*row, v.agent] for row, v in zip(rows, kept, strict=True)])
    taken = _proposed(tmp_path, with_agent).entry("columns", "outcome")
    assert taken is not None
    assert (taken.value, taken.off, bool(taken.doubt)) == ({"const": "answered"}, False, True)


def test_spans_of_waits_are_summed_up_to_the_threshold(tmp_path: Path) -> None:
    """Spans that add up to the answered give those within 20 s; those that do not are left alone."""
    head = ["Queue", "Interval", "Offered", "Answered", "Abandoned", "0-10 s", "11-20 s", "21-60 s", "> 60 s"]

    def spans(gone: int) -> bytes:
        rows = [
            [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, 2, 3, 1, h.answered - 6 - gone]
            for h in halves("b", seed=3)
        ]
        return table(head, rows)

    entry = _proposed(tmp_path, spans(0)).entry("columns", "answered_within")
    assert entry is not None
    assert (entry.value, bool(entry.doubt)) == ({"sum": ["0-10 s", "11-20 s"]}, True)
    assert not _proposed(tmp_path, spans(1)).mapped("answered_within")


@pytest.mark.parametrize("name", ["Interval End", "Period Ending", "Bis", "Hora fin"])
def test_an_end_that_stands_alone_is_no_start(name: str, tmp_path: Path) -> None:
    """Rows that say only when their interval ends would be one interval late: that is asked."""
    rows = [[h.queue, f"{h.end:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned] for h in halves("b", seed=4)]
    entry = _proposed(tmp_path, table(["Queue", name, "Offered", "Answered", "Abandoned"], rows)).entry(
        "columns", "interval_start"
    )
    assert entry is not None
    assert "ends" in entry.doubt


def test_a_file_of_which_nothing_is_understood_is_refused(tmp_path: Path) -> None:
    """Neither counts nor times: no source that reads nothing is proposed as if it were one."""
    rows = [[h.queue, f"{h.at:%Y-%m-%d %H:%M}", f"x{h.offered}"] for h in halves("b", seed=5)]
    assert "no column is understood" in " ".join(_proposed(tmp_path, table(["Queue", "Interval", "Qz"], rows)).warnings)

"""Questions about open guesses: an answer closes the guess, and changes what it says."""

from intervalwatch.asking import ask
from streams.sources.proposal import Option, Proposal


def _proposal() -> Proposal:
    proposal = Proposal("csv", "interval")
    key = ("columns", "interval_start")
    options = (
        Option("month first", {key: {"column": "D", "format": "%m/%d/%Y"}}),
        Option("day first", {key: {"column": "D", "format": "%d/%m/%Y"}}),
    )
    proposal.map("interval_start", {"column": "D", "format": "%m/%d/%Y"}, doubt="day or month?", options=options)
    proposal.map("wait_seconds", "Wait", doubt="of the answered?")
    return proposal


def test_an_answer_closes_a_guess() -> None:
    """The second answer takes the other reading, and no mark is left."""
    asked: list[str] = []

    def second(question: str, answers: list[str]) -> int:
        asked.append(question)
        return 1 if len(answers) == 3 else 0

    proposal = _proposal()
    ask(proposal, second)
    start = proposal.entry("columns", "interval_start")
    assert start is not None
    assert start.value == {"column": "D", "format": "%d/%m/%Y"}
    assert proposal.doubts() == []
    assert asked == ["columns.interval_start: day or month?", "columns.wait_seconds: of the answered?"]


def test_a_guess_may_be_left_out_or_open() -> None:
    """A guess without other readings can be taken away; the last answer leaves it as it is."""
    proposal = _proposal()
    ask(proposal, lambda _, answers: 1 if "leave it out" in answers else len(answers) - 1)
    assert not proposal.mapped("wait_seconds")
    assert [entry.key[1] for entry in proposal.doubts()] == ["interval_start"]

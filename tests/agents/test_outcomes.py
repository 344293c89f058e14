"""The outcome of reading files: refused rows of one fault are one line, whatever their values."""

from agents.outcomes import Outcomes


def test_refusals_alike_but_for_what_was_found_are_counted_together() -> None:
    """Quoted text and digits do not tell reasons apart; the commonest comes first, with its first row."""
    outcomes = Outcomes()
    outcomes.refuse("calls", "b.csv", 7, "talk_seconds: column T has '12x'; expected a number")
    for row in (3, 9, 11):
        outcomes.refuse("calls", "a.csv", row, f"offered_at: column D has '2026-13-{row}'; expected an instant")
    outcomes.refuse("calls", "a.csv", 12, "queue: is empty")
    first, second, third = outcomes.commonest(5)
    assert (first.count, first.file, first.row, "2026-13-3" in first.reason) == (3, "a.csv", 3, True)
    assert (second.count, second.file, second.row) == (1, "b.csv", 7)
    assert third.reason == "queue: is empty"
    assert (outcomes.kinds, outcomes.refused["calls"]) == (3, 5)
    assert outcomes.commonest(1) == [first]


def test_junk_does_not_fill_the_memory() -> None:
    """Ten thousand different reasons keep a thousand; all are counted as refused."""
    outcomes = Outcomes()
    for row in range(10_000):
        name = "".join(chr(97 + int(digit)) for digit in str(row))
        outcomes.refuse("calls", "a.csv", row, f"field {name}: is strange")
    assert (outcomes.kinds, outcomes.refused["calls"]) == (1_000, 10_000)

"""Questions on a terminal about the open guesses of a proposal."""

from collections.abc import Callable
from typing import Final

import click

from streams.sources.proposal import Entry, Option, Proposal, value_text

__all__ = ["ask"]

_LEFT_OPEN: Final = "leave it open"


def ask(proposal: Proposal, choose: Callable[[str, list[str]], int] | None = None) -> None:
    """Ask about each open guess, and take the answers into the proposal.

    Args:
        proposal: the source.
        choose: asks a question with some answers, and gives the place of the one that was chosen; by default on the
            terminal.
    """
    answer = choose or _choose
    for entry in proposal.doubts():
        if entry not in proposal.entries:
            continue  # an answer before took it away
        options = list(entry.options) or _keep_or_not(entry)
        labels = [option.label for option in options]
        place = answer(f"{'.'.join(entry.key)}: {entry.doubt}", [*labels, _LEFT_OPEN])
        if place < len(options):
            proposal.close(entry, options[place])


def _keep_or_not(entry: Entry) -> list[Option]:
    return [
        Option(f"{value_text(entry.value)} is right", {entry.key: entry.value}),
        Option("leave it out", {entry.key: None}),
    ]


def _choose(question: str, answers: list[str]) -> int:
    click.echo(question, err=True)
    for place, answer in enumerate(answers, 1):
        click.echo(f"  {place}  {answer}", err=True)
    chosen: int = click.prompt("  which", type=click.IntRange(1, len(answers)), default=1, err=True)
    return chosen - 1

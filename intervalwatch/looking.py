"""A look at the files of a source before they count: what `check --source` and `map` print."""

import time
from collections.abc import Iterator, Sequence
from typing import Final

from agents.outcomes import Outcomes
from config.settings import Configuration
from intervalwatch.options import commonest_refusals, open_hours, unconfigured
from streams.codec import encode
from streams.sources.figures import told
from streams.sources.look import Look
from streams.sources.merge import Input, read_inputs
from streams.sources.registry import Source

__all__ = ["look_at", "look_lines"]

_CHARACTERS: Final = 300


def look_at(configuration: Configuration, inputs: Sequence[Input]) -> tuple[Look, Outcomes]:
    """Read the files of one source, and count what they give.

    Raises:
        UserError: a file cannot be used.
    """
    look, outcomes = Look(), Outcomes()
    now_ms = int(time.time() * 1000)
    last = -1
    for place, batch in read_inputs(configuration, inputs, lambda: now_ms):
        if place != last:
            look.begin_file()
            last = place
        look.add(batch)
        for letter in batch.dead:
            outcomes.refuse(inputs[place].source.name, inputs[place].name, letter.row, letter.reason)
    return look, outcomes


def look_lines(configuration: Configuration, source: Source, look: Look, outcomes: Outcomes) -> Iterator[str]:
    """The look, line by line."""
    yield (
        f"{source.name}: {look.read:,} rows read, {look.accepted:,} accepted, {look.filtered:,} filtered, "
        f"{look.refused:,} refused"
    )
    for line in commonest_refusals(outcomes):
        yield f"  refused: {line}"
    for sample in look.samples:
        yield f"  row {sample.row}: {encode(sample.queue, [sample.record]).decode('utf-8', 'replace')[:_CHARACTERS]}"
    for line in told(source, configuration.versions[-1]):
        yield f"  {line}"
    for warning in look.warnings(open_hours(configuration)):
        yield f"  looks wrong: {warning}"
    named = unconfigured(configuration, look.queues)
    if named:
        yield f"  not in the configuration: {named}"

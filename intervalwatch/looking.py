"""A look at the files of a source before they count: what `check --source` and `map` print."""

import time
from collections.abc import Iterator, Sequence
from typing import Final

from agents.outcomes import Outcomes
from config.settings import Configuration
from config.shown_text import escaped
from streams.codec import encode
from streams.sources.figures import told
from streams.sources.look import Look
from streams.sources.merge import Input, read_inputs
from streams.sources.registry import Source

__all__ = ["look_at", "look_lines"]

_REASONS: Final = 10
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
    for kind in outcomes.commonest(_REASONS):
        rows = f"{kind.count:,} rows, first" if kind.count > 1 else "1 row,"
        yield f"  refused: {rows} {escaped(kind.file)}:{kind.row}: {escaped(kind.reason[:_CHARACTERS])}"
    for sample in look.samples:
        yield f"  row {sample.row}: {encode(sample.queue, [sample.record]).decode('utf-8', 'replace')[:_CHARACTERS]}"
    for line in told(source, configuration.versions[-1]):
        yield f"  {line}"
    for warning in look.warnings():
        yield f"  looks wrong: {warning}"
    strange = sorted(queue for queue in look.queues if not any(own.configured for own in configuration.queue(queue)))
    if strange and configuration.configured_queues():
        names = ", ".join(escaped(name[:100]) for name in strange[:5])
        yield f"  not in the configuration: {names}{f' and {len(strange) - 5} more' if len(strange) > 5 else ''}"

"""How many contacts agents served at once on a day: the setting, what was reached, and what refutes the setting."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from agents.planning.at_once import is_told, refuted
from agents.projection.inputs import QueueAhead
from config.queue_settings import QueueSettings
from dashboards.wallboard.figures import Row
from streams.results import IntervalResult

__all__ = ["at_once"]

_LEAST: Final = 2
"""Final intervals with contacts after which silence of the agent states is no accident of the morning."""


def at_once(
    rows: Sequence[Row],
    settings: QueueSettings,
    settings_at: Callable[[Row], QueueSettings],
    inputs: QueueAhead | None = None,
) -> dict[str, Any] | None:
    """A queue's local day as screens and `/api/concurrency` show it.

    Args:
        rows: the latest results of the day's intervals.
        settings: those that the last of them was judged by.
        settings_at: those of each.
        inputs: what a worker has told of this day; None: nothing, or of another.

    Returns:
        `setting`; `reached` (contacts that an agent with any had at once in the final intervals), with
        `handling_seconds` and `with_contact_seconds`, its parts: all None where nothing was told of the day, or it has
        only begun, 0 and no `reached` where agent states and contacts do not show it; and `findings`, as
        `agents.planning.at_once.Refuted`. None: nothing is to be told of the queue.
    """
    same = [row for row in rows if settings_at(row).concurrency == settings.concurrency]
    findings = refuted([IntervalResult.from_row(row) for row in same], settings)
    if not findings and not is_told(settings):
        return None
    handled = sum(bool(row["revision"] and row["handled"]) for row in rows)
    if inputs is not None and not inputs.with_contact_ms and handled < _LEAST:
        inputs = None
    return {
        "setting": settings.concurrency,
        "reached": None if inputs is None else inputs.reached,
        "handling_seconds": None if inputs is None else inputs.handling_ms / 1000,
        "with_contact_seconds": None if inputs is None else inputs.with_contact_ms / 1000,
        "findings": [each._asdict() for each in findings],
    }

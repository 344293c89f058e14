# ruff: noqa: RUF001  Chinese text has full-width marks
"""The text of an incident: that of the breach that heads it, and the other rules of the same story.

A breach's sentences are made once, with its record (`agents.rules`); here they are only chosen and put together. The
text carries a version, greater with every change, so that of two workers' texts the newer one is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from agents.notices.incidents import Change, Incident, rank
from config.rules import RULES

__all__ = ["IncidentText", "text_of"]

_TITLE: Final = 160
"""Characters of a title at most."""


@dataclass(frozen=True, slots=True)
class IncidentText:
    """The text of an incident as it stands."""

    incident: str
    title: str
    title_zh: str
    message: str
    message_zh: str
    rule: str
    """The rule that heads it, whose page the runbook has."""
    program: str
    queue: str
    link: str
    """Path of the wallboard's page of the interval that changed it last."""
    state: str
    """`open` or `ended`."""
    version: int
    """When it was published, milliseconds since 1970."""


def text_of(incident: Incident) -> IncidentText:
    """The text of an incident: while it is open that of an open breach, at the end that of the end."""
    latest: dict[str, Change] = {}
    for change in incident.changes:
        latest[change.breach_id] = change
    open_ids = incident.open_ids
    standing = [change for breach, change in latest.items() if breach in open_ids] or list(latest.values())
    head = min(standing, key=_order)
    others = [change for change in standing if change is not head and not change.over]
    also = [RULES[change.row["rule"]] for change in sorted(others, key=_order) if change.row["rule"] in RULES]
    nouns = dict.fromkeys(rule.noun for rule in also)
    nouns_zh = dict.fromkeys(rule.noun_zh for rule in also)
    row = head.row
    message, message_zh = str(row["message"] or ""), str(row["message_zh"] or "")
    return IncidentText(
        incident=incident.incident_id,
        title=_title(row, "title", message),
        title_zh=_title(row, "title_zh", message_zh),
        message=f"{message} Also: {', '.join(nouns)}." if nouns else message,
        message_zh=f"{message_zh}另有：{'、'.join(nouns_zh)}。" if nouns_zh else message_zh,
        rule=str(row["rule"]),
        program=head.program,
        queue=head.queue,
        link=_link(head),
        state="open" if open_ids else "ended",
        version=max(change.published_ms for change in incident.changes),
    )


def _link(head: Change) -> str:
    """The path of the queue's interval on the wallboard; of a rule over a program, of all breaches."""
    if not head.queue:
        return "/#/breaches"
    return f"/#/interval/{quote(head.queue, safe='')}/{quote(str(head.row['interval_start']), safe='')}"


def _title(row: Mapping[str, Any], column: str, message: str) -> str:
    """The title of a record; an earlier program's has none, and its message begins with what matters."""
    return str(row.get(column) or message)[:_TITLE]


def _order(change: Change) -> tuple[bool, bool, int, int]:
    """Sort key: what a caller feels heads the story, then what is final, then what is worse, then what was first."""
    rule = RULES.get(change.row["rule"])
    felt = rule is not None and rule.explains_service_level
    return not felt, bool(change.row["live"]), -rank(change.severity), change.published_ms

"""The choice between copies of an evaluation, in records and in rows of history.

The engine, the month of a program and the history must pick the same copy. So this module alone says which one it is.
"""

from collections.abc import Mapping
from typing import Any

from config.timestamps import from_rfc3339
from streams.records import Check, Evaluation

__all__ = ["evaluation_of", "replaces"]


def replaces(evaluation: Evaluation, queue: str, before: Evaluation, before_queue: str) -> bool:
    """Whether a copy counts in place of the one before it.

    The greatest `evaluated_at` counts (docs/concepts/copies.md#which-copy-counts); of equal ones of one queue the later
    one in its log. Logs of several queues have no common order: a copy in the queue of the greater name counts there.
    """
    return (evaluation.evaluated_ms, queue) >= (before.evaluated_ms, before_queue)


def evaluation_of(row: Mapping[str, Any]) -> Evaluation:
    """The evaluation that a row of history holds."""
    return Evaluation(
        row["evaluation_id"],
        from_rfc3339(row["handled_at"]),
        from_rfc3339(row["evaluated_at"]),
        row["selection"] or "random",
        tuple(Check(check["name"], check["family"], check["passed"]) for check in row["checks"] or ()),
        *(row[column] for column in ("contact_id", "agent", "team", "shift", "evaluator")),
    )

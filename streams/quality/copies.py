"""The order between copies of an evaluation, in records and in rows of history: the greatest counts.

The engine, the month of a program and the history must pick the same copy, in whatever order copies come. So this
module alone defines the order between them.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from config.timestamps import from_rfc3339
from streams.records import Check, Evaluation

__all__ = ["evaluation_of", "precedence"]

_ENCODE: Final = msgspec.msgpack.Encoder().encode


def precedence(evaluation: Evaluation, queue: str) -> tuple[int, bytes, str]:
    """The sort key of copies of one `evaluation_id`: the greatest counts.

    The greatest `evaluated_at` wins (docs/concepts/copies.md#which-copy-counts). If two claim the same moment and
    differ, the greater by value wins, as in `agents.intervals.duplicates`. The queue, which a correction may have
    changed, comes last.
    """
    return evaluation.evaluated_ms, _ENCODE(evaluation), queue


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

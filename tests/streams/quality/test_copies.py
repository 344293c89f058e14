"""One copy of an evaluation stands: for the engine and for history the same, the one that its queue's log has last."""

from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from engine import configuration, content, feed
from quality_months import sheet

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Evaluated
from streams.history.query import Filters
from streams.history.store import Store
from streams.quality.copies import evaluation_of, replaces
from streams.records import Evaluation

AT = "2026-03-02T10:00"
FIRST = sheet("e", AT)
COPIES = (
    FIRST,
    msgspec.structs.replace(FIRST, evaluator="zoe"),
    msgspec.structs.replace(FIRST, checks=(msgspec.structs.replace(FIRST.checks[0], passed=False),)),
)


def of_engine(copies: tuple[Evaluation, ...]) -> list[dict[str, object]]:
    """The rows that the engine gives history for copies in an order."""
    machine = QueueEngine(configuration(content()).queue("sales"), {})
    return [output.row for output in feed(machine, copies) if isinstance(output, Evaluated)]


@pytest.mark.parametrize("order", list(permutations(COPIES)))
def test_engine_and_history_agree_on_copies_of_one_moment(order: tuple[Evaluation, ...], tmp_path: Path) -> None:
    """The last of three copies with one `evaluated_at` counts in both, also where the end of the log comes again."""
    rows = of_engine(order)
    assert [evaluation_of(row) for row in rows] == list(order)
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        for row in [*rows, *rows[1:]]:
            store.write_evaluations([row])
        with store.reading() as reader:
            assert [evaluation_of(row) for batch in reader.evaluations(Filters()) for row in batch] == [order[-1]]


def test_the_later_evaluation_goes_first_whatever_it_says() -> None:
    """The greatest `evaluated_at` wins (docs/concepts/copies.md#which-copy-counts), before any value is compared."""
    later = msgspec.structs.replace(FIRST, evaluated_ms=FIRST.evaluated_ms + 1, evaluator="abe")
    assert replaces(later, "a", COPIES[1], "z")
    assert not replaces(COPIES[1], "z", later, "a")


def test_of_one_moment_and_two_queues_order_decides_nothing() -> None:
    """Logs of two queues have no common order: that in the queue of the greater name counts in any order."""
    assert replaces(FIRST, "z", COPIES[1], "a")
    assert not replaces(COPIES[1], "a", FIRST, "z")

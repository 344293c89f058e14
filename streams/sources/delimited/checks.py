"""Checks of evaluation sheets: read from a column a check, or from a row a check and put together again.

Rows of one evaluation that follow each other are one record, whose row is the first of them. A row that
cannot be read is a dead letter like any other; the rest of its evaluation counts.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from config.sources.expressions import CheckColumns, CheckRow
from config.sources.fields import CHECKS
from streams.limits import TOO_LARGE
from streams.records import Check, Evaluation
from streams.sources.batch import Batch, DeadLetter
from streams.sources.blocks import Cells

__all__ = ["joined", "read_columns", "read_row"]

_Checks = list[tuple[Check, ...] | None]


def read_columns(sheet: CheckColumns, cells: Cells) -> tuple[_Checks, dict[int, str]]:
    """The checks of each row from a column a check, and what is wrong with rows that cannot be read."""
    checks: list[list[Check]] = [[] for _ in range(cells.count)]
    faults: dict[int, str] = {}
    for column, family in sheet.checks:
        for row, text in enumerate(cells.column(column).texts()):
            if text.lower() in sheet.results:
                checks[row].append(Check(column, family, sheet.results[text.lower()]))
            else:
                faults.setdefault(row, _fault(column, text, sheet.results))
    return [None if row in faults else tuple(found) for row, found in enumerate(checks)], faults


def read_row(sheet: CheckRow, cells: Cells) -> tuple[_Checks, dict[int, str]]:
    """The one check of each row, and what is wrong with rows that cannot be read."""
    checks: _Checks = []
    faults: dict[int, str] = {}
    columns = (cells.column(name).texts() for name in (sheet.name, sheet.family, sheet.result))
    for row, (name, family, result) in enumerate(zip(*columns, strict=True)):
        checks.append(None)
        if not name:
            faults[row] = f"column {sheet.name} is empty; expected the name of a check"
        elif family not in sheet.families:
            faults[row] = f"column {sheet.family} has {family[:80]!r}; expected one of {', '.join(sheet.families)}"
        elif result.lower() not in sheet.results:
            faults[row] = _fault(sheet.result, result, sheet.results)
        else:
            checks[row] = (Check(name, sheet.families[family], sheet.results[result.lower()]),)
    return checks, faults


def _fault(column: str, text: str, results: Mapping[str, bool | None]) -> str:
    known = ", ".join(word for word in results if word)
    return f"column {column} has {text[:80]!r}; expected one of {known}"


def joined(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Batches in which the rows of one evaluation have become one record; the last one waits for the row after it."""
    held: tuple[str, Evaluation, int] | None = None
    for batch in batches:
        given = list(zip(batch.queues, batch.records, batch.rows, strict=True))
        batch.queues, batch.records, batch.rows = [], [], []
        for queue, record, row in given:
            assert isinstance(record, Evaluation)  # noqa: S101 - what a source of evaluations gives
            if held is not None and held[0] == queue and _same(held[1], record):
                checks = tuple(sorted({*held[1].checks, *record.checks}, key=lambda check: (check.name, check.family)))
                if len(checks) > CHECKS:
                    reason = f"{TOO_LARGE} checks has more than {CHECKS} entries, and this row's are left out"
                    batch.dead.append(DeadLetter(row, reason, ""))
                    continue
                held = (queue, structs.replace(held[1], checks=checks), held[2])
                batch.joined += 1
                continue
            if held is not None:
                _put(batch, held)
            held = (queue, record, row)
        batch.dead.sort(key=lambda letter: letter.row)
        yield batch
    if held is not None:
        last = Batch()
        _put(last, held)
        yield last


def _same(one: Evaluation, other: Evaluation) -> bool:
    return structs.replace(one, checks=()) == structs.replace(other, checks=())


def _put(batch: Batch, held: tuple[str, Evaluation, int]) -> None:
    queue, record, row = held
    batch.queues.append(queue)
    batch.records.append(record)
    batch.rows.append(row)

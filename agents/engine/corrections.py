"""What late records change: a numbered revision for every final interval whose figures they alter."""

from collections.abc import Callable
from typing import Final

from agents.engine.contacts import Ledger
from agents.engine.differences import FIGURE_COLUMNS, difference, figures_of, named, row_of
from agents.engine.manifest import Head
from agents.engine.results import IntervalRows
from agents.intervals.counters import Outcomes
from agents.intervals.figures import Row
from agents.planning.reference import Workforce
from agents.rules.engine import QueueRules
from config.settings import QueueSettings
from streams.records import AgentState, Contact, Plan, Snapshot

__all__ = ["Revisions"]

_INTEGRITY: Final = FIGURE_COLUMNS.index("integrity")


class Revisions:
    """Revisions of one queue's final intervals.

    Args:
        head: of the queue's state.
        settings: the queue's, of the last parameter version.
        ledger: its sums.
        workforce: its plans and agents.
        rows: its rows.
        rules: its rules.
        outcomes: counts what became of records.
        publish: publishes a row, with the reason.
        count_level: adds a row's service level to its day (1), or takes it away (-1).
    """

    def __init__(
        self,
        head: Head,
        settings: QueueSettings,
        ledger: Ledger,
        workforce: Workforce,
        rows: IntervalRows,
        rules: QueueRules,
        outcomes: Outcomes,
        publish: Callable[[Row, str | None], None],
        count_level: Callable[[Row, int, int], None],
    ) -> None:
        self._h = head
        self._settings = settings
        self._ledger = ledger
        self._workforce = workforce
        self._rows = rows
        self._rules = rules
        self._outcomes = outcomes
        self._publish = publish
        self._count_level = count_level

    def take_plan(self, plan: Plan) -> None:
        """Let a plan that comes for final intervals count in those that had none (contract section 5)."""
        ledger, after_the_fact = self._ledger, False
        through = ledger.state.closed_through
        starts = self._workforce.final_starts(plan, through)
        self._outcomes.late += bool(starts)
        for start in starts:
            if start < through - self._settings.correction_ms:
                after_the_fact = True
                continue
            closed = ledger.closed(start)
            planned = closed.yardstick.plan
            if planned is not None and planned.says_something:
                after_the_fact = True
            elif closed.revision:
                yardstick = self._workforce.with_late_plan(start, closed.yardstick, plan)
                if yardstick is not None:
                    closed.yardstick = yardstick
                    ledger.touched.add(start)
        self._outcomes.after_the_fact += after_the_fact

    def revise(self, record: Contact | Snapshot | Plan | AgentState) -> None:
        """Publish a revision for every final interval whose figures the last record changed."""
        ledger = self._ledger
        self._outcomes.late += not isinstance(record, Plan)  # counted already
        for start in sorted(ledger.touched | self._workforce.staffing.touched):
            closed = ledger.closed(start)
            if start in ledger.touched:
                ledger.alter(start)
            if not closed.revision and not closed.tally.has_data():
                continue
            first = closed.revision == 0
            if first:
                closed.yardstick = self._workforce.yardstick(start)
            row, _ = self._rows.make(
                closed.tally,
                closed.balance,
                closed.yardstick,
                revision=closed.revision + 1,
                status="final" if first else "corrected",
                missing=not closed.tally.has_data() and closed.figures[_INTEGRITY] == "missing",
            )
            row["signal"], row["breaches"] = self._rules.signal(row, start, closed.basis), closed.breaches
            figures = figures_of(row)
            if figures == closed.figures:
                continue
            ledger.alter(start)
            what = f"late {named(record)}"
            self._publish(row, what if first else f"{what}: {difference(closed.figures, figures)}")
            if not first:
                self._count_level(row_of(closed.figures), start, -1)
            self._count_level(row, start, 1)
            closed.revision += 1
            closed.figures = figures
            if not first:
                self._outcomes.corrections += 1
            if closed.tally.has_data():
                self._h.last_data_end = max(self._h.last_data_end, start + self._settings.interval_ms)
        ledger.touched.clear()
        self._workforce.staffing.touched.clear()

"""The row of an interval, open or final: what its sums, its plan and its agents come to.

What an interval's feed is, which names its row bears, and whether its silence means that the feed is broken, is said
here; when it becomes final, and what a late record changes, is not (`agents.engine.queue`,
`agents.engine.corrections`).
"""

from collections.abc import Callable

from agents.engine.contacts import Ledger
from agents.engine.manifest import Head
from agents.intervals.calendar import Calendar, OpenDay
from agents.intervals.counts import NEVER, Tally
from agents.intervals.figures import Actuals, Row, of_contacts, of_snapshot, result_row, with_agents
from agents.planning.causes import attribution
from agents.planning.reference import Workforce
from agents.planning.variance import Yardstick, compare
from agents.rules.conditions import Facts
from config.settings import QueueSettings

__all__ = ["IntervalRows"]


class IntervalRows:
    """Rows of one queue's intervals.

    Args:
        head: of the queue's state.
        settings_at: the settings in force for an interval's start.
        calendar: of the queue.
        ledger: its sums.
        workforce: its plans and agents.
    """

    def __init__(
        self,
        head: Head,
        settings_at: Callable[[int], QueueSettings],
        calendar: Calendar,
        ledger: Ledger,
        workforce: Workforce,
    ) -> None:
        self._h = head
        self._settings_at = settings_at
        self._calendar = calendar
        self._ledger = ledger
        self._workforce = workforce
        self._length = settings_at(NEVER).interval_ms

    def by_contacts(self, start: int) -> bool:
        """Whether an interval's feed is contacts."""
        return self._h.contacts_from <= start

    def program_at(self, start: int) -> str:
        """The configured program of an interval, else the records' own, else `unassigned`."""
        return self._named(self._settings_at(start).program, self._h.program, start)

    def channel_at(self, start: int) -> str:
        """The configured channel of an interval, else the records' own, else the default."""
        return self._named(self._settings_at(start).channel, self._h.channel, start)

    def _named(self, configured: str, named: tuple[int, str] | None, start: int) -> str:
        """What records of later intervals say does not change it."""
        if self._settings_at(start).configured or named is None or self._calendar.start_of(named[0]) > start:
            return configured
        return named[1]

    def open_tally(self) -> Tally:
        """The sums of the latest open interval."""
        tallies, start = self._ledger.tallies, self._calendar.start_of(self._h.watermark)
        if not self.by_contacts(start):
            start = max((at for at, tally in tallies.items() if tally.snapshot is not None), default=start)
        return tallies.get(start) or Tally(start)

    def facts(self, row: Row, start: int, yardstick: Yardstick) -> Facts:
        """What the rules need to know of an interval beside its row."""
        settings = self._settings_at(start)
        return Facts(
            yardstick.dispersion,
            yardstick.cv,
            self._workforce.has_plan(start),
            lambda: list(attribution(row, settings)),
        )

    def is_missing(self, tally: Tally, day: OpenDay | None, expected: float | None) -> bool:
        """Whether an open interval without data means that the feed is broken, not that the queue is quiet."""
        if tally.has_data():
            return False
        if not self.by_contacts(tally.start_ms):
            return True
        silent_from = self._ledger.state.silent_from
        if silent_from == NEVER:
            return False
        silent_ms = self._calendar.open_between(silent_from, tally.start_ms + self._length)
        if silent_ms < self._settings_at(tally.start_ms).silent_after_ms:
            return False
        silence = self._workforce.silence(expected)
        return (day is not None and silent_ms >= day.open_ms) if silence is None else silence

    def make(
        self,
        tally: Tally,
        balance: int | None,
        yardstick: Yardstick,
        *,
        revision: int,
        status: str,
        missing: bool = False,
    ) -> tuple[Row, Actuals]:
        """The result of an interval, and what it was made of; `missing`: no call data, because its feed was broken."""
        start = tally.start_ms
        settings = self._settings_at(start)
        if missing:
            actuals = Actuals(checks=("missing",))
        elif self.by_contacts(start):
            actuals = of_contacts(tally, settings)
            if not revision and actuals.waiting:
                actuals.waiting = self._ledger.overdue(start, self._h.watermark)
        elif tally.snapshot is not None:
            actuals = of_snapshot(tally.snapshot, settings, balance)
        else:
            actuals = Actuals()
        elapsed = None if revision else min(max(0, self._h.watermark - start), self._length)
        staffing = self._workforce.staffing
        time = staffing.time(start) if elapsed is None else staffing.time_so_far(start, start + elapsed)
        if time is not None:
            actuals = with_agents(actuals, time)
        row = result_row(
            settings,
            self._calendar,
            start,
            actuals,
            program=self.program_at(start),
            channel=self.channel_at(start),
            revision=revision,
            status=status,
            sources=tally.sources(),
        )
        row.update(compare(row, actuals, settings, yardstick, elapsed))
        return row, actuals

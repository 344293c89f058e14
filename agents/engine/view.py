"""Answers to those who only look at a queue: metrics, screens, health."""

from collections.abc import Callable, Sequence

from agents.engine.differences import result_of
from agents.engine.interval_lifecycle import IntervalLifecycle
from agents.engine.manifest import Manifest
from agents.intervals.calendar import Calendar
from agents.intervals.counts import NEVER
from agents.planning.causes import attribution
from agents.projection.inputs import QueueAhead
from agents.rules.observations import Effect
from agents.rules.status import QueueStatus
from config.rules import RULES
from config.settings import QueueSettings
from copc.sigma import ProcessSigma
from streams.results import IntervalResult

__all__ = ["QueueView", "restore_status"]


class QueueView:
    """The figures that a queue shows; nothing here changes it.

    Args:
        manifest: of the queue's state.
        versions: the queue's settings, in order.
        settings_at: the settings in force for an interval's start.
    """

    def __init__(
        self, manifest: Manifest, versions: Sequence[QueueSettings], settings_at: Callable[[int], QueueSettings]
    ) -> None:
        self._manifest = manifest
        self._settings = versions[-1]
        self._settings_at = settings_at
        self.intervals: IntervalLifecycle | None = None
        """Set with the first call data."""

    @property
    def seen(self) -> bool:
        """Whether any call data has arrived."""
        return self.intervals is not None

    @property
    def watermark_ms(self) -> int | None:
        """The watermark, None before the first call data."""
        return None if self.intervals is None else self._manifest.watermark

    @property
    def last_append_ms(self) -> int | None:
        """When the broker appended the last call data; None: there was none, or there is no broker."""
        return self._manifest.last_append_ms

    @property
    def program(self) -> str:
        """The configured program, else the records' own, else `unassigned`."""
        return (
            self._settings.program
            if self.intervals is None
            else self.intervals.builder.program_at(self._manifest.watermark)
        )

    @property
    def channel(self) -> str:
        """The configured channel, else the records' own, else the default."""
        return (
            self._settings.channel
            if self.intervals is None
            else self.intervals.builder.channel_at(self._manifest.watermark)
        )

    def open_result(self) -> IntervalResult | None:
        """The latest open interval as it stands (revision 0); None before any call data.

        It is one object until something has changed, and not to be written to.
        """
        return None if self.intervals is None else self.intervals.open.result()

    def closing_results(self) -> list[IntervalResult]:
        """The latest intervals that have ended and are not final yet, as they stand (revision 0), oldest first."""
        return [] if self.intervals is None else self.intervals.open.closing_results()

    def outlook(self, clock_ms: int | None = None) -> QueueAhead | None:
        """Everything known about the rest of the queue's day at its watermark; None: no call data.

        Args:
            clock_ms: the driver's clock, by which the watermark of an idle queue runs on; None: it stays.
        """
        if self.intervals is None:
            return None
        idle = None if clock_ms is None else self.intervals.idle_watermark(clock_ms)
        return self.intervals.outlook.inputs(max(idle or NEVER, self._manifest.watermark))

    def settings_of(self, result: IntervalResult) -> QueueSettings:
        """The parameter version that a result was made with."""
        return self._settings_at(result.interval_start_ms)

    def processes(self) -> dict[str, ProcessSigma]:
        """The service level as a process (sigma, DPMO), by window of local days."""
        return self._manifest.levels.processes(self._settings_at(self._manifest.watermark).rules["variation_too_big"])

    @property
    def results(self) -> int:
        """The number of results published so far."""
        return self._manifest.results

    @property
    def calendar(self) -> Calendar | None:
        """The queue's intervals and open hours; None before any call data."""
        return None if self.intervals is None else self.intervals.calendar


def restore_status(status: QueueStatus, view: QueueView, intervals: IntervalLifecycle) -> None:
    """Let a status say what the state says: the last final result, and what is open."""
    closed = intervals.contacts.final.last_published()
    final = None if closed is None else result_of(closed.figures)
    rule_states = intervals.rules.state.rule_states
    causes: Sequence[Effect] = ()
    if final is not None and any(RULES[rule].explains_service_level for rule in rule_states if rule in RULES):
        causes = attribution(final, view.settings_of(final))
    status.restore(final, rule_states, causes)

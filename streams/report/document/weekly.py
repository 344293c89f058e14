"""The weekly review: what planners and leaders can change before next week, from up to twelve weeks of the history."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
import numpy as np

from config.timestamps import from_rfc3339
from copc.weekly_bias import LEVEL, DayErrors, weekly_bias
from streams.history.incidents.reading import incident_batches
from streams.history.query import Filters, HistoryQuery
from streams.report.document.parts import Cover
from streams.report.figures import Ratio
from streams.results import SILENT_CHECKS

__all__ = ["WEEKS", "Bias", "Lack", "OpenAction", "Repeated", "WeeklyReview", "weekly_review"]

WEEKS: Final = 12
_LEAST_LACK: Final = 1.0
"""Agents by which a slot lacks on average before it is named (this product's default)."""
_LEAST_DAYS: Final = 3
"""Days of a weekday before a lack is named (this product's default)."""
_LEAST_REPEATS: Final = 2

Row = Mapping[str, Any]


class Bias(msgspec.Struct, frozen=True):
    """A weekday, a slot, or both, whose volume was off its forecast by more than chance."""

    program: str
    queue: str
    weekday: int | None
    """1 (Monday) to 7; None: all days."""
    slot: str | None
    """Local time at which it begins; None: whole days."""
    days: int
    bias: Ratio
    """Sum of (offered - forecast) / sum of forecast."""
    statistic: float


class Lack(msgspec.Struct, frozen=True):
    """Slots of a weekday that lack agents: the requirement at what came, less the schedule."""

    program: str
    queue: str
    weekday: int
    begin: str
    """Local time of the first slot."""
    end: str
    """Local time at which the last slot ends."""
    days: int
    agents: float
    """Mean lack over days and slots, agents."""
    agent_hours: float
    """Lack of a week, agent hours."""


class Repeated(msgspec.Struct, frozen=True):
    """Incidents of one queue and rule with the same computed cause."""

    program: str
    queue: str
    rule: str
    cause: str
    """Empty: none is computed."""
    count: int
    since_local: list[str]
    """Begins, oldest first."""


class OpenAction(msgspec.Struct, frozen=True):
    """An action that was written down, and of which no outcome is known yet (item 2.3)."""

    incident_id: str
    program: str
    queue: str
    rule: str
    since_local: str
    cause: str
    action: str


class WeeklyReview(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The review of some weeks."""

    start: str
    end: str
    cover: Cover
    weeks: int
    """Calendar weeks that have volumes and forecasts."""
    queues: int
    cells: int
    """Weekdays and slots of queues that were tested together."""
    level: float
    """Chance that anything is named where there is nothing."""
    biases: list[Bias]
    """The most significant ones first, those of whole days before those of slots."""
    lacks: list[Lack]
    repeated: list[Repeated]
    open_actions: list[OpenAction]
    unwritten: int
    """Incidents of the weeks with neither cause nor action."""


class _Weeks:
    """Volumes, and lacks of agents, by queue, day and slot."""

    def __init__(self) -> None:
        self.program: dict[str, str] = {}
        self.volumes: dict[str, dict[tuple[int, str], tuple[float, float]]] = defaultdict(dict)
        self.minutes: dict[str, int] = {}
        self.lacks: dict[str, dict[tuple[int, str], list[float]]] = defaultdict(lambda: defaultdict(list))

    def add(self, queue: str, rows: Iterable[Row]) -> None:
        for row in rows:
            if row["status"] == "missing" or not SILENT_CHECKS.issuperset((row["integrity"] or "unknown").split(";")):
                continue
            local = row["interval_start_local"]
            day, slot = dt.date.fromisoformat(local[:10]), local[11:16]
            self.program[queue], self.minutes[queue] = row["program"] or "", row["interval_seconds"] // 60
            if row["offered"] is not None and row["forecast_offered"]:
                was = self.volumes[queue].get((day.toordinal(), slot), (0.0, 0.0))  # an hour comes twice in autumn
                self.volumes[queue][day.toordinal(), slot] = was[0] + row["offered"], was[1] + row["forecast_offered"]
            if row["required_agents"] is not None and row["scheduled_agents"] is not None:
                lack = row["required_agents"] - row["scheduled_agents"]
                self.lacks[queue][day.isoweekday(), slot].append(lack)

    def slots(self, queue: str) -> list[str]:
        return sorted({slot for _, slot in self.volumes[queue]})

    def errors(self, queue: str) -> DayErrors:
        slots = {slot: place for place, slot in enumerate(self.slots(queue))}
        days = {day: place for place, day in enumerate(sorted({day for day, _ in self.volumes[queue]}))}
        actual, forecast = (np.full((len(days), len(slots)), np.nan) for _ in range(2))
        for (day, slot), (came, expected) in self.volumes[queue].items():
            actual[days[day], slots[slot]], forecast[days[day], slots[slot]] = came, expected
        return DayErrors(list(days), actual, forecast)

    def lacking(self) -> Iterator[Lack]:
        """Runs of adjacent slots that lack an agent on average."""
        for queue, slots in self.lacks.items():
            run: list[tuple[int, str, list[float]]] = []
            for (weekday, slot), lacks in [*sorted(slots.items()), ((0, ""), [0.0])]:
                lacking = len(lacks) >= _LEAST_DAYS and sum(lacks) / len(lacks) >= _LEAST_LACK
                follows = run and (weekday, slot) == (run[-1][0], _later(run[-1][1], self.minutes[queue]))
                if run and not (lacking and follows):
                    yield self._lack(queue, run)
                    run = []
                if lacking:
                    run.append((weekday, slot, lacks))

    def _lack(self, queue: str, run: list[tuple[int, str, list[float]]]) -> Lack:
        means = [sum(lacks) / len(lacks) for _, _, lacks in run]
        minutes = self.minutes[queue]
        return Lack(
            program=self.program[queue],
            queue=queue,
            weekday=run[0][0],
            begin=run[0][1],
            end=_later(run[-1][1], minutes),
            days=min(len(lacks) for _, _, lacks in run),
            agents=sum(means) / len(means),
            agent_hours=sum(means) * minutes / 60,
        )


def weekly_review(
    reader: HistoryQuery, start: str, end: str, cover: Cover, progress: Callable[[int], object] = lambda _: None
) -> WeeklyReview:
    """The review of the weeks from `start` to before `end`.

    Args:
        reader: a snapshot of the history.
        start: RFC 3339.
        end: RFC 3339.
        cover: who made it of which site.
        progress: called with the number of results read since its last call.
    """
    weeks = _Weeks()
    period = Filters(start=start, end=end, latest_only=True)
    for queue in reader.queues(Filters()):
        for batch in reader.queue_results(queue, period):
            weeks.add(queue, batch)
            progress(len(batch))
    tested = weekly_bias({queue: weeks.errors(queue) for queue in weeks.volumes})
    biases = [
        Bias(
            program=weeks.program[cell.queue],
            queue=cell.queue,
            weekday=cell.weekday,
            slot=None if cell.slot is None else weeks.slots(cell.queue)[cell.slot],
            days=cell.days,
            bias=Ratio(
                cell.actual - cell.forecast, cell.forecast, (cell.actual - cell.forecast) / cell.forecast, cell.days
            ),
            statistic=cell.statistic,
        )
        for cell in tested.cells
        if cell.found
    ]
    incidents = [row for batch in incident_batches(reader, Filters(end=end)) for row in batch]
    recent = [row for row in incidents if from_rfc3339(row["since"]) >= from_rfc3339(start)]
    return WeeklyReview(
        start=start,
        end=end,
        cover=cover,
        weeks=len({(day - 1) // 7 for own in weeks.volumes.values() for day, _ in own}),
        queues=len(weeks.program),
        cells=len(tested.cells),
        level=LEVEL,
        biases=sorted(biases, key=lambda each: (each.slot is not None, -abs(each.statistic))),
        lacks=sorted(weeks.lacking(), key=lambda each: -each.agent_hours),
        repeated=_repeated(recent),
        open_actions=[_open_action(row) for row in incidents if row["action"] and not row["outcome"]],
        unwritten=sum(not row["found_cause"] and not row["action"] for row in recent),
    )


def _repeated(incidents: Iterable[Row]) -> list[Repeated]:
    found: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for row in incidents:
        key = (row["program"] or "", row["queue"] or "", row["rule"], row["cause"] or "")
        found[key].append(row["since_local"])
    repeated = [Repeated(*key, len(at), at) for key, at in found.items() if len(at) >= _LEAST_REPEATS]
    return sorted(repeated, key=lambda each: (-each.count, each.queue, each.rule))


def _open_action(row: Row) -> OpenAction:
    return OpenAction(
        incident_id=row["incident_id"],
        program=row["program"] or "",
        queue=row["queue"] or "",
        rule=row["rule"],
        since_local=row["since_local"],
        cause=row["found_cause"] or "",
        action=row["action"],
    )


def _later(slot: str, minutes: int) -> str:
    """A local time so many minutes later; the day ends at 24:00."""
    total = int(slot[:2]) * 60 + int(slot[3:]) + minutes
    return f"{total // 60:02d}:{total % 60:02d}"

"""Plans from exports of workforce tools, which name neither a version nor when it was published.

The version is the file's name. It was published when the source says, or a second before the first local day that the
file plans: so it is the plan that `frozen` takes for that day.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePath
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import structs

from config.sources.settings import SourceSettings
from config.timestamps import to_ms
from streams.records import Plan
from streams.sources.batch import Batch

__all__ = ["NO_DEFAULTS", "PlanDefaults", "plan_defaults", "published"]

_OPEN_MS: Final = 315_532_800_001
"""In place of an instant that follows from the whole file: the first moment of 1980 and a millisecond."""


class PlanDefaults(NamedTuple):
    """Fields of plans whose rows do not give them; None: a row must."""

    version: str | None = None
    published_ms: int | None = None

    def fill(self, values: dict[str, Any]) -> None:
        """Put them where a row has nothing."""
        if not values["plan_version"]:
            values["plan_version"] = self.version
        if values["published_ms"] is None:
            values["published_ms"] = self.published_ms


NO_DEFAULTS: Final = PlanDefaults()


def plan_defaults(settings: SourceSettings, mapped: Iterable[str], file: str, timezone: str) -> PlanDefaults:
    """The fields that a file gives to all plans in it.

    Args:
        settings: of its source.
        mapped: the fields that columns give: they are the rows' business.
        file: its path.
        timezone: IANA name, of naive times.
    """
    if settings.record != "plan":
        return NO_DEFAULTS
    given = settings.published
    if given is None:
        ms = _OPEN_MS
    else:
        ms = to_ms(given if given.tzinfo is not None else given.replace(tzinfo=ZoneInfo(timezone)))
    return PlanDefaults(
        None if "plan_version" in mapped else PurePath(file).name,
        None if "published_at" in mapped else ms,
    )


def published(
    batches: Iterable[Batch], timezone: str, now: Callable[[], int] | None, *, whole: bool
) -> Iterator[Batch]:
    """Batches whose plans have their instant of publication: a second before the file's first local day, at most now.

    Args:
        batches: of one file.
        timezone: IANA name of the file's local days.
        now: the driver's clock, milliseconds.
        whole: whether to read the file to its end before; else its first plans decide.
    """
    zone = ZoneInfo(timezone)
    first: int | None = None
    held: list[Batch] = []
    for batch in batches:
        starts = [record.start_ms for record in batch.records if isinstance(record, Plan)]
        if starts and (first is None or whole):
            first = min([*starts, *(() if first is None else (first,))])
        held.append(batch)
        if not whole:
            yield from _settled(held, first, zone, now)
            held = []
    yield from _settled(held, first, zone, now)


def _settled(batches: list[Batch], first: int | None, zone: ZoneInfo, now: Callable[[], int] | None) -> Iterator[Batch]:
    ms = 0
    if first is not None:
        day = datetime.fromtimestamp(first / 1000, zone).date()
        ms = to_ms((datetime.combine(day, time(), zone).astimezone(UTC)) - timedelta(seconds=1))
        # A plan for days to come is known now.
        ms = ms if now is None else min(ms, now())
    for batch in batches:
        batch.records = [
            structs.replace(record, published_ms=ms)
            if isinstance(record, Plan) and record.published_ms == _OPEN_MS
            else record
            for record in batch.records
        ]
        yield batch

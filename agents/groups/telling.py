"""The records by which a queue tells its groups of a result."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from agents.groups.membership import Groups
from agents.intervals.agent_time import Together, shared_ms
from config.programs import Pool
from config.settings import Configuration
from streams.groups import GroupKind
from streams.results import IntervalResult
from streams.told.queue_interval import QueueInterval, member_row

__all__ = ["Telling"]

_WITH_RULES: Final[tuple[GroupKind, ...]] = ("pool",)


class Telling:
    """Tells the pools of queues: they have rules, and other groups have figures alone, which are made when read.

    Args:
        configuration: whose groups they are.
        kinds: the kinds of groups that are told.
    """

    def __init__(self, configuration: Configuration, kinds: Collection[GroupKind] = _WITH_RULES) -> None:
        self._configuration = configuration
        self._kinds = kinds
        self._groups = {version.parameters_version: Groups(version) for version in configuration.versions}

    def of(self, result: IntervalResult, together: Collection[Together] | None = None) -> Iterator[QueueInterval]:
        """A record for each group of the queue, of a result in order of publication.

        First revisions come in order of time, so that one says that all before it is final; a correction says nothing.

        Args:
            result: of the queue.
            together: its time of agents on several queues, as it stood when the result was made; None: not known.
        """
        end_ms = result.interval_start_ms + result.interval_ms
        through_ms = end_ms if result.revision == 1 else result.interval_start_ms
        version = self._configuration.at(result.interval_start_ms)
        groups = self._groups[version.parameters_version].of_queue(result.queue, result.program)
        told = [group for group in groups if group.kind in self._kinds]
        if told:
            row = member_row(result, None if together is None else _shared(result.queue, together, version.pools))
            yield from (QueueInterval(group.kind, group.id, through_ms, row) for group in told)


def _shared(queue: str, together: Collection[Together], pools: Sequence[Pool]) -> dict[str, int]:
    """By pool of a queue, the staffed time of agents on two or more of its queues."""
    return {pool.id: shared_ms(together, pool.queues) for pool in pools if queue in pool.queues}

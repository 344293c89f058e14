"""The records by which a queue tells its groups of a result."""

from collections.abc import Iterator

from agents.groups.membership import Groups
from config.settings import Configuration
from streams.queue_interval import QueueInterval, member_row
from streams.results import IntervalResult

__all__ = ["Telling"]


class Telling:
    """Tells the groups of queues.

    Args:
        configuration: whose groups they are.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._groups = {version.parameters_version: Groups(version) for version in configuration.versions}

    def of(self, result: IntervalResult) -> Iterator[QueueInterval]:
        """A record for each group of the queue, of a result in order of publication.

        First revisions come in order of time, so that one says that all before it is final; a correction says nothing.
        """
        end_ms = result.interval_start_ms + result.interval_ms
        through_ms = end_ms if result.revision == 1 else result.interval_start_ms
        version = self._configuration.at(result.interval_start_ms)
        row = member_row(result)
        for group in self._groups[version.parameters_version].of_queue(result.queue, result.program):
            yield QueueInterval(group.kind, group.id, through_ms, row)

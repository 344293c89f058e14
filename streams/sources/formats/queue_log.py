"""Asterisk's queue_log: the file, or its table of a database as delimited text; it gives contacts and agent states."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from config.sources.fields import LIST_ENTRIES
from config.sources.settings import SourceOption, SourceSettings
from config.yaml import Node
from streams.sources.batch import Batch
from streams.sources.escapes import ESCAPE
from streams.sources.following import growing
from streams.sources.objects.first import first_text
from streams.sources.proposal import Proposal, Sighted
from streams.sources.queue_log.clock import TableClock
from streams.sources.queue_log.lines import chronological, events_of, is_queue_log
from streams.sources.queue_log.log import Options, QueueLog
from streams.sources.source_format import ReadContext, SourceFormat
from streams.sources.text import log_texts

__all__ = ["FORMAT", "QueueLogReader"]

_CHUNK_BYTES: Final = 1 << 18
_OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {
        "count_refused": SourceOption(
            "true", "whether calls that a full, closed or empty queue refused are offered and overflowed (wait 0)"
        ),
        "members": SourceOption(
            "none", "per queue the agents whom only queues.conf makes members, as the log spells them"
        ),
        "ignore_events": SourceOption("none", "events that the site's own dialplan writes and no figure needs"),
    }
)


class QueueLogReader:
    """Reads the files of one Asterisk, in the order in which they were written.

    Raises:
        UserError: an option that cannot be meant.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        given = settings.options
        self.options = Options(
            given["count_refused"].boolean() if "count_refused" in given else True,
            _members(given["members"]) if "members" in given else MappingProxyType({}),
            frozenset(given["ignore_events"].texts("names of events") if "ignore_events" in given else ()),
        )
        self._log: QueueLog | None = None
        """The calls and agents that the files before left open."""

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The records of a file, in batches of bounded size."""
        settings = self._settings
        zone = settings.timezone or context.site_timezone
        clock = TableClock(zone, settings.on_ambiguous, settings.on_nonexistent)
        log = self._log or QueueLog(self.options, context.skew_ms, context.now)
        if context.follow:
            pieces = growing(file, settings.encoding, ESCAPE)
        else:
            pieces = log_texts(file, settings.encoding, chunk_bytes=_CHUNK_BYTES)
        self._log = None
        found = chronological(events_of(pieces, clock, file), whole=not context.follow)
        yield from log.read(found, file, follow=context.follow, more=context.more)
        if context.more:
            self._log = log


def _members(node: Node) -> Mapping[str, tuple[str, ...]]:
    """Queues by agent."""
    queues: dict[str, list[str]] = {}
    for queue, agents in node.entries("a mapping: queue: [agents]").items():
        for agent in agents.texts("names of agents"):
            mine = queues.setdefault(agent, [])
            mine.append(queue)
            if len(mine) > LIST_ENTRIES // 2:
                raise agents.fault(f"makes {agent} a member of more than {LIST_ENTRIES // 2} queues")
    return MappingProxyType({agent: tuple(sorted(set(mine))) for agent, mine in queues.items()})


def _recognise(sighted: Sighted) -> Proposal | None:
    """The source that reads a queue_log."""
    return Proposal("queue_log", None, certainty=3) if is_queue_log(first_text(sighted.head)) else None


FORMAT: Final = SourceFormat(
    summary=(
        "Asterisk's queue_log: the file, or its database table exported as delimited text. It gives contacts and "
        "agent states."
    ),
    records=(),
    options=_OPTIONS,
    open=QueueLogReader,
    carries=True,
    recognise=_recognise,
)

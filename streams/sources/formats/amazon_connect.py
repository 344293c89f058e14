"""Amazon Connect, as its contact records and agent events lie in S3 or come out of a stream."""

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from config.sources.settings import SourceOption, SourceSettings
from config.yaml import Node
from streams.records import RecordError
from streams.sources.amazon_connect.agent_events import agent_state, event_at, is_agent_event
from streams.sources.amazon_connect.contacts import (
    LEFT_OUT,
    METHODS,
    contact,
    is_contact_record,
    offered_at,
    queue_of,
)
from streams.sources.batch import Batch
from streams.sources.objects.cutter import Cutter
from streams.sources.objects.first import first_text, known_records
from streams.sources.objects.gathering import Gathered, read_objects
from streams.sources.proposal import Proposal, Sighted
from streams.sources.source_format import ReadContext, SourceFormat

__all__ = ["FORMAT", "AmazonConnectReader"]

_OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {
        "leave_out": SourceOption(
            ", ".join(LEFT_OUT),
            "InitiationMethods of contacts that are filtered, as are contacts without a queue; add CALLBACK to leave "
            "queued callbacks out (contact)",
        ),
        "agent_queues": SourceOption(
            "false", "whether the queue that each agent has for calls to this agent alone is a queue, too"
        ),
    }
)


class AmazonConnectReader:
    """Reads contact records, or agent events.

    Raises:
        UserError: an option that cannot be meant.
    """

    def __init__(self, settings: SourceSettings) -> None:
        given = settings.options
        self._settings = settings
        self._contacts = settings.record == "contact"
        self._agent_queues = given["agent_queues"].boolean() if "agent_queues" in given else False
        self._left_out = _methods(given["leave_out"]) if "leave_out" in given else frozenset(LEFT_OUT)
        self._known: dict[str, tuple[str, ...]] = {}
        if "leave_out" in given and not self._contacts:
            raise given["leave_out"].fault(f"has no meaning for record: {settings.record}; remove it")

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The records of a file or a folder, in batches of bounded size and in file order."""
        cutter = Cutter(is_contact_record, "ContactId") if self._contacts else Cutter(is_agent_event, "EventType")
        rows = self._contact if self._contacts else self._agent_state
        return read_objects(file, context, self._settings.encoding, cutter, rows)

    def _contact(self, value: dict[str, Any], text: str, gathered: Gathered) -> None:
        make = partial(contact, value, gathered.context.skew_ms, self._left_out, agent_queues=self._agent_queues)
        gathered.row(text, make, partial(queue_of, value), partial(offered_at, value))

    def _agent_state(self, value: dict[str, Any], text: str, gathered: Gathered) -> None:
        make = partial(agent_state, value, self._known, agent_queues=self._agent_queues)
        gathered.row(text, make, lambda: None, partial(event_at, value))


def _methods(node: Node) -> frozenset[str]:
    if node.value == []:
        return frozenset()
    names = node.texts("a list of InitiationMethods")
    for name in names:
        if name not in METHODS:
            raise node.unknown(name, METHODS, "InitiationMethod")
    return frozenset(names)


def _recognise(sighted: Sighted) -> Proposal | None:
    """The source that reads contact records, or agent events."""
    kinds = {"contact": (is_contact_record, "ContactId", ()), "agent_state": (is_agent_event, "EventType", ())}
    found = known_records(first_text(sighted.head), kinds)
    if not found:
        return None
    record = max(found, key=lambda one: len(found[one]))
    proposal = Proposal("amazon_connect", record, certainty=3)
    if record == "contact":
        proposal.queues = sorted({queue for value in found[record] if (queue := _queue(value))})
    return proposal


def _queue(value: dict[str, Any]) -> str | None:
    try:
        return queue_of(value)
    except RecordError:
        return None


FORMAT: Final = SourceFormat(
    summary="Amazon Connect: contact records or the agent event stream, as JSON objects in lines, lists, back to back "
    "or a folder of such files, compressed with gzip or not.",
    records=("contact", "agent_state"),
    options=_OPTIONS,
    open=AmazonConnectReader,
    folders=True,
    recognise=_recognise,
)

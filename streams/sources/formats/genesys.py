"""Genesys Cloud, as its analytics API answers."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from config.sources.settings import SourceOption, SourceSettings
from config.yaml import Node
from streams.records import RecordError
from streams.sources.batch import Batch
from streams.sources.genesys.aggregates import METRICS, Asked, is_group, queue_of_group, snapshot, start_of
from streams.sources.genesys.conversations import Visit, is_conversation, visit_record, visits
from streams.sources.genesys.names import read_members, read_names
from streams.sources.genesys.statuses import Status, is_user, state_record, user_statuses
from streams.sources.objects.cutter import Cutter
from streams.sources.objects.fields import entries, part, text
from streams.sources.objects.first import first_text, known_records
from streams.sources.objects.gathering import Gathered, Row, read_objects
from streams.sources.proposal import Option, Proposal, Sighted
from streams.sources.source_format import ReadContext, SourceFormat

__all__ = ["FORMAT", "GenesysReader"]

_OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {
        "names": SourceOption("the ids", "a file `id,name` with the names of queues (and of users and teams)"),
        "members": SourceOption("none", "a file `user,queue` that says which user is in which queue (agent_state)"),
        "media_types": SourceOption("all", "the mediaTypes that are kept, such as `[voice]` (interval, contact)"),
        "metrics": SourceOption(
            "not said",
            "the metrics that were asked for: one of them that is not there is 0, any other is not reported; not said: "
            "one that is not there is 0 beside nOffered (interval)",
        ),
        "compare_service_level": SourceOption(
            "false",
            "whether Genesys' own service level is compared; its switches must then be those of the queue's definition "
            "(interval)",
        ),
    }
)
_SERVES: Final = {
    "members": ("agent_state",),
    "media_types": ("interval", "contact"),
    "metrics": ("interval",),
    "compare_service_level": ("interval",),
}
_LISTS: Final = {"interval": "results", "contact": "conversations", "agent_state": "userDetails"}
_SIGNS: Final = {"interval": "group", "contact": "conversationId", "agent_state": "userId"}
_OF_PAGES: Final = {*_LISTS.values(), "totalHits", "aggregations", "cursor", "dataAvailabilityDate"} | {
    "systemToOrganizationMappings"
}
"""The keys that pages have beside their list, or instead of it."""
_KNOWN: Final = {"interval": is_group, "contact": is_conversation, "agent_state": is_user}


class GenesysReader:
    """Reads aggregates, details of conversations, or statuses of users.

    Raises:
        UserError: an option that cannot be meant.
    """

    def __init__(self, settings: SourceSettings) -> None:
        assert settings.record is not None  # noqa: S101 - the format has records to choose from
        given = settings.options
        for key, records in _SERVES.items():
            if key in given and settings.record not in records:
                raise given[key].fault(f"has no meaning for record: {settings.record}; remove it")
        self._settings = settings
        self._record = settings.record
        self._names = read_names(given["names"]) if "names" in given else {}
        self._members = read_members(given["members"], self._names) if "members" in given else {}
        if self._record == "agent_state" and "members" not in given:
            raise settings.node.fault("says no members, and Genesys tells no queues of a user; add members: FILE.csv")
        self._media = (
            frozenset(given["media_types"].texts("a list such as [voice]")) if "media_types" in given else None
        )
        self._asked = Asked(
            _metrics(given["metrics"]) if "metrics" in given else None,
            given["compare_service_level"].boolean() if "compare_service_level" in given else False,
            settings.threshold_ms,
        )
        self._channels: dict[str, str | None] = {}
        """The mediaType by which a queue was first seen."""
        self._statuses: dict[str, Status] = {}

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The records of a file or a folder, in batches of bounded size and in file order."""
        cutter = Cutter(self._is_known, _SIGNS[self._record], (_LISTS[self._record],))
        return read_objects(file, context, self._settings.encoding, cutter, self._object)

    def _is_known(self, value: dict[str, Any]) -> bool:
        return _LISTS[self._record] in value or _KNOWN[self._record](value)

    def _object(self, value: dict[str, Any], raw: str, gathered: Gathered) -> None:
        """The rows of an object, or of those of a page that came whole; a page without a list says: nothing."""
        rows = {"interval": self._group, "contact": self._conversation, "agent_state": self._user}[self._record]
        inside = value.get(_LISTS[self._record])
        if isinstance(inside, list):
            for one in inside:
                if isinstance(one, dict):
                    rows(one, json.dumps(one), gathered)
                else:
                    gathered.refused("object: the list of a page holds what is no object", json.dumps(one))
        elif inside is not None or not value.keys() <= _OF_PAGES:
            rows(value, raw, gathered)

    def _name(self, one: str) -> str:
        return self._names.get(one, one)

    def _group(self, value: dict[str, Any], raw: str, gathered: Gathered) -> None:
        """The rows of a group: one an interval."""
        try:
            queue, channel, data = self._of_group(value)
        except RecordError as error:
            gathered.refused(str(error), raw)
            return
        for row in data:
            if self._media is not None and channel is not None and channel not in self._media:
                gathered.filtered()
                continue
            make = partial(self._interval, row, queue, channel, gathered.context)
            gathered.row(partial(_alone, value, row), make, queue, partial(start_of, row))

    def _of_group(self, value: Mapping[str, Any]) -> tuple[str, str | None, list[Mapping[str, Any]]]:
        if not is_group(value):
            raise RecordError("object: no group with data; it is no answer of conversation aggregates")
        group = part(value, "group", "queue")
        queue_id = queue_of_group(group)
        return self._name(queue_id), text(group, "mediaType", "channel"), entries(value, "data", "interval_start")

    def _interval(self, row: Mapping[str, Any], queue: str, channel: str | None, context: ReadContext) -> Row:
        first = self._channels.setdefault(queue, channel)
        if first != channel:
            raise RecordError(
                f"channel: the queue is there as {first or 'all media'} and as {channel or 'all media'}, and each "
                f"would replace the other; say media_types: [{first or channel}]"
            )
        length_ms = context.queue_length(queue, None)
        return Row((queue,), snapshot(row, self._asked, channel, length_ms, context.now()))

    def _conversation(self, value: dict[str, Any], raw: str, gathered: Gathered) -> None:
        """The rows of a conversation: one a stay in a queue; one that was in none is filtered."""
        try:
            found = visits(value)
        except RecordError as error:
            gathered.refused(str(error), raw)
            return
        if not found:
            gathered.filtered()
        for visit in found:
            if self._media is not None and visit.session.get("mediaType") not in self._media:
                gathered.filtered()
                continue
            queue = None if visit.queue_id is None else self._name(visit.queue_id)
            make = partial(self._visit, value, visit, queue, gathered.context)
            gathered.row(raw, make, queue, visit.begun_ms)

    def _visit(self, value: Mapping[str, Any], visit: Visit, queue: str | None, context: ReadContext) -> Row:
        return visit_record(value, visit, queue, self._name, context.skew_ms)

    def _user(self, value: dict[str, Any], raw: str, gathered: Gathered) -> None:
        """The rows of a user: one a change of presence or routing status."""
        try:
            user, found = user_statuses(value, self._statuses)
        except RecordError as error:
            gathered.refused(str(error), raw)
            return
        if not found:
            gathered.filtered()
        for status in found:
            gathered.row(raw, partial(self._status, user, status), None, status.since_ms)

    def _status(self, user: str, status: Status) -> Row:
        queues = self._members.get(user)
        if queues is None:
            raise RecordError("queues: the user is in no queue of members; add a line there, or ask for other users")
        record = state_record(self._name(user), status, queues)
        return Row(record.queues, record)


def _alone(value: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """The text of a group with one interval."""
    return json.dumps({"group": value["group"], "data": [row]})


def _metrics(node: Node) -> frozenset[str]:
    names = node.texts("a list of metrics")
    for name in names:
        if name not in METRICS:
            raise node.unknown(name, METRICS, "metric")
    return frozenset(names)


def _recognise(sighted: Sighted) -> Proposal | None:
    """The source that reads answers of the API."""
    kinds = {record: (_KNOWN[record], _SIGNS[record], (_LISTS[record],)) for record in _LISTS}
    found = known_records(first_text(sighted.head), kinds)
    if not found:
        return None
    record = max(found, key=lambda one: len(found[one]))
    proposal = Proposal("genesys", record, certainty=3)
    if record == "agent_state":
        proposal.put("members", "members.csv", doubt="Genesys tells no queues of a user: a file `user,queue`")
    else:
        proposal.remarks.append("queues have their ids as names; names: FILE.csv (id,name) gives them others")
    media = _media(found.get("interval", ()))
    if len(media) > 1:
        options = [Option(f"only {one}", {("media_types",): [one]}) for one in media]
        first = "voice" if "voice" in media else media[0]
        doubt = f"a queue has rows of {', '.join(media)}, and each would replace the other"
        proposal.put("media_types", [first], doubt=doubt, options=options)
    return proposal


def _media(groups: Iterable[Mapping[str, Any]]) -> list[str]:
    """The mediaTypes of a queue that has several."""
    of: dict[object, set[str]] = {}
    for value in groups:
        group = value.get("group")
        if isinstance(group, Mapping) and isinstance(group.get("mediaType"), str):
            of.setdefault(group.get("queueId"), set()).add(group["mediaType"])
    most: set[str] = max(of.values(), key=lambda media: (len(media), "voice" in media), default=set())
    return sorted(most)


FORMAT: Final = SourceFormat(
    summary="Genesys Cloud: answers of its analytics API, one page or many: conversation aggregates, conversation "
    "details, user details.",
    records=("interval", "contact", "agent_state"),
    options=_OPTIONS,
    open=GenesysReader,
    folders=True,
    recognise=_recognise,
)

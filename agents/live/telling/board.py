"""The incidents of all queues as the topics have them, and which notices this worker shows for those it holds.

Every worker reads the whole topic, so that whoever takes a queue over knows when its breaches were published, and by
whom everybody was told. Until the topic has been read to its end nothing is shown: an incident whose end has not been
read yet would ring.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from confluent_kafka import Message

from agents.live.clock import Clock
from agents.notices.incidents import LINGER_MS, Change, Incident, Incidents
from agents.notices.notices import Notice, notices_of
from agents.notices.texts import IncidentText, text_of
from config.notify import NotifySettings
from config.timestamps import from_rfc3339
from streams.journal.entry import ACKNOWLEDGED
from streams.journal.link import Signer
from streams.own_messages import Unreadable, read_row
from streams.topics import TOPIC_BREACHES, TOPIC_JOURNAL

__all__ = ["NoticeBoard", "ShownNotice"]


_LINK_MS: Final = 86_400_000
"""A link that acknowledges is valid for so long."""
_LINK_RENEWED_MS: Final = _LINK_MS // 2
"""So often an incident that lasts gets a new one."""


class ShownNotice(NamedTuple):
    """A notice of one queue, or of a program."""

    program: str
    queue: str
    incident: str
    notice: Notice


class NoticeBoard:
    """The incidents of a centre.

    Args:
        settings: who is told.
        clock: the driver's clock.
        is_held: whether a queue, or program, is this worker's to show.
        unreadable: counts messages that are none of ours.
        on_entry: told of each entry of the journal, for this worker's own screens.
        signer: signs the links by which messages are acknowledged; None: there are none.
    """

    def __init__(
        self,
        settings: NotifySettings,
        clock: Clock,
        is_held: Callable[[str], bool],
        unreadable: Unreadable,
        on_entry: Callable[[Mapping[str, Any]], object] = lambda _: None,
        signer: Signer | None = None,
    ) -> None:
        self._signer = signer
        self._on_entry = on_entry
        self._settings = settings
        self._clock = clock
        self._is_held = is_held
        self._unreadable = unreadable
        self._incidents = Incidents()
        self._over: dict[str, tuple[int, list[Notice]]] = {}
        """By incident that is over: its number of changes, and its notices, which do not change any more."""
        self.ready = False
        """Whether the topics have been read to their end."""
        self._entries = 0
        self._acknowledged: dict[str, list[int]] = {}
        """By incident, when somebody acknowledged it."""

    @property
    def tells(self) -> bool:
        """Whether anybody is told of anything."""
        return bool(self._settings.routes)

    def take(self, messages: list[Message]) -> None:
        """Take messages of the topics."""
        for message in messages:
            topic = TOPIC_JOURNAL if (message.topic() or "").endswith(TOPIC_JOURNAL) else TOPIC_BREACHES
            try:
                row = read_row(topic, message.value())
                if topic == TOPIC_JOURNAL:
                    self._take_entry(row)
                else:
                    self._incidents.put(Change.of(row, self._clock.at_ms(message.timestamp()[1])))
            except Exception as error:  # noqa: BLE001 - one message must not keep people from hearing of the others
                self._unreadable.note(topic, message.partition() or 0, message.offset() or 0, error)
        if not self.ready and messages:
            self._incidents.forget(self._clock.at_ms(messages[-1].timestamp()[1]))

    def _take_entry(self, entry: Mapping[str, Any]) -> None:
        self._entries = max(self._entries, int(entry["number"]))
        if entry["kind"] == ACKNOWLEDGED:
            self._acknowledged.setdefault(str(entry["incident_id"]), []).append(from_rfc3339(entry["at"]))
        self._on_entry(entry)

    def known_entries(self) -> int | None:
        """The greatest number of an entry of the journal that was read; None: the topics are not read to their end."""
        return self._entries if self.ready else None

    def read_to_end(self) -> None:
        """Begin to show notices."""
        self.ready = True

    def look(self, final_ms: Mapping[str, int]) -> tuple[list[ShownNotice], list[IncidentText]]:
        """The notices that this worker shows, and the texts of their incidents.

        Args:
            final_ms: by queue held, the start of its last final interval.
        """
        notices: list[ShownNotice] = []
        texts: list[IncidentText] = []
        if self.ready:
            now_ms = self._clock.now_ms()
            self._incidents.end_early_warnings(final_ms, now_ms)
            over: dict[str, tuple[int, list[Notice]]] = {}
            for incident in self._incidents.all(now_ms):
                owners = sorted(owner for owner in incident.owners if self._is_held(owner[1] or owner[0]))
                told = self._notices(incident, now_ms, over) if owners else []
                notices += [ShownNotice(*owner, incident.incident_id, each) for each in told for owner in owners]
                if told:
                    texts.append(self._text(incident, now_ms))
            self._over = over
        return notices, texts

    def _text(self, incident: Incident, now_ms: int) -> IncidentText:
        """The text of an incident, with a link that acknowledges it while it is open."""
        text = text_of(incident)
        if self._signer is None or incident.ended_ms is not None:
            return text
        begin_ms = incident.changes[0].published_ms
        renewed = max(0, now_ms - begin_ms) // _LINK_RENEWED_MS
        link = self._signer.path(incident.incident_id, begin_ms + renewed * _LINK_RENEWED_MS + _LINK_MS)
        # A new link is a new text, too, and must have a greater version than the one before.
        return replace(text, acknowledge=link, version=text.version + renewed)

    def _notices(self, incident: Incident, now_ms: int, over: dict[str, tuple[int, list[Notice]]]) -> list[Notice]:
        """The notices of an incident; those of one that is over are kept in `over`."""
        ended_ms = incident.ended_ms
        names = incident.incident_id, *sorted(incident.also)
        acknowledged = sorted(at for name in names for at in self._acknowledged.get(name, ()))
        if ended_ms is None or now_ms < ended_ms + LINGER_MS:
            return notices_of(incident, acknowledged, self._settings, now_ms)
        known = self._over.get(incident.notice)
        if known is None or known[0] != len(incident.changes):
            known = len(incident.changes), notices_of(incident, acknowledged, self._settings, now_ms)
        over[incident.notice] = known
        return known[1]

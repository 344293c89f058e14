"""The incidents of all queues as the topic has them, and which notices this worker shows for those it holds.

Every worker reads the whole topic, so that whoever takes a queue over knows when its breaches were published, and by
whom everybody was told. Until the topic has been read to its end nothing is shown: an incident whose end has not been
read yet would ring.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from confluent_kafka import Message

from agents.live.clock import Clock
from agents.notices.incidents import LINGER_MS, Change, Incident, Incidents
from agents.notices.notices import Notice, notices_of
from agents.notices.texts import IncidentText, text_of
from config.notify import NotifySettings
from streams.own_messages import Unreadable, read_row
from streams.topics import TOPIC_BREACHES

__all__ = ["NoticeBoard", "ShownNotice"]


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
    """

    def __init__(
        self, settings: NotifySettings, clock: Clock, is_held: Callable[[str], bool], unreadable: Unreadable
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._is_held = is_held
        self._unreadable = unreadable
        self._incidents = Incidents()
        self._over: dict[str, tuple[int, list[Notice]]] = {}
        """By incident that is over: its number of changes, and its notices, which do not change any more."""
        self.ready = False
        """Whether the topic has been read to its end."""

    @property
    def tells(self) -> bool:
        """Whether anybody is told of anything."""
        return bool(self._settings.routes)

    def take(self, messages: list[Message]) -> None:
        """Take messages of the topic."""
        for message in messages:
            at_ms = self._clock.at_ms(message.timestamp()[1])
            try:
                self._incidents.put(Change.of(read_row(TOPIC_BREACHES, message.value()), at_ms))
            except Exception as error:  # noqa: BLE001 - one message must not keep people from hearing of the others
                self._unreadable.note(TOPIC_BREACHES, message.partition() or 0, message.offset() or 0, error)
        if not self.ready and messages:
            self._incidents.forget(self._clock.at_ms(messages[-1].timestamp()[1]))

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
                    texts.append(text_of(incident))
            self._over = over
        return notices, texts

    def _notices(self, incident: Incident, now_ms: int, over: dict[str, tuple[int, list[Notice]]]) -> list[Notice]:
        """The notices of an incident; those of one that is over are kept in `over`."""
        ended_ms = incident.ended_ms
        if ended_ms is None or now_ms < ended_ms + LINGER_MS:
            return notices_of(incident, (), self._settings, now_ms)
        known = self._over.get(incident.notice)
        if known is None or known[0] != len(incident.changes):
            known = len(incident.changes), notices_of(incident, (), self._settings, now_ms)
        over[incident.notice] = known
        return known[1]

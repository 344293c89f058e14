"""The silence of a queue's sources: whether an interval without calls was quiet, or its feed is broken.

Silence belongs to the source, not to the queue (docs/concepts/intervals.md#missing): a source that delivers the calls
of other queues speaks, and says so by `feed` records. Everything here goes by event time and looks no further than the
interval's end; so it does not matter how records were batched, or how fast they came.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, NamedTuple, Protocol

import msgspec

from agents.intervals.calendar import Calendar, OpenDay
from agents.intervals.counts import NEVER
from agents.planning.reference import PlanAndStaffing
from agents.planning.variance import Reference
from config.settings import QueueSettings

__all__ = ["SILENT_CONTACTS", "Closing", "Silence", "SilenceState", "SourceWords", "Verdict"]

SILENT_CONTACTS: Final = 20
"""Number of expected contacts, in units of the queue's dispersion, whose absence means a broken feed."""
_SOURCES: Final = 100
"""Sources of one queue at most; a feed that names each of its records otherwise is none."""


class SourceWords(msgspec.Struct, array_like=True):
    """How far one source has spoken to a queue, in milliseconds since 1970. Fields are appended, never reordered."""

    through_ms: int = NEVER
    """The greatest `through` of its `feed` records; without any, its queues speak for themselves."""
    data_ms: int = NEVER
    """Its last call data of the queue that concerns final intervals."""
    word_ms: int = NEVER
    """The later of it and of `through`, likewise."""
    contacts: float = 0.0
    """Contacts that should have come since that word, in final intervals."""
    unknown: bool = False
    """Whether some of that time has neither a forecast nor statistics."""
    data: dict[int, int] = {}
    """By end of an open interval, the last call data in it."""
    words: dict[int, int] = {}
    """By end of an open interval, the last `through` in it (after its start, up to its end)."""
    heard_ms: int = NEVER
    """The last `through` that concerns final intervals."""

    def last_data(self, end: int) -> int:
        """The last call data up to `end`."""
        return max([self.data_ms, *(ms for at, ms in self.data.items() if at <= end)])

    def last_word(self, end: int) -> int:
        """The last word up to `end`."""
        return max(
            [
                self.word_ms,
                *(ms for at, ms in self.data.items() if at <= end),
                *(ms for at, ms in self.words.items() if at <= end),
            ]
        )

    def last_through(self, end: int) -> int:
        """The last `through` up to `end`, which all queues of the source have heard."""
        return max([self.heard_ms, *(ms for at, ms in self.words.items() if at <= end)])


class SilenceState(msgspec.Struct, array_like=True):
    """The part that the manifest holds. Fields are appended, never reordered."""

    sources: dict[str, SourceWords] = {}
    through_ms: int = NEVER
    """The greatest `through` of any source, when it fed the queue."""
    silent_through: int = NEVER
    """End of the last interval that a source was silent in."""


class Closing(NamedTuple):
    """An interval that becomes final."""

    start: int
    by_contacts: bool
    """Whether its feed is contacts."""
    has_data: bool
    day: OpenDay | None
    """The open day that it belongs to."""
    reference: Reference
    """Its plan, and the queue's statistics."""
    own_word_ms: int = NEVER
    """The last contact in a final interval, whichever source it came from."""


class Verdict(NamedTuple):
    """The sources of a queue in an interval."""

    silent: dict[str, int]
    """Those that did not speak for too long, each with its last word; an empty name: the queue itself."""
    spoke: tuple[str, ...] = ()
    """Those that spoke in it."""
    throughs: Mapping[str, int] = {}
    """The last `through` of each that was silent, in milliseconds."""


class Judged(Protocol):
    """The part of a final interval that says which sources were silent in it."""

    silent: dict[str, int] | None
    reference: Reference


class Silence:
    """Words of the sources that feed one queue.

    Args:
        state: from the manifest; kept up to date in place.
        calendar: where the queue's intervals lie.
        settings_at: the settings in force for an interval's start.
        planning: the contacts that an interval should have, and those that should have come since the last one.
        absent_is_missing: sources of interval rows that write a row for every interval, be it of zeros.
    """

    def __init__(
        self,
        state: SilenceState,
        calendar: Calendar,
        settings_at: Callable[[int], QueueSettings],
        planning: PlanAndStaffing,
        absent_is_missing: Collection[str],
    ) -> None:
        self.state = state
        self._calendar = calendar
        self._settings_at = settings_at
        self._length = settings_at(-NEVER).interval_ms
        self._phase = calendar.phase_ms
        self._correction_ms = settings_at(-NEVER).correction_ms
        self._planning = planning
        self._absent_is_missing = absent_is_missing
        self._source = ""
        """Whose call data was noted last, in the open interval from `_begin` to `_end`."""
        self._data: dict[int, int] = {}
        self._begin = self._end = 0

    # --- words --------------------------------------------------------------------------------------

    def end_of(self, ms: int) -> int:
        """End of the interval that a word lies in: after its start, up to its end."""
        return ms + -(ms + self._phase) % self._length

    def note(self, source: str, ms: int, closed_through: int) -> None:
        """Note call data of a source and its event time."""
        if self._begin < ms <= self._end and source == self._source:  # the hot path: as the last time
            self._data[self._end] = max(self._data[self._end], ms)
            return
        words = self.state.sources.get(source)
        if words is None:
            if len(self.state.sources) >= _SOURCES and not self._make_room(ms):
                return
            words = self.state.sources[source] = SourceWords()
        end = self.end_of(ms)
        if end <= closed_through:
            words.data_ms = max(words.data_ms, ms)  # as a word, `correct` takes it in
            return
        words.data[end] = max(ms, words.data.get(end, ms))
        self._source, self._data, self._begin, self._end = source, words.data, end - self._length, end

    def _make_room(self, ms: int) -> bool:
        sources = self.state.sources
        self._end = self._begin
        for name in [name for name, words in sources.items() if words.last_data(1 << 62) < ms - self._correction_ms]:
            del sources[name]
        return len(sources) < _SOURCES

    def hear(self, source: str, through: int, closed_through: int) -> bool | None:
        """Hear a `feed` record; whether it says anything new, None where the source does not feed the queue."""
        words = self.state.sources.get(source)
        if words is None or through - words.last_data(1 << 62) > self._correction_ms:
            return None
        news = through > words.through_ms
        words.through_ms = max(words.through_ms, through)
        self.state.through_ms = max(self.state.through_ms, through)
        end = self.end_of(through)
        if end <= closed_through:
            words.heard_ms = max(words.heard_ms, through)
        elif words.words.get(end, NEVER) < through:
            words.words[end] = through
            news = True
        return news

    def last_word(self, end: int) -> int:
        """The last `through` or call data up to `end` of any source that feeds the queue."""
        return max((words.last_word(end) for words in self.state.sources.values()), default=NEVER)

    def passed_end(self) -> int:
        """End of the last interval that a source has passed."""
        through = self.state.through_ms
        return NEVER if through == NEVER else through - (through + self._phase) % self._length

    # --- judgement ----------------------------------------------------------------------------------

    def judge(self, closing: Closing) -> Verdict:
        """Ask the sources of an interval that becomes final."""
        self.pass_through(closing.start)
        end = closing.start + self._length
        asked = list(self._asked(end))
        spoke = tuple(name for name, words in asked if end in words.data or end in words.words)
        if closing.day is None or (closing.has_data and len(asked) < 2):
            return Verdict({}, spoke)
        if asked:
            silent = {name: words.last_word(end) for name, words in asked if self._is_silent(name, words, closing)}
        else:
            silent = {"": closing.own_word_ms} if self._is_dead(closing) else {}
        if silent:
            self.state.silent_through = max(self.state.silent_through, end)
        throughs = {name: words.last_through(end) for name, words in asked if name in silent}
        return Verdict(silent, spoke, {name: ms for name, ms in throughs.items() if ms != NEVER})

    def _asked(self, end: int) -> Iterator[tuple[str, SourceWords]]:
        """The sources that feed the queue in an interval and speak."""
        for name, words in self.state.sources.items():
            if words.through_ms != NEVER and words.last_data(end) >= end - self._correction_ms:
                yield name, words

    def _is_silent(self, name: str, words: SourceWords, closing: Closing) -> bool:
        end = closing.start + self._length
        if end in words.data:
            return False
        if not closing.by_contacts:
            return end not in words.words or name in self._absent_is_missing
        contacts, unknown = self._expected_since(words, closing)
        return self._is_long(words.last_word(end), contacts, closing, unknown=unknown)

    def _is_dead(self, closing: Closing) -> bool:
        """Whether a queue that speaks for itself is silent."""
        if not closing.by_contacts:
            return True
        if closing.own_word_ms == NEVER:
            return False
        expected, state = self._planning.expected(closing.start, closing.reference), self._planning.state
        contacts, unknown = state.silent_contacts + (expected or 0.0), state.silent_unknown or expected is None
        return self._is_long(closing.own_word_ms, contacts, closing, unknown=unknown)

    def _expected_since(self, words: SourceWords, closing: Closing) -> tuple[float, bool]:
        """Contacts that should have come since the last word, and whether that is not known of all the time."""
        expected = self._planning.expected(closing.start, closing.reference)
        end = closing.start + self._length
        word = words.last_word(end)
        if word >= closing.start:
            return (end - word) / self._length * (expected or 0.0), expected is None
        return words.contacts + (expected or 0.0), words.unknown or expected is None

    def _is_long(self, word: int, contacts: float, closing: Closing, *, unknown: bool) -> bool:
        """Whether a silence since `word` is longer than chance, given the contacts that should have come."""
        silent_ms = self._calendar.open_between(word, closing.start + self._length)
        if silent_ms < self._settings_at(closing.start).silent_after_ms:
            return False
        if contacts >= SILENT_CONTACTS * closing.reference.dispersion:
            return True
        return unknown and closing.day is not None and silent_ms >= closing.day.open_ms

    # --- words after the deadline -------------------------------------------------------------------

    def correct(
        self,
        source: str,
        word: int,
        closed_through: int,
        closed: Callable[[int], Judged],
        by_contacts: Callable[[int], bool],
    ) -> list[int]:
        """Take in a word that came after the deadline of its interval.

        Args:
            source: whose it is.
            word: its event time.
            closed_through: end of the last final interval.
            closed: a final interval by its start.
            by_contacts: whether an interval's feed is contacts.

        Returns:
            The starts of the intervals that it was silent in, and has a later word of now.
        """
        words, end = self.state.sources.get(source), self.end_of(word)
        if words is None or end > closed_through or (word <= words.word_ms and end > self.state.silent_through):
            return []
        contacts, unknown, corrected = 0.0, False, []
        for start in self._calendar.open_starts(end - self._length, closed_through):
            interval = closed(start)
            expected = self._planning.expected(start, interval.reference)
            contacts += min(1.0, (start + self._length - word) / self._length) * (expected or 0.0)
            unknown = unknown or expected is None
            if interval.silent and word > interval.silent.get(source, word):
                day = self._calendar.open_day(start)
                closing = Closing(start, by_contacts(start), has_data=False, day=day, reference=interval.reference)
                if by_contacts(start):
                    silent = self._is_long(word, contacts, closing, unknown=unknown)
                else:
                    silent = start + self._length != end or source in self._absent_is_missing
                if silent:
                    interval.silent[source] = word
                else:
                    del interval.silent[source]
                corrected.append(start)
        if word > words.word_ms:
            words.word_ms, words.contacts, words.unknown = word, contacts, unknown
        return corrected

    # --- final intervals ----------------------------------------------------------------------------

    def settle(self, closing: Closing) -> None:
        """Take in an interval that has become final."""
        if closing.start + self._length >= self._end:
            self._end = self._begin
        for words in self.state.sources.values():
            if closing.by_contacts and closing.day is not None:
                words.contacts, words.unknown = self._expected_since(words, closing)
            _pass(words, closing.start + self._length)

    def pass_through(self, end: int) -> None:
        """Let every interval that ends by `end` be final; those that had a row are settled already."""
        if end >= self._end:
            self._end = self._begin
        for words in self.state.sources.values():
            if words.last_word(end) > words.word_ms:
                words.contacts, words.unknown = 0.0, False
            _pass(words, end)


def _pass(words: SourceWords, end: int) -> None:
    if words.data or words.words:
        words.word_ms, words.data_ms = words.last_word(end), words.last_data(end)
        words.heard_ms = words.last_through(end)
        for held in (words.data, words.words):
            for at in [at for at in held if at <= end]:
                del held[at]

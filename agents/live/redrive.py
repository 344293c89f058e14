"""Dead letters sent again: the original records, from their places in the log, to where they belong now.

A letter shows at most 4 KiB of a record, so the record is read where it was refused. Records and the marks that they
were sent are written in one transaction, and one redrive at a time may write: so a record is sent once, however often
and wherever the command is run or stopped. The mark is the letter once more, with a header, behind it in its own topic.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from agents.live.dead_letters import REDRIVEN, Letter, count_kinds, kind_of, letters_of_topic, value_digest
from streams.codec import DEAD_LETTER_BYTES
from streams.kafka.reader import LogMessage, TopicReader
from streams.kafka.transactions import Outbound, Transactions
from streams.message_parts import UNREADABLE, Parts
from streams.topics import TOPIC_CALL_DATA, TOPIC_DEAD_LETTERS, TopicNames

__all__ = ["Redriven", "redrive"]

_APART: Final = 1_000
"""Offsets that may lie between two letters that are read in one go."""
_BATCH: Final = 500
"""Records of one transaction."""
_NAMELESS: Final = "records that name no queue"


class _Queue(msgspec.Struct):
    queue: str = ""
    type: str = ""


_QUEUE: Final = msgspec.json.Decoder(_Queue)


@dataclass
class Redriven:
    """The outcome of a redrive."""

    sent: int = 0
    gone: list[Letter] = field(default_factory=list)
    """Letters whose messages are no longer in the topic."""
    left: dict[str, int] = field(default_factory=dict)
    """By why they were not sent: numbers of letters."""

    def leave(self, why: str) -> None:
        """Count a letter that is not sent."""
        self.left[why] = self.left.get(why, 0) + 1


def redrive(
    url: str,
    security: Mapping[str, str],
    names: TopicNames,
    *,
    reason: str | None = None,
    queue: str | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> Redriven:
    """Send the records of dead letters again.

    Args:
        url: `kafka://host:port[,host:port]`.
        security: the configuration's `kafka.security`.
        names: of the topics in force; records go to their input topic.
        reason: only letters of this kind.
        queue: only records of this queue.
        progress: told of the number of letters dealt with.

    Raises:
        UserError: the broker fails, or another redrive began meanwhile.
    """
    done = Redriven()
    # Begun first: what an earlier redrive left half done is undone, and what it did is marked.
    with Transactions(url, security, f"{names.group}-redrive") as transactions, TopicReader(url, security) as reader:
        topics = reader.topics()
        letters_topic = names.of(TOPIC_DEAD_LETTERS)
        spans = reader.bounds(letters_topic, topics.get(letters_topic, 0))
        _, letters = count_kinds(letters_of_topic(reader.read(letters_topic, spans)))
        wanted = [letter for letter in letters.values() if reason in {None, kind_of(letter.reason)}]
        for (topic, partition), held in _by_partition(wanted, names.prefix, done).items():
            pending: list[tuple[Letter, bytes, bytes]] = []
            for letter, message in _originals(reader, topics, topic, partition, held):
                progress(1)
                found = "" if message is None else _record(letter, message)
                if message is None:
                    done.gone.append(letter)
                elif isinstance(found, str):
                    done.leave(found)
                elif queue is None or found[0] == queue.encode():
                    pending.append((letter, *found))
                if len(pending) >= _BATCH:
                    _send(transactions, names, pending, done)
            _send(transactions, names, pending, done)
    return done


def _by_partition(letters: Sequence[Letter], prefix: str, done: Redriven) -> dict[tuple[str, int], list[Letter]]:
    """Letters of messages of an input topic, also of an earlier generation, by where those lie."""
    own = re.compile(rf"{re.escape(prefix)}{TOPIC_CALL_DATA}(-g[0-9]+)?")
    found: dict[tuple[str, int], list[Letter]] = defaultdict(list)
    for letter in letters:
        topic, partition, _, _ = letter.place
        if partition is None:
            done.leave("rows of a file: correct the file and ingest it again")
        elif own.fullmatch(topic):
            found[topic, partition].append(letter)
        else:
            done.leave("messages of topics that workers write: no feed sent them")
    return found


def _originals(
    reader: TopicReader, topics: Mapping[str, int], topic: str, partition: int, letters: Sequence[Letter]
) -> Iterator[tuple[Letter, LogMessage | None]]:
    """Each letter with its message; None: it is no longer there."""
    low, high = reader.bounds(topic, topics[topic])[partition] if topics.get(topic, 0) > partition else (0, 0)
    by_offset: dict[int, list[Letter]] = defaultdict(list)
    for letter in letters:
        by_offset[letter.place[2]].append(letter)
    for offsets in _runs(sorted(by_offset)):
        span = max(low, offsets[0]), min(high, offsets[-1] + 1)
        for message in reader.read(topic, {partition: span}):
            for letter in by_offset.pop(message.offset, ()):
                yield letter, message
        for offset in offsets:
            for letter in by_offset.pop(offset, ()):
                yield letter, None


def _runs(offsets: Sequence[int]) -> Iterator[list[int]]:
    """Offsets that lie near each other, together."""
    run: list[int] = []
    for offset in offsets:
        if run and offset - run[-1] > _APART:
            yield run
            run = []
        run.append(offset)
    if run:
        yield run


def _record(letter: Letter, message: LogMessage) -> tuple[bytes, bytes] | str:
    """Key and value to send for a letter, or why it is not sent.

    The neighbours of a refused record have counted, and are not sent again: of copies that differ at the same time
    stamp the later one in the log wins, so an old one must not come back.
    """
    value = message.value or b""
    whole = value[:DEAD_LETTER_BYTES].decode("utf-8", "replace")
    if value.lstrip()[:1] == b"[" and value_digest(whole) != letter.digest:
        try:
            value = bytes(Parts(value).all[letter.place[3]])
        except (*UNREADABLE, IndexError):
            return _NAMELESS
    queue, kind = _named(value)
    key = queue.encode() or message.key
    if kind == "tick" or (kind == "feed" and not key):
        return "ticks and words to every queue: later ones say more"
    return (key, value) if key and value else _NAMELESS


def _named(value: bytes) -> tuple[str, str]:
    """The queue and the type that a record names, empty where it is none or an array."""
    try:
        record = _QUEUE.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "", ""
    return record.queue, record.type


def _send(
    transactions: Transactions, names: TopicNames, pending: list[tuple[Letter, bytes, bytes]], done: Redriven
) -> None:
    """Send records and the marks that they were sent, both or neither; `pending` is empty then."""
    if not pending:
        return
    messages: list[Outbound] = []
    for letter, key, value in pending:
        topic, partition, offset, index = letter.place
        mark: dict[str, Any] = {
            "topic": topic,
            "partition": partition,
            "offset": offset,
            "reason": letter.reason,
            "value": value[:DEAD_LETTER_BYTES].decode("utf-8", "replace"),
            "index": index,
        }
        messages.append((names.of(TOPIC_CALL_DATA), key, value, ()))
        messages.append(
            (names.of(TOPIC_DEAD_LETTERS), f"{partition}/{offset}".encode(), msgspec.json.encode(mark), (REDRIVEN,))
        )
    transactions.send(messages)
    done.sent += len(pending)
    pending.clear()

"""A reader of results, breaches and the journal, for a process that only shows them (`intervalwatch web`).

It reads all partitions of its topics and takes no part in the workers' consumer group. So any number of wallboards
can run beside any number of workers.
"""

from collections.abc import Mapping

from confluent_kafka import Message

from dashboards.wallboard.state import View
from streams.kafka.follower import LogFollower
from streams.own_messages import Unreadable, read_row
from streams.told.queue_interval import decode_queue_interval
from streams.topics import TOPIC_AHEAD, TOPIC_BREACHES, TOPIC_JOURNAL, TOPIC_QUEUE_INTERVALS, TOPIC_RESULTS

__all__ = ["TopicFollower"]


class TopicFollower(LogFollower):
    """Feeds a view from the workers' topics; the view is touched in the loop that made it only.

    Args:
        view: the view that is fed.
        bootstrap: the brokers, `host:port[,host:port]`.
        prefix: the prefix of the topics' names.
        security: the configuration's `kafka.security`.
        since_ms: messages appended before it are not read.
    """

    def __init__(self, view: View, bootstrap: str, prefix: str, security: Mapping[str, str], since_ms: int) -> None:
        # The journal is read whole: who copies it must know how far its topic goes.
        since = {
            f"{prefix}{TOPIC_RESULTS}": since_ms,
            f"{prefix}{TOPIC_BREACHES}": since_ms,
            f"{prefix}{TOPIC_JOURNAL}": 0,
            f"{prefix}{TOPIC_AHEAD}": since_ms,
            f"{prefix}{TOPIC_QUEUE_INTERVALS}": since_ms,
        }
        may_miss = {f"{prefix}{topic}" for topic in (TOPIC_AHEAD, TOPIC_QUEUE_INTERVALS)}
        super().__init__(bootstrap, since, security, self._show, self._end, may_miss)
        self._view = view
        self._prefix = prefix
        self._unreadable = Unreadable()
        self._entries = 0
        self._is_at_end = False

    def known_entries(self) -> int | None:
        """The greatest number of an entry of the journal that was read; None: the topics are not read to their end."""
        return self._entries if self._is_at_end else None

    def _end(self) -> None:
        self._is_at_end = True

    def _show(self, messages: list[Message]) -> None:
        for message in messages:
            topic = (message.topic() or "").removeprefix(self._prefix)
            try:
                if topic == TOPIC_AHEAD:
                    self._view.outlooks.put_message(message.value())
                    continue
                if topic == TOPIC_QUEUE_INTERVALS:
                    self._view.groups.told(decode_queue_interval(message.value() or b""))
                    continue
                row = read_row(topic, message.value())
                if topic == TOPIC_BREACHES:
                    self._view.breach(row)
                elif topic == TOPIC_JOURNAL:
                    self._entries = max(self._entries, int(row["number"]))
                    self._view.journal(row)
                else:
                    self._view.result(row)
            except Exception as error:  # noqa: BLE001 - one message must not cost the screens those beside it
                self._unreadable.note(topic, message.partition() or 0, message.offset() or 0, error)

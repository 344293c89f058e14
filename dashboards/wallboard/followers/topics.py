"""A reader of the workers' results and breaches, for a process that only shows them (`intervalwatch web`).

It reads all partitions of both topics and takes no part in the workers' consumer group. So any number of wallboards
can run beside any number of workers.
"""

from collections.abc import Mapping

from confluent_kafka import Message

from dashboards.wallboard.state import View
from streams.kafka.follower import LogFollower
from streams.own_messages import Unreadable, read_row
from streams.topics import TOPIC_BREACHES, TOPIC_RESULTS

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
        topics = [f"{prefix}{name}" for name in (TOPIC_RESULTS, TOPIC_BREACHES)]
        super().__init__(bootstrap, topics, security, since_ms, self._show)
        self._view = view
        self._prefix = prefix
        self._unreadable = Unreadable()

    def _show(self, messages: list[Message]) -> None:
        for message in messages:
            topic = (message.topic() or "").removeprefix(self._prefix)
            try:
                row = read_row(topic, message.value())
                if topic == TOPIC_BREACHES:
                    self._view.breach(row)
                else:
                    self._view.result(row)
            except Exception as error:  # noqa: BLE001 - one message must not cost the screens those beside it
                self._unreadable.note(topic, message.partition() or 0, message.offset() or 0, error)

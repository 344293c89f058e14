"""The reader of the workers' topics for `web`: bad messages, and topics that are just being made."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from history_rows import a_day

from config.errors import UserError
from config.settings import load
from dashboards.wallboard.followers.topics import TopicFollower
from dashboards.wallboard.state import View
from streams.topics import TOPIC_BREACHES, TOPIC_RESULTS


class Message:
    """A message as librdkafka gives it."""

    def __init__(self, topic: str, value: bytes | None) -> None:
        self.given = topic, value

    def topic(self) -> str:
        """Its topic."""
        return self.given[0]

    def value(self) -> bytes | None:
        """Its value."""
        return self.given[1]

    def error(self) -> None:
        """It is none."""

    def partition(self) -> int:
        """Its place."""
        return 0

    offset = partition


@pytest.fixture
def view(tmp_path: Path) -> View:
    """A view of no configured queue."""
    path = tmp_path / "monitor.yaml"
    path.write_text("site: {timezone: UTC, interval_minutes: 30}\n", encoding="utf-8")
    return View(load([path]))


async def test_bad_messages_cost_the_screens_none_of_the_good_ones(view: View) -> None:
    """Null, junk and a wrong shape stand before, between and after results: every result is shown."""
    follower = TopicFollower(view, "127.0.0.1:1", "iw-", {}, 0)
    bad = [None, b"", b"junk\xff", b"[]", b"17", b'{"queue": 1, "revision": 1}', b'{"queue": "sales"}']
    values: list[bytes | None] = [*bad]
    for row in a_day():
        values += [json.dumps(row | {"position": 0}).encode(), *bad]
    messages: list[Any] = [Message(f"iw-{TOPIC_RESULTS}", value) for value in values]
    messages += [Message(f"iw-{TOPIC_BREACHES}", value) for value in bad]
    follower._show(messages)
    assert len(list(view.results())) == len(a_day())
    assert follower._unreadable.messages == {TOPIC_RESULTS: len(bad) * (len(a_day()) + 1), TOPIC_BREACHES: len(bad)}
    follower._consumer.close()


async def test_topics_that_are_just_being_made_are_waited_for(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    """A topic without a leader ends nothing: health says what is waited for, and reading begins once it has one."""
    follower = TopicFollower(view, "127.0.0.1:1", "iw-", {}, 0)
    answers = [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.UNKNOWN_TOPIC_OR_PART]

    def places(*_: object) -> list[TopicPartition]:
        if answers:
            raise KafkaException(KafkaError(answers.pop()))
        return []

    monkeypatch.setattr(TopicFollower, "_from_since", places)
    monkeypatch.setattr("streams.kafka.follower._RETRY_SECONDS", 0.01)
    follower.start()
    assert not follower.health()[0]
    async with asyncio.timeout(10):
        while not follower.health()[0]:  # noqa: ASYNC110 - another thread tells nobody
            await asyncio.sleep(0.01)
    assert answers == []
    follower.stop()


async def test_a_broker_that_refuses_is_told_at_once(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the right to read the topics `web` ends with the reason."""
    follower = TopicFollower(view, "127.0.0.1:1", "iw-", {}, 0)

    def places(*_: object) -> list[TopicPartition]:
        raise KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    monkeypatch.setattr(TopicFollower, "_from_since", places)
    with pytest.raises(UserError, match="topics of results cannot be read"):
        follower.start()
    follower.stop()

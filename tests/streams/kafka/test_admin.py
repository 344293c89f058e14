"""On the embedded broker topics make themselves; how they are made and judged on a real one is a live test."""

import pytest

from config.errors import UserError
from streams.kafka.admin import ensure_topics
from streams.kafka.broker import EmbeddedBroker


def test_the_embedded_broker_needs_no_topics_made() -> None:
    """The worker learns the number of partitions that it will find, whichever number was asked for."""
    with EmbeddedBroker() as broker:
        assert ensure_topics(broker.url, partitions=12, replication=3, changelogs=[("state", {})]) == 4


def test_without_a_broker_no_topic_is_made() -> None:
    """The one line that names the address, as everywhere."""
    with EmbeddedBroker() as broker:
        url = broker.url
    with pytest.raises(UserError, match=rf"^{url}: no broker answers there"):
        ensure_topics(url, partitions=4)

"""The worker's topics, made here for every command that may be the first to meet the broker."""

from typing import NamedTuple

from config.servers import KafkaSettings
from config.settings import Configuration
from streams.kafka.admin import ensure_topics
from streams.kafka.broker import require_reachable
from streams.topics import APP_ID, TABLE, TopicNames, generation_of

__all__ = ["APP_ID", "TABLE", "MadeTopics", "make_topics", "names_on"]


class MadeTopics(NamedTuple):
    """The topics of a site that are in force."""

    names: TopicNames
    partitions: int
    """Those of the input topic, and so of the state."""


def names_on(configuration: Configuration | None, url: str) -> TopicNames:
    """The names that the site's topics have on a broker, whether they are made or not.

    Args:
        configuration: what is set; None: no prefix, and an open broker.
        url: `kafka://host:port[,host:port]`.

    Raises:
        UserError: the broker cannot be reached.
    """
    kafka = KafkaSettings() if configuration is None else configuration.kafka
    broker = require_reachable(url, kafka.security)
    return TopicNames(kafka.topic_prefix, generation_of(broker.topics, kafka.topic_prefix))


def make_topics(configuration: Configuration, url: str) -> MadeTopics:
    """Make the topics that are not there.

    Raises:
        UserError: the broker cannot be reached, or a topic that is there will not do.
    """
    kafka, names = configuration.kafka, names_on(configuration, url)
    partitions = ensure_topics(
        url,
        partitions=kafka.partitions,
        prefix=names.prefix,
        generation=names.generation,
        replication=kafka.replication,
        security=kafka.security,
        changelogs=[(names.changelog.removeprefix(names.prefix), {"cleanup.policy": "compact"})],
    )
    return MadeTopics(names, partitions)

"""The worker's topics, made here for every command that may be the first to meet the broker."""

from typing import Final

from config.settings import Configuration
from streams.kafka.admin import ensure_topics

__all__ = ["APP_ID", "TABLE", "make_topics"]

APP_ID: Final = "intervalwatch"
"""The consumer group of workers, less the topic prefix."""
TABLE: Final = "state"


def make_topics(configuration: Configuration, url: str) -> int:
    """Make the topics that are not there; the number of partitions of the input topic.

    Raises:
        UserError: the broker cannot be reached, or a topic that is there will not do.
    """
    kafka = configuration.kafka
    return ensure_topics(
        url,
        partitions=kafka.partitions,
        prefix=kafka.topic_prefix,
        replication=kafka.replication,
        security=kafka.security,
        changelogs=[(f"{APP_ID}-{TABLE}-changelog", {"cleanup.policy": "compact"})],
    )

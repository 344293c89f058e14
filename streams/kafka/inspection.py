"""Faults of the topics of a running broker, for `check --broker`.

A queue in two partitions, a topic that loses a backfill, state whose partitions are not its input's: each is quiet
until figures are wrong. So each can be looked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final

from streams.kafka.admin import connect_admin, refusals_told, topic_settings
from streams.kafka.partitioner import partition_of
from streams.kafka.reader import TopicReader

__all__ = ["inspect_topics"]

_SAMPLE: Final = 1_000
"""Newest offsets of each partition whose keys are looked at."""
_NAMED: Final = 5
"""Keys that are named at most."""
_TIMESTAMPS: Final = "message.timestamp.type"


def inspect_topics(
    url: str,
    security: Mapping[str, str],
    *,
    partitions: int,
    tied: Sequence[str],
    settings_too: bool = True,
) -> Iterator[str]:
    """Name what is wrong, a line each.

    Args:
        url: `kafka://host:port[,host:port]`.
        security: the configuration's `kafka.security`.
        partitions: of each of the topics, as the configuration wants it.
        tied: full names of the topics that hold or feed state; the input first.
        settings_too: whether topics have settings; those of the embedded broker have none.
    """
    with TopicReader(url, security) as reader:
        found = reader.topics()
        there = [name for name in tied if name in found]
        for name in tied:
            if name not in found:
                yield f"topic {name} is not there yet; a worker or ingest makes it"
            elif found[name] != partitions:
                yield (
                    f"topic {name} has {found[name]} partitions and {partitions} are wanted: state would not be found; "
                    f"see intervalwatch topics --grow"
                )
        if tied[0] in found:
            yield from _astray(reader, tied[0], found[tied[0]])
    if there and settings_too:
        yield from _settings(url, security, there)


def _astray(reader: TopicReader, topic: str, partitions: int) -> Iterator[str]:
    """The keys among the newest messages that lie in another partition than their own."""
    bounds = reader.bounds(topic, partitions)
    spans = {at: (max(low, high - _SAMPLE), high) for at, (low, high) in bounds.items()}
    found: dict[bytes, set[int]] = {}
    for message in reader.read(topic, spans):
        if message.key and partition_of(message.key, partitions) != message.partition:
            found.setdefault(message.key, set()).add(message.partition)
    for key, places in sorted(found.items())[:_NAMED]:
        where = ", ".join(map(str, sorted(places)))
        yield (
            f"topic {topic}: key {key.decode('utf-8', 'replace')[:100]!r} lies in partition {where} and belongs in "
            f"{partition_of(key, partitions)}; set its producer's partitioner to murmur2 "
            f"(librdkafka: partitioner=murmur2_random)"
        )
    if len(found) > _NAMED:
        yield f"topic {topic}: {len(found) - _NAMED} more keys lie in a wrong partition"


def _settings(url: str, security: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    """Topics that the broker does not stamp as it appends, and state that is not compacted."""
    with refusals_told(url), closing(connect_admin(url, security)) as admin:
        settings = {name: topic_settings(admin, name) for name in names}
    for name, found in settings.items():
        if found.get(_TIMESTAMPS) != "LogAppendTime":
            yield (
                f"topic {name} has {_TIMESTAMPS}={found.get(_TIMESTAMPS)}; set LogAppendTime (kafka-configs --alter "
                f"--topic {name} --add-config {_TIMESTAMPS}=LogAppendTime)"
            )
        changelog = name.endswith("-changelog")
        if changelog != (found.get("cleanup.policy") == "compact"):
            yield (
                f"topic {name} has cleanup.policy={found.get('cleanup.policy')}; "
                f"set {'compact' if changelog else 'delete'}"
            )

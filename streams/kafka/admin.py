"""Topics as they must be, made before anybody writes: partitions, retention, timestamps.

Two traps make this a module. Kafka deletes by record timestamp, so a backfill stamped with its event times is gone
within minutes; hence the broker stamps records as it appends them. And state follows its queue by partition number,
so the input and the state's changelog have the same number of partitions, for ever.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

from confluent_kafka import KafkaError as ClientError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from config.errors import UserError
from streams.kafka.broker import EMBEDDED_PARTITIONS, parse_broker_url, require_reachable
from streams.kafka.security import security_for_kafka_python, security_for_librdkafka
from streams.topics import (
    TOPIC_AHEAD,
    TOPIC_BREACHES,
    TOPIC_CALL_DATA,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_JOURNAL,
    TOPIC_PROGRAM_DAYS,
    TOPIC_PROJECTIONS,
    TOPIC_QUEUE_INTERVALS,
    TOPIC_RESULTS,
    TopicNames,
)

__all__ = [
    "connect_admin",
    "copies_of",
    "create_topics",
    "ensure_topics",
    "group_members",
    "refusals_told",
    "topic_settings",
    "wanted_settings",
]

_DAY_MS: Final = 86_400_000
_RETENTION_DAYS: Final = {
    # A month: what a late correction, a rebuilt history or a question about yesterday may need again.
    TOPIC_CALL_DATA: 31,
    TOPIC_RESULTS: 31,
    TOPIC_BREACHES: 31,
    TOPIC_DEAD_LETTERS: 31,
    TOPIC_EVALUATIONS: 31,
    TOPIC_PROJECTIONS: 31,
    # Only the newest is of use.
    TOPIC_AHEAD: 1,
    # A quarter: rules over a month start again from its first day.
    TOPIC_PROGRAM_DAYS: 92,
    TOPIC_QUEUE_INTERVALS: 31,
}
_TIMESTAMPS: Final = "message.timestamp.type"
_BY_BROKER: Final = "LogAppendTime"
_TIMEOUT_MS: Final = 30_000
_RETRY_SECONDS: Final = 0.2


def ensure_topics(
    url: str,
    *,
    partitions: int,
    prefix: str = "",
    generation: int = 1,
    replication: int = 1,
    security: Mapping[str, str] | None = None,
    changelogs: Sequence[tuple[str, Mapping[str, str]]] = (),
) -> int:
    """Make the topics that are not there, and look whether those that are will do.

    On the embedded broker topics make themselves: nothing is done.

    Args:
        url: `kafka://host:port[,host:port]`.
        partitions: of each topic.
        prefix: put before each name.
        generation: of the topics that hold or feed state.
        replication: copies of each partition.
        security: the configuration's `kafka.security`.
        changelogs: name (without the prefix) and topic configuration of topics that state rests in.

    Returns:
        The number of partitions that the input topic has.

    Raises:
        UserError: the broker cannot be reached or refuses, a topic that holds or feeds state has another number of
            partitions, or the input topic would lose backfilled records.
    """
    broker = require_reachable(url, security)
    if broker.embedded:
        return EMBEDDED_PARTITIONS
    names = TopicNames(prefix, generation)
    tied = [
        names.of(TOPIC_CALL_DATA),
        names.of(TOPIC_PROGRAM_DAYS),
        names.of(TOPIC_QUEUE_INTERVALS),
        *(f"{prefix}{name}" for name, _ in changelogs),
    ]
    wanted = wanted_settings(names, replication, {f"{prefix}{name}": config for name, config in changelogs})
    with refusals_told(url), closing(connect_admin(url, security or {})) as admin:
        found = _partitions(admin, list(wanted))
        _require_equal(url, tied, found)
        missing = {name: config for name, config in wanted.items() if name not in found}
        if missing:
            journal = names.of(TOPIC_JOURNAL)
            single = {name: config for name, config in missing.items() if name == journal}
            many = {name: config for name, config in missing.items() if name != journal}
            for topics, count in ((many, partitions), (single, 1)):
                if topics:
                    create_topics(url, admin, topics, count, replication)
            found = _partitions(admin, list(wanted))
        for name in tied:
            if found[name] != partitions:
                raise UserError(
                    f"{url}: topic {name} has {found[name]} partitions and the configuration wants {partitions}; "
                    f"set kafka.partitions to {found[name]}, or another kafka.topic_prefix to begin anew "
                    f"(more partitions: intervalwatch topics --grow)"
                )
        _require_lasting(url, admin, tied[0])
    return partitions


def wanted_settings(
    names: TopicNames, replication: int, changelogs: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """The configuration of every topic by its full name, as it is made.

    Args:
        names: of the topics.
        replication: copies of each partition.
        changelogs: full names of topics that state rests in, with configuration of their own.
    """
    wanted = {
        names.of(name): {_TIMESTAMPS: _BY_BROKER, "retention.ms": str(days * _DAY_MS)}
        for name, days in _RETENTION_DAYS.items()
    }
    # The words of people are kept for ever: they are few, and a new history is filled with them.
    wanted[names.of(TOPIC_JOURNAL)] = {_TIMESTAMPS: _BY_BROKER, "retention.ms": "-1"}
    wanted |= {name: {_TIMESTAMPS: _BY_BROKER, **config} for name, config in changelogs.items()}
    if replication > 2:
        # One copy may be away, and still nothing acknowledged is held by one machine alone.
        wanted = {name: {"min.insync.replicas": "2", **config} for name, config in wanted.items()}
    return wanted


def _require_equal(url: str, tied: Sequence[str], found: Mapping[str, int]) -> None:
    """Refuse topics that were there before with unequal partitions: somebody has increased those of one."""
    there = [name for name in tied if name in found]
    if len({found[name] for name in there}) > 1:
        shown = ", ".join(f"{name} {found[name]}" for name in there)
        raise UserError(
            f"{url}: numbers of partitions differ ({shown}): somebody has increased some, and queues would lose their "
            f"state; intervalwatch topics --grow {max(found[name] for name in there)} carries it over"
        )


def group_members(url: str, security: Mapping[str, str], group: str) -> int:
    """How many consumers are in a group; 0 where there is no such group.

    Raises:
        UserError: the broker does not say.
    """
    client = AdminClient(
        {
            "bootstrap.servers": ",".join(parse_broker_url(url)),
            "log_level": 0,
            **security_for_librdkafka(security),
        }
    )
    deadline = time.monotonic() + _TIMEOUT_MS / 1000
    while True:
        try:
            found = client.describe_consumer_groups([group], request_timeout=_TIMEOUT_MS / 1000)[group].result()
        except KafkaException as error:
            if error.args[0].code() == ClientError.GROUP_ID_NOT_FOUND:
                return 0
            # The first to ask a broker for any group finds it making its place for groups.
            if time.monotonic() >= deadline:
                raise UserError(f"{url}: the broker does not tell of group {group} ({error.args[0].str()})") from error
            time.sleep(_RETRY_SECONDS)
        else:
            return len(found.members)


def copies_of(admin: Any, name: str) -> int:  # noqa: ANN401 - kafka-python has no types
    """How many copies each partition of a topic has."""
    (topic,) = admin.describe_topics([name])
    return len(topic["partitions"][0]["replica_nodes"])


def connect_admin(url: str, security: Mapping[str, str]) -> Any:  # noqa: ANN401 - kafka-python has no types
    """kafka-python's client for administrators; to be closed."""
    return KafkaAdminClient(
        bootstrap_servers=parse_broker_url(url),
        client_id="intervalwatch",
        request_timeout_ms=_TIMEOUT_MS,
        bootstrap_timeout_ms=_TIMEOUT_MS,
        **security_for_kafka_python(security),
    )


@contextmanager
def refusals_told(url: str) -> Iterator[None]:
    """Turn what the broker refuses an administrator into one line.

    Raises:
        UserError: it refused.
    """
    try:
        yield
    except KafkaError as error:
        raise UserError(f"{url}: the broker would not show or make the topics ({_words(error)})") from error


def _partitions(admin: Any, names: list[str]) -> dict[str, int]:  # noqa: ANN401 - as above
    """Number of partitions of those of `names` that exist."""
    found: dict[str, int] = {}
    for topic in admin.describe_topics(names):
        error = for_code(topic["error_code"])
        if topic["error_code"] == 0:
            found[topic["name"]] = len(topic["partitions"])
        elif error is not UnknownTopicOrPartitionError:
            raise error(topic["name"])
    return found


def create_topics(
    url: str,
    admin: Any,  # noqa: ANN401 - as above
    topics: Mapping[str, Mapping[str, str]],
    partitions: int,
    replication: int,
) -> None:
    """Make topics, unless somebody has just done so.

    Args:
        url: for messages.
        admin: of `connect_admin`.
        topics: their configuration by full name.
        partitions: of each.
        replication: copies of each partition.

    Raises:
        UserError: the broker refuses.
    """
    answer = admin.create_topics(
        {
            name: {"num_partitions": partitions, "replication_factor": replication, "configs": dict(config)}
            for name, config in topics.items()
        },
        raise_errors=False,
    )
    for topic in answer["topics"]:
        error = for_code(topic["error_code"])
        # Another worker that starts at the same moment may have been quicker.
        if topic["error_code"] != 0 and error is not TopicAlreadyExistsError:
            why = topic.get("error_message") or _words(error())
            raise UserError(f"{url}: topic {topic['name']} could not be made ({why}); see kafka: in the configuration")
    admin.wait_for_topics(list(topics), timeout_ms=_TIMEOUT_MS)


def topic_settings(admin: Any, name: str) -> dict[str, str]:  # noqa: ANN401 - as above
    """A topic's configuration, defaults included."""
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    described = admin.describe_configs([resource], config_filter="all")["topic"].get(name, {})
    return {key: entry["value"] for key, entry in described.items()}


def _require_lasting(url: str, admin: Any, name: str) -> None:  # noqa: ANN401 - as above
    """Refuse an input topic, made by others, from which Kafka would delete backfilled records by their event time."""
    config = topic_settings(admin, name)
    limited = config.get("retention.ms", "-1") != "-1" and "delete" in config.get("cleanup.policy", "delete")
    if config.get(_TIMESTAMPS, _BY_BROKER) != _BY_BROKER and limited:
        raise UserError(
            f"{url}: topic {name} has {_TIMESTAMPS}={config[_TIMESTAMPS]} and retention.ms={config['retention.ms']}, "
            f"so Kafka deletes what is backfilled; set {_TIMESTAMPS}={_BY_BROKER} or retention.ms=-1 on it "
            f"(kafka-configs --alter --topic {name} --add-config {_TIMESTAMPS}={_BY_BROKER})"
        )


def _words(error: Any) -> str:  # noqa: ANN401 - as above
    return " ".join(str(error).split()) or type(error).__name__

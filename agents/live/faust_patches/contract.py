"""Names and signatures of every private thing of Faust, mode and aiokafka that is overridden or used here.

A release that renames one, or gives it another parameter, would lose messages without a word. So names and signatures
are compared when a worker starts, before anything is overridden; the versions are pinned (`pyproject.toml`), and a
test fails on any other.
"""

import importlib
import inspect
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final

from config.errors import UserError

__all__ = ["ATTRIBUTES", "OVERRIDDEN", "TESTED_VERSIONS", "USED", "differences", "require_tested_names"]

TESTED_VERSIONS: Final = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
"""Versions whose sources were read and that the tests ran on: README.md here names the lines."""

_DRIVER: Final = "faust.transport.drivers.aiokafka"
_CONSUMER: Final = "faust.transport.consumer"
_RECOVERY: Final = "faust.tables.recovery"
_SUBSCRIPTIONS: Final = "aiokafka.consumer.subscription_state"

OVERRIDDEN: Final = {
    f"{_DRIVER}:Consumer._new_consumer_thread": "(self)",
    f"{_DRIVER}:Consumer._to_message": "(self, tp, record)",
    f"{_DRIVER}:Consumer.on_partitions_assigned": "(self, assigned, generation_id=0)",
    f"{_DRIVER}:Consumer.on_partitions_revoked": "(self, revoked)",
    f"{_DRIVER}:Consumer.resume_partitions": "(self, tps)",
    f"{_DRIVER}:Consumer.perform_seek": "(self)",
    f"{_DRIVER}:Consumer._new_offset": "(self, tp)",
    f"{_DRIVER}:Consumer._add_gap": "(self, tp, offset_from, offset_to)",
    f"{_DRIVER}:AIOKafkaConsumerThread._create_worker_consumer": "(self, transport)",
    f"{_DRIVER}:AIOKafkaConsumerThread._fetch_records": (
        "(self, consumer, active_partitions, timeout=None, max_records=None)"
    ),
    f"{_DRIVER}:AIOKafkaConsumerThread.on_thread_stop": "(self)",
    f"{_DRIVER}:AIOKafkaConsumerThread.verify_event_path": "(self, now, tp)",
    f"{_DRIVER}:Producer._settings_extra": "(self)",
    f"{_RECOVERY}:Recovery.need_recovery": "(self)",
    f"{_RECOVERY}:Recovery._wait": "(self, coro, timeout=None)",
    "faust.transport.utils:DefaultSchedulingStrategy.iterate": "(self, records)",
}
"""Functions of Faust that are overridden, each with its parameters as tested, less their types."""

USED: Final = {
    f"{_DRIVER}:AIOKafkaConsumerThread._ensure_consumer": "(self)",
    f"{_DRIVER}:Consumer.seek_to_committed": "(self)",
    f"{_DRIVER}:Producer.send": ("(self, topic, key, value, partition, timestamp, headers, *, transactional_id=None)"),
    f"{_DRIVER}:server_list": "(urls, default_port)",
    f"{_DRIVER}:credentials_to_aiokafka_auth": "(credentials=None, ssl_context=None)",
    f"{_DRIVER}:Consumer._is_changelog_tp": "(self, tp)",
    f"{_DRIVER}:Consumer.stop_flow": "(self)",
    f"{_DRIVER}:Consumer.seek_wait": "(self, partitions)",
    f"{_DRIVER}:Consumer.earliest_offsets": "(self, *partitions)",
    "faust.types.tuples:ConsumerMessage.__init__": (
        "(self, topic, partition, offset, timestamp, timestamp_type, headers, key, value, checksum, "
        "serialized_key_size=None, serialized_value_size=None, tp=None, time_in=None, time_out=None, time_total=None, "
        "generation_id=None)"
    ),
    "faust.streams:Stream.noack": "(self)",
    "faust.streams:Stream.events": "(self)",
    "faust.events:Event.ack": "(self)",
    "mode.threads:QueueServiceThread.call_thread": "(self, fun, *args, **kwargs)",
    "aiokafka.client:AIOKafkaClient.force_metadata_update": "(self)",
    "aiokafka.consumer.consumer:AIOKafkaConsumer.last_stable_offset": "(self, partition)",
    "aiokafka.consumer.fetcher:Fetcher._create_fetch_waiter": "(self)",
    f"{_SUBSCRIPTIONS}:Assignment.state_value": "(self, tp)",
}
"""Functions of Faust, mode and aiokafka that are called, likewise."""

ATTRIBUTES: Final = {
    f"{_CONSUMER}:Consumer.__init__": ("_acked", "_acked_index", "_buffered_partitions", "_read_offset"),
    f"{_DRIVER}:Consumer.stop_flow": ("flow_active",),
    f"{_CONSUMER}:ThreadDelegateConsumer.__init__": ("_thread",),
    f"{_DRIVER}:Consumer._drain_messages": ("_add_gap", "_read_offset"),
    f"{_RECOVERY}:Recovery.signal_recovery_start": ("_signal_recovery_start",),
    "aiokafka.consumer.consumer:AIOKafkaConsumer.__init__": ("_client", "_fetch_max_wait_ms", "_isolation_level"),
    "aiokafka.consumer.consumer:AIOKafkaConsumer.start": ("_fetcher",),
    "aiokafka.consumer.fetcher:Fetcher.__init__": ("_subscriptions",),
    f"{_SUBSCRIPTIONS}:SubscriptionState.subscription": ("_subscription",),
    f"{_SUBSCRIPTIONS}:SubscriptionState.reassignment_in_progress": (),
    f"{_SUBSCRIPTIONS}:Subscription.assignment": ("_assignment",),
    f"{_SUBSCRIPTIONS}:TopicPartitionState.has_valid_position": ("_position",),
    f"{_SUBSCRIPTIONS}:TopicPartitionState.position": ("_position",),
}
"""Functions and properties that must be there, each with the attributes that its code names."""


def require_tested_names() -> None:
    """Compare names and signatures with those that were tested.

    Raises:
        UserError: the first that differs, in one line with the versions to install.
    """
    for difference in differences():
        installed = ", ".join(f"{name} {version(name)}" for name in TESTED_VERSIONS)
        tested = ", ".join(f"{name}=={number}" for name, number in TESTED_VERSIONS.items())
        raise UserError(f"{difference}. Installed: {installed}. The worker was tested with, and needs, {tested}")


def differences() -> Iterator[str]:
    """Installed names that are not as they were tested, each in words."""
    for name, tested in (OVERRIDDEN | USED).items():
        found = _found(name)
        if found is None:
            yield f"{name} is not there"
        elif _signature(found) != tested:
            yield f"{name} is {_signature(found)} and not {tested}"
    for name, attributes in ATTRIBUTES.items():
        found = _found(name)
        if found is None:
            yield f"{name} is not there"
            continue
        for attribute in attributes:
            if attribute not in inspect.unwrap(found).__code__.co_names:
                yield f"{name} does not use {attribute}"


def _found(name: str) -> Any:  # noqa: ANN401 - a function of theirs
    """The function, or a property's, of a name `module:Class.function`; None: there is none."""
    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = inspect.getattr_static(found, part)
    except (ImportError, AttributeError):
        return None
    return found.fget if isinstance(found, property) else found


def _signature(function: Any) -> str:  # noqa: ANN401 - a function of theirs
    """The parameters of a function, less their types."""
    signature = inspect.signature(function)
    bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))

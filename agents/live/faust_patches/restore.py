"""The state of a partition that comes to a worker: its changelog, read from the first entry to the last.

Faust's own recovery is passed by: it spends its 100 µs on every entry, and in a run of faults (soak seed 63) a
partition that was lost and came back within a second had no state after it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth, server_list

__all__ = ["FETCH_WAIT_MS", "ISOLATION", "Entries", "disable_faust_recovery", "open_reader", "read_changelog"]

ISOLATION: Final = "read_committed"
"""Isolation of reads, here and by agents: no transaction that was aborted, none before it is committed."""
FETCH_WAIT_MS: Final = 50
"""How long a fetch waits at the broker for something to come, here and for agents. Faust's 1.5 s would hold up the
partitions that are not in it, since one fetch at a time is under way to a broker; and the embedded broker holds every
fetch for as long."""
_POLL_MS: Final = 1_000
_RETRY_SECONDS: Final = 0.5

log = logging.getLogger("intervalwatch.worker")


class Entries(msgspec.Struct):
    """The entries of some partitions that stand: of each key the last, unless it was deleted."""

    values: dict[bytes, bytes] = {}
    partition_of: dict[bytes, int] = {}
    strange: int = 0
    """Messages that are no entries: nothing of ours has such a key."""


def open_reader(app: Any) -> AIOKafkaConsumer:  # noqa: ANN401 - Faust's app
    """A consumer outside every group, of the broker and with the credentials of `app`; not yet started."""
    transport = app.transport
    return AIOKafkaConsumer(
        bootstrap_servers=server_list(transport.url, transport.default_port),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        isolation_level=ISOLATION,
        **credentials_to_aiokafka_auth(app.conf.broker_credentials, app.conf.ssl_context),
    )


def disable_faust_recovery(app: Any) -> Any:  # noqa: ANN401 - Faust's app, and its recovery
    """Let Faust's recovery of tables find nothing to read, and wait for a broker that is away; it is returned."""
    recovery = app.tables.recovery
    wait = recovery._wait  # noqa: SLF001 - no setting
    recovery.need_recovery = lambda: False
    # It takes 90 seconds without an answer for the end of the app, and stops without a word.
    recovery._wait = lambda coroutine, timeout=None: wait(coroutine)  # noqa: ARG005, SLF001 - as above
    return recovery


async def read_changelog(
    app: Any,  # noqa: ANN401 - Faust's app
    topic: str,
    partitions: Sequence[int],
    wanted: Callable[[], bool],
    is_entry: Callable[[bytes | None], bool] = bool,
) -> Entries | None:
    """Read partitions of a changelog to where they end now; again from the start while the broker fails.

    Args:
        app: whose broker and credentials they are.
        topic: the changelog.
        partitions: which of its partitions.
        wanted: whether the state is still wanted.
        is_entry: whether a key can be of the state; messages with another are passed over.

    Returns:
        Their entries; None: the state is not wanted any more.
    """
    while wanted():
        try:
            tps = [TopicPartition(topic, partition) for partition in partitions]
            return await _read(open_reader(app), tps, wanted, is_entry)
        except KafkaError as error:
            log.warning("the state cannot be read yet: %r", error)
            await asyncio.sleep(_RETRY_SECONDS)
    return None


async def _read(
    reader: AIOKafkaConsumer,
    tps: Sequence[TopicPartition],
    wanted: Callable[[], bool],
    is_entry: Callable[[bytes | None], bool],
) -> Entries | None:
    entries = Entries()
    if not tps:
        return entries
    async with reader:
        reader.assign(tps)
        await reader.seek_to_beginning(*tps)
        for tp, end in (await reader.end_offsets(tps)).items():
            while await reader.position(tp) < end:
                if not wanted():
                    return None
                for messages in (await reader.getmany(timeout_ms=_POLL_MS)).values():
                    for message in messages:
                        if not is_entry(message.key):
                            entries.strange += 1
                        elif message.value is None:
                            entries.values.pop(message.key, None)
                        else:
                            entries.values[message.key] = message.value
                            entries.partition_of[message.key] = message.partition
    if entries.strange:
        log.error("topic %s: %d messages that no worker wrote were passed over", tps[0].topic, entries.strange)
    return entries

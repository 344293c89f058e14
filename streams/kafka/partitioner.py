"""Which partition a key belongs in: the one rule that producers, workers and those who look after topics share.

A queue's history is one partition's log. Clients disagree about hashes: Java's, and most others, take murmur2;
librdkafka's take CRC32 unless they are told. So the rule has a home, and what breaks it is found.
"""

from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

__all__ = ["partition_of", "wrong_partition"]

_SHOWN: Final = 100
"""Characters of a key that a reason shows."""


@lru_cache(maxsize=16_384)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's default partitioner gives a key: murmur2, as Java computes it.

    Args:
        key: not empty.
        partitions: how many the topic has.
    """
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions


def wrong_partition(key: bytes, partition: int, partitions: int) -> str:
    """Why a message is refused that lies in another partition than its key's, and what to set."""
    shown = key.decode("utf-8", "replace")
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return (
        f"wrong_partition: key {shown!r} lies in partition {partition} and belongs in {partition_of(key, partitions)} "
        f"of {partitions}; set the producer's partitioner to murmur2 (librdkafka: partitioner=murmur2_random)"
    )

"""The account of a file: each row is filtered, a record that can be sent, or a dead letter that can be kept."""

from collections.abc import Iterable
from typing import Final

from streams.codec import decode, encode
from streams.sources.batch import Batch

__all__ = ["NOW", "accounted"]

NOW: Final = 1_772_481_600_000
"""2026-03-02T20:00:00Z: the clock that such files are read by."""


def accounted(batches: Iterable[Batch]) -> Batch:
    """All batches as one, of which every row is accounted for."""
    whole = Batch()
    for batch in batches:
        for name in ("queues", "records", "rows", "dead"):
            getattr(whole, name).extend(getattr(batch, name))
        whole.read += batch.read
        whole.filtered += batch.filtered
    assert whole.read == whole.filtered + len({*whole.rows}) + len(whole.dead)
    assert not {*whole.rows} & {letter.row for letter in whole.dead}
    assert all(0 < len(letter.reason) <= 1000 and "\n" not in letter.reason for letter in whole.dead)
    assert all(len(letter.value.encode()) <= 4096 for letter in whole.dead)
    for queue, record in zip(whole.queues, whole.records, strict=True):
        again = decode(encode(queue, [record]), queue, 1_800_000, 5_000, NOW)
        assert (list(again.records), list(again.rejected)) == ([record], [])
    return whole

"""The manifest of a queue's state: it is written last, commits the cells, and says how far the state goes.

Everything of a queue that is small and changes with every message stands in it; the rest are cells
(`agents.state.store`).
"""

from collections.abc import Mapping, Sequence

import msgspec

from agents.engine.visits.contact_state import ContactStoreState
from agents.evaluations.queue_days import QueueDaysState
from agents.intervals.counts import NEVER
from agents.intervals.sigma_windows import LevelDays
from agents.planning.reference import PlanAndStaffingState
from agents.planning.silence import SilenceState
from agents.state.store import StateStore, furthest_manifest
from streams.history.chain import GENESIS_HASH
from streams.source_words import RefusedRow

__all__ = ["Manifest", "earliest", "latest_manifest"]


class Manifest(msgspec.Struct, array_like=True):
    """The committed state of a queue but for its cells. Fields are appended, never reordered."""

    applied_offsets: dict[str, int] = {}
    """Source -> the last offset that is in the state."""
    versions: dict[str, str] = {}
    counter: int = 0
    """Number of versions that `agents.state.store` has given so far."""
    contacts: ContactStoreState = msgspec.field(default_factory=ContactStoreState)
    anchor_ms: int | None = None
    """The queue's first call data; fixes the grid of its intervals."""
    program: tuple[int, str] | None = None
    channel: tuple[int, str] | None = None
    """As the earliest record that names them does, and its instant; for a queue that is not configured."""
    contacts_from: int = -NEVER
    """Start of the first interval that a contact entered in: from there on the feed is contacts."""
    watermark: int = NEVER
    last_event_ms: int = NEVER
    last_append_ms: int | None = None
    backfill: bool = False
    """Whether the last record was older than a day when it was appended."""
    last_data_end: int = NEVER
    """End of the last final interval that has data."""
    balance: int | None = 0
    balance_lost_ms: int = NEVER
    """These two are no longer kept."""
    results: int = 0
    last_hash: str = GENESIS_HASH
    staffing_plan: PlanAndStaffingState = msgspec.field(default_factory=PlanAndStaffingState)
    levels: LevelDays = msgspec.field(default_factory=LevelDays)
    days: QueueDaysState = msgspec.field(default_factory=QueueDaysState)
    inherited: list[str] = []
    """Cells of `agents.state.store` that the writer before left for the next one to delete."""
    counted_by: list[tuple[int, str]] = []
    """The instant from which on each parameter version counts, in order, up to the last one that counted anything;
    `agents.engine.versions` keeps their content."""
    silence: SilenceState = msgspec.field(default_factory=SilenceState)
    refused: list[RefusedRow] = []
    """Rows that were refused before the queue's first call data, which they do not begin."""


_DECODE = msgspec.msgpack.Decoder(Manifest).decode


def latest_manifest(store: Mapping[bytes, bytes], keys: Sequence[bytes], cells: StateStore) -> Manifest:
    """The manifest that is furthest along; an empty one for a queue that has none.

    Args:
        store: committed state.
        keys: store keys of the queue's manifests.
        cells: the queue's cells; told to forget manifests that nobody goes on from.
    """
    return furthest_manifest(store, keys, _DECODE, cells) or Manifest()


def earliest(known: tuple[int, str] | None, ms: int, name: str | None) -> tuple[int, str] | None:
    """The name that the earliest record gives; of one moment's, the first by the alphabet."""
    if not name or (known is not None and known <= (ms, name)):
        return known
    return ms, name

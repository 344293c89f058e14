"""Counts of rows by outcome in `ingest` and `replay`; a module of its own, so that printing needs no readers."""

import msgspec

__all__ = ["Summary"]


class Summary(msgspec.Struct):
    """Counts of rows by outcome in `ingest` and `replay`.

    Read = filtered + accepted + duplicate + restated + dead-lettered.
    """

    records_read: int = 0
    records_filtered: int = 0
    records_accepted: int = 0
    records_duplicate: int = 0
    records_restated: int = 0
    records_dead_lettered: int = 0
    intervals_final: int = 0
    intervals_missing: int = 0
    corrections: int = 0
    intervals_corrected: int = 0
    breaches_opened: int = 0
    seconds: float = 0.0

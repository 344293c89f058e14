"""Words of sources that are no call data: how far they have spoken, rows that were refused; and the clock."""

from typing import Final

from agents.engine.interval_lifecycle import IntervalLifecycle
from agents.engine.manifest import Manifest
from streams.source_words import Feed, RefusedRow

__all__ = ["correct_silence", "hear", "keep_refused", "note_refused", "run_on", "take_refused"]

_KEPT: Final = 200
"""Refused rows of before the first call data at most."""


def hear(intervals: IntervalLifecycle, watermark: int, feed: Feed, append_ms: int | None) -> bool:
    """Move the watermark to where a source has spoken; whether that is news to the queue.

    Args:
        intervals: the queue's.
        watermark: the queue's.
        feed: the source's word.
        append_ms: when the broker appended it; None in replay.
    """
    through = feed.through_ms
    news = intervals.silence.hear(feed.source, through, intervals.contacts.state.closed_through)
    corrects = news is not None and correct_silence(intervals, feed.source, through)
    if corrects:
        intervals.corrections.revise(feed)
    if not news:
        return corrects
    intervals.note_append(through, append_ms)
    if through > watermark:
        intervals.advance(through)
    return True


def correct_silence(intervals: IntervalLifecycle, source: str, word: int) -> bool:
    """Let a word that comes after the deadline of its interval count; whether that changes a final interval."""
    contacts = intervals.contacts
    changed = intervals.silence.correct(
        source, word, contacts.state.closed_through, contacts.closed, intervals.builder.by_contacts
    )
    contacts.changed_intervals.update(changed)
    return bool(changed)


def note_refused(intervals: IntervalLifecycle, row: RefusedRow) -> bool:
    """Note a row that its reader refused; False: nothing new."""
    if not intervals.contacts.refuse(row):
        return False
    if intervals.contacts.changed_intervals:
        intervals.corrections.revise(row)
    intervals.open.note_change()
    return True


def keep_refused(manifest: Manifest, word: Feed | RefusedRow) -> bool:
    """Keep a refused row for the queue's first call data; False: there is nothing to keep."""
    if isinstance(word, Feed) or len(manifest.refused) >= _KEPT:
        return False
    manifest.refused.append(word)
    return True


def take_refused(manifest: Manifest, intervals: IntervalLifecycle) -> None:
    """Let refused rows of before the first call data count, as far as they lie in its interval or later."""
    if manifest.refused and manifest.anchor_ms is not None:
        since = intervals.calendar.start_of(manifest.anchor_ms)
        for row in manifest.refused:
            if row.at_ms >= since:
                note_refused(intervals, row)
        manifest.refused.clear()


def run_on(intervals: IntervalLifecycle, watermark: int, now_ms: int) -> bool | None:
    """Let the clock move the watermark of an idle queue; whether intervals became final, None: it stays."""
    clock = intervals.idle_watermark(now_ms)
    if clock is None or clock <= watermark:
        return None
    state = intervals.contacts.state
    through = state.closed_through
    intervals.advance(clock)
    return state.closed_through != through

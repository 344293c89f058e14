"""The incidents of all queues, read from the topic: shown once it is read to its end, for the queues that are held."""

import dataclasses
import json
from typing import Any

from notices import SETTINGS, at, change

from agents.live.telling.board import NoticeBoard
from agents.notices.incidents import Change
from config.timestamps import rfc3339
from streams.columns import BREACH_COLUMNS
from streams.journal.entry import FIRST_HASH, chained, entry
from streams.journal.link import Signer
from streams.own_messages import Unreadable


class Message:
    """A message as librdkafka gives it."""

    def __init__(self, value: bytes | None, at_ms: int, topic: str = "x-breaches") -> None:
        self._value = value
        self._at_ms = at_ms
        self._topic = topic

    def topic(self) -> str:
        """Its topic, with a prefix."""
        return self._topic

    def value(self) -> bytes | None:
        """Its value."""
        return self._value

    def timestamp(self) -> tuple[int, int]:
        """By the broker."""
        return 1, self._at_ms

    def partition(self) -> int:
        """Its place."""
        return 0

    offset = partition


class Clock:
    """A clock that stands."""

    def __init__(self, now: str) -> None:
        self.now = at(now)

    def now_ms(self) -> int:
        """Where it stands."""
        return self.now

    def at_ms(self, wall_ms: int) -> int:
        """The same."""
        return wall_ms

    def stamp_ms(self) -> int | None:
        """The broker's."""
        return None


def _messages(*changes: Change) -> list[Any]:
    """The changes as the topic has them."""
    return [
        Message(json.dumps({**dict.fromkeys(BREACH_COLUMNS), **_full(each)}).encode(), each.published_ms)
        for each in changes
    ]


def _full(each: Change) -> dict[str, Any]:
    row = {**each.row, "first_interval_start": each.row["interval_start"], "unit": "ratio", "parameters_version": "1"}
    return {**row, "message": row["message"] or "cards: 20 %.", "message_zh": row["message_zh"] or "cards：20 %。"}


def _board(clock: Clock, *held: str) -> NoticeBoard:
    return NoticeBoard(SETTINGS, clock, lambda owner: owner in held, Unreadable())


def test_nothing_is_shown_before_the_topic_is_read_to_its_end() -> None:
    """An incident whose end has not been read yet would ring."""
    board = _board(Clock("09 10:10"), "cards")
    board.take(_messages(change("09 10:05")))
    assert board.look({}) == ([], [])
    board.read_to_end()
    notices, (text,) = board.look({})
    assert [(each.queue, each.notice.person, each.notice.active) for each in notices] == [
        ("cards", "ana", True),
        ("cards", "bo", True),
    ]
    assert (text.incident, text.version, text.title_zh) == ("i1", at("09 10:05"), "cards：20 %。")


def test_only_queues_held_are_shown_and_a_dead_source_under_each_of_them() -> None:
    """Another worker shows its own queues of the same incident."""
    board = _board(Clock("09 10:10"), "cards", "sales")
    changes = [
        change("09 10:05", rule="feed_missing", queue=queue, breach_id=f"feed_missing/{queue}")
        for queue in ("cards", "sales", "loans")
    ]
    board.take(_messages(*changes, change("09 10:06", incident_id="i2", breach_id="b2", queue="loans")))
    board.read_to_end()
    notices, texts = board.look({})
    assert [(each.queue, each.incident, each.notice.person) for each in notices] == [
        ("cards", "i1", "ana"),
        ("sales", "i1", "ana"),
        ("cards", "i1", "bo"),
        ("sales", "i1", "bo"),
    ]
    assert [text.incident for text in texts] == ["i1"]


def test_messages_that_are_none_of_ours_cost_none_of_the_others() -> None:
    """Junk is counted and passed over."""
    unreadable = Unreadable()
    board = NoticeBoard(SETTINGS, Clock("09 10:10"), lambda _: True, unreadable)
    junk: list[Any] = [Message(value, 0) for value in (None, b"", b"junk", b"[]", b'{"breach_id": 1}')]
    board.take([*junk, *_messages(change("09 10:05")), *junk])
    board.read_to_end()
    assert len(board.look({})[0]) == 2
    assert unreadable.messages == {"breaches": 10}


def test_what_is_over_is_zero_for_a_day() -> None:
    """A minute after the end its notices are 0, and a day later they are gone."""
    clock = Clock("09 11:05")
    board = _board(clock, "cards")
    board.take(_messages(change("09 10:05"), change("09 11:05", "resolved")))
    board.read_to_end()
    assert {each.notice.active for each in board.look({})[0]} == {True}
    for when in ("09 11:06", "10 11:05"):
        clock.now = at(when)
        assert {each.notice.active for each in board.look({})[0]} == {False}
    clock.now = at("10 11:06")
    assert board.look({}) == ([], [])


def test_an_early_warning_left_behind_ends_when_its_interval_is_final() -> None:
    """Its publisher is gone; this one holds the queue, and nothing final is said of it: an hour later it is over."""
    clock = Clock("09 10:36")
    board = _board(clock, "cards")
    board.take(_messages(change("09 10:20", rule="service_level_lost", live=True, interval_ms=at("09 10:00"))))
    board.read_to_end()
    for when, active in (("09 10:36", True), ("09 11:19", True), ("09 11:20", True), ("09 11:21", False)):
        clock.now = at(when)
        assert {each.notice.active for each in board.look({"cards": at("09 10:00")})[0]} == {active}


def test_an_entry_of_the_journal_stops_reminders_and_is_shown() -> None:
    """An acknowledgement, at whatever worker, is read here: nobody is reminded any more, and it is shown who it was."""
    shown: list[Any] = []
    clock = Clock("09 14:06")
    settings = dataclasses.replace(SETTINGS, repeat_ms=4 * 3_600_000)
    board = NoticeBoard(settings, clock, lambda _: True, Unreadable(), shown.append)
    board.take(_messages(change("09 10:05")))
    assert board.known_entries() is None
    board.read_to_end()
    reminders = {each.notice.active for each in board.look({})[0] if each.notice.kind == "reminder"}
    assert reminders == {True}
    placed = chained(entry("i1", "Ana", rfc3339(at("09 14:00"))), 1, FIRST_HASH)
    messages: list[Any] = [Message(json.dumps(placed).encode(), clock.now, "x-journal")]
    board.take(messages)
    assert board.known_entries() == 1
    assert shown == [placed]
    assert {each.notice.active for each in board.look({})[0] if each.notice.kind == "reminder"} == {False}


def test_an_open_incident_has_a_link_that_is_renewed_and_an_ended_one_has_none() -> None:
    """The link is valid for a day; after half a day there is a new one, whose text has a greater version."""
    clock, signer = Clock("09 10:10"), Signer("a long token of a test")
    board = NoticeBoard(SETTINGS, clock, lambda _: True, Unreadable(), signer=signer)
    board.take(_messages(change("09 10:05")))
    board.read_to_end()
    [first] = board.look({})[1]
    assert first.acknowledge == signer.path("i1", at("10 10:05"))
    clock.now = at("09 22:05")
    [second] = board.look({})[1]
    assert second.acknowledge == signer.path("i1", at("10 22:05"))
    assert second.version > first.version
    board.take(_messages(change("09 22:06", "resolved")))
    [ended] = board.look({})[1]
    assert (ended.acknowledge, ended.state) == ("", "ended")

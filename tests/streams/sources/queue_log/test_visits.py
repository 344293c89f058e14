"""Visits from call events: what each event gives, and the stated treatment of those that do not fit."""

from pathlib import Path
from typing import Final

import pytest
from queue_logs import AT, contacts, line, read_logs

from streams.records import Contact

MS: Final = AT * 1000


def facts(contact: Contact) -> tuple[float, str, float | None, float | None]:
    """Seconds of the offer after `AT`, outcome, wait and talk in seconds."""
    seconds = [None if ms is None else ms / 1000 for ms in (contact.wait_ms, contact.talk_ms)]
    return (contact.offered_ms - MS) / 1000, contact.outcome, seconds[0], seconds[1]


def test_each_line_gives_what_is_known_so_far(tmp_path: Path) -> None:
    """A call gives a copy that waits, one that is answered and one that is handled, each newer than the one before."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE", "", "+4930", 1),
            line(12.7, "1.1", "sales", "Agent/7", "CONNECT", 13, "1.2", 3),
            line(112.9, "1.1", "sales", "Agent/7", "COMPLETECALLER", 13, 100, 1),
        ],
    )
    copies = [record for record in feed.queues["sales"].records if isinstance(record, Contact)]
    assert [copy.outcome for copy in copies] == ["", "answered", "answered"]
    assert [copy.stage for copy in copies] == [0, 1, 2]
    assert [copy.updated_ms - MS for copy in copies] == [0, 12_700, 112_900]
    assert copies[-1].agent == "Agent/7"
    assert facts(copies[-1]) == (0, "answered", 12.7, 100)


@pytest.mark.parametrize(
    ("event", "data", "outcome"),
    [
        ("ABANDON", (1, 1, 9), "abandoned"),
        ("EXITWITHTIMEOUT", (1, 1, 9), "overflowed"),
        ("EXITWITHKEY", (0, 1, 1, 9), "overflowed"),
        ("EXITEMPTY", (1, 1, 9), "overflowed"),
        ("LEAVEEMPTY", (), "overflowed"),
        ("ABANDON", (), "abandoned"),
    ],
)
def test_a_call_that_leaves_without_an_agent(event: str, data: tuple[int, ...], outcome: str, tmp_path: Path) -> None:
    """Who gives up is abandoned, who leaves in another way is overflowed; the wait is of the two instants."""
    feed = read_logs(
        tmp_path,
        [line(0, "1.1", "sales", "NONE", "ENTERQUEUE"), line(9.25, "1.1", "sales", "NONE", event, *data)],
    )
    (contact,) = contacts(feed, "sales")
    assert facts(contact) == (0, outcome, 9.25, None)


@pytest.mark.parametrize(
    ("fields", "talk"),
    [
        (("COMPLETEAGENT", 5, 61, 1), 61),
        (("BLINDTRANSFER", "200", "default", 5, 61, 1), 61),
        (("TRANSFER", "200", "default", 5, 61, 1), 61),
        (("TRANSFER", "200", "default"), 60.5),
        (("ATTENDEDTRANSFER", "BRIDGE", "4711", 5, 61, 1), 61),
        (("ATTENDEDTRANSFER", "LINK", "SIP/1", "SIP/2", 5, 61, 1), 61),
        (("COMPLETEAGENT",), 60.5),
    ],
)
def test_every_end_of_handling_has_its_talk(fields: tuple[object, ...], talk: float, tmp_path: Path) -> None:
    """Each event has its talk at its own place; where it says none, talk is the difference of the two instants."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 5),
            line(65.5, "1.1", "sales", "Agent/7", *fields),  # type: ignore[arg-type]  # the event comes first
        ],
    )
    assert facts(contacts(feed, "sales")[0]) == (0, "answered", 5, talk)


def test_a_transfer_is_a_visit_in_each_queue(tmp_path: Path) -> None:
    """The queue that a call goes on to has a visit of its own, with a wait from its own entry."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 5),
            line(65, "1.1", "help", "NONE", "ENTERQUEUE"),
            line(65.2, "1.1", "sales", "Agent/7", "BLINDTRANSFER", "help", "default", 5, 60, 1),
            line(75, "1.1", "help", "Agent/8", "CONNECT", 10),
            line(95, "1.1", "help", "Agent/8", "COMPLETECALLER", 10, 20, 1),
        ],
    )
    assert [facts(each) for each in contacts(feed, "sales")] == [(0, "answered", 5, 60)]
    assert [facts(each) for each in contacts(feed, "help")] == [(65, "answered", 10, 20)]


def test_a_call_that_comes_back_makes_another_visit(tmp_path: Path) -> None:
    """The same callid in the same queue again is another visit."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(30, "1.1", "sales", "NONE", "EXITWITHTIMEOUT", 1, 1, 30),
            line(31, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(40, "1.1", "sales", "NONE", "ABANDON", 1, 1, 9),
        ],
    )
    assert [facts(each)[:3] for each in contacts(feed, "sales")] == [(0, "overflowed", 30), (31, "abandoned", 9)]


def test_a_call_that_turns_up_elsewhere_has_left(tmp_path: Path) -> None:
    """A call cannot wait twice: its visit without an end is overflowed when it enters another queue."""
    feed = read_logs(
        tmp_path,
        [line(0, "1.1", "sales", "NONE", "ENTERQUEUE"), line(30, "1.1", "help", "NONE", "ENTERQUEUE")],
    )
    assert [facts(each)[:3] for each in contacts(feed, "sales")] == [(0, "overflowed", 30)]
    assert [facts(each)[:3] for each in contacts(feed, "help")] == [(30, "", None)]


def test_lines_out_of_order_are_one_visit(tmp_path: Path) -> None:
    """A CONNECT and an end before the ENTERQUEUE in the file are of the same visit, also over two files."""
    lines = [
        line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 5, 60, 1),
        line(5, "1.1", "sales", "Agent/7", "CONNECT", 5),
        line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
    ]
    for logs in ([lines], [lines[:1], lines[1:]], [lines[:2], lines[2:]], [[each] for each in lines]):
        feed = read_logs(tmp_path, *logs)
        assert [facts(each) for each in contacts(feed, "sales")] == [(0, "answered", 5, 60)]


def test_an_end_in_another_queue_is_of_the_visit_that_was_taken(tmp_path: Path) -> None:
    """A COMPLETE that names another queue than its CONNECT ends the visit that the agent took."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 5),
            line(65, "1.1", "help", "Agent/7", "COMPLETECALLER", 5, 60, 1),
        ],
    )
    assert [facts(each) for each in contacts(feed, "sales")] == [(0, "answered", 5, 60)]
    assert not contacts(feed, "help")


def test_an_end_without_a_beginning_is_made_up_for(tmp_path: Path) -> None:
    """A log that begins in the middle of a call has its visit by the seconds of the line."""
    feed = read_logs(
        tmp_path,
        [
            line(100, "1.1", "sales", "Agent/7", "COMPLETECALLER", 5, 60, 1),
            line(101, "1.2", "sales", "NONE", "ABANDON", 1, 1, 40),
            line(102, "1.3", "sales", "Agent/8", "CONNECT", 7),
        ],
    )
    assert [facts(each) for each in contacts(feed, "sales")] == [
        (35, "answered", 5, 60),
        (61, "abandoned", 40, None),
        (95, "answered", 7, None),
    ]


def test_an_end_that_says_nothing_is_a_dead_letter(tmp_path: Path) -> None:
    """An end without a beginning, whose wait no line says, is refused with its queue and instant."""
    lines = [line(100, "1.1", "sales", "NONE", "LEAVEEMPTY"), line(101, "1.2", "sales", "NONE", "ENTERQUEUE")]
    feed = read_logs(tmp_path, lines)
    ((_, bad),) = feed.bad_rows
    assert (bad.row, bad.queue, bad.at_ms) == (1, "sales", MS + 100_000)
    assert bad.reason.startswith("offered_at: no ENTERQUEUE of this call in queue sales")


def test_asterisks_own_seconds_count_where_clocks_contradict_them(tmp_path: Path) -> None:
    """A wait is of the two instants, but where these differ from the logged seconds by more than rounding and skew."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5.9, "1.1", "sales", "Agent/7", "CONNECT", 5),
            line(600, "1.2", "sales", "NONE", "ENTERQUEUE"),
            line(900, "1.2", "sales", "NONE", "ABANDON", 1, 1, 4),
        ],
    )
    assert [facts(each)[2] for each in contacts(feed, "sales")] == [5.9, 4]


def test_a_restart_ends_what_was_open(tmp_path: Path) -> None:
    """When Asterisk starts, calls that waited are overflowed, and those that were handled stay answered."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(1, "1.2", "help", "NONE", "ENTERQUEUE"),
            line(2, "1.3", "help", "NONE", "ENTERQUEUE"),
            line(4, "1.3", "help", "Agent/7", "CONNECT", 2),
            line(60, "NONE", "NONE", "NONE", "QUEUESTART"),
            line(61, "NONE", "NONE", "NONE", "QUEUESTART"),
        ],
    )
    assert [facts(each) for each in contacts(feed, "sales")] == [(0, "overflowed", 60, None)]
    assert [facts(each) for each in contacts(feed, "help")] == [(1, "overflowed", 59, None), (2, "answered", 2, None)]
    assert feed.filtered == 1


@pytest.mark.parametrize("event", ["FULL", "CLOSED", "JOINEMPTY", "DIVERT_CA_RATIO", "DIVERT_HOLDTIME"])
def test_a_refused_call_counts_unless_told_otherwise(event: str, tmp_path: Path) -> None:
    """A call that is not let in is offered and overflowed without a wait; `count_refused: false` leaves it out."""
    lines = [line(0, "1.1", "sales", "NONE", event)]
    assert [facts(each) for each in contacts(read_logs(tmp_path, lines), "sales")] == [(0, "overflowed", 0, None)]
    without = read_logs(tmp_path, lines, options="count_refused: false")
    assert (without.filtered, contacts(without, "sales")) == (1, [])


def test_a_line_that_stands_twice_counts_once(tmp_path: Path) -> None:
    """Lines that a second file, or the same one, repeats make no visit of their own."""
    lines = [
        line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
        line(5, "1.1", "sales", "Agent/7", "CONNECT", 5),
        line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 5, 60, 1),
        line(66, "1.2", "sales", "NONE", "ENTERQUEUE"),
        line(70, "1.2", "sales", "NONE", "ABANDON", 1, 1, 4),
    ]
    once = contacts(read_logs(tmp_path, lines), "sales")
    assert contacts(read_logs(tmp_path, lines, lines), "sales") == once
    assert contacts(read_logs(tmp_path, [each for each in lines for _ in range(2)]), "sales") == once
    assert contacts(read_logs(tmp_path, lines, lines[2:]), "sales") == once


def test_wrap_is_of_the_last_call(tmp_path: Path) -> None:
    """WRAPUPSTART gives the agent's last call its wrap."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 5),
            line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 5, 60, 1),
            line(65.003, "NONE", "NONE", "Agent/7", "WRAPUPSTART", 15),
            line(66, "NONE", "NONE", "Agent/8", "WRAPUPSTART", 15),
        ],
    )
    (contact,) = contacts(feed, "sales")
    assert (contact.wrap_ms, contact.handle_ms) == (15_000, 75_000)

"""States of agents from a queue_log: who is there, in which queues, and what for."""

from pathlib import Path
from typing import Final

from queue_logs import AT, line, read_logs, states

from streams.records import AgentState
from streams.sources.merge import Feed

MS: Final = AT * 1000


def told(feed: Feed, queue: str) -> list[tuple[float, str, tuple[str, ...], str | None]]:
    """A queue's states: seconds after `AT`, state, queues, the queue that is handled."""
    return [
        ((state.since_ms - MS) / 1000, state.state, state.queues, state.handling_queue) for state in states(feed, queue)
    ]


def test_a_member_is_free_handles_and_leaves(tmp_path: Path) -> None:
    """A member is available from ADDMEMBER on, handling from CONNECT to COMPLETE, offline after REMOVEMEMBER."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(1, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 4),
            line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 4, 60, 1),
            line(99, "MANAGER", "sales", "Agent/7", "REMOVEMEMBER", ""),
        ],
    )
    assert told(feed, "sales") == [
        (0, "available", ("sales",), None),
        (5, "handling", ("sales",), "sales"),
        (65, "available", ("sales",), None),
        (99, "offline", (), None),
    ]


def test_a_member_of_several_queues_is_told_to_each(tmp_path: Path) -> None:
    """Queues hear of an agent as long as the agent is theirs, and once more when that ends."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(10, "MANAGER", "help", "Agent/7", "ADDMEMBER", ""),
            line(20, "MANAGER", "sales", "Agent/7", "REMOVEMEMBER", ""),
            line(30, "MANAGER", "help", "Agent/7", "REMOVEMEMBER", ""),
        ],
    )
    assert told(feed, "sales") == [
        (0, "available", ("sales",), None),
        (10, "available", ("help", "sales"), None),
        (20, "available", ("help",), None),
    ]
    assert told(feed, "help") == [
        (10, "available", ("help", "sales"), None),
        (20, "available", ("help",), None),
        (30, "offline", (), None),
    ]


def test_a_pause_in_one_queue_leaves_the_others(tmp_path: Path) -> None:
    """Who pauses in one queue is free in the others; who pauses in all is unavailable, with the reason."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(1, "MANAGER", "help", "Agent/7", "ADDMEMBER", "PAUSED"),
            line(10, "NONE", "help", "Agent/7", "UNPAUSE", ""),
            line(20, "NONE", "sales", "Agent/7", "PAUSE", "coffee"),
            line(30, "NONE", "help", "Agent/7", "PAUSE", ""),
            line(40, "NONE", "NONE", "Agent/7", "UNPAUSEALL", ""),
            line(50, "NONE", "NONE", "Agent/7", "PAUSEALL", "lunch"),
            line(50, "NONE", "sales", "Agent/7", "PAUSE", "lunch"),
            line(50, "NONE", "help", "Agent/7", "PAUSE", "lunch"),
        ],
    )
    assert told(feed, "sales") == [
        (0, "available", ("sales",), None),
        (10, "available", ("help", "sales"), None),
        (20, "available", ("help",), None),
        (30, "unavailable", ("help", "sales"), None),
        (40, "available", ("help", "sales"), None),
        (50, "unavailable", ("help", "sales"), None),
    ]
    assert [state.reason for state in states(feed, "sales")][3:] == ["coffee", None, "lunch"]


def test_a_pause_in_a_call_begins_after_it(tmp_path: Path) -> None:
    """Who pauses while handling handles on, and is unavailable when the call ends."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(1, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 4),
            line(8, "NONE", "NONE", "Agent/7", "PAUSEALL", ""),
            line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 4, 60, 1),
        ],
    )
    assert [each[:2] for each in told(feed, "sales")] == [(0, "available"), (5, "handling"), (65, "unavailable")]


def test_wrap_lasts_as_long_as_the_log_says_or_until_the_next_call(tmp_path: Path) -> None:
    """WRAPUPSTART begins wrap of the call's queue, which its seconds or a next call end."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(1, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 4),
            line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 4, 60, 1),
            line(65.5, "NONE", "NONE", "Agent/7", "WRAPUPSTART", 15),
            line(100, "1.2", "sales", "NONE", "ENTERQUEUE"),
            line(110, "1.2", "sales", "Agent/7", "CONNECT", 10),
            line(120, "1.2", "sales", "Agent/7", "COMPLETECALLER", 10, 10, 1),
            line(120.5, "NONE", "NONE", "Agent/7", "WRAPUPSTART", 15),
            line(121, "1.3", "sales", "NONE", "ENTERQUEUE"),
            line(122, "1.3", "sales", "Agent/7", "CONNECT", 1),
        ],
    )
    assert [each[:2] for each in told(feed, "sales")] == [
        (0, "available"), (5, "handling"), (65, "available"), (65.5, "wrap"), (80.5, "available"), (110, "handling"),
        (120, "available"), (120.5, "wrap"), (122, "handling"),
    ]  # fmt: skip


def test_wrap_that_ends_after_the_log_ends_too(tmp_path: Path) -> None:
    """Wrap at the end of a log is over when its seconds are."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(10, "NONE", "sales", "Agent/7", "WRAPUPSTART", 15),
        ],
    )
    assert [each[:2] for each in told(feed, "sales")] == [(0, "available"), (10, "wrap"), (25, "available")]


def test_calls_alone_tell_of_nobodys_presence(tmp_path: Path) -> None:
    """Members of whom the log has nothing but calls give no states, unless the source names them."""
    lines = [
        line(1, "1.1", "sales", "NONE", "ENTERQUEUE"),
        line(5, "1.1", "sales", "SIP/200", "CONNECT", 4),
        line(65, "1.1", "sales", "SIP/200", "COMPLETECALLER", 4, 60, 1),
    ]
    assert told(read_logs(tmp_path, lines), "sales") == []
    assert told(read_logs(tmp_path, lines, options="members: {sales: [SIP/200], help: [SIP/200]}"), "sales") == [
        (5, "handling", ("help", "sales"), "sales"),
        (65, "available", ("help", "sales"), None),
    ]


def test_a_log_in_is_told_to_the_queues_in_which_the_agent_is_met(tmp_path: Path) -> None:
    """Whom no line adds to a queue belongs to those in which lines name the agent, from the log-in on."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "1.0", "NONE", "Agent/7", "AGENTCALLBACKLOGIN", "1001@default"),
            line(1, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(3, "1.1", "sales", "Agent/7", "RINGNOANSWER", 2000),
            line(65, "NONE", "NONE", "Agent/7", "AGENTCALLBACKLOGOFF", "1001@default", 65, "CommandLogoff"),
            line(66, "NONE", "NONE", "Agent/7", "UNPAUSEALL", ""),
            line(66, "NONE", "sales", "Agent/7", "UNPAUSE", ""),
        ],
    )
    assert told(feed, "sales") == [
        (0, "available", ("sales",), None),
        (3, "available", ("sales",), None),
        (65, "offline", (), None),
    ]


def test_a_log_off_says_since_when(tmp_path: Path) -> None:
    """A log that begins while an agent is logged in learns of it from the log-off."""
    lines = [line(60, "1.0", "NONE", "Agent/7", "AGENTLOGOFF", "SIP/1", 300)]
    feed = read_logs(tmp_path, lines, options="members: {sales: [Agent/7]}")
    assert [each[:2] for each in told(feed, "sales")] == [(-240, "available"), (60, "offline")]


def test_states_of_one_instant_keep_their_order(tmp_path: Path) -> None:
    """In a log of whole seconds, states of one second are told apart by their sequence."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(0, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(0, "1.1", "sales", "Agent/7", "CONNECT", 0),
            line(0, "1.1", "sales", "Agent/7", "COMPLETECALLER", 0, 0, 1),
        ],
    )
    assert [(state.state, state.sequence) for state in states(feed, "sales")] == [
        ("available", 0),
        ("handling", 1),
        ("available", 2),
    ]


def test_state_is_carried_from_file_to_file(tmp_path: Path) -> None:
    """Agents and calls go on where the log was turned over."""
    lines = [
        line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
        line(1, "1.1", "sales", "NONE", "ENTERQUEUE"),
        line(5, "1.1", "sales", "Agent/7", "CONNECT", 4),
        line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 4, 60, 1),
    ]
    whole = states(read_logs(tmp_path, lines), "sales")
    assert all(isinstance(state, AgentState) for state in whole)
    for at in range(1, len(lines)):
        assert states(read_logs(tmp_path, lines[:at], lines[at:]), "sales") == whole


def test_a_restart_ends_the_calls_of_agents(tmp_path: Path) -> None:
    """When Asterisk starts, nobody handles a call any longer."""
    feed = read_logs(
        tmp_path,
        [
            line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
            line(1, "1.1", "sales", "NONE", "ENTERQUEUE"),
            line(5, "1.1", "sales", "Agent/7", "CONNECT", 4),
            line(65, "NONE", "NONE", "NONE", "QUEUESTART"),
        ],
    )
    assert [each[:2] for each in told(feed, "sales")] == [(0, "available"), (5, "handling"), (65, "available")]


def test_too_many_queues_are_refused(tmp_path: Path) -> None:
    """A hundred and first queue of an agent is a dead letter, and the agent stays in the others."""
    feed = read_logs(tmp_path, [line(at, "MANAGER", f"q{at}", "Agent/7", "ADDMEMBER", "") for at in range(101)])
    assert [(bad.row, bad.reason.split()[0]) for _, bad in feed.bad_rows] == [(101, "too_large:")]
    assert states(feed, "q0")[-1].queues == tuple(sorted(f"q{at}" for at in range(100)))

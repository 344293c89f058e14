"""Logs of Asterisk of any content: every line is counted, and nothing is refused whole."""

import tempfile
from pathlib import Path
from typing import Final

from fuzzing import fuzz, soon
from hypothesis import given
from hypothesis import strategies as st
from queue_logs import AT, NOW, contacts, line, read_logs

from streams.codec import decode, encode
from streams.records import Contact

EVENTS: Final = (
    "ENTERQUEUE", "CONNECT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "ABANDON", "EXITWITHTIMEOUT",
    "EXITWITHKEY", "LEAVEEMPTY", "FULL", "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL",
    "AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGOFF", "WRAPUPSTART", "RINGNOANSWER", "QUEUESTART", "CONFIGRELOAD",
    "NOSUCH", "",
)  # fmt: skip
DATA: Final = st.sampled_from(["", "0", "1", "5", "60", "900", "x", "-1", "9" * 12, "LINK", "PAUSED", "SIP/1", "10|1"])
LINES: Final = st.builds(
    lambda after, callid, queue, agent, event, data: line(after, callid, queue, agent, event, *data),
    st.sampled_from([0, 0.5, 1, 5, 5.25, 60, 65, 600, 3600, 90_000, -90_000, 1e9]),
    st.sampled_from(["1.1", "1.2", "1.3", "NONE", ""]),
    st.sampled_from(["sales", "help", "NONE", "", "q" * 300]),
    st.sampled_from(["Agent/7", "SIP/2", "NONE", ""]),
    st.sampled_from(EVENTS),
    st.lists(DATA, max_size=6),
)
TORN: Final = st.one_of(
    LINES.flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[at:])),
    st.text(st.sampled_from([*'1.|,;"\t ', "\0", "\ufeff", "é", "\udcff", "\r"]), max_size=30),
)
CALLS: Final = (
    line(10, "9.9", "good", "NONE", "ENTERQUEUE"),
    line(15, "9.9", "good", "Agent/9", "CONNECT", 5),
    line(75, "9.9", "good", "Agent/9", "COMPLETECALLER", 5, 60, 1),
)


@fuzz()
@given(st.lists(st.one_of(LINES, LINES, TORN), max_size=25), st.integers(0, 25), st.integers(0, 25))
def test_every_line_is_counted(lines: list[str], first: int, cut: int) -> None:
    """Any lines in one file or two: each is accepted, filtered or a dead letter, and every record can be sent."""
    logs = [lines[:first], lines[first:]] if first else [lines]
    with tempfile.TemporaryDirectory() as folder, soon():
        feed = read_logs(Path(folder), *logs, options="members: {help: [SIP/2]}")
    assert all(bad.reason and "\n" not in bad.reason for _, bad in feed.bad_rows)
    for queue, records in feed.queues.items():
        for record in records.records[cut:]:
            assert decode(encode(queue, [record]), queue, 1_800_000, 5000, NOW).records == [record]


@fuzz(0.5)
@given(st.lists(st.one_of(LINES, TORN), max_size=12), st.permutations(range(3)))
def test_no_good_call_is_lost_beside_a_bad_line(lines: list[str], order: list[int]) -> None:
    """A call is read whole beside any other lines, in whichever order its own lines stand."""
    others = [each for each in lines if "QUEUESTART" not in each and "9.9" not in each and "good" not in each]
    text = [f"{AT}|1.0|sales|NONE|ENTERQUEUE", *others]
    for at in order:
        text.insert(1 + (at * 7) % len(text), CALLS[at])
    with tempfile.TemporaryDirectory() as folder, soon():
        feed = read_logs(Path(folder), text)
    (contact,) = contacts(feed, "good")
    assert isinstance(contact, Contact)
    assert (contact.outcome, contact.wait_ms, contact.talk_ms) == ("answered", 5000, 60_000)

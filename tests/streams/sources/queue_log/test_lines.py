"""Lines of a queue_log in every layout, torn and out of order."""

import gzip
from pathlib import Path

import pytest
from queue_logs import AT, NOW, contacts, line, read_logs, states

from config.errors import UserError
from config.settings import load
from streams.sources.merge import parse_inputs, read_feed

CALL = (
    line(0, "1.1", "sales", "NONE", "ENTERQUEUE", "", "+4930", 1, "", ""),
    line(5.5, "1.1", "sales", "Agent/7", "CONNECT", 5, "1.2", 3, "", ""),
    line(65.5, "1.1", "sales", "Agent/7", "COMPLETECALLER", 5, 60, 1, "", ""),
)


def as_table(lines: tuple[str, ...], delimiter: str, header: str, *, joined: bool = False) -> str:
    """Lines of the file as an exported table."""
    rows = [header] if header else []
    for each in lines:
        time, callid, queue, agent, event, *data = each.split("|")
        cells = ["|".join(data)] if joined else data
        clock = f"2026-03-02 11:00:{float(time) - AT:09.6f}"
        rows.append(delimiter.join([clock, callid, queue, agent, event, *cells]))
    return "\n".join(rows)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(CALL),
        "\r\n".join(CALL) + "\r\n\r\n",
        "\ufeff" + "\n\n".join(CALL),
        "\n".join(each.rstrip("|") for each in CALL),
        as_table(CALL[:2], ",", "time,callid,queuename,agent,event,data1,data2,data3,data4,data5"),
        as_table(CALL[:2], ";", "Time;CallID;QueueName;Agent;Event;data1;data2;data3;data4;data5"),
        as_table(CALL[:2], "\t", "time\tcallid\tqueuename\tagent\tevent\tdata1\tdata2\tdata3\tdata4\tdata5"),
        as_table(CALL[:2], ",", "time,callid,queuename,agent,event,data", joined=True),
        as_table(CALL[:2], ",", ""),
    ],
    ids=["file", "carriage returns", "blanks", "few fields", "table", "semicolons", "tabs", "old table", "no header"],
)
def test_every_layout_gives_the_same_call(text: str, tmp_path: Path) -> None:
    """The layouts that Asterisk's file and table have had give the same visit."""
    feed = read_logs(tmp_path, text, timezone="Europe/Madrid")
    assert not feed.bad_rows
    (contact,) = contacts(feed, "sales")
    assert (contact.contact_id, contact.offered_ms, contact.wait_ms) == ("1.1", AT * 1000, 5500)
    assert contact.agent == "Agent/7"


def test_whole_seconds_and_offsets_are_read(tmp_path: Path) -> None:
    """A file of whole seconds and a table with offsets have the same instants."""
    seconds = read_logs(tmp_path, f"{AT}|1.1|sales|NONE|ENTERQUEUE")
    offset = read_logs(
        tmp_path, "time,callid,queuename,agent,event,data\n2026-03-02T11:00:00+01:00,1.1,sales,NONE,ENTERQUEUE,\n"
    )
    assert contacts(seconds, "sales") == contacts(offset, "sales")


def test_a_compressed_log_and_an_empty_one_are_read(tmp_path: Path) -> None:
    """A log that was turned over and packed is read as it is; one that holds nothing yet is no fault."""
    packed = tmp_path / "queue_log.1.gz"
    packed.write_bytes(gzip.compress("\n".join(CALL).encode()))
    config = tmp_path / "m.yaml"
    config.write_text("site: {timezone: UTC}\nsources: {pbx: {format: queue_log}}\n")
    (tmp_path / "queue_log").write_bytes(b"")
    configuration = load((config,))
    feed = read_feed(configuration, parse_inputs(configuration, [f"pbx={packed},{tmp_path / 'queue_log'}"]), NOW)
    assert (feed.read, len(contacts(feed, "sales"))) == (3, 1)


def test_a_line_that_is_none_is_a_dead_letter_with_its_queue_and_instant(tmp_path: Path) -> None:
    """Torn lines cost themselves alone, and say queue and instant where these can be read."""
    lines = [
        "55|1.0|sal",
        CALL[0],
        f"{AT + 1}|1.9|help|NONE|ENTERQ{CALL[1]}",
        f"{AT + 2}|1.9|help",
        "yesterday|1.9|help|NONE|ENTERQUEUE",
        line(3, "1.8", "help", "NONE", "ENTERQUEUE") + "\0\0",
        line(4, "1.7", "help", "NONE", "ENTERQUEUE", "\udcff"),
        line(5, "1.6", "help", "NONE", "COMPLETECALLER", "five", 1, 1),
        line(6, "1.5", "help", "NONE", "COMPLETECALLER", 1, 1, "1" + line(6, "1.4", "help", "A", "CONNECT", 5, 6, 7)),
        line(7, "x" * 300, "help", "NONE", "ENTERQUEUE"),
        line(8, "NONE", "help", "NONE", "ENTERQUEUE"),
        line(9, "1.3", "NONE", "NONE", "ENTERQUEUE"),
        line(1e9, "1.3", "help", "NONE", "ENTERQUEUE"),
        "0|1.3|help|NONE|ENTERQUEUE",
        CALL[1],
        CALL[2],
    ]
    feed = read_logs(tmp_path, lines)
    assert len(contacts(feed, "sales")) == 1
    refused = [bad for _, bad in sorted(feed.bad_rows)]
    assert [(bad.row, bad.reason.split(":")[0], bad.queue, bad.at_ms is not None) for bad in refused] == [
        (1, "row", "sal", False),
        (3, "event", "help", True),
        (4, "row", "help", True),
        (5, "time", "help", False),
        (6, "row", "help", True),
        (7, "row", "help", True),
        (8, "hold", "help", True),
        (9, "row", "help", True),
        (10, "too_large", "help", True),
        (11, "contact_id", "help", True),
        (12, "queue", None, True),
        (13, "in_the_future", "help", True),
        (14, "too_old", "help", False),
    ]


def test_a_table_in_any_order_gives_what_the_log_gives(tmp_path: Path) -> None:
    """Rows that run backwards, or anyhow, are put into the order of their instants first."""
    lines = [
        line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
        *(
            each
            for at in range(0, 7200, 600)
            for each in (
                line(at + 1, f"1.{at}", "sales", "NONE", "ENTERQUEUE"),
                line(at + 5, f"1.{at}", "sales", "Agent/7", "CONNECT", 4),
                line(at + 65, f"1.{at}", "sales", "Agent/7", "COMPLETECALLER", 4, 60, 1),
            )
        ),
    ]
    right = read_logs(tmp_path, lines)
    for order in (lines[::-1], lines[1::2] + lines[::2], lines[20:] + lines[:20]):
        feed = read_logs(tmp_path, order)
        assert contacts(feed, "sales") == contacts(right, "sales")
        assert states(feed, "sales") == states(right, "sales")


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    """An export that lacks what every queue_log has is refused with the column's name."""
    with pytest.raises(UserError, match="has no column agent; export time, callid"):
        read_logs(tmp_path, "time,callid,queuename,event\n2026-03-02 10:00:00,1.1,sales,ENTERQUEUE\n")

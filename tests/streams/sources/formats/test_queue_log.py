"""Asterisk's queue_log through the commands: `check`, `replay`, `verify --against`, and a log that is followed."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from case_runs import replayed, rows_of, verified
from click.testing import CliRunner
from queue_logs import AT, line, reader

from config.errors import UserError
from intervalwatch.commands.check import check
from streams.records import AgentState, Contact
from streams.sources.batch import Batch
from streams.sources.source_format import ReadContext

CONFIG = """\
site: {timezone: UTC}
defaults: {hours: {mon-sun: "00:00-24:00"}}
sources:
  pbx: {format: queue_log, members: {sales: [SIP/200]}, ignore_events: [SURVEY]}
"""
LOG = [
    line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
    line(1, "1.1", "sales", "NONE", "ENTERQUEUE", "", "+4930", 1),
    line(2, "1.1", "NONE", "NONE", "DID", "4930"),
    line(4, "1.1", "sales", "SIP/200", "RINGNOANSWER", 2000),
    line(5, "1.1", "sales", "Agent/7", "CONNECT", 4, "1.2", 1),
    line(30, "1.2", "sales", "NONE", "ENTERQUEUE", "", "+4931", 1),
    line(65, "1.1", "sales", "Agent/7", "COMPLETECALLER", 4, 60, 1),
    line(66, "1.1", "sales", "NONE", "SURVEY", 5),
    line(70, "1.2", "sales", "NONE", "ABANDON", 1, 1, 40),
    line(80, "1.3", "sales", "NONE", "GREETED"),
    line(1800, "NONE", "NONE", "Agent/7", "PAUSEALL", "lunch"),
    line(1801, "1.4", "sales", "NONE", "JOINEMPTY"),
]


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    """A folder with a configuration and a log in two files, cut in the middle of a call."""
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "queue_log.1").write_text("\n".join(LOG[:6]) + "\n", encoding="utf-8")
    (tmp_path / "queue_log").write_text("\n".join(LOG[6:]) + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("order", [(), ("--as-arrived",)])
def test_history_holds_the_figures_of_calls_and_agents(centre: Path, order: tuple[str, ...]) -> None:
    """`replay` computes contacts and staffing of one source, and `verify --against` finds the same again."""
    files = f"queue_log.1,{centre / 'queue_log'}"
    url = replayed(centre, centre, *order, pbx=files)
    last = {row["interval_start"]: row for row in rows_of(url)}
    first, second = (last[start] for start in ("2026-03-02T10:00:00Z", "2026-03-02T10:30:00Z"))
    assert (first["offered"], first["answered"], first["answered_within"], first["abandoned"]) == (2, 1, 1, 1)
    assert (first["wait_seconds"], first["handle_seconds"], first["handled"]) == (4, 60, 1)
    assert (first["occupied_seconds"], first["staffed_seconds"]) == (60, 1800 + 1796)
    assert (second["offered"], second["overflowed"]) == (1, 1)
    arguments = ["--history", url, "--config", centre / "config.yaml", "--against", f"pbx={centre / files}", *order]
    code, said = verified(*arguments)
    assert code == 0, said
    dead = rows_of(url, "dead-letters")
    assert [(letter["topic"], letter["offset"]) for letter in dead] == [("queue_log", 4)]
    assert dead[0]["reason"].startswith("event: 'GREETED' is none of queue_log's")


def test_check_takes_a_source_without_a_record(centre: Path) -> None:
    """`check` reads the options, and a record that the source names is refused."""
    run = CliRunner().invoke(check, ["--config", str(centre / "config.yaml")])
    assert run.exit_code == 0, run.output
    with pytest.raises(UserError, match="format queue_log says itself which records it gives; remove it"):
        reader(record="contact")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count_refused": "no"}, "allowed: true or false"),
        ({"members": ["sales"]}, "allowed: a mapping: queue"),
        ({"members": {"sales": [7]}}, "quote it"),
        ({"members": {f"q{at}": ["A"] for at in range(51)}}, "makes A a member of more than 50 queues"),
        ({"ignore_events": []}, "allowed: names of events"),
        ({"count_refusd": True}, 'did you mean "count_refused"?'),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(options: dict[str, Any], words: str) -> None:
    """Each option is looked at before a file is opened."""
    with pytest.raises(UserError) as caught:
        reader(**options)
    assert words in str(caught.value)


def followed(file: Path, stop: threading.Event) -> Iterator[Batch]:
    """The batches of a log that grows, until told to stop."""
    context = ReadContext("UTC", lambda *_: 1_800_000, lambda _: 5000, lambda: int(time.time() * 1000), follow=True)
    for batch in reader().read(str(file), context):
        yield batch
        if stop.is_set():
            return


@pytest.mark.parametrize("turned", ["renamed", "cut off"])
def test_a_log_is_followed_when_it_is_turned_over(turned: str, tmp_path: Path) -> None:
    """A call that begins before the log is renamed, or cut off, ends in what comes after."""
    file, stop, seen = tmp_path / "queue_log", threading.Event(), []
    begun = [line(-900, "1.1", "sales", "NONE", "ENTERQUEUE"), line(-895, "1.1", "sales", "Agent/7", "CONNECT", 5)]
    ended = [line(-835, "1.1", "sales", "Agent/7", "COMPLETECALLER", 5, 60, 1)]
    file.write_text("\n".join(begun) + "\n", encoding="utf-8")
    for batch in followed(file, stop):
        seen += [record for record in batch.records if isinstance(record, Contact)]
        if len(seen) == 2 and ended:
            if turned == "renamed":
                file.rename(tmp_path / "queue_log.1")
                file.write_text(ended.pop() + "\n", encoding="utf-8")
            else:
                file.write_text(ended.pop() + "\n", encoding="utf-8")
        if len(seen) == 3:
            break
    assert [(each.offered_ms, each.stage, each.talk_ms) for each in seen] == [
        ((AT - 900) * 1000, 0, None),
        ((AT - 900) * 1000, 1, None),
        ((AT - 900) * 1000, 2, 60_000),
    ]


def test_a_quiet_log_ends_what_waits_for_more(tmp_path: Path) -> None:
    """Where nothing more is written, an end without a beginning and wrap that is over are told all the same."""
    file = tmp_path / "queue_log"
    lines = [
        line(0, "MANAGER", "sales", "Agent/7", "ADDMEMBER", ""),
        line(100, "1.1", "sales", "Agent/7", "COMPLETECALLER", 5, 60, 1),
        line(101, "NONE", "sales", "Agent/7", "WRAPUPSTART", 15),
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found: list[Any] = []
    for batch in followed(file, threading.Event()):
        found += batch.records
        if any(isinstance(record, Contact) for record in found) and found[-1].__class__ is Contact:
            break
    assert [record.state for record in found if isinstance(record, AgentState)] == ["available", "wrap", "available"]
    assert [(record.offered_ms, record.talk_ms) for record in found if isinstance(record, Contact)] == [
        ((AT + 35) * 1000, 60_000)
    ]

"""`serve` on one machine: a file's rows are counted once, through kills, restarts and growth, as replay counts them."""

import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from case_runs import rows_of
from click.testing import CliRunner
from cloud_objects import connect_record
from postgresql_server import free_port

from agents.live.kept.log import KeptLog
from config.errors import UserError
from config.rules import RULES
from config.timestamps import rfc3339
from intervalwatch.commands.replay import replay
from intervalwatch.commands.verify import verify
from streams.history.query import Filters
from streams.history.store import Store
from streams.journal.entry import entry

COMMAND = (sys.executable, "-m", "intervalwatch")
SECONDS = 90
CONFIGURATION = """\
site: {timezone: UTC, interval_minutes: 15, idle_seconds: 3600}
sources:
  calls: {format: csv, record: contact}
"""
HEADER = "contact_id,queue,offered_at,outcome,wait_seconds,talk_seconds\n"


def calls(first: int, last: int) -> str:
    """Rows of contacts, one every twenty seconds, over five queues."""
    dice = random.Random(first)
    rows = []
    for number in range(first, last):
        minute, second = divmod(number * 20, 60)
        at = f"2026-03-02T{8 + minute // 60:02}:{minute % 60:02}:{second:02}Z"
        wait = dice.choice([2, 9, 15, 40])
        rows.append(f"c{number},queue{number % 5},{at},answered,{wait},{dice.randrange(60, 300)}\n")
    return "".join(rows)


@contextmanager
def served(
    folder: Path, *options: str, source: str = "calls=calls.csv", port: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`serve` on a file of the folder, until the block ends."""
    command = [*COMMAND, "serve", "--config", "monitor.yaml", "--source", source]
    port = port or free_port()
    process = subprocess.Popen(
        [*command, "--port", str(port), *options], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        until(lambda: answers(port), process)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        assert process.stdout is not None
        output = process.stdout.read().decode()
        assert "Traceback" not in output, output


def answers(port: int) -> bool:
    """Whether the server says that it is well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.read().startswith(b"ok"))
    except OSError:
        return False


def until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until it holds, while the process runs."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert process.poll() is None, process.stdout and process.stdout.read().decode()
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)


def results(folder: Path) -> list[dict[str, Any]]:
    """The results of the history, without where their records were read."""
    url = f"sqlite:///{folder / 'intervalwatch-history.db'}"
    try:
        rows = rows_of(url)
    except (AssertionError, UserError):
        return []
    return sorted(({**row, "sources": None} for row in rows), key=lambda row: (row["queue"], row["interval_start"]))


def replayed(
    folder: Path, until: str, name: str = "calls", files: Sequence[str] = ("calls.csv",)
) -> list[dict[str, Any]]:
    """The results that replay computes from the files as they stand."""
    target = folder / "replayed"
    target.mkdir()
    paths = ",".join(str(folder / file) for file in files)
    options = ["--config", str(folder / "monitor.yaml"), "--source", f"{name}={paths}", "--until", until]
    run = CliRunner().invoke(replay, [*options, "--history", f"sqlite:///{target / 'intervalwatch-history.db'}"])
    assert run.exit_code == 0, run.output
    return results(target)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration, and a file of calls that spans two and a half hours."""
    (tmp_path / "monitor.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "calls.csv").write_text(HEADER + calls(0, 450), encoding="utf-8")
    return tmp_path


@pytest.mark.live
def test_kills_and_growth_change_no_figure(folder: Path) -> None:
    """A file grows while `serve` is killed three times and stopped twice: every hash is that of a replay."""
    written = 450
    for kill in range(4):
        with served(folder, "--follow") as process:
            before = len(results(folder))
            until(lambda before=before: len(results(folder)) > before or before >= 45, process)  # type: ignore[misc]
            with (folder / "calls.csv").open("a", encoding="utf-8") as file:
                for _ in range(10):
                    file.write(calls(written, written + 15))
                    file.flush()
                    written += 15
                    time.sleep(0.05)
            wanted = written // 45 * 5 - 10
            until(lambda wanted=wanted: len(results(folder)) >= wanted, process)  # type: ignore[misc]
            if kill < 3:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
    with served(folder, "--follow") as process:
        until(lambda: len(results(folder)) >= written // 45 * 5 - 10, process)
    found = results(folder)
    last = max(row["interval_start"] for row in found)
    expected = [row for row in replayed(folder, "2026-03-02T16:00:00Z") if row["interval_start"] <= last]
    ours = {(row["queue"], row["interval_start"]): row for row in found}
    assert len(ours) == len(found), "a result was published twice"
    assert ours == {
        (row["queue"], row["interval_start"]): row for row in expected if (row["queue"], row["interval_start"]) in ours
    }
    assert len(found) >= written // 45 * 5 - 10
    run = CliRunner().invoke(verify, ["--history", f"sqlite:///{folder / 'intervalwatch-history.db'}"])
    assert run.exit_code == 0, run.output


def asterisk(first: int, last: int) -> list[str]:
    """Lines of calls, one a minute from 8:00, each handled for three minutes; they overlap."""
    lines = []
    for number in range(first, last):
        at, call = 1_772_438_400 + number * 60, f"{number}.1"
        lines.append((at, f"{call}|sales|NONE|ENTERQUEUE||555|1"))
        lines.append((at + 9, f"{call}|sales|SIP/{number % 4}|CONNECT|9|{number}.2|3"))
        lines.append((at + 190, f"{call}|sales|SIP/{number % 4}|COMPLETEAGENT|9|181|1"))
    return [f"{at}.000000|{rest}\n" for at, rest in sorted(lines)]


@pytest.mark.live
def test_a_log_that_is_turned_over_while_nobody_reads_it_loses_nothing(tmp_path: Path) -> None:
    """Killed, turned over twice and started again: rows behind the place count, and open calls end in the new log."""
    (tmp_path / "monitor.yaml").write_text(
        CONFIGURATION.replace("calls: {format: csv, record: contact}", "pbx: {format: queue_log}"), encoding="utf-8"
    )
    lines, log = asterisk(0, 240), tmp_path / "queue_log"
    log.write_text("".join(lines[:300]), encoding="utf-8")
    with served(tmp_path, "--follow", source="pbx=queue_log") as process:
        until(lambda: len(results(tmp_path)) >= 4, process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    log.write_text("".join(lines[:400]), encoding="utf-8")
    log.rename(tmp_path / "queue_log.2")
    (tmp_path / "queue_log.1").write_text("".join(lines[400:500]), encoding="utf-8")
    log.write_text("".join(lines[500:600]), encoding="utf-8")
    for upto, wanted in ((650, 11), (720, 13)):
        with served(tmp_path, "--follow", source="pbx=queue_log") as process:
            with log.open("a", encoding="utf-8") as file:
                file.writelines(lines[600 if upto == 650 else 650 : upto])
            until(lambda wanted=wanted: len(results(tmp_path)) >= wanted, process)  # type: ignore[misc]
    found = results(tmp_path)
    expected = {
        row["interval_start"]: row["hash"]
        for row in replayed(tmp_path, "2026-03-02T13:00:00Z", "pbx", ("queue_log.2", "queue_log.1", "queue_log"))
    }
    assert {row["interval_start"]: row["hash"] for row in found} == {
        row["interval_start"]: expected[row["interval_start"]] for row in found
    }


WATCHED = """\
site: {timezone: UTC, interval_minutes: 5, grace_seconds: 0}
programs: [{id: retail, queues: [{id: sales}]}]
sources:
  calls: {format: csv, record: contact}
rules:
  service_level_below_range: {accumulate: 0.60, critical: 9.00}
  RULES
notify:
  people:
    desk: {webhook: {url_env: DESK_URL}}
    duty: {webhook: {url_env: DUTY_URL}}
  teams: {floor: {people: [desk]}, night: {people: [duty]}}
  routes: [{team: floor}]
  escalate: {after_minutes: 0.4, to: night, at_least: warning}
"""


class Told:
    """The notices that a `serve` shows to Prometheus, and every one that was ever 1."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.ever: set[str] = set()

    def notices(self) -> dict[str, float]:
        """By kind, 1 or 0."""
        found = {}
        for name, kind in re.findall(
            r'^intervalwatch_notice_active{.*kind="([a-z]+)".*} ([01])', self._page(), re.MULTILINE
        ):
            found[name] = float(kind)
        self.ever |= {kind for kind, active in found.items() if active}
        return found

    def says(self, state: str) -> bool:
        """Whether the incident's text is that of the beginning (`open`) or of the end (`ended`)."""
        return re.search(rf'^intervalwatch_incident_text{{.*state="{state}"', self._page(), re.MULTILINE) is not None

    def _page(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
            return str(answer.read(), "utf-8")


@pytest.mark.live
def test_who_was_told_of_the_beginning_is_told_of_the_end_through_restarts(tmp_path: Path) -> None:
    """Killed while a breach is open, stopped at its end: the same notices stand, and none escalates."""
    off = "\n  ".join(f"{rule}: {{on: false}}" for rule in RULES if rule != "service_level_below_range")
    (tmp_path / "monitor.yaml").write_text(WATCHED.replace("RULES", off), encoding="utf-8")
    begin = int(time.time()) // 300 * 300 - 14_400
    log, rows = tmp_path / "calls.csv", itertools.count()

    def write(wait: int) -> None:
        """Twenty callers of one more interval, each answered after so many seconds."""
        with log.open("a", encoding="utf-8") as file:
            for _ in range(20):
                number = next(rows)
                at = rfc3339((begin + number * 15) * 1000)
                file.write(f"c{number},sales,{at},answered,{wait},60\n")

    def write_until(wait: int, condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
        """Write an interval after the other until it holds."""
        for _ in range(12):
            write(wait)
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                if condition():
                    return
                time.sleep(0.2)
        pytest.fail(f"it never came: {process.poll()}")

    log.write_text(HEADER, encoding="utf-8")
    told = Told(port := free_port())
    with served(tmp_path, "--follow", port=port) as process:
        write(2)
        write_until(90, lambda: told.notices() == {"incident": 1}, process)
        with Store(f"sqlite:///{tmp_path / 'intervalwatch-history.db'}", create=False, upgrade=True) as store:
            until(lambda: bool(_breaches(store)), process)
            [incident] = {row["incident_id"] for row in _breaches(store)}
            store.append_journal(entry(incident, "Ana", rfc3339(time.time_ns() // 1_000_000)))
        until(lambda: told.notices() == {"incident": 1, "escalation": 0}, process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with served(tmp_path, "--follow", port=port) as process:
        until(lambda: told.notices() == {"incident": 1, "escalation": 0}, process)
        assert told.says("open")
        write_until(2, lambda: told.says("ended"), process)
        assert told.notices()["incident"] == 1
    with served(tmp_path, "--follow", port=port) as process:
        until(lambda: bool(told.notices()), process)
        assert told.says("ended")
        until(lambda: told.notices() == {"incident": 0, "escalation": 0}, process)
    assert told.ever == {"incident"}


def _breaches(store: Store) -> list[dict[str, Any]]:
    with store.reading() as reader:
        return [row for batch in reader.breaches(Filters()) for row in batch]


@pytest.mark.live
def test_other_settings_of_a_source_read_its_file_again(folder: Path) -> None:
    """Waits were read as seconds, and are minutes: started with that said, every interval is corrected, and once."""
    revisions = []
    for factor in (1, 60, 60):
        columns = "contact_id: contact_id, queue: queue, offered_at: offered_at, outcome: outcome"
        wait = f"wait_seconds: {{column: wait_seconds, multiply: {factor}}}"
        source = f"{{format: csv, record: contact, columns: {{{columns}, {wait}}}}}"
        text = CONFIGURATION.replace("{format: csv, record: contact}", source)
        (folder / "monitor.yaml").write_text(text, encoding="utf-8")
        with served(folder) as process:
            until(lambda factor=factor: waited(folder) == wanted(calls(0, 450), factor), process)  # type: ignore[misc]
        revisions.append(sum(row["revision"] for row in results(folder)))
    assert revisions[0] < revisions[1] == revisions[2]


def waited(folder: Path) -> dict[tuple[str, str], float]:
    """The seconds waited by queue and interval in history, of the first two hours and a quarter."""
    latest = sorted(results(folder), key=lambda row: row["revision"])
    found = {(row["queue"], row["interval_start"][11:16]): row["wait_seconds"] for row in latest}
    return {place: seconds for place, seconds in found.items() if place[1] < "10:15"}


def wanted(rows: str, factor: int) -> dict[tuple[str, str], float]:
    """The same, as the rows of a file say."""
    sums: dict[tuple[str, str], float] = {}
    for row in rows.splitlines():
        _, queue, at, _, wait, _ = row.split(",")
        place = (queue, f"{at[11:13]}:{int(at[14:16]) // 15 * 15:02}")
        if place[1] < "10:15":
            sums[place] = sums.get(place, 0) + int(wait) * factor
    return sums


@pytest.mark.live
def test_a_folder_is_read_by_its_new_objects(tmp_path: Path) -> None:
    """Objects of an earlier run are not read again, and the history is what a replay of the whole folder gives."""
    (tmp_path / "monitor.yaml").write_text(
        CONFIGURATION.replace(
            "calls: {format: csv, record: contact}", "ctr: {format: amazon_connect, record: contact}"
        ),
        encoding="utf-8",
    )
    (tmp_path / "ctr").mkdir()
    told = []
    for hour in (8, 9, 10):
        for part in range(2):
            objects = [connect_record(f"{hour}{part}{n}", f"{hour:02}:{part * 30 + n:02}:00") for n in range(20)]
            (tmp_path / "ctr" / f"{hour}{part}").write_text("".join(map(json.dumps, objects)), encoding="utf-8")
        with served(tmp_path, source="ctr=ctr") as process:
            until(lambda hour=hour: objects_noted(tmp_path) == (hour - 7) * 2, process)  # type: ignore[misc]
            until(lambda hour=hour: len(results(tmp_path)) >= (hour - 7) * 4 - 2, process)  # type: ignore[misc]
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
            assert process.stdout is not None
            told += [line for line in process.stdout.read().decode().splitlines() if "records read" in line]
    assert [line.partition(" (")[0] for line in told] == [
        "40 records read: 40 accepted, 0 filtered, 0 dead-lettered"
    ] * 3
    expected = {
        row["interval_start"]: row["hash"] for row in replayed(tmp_path, "2026-03-02T11:00:00Z", "ctr", ["ctr"])
    }
    assert {row["interval_start"]: row["hash"] for row in results(tmp_path)}.items() <= expected.items()


def objects_noted(folder: Path) -> int:
    """The objects that the kept log knows as read."""
    try:
        log = KeptLog(folder / "intervalwatch-log.db")
        try:
            return len(log.places("ctr="))
        finally:
            log.close()
    except UserError:
        return 0


@pytest.mark.live
def test_a_second_serve_on_the_same_folder_is_refused(folder: Path) -> None:
    """Two of them would count everything twice: the second ends with exit code 2 and one line."""
    with served(folder) as process:
        until(lambda: bool(results(folder)), process)
        second = subprocess.run(
            [*COMMAND, "serve", "--config", "monitor.yaml", "--source", "calls=calls.csv", "--port", str(free_port())],
            cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert second.returncode == 2
    assert "another `serve` runs on it" in second.stderr

"""A further breach rule: two files say all there is to it, and everything that names rules names it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ("agents", "config", "copc", "dashboards", "intervalwatch", "streams")
RULE = "speed_of_answer_slow"

DEFINITION = """\
    RuleDefinition(
        name="speed_of_answer_slow",
        item="2.G.A",
        noun="speed of answer slow",
        noun_zh="应答过慢",
        kind=Kind.RUNNING,
        unit="count",
        parameters={
            "limit": amount(40.0, "speed of answer above which an interval is slow", "seconds"),
            "running": count(2, "intervals running that open it", "intervals"),
            **RUN,
        },
        rests_on_call_data=True,
    ),
"""
CONDITION = """\
def _slow(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    asa = context.result.asa_seconds
    if asa is None or not enough(context, rule):
        return None
    limit = amount(rule, "limit")
    return Observation(asa > limit, asa, limit, "seconds")


def _tell_slow(record: BreachRecord, _context: IntervalContext) -> Pair:
    return f"answered after {record.observed:g} s", f"平均应答 {record.observed:g} 秒"


"""
LOGIC = f"""\
    RuleLogic("{RULE}", _tell_slow, interval=_slow),
"""


def add(path: Path, end: str, text: str, *, before: str = "", also: str = "") -> None:
    """Put `text` before the last `end` of a file, and `also` before the text `before`."""
    head, found, tail = path.read_text(encoding="utf-8").rpartition(end)
    assert found
    if before:
        assert head.count(before) == 1
        head = head.replace(before, also + before)
    path.write_text(head + "\n" + text + end.lstrip("\n") + tail, encoding="utf-8")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The output of `newcomer_probe` in a copy of the program that has the rule in its two files."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in PROGRAM:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    add(copy / "config/rules/service_level.py", "\n)\n", DEFINITION)
    add(copy / "agents/rules/service_level.py", "\n)\n", LOGIC, before="LOGIC: Final", also=CONDITION)
    probe = ROOT / "tests" / "support" / "newcomer_probe.py"
    done = subprocess.run(
        [sys.executable, str(probe)],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["program"] == str(copy / "agents")
    return found


def test_it_opens_a_breach_that_the_api_names(said: dict[str, Any]) -> None:
    """A replay opens it once with its own sentence; item, severity and unit are those of its two files."""
    assert "breaches" in said["replayed"]
    opened = [row for row in said["breaches"] if row["rule"] == RULE and row["state"] == "opened"]
    (breach,) = opened
    assert (breach["item"], breach["severity"], breach["unit"]) == ("2.G.A", "warning", "seconds")
    assert (breach["observed"], breach["limit"]) == (50, 40)
    assert breach["message"].startswith(
        "sales 2026-03-02 09:30-10:00: answered after 50 s. Since 09:00 (UTC), for 1 h. Item 2.G.A, "
    )
    assert breach["title"] == "sales: answered after 50 s, since 09:00"
    assert "平均应答 50 秒" in breach["message_zh"]


def test_its_end_is_told_by_its_name(said: dict[str, Any]) -> None:
    """The day ends, and the message that says so has the noun of the definition."""
    (over,) = [row for row in said["breaches"] if row["rule"] == RULE and row["state"] == "resolved"]
    assert "speed of answer slow: the open day is over, and it was not seen to recover. " in over["message"]
    assert "应答过慢：营业日结束，未观察到恢复。" in over["message_zh"]
    assert (over["title"], over["reason"]) == ("sales: ended 11:00 after 2 h, not seen to recover", "day_ended")


def test_it_has_an_alert(said: dict[str, Any]) -> None:
    """Prometheus fires on it in both languages; who is told goes by its incident, so Alertmanager need not know it."""
    alerts = said["files"]["prometheus/alerts.yml"]
    assert "- alert: SpeedOfAnswerSlow\n" in alerts
    assert ": speed of answer slow" in alerts
    assert "：应答过慢" in alerts
    assert RULE not in said["files"]["alertmanager/alertmanager.yml"]


def test_check_and_the_screens_name_it(said: dict[str, Any]) -> None:
    """`check` prints its parameters; the wallboard's catalogue has its name in both languages."""
    line = f"{RULE} (2.G.A, speed of answer slow): warning; limit 40, running 2, clear_after 2, min_volume 20"
    assert line in said["check"]
    assert said["texts"]["en"][f"rule.{RULE}"] == "speed of answer slow"
    assert said["texts"]["zh"][f"rule.{RULE}"] == "应答过慢"

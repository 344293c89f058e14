"""A newcomer's page, done as it stands: two files, its commands, and every figure against the files."""

import csv
import io
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from postgresql_server import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "first-wallboard.md").read_text(encoding="utf-8")
FILES = ("Halbstundenbericht.csv", "Personalplanung.csv")
SECONDS = 300
"""The page promises no more, from the files to the wallboard."""


def commands() -> list[list[str]]:
    """The commands of the page, in its order."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


def table(file: str, encoding: str) -> list[dict[str, str]]:
    """The rows of an example but its totals."""
    text = (ROOT / "docs" / "examples" / file).read_bytes().decode(encoding)
    return [row for row in csv.DictReader(io.StringIO(text), delimiter=";") if row["Datum"] != "Summe"]


def number(text: str) -> float:
    """A German number."""
    return float(text.replace(".", "").replace(",", "."))


def asked(port: int, path: str) -> Any:
    """The answer of the server."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize(("file", "encoding"), [*zip(FILES, ("windows-1252", "utf-8-sig"), strict=True)])
def test_the_page_shows_the_files_as_they_are(file: str, encoding: str) -> None:
    """Its excerpts are the first lines of the examples."""
    head = (ROOT / "docs" / "examples" / file).read_bytes().decode(encoding).splitlines()[:3]
    shown = [line.removesuffix("…") for line in PAGE.splitlines()]
    assert all(any(part and line.startswith(part) for part in shown) for line in head)


@pytest.mark.live
def test_two_files_are_on_a_right_wallboard_in_five_minutes(tmp_path: Path) -> None:
    """The page's commands alone, without an edit; 48 half hours have the counts, levels and plans of the files."""
    began = time.monotonic()
    for file in FILES:
        shutil.copy(ROOT / "docs" / "examples" / file, tmp_path)
    *looks, serve = commands()
    assert len(looks) == 2
    for words in looks:
        subprocess.run([sys.executable, "-m", "intervalwatch", *words], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "monitor.yaml").read_text(encoding="utf-8").count("# check") == 2
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "intervalwatch", *serve, "--port", str(port)], cwd=tmp_path, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        while b"all is loaded" not in process.stdout.readline():
            assert process.poll() is None
        rows: list[dict[str, Any]] = []
        while len(rows) < 46:  # the last half hour of each queue waits for late rows
            time.sleep(0.5)
            rows = asked(port, "/api/intervals")
            assert time.monotonic() < began + SECONDS
        breaches = asked(port, "/api/breaches")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    took = time.monotonic() - began
    assert took < SECONDS
    plans = {(row["Warteschlange"], row["Intervall"][:5]): row for row in table(FILES[1], "utf-8-sig")}
    reports = {(row["Warteschlange"], row["Uhrzeit"]): row for row in table(FILES[0], "windows-1252")}
    for row in rows:
        place = (row["queue"], row["interval_start_local"][11:16])
        report, plan = reports[place], plans[place]
        answered, offered = int(report["Angenommen"]), int(report["Angeboten"])
        assert (row["offered"], row["answered"], row["abandoned"]) == (offered, answered, int(report["Aufgelegt"]))
        assert row["service_level"] == pytest.approx(int(report["Angenommen in 20s"]) / offered)
        handled = number(report["Gesprächszeit (s)"]) + number(report["Nachbearbeitung (s)"])
        assert row["aht_seconds"] == pytest.approx(handled / answered)
        assert row["asa_seconds"] == pytest.approx(number(report["Ø Wartezeit (s)"]))
        assert row["forecast_offered"] == number(plan["Prognose Anrufe"])
        assert row["scheduled_agents"] == number(plan["Geplant"])
    assert {(row["rule"], row["queue"]) for row in breaches} >= {("volume_variance", "Hotline")}

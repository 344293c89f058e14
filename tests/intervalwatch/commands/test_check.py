"""`intervalwatch check`: what a configuration means in plain words."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer

from config.errors import UserError
from config.settings import load
from intervalwatch.commands.check import check, describe
from streams.kafka.broker import EmbeddedBroker

TEXT = """
site: {timezone: Europe/Madrid}
parameters: {version: v1, from: 2026-01-01T00:00:00+01:00}
programs:
  - id: retail
    queues:
      - id: sales
        service_level: {target: 0.90, threshold_seconds: 15}
        hours: {mon-fri: "08:00-20:00", sat: "22:00-06:00"}
        closed: [2026-12-25]
        rules: {integrity: {on: false}, feed_missing: {critical: 3}}
      - {id: help}
"""


def _sections(tmp_path: Path, text: str = TEXT) -> dict[str, list[str]]:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    sections: dict[str, list[str]] = {"": []}
    title = ""
    for line in describe(load([path])):
        if line.startswith(("Program", "Any queue")):
            title = line
            sections[title] = []
        else:
            sections[title].append(" ".join(line.split()))
    return sections


def test_the_command_prints_and_ends_with_zero(tmp_path: Path) -> None:
    """A valid file is described on standard output."""
    path = tmp_path / "c.yaml"
    path.write_text(TEXT, encoding="utf-8")
    result = CliRunner().invoke(check, ["--config", str(path)])
    assert result.exit_code == 0
    assert f"{path}: valid" in result.output


def test_a_fault_is_the_user_error_of_the_reader(tmp_path: Path) -> None:
    """The command leaves it to the front door to print the one line."""
    path = tmp_path / "c.yaml"
    path.write_text("sit: {}", encoding="utf-8")
    with pytest.raises(UserError, match=r'c\.yaml: sit \(line 1\): unknown key .*did you mean "site"'):
        CliRunner().invoke(check, ["--config", str(path)], catch_exceptions=False)


def test_a_queue_s_figures_are_said_and_defaults_marked(tmp_path: Path) -> None:
    """A figure that the user set stands plain; one that this product chose is marked as its default."""
    lines = _sections(tmp_path)["Program retail, queue sales"]
    assert "threshold 15 s, which itself counts as within" in lines
    assert "target 90 %" in lines
    assert "range 85 % to 100 % [default of this product]" in lines
    assert "counted as S1: answered within / (answered + abandoned) [default of this product]" in lines
    assert "final 315 s after its end: threshold + grace of 300 s [default of this product]" in lines
    assert "hours mon-fri 08:00-20:00; sat 22:00-06:00 next day; sun closed" in lines
    assert "closed on 2026-12-25" in lines
    assert "time zone Europe/Madrid" in lines


def test_how_many_contacts_an_agent_serves_at_once_is_said(tmp_path: Path) -> None:
    """A queue of chats says its own figure; others the product's one at a time."""
    sections = _sections(tmp_path, TEXT.replace("{id: help}", "{id: help, channel: chat, concurrency: 2.5}"))
    assert "an agent effectively serves 2.5 contacts at once" in sections["Program retail, queue help"]
    one = "an agent effectively serves 1 contact at once [default of this product]"
    assert one in sections["Program retail, queue sales"]


def test_rules_are_listed_once_and_then_where_they_differ(tmp_path: Path) -> None:
    """The site's rules stand with all parameters; a queue shows only those it has otherwise, with a star."""
    sections = _sections(tmp_path)
    site = sections["Any queue the file does not name"]
    assert "feed_missing (2.6, missing feed): warning; running 1, critical 2, clear_after 2" in site
    assert "occupancy_outside_range (2.G.A, occupancy outside its range): off until its range is set" in site
    sales = sections["Program retail, queue sales"]
    assert "integrity (2.6, failed data check): off*" in sales
    assert "feed_missing (2.6, missing feed): warning; running 1, critical 3*, clear_after 2" in sales
    assert "rules as above" in sections["Program retail, queue help"]


def test_the_version_and_its_start_are_said_in_the_site_s_time(tmp_path: Path) -> None:
    """Each file is headed by its version, its first instant and its content hash."""
    head = _sections(tmp_path)[""]
    assert "parameters version v1, for intervals that start at or after 2026-01-01T00:00:00+01:00" in head
    assert "site Europe/Madrid; 1 program, 2 queues" in head
    assert any(line.startswith("content sha256 ") for line in head)


def test_nothing_set_is_said_as_none(tmp_path: Path) -> None:
    """No target, no range and patient customers read as such."""
    text = "defaults: {service_level: {target: null, patience_seconds: null, definition: S5, overflow_counts: true}}"
    lines = _sections(tmp_path, text)["Any queue the file does not name"]
    assert "target none" in lines
    assert "staffing Erlang C, customers never give up" in lines
    assert any(
        line.startswith("counted as S5: answered within / (answered + abandoned - short abandoned), overflowed")
        for line in lines
    )
    assert "hours open whenever there is data [default of this product]" in lines


def test_a_running_topic_is_looked_at(tmp_path: Path) -> None:
    """Keys that a CRC32 producer put where they do not belong are named with the setting, and the exit code is 1."""
    path = tmp_path / "c.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with EmbeddedBroker() as broker:
        settings = {"bootstrap.servers": broker.url.removeprefix("kafka://"), "log_level": 0}
        murmur2, crc32 = Producer({**settings, "partitioner": "murmur2_random"}), Producer(settings)
        for topic in ("call-data", "program-days", "queue-intervals", "intervalwatch-state-changelog"):
            murmur2.produce(topic, b"[]", b"sales")
        murmur2.flush()
        good = CliRunner().invoke(check, ["--config", str(path), "--broker", broker.url], standalone_mode=False)
        assert (good.return_value, good.exception) == (0, None)
        assert "every key lies in its own partition" in good.output
        for queue in ("sales", "orders", "help"):
            crc32.produce("call-data", b"[]", queue.encode())
        crc32.flush()
        bad = CliRunner().invoke(check, ["--config", str(path), "--broker", broker.url], standalone_mode=False)
    assert bad.return_value == 1
    assert "key 'orders' lies in partition" in bad.output
    assert "partitioner=murmur2_random" in bad.output

"""Amazon Connect and Genesys Cloud from their files into a history, with figures worked out by hand."""

import gzip
import json
from pathlib import Path
from typing import Any

from case_runs import replayed, rows_of, verified
from cloud_objects import ARN, agent_event, connect_record, conversation, group, user_details

CONFIG = """\
site: {{timezone: UTC, interval_minutes: 30}}
defaults: {{service_level: {{definition: S1, threshold_seconds: 20, target: 0.80}}}}
programs: [{{id: retail, queues: [{{id: Sales}}, {{id: Help}}]}}]
sources:
{sources}
"""
CONNECT = """\
  calls: {format: amazon_connect, record: contact}
  agents: {format: amazon_connect, record: agent_state}
"""
GENESYS = """\
  totals: {format: genesys, record: interval, names: names.csv, threshold_seconds: 20}
  calls: {format: genesys, record: contact, names: names.csv}
  users: {format: genesys, record: agent_state, names: names.csv, members: members.csv}
"""


def row(url: str, at: str, queue: str = "Sales") -> dict[str, Any]:
    """The last result of an interval of 2 March 2026."""
    return [one for one in rows_of(url) if one["queue"] == queue and one["interval_start"] == f"2026-03-02T{at}:00Z"][
        -1
    ]


def checked(url: str, case: Path, **sources: str) -> None:
    """The history holds, and the same files give it again."""
    named = [part for name, file in sources.items() for part in ("--against", f"{name}={case / file}")]
    code, said = verified("--history", url, *named, "--config", case / "config.yaml")
    assert code == 0, said


def test_contact_records_and_agent_events_make_a_history(tmp_path: Path) -> None:
    """Copies, transfers, callbacks and a torn object in a folder by date; agents with talk and after-contact work.

    Sales at 9:00: c1 is answered after 12 s, c2 after 30 s (its first copy said 5 s), c3 hung up after 40 s, c4 was
    moved to Help after 60 s, c5 chose a callback after 10 s. Its callback c6 waits 21 s and is answered at 9:15. So
    offered 6, answered 3, within 20 s one, abandoned 1, overflowed 2: service level 1 / (3 + 1). Handling: 3 times
    240 + 5 + 30. ann is there from 9:00 to 9:30: 240 + 30 s of handling and wrap, 300 s of lunch, else free.
    """
    folder = tmp_path / "ctr" / "2026" / "03" / "02"
    (folder / "09").mkdir(parents=True)
    (folder / "10").mkdir()
    nobody: dict[str, Any] = {"Agent": None}
    flow = {"DisconnectReason": "CONTACT_FLOW_DISCONNECT", "NextContactId": "next"}
    first = [
        connect_record("c1", "09:00:00"),
        connect_record("c2", "09:01:00", Queue_Duration=5, LastUpdateTimestamp="2026-03-02T09:05:00Z"),
        connect_record("c3", "09:02:00", Queue_Duration=40, **nobody),
        connect_record("c4", "09:03:00", Queue_Duration=60, **nobody | flow),
        connect_record("c5", "09:04:00", Queue_Duration=10, **nobody | {"NextContactId": "c6"}),
    ]
    second = [
        connect_record("c2", "09:01:00", Queue_Duration=30, LastUpdateTimestamp="2026-03-02T09:06:00Z"),
        connect_record("c2", "09:01:00", Queue_Duration=5, LastUpdateTimestamp="2026-03-02T09:05:00Z"),
        connect_record("c6", "09:15:00", Queue_Duration=21, InitiationMethod="CALLBACK", PreviousContactId="c5"),
        connect_record("c7", "09:04:00", InitiationMethod="OUTBOUND"),
        connect_record("c8", "09:04:00", Queue=None),
        connect_record("next", "09:04:00", Queue_Name="Help", InitiationMethod="QUEUE_TRANSFER"),
    ]
    torn = json.dumps(connect_record("c9"))[:300]
    (folder / "09" / "a").write_bytes(gzip.compress(("".join(map(json.dumps, first)) + torn).encode()))
    (folder / "10" / "b").write_text("\n".join(map(json.dumps, second)), encoding="utf-8")

    def at(kind: str, clock: str, state: str | None = None, status: str = "Available") -> str:
        contact = {
            "ContactId": "c1",
            "InitiationMethod": "INBOUND",
            "Queue": {"Name": "Sales", "ARN": f"{ARN}/queue/q-1"},
        }
        contacts = [] if state is None else [contact | {"State": state}]
        event = agent_event(kind, clock, status=status, Contacts=contacts)
        profile = event["CurrentAgentSnapshot"]["Configuration"]["RoutingProfile"]
        profile["InboundQueues"] = profile["InboundQueues"][::2]
        return json.dumps(event)

    events = [
        at("LOGIN", "09:00:00"),
        at("STATE_CHANGE", "09:00:12", "CONNECTED"),
        at("STATE_CHANGE", "09:04:12", "ENDED"),
        at("STATE_CHANGE", "09:04:42"),
        at("HEART_BEAT", "09:06:42"),
        at("STATE_CHANGE", "09:10:00", status="Lunch"),
        at("STATE_CHANGE", "09:15:00"),
        at("LOGOUT", "09:30:00", status="Offline"),
    ]
    (tmp_path / "events.jsonl").write_text("".join(events), encoding="utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG.format(sources=CONNECT), encoding="utf-8")
    url = replayed(tmp_path, tmp_path, calls="ctr", agents="events.jsonl")
    nine = row(url, "09:00")
    counts = ("offered", "answered", "answered_within", "abandoned", "overflowed", "wait_seconds", "handled")
    assert [nine[name] for name in counts] == [6, 3, 1, 1, 2, 12 + 30 + 21, 3]
    assert (nine["service_level"], nine["handle_seconds"]) == (0.25, 3 * 275)
    assert (nine["occupied_seconds"], nine["available_seconds"], nine["staffed_seconds"]) == (270, 1230, 1500)
    assert (row(url, "09:00", "Help")["offered"], row(url, "09:00", "Help")["answered"]) == (1, 1)
    (letter,) = rows_of(url, "dead-letters")
    assert letter["reason"].startswith("object: the file ends in the middle of it")
    checked(url, tmp_path, calls="ctr", agents="events.jsonl")


def names(folder: Path) -> None:
    """The files beside the configuration, and it."""
    (folder / "names.csv").write_text("id,name\nq-1,Sales\nq-2,Help\nu-1,Ann\n", encoding="utf-8")
    (folder / "members.csv").write_text("user,queue\nu-1,q-1\n", encoding="utf-8")
    (folder / "config.yaml").write_text(CONFIG.format(sources=GENESYS), encoding="utf-8")


def test_conversation_aggregates_make_a_history(tmp_path: Path) -> None:
    """Two pages in a list; a metric that is not there is 0; a later answer for an interval replaces the first.

    Sales at 9:00: 60 offered, 50 answered after 600 s together, 42 of them in time, 7 abandoned, 3 flowed out. So the
    service level is 42 / 57, ASA 12 s; 49 handled in 8,000 + 300 + 1,500 s: AHT 200 s. At 9:30 two were offered, and
    nobody was answered or hung up.
    """
    full: dict[str, Any] = {
        "nOffered": {"count": 60},
        "tAnswered": {"count": 50, "sum": 600_000},
        "nOverSla": {"count": 8},
        "tAbandon": {"count": 7, "sum": 1},
        "tFlowOut": {"count": 3, "sum": 1},
        "tHandle": {"count": 49, "sum": 9_800_000},
        "tTalkComplete": {"count": 49, "sum": 8_000_000},
        "tHeldComplete": {"count": 5, "sum": 300_000},
        "tAcw": {"count": 49, "sum": 1_500_000},
    }
    pages = [
        {"results": [group("q-1", nOffered={"count": 1}), group("q-2", **full)]},
        {"results": [group("q-1", **full), group("q-1", "09:30", "10:00", nOffered={"count": 2})]},
    ]
    (tmp_path / "answers.json").write_text(json.dumps(pages), encoding="utf-8")
    names(tmp_path)
    url = replayed(tmp_path, tmp_path, "--as-arrived", totals="answers.json")
    nine, half = row(url, "09:00"), row(url, "09:30")
    counts = ("offered", "answered", "answered_within", "abandoned", "short_abandoned", "overflowed", "handled")
    assert [nine[name] for name in counts] == [60, 50, 42, 7, 0, 3, 49]
    assert (nine["service_level"], nine["asa_seconds"], nine["aht_seconds"]) == (42 / 57, 12, 200)
    assert [half[name] for name in counts] == [2, 0, 0, 0, 0, 0, 0]
    code, said = verified(
        "--history", url, "--against", f"totals={tmp_path / 'answers.json'}", "--config", tmp_path / "config.yaml",
        "--as-arrived",
    )  # fmt: skip
    assert code == 0, said


def test_conversation_details_and_user_details_make_a_history(tmp_path: Path) -> None:
    """Contacts by their segments, and an agent's states by presence and routing status.

    Sales at 9:00: c1 is answered after 12.345 s (Genesys' own measure) and handled for 60 + 5 + 20 s; c2 hung up after
    12 s. Ann is on queue all the half hour, ten minutes of them interacting: staffed 1,800 s, free 1,200 s.
    """
    quit_ = conversation("c2", "09:10")
    quit_["participants"] = quit_["participants"][:2]
    quit_["participants"][1]["sessions"][0]["segments"][0]["disconnectType"] = "peer"
    page = {"conversations": [conversation("c1"), quit_], "totalHits": 2}
    (tmp_path / "details.json").write_text(json.dumps(page), encoding="utf-8")
    (tmp_path / "users.json").write_text(json.dumps({"userDetails": [user_details("u-1")]}), encoding="utf-8")
    names(tmp_path)
    url = replayed(tmp_path, tmp_path, calls="details.json", users="users.json")
    nine = row(url, "09:00")
    counts = ("offered", "answered", "answered_within", "abandoned", "overflowed", "handled")
    assert [nine[name] for name in counts] == [2, 1, 1, 1, 0, 1]
    assert (nine["service_level"], nine["wait_seconds"], nine["aht_seconds"]) == (0.5, 12.345, 85)
    assert (nine["staffed_seconds"], nine["available_seconds"], nine["occupied_seconds"]) == (1800, 1200, 600)
    checked(url, tmp_path, calls="details.json", users="users.json")

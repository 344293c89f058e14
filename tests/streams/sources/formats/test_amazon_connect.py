"""Amazon Connect: meaning of each key, layouts of files, what is torn."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cloud_objects import ARN, agent_event, connect_record, read_whole
from sources import shared

from config.errors import UserError
from config.timestamps import from_rfc3339
from streams.records import AgentState, Contact
from streams.sources.batch import Batch
from streams.sources.registry import open_source


def read(folder: Path, *objects: Any, record: str = "contact", **options: Any) -> Batch:
    """The rows of objects, a line each."""
    file = folder / "records.jsonl"
    file.write_text("\n".join(map(json.dumps, objects)), encoding="utf-8")
    return read_whole(file, format="amazon_connect", record=record, **options)


def one(folder: Path, value: Any, **options: Any) -> Contact:
    """The only contact of a record."""
    (contact,) = read(folder, value, **options).records
    assert isinstance(contact, Contact)
    return contact


def test_a_handled_contact_has_its_times(tmp_path: Path) -> None:
    """Entry, wait, talk, hold, after-contact work, agent, team, channel and version come from their own keys."""
    batch = read(tmp_path, connect_record("c1", Queue_DequeueTimestamp="2026-03-02T09:00:12Z"))
    (contact,) = batch.records
    assert batch.queues == ["Sales"]
    assert contact == Contact(
        "c1",
        from_rfc3339("2026-03-02T09:00:00Z"),
        "answered",
        from_rfc3339("2026-03-02T09:00:12Z"),
        12_000,
        240_000,
        5_000,
        30_000,
        from_rfc3339("2026-03-02T18:00:00Z"),
        "ann",
        "Madrid",
        None,
        "voice",
    )


NOBODY = {"Agent": None}


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"DisconnectReason": "CUSTOMER_DISCONNECT"}, "abandoned"),
        ({"DisconnectReason": "CONTACT_FLOW_DISCONNECT"}, "overflowed"),
        ({"DisconnectReason": "TELECOM_PROBLEM"}, "overflowed"),
        ({"DisconnectReason": None}, "overflowed"),
        ({"NextContactId": "c2"}, "overflowed"),
        ({"TransferCompletedTimestamp": "2026-03-02T09:00:12Z"}, "overflowed"),
        ({"TransferredToEndpoint": {"Address": "+34910000000", "Type": "TELEPHONE_NUMBER"}}, "overflowed"),
    ],
)
def test_who_met_no_agent_gave_up_or_was_moved_on(tmp_path: Path, changed: dict[str, Any], outcome: str) -> None:
    """Only a customer who hung up abandoned; transfers, callbacks, flows and faults of the line overflowed."""
    contact = one(tmp_path, connect_record("c1", **NOBODY | changed))
    assert (contact.outcome, contact.wait_ms, contact.talk_ms, contact.agent) == (outcome, 12_000, None, None)


def test_an_old_record_without_a_reason_was_abandoned(tmp_path: Path) -> None:
    """A record that lacks the key DisconnectReason is judged by Amazon's own rule: queued and never connected."""
    record = connect_record("c1", Agent=None)
    del record["DisconnectReason"]
    assert one(tmp_path, record).outcome == "abandoned"


def test_a_contact_still_in_its_queue_waits(tmp_path: Path) -> None:
    """Neither dequeued, nor measured, nor disconnected: it waits."""
    record = connect_record("c1", Agent=None, DisconnectTimestamp=None, Queue_Duration=None)
    assert (one(tmp_path, record).outcome, one(tmp_path, record).wait_ms) == ("", None)


def test_a_queue_without_a_name_is_called_by_its_id(tmp_path: Path) -> None:
    """The id at the end of the ARN serves where the name is null."""
    assert read(tmp_path, connect_record("c1", Queue_Name=None)).queues == ["q-1"]


def test_contacts_nobody_queued_are_filtered(tmp_path: Path) -> None:
    """No queue, calls that agents made, and an agent's own queue are counted as filtered; options change both."""
    own = connect_record("c4", Queue_Name=None, Queue_ARN=f"{ARN}/queue/agent/0001")
    callback = connect_record("c5", InitiationMethod="CALLBACK")
    given = [connect_record("c1", Queue=None), connect_record("c2", InitiationMethod="OUTBOUND"), own, callback]
    usual = read(tmp_path, *given)
    assert (usual.read, usual.filtered, [*usual.rows]) == (4, 3, [4])
    other = read(tmp_path, *given, leave_out=["CALLBACK"], agent_queues=True)
    assert (other.filtered, other.queues) == (2, ["Sales", "0001"])


@pytest.mark.parametrize(
    ("value", "reason", "queue", "at"),
    [
        ({"Contact": {}}, "contact_id: ContactId is empty; it is no contact record", None, None),
        (connect_record("c1", Queue={"Duration": 1}), "queue: Queue has neither Name nor ARN", None, None),
        (
            connect_record("c1", Queue_EnqueueTimestamp=None),
            "offered_at: Queue.EnqueueTimestamp is empty",
            "Sales",
            None,
        ),
        (connect_record("c1", Queue_Duration="12"), "wait_seconds: Duration is no number", "Sales", "09:00:00"),
        (connect_record("c1", Queue_Duration=-60), "wait_seconds: -60 is negative", "Sales", "09:00:00"),
        (connect_record("c1", "20:00:06"), "in_the_future: offered_at", "Sales", "20:00:06"),
        (connect_record("c1", Channel="x" * 300), "too_large: channel has 300 characters", "Sales", "09:00:00"),
        (connect_record("c1", Channel="a\0"), "channel: Channel holds what no database can keep", "Sales", "09:00:00"),
        (
            connect_record("c1", Queue_EnqueueTimestamp="yesterday"),
            "offered_at: EnqueueTimestamp 'yesterday'",
            "Sales",
            None,
        ),
        (connect_record("c1", Agent=[]), "agent: Agent is no object", "Sales", "09:00:00"),
    ],
)
def test_a_record_against_the_rules_is_a_dead_letter(
    tmp_path: Path, value: Any, reason: str, queue: str | None, at: str | None
) -> None:
    """Its reason names the field; queue and instant are told where they can be read."""
    batch = read(tmp_path, value, connect_record("good"))
    (letter,) = batch.dead
    assert letter.reason.startswith(reason)
    assert letter.queue == queue
    assert letter.at_ms == (None if at is None else from_rfc3339(f"2026-03-02T{at}Z"))
    assert batch.rows == [2]


RECORDS = [connect_record(f"c{number}", f"09:00:{number:02d}") for number in range(30)]


def lines(records: list[Any]) -> bytes:
    """JSON lines."""
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records).encode()


LAYOUTS: dict[str, Callable[[list[Any]], bytes]] = {
    "lines": lines,
    "windows lines": lambda records: b"\xef\xbb\xbf" + lines(records).replace(b"\n", b"\r\n"),
    "list": lambda records: json.dumps(records, indent=2).encode(),
    "back to back": lambda records: "".join(map(json.dumps, records)).encode(),
    "gzip": lambda records: gzip.compress(lines(records)),
    "two gzip members": lambda records: gzip.compress(lines(records[:7])) + gzip.compress(lines(records[7:])),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_records(tmp_path: Path, layout: str) -> None:
    """Lines, a list, back to back as Firehose writes, compressed or not."""
    file = tmp_path / "records"
    file.write_bytes(LAYOUTS[layout](RECORDS))
    batch = read_whole(file, format="amazon_connect", record="contact")
    assert [record.contact_id for record in batch.records] == [f"c{number}" for number in range(30)]  # type: ignore[union-attr]
    assert (batch.read, batch.dead) == (30, [])


def test_a_folder_is_read_in_the_order_of_its_dates(tmp_path: Path) -> None:
    """Files below a folder follow each other by path; hidden ones are none; a torn one costs its end alone."""
    for hour, part in (("10", RECORDS[10:20]), ("09", RECORDS[:10]), ("11", RECORDS[20:])):
        folder = tmp_path / "2026" / "03" / "02" / hour
        folder.mkdir(parents=True)
        (folder / "ctr-1").write_bytes(gzip.compress(lines(part)))
    (tmp_path / ".state").write_text("no JSON")
    batch = read_whole(tmp_path, format="amazon_connect", record="contact")
    assert [record.contact_id for record in batch.records] == [f"c{number}" for number in range(30)]  # type: ignore[union-attr]
    torn = tmp_path / "2026" / "03" / "02" / "10" / "ctr-1"
    torn.write_bytes(torn.read_bytes()[:-30])
    batch = read_whole(tmp_path, format="amazon_connect", record="contact")
    assert len(batch.records) >= 20
    assert [record.contact_id for record in batch.records[-10:]] == [f"c{number}" for number in range(20, 30)]  # type: ignore[union-attr]
    (letter,) = batch.dead
    assert letter.reason.startswith("object: no complete gzip file")


@pytest.mark.parametrize("layout", ["lines", "list", "back to back"])
@pytest.mark.parametrize("keep", [1, 40, 200, 500, 700, 900])
def test_half_an_object_costs_itself_alone(tmp_path: Path, layout: str, keep: int) -> None:
    """Wherever an object is cut off in the middle of a file, those before and after it count."""
    content = LAYOUTS[layout](RECORDS).decode()
    start = content.index("{", content.index('"c9"'))
    start = content.rindex("{", 0, content.rindex('"AWSAccountId"', 0, content.index('"c10"')))
    end = content.index('"AWSAccountId"', content.index('"c10"'))
    end = content.rindex("{", 0, end)
    file = tmp_path / "records"
    file.write_text(content[: start + keep] + content[end:], encoding="utf-8")
    batch = read_whole(file, format="amazon_connect", record="contact")
    found = [record.contact_id for record in batch.records]  # type: ignore[union-attr]
    assert found == [f"c{number}" for number in range(30) if number != 10]
    assert len(batch.dead) == 1


def test_a_file_that_ends_early_says_so(tmp_path: Path) -> None:
    """Half an object at the end is a dead letter, and so is a list that is not closed."""
    file = tmp_path / "records"
    whole = json.dumps(RECORDS[:2])
    for cut_off, kept in ((whole[:-1], 2), (whole[:-40], 1)):
        file.write_text(cut_off, encoding="utf-8")
        batch = read_whole(file, format="amazon_connect", record="contact")
        assert (len(batch.records), len(batch.dead)) == (kept, 1)
        assert "the file ends in the middle" in batch.dead[0].reason


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"leave_out": ["CALBACK"]}, "did you mean"),
        ({"record": "agent_state", "leave_out": ["CALLBACK"]}, "has no meaning for record: agent_state"),
        ({"agent_queues": "yes"}, "true or false"),
        ({"record": "interval"}, "contact, agent_state"),
        ({"queues": "a"}, "unknown key"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(options: dict[str, Any], said: str) -> None:
    """One line names the key, what was found and what is allowed."""
    with pytest.raises(UserError, match=said):
        open_source(shared(**{"format": "amazon_connect", "record": "contact"} | options))


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_file_or_folder_is_refused(tmp_path: Path, content: bytes) -> None:
    """Nothing to read is a fault of the command, not of a row."""
    file = tmp_path / "records"
    for path, said in ((tmp_path / "none", "no such file"), (tmp_path, "no file in it")):
        with pytest.raises(UserError, match=said):
            read_whole(path, format="amazon_connect", record="contact")
    file.write_bytes(content)
    with pytest.raises(UserError, match="is empty"):
        read_whole(file, format="amazon_connect", record="contact")


def talk(state: str, method: str = "INBOUND", at: str = "09:00:00", queue: str = "Sales") -> dict[str, Any]:
    """A contact of a snapshot."""
    return {
        "Channel": "VOICE",
        "ConnectedToAgentTimestamp": f"2026-03-02T{at}.000Z",
        "ContactId": f"{queue}-{at}",
        "InitiationMethod": method,
        "Queue": {"ARN": f"{ARN}/queue/{queue}", "Name": queue},
        "State": state,
        "StateStartTimestamp": f"2026-03-02T{at}.000Z",
    }


@pytest.mark.parametrize(
    ("event", "state", "queue", "reason"),
    [
        (agent_event("LOGIN", "08:00:00", status="Offline"), "offline", None, None),
        (agent_event("STATE_CHANGE", "08:00:00"), "available", None, None),
        (agent_event("HEART_BEAT", "08:02:00"), "available", None, None),
        (agent_event("STATE_CHANGE", "08:00:00", status="Lunch"), "unavailable", None, "Lunch"),
        (agent_event("STATE_CHANGE", "08:00:00", Contacts=[talk("CONNECTING")]), "available", None, None),
        (agent_event("STATE_CHANGE", "08:00:00", Contacts=[talk("CONNECTING", "OUTBOUND")]), "handling", "Sales", None),
        (agent_event("STATE_CHANGE", "08:00:00", Contacts=[talk("CONNECTED")]), "handling", "Sales", None),
        (agent_event("STATE_CHANGE", "08:00:00", Contacts=[talk("CONNECTED_ONHOLD")]), "handling", "Sales", None),
        (agent_event("STATE_CHANGE", "08:00:00", Contacts=[talk("ENDED")]), "wrap", "Sales", None),
        (agent_event("STATE_CHANGE", "08:00:00", Contacts=[talk("MISSED")]), "unavailable", None, "missed"),
        (agent_event("STATE_CHANGE", "08:00:00", Contacts=[talk("CONNECTED", "MONITOR")]), "available", None, None),
        (
            agent_event(
                "STATE_CHANGE",
                "08:00:00",
                Contacts=[
                    talk("ENDED"),
                    talk("CONNECTED", at="09:01:00"),
                    talk("CONNECTED", at="09:00:30", queue="q-2"),
                ],
            ),
            "handling",
            "q-2",
            None,
        ),
        (agent_event("LOGOUT", "08:00:00", status="Available"), "offline", None, None),
    ],
)
def test_an_event_tells_the_state_of_its_agent(
    tmp_path: Path, event: Any, state: str, queue: str | None, reason: str | None
) -> None:
    """Contacts come before the status that the agent chose; the agent's own queue is none of hers."""
    batch = read(tmp_path, event, record="agent_state")
    assert batch.queues == ["Sales", "q-2"]
    (record, _) = batch.records
    assert record == AgentState(
        "ann",
        from_rfc3339(event["EventTimestamp"]),
        state,
        ("Sales", "q-2"),
        handling_queue=queue,
        reason=reason,
        team="Madrid",
    )


def test_a_logout_without_a_snapshot_reaches_the_queues_as_before(tmp_path: Path) -> None:
    """Queues that an event does not name are those of the agent's last one; an agent of no queue is filtered."""
    login = agent_event("LOGIN", "08:00:00")
    out = agent_event("LOGOUT", "12:00:00", CurrentAgentSnapshot=None)
    out["PreviousAgentSnapshot"] = {"Configuration": {"Username": "ann"}}
    nobody = agent_event("LOGOUT", "12:00:00", CurrentAgentSnapshot=None)
    batch = read(tmp_path, login, out, nobody, record="agent_state")
    assert [(row, queue) for row, queue in zip(batch.rows, batch.queues, strict=True)] == [
        (1, "Sales"), (1, "q-2"), (2, "Sales"), (2, "q-2"),
    ]  # fmt: skip
    assert (batch.read, batch.filtered) == (3, 1)


def test_a_changed_routing_profile_tells_the_queues_that_were_left(tmp_path: Path) -> None:
    """The state goes to the old queues and the new ones."""
    second = agent_event("STATE_CHANGE", "09:00:00")
    second["CurrentAgentSnapshot"]["Configuration"]["RoutingProfile"]["InboundQueues"] = [{"Name": "Help"}]
    batch = read(tmp_path, agent_event("LOGIN", "08:00:00"), second, record="agent_state")
    assert batch.queues[2:] == ["Help", "Sales", "q-2"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (connect_record("c1"), "state: EventType None is none of"),
        (agent_event("STATE", "08:00:00"), "state: EventType 'STATE' is none of"),
        (agent_event("LOGIN", "08:00:00", CurrentAgentSnapshot=None, AgentARN=None), "agent: is empty"),
        (agent_event("LOGIN", "08:00:00", EventTimestamp=None), "since: is empty"),
        (agent_event("LOGIN", "08:00:00", status=""), "state: CurrentAgentSnapshot.AgentStatus.Name is empty"),
        (agent_event("LOGIN", "20:00:06"), "in_the_future: since"),
    ],
)
def test_an_event_against_the_rules_is_a_dead_letter(tmp_path: Path, event: Any, reason: str) -> None:
    """Its reason names the field."""
    (letter,) = read(tmp_path, event, record="agent_state").dead
    assert letter.reason.startswith(reason)

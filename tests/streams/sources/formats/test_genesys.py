"""Genesys Cloud: meaning of each metric, segment and status, pages, and what is torn."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloud_objects import conversation, group, read_whole, user_details
from sources import shared

from config.errors import UserError
from config.timestamps import from_rfc3339
from streams.records import Contact, Snapshot
from streams.sources.batch import Batch
from streams.sources.registry import open_source

FULL: dict[str, Any] = {
    "nOffered": {"count": 60},
    "tAnswered": {"count": 50, "sum": 612_345.0, "max": 90_000},
    "nOverSla": {"count": 8},
    "oServiceLevel": {"ratio": 0.7636, "numerator": 42, "denominator": 55, "target": 0.8},
    "tAbandon": {"count": 7, "sum": 100_000},
    "tShortAbandon": {"count": 2, "sum": 5_000},
    "tFlowOut": {"count": 3, "sum": 100_000},
    "tHandle": {"count": 49, "sum": 9_800_000},
    "tTalkComplete": {"count": 49, "sum": 8_000_000},
    "tHeldComplete": {"count": 5, "sum": 300_000},
    "tAcw": {"count": 49, "sum": 1_500_000},
}


def read(folder: Path, content: Any, record: str = "interval", **options: Any) -> Batch:
    """The rows of a JSON value."""
    file = folder / "answer.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_whole(file, format="genesys", record=record, **options)


def row(folder: Path, figures: dict[str, Any], **options: Any) -> Snapshot:
    """The record of one interval."""
    (record,) = read(folder, {"results": [group("q-1", **figures)]}, **options).records
    assert isinstance(record, Snapshot)
    return record


def test_each_metric_has_its_figure(tmp_path: Path) -> None:
    """Counts, and milliseconds summed; a service level is not compared unless the source says so."""
    found = row(tmp_path, FULL, threshold_seconds=20)
    start = from_rfc3339("2026-03-02T09:00:00Z")
    assert found == Snapshot(
        start,
        1_800_000,
        start + 1_800_000,
        channel="voice",
        offered=60,
        answered=50,
        answered_within=42,
        threshold_ms=20_000,
        abandoned=7,
        short_abandoned=2,
        overflowed=3,
        wait_ms=612_345,
        talk_ms=8_000_000,
        hold_ms=300_000,
        wrap_ms=1_500_000,
        handled=49,
    )
    assert row(tmp_path, FULL, compare_service_level=True).service_level_reported == 42 / 55


def without(*names: str) -> dict[str, Any]:
    """All metrics but some."""
    return {name: stats for name, stats in FULL.items() if name not in names}


def test_a_metric_absent_beside_offers_is_none(tmp_path: Path) -> None:
    """Genesys leaves out what did not occur: 0 beside nOffered, not reported without it."""
    quiet = row(tmp_path, {"nOffered": {"count": 2}})
    assert (quiet.offered, quiet.answered, quiet.answered_within, quiet.abandoned, quiet.handled) == (2, 0, 0, 0, 0)
    assert (quiet.short_abandoned, quiet.overflowed, quiet.wait_ms, quiet.handle_ms) == (0, 0, 0, 0)
    later = row(tmp_path, {"tHandle": {"count": 2, "sum": 400_000}, "tAcw": {"sum": 100_000}})
    assert (later.offered, later.answered, later.abandoned, later.handled, later.handle_ms) == (
        None,
        None,
        None,
        2,
        400_000,
    )


def test_the_metrics_that_were_asked_for_say_what_is_absent(tmp_path: Path) -> None:
    """One that was asked for and is not there is 0 in any row; one that was not asked for is never reported."""
    asked = row(tmp_path, {"tHandle": {"count": 2, "sum": 400_000}}, metrics=["nOffered", "tAnswered", "tHandle"])
    assert (asked.offered, asked.answered, asked.answered_within, asked.abandoned) == (0, 0, None, None)


def test_answered_in_time_is_the_numerator_or_what_was_not_late(tmp_path: Path) -> None:
    """The service level's numerator, whatever its switches count; else answered less nOverSla."""
    assert row(tmp_path, without("nOverSla")).answered_within == 42
    assert row(tmp_path, without("oServiceLevel")).answered_within == 42
    assert row(tmp_path, without("oServiceLevel", "nOverSla")).answered_within == 50


def test_talk_that_was_not_asked_for_is_what_handling_leaves(tmp_path: Path) -> None:
    """It is tHandle less hold and after-call work."""
    assert row(tmp_path, without("tTalkComplete")).talk_ms == 8_000_000


def pages(*groups: Any) -> dict[str, str]:
    """The layouts in which answers are kept."""
    whole = {"results": list(groups)}
    halves = [{"results": list(groups[:2])}, {"results": list(groups[2:])}]
    return {
        "one page": json.dumps(whole),
        "a pretty page": json.dumps(whole, indent=2),
        "a list of pages": json.dumps(halves),
        "a page a line": "\n".join(map(json.dumps, halves)),
        "pages back to back": "".join(map(json.dumps, halves)),
        "groups alone": "\n".join(map(json.dumps, groups)),
        "a page with more keys": json.dumps({"totalHits": 3, "results": list(groups), "aggregations": [{"a": 1}]}),
        "a page with an object first": json.dumps({"systemToOrganizationMappings": {"a": []}, "results": list(groups)}),
    }


@pytest.mark.parametrize("layout", pages())
def test_one_page_or_many_give_the_same(tmp_path: Path, layout: str) -> None:
    """Pages, lists of them, lines, and answers that say nothing."""
    groups = [group(f"q-{number}", **FULL) for number in range(3)]
    batch = read(tmp_path, pages(*groups)[layout] + '\n{}\n{"results": []}{"totalHits": 0}[{"results": null}]')
    assert (batch.queues, batch.read, batch.dead) == (["q-0", "q-1", "q-2"], 3, [])


def test_a_group_has_a_row_an_interval(tmp_path: Path) -> None:
    """Each is counted, and one that is refused costs itself alone."""
    day = group("q-1", **FULL)
    for at, end in (("09:30", "10:00"), ("10:00", "12:00"), ("10:30", "11:00")):
        day["data"] += group("q-1", at, end, **FULL)["data"]
    day["data"].append({"metrics": []})
    batch = read(tmp_path, {"results": [day]})
    assert (batch.read, batch.rows) == (5, [1, 2, 4])
    long, none = batch.dead
    assert (long.row, long.queue, long.at_ms) == (3, "q-1", from_rfc3339("2026-03-02T10:00:00Z"))
    assert long.reason.startswith("interval_seconds: 7200 is longer than an hour")
    assert json.loads(long.value)["data"][0]["interval"].startswith("2026-03-02T10:00")
    assert (none.queue, none.at_ms, none.reason) == ("q-1", None, "interval_start: interval is not START/END")


def test_an_interval_that_goes_on_tells_the_counts_so_far(tmp_path: Path) -> None:
    """A row whose end is still to come is as of the driver's clock; one whose beginning is, is a dead letter."""
    open_one = group("q-1", "19:45", "20:15", **FULL)
    ahead = group("q-1", "20:30", "21:00", **FULL)
    batch = read(tmp_path, {"results": [open_one, ahead]})
    (record,) = batch.records
    assert isinstance(record, Snapshot)
    assert record.as_of_ms == from_rfc3339("2026-03-02T20:00:00Z")
    assert batch.dead[0].reason.startswith("in_the_future")


def test_queues_have_the_names_of_a_file(tmp_path: Path) -> None:
    """A file id,name beside the configuration; an id that it lacks stays as it is."""
    (tmp_path / "names.csv").write_text("id,name\nq-1,Sales\n", encoding="utf-8")
    groups = [group("q-1", **FULL), group("q-2", **FULL)]
    file = str(tmp_path / "m.yaml")
    assert read(tmp_path, groups, names="names.csv", file=file).queues == ["Sales", "q-2"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mediaType": "voice"}, "queue: the group names no queueId"),
        ({"queueId": "q-1", "userId": "u-1"}, "queue: the group is a part of its queue (userId)"),
        ({"queueId": 7}, "queue: queueId is no text"),
    ],
)
def test_a_group_that_is_not_a_queues_is_refused(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    """Parts of a queue would replace each other, and a group of no queue has none."""
    (letter,) = read(tmp_path, [group("q-1", **FULL) | {"group": changed}]).dead
    assert letter.reason.startswith(reason)


def test_two_media_of_one_queue_do_not_replace_each_other(tmp_path: Path) -> None:
    """The second mediaType of a queue is refused until the source says which is read; then others are filtered."""
    chat = group("q-1", **FULL)
    chat["group"]["mediaType"] = "chat"
    groups = [group("q-1", **FULL), chat]
    refused = read(tmp_path, groups)
    assert refused.rows == [1]
    assert refused.dead[0].reason.startswith("channel: the queue is there as voice and as chat")
    chosen = read(tmp_path, groups, media_types=["chat"])
    assert (chosen.rows, chosen.filtered) == ([2], 1)


@pytest.mark.parametrize(
    ("stats", "reason"),
    [
        ({"nOffered": {"count": 1.5}}, "offered: count is no whole number"),
        ({"nOffered": {"count": "1"}}, "offered: count is no number"),
        ({"nOffered": {"count": True}}, "offered: count is no number"),
        ({"nOffered": {"count": 10**30}}, "offered: "),
        ({"tAnswered": 7}, "offered: stats is no object"),
    ],
)
def test_a_figure_that_is_none_is_refused(tmp_path: Path, stats: dict[str, Any], reason: str) -> None:
    """The reason names the field."""
    (letter,) = read(tmp_path, [group("q-1", **stats)]).dead
    assert letter.reason.startswith(reason)


def contacts(folder: Path, *values: Any, **options: Any) -> Batch:
    """The rows of a page of conversations."""
    return read(folder, {"conversations": list(values), "totalHits": len(values)}, record="contact", **options)


def test_a_stay_that_an_agent_ended_is_answered(tmp_path: Path) -> None:
    """Offer and exit are those of the acd session, the wait is tAnswered, handling is the agent's session."""
    batch = contacts(tmp_path, conversation("c1"))
    assert batch.queues == ["q-1"]
    start = from_rfc3339("2026-03-02T09:00:00Z")
    times = (start + 12_000, 12_345, 60_000, 5_000, 20_000, start + 12_000)
    assert batch.records == [Contact("c1", start, "answered", *times, "u-1", None, None, "voice")]


def alone(name: str, at: str = "09:00", *, ended: str | None = "peer", **metric: int) -> dict[str, Any]:
    """A conversation that no agent took."""
    value = conversation(name, at)
    acd = value["participants"][1]["sessions"][0]
    value["participants"] = value["participants"][:2]
    acd["segments"][0]["disconnectType"] = ended
    acd["metrics"] += [{"name": one, "value": count} for one, count in metric.items()]
    return value


@pytest.mark.parametrize(
    ("value", "outcome", "wait"),
    [
        (alone("c1", tAbandon=11_900), "abandoned", 11_900),
        (alone("c1", tAbandon=3_000, tShortAbandon=3_000), "abandoned", 3_000),
        (alone("c1", ended="transfer", tFlowOut=12_001), "overflowed", 12_001),
        (alone("c1", ended="peer"), "abandoned", 12_000),
        (alone("c1", ended="client"), "abandoned", 12_000),
        (alone("c1", ended="transfer"), "overflowed", 12_000),
        (alone("c1", ended="system"), "overflowed", 12_000),
        (alone("c1", ended=None), "overflowed", 12_000),
    ],
)
def test_a_stay_that_no_agent_ended(tmp_path: Path, value: Any, outcome: str, wait: int) -> None:
    """Genesys' own metric says how it ended; where there is none, the type of its disconnection does."""
    (contact,) = contacts(tmp_path, value).records
    assert isinstance(contact, Contact)
    assert (contact.outcome, contact.wait_ms, contact.talk_ms, contact.agent) == (outcome, wait, None, None)


def test_a_conversation_that_goes_on(tmp_path: Path) -> None:
    """Without an end it waits; taken and not yet ended it is answered, and its handling is not reported."""
    waiting = alone("c1", ended=None)
    del waiting["conversationEnd"], waiting["participants"][1]["sessions"][0]["segments"][0]["segmentEnd"]
    talking = conversation("c2")
    del talking["conversationEnd"]
    talking["participants"][2]["sessions"][0]["segments"] = talking["participants"][2]["sessions"][0]["segments"][:2]
    del talking["participants"][2]["sessions"][0]["segments"][1]["segmentEnd"]
    first, second = contacts(tmp_path, waiting, talking).records
    assert isinstance(first, Contact)
    assert isinstance(second, Contact)
    assert (first.outcome, first.exited_ms) == ("", None)
    assert (second.outcome, second.wait_ms, second.handle_ms) == ("answered", 12_345, None)


def test_another_queue_is_another_visit(tmp_path: Path) -> None:
    """Each acd session is a row, with the agent who took it from that queue."""
    value, second = conversation("c1"), json.loads(json.dumps(conversation("c1", "09:01")).replace("q-1", "q-2"))
    second["participants"][2]["userId"] = "u-2"
    value["participants"] = [*second["participants"], *value["participants"]]
    (tmp_path / "names.csv").write_text("q-1,Sales\nu-2,Ben\n", encoding="utf-8")
    batch = contacts(tmp_path, value, names="names.csv", file=str(tmp_path / "m.yaml"))
    assert batch.queues == ["Sales", "q-2"]
    assert [record.agent for record in batch.records] == ["u-1", "Ben"]  # type: ignore[union-attr]
    assert batch.read == 2


def test_conversations_of_no_queue_and_other_media_are_filtered(tmp_path: Path) -> None:
    """An outbound call in no queue is filtered, and so is a stay of another mediaType than those read."""
    outbound = conversation("c1")
    outbound["participants"] = outbound["participants"][::2]
    chat = json.loads(json.dumps(conversation("c2")).replace('"voice"', '"chat"'))
    batch = contacts(tmp_path, outbound, chat, conversation("c3"), media_types=["voice"])
    assert (batch.read, batch.filtered, batch.rows) == (3, 2, [3])


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"conversationId": "c1"}, "object: no conversationId with participants"),
        (conversation("c1", participants=[1]), "outcome: participants is no list of objects"),
        (conversation(""), "contact_id: is empty"),
    ],
)
def test_a_conversation_against_the_rules_is_a_dead_letter(tmp_path: Path, value: Any, reason: str) -> None:
    """Its reason names the field, and those beside it count."""
    batch = contacts(tmp_path, value, conversation("good"))
    assert batch.dead[0].reason.startswith(reason)
    assert batch.rows == [2]


def states(folder: Path, content: Any) -> Batch:
    """The rows of users of whom u-1 is in two queues."""
    (folder / "members.csv").write_text("user,queue\nu-1,q-1\nu-1,q-2\n", encoding="utf-8")
    (folder / "names.csv").write_text("q-1,Sales\nu-1,Ann\n", encoding="utf-8")
    file = str(folder / "m.yaml")
    return read(folder, content, record="agent_state", members="members.csv", names="names.csv", file=file)


def test_presence_and_routing_status_make_one_state(tmp_path: Path) -> None:
    """A state for each instant at which either changes, for each of the user's queues."""
    batch = states(tmp_path, {"userDetails": [user_details("u-1")]})
    assert batch.queues[:2] == ["Sales", "q-2"]
    assert [(record.since_ms, record.state, record.reason) for record in batch.records[::2]] == [  # type: ignore[union-attr]
        (from_rfc3339(f"2026-03-02T{at}:00Z"), state, reason)
        for at, state, reason in (
            ("08:00", "available", None),
            ("09:00", "handling", None),
            ("09:10", "available", None),
            ("10:00", "unavailable", "break"),
            ("10:30", "available", None),
            ("12:00", "offline", None),
        )
    ]
    assert {record.agent for record in batch.records} == {"Ann"}  # type: ignore[union-attr]


def test_events_of_users_make_states(tmp_path: Path) -> None:
    """Each event changes one of the two, and the state follows from both."""

    def event(kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"topicName": f"v2.users.u-1.{kind}", "version": "2", "eventBody": body}

    def presence(name: str, at: str) -> dict[str, Any]:
        body = {"presenceDefinition": {"id": "p", "systemPresence": name}, "modifiedDate": f"2026-03-02T{at}:00.000Z"}
        return event("presence", body)

    def routing(status: str, at: str) -> dict[str, Any]:
        return event("routingStatus", {"routingStatus": {"status": status, "startTime": f"2026-03-02T{at}:00.000Z"}})

    given = [
        presence("On Queue", "08:00"),
        routing("IDLE", "08:01"),
        routing("INTERACTING", "08:05"),
        presence("MEAL", "08:06"),
        routing("OFF_QUEUE", "08:07"),
        routing("NOT_RESPONDING", "08:08"),
        presence("OFFLINE", "08:09"),
    ]
    batch = states(tmp_path, "\n".join(map(json.dumps, given)))
    found = [record.state for record in batch.records[::2]]  # type: ignore[union-attr]
    assert found == ["available", "available", "handling", "handling", "unavailable", "unavailable", "offline"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (group("q-1") | {"group": {"userId": "u-1"}}, "state: totals of an interval tell how long and not when"),
        (user_details("u-9"), "queues: the user is in no queue of members"),
        ({"userId": "u-1", "routingStatus": [{"routingStatus": "IDLE"}]}, "since: startTime of routingStatus is empty"),
        (json.loads(json.dumps(user_details("u-1")).replace("BREAK", "SIESTA")), "state: 'SIESTA' is none of"),
        ({"topicName": "v2.users.u-1.activity", "eventBody": {}}, "state: eventBody has neither"),
        ({"topicName": "v2.queues", "eventBody": {}}, "agent: neither userId nor"),
        ({"id": "u-1"}, "object: neither a user's details nor"),
    ],
)
def test_a_status_that_is_none_is_a_dead_letter(tmp_path: Path, value: Any, reason: str) -> None:
    """Totals cannot be made states; each other fault is told as well."""
    batch = states(tmp_path, json.dumps(value))
    assert any(letter.reason.startswith(reason) for letter in batch.dead)


@pytest.mark.parametrize("keep", [1, 30, 60, 100, 200, 500])
@pytest.mark.parametrize("layout", pages())
def test_half_a_group_costs_itself_alone(tmp_path: Path, layout: str, keep: int) -> None:
    """Wherever a group is cut off in the middle of a page, those before and after it count."""
    groups = [group(f"q-{number}", **FULL) for number in range(6)]
    content = pages(*groups)[layout]
    marks = [content.index(f'"q-{number}"') for number in (3, 4)]
    start, end = (content.rindex("{", 0, content.rindex('"group"', 0, mark)) for mark in marks)
    batch = read(tmp_path, content[: start + keep] + content[end:])
    assert batch.queues == [f"q-{number}" for number in range(6) if number != 3]
    # A page that begins with an object has its own beginning set aside as well.
    assert len(batch.dead) == (2 if layout == "a page with an object first" else 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"names": "none.csv"}, "no such file"),
        ({"names": "bad.csv"}, "line 2 of bad.csv: is not id and name"),
        ({"names": "twice.csv"}, "line 2 of twice.csv: q-1 is Help here and Sales before"),
        ({"metrics": ["nOfered"]}, "did you mean"),
        ({"members": "bad.csv"}, "has no meaning for record: interval"),
        ({"record": "agent_state"}, "says no members"),
        ({"record": "contact", "metrics": ["nOffered"]}, "has no meaning for record: contact"),
        ({"record": "plan"}, "interval, contact, agent_state"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    """One line names the key, what was found and what is allowed."""
    (tmp_path / "bad.csv").write_text("q-1,Sales\nq-2\n", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("q-1,Sales\nq-1,Help\n", encoding="utf-8")
    with pytest.raises(UserError, match=said):
        open_source(shared(file=str(tmp_path / "m.yaml"), **{"format": "genesys", "record": "interval"} | options))

"""Twelve exports in which little speaks for one reading: `map` must be right there, or say that it is unsure."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from export_parts import HMS, Made, contact_source, interval_source, lasting, mean_of, table
from unseen_numbers import clock, halves, visits

__all__ = ["THIN"]


def _order_of_day() -> Made:
    rows = [
        [v.number, (v.at - timedelta(days=8)).strftime("%d/%m/%Y %H:%M:%S"), v.queue,
         "Answered" if v.talk else "Abandoned", v.wait, v.talk] for v in visits("Claims", "Quotes", seed=301)
    ]  # fmt: skip
    head = ["Call ID", "Queued At", "Queue", "Result", "Wait (s)", "Talk (s)"]
    return "calls_of_the_day.csv", table(head, rows), contact_source(
        {
            "contact_id": "Call ID", "queue": "Queue",
            "offered_at": {"column": "Queued At", "format": "%d/%m/%Y %H:%M:%S"},
            "outcome": {"column": "Result", "values": {"Answered": "answered", "Abandoned": "abandoned"}},
            "wait_seconds": "Wait (s)", "talk_seconds": "Talk (s)",
        }
    )  # fmt: skip


def _answered_and_handled() -> Made:
    rows = [
        [
            h.queue,
            f"{h.at:%Y-%m-%d %H:%M}",
            h.offered,
            h.answered,
            h.answered + h.short + 2,
            h.abandoned,
            h.talk,
            h.wrap,
        ]
        for h in halves("Desk", "Night Desk", seed=302)
    ]
    head = ["Queue", "Interval", "Offered", "Answered", "Handled", "Abandoned", "Talk Time (s)", "Wrap Time (s)"]
    return "answered_and_handled.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Interval", "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "handled": "Handled", "abandoned": "Abandoned",
            "talk_seconds": "Talk Time (s)", "wrap_seconds": "Wrap Time (s)",
        }
    )  # fmt: skip


def _calls_alone() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d}", f"{h.at:%H:%M}", h.answered, h.abandoned, h.mean(h.talk)]
        for h in halves("Hotel", "Airline", seed=303)
    ]
    head = ["Queue", "Date", "Time", "Calls", "Abandoned", "Avg Talk (s)"]
    return "calls_and_abandons.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"columns": ["Date", "Time"], "format": "%Y-%m-%d %H:%M"},
            "offered": {"sum": ["Calls", "Abandoned"]}, "answered": "Calls", "handled": "Calls",
            "abandoned": "Abandoned", "talk_seconds": mean_of("Avg Talk (s)", "Calls"),
        }
    )  # fmt: skip


def _rounded_level() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered * 9, h.answered * 9, h.abandoned * 9,
         f"{100 * h.within / h.answered:.0f}%"] for h in halves("Rail", "Bus", seed=304)
    ]  # fmt: skip
    head = ["Queue", "Interval", "Offered", "Answered", "Abandoned", "SL 20s"]
    return "rounded_level.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Interval", "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "abandoned": "Abandoned",
            "answered_within": {"share": {"column": "SL 20s", "percent": True}, "of": "Answered"},
        },
        threshold_seconds=20,
    )  # fmt: skip


def _hours_as_numbers() -> Made:
    rows = [
        [h.at.strftime("%Y-%m-%d"), h.at.hour, h.queue, h.offered, h.answered, h.abandoned, clock(h.mean(h.wait))]
        for h in halves("Taxi", "Courier", seed=305, minutes=60, count=10)
    ]
    head = ["Date", "Hour", "Queue", "Received", "Answered", "Abandoned", "ASA"]
    right = interval_source(
        {
            "queue": "Queue", "interval_start": {"columns": ["Date", "Hour"], "format": "%Y-%m-%d %H"},
            "offered": "Received", "answered": "Answered", "abandoned": "Abandoned",
            "wait_seconds": mean_of("ASA", "Answered", HMS),
        },
        interval_minutes=60,
    )  # fmt: skip
    return "hourly.csv", table(head, rows), right


def _epoch_intervals() -> Made:
    def epoch(at: datetime) -> int:
        return int(at.replace(tzinfo=UTC).timestamp() * 1000)

    lines = [
        json.dumps(
            {
                "queueName": h.queue,
                "startTs": epoch(h.at),
                "offeredCount": h.offered,
                "answeredCount": h.answered,
                "abandonedCount": h.abandoned,
                "talkMillis": h.talk * 1000,
            }
        )
        for h in halves("app", "web", seed=306)
    ]
    right = interval_source(
        {
            "queue": "queueName", "interval_start": {"column": "startTs", "format": "epoch_ms"},
            "offered": "offeredCount", "answered": "answeredCount", "handled": "answeredCount",
            "abandoned": "abandonedCount", "talk_seconds": {"column": "talkMillis", "multiply": 0.001},
        }
    )  # fmt: skip
    right["source"]["format"] = "jsonl"
    return "aggregates.jsonl", "\n".join([*lines, ""]).encode(), right


def _local_and_utc() -> Made:
    rows = [
        [v.number, f"{v.at:%Y-%m-%d %H:%M:%S}", f"{v.at + timedelta(hours=4):%Y-%m-%d %H:%M:%S}", v.queue,
         "handled" if v.talk else "abandoned", v.wait, v.talk] for v in visits("Support EN", "Support ES", seed=307)
    ]  # fmt: skip
    head = ["Interaction ID", "Start Time (Local)", "Start Time (UTC)", "Queue", "Outcome", "Wait Seconds",
            "Talk Seconds"]  # fmt: skip
    right = contact_source(
        {
            "contact_id": "Interaction ID", "queue": "Queue",
            "offered_at": {"column": "Start Time (UTC)", "format": "%Y-%m-%d %H:%M:%S"},
            "outcome": {"column": "Outcome", "values": {"handled": "answered", "abandoned": "abandoned"}},
            "wait_seconds": "Wait Seconds", "talk_seconds": "Talk Seconds",
        },
        timezone="UTC",
    )  # fmt: skip
    return "interactions_tz.csv", table(head, rows), {**right, "zone": "America/New_York"}


def _coded_outcome() -> Made:
    rows = [
        [v.number, f"{v.at:%Y-%m-%d %H:%M:%S}", v.queue, 3 if v.talk else 7, v.wait, v.talk, v.agent]
        for v in visits("101", "102", seed=308)
    ]
    head = ["CallKey", "QueuedAt", "QueueNo", "ResultCode", "WaitSec", "TalkSec", "AgentName"]
    return "call_facts.csv", table(head, rows, "|"), contact_source(
        {
            "contact_id": "CallKey", "queue": "QueueNo",
            "offered_at": {"column": "QueuedAt", "format": "%Y-%m-%d %H:%M:%S"},
            "outcome": {"column": "ResultCode", "values": {"3": "answered", "7": "abandoned"}},
            "wait_seconds": "WaitSec", "talk_seconds": "TalkSec", "agent": "AgentName",
        },
        delimiter="|",
    )  # fmt: skip


def _coded_direction() -> Made:
    rows = [
        [v.number, f"{v.at:%d.%m.%Y %H:%M:%S}", "A" if v.number % 4 == 0 else "E", v.queue,
         "angenommen" if v.talk else "aufgelegt", v.wait, v.talk] for v in visits("Empfang", "Technik", seed=309)
    ]  # fmt: skip
    head = ["Anruf-ID", "Zeitpunkt", "Ein/Aus", "Gruppe", "Status", "Wartezeit (s)", "Gesprächszeit (s)"]
    return "telefonanlage.csv", table(head, rows, ";", "cp1252"), contact_source(
        {
            "contact_id": "Anruf-ID", "queue": "Gruppe",
            "offered_at": {"column": "Zeitpunkt", "format": "%d.%m.%Y %H:%M:%S"},
            "outcome": {"column": "Status", "values": {"angenommen": "answered", "aufgelegt": "abandoned"}},
            "wait_seconds": "Wartezeit (s)", "talk_seconds": "Gesprächszeit (s)",
        },
        delimiter=";", encoding="cp1252", where={"Ein/Aus": ["E"]},
    )  # fmt: skip


def _two_names() -> Made:
    made = [(lob, h) for lob, seed in (("Home", 310), ("Motor", 311)) for h in halves("Sales", "Service", seed=seed)]
    rows = [
        [lob, h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, clock(h.talk)] for lob, h in made
    ]
    head = ["Line of Business", "Skill", "Interval", "Offered", "Answered", "Abandoned", "Talk Time"]
    return "lob_and_skill.csv", table(head, rows), interval_source(
        {
            "queue": {"join": ["Line of Business", "Skill"], "with": " "},
            "interval_start": {"column": "Interval", "format": "%Y-%m-%d %H:%M"}, "offered": "Offered",
            "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "talk_seconds": lasting("Talk Time"),
        }
    )  # fmt: skip


def _pauses_inside() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, h.talk, h.wrap, h.available,
         h.talk + h.wrap + h.available + 900] for h in halves("Care", "Kids", seed=312)
    ]  # fmt: skip
    head = ["Queue", "Interval", "Offered", "Answered", "Abandoned", "Talk Time (s)", "ACW Time (s)",
            "Available Time (s)", "Staffed Time (s)"]  # fmt: skip
    return "staffed_with_pauses.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Interval", "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "talk_seconds": "Talk Time (s)", "wrap_seconds": "ACW Time (s)",
            "available_seconds": "Available Time (s)",
        }
    )  # fmt: skip


def _sums_in_minutes() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, round(h.talk / 60), round(h.wrap / 60)]
        for h in halves("East", "West", seed=313)
    ]
    head = ["Queue", "Interval", "Offered", "Answered", "Abandoned", "Talk", "Wrap"]
    return "regional.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Interval", "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "talk_seconds": {"column": "Talk", "multiply": 60}, "wrap_seconds": {"column": "Wrap", "multiply": 60},
        }
    )  # fmt: skip


THIN: Final[tuple[Callable[[], Made], ...]] = (
    _order_of_day, _answered_and_handled, _calls_alone, _rounded_level, _hours_as_numbers, _epoch_intervals,
    _local_and_utc, _coded_outcome, _coded_direction, _two_names, _pauses_inside, _sums_in_minutes,
)  # fmt: skip

"""Twelve everyday exports: the last look at `map`, after all that the others had shown was mended."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from export_parts import HMS, MS, Made, contact_source, interval_source, lasting, mean_of, plan_source, table, workbook
from unseen_numbers import clock, comma, halves, stretch, visits

__all__ = ["FINAL"]


def _vonage() -> Made:
    rows = [
        [f"{v.number}-aa", "Inbound", f"{v.at:%Y-%m-%dT%H:%M:%S}Z", v.queue, v.wait, v.talk, v.hold, v.wrap, v.agent,
         "Answered" if v.talk else "Abandoned In Queue"] for v in visits("Admissions", "Finance", seed=501)
    ]  # fmt: skip
    head = ["Interaction GUID", "Direction", "Arrival Time", "Queue Name", "Time In Queue (sec)", "Agent Talk (sec)",
            "Agent Hold (sec)", "Agent Wrap (sec)", "Agent Name", "Final Disposition"]  # fmt: skip
    return "interactions_content.csv", table(head, rows), contact_source(
        {
            "contact_id": "Interaction GUID", "queue": "Queue Name", "offered_at": "Arrival Time",
            "outcome": {"column": "Final Disposition",
                        "values": {"Answered": "answered", "Abandoned In Queue": "abandoned"}},
            "wait_seconds": "Time In Queue (sec)", "talk_seconds": "Agent Talk (sec)",
            "hold_seconds": "Agent Hold (sec)", "wrap_seconds": "Agent Wrap (sec)", "agent": "Agent Name",
        }
    )  # fmt: skip


def _avaya_vdn() -> Made:
    rows = [
        [f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M}", h.queue, h.offered, h.answered, h.abandoned, h.overflowed,
         clock(h.mean(h.wait)), clock(h.mean(h.talk)), clock(h.mean(h.wrap))]
        for h in halves("5001 Main", "5002 Fraud", seed=502, overflow=True)
    ]  # fmt: skip
    head = ["Date", "Time", "VDN", "Inbound Calls", "ACD Calls", "Aban Calls", "Other Calls", "Avg Speed of Answer",
            "Avg ACD Time", "Avg ACW Time"]  # fmt: skip
    return "vdn_interval.csv", table(head, rows, "\t"), interval_source(
        {
            "queue": "VDN", "interval_start": {"columns": ["Date", "Time"], "format": "%d/%m/%Y %H:%M"},
            "offered": "Inbound Calls", "answered": "ACD Calls", "handled": "ACD Calls", "abandoned": "Aban Calls",
            "overflowed": "Other Calls", "wait_seconds": mean_of("Avg Speed of Answer", "ACD Calls", HMS),
            "talk_seconds": mean_of("Avg ACD Time", "ACD Calls", HMS),
            "wrap_seconds": mean_of("Avg ACW Time", "ACD Calls", HMS),
        },
        delimiter="\t",
    )  # fmt: skip


def _german_manual() -> Made:
    rows: list[Sequence[Any]] = [["Datum", "Uhrzeit", "Hotline", "Anrufe", "angenommen", "verpasst", "AHT in Sek.",
                                  "Wartezeit Ø in Sek."]]  # fmt: skip
    rows += [
        [h.at.date(), h.at.time(), h.queue, h.offered, h.answered, h.abandoned, h.aht, h.mean(h.wait)]
        for h in halves("Kasse", "Beitrag", seed=503)
    ]
    return "Auswertung KW12.xlsx", workbook(rows, "Tabelle1"), interval_source(
        {
            "queue": "Hotline", "interval_start": {"columns": ["Datum", "Uhrzeit"]}, "offered": "Anrufe",
            "answered": "angenommen", "handled": "angenommen", "abandoned": "verpasst",
            "talk_seconds": mean_of("AHT in Sek.", "angenommen"),
            "wait_seconds": mean_of("Wartezeit Ø in Sek.", "angenommen"),
        }
    )  # fmt: skip


def _spanish_manual() -> Made:
    rows = [
        [f"{h.at:%d-%m-%Y}", f"{h.at:%H:%M} a {h.end:%H:%M}", h.queue, h.offered, h.answered, h.abandoned,
         f"{comma(100 * h.within / h.offered, 2)}%", stretch(h.aht)] for h in halves("Movil", "Hogar", seed=504)
    ]  # fmt: skip
    head = ["Fecha", "Franja", "Campaña", "Entrantes", "Atendidas", "Abandonadas", "NS 20 s", "TMO (mm:ss)"]
    return "seguimiento_diario.csv", table(head, rows, ";", "cp1252"), interval_source(
        {
            "queue": "Campaña",
            "interval_start": {"columns": ["Fecha", "Franja"], "format": "%d-%m-%Y %H:%M", "range": " a "},
            "offered": "Entrantes", "answered": "Atendidas", "handled": "Atendidas", "abandoned": "Abandonadas",
            "answered_within": {"share": {"column": "NS 20 s", "percent": True}, "of": "Entrantes"},
            "talk_seconds": mean_of("TMO (mm:ss)", "Atendidas", MS),
        },
        delimiter=";", encoding="cp1252", decimal=",", threshold_seconds=20,
    )  # fmt: skip


def _french_files() -> Made:
    rows = [
        [h.queue, f"{h.at:%d/%m/%Y %H:%M}", f"{h.end:%d/%m/%Y %H:%M}", h.offered, h.answered, h.abandoned,
         h.overflowed, clock(h.talk), clock(h.wrap)]
        for h in halves("Standard", "Urgences", seed=505, overflow=True)
    ]  # fmt: skip
    head = ["File d'attente", "Début intervalle", "Fin intervalle", "Appels entrants", "Appels traités",
            "Appels abandonnés", "Appels débordés", "Durée totale de conversation",
            "Durée totale de post-traitement"]  # fmt: skip
    return "rapport_files.csv", table(head, rows, ";", "utf-8-sig"), interval_source(
        {
            "queue": "File d'attente", "interval_start": {"column": "Début intervalle", "format": "%d/%m/%Y %H:%M"},
            "offered": "Appels entrants", "answered": "Appels traités", "handled": "Appels traités",
            "abandoned": "Appels abandonnés", "overflowed": "Appels débordés",
            "talk_seconds": lasting("Durée totale de conversation"),
            "wrap_seconds": lasting("Durée totale de post-traitement"),
        },
        delimiter=";",
    )  # fmt: skip


def _asterisk_cdr() -> Made:
    rows = [
        [f"{v.at:%Y-%m-%d %H:%M:%S}", f"{v.at.timestamp():.0f}.{v.number}", f"06{v.number}", v.queue, v.wait, v.talk,
         "ANSWERED" if v.talk else "NO ANSWER", v.agent] for v in visits("sales", "support", seed=506)
    ]  # fmt: skip
    head = ["calldate", "uniqueid", "src", "queuename", "waittime", "talktime", "disposition", "agentname"]
    return "queue_calls.csv", table(head, rows), contact_source(
        {
            "contact_id": "uniqueid", "queue": "queuename",
            "offered_at": {"column": "calldate", "format": "%Y-%m-%d %H:%M:%S"},
            "outcome": {"column": "disposition", "values": {"ANSWERED": "answered", "NO ANSWER": "abandoned"}},
            "wait_seconds": "waittime", "talk_seconds": "talktime", "agent": "agentname",
        }
    )  # fmt: skip


def _ready_times() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, h.within, h.talk + h.hold, h.wrap,
         h.available] for h in halves("Retail", "Trade", seed=507)
    ]  # fmt: skip
    head = ["Skill", "Interval Start", "Contacts Offered", "Contacts Handled", "Contacts Abandoned",
            "Handled in SLA", "Talk Time Sec", "ACW Time Sec", "Available Time Sec"]  # fmt: skip
    return "skill_half_hours.csv", table(head, rows), interval_source(
        {
            "queue": "Skill", "interval_start": {"column": "Interval Start", "format": "%Y-%m-%d %H:%M"},
            "offered": "Contacts Offered", "answered": "Contacts Handled", "handled": "Contacts Handled",
            "abandoned": "Contacts Abandoned", "answered_within": "Handled in SLA", "talk_seconds": "Talk Time Sec",
            "wrap_seconds": "ACW Time Sec", "available_seconds": "Available Time Sec",
        }
    )  # fmt: skip


def _chinese_hours() -> Made:
    rows = [
        [f"{h.at:%Y-%m-%d}", f"{h.at:%H:%M}", h.queue, h.offered, h.answered, h.abandoned,
         f"{100 * h.answered / h.offered:.2f}%", clock(h.mean(h.talk)), clock(h.mean(h.wrap))]
        for h in halves("贵宾", "普通", seed=508)
    ]  # fmt: skip
    head = ["日期", "开始时间", "队列", "呼入数", "接通数", "放弃数", "接通率", "平均通话时间", "平均事后处理时间"]
    return "半小时话务.csv", table(head, rows, encoding="gb18030"), interval_source(
        {
            "queue": "队列", "interval_start": {"columns": ["日期", "开始时间"], "format": "%Y-%m-%d %H:%M"},
            "offered": "呼入数", "answered": "接通数", "handled": "接通数", "abandoned": "放弃数",
            "talk_seconds": mean_of("平均通话时间", "接通数", HMS),
            "wrap_seconds": mean_of("平均事后处理时间", "接通数", HMS),
        },
        encoding="gb18030",
    )  # fmt: skip


def _plan_of_days() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", round(h.offered * 1.01, 2), h.aht, round(h.agents * 0.9, 2)]
        for h in halves("Web", "Phone", seed=509, day=23)
    ]
    head = ["Skill", "Timestamp", "Predicted Volume", "Predicted AHT", "Agents Needed"]
    return "forecast_by_skill.csv", table(head, rows), plan_source(
        {
            "queue": "Skill", "interval_start": {"column": "Timestamp", "format": "%Y-%m-%d %H:%M"},
            "forecast_offered": "Predicted Volume", "forecast_aht_seconds": "Predicted AHT",
            "required_agents": "Agents Needed",
        }
    )  # fmt: skip


def _portuguese_log() -> Made:
    rows = [
        [v.number, f"{v.at:%d/%m/%Y}", f"{v.at:%H:%M:%S}", v.queue, "Atendida" if v.talk else "Abandonada", v.wait,
         v.talk, v.agent] for v in visits("Vendas", "Pós-venda", seed=510)
    ]  # fmt: skip
    head = ["ID da chamada", "Data", "Hora", "Fila", "Resultado", "Espera (s)", "Conversação (s)", "Agente"]
    return "registo_chamadas.csv", table(head, rows, ";"), contact_source(
        {
            "contact_id": "ID da chamada", "queue": "Fila",
            "offered_at": {"columns": ["Data", "Hora"], "format": "%d/%m/%Y %H:%M:%S"},
            "outcome": {"column": "Resultado", "values": {"Atendida": "answered", "Abandonada": "abandoned"}},
            "wait_seconds": "Espera (s)", "talk_seconds": "Conversação (s)", "agent": "Agente",
        },
        delimiter=";",
    )  # fmt: skip


def _dialler_states() -> Made:
    words = ["Login", "Ready", "Talking", "Wrap", "Ready", "Not Ready", "Logout"]
    times = [(8, 0), (8, 1), (8, 20), (8, 26), (8, 27), (10, 0), (11, 0)]
    rows = [
        [f"2026-03-16 {hour:02}:{minute + late:02}:10", agent, queue, word, "Break" if word == "Not Ready" else ""]
        for late, (agent, queue) in enumerate([("ann", "Retail"), ("bob", "Trade")])
        for (hour, minute), word in zip(times, words, strict=True)
    ]
    return "agent_events.csv", table(["Event Time", "Agent", "Queue", "State", "Reason"], rows), {
        "source": {
            "format": "csv", "record": "agent_state",
            "columns": {
                "since": {"column": "Event Time", "format": "%Y-%m-%d %H:%M:%S"}, "agent": "Agent", "queues": "Queue",
                "state": {
                    "column": "State",
                    "values": {"Login": "unavailable", "Ready": "available", "Talking": "handling", "Wrap": "wrap",
                               "Not Ready": "unavailable", "Logout": "offline"},
                },
                "reason": "Reason",
            },
        }
    }  # fmt: skip


def _arrivals_and_ends() -> Made:
    def at(v: Any, plus: int) -> str:
        return (v.at + timedelta(seconds=plus)).strftime("%m/%d/%Y %I:%M:%S %p")

    rows = [
        [f"K{v.number}", v.queue, at(v, 0), at(v, v.wait) if v.talk else "", at(v, v.wait + v.talk), v.agent]
        for v in visits("Desk 1", "Desk 2", seed=512)
    ]
    when = {"format": "%m/%d/%Y %I:%M:%S %p"}
    head = ["Contact ID", "Queue", "Entered Queue", "Answered", "Ended", "Agent"]
    return "contact_times.csv", table(head, rows), contact_source(
        {
            "contact_id": "Contact ID", "queue": "Queue", "offered_at": {"column": "Entered Queue", **when},
            "outcome": {"first": [{"column": "Answered", "values": {"*": "answered"}}, {"const": "abandoned"}]},
            "exited_at": {"first": [{"column": "Answered", **when}, {"column": "Ended", **when}]}, "agent": "Agent",
        }
    )  # fmt: skip


FINAL: Final[tuple[Callable[[], Made], ...]] = (
    _vonage, _avaya_vdn, _german_manual, _spanish_manual, _french_files, _asterisk_cdr, _ready_times, _chinese_hours,
    _plan_of_days, _portuguese_log, _dialler_states, _arrivals_and_ends,
)  # fmt: skip

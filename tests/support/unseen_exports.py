"""Thirty exports of other people's systems that `map` was not made with, each with the mapping that reads it right.

They stand apart from the samples of `tests/streams/sources/recognising`: who teaches `map` a new word adds a sample
there, and changes none of these.
"""

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any, Final

from export_parts import HMS, MS, Made, contact_source, interval_source, lasting, mean_of, plan_source, table, workbook
from unseen_numbers import Half, Visit, clock, comma, halves, stretch, visits

__all__ = ["UNSEEN"]

# --- intervals --------------------------------------------------------------------------------------------


def _nice() -> Made:
    rows = [
        [h.at.strftime("%-m/%-d/%Y"), h.at.strftime("%-I:%M %p"), h.queue, h.offered, h.answered, h.abandoned, h.short,
         h.within, h.answered - h.within, h.mean(h.wait), h.aht] for h in halves("Billing", "Tech", seed=1)
    ]  # fmt: skip
    head = ["Date", "Interval", "Skill Name", "Offered", "Handled", "Abandons", "Short Abandons", "In SLA", "Out SLA",
            "Avg Speed of Answer", "Avg Handle Time"]  # fmt: skip
    return "skill_summary_interval.csv", table(head, rows), interval_source(
        {
            "queue": "Skill Name",
            "interval_start": {"columns": ["Date", "Interval"], "format": "%m/%d/%Y %I:%M %p"},
            "offered": "Offered", "answered": "Handled", "handled": "Handled", "answered_within": "In SLA",
            "abandoned": "Abandons", "short_abandoned": "Short Abandons",
            "wait_seconds": mean_of("Avg Speed of Answer", "Handled"),
            "talk_seconds": mean_of("Avg Handle Time", "Handled"),
        }
    )  # fmt: skip


def _webex() -> Made:
    rows = [
        [h.queue, "telephony", h.at.strftime("%Y-%m-%dT%H:%M:%SZ"), h.offered, h.answered, h.abandoned, h.within,
         h.wait * 1000, h.talk * 1000, h.hold * 1000, h.wrap * 1000] for h in halves("Q_Sales", "Q_Care", seed=2)
    ]  # fmt: skip
    head = ["Queue Name", "Channel Type", "Interval Start Time", "Total Contacts Offered", "Contacts Answered",
            "Contacts Abandoned", "Contacts Answered Within Service Level", "Answered Wait Time (ms)",
            "Talk Duration (ms)", "Hold Duration (ms)", "Wrapup Duration (ms)"]  # fmt: skip
    ms = {"multiply": 0.001}
    return "queue_stats_half_hourly.csv", table(head, rows, end="\n"), interval_source(
        {
            "queue": "Queue Name", "interval_start": "Interval Start Time", "offered": "Total Contacts Offered",
            "answered": "Contacts Answered", "handled": "Contacts Answered",
            "answered_within": "Contacts Answered Within Service Level", "abandoned": "Contacts Abandoned",
            "wait_seconds": {"column": "Answered Wait Time (ms)", **ms},
            "talk_seconds": {"column": "Talk Duration (ms)", **ms},
            "hold_seconds": {"column": "Hold Duration (ms)", **ms},
            "wrap_seconds": {"column": "Wrapup Duration (ms)", **ms},
        }
    )  # fmt: skip


def _eight() -> Made:
    rows = [
        [h.queue, f"{h.at:%d %b %Y}", f"{h.at:%H:%M}-{h.end:%H:%M}", h.offered, h.answered, h.abandoned,
         clock(h.mean(h.wait)), clock(h.mean(h.talk)), clock(h.mean(h.wrap))] for h in halves("Home", "Motor", seed=3)
    ]  # fmt: skip
    head = ["Queue", "Date", "Time period", "Entered", "Accepted", "Abandoned", "Avg wait to answer", "Avg talk time",
            "Avg wrap-up time"]  # fmt: skip
    return "queues-by-interval.csv", table(head, rows, quoting=csv.QUOTE_ALL), interval_source(
        {
            "queue": "Queue",
            "interval_start": {"columns": ["Date", "Time period"], "format": "%d %b %Y %H:%M", "range": "-"},
            "offered": "Entered", "answered": "Accepted", "handled": "Accepted", "abandoned": "Abandoned",
            "wait_seconds": mean_of("Avg wait to answer", "Accepted", HMS),
            "talk_seconds": mean_of("Avg talk time", "Accepted", HMS),
            "wrap_seconds": mean_of("Avg wrap-up time", "Accepted", HMS),
        }
    )  # fmt: skip


def _german_hotline() -> Made:
    rows = [
        [h.at.strftime("%d.%m.%Y"), f"{h.at:%H:%M}", h.queue, h.offered, h.answered, h.abandoned,
         comma(100 * h.within / h.offered) + " %", comma(h.wait, 0), comma(h.talk, 0), comma(h.wrap, 0)]
        for h in halves("Störungsannahme", "Kundenservice", seed=4)
    ]  # fmt: skip
    head = ["Datum", "Uhrzeit", "Warteschlange", "Angebotene Anrufe", "Angenommene Anrufe",
            "Aufgelegt in Warteschlange", "Servicelevel 20s", "Wartezeit Angenommene gesamt (s)",
            "Gesprächszeit gesamt (s)", "Nachbearbeitung gesamt (s)"]  # fmt: skip
    below = "Summe;;;1.204;1.100;104;81,2 %;;;\r\n"
    return "Halbstundenbericht.csv", table(head, rows, ";", "cp1252", below=below), interval_source(
        {
            "queue": "Warteschlange",
            "interval_start": {"columns": ["Datum", "Uhrzeit"], "format": "%d.%m.%Y %H:%M"},
            "offered": "Angebotene Anrufe", "answered": "Angenommene Anrufe", "handled": "Angenommene Anrufe",
            "abandoned": "Aufgelegt in Warteschlange",
            "answered_within": {"share": {"column": "Servicelevel 20s", "percent": True}, "of": "Angebotene Anrufe"},
            "wait_seconds": "Wartezeit Angenommene gesamt (s)", "talk_seconds": "Gesprächszeit gesamt (s)",
            "wrap_seconds": "Nachbearbeitung gesamt (s)",
        },
        delimiter=";", encoding="windows-1252", decimal=",", thousands=".", threshold_seconds=20,
        where_not={"Datum": ["Summe"]},
    )  # fmt: skip


def _spanish() -> Made:
    rows = [
        [f"{h.at:%d/%m/%Y %H:%M}", h.queue, h.offered, h.answered, h.abandoned, h.within, clock(h.wait), clock(h.talk),
         clock(h.wrap)] for h in halves("Atención al cliente", "Ventas", seed=5)
    ]  # fmt: skip
    head = ["Intervalo", "Cola", "Llamadas recibidas", "Llamadas atendidas", "Llamadas abandonadas",
            "Atendidas antes de 20 seg", "Tiempo total de espera atendidas", "Tiempo total de conversación",
            "Tiempo total administrativo"]  # fmt: skip
    return "informe_media_hora.csv", table(head, rows, ";"), interval_source(
        {
            "queue": "Cola", "interval_start": {"column": "Intervalo", "format": "%d/%m/%Y %H:%M"},
            "offered": "Llamadas recibidas", "answered": "Llamadas atendidas", "handled": "Llamadas atendidas",
            "answered_within": "Atendidas antes de 20 seg", "abandoned": "Llamadas abandonadas",
            "wait_seconds": lasting("Tiempo total de espera atendidas"),
            "talk_seconds": lasting("Tiempo total de conversación"),
            "wrap_seconds": lasting("Tiempo total administrativo"),
        },
        delimiter=";", threshold_seconds=20,
    )  # fmt: skip


def _french() -> Made:
    rows = [
        [f"{h.at:%Y-%m-%d %H:%M}", h.queue, h.offered, h.answered, h.abandoned, stretch(h.mean(h.wait)),
         stretch(h.mean(h.talk)), stretch(h.mean(h.wrap))] for h in halves("Sinistres", "Souscription", seed=6)
    ]  # fmt: skip
    head = ["Tranche horaire", "File", "Appels reçus", "Appels répondus", "Appels perdus",
            "Temps moyen d'attente avant réponse", "Durée moyenne de conversation",
            "Durée moyenne post-appel"]  # fmt: skip
    return "statistiques_files.csv", table(head, rows, "\t", "utf-16"), interval_source(
        {
            "queue": "File", "interval_start": "Tranche horaire", "offered": "Appels reçus",
            "answered": "Appels répondus", "handled": "Appels répondus", "abandoned": "Appels perdus",
            "wait_seconds": mean_of("Temps moyen d'attente avant réponse", "Appels répondus", MS),
            "talk_seconds": mean_of("Durée moyenne de conversation", "Appels répondus", MS),
            "wrap_seconds": mean_of("Durée moyenne post-appel", "Appels répondus", MS),
        },
        delimiter="\t", encoding="utf-16",
    )  # fmt: skip


def _portuguese() -> Made:
    rows = [
        [h.queue, f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M:%S}", h.offered, h.answered, h.abandoned, h.within, h.talk, h.wrap]
        for h in halves("SAC", "Retenção", seed=7)
    ]
    head = ["Fila", "Data", "Hora início", "Chamadas oferecidas", "Chamadas atendidas", "Chamadas abandonadas",
            "Atendidas até 20s", "Tempo falado (seg)", "Tempo pós-atendimento (seg)"]  # fmt: skip
    return "relatorio_intervalo.csv", table(head, rows, ";", "utf-8-sig"), interval_source(
        {
            "queue": "Fila", "interval_start": {"columns": ["Data", "Hora início"], "format": "%d/%m/%Y %H:%M:%S"},
            "offered": "Chamadas oferecidas", "answered": "Chamadas atendidas", "handled": "Chamadas atendidas",
            "answered_within": "Atendidas até 20s", "abandoned": "Chamadas abandonadas",
            "talk_seconds": "Tempo falado (seg)", "wrap_seconds": "Tempo pós-atendimento (seg)",
        },
        delimiter=";", threshold_seconds=20,
    )  # fmt: skip


def _italian() -> Made:
    rows = [
        [f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M}", h.queue, h.offered, h.answered, h.abandoned, clock(h.mean(h.wait)),
         clock(h.mean(h.talk))] for h in halves("Assistenza", "Commerciale", seed=8)
    ]  # fmt: skip
    head = ["Data", "Ora", "Coda", "Chiamate ricevute", "Chiamate risposte", "Chiamate abbandonate",
            "Tempo medio di attesa", "Tempo medio di conversazione"]  # fmt: skip
    return "code_mezzora.csv", table(head, rows, ";"), interval_source(
        {
            "queue": "Coda", "interval_start": {"columns": ["Data", "Ora"], "format": "%d/%m/%Y %H:%M"},
            "offered": "Chiamate ricevute", "answered": "Chiamate risposte", "handled": "Chiamate risposte",
            "abandoned": "Chiamate abbandonate",
            "wait_seconds": mean_of("Tempo medio di attesa", "Chiamate risposte", HMS),
            "talk_seconds": mean_of("Tempo medio di conversazione", "Chiamate risposte", HMS),
        },
        delimiter=";",
    )  # fmt: skip


def _dutch() -> Made:
    rows = [
        [h.queue, f"{h.at:%d-%m-%Y %H:%M}", h.offered, h.answered, h.abandoned, h.mean(h.wait), h.mean(h.talk),
         h.mean(h.wrap)] for h in halves("Klantenservice", "Verkoop", seed=9)
    ]  # fmt: skip
    head = ["Wachtrij", "Tijdstip", "Aangeboden gesprekken", "Beantwoorde gesprekken", "Opgehangen in wachtrij",
            "Gem. wachttijd (s)", "Gem. gesprekstijd (s)", "Gem. nawerktijd (s)"]  # fmt: skip
    return "wachtrijen.csv", table(head, rows, ";"), interval_source(
        {
            "queue": "Wachtrij", "interval_start": {"column": "Tijdstip", "format": "%d-%m-%Y %H:%M"},
            "offered": "Aangeboden gesprekken", "answered": "Beantwoorde gesprekken",
            "handled": "Beantwoorde gesprekken", "abandoned": "Opgehangen in wachtrij",
            "wait_seconds": mean_of("Gem. wachttijd (s)", "Beantwoorde gesprekken"),
            "talk_seconds": mean_of("Gem. gesprekstijd (s)", "Beantwoorde gesprekken"),
            "wrap_seconds": mean_of("Gem. nawerktijd (s)", "Beantwoorde gesprekken"),
        },
        delimiter=";",
    )  # fmt: skip


def _chinese() -> Made:
    rows = [
        [f"{h.at:%Y/%m/%d}", f"{h.at:%H:%M}-{h.end:%H:%M}", h.queue, h.offered, h.answered, h.abandoned, h.within,
         h.mean(h.wait), h.mean(h.talk), h.mean(h.wrap)] for h in halves("售后", "售前", seed=10)
    ]  # fmt: skip
    head = ["日期", "时间段", "技能组", "呼入量", "接通量", "放弃量", "20秒内接通量", "平均应答时长", "平均通话时长",
            "平均话后时长"]  # fmt: skip
    return "技能组半小时报表.csv", table(head, rows, ",", "gb18030"), interval_source(
        {
            "queue": "技能组",
            "interval_start": {"columns": ["日期", "时间段"], "format": "%Y/%m/%d %H:%M", "range": "-"},
            "offered": "呼入量", "answered": "接通量", "handled": "接通量", "answered_within": "20秒内接通量",
            "abandoned": "放弃量", "wait_seconds": mean_of("平均应答时长", "接通量"),
            "talk_seconds": mean_of("平均通话时长", "接通量"), "wrap_seconds": mean_of("平均话后时长", "接通量"),
        },
        encoding="gb18030", threshold_seconds=20,
    )  # fmt: skip


def _book_of_intervals() -> Made:
    rows: list[Sequence[Any]] = [["Queue Performance"], ["Site: Leeds"], []]
    rows.append(["Interval", "Queue", "Calls Offered", "Calls Answered", "Calls Abandoned", "Answered <= 30s",
                 "Total Queue Time Answered (sec)", "Total Talk Time (sec)", "Total ACW (sec)"])  # fmt: skip
    rows += [
        [h.at, h.queue, h.offered, h.answered, h.abandoned, h.within, h.wait, h.talk, h.wrap]
        for h in halves("Loans", "Cards", seed=11)
    ]
    return "queue_performance.xlsx", workbook(rows), interval_source(
        {
            "queue": "Queue", "interval_start": "Interval", "offered": "Calls Offered", "answered": "Calls Answered",
            "handled": "Calls Answered", "answered_within": "Answered <= 30s", "abandoned": "Calls Abandoned",
            "wait_seconds": "Total Queue Time Answered (sec)", "talk_seconds": "Total Talk Time (sec)",
            "wrap_seconds": "Total ACW (sec)",
        },
        header={"row": 4}, threshold_seconds=30,
    )  # fmt: skip


def _json_intervals() -> Made:
    lines = [
        json.dumps({
            "queue": {"name": h.queue}, "intervalStart": f"{h.at:%Y-%m-%dT%H:%M:%S}+01:00", "offered": h.offered,
            "answered": h.answered, "answeredWithinSla": h.within, "abandoned": h.abandoned, "talkSeconds": h.talk,
            "holdSeconds": h.hold, "wrapUpSeconds": h.wrap,
        }) for h in halves("chat_de", "voice_de", seed=12)
    ]  # fmt: skip
    right = interval_source(
        {
            "queue": "queue.name", "interval_start": "intervalStart", "offered": "offered", "answered": "answered",
            "handled": "answered", "answered_within": "answeredWithinSla", "abandoned": "abandoned",
            "talk_seconds": "talkSeconds", "hold_seconds": "holdSeconds", "wrap_seconds": "wrapUpSeconds",
        }
    )  # fmt: skip
    right["source"]["format"] = "jsonl"
    return "intervals.jsonl", "\n".join([*lines, ""]).encode(), right


def _quarters() -> Made:
    rows = [
        [f"{h.at:%Y-%m-%d}", f"{h.at:%H%M}", h.queue, h.offered, h.answered, h.abandoned, h.overflowed, h.within,
         h.wait, h.talk, h.wrap] for h in halves("4401", "4402", seed=13, minutes=15, count=32, overflow=True)
    ]  # fmt: skip
    head = ["ROW_DATE", "START_TIME", "SKILL", "OFFERED", "ANSWERED", "ABANDONED", "OVERFLOWED_OUT", "ANSWERED_IN_SL",
            "ANSWER_DELAY_SEC", "TALK_SEC", "ACW_SEC"]  # fmt: skip
    return "skill_qh.txt", table(head, rows, "|", end="\n"), interval_source(
        {
            "queue": "SKILL", "interval_start": {"columns": ["ROW_DATE", "START_TIME"], "format": "%Y-%m-%d %H%M"},
            "offered": "OFFERED", "answered": "ANSWERED", "handled": "ANSWERED", "answered_within": "ANSWERED_IN_SL",
            "abandoned": "ABANDONED", "overflowed": "OVERFLOWED_OUT", "wait_seconds": "ANSWER_DELAY_SEC",
            "talk_seconds": "TALK_SEC", "wrap_seconds": "ACW_SEC",
        },
        delimiter="|", interval_minutes=15,
    )  # fmt: skip


def _staffed() -> Made:
    rows = [
        [f"{h.at:%m/%d/%Y %H:%M}", h.queue, h.offered, h.answered, h.abandoned, clock(h.talk), clock(h.hold),
         clock(h.wrap), clock(h.available), clock(h.talk + h.hold + h.wrap + h.available)]
        for h in halves("Reservations", seed=14, days=2)
    ]  # fmt: skip
    head = ["Interval Start", "Call Queue", "Presented", "Answered", "Abandoned", "Talk Time", "Hold Time", "ACW Time",
            "Available Time", "Staffed Time"]  # fmt: skip
    return "acd_group_staffing.csv", table(head, rows), interval_source(
        {
            "queue": "Call Queue", "interval_start": {"column": "Interval Start", "format": "%m/%d/%Y %H:%M"},
            "offered": "Presented", "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "talk_seconds": lasting("Talk Time"), "hold_seconds": lasting("Hold Time"),
            "wrap_seconds": lasting("ACW Time"),
            "available_seconds": lasting("Available Time"), "staffed_seconds": lasting("Staffed Time"),
        }
    )  # fmt: skip


def _wide_figures() -> Made:
    rows: list[Sequence[object]] = []
    for queue, seed in (("Gas", 28), ("Water", 29)):
        made = list(halves(queue, seed=seed))
        rows += [
            [queue, f"{made[0].at:%Y-%m-%d}", name.title(), *(getattr(h, name) for h in made)]
            for name in ("offered", "answered", "abandoned")
        ]
    clocks = [f"{h.at:%H:%M}" for h in made]
    return "intraday_by_metric.csv", table(["Queue", "Date", "Metric", *clocks], rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"columns": ["Date", "time"], "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "abandoned": "Abandoned",
        },
        wide={"columns": "[0-9]{2}:[0-9]{2}", "as": "time", "value": "value", "spread": "Metric"},
    )  # fmt: skip


def _days() -> Made:
    rows = [
        [f"{h.at:%Y-%m-%d}", h.queue, h.offered * 16, h.answered * 16, h.abandoned * 16, h.aht]
        for h in halves("Sales", "Care", seed=15, count=1, days=12)
    ]
    head = ["Day", "Queue", "Offered", "Answered", "Abandoned", "AHT"]
    return "daily_summary.csv", table(head, rows), {"refused": "a file of days"}


# --- plans ------------------------------------------------------------------------------------------------


def _forecast(h: Half) -> float:
    return h.offered * 0.97 + 0.3


def _verint() -> Made:
    rows = [
        [h.queue, f"{h.at:%m/%d/%Y}", f"{h.at:%I:%M %p}", f"{_forecast(h):.2f}", h.aht, f"{h.agents * 0.9:.2f}",
         f"{h.agents:.2f}"] for h in halves("Voice EN", "Voice FR", seed=16, day=23)
    ]  # fmt: skip
    head = ["Queue", "Date", "Time", "Forecast Calls", "Forecast AHT", "Required FTE", "Scheduled FTE"]
    return "queue_forecast_export.csv", table(head, rows), plan_source(
        {
            "queue": "Queue", "interval_start": {"columns": ["Date", "Time"], "format": "%m/%d/%Y %I:%M %p"},
            "forecast_offered": "Forecast Calls", "forecast_aht_seconds": "Forecast AHT",
            "required_agents": "Required FTE", "scheduled_agents": "Scheduled FTE",
        }
    )  # fmt: skip


def _german_plan() -> Made:
    rows = [
        [f"{h.at:%d.%m.%Y %H:%M}", h.queue, comma(_forecast(h)), comma(h.aht, 0), comma(h.agents * 0.9),
         round(h.agents)] for h in halves("Hotline", "Backoffice", seed=17, day=23)
    ]  # fmt: skip
    head = ["Intervallbeginn", "Planungsgruppe", "Prognostizierte Anrufe", "Prognostizierte AHT (s)",
            "Personalbedarf", "Eingeplant"]  # fmt: skip
    return "Personalplanung_KW13.csv", table(head, rows, ";", "utf-8-sig"), plan_source(
        {
            "queue": "Planungsgruppe", "interval_start": {"column": "Intervallbeginn", "format": "%d.%m.%Y %H:%M"},
            "forecast_offered": "Prognostizierte Anrufe", "forecast_aht_seconds": "Prognostizierte AHT (s)",
            "required_agents": "Personalbedarf", "scheduled_agents": "Eingeplant",
        },
        delimiter=";", decimal=",",
    )  # fmt: skip


def _wide_days() -> Made:
    made = list(halves("Support", seed=18, day=23, days=5))
    clocks = [f"{h.at:%H:%M}" for h in made[:16]]
    rows = [[f"{made[d * 16].at:%Y-%m-%d}", *(f"{_forecast(h):.1f}" for h in made[d * 16 : d * 16 + 16])]
            for d in range(5)]  # fmt: skip
    return "forecast_support_week13.csv", table(["Date", *clocks], rows), plan_source(
        {
            "queue": {"const": "forecast_support_week13"},
            "interval_start": {"columns": ["Date", "time"], "format": "%Y-%m-%d %H:%M"}, "forecast_offered": "value",
        },
        wide={"columns": "[0-9]{2}:[0-9]{2}", "as": "time", "value": "value"},
    )  # fmt: skip


def _wide_queues() -> Made:
    one, other = list(halves("a", seed=19, day=23)), list(halves("b", seed=20, day=23))
    rows = [[f"{h.at:%d/%m/%Y %H:%M}", round(_forecast(h)), round(_forecast(g))]
            for h, g in zip(one, other, strict=True)]  # fmt: skip
    return "call_forecast_by_queue.csv", table(["Interval", "Claims", "New Business"], rows), plan_source(
        {
            "queue": "queue", "interval_start": {"column": "Interval", "format": "%d/%m/%Y %H:%M"},
            "forecast_offered": "value",
        },
        wide={"columns": "Claims|New Business", "as": "queue", "value": "value"},
    )  # fmt: skip


def _book_of_plans() -> Made:
    rows: list[Sequence[Any]] = [["Planning group", "Interval start", "Forecast volume", "Forecast AHT (sec)",
                                  "Required agents", "Scheduled agents"]]  # fmt: skip
    rows += [
        [h.queue, h.at, round(_forecast(h), 1), h.aht, round(h.agents * 0.9, 1), round(h.agents)]
        for h in halves("Mortgage", "Savings", seed=21, day=23)
    ]
    return "capacity_plan.xlsx", workbook(rows, "Plan"), plan_source(
        {
            "queue": "Planning group", "interval_start": "Interval start", "forecast_offered": "Forecast volume",
            "forecast_aht_seconds": "Forecast AHT (sec)", "required_agents": "Required agents",
            "scheduled_agents": "Scheduled agents",
        }
    )  # fmt: skip


def _spanish_plan() -> Made:
    rows = [
        [f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M}", h.queue, comma(_forecast(h)), stretch(h.aht), comma(h.agents)]
        for h in halves("Averías", "Facturación", seed=22, day=23)
    ]
    head = ["Fecha", "Hora", "Servicio", "Llamadas previstas", "TMO previsto", "Agentes requeridos"]
    return "prevision_semana13.csv", table(head, rows, ";", "cp1252"), plan_source(
        {
            "queue": "Servicio", "interval_start": {"columns": ["Fecha", "Hora"], "format": "%d/%m/%Y %H:%M"},
            "forecast_offered": "Llamadas previstas", "forecast_aht_seconds": lasting("TMO previsto", MS),
            "required_agents": "Agentes requeridos",
        },
        delimiter=";", encoding="windows-1252", decimal=",",
    )  # fmt: skip


# --- contacts ---------------------------------------------------------------------------------------------


def _freshcaller() -> Made:
    rows = [
        [v.number, f"{v.at:%Y-%m-%d %H:%M:%S}", v.queue, "Incoming", "Answered" if v.talk else "Abandoned", v.agent,
         v.wait, v.talk, v.wrap] for v in visits("Returns", "Orders", seed=23)
    ]  # fmt: skip
    head = ["Call ID", "Call Start Time", "Queue", "Call Direction", "Call Status", "Agent", "Wait Time (sec)",
            "Talk Time (sec)", "Wrap Time (sec)"]  # fmt: skip
    return "calls_report.csv", table(head, rows), contact_source(
        {
            "contact_id": "Call ID", "queue": "Queue", "offered_at": "Call Start Time",
            "outcome": {"column": "Call Status", "values": {"Answered": "answered", "Abandoned": "abandoned"}},
            "wait_seconds": "Wait Time (sec)", "talk_seconds": "Talk Time (sec)", "wrap_seconds": "Wrap Time (sec)",
            "agent": "Agent",
        }
    )  # fmt: skip


def _german_calls() -> Made:
    rows = [
        [v.number, f"{v.at:%d.%m.%Y %H:%M:%S}", v.queue, "angenommen" if v.talk else "aufgelegt", clock(v.wait),
         clock(v.talk) if v.talk else "", clock(v.wrap) if v.talk else "", v.agent]
        for v in visits("Vertrieb", "Technik", seed=24)
    ]  # fmt: skip
    head = ["Anruf-ID", "Eingang", "Warteschlange", "Ergebnis", "Wartezeit", "Gesprächszeit", "Nachbearbeitungszeit",
            "Mitarbeiter"]  # fmt: skip
    return "einzelanrufe.csv", table(head, rows, ";", "cp1252"), contact_source(
        {
            "contact_id": "Anruf-ID", "queue": "Warteschlange",
            "offered_at": {"column": "Eingang", "format": "%d.%m.%Y %H:%M:%S"},
            "outcome": {"column": "Ergebnis", "values": {"angenommen": "answered", "aufgelegt": "abandoned"}},
            "wait_seconds": lasting("Wartezeit"), "talk_seconds": lasting("Gesprächszeit"),
            "wrap_seconds": lasting("Nachbearbeitungszeit"), "agent": "Mitarbeiter",
        },
        delimiter=";", encoding="windows-1252",
    )  # fmt: skip


def _epochs() -> Made:
    def seconds(v: Visit, plus: int) -> int:
        return int(v.at.replace(tzinfo=UTC).timestamp()) + plus

    lines = [
        json.dumps({
            "interaction_id": f"i-{v.number}", "queue_name": v.queue, "enqueued_at": seconds(v, 0),
            "answered_at": seconds(v, v.wait) if v.talk else None,
            "ended_at": seconds(v, v.wait + v.talk), "outcome": v.outcome, "talk_time": v.talk, "agent_name": v.agent,
        }) for v in visits("eu-support", "us-support", seed=25)
    ]  # fmt: skip
    right = contact_source(
        {
            "contact_id": "interaction_id", "queue": "queue_name",
            "offered_at": {"column": "enqueued_at", "format": "epoch"},
            "exited_at": {"first": [{"column": one, "format": "epoch"} for one in ("answered_at", "ended_at")]},
            "outcome": {"column": "outcome", "values": {"answered": "answered", "abandoned": "abandoned"}},
            "talk_seconds": "talk_time", "agent": "agent_name",
        }
    )  # fmt: skip
    right["source"]["format"] = "jsonl"
    return "interactions.jsonl", "\n".join([*lines, ""]).encode(), right


def _pbx() -> Made:
    rows = [
        [f"{v.at:%d-%b-%Y %H:%M:%S}", v.number, v.queue, "ANSWERED" if v.talk else "NO ANSWER", v.wait, v.talk]
        for v in visits("support_queue", seed=26)
    ]
    head = ["Call Date", "Unique ID", "Queue", "Disposition", "Wait (s)", "Bill Sec"]
    return "pbx_calls.csv", table(head, rows), contact_source(
        {
            "contact_id": "Unique ID", "queue": "Queue",
            "offered_at": {"column": "Call Date", "format": "%d-%b-%Y %H:%M:%S"},
            "outcome": {"column": "Disposition", "values": {"ANSWERED": "answered", "NO ANSWER": "abandoned"}},
            "wait_seconds": "Wait (s)", "talk_seconds": "Bill Sec",
        }
    )  # fmt: skip


def _french_calls() -> Made:
    rows = [
        [v.number, f"{v.at:%d/%m/%Y %H:%M:%S}", v.queue, "Répondu" if v.talk else "Abandonné", v.wait, v.talk, v.agent]
        for v in visits("Assistance", "Ventes", seed=27)
    ]
    head = [
        "Identifiant appel",
        "Date et heure",
        "File d'attente",
        "Statut",
        "Attente (s)",
        "Conversation (s)",
        "Agent",
    ]
    return "journal_appels.csv", table(head, rows, ";", "utf-8-sig"), contact_source(
        {
            "contact_id": "Identifiant appel", "queue": "File d'attente",
            "offered_at": {"column": "Date et heure", "format": "%d/%m/%Y %H:%M:%S"},
            "outcome": {"column": "Statut", "values": {"Répondu": "answered", "Abandonné": "abandoned"}},
            "wait_seconds": "Attente (s)", "talk_seconds": "Conversation (s)", "agent": "Agent",
        },
        delimiter=";",
    )  # fmt: skip


# --- agents and quality -----------------------------------------------------------------------------------


def _states() -> Made:
    words = ["Logged In", "Available", "On Call", "Wrap Up", "Available", "Break", "Available", "Logged Out"]
    times = [(8, 0), (8, 1), (8, 9), (8, 14), (8, 16), (10, 0), (10, 15), (12, 0)]
    rows = [
        [agent, queue, f"2026-03-16 {hour:02}:{minute + late:02}:00", word]
        for late, (agent, queue) in enumerate(
            [("Ana Ruiz", "Returns"), ("Ben Okoro", "Orders"), ("Cem Kaya", "Orders")]
        )
        for (hour, minute), word in zip(times, words, strict=True)
    ]
    return "agent_status_log.csv", table(["Agent", "Queue", "Status Time", "Status"], rows), {
        "source": {
            "format": "csv", "record": "agent_state",
            "columns": {
                "agent": "Agent", "queues": "Queue", "since": "Status Time",
                "state": {
                    "column": "Status",
                    "values": {"Logged In": "unavailable", "Available": "available", "On Call": "handling",
                               "Wrap Up": "wrap", "Break": "unavailable", "Logged Out": "offline"},
                },
            },
        }
    }  # fmt: skip


def _german_states() -> Made:
    words = ["Angemeldet", "Bereit", "Im Gespräch", "Nachbearbeitung", "Pause", "Bereit", "Abgemeldet"]
    times = [(8, 0), (8, 1), (8, 9), (8, 14), (10, 0), (10, 15), (12, 0)]
    rows = [
        [agent, "Hotline", f"16.03.2026 {hour:02}:{minute + late:02}:00", word]
        for late, agent in enumerate(["Meier", "Öztürk"])
        for (hour, minute), word in zip(times, words, strict=True)
    ]
    return "agentenstatus.csv", table(["Mitarbeiter", "Warteschlange", "Zeitpunkt", "Agentenstatus"], rows, ";"), {
        "source": {
            "format": "csv", "record": "agent_state", "delimiter": ";",
            "columns": {
                "agent": "Mitarbeiter", "queues": "Warteschlange",
                "since": {"column": "Zeitpunkt", "format": "%d.%m.%Y %H:%M:%S"},
                "state": {
                    "column": "Agentenstatus",
                    "values": {"Angemeldet": "unavailable", "Bereit": "available", "Im Gespräch": "handling",
                               "Nachbearbeitung": "wrap", "Pause": "unavailable", "Abgemeldet": "offline"},
                },
            },
        }
    }  # fmt: skip


def _quality() -> Made:
    rows = [
        [f"E{n}", f"C{n * 3}", "Returns", ["Ana", "Ben"][n % 2], f"2026-03-1{n % 6} 15:00:00", "Qi",
         "Yes" if n % 5 else "No", "Yes" if n % 7 else "No", "N/A" if n % 4 == 0 else "Yes"] for n in range(1, 21)
    ]  # fmt: skip
    head = ["Evaluation ID", "Contact ID", "Queue", "Agent", "Evaluation Date", "Evaluator",
            "Customer Critical: Issue resolved", "Business Critical: Data captured",
            "Compliance: Caller verified"]  # fmt: skip
    return "qm_evaluations.csv", table(head, rows), {
        "source": {
            "format": "csv", "record": "evaluation",
            "columns": {
                "evaluation_id": "Evaluation ID", "contact_id": "Contact ID", "queue": "Queue", "agent": "Agent",
                "evaluated_at": "Evaluation Date", "handled_at": "Evaluation Date", "evaluator": "Evaluator",
                "checks": {"each": {
                    "Customer Critical: Issue resolved": "end_user", "Business Critical: Data captured": "business",
                    "Compliance: Caller verified": "compliance",
                }},
            },
        }
    }  # fmt: skip


UNSEEN: Final[tuple[Callable[[], Made], ...]] = (
    _nice, _webex, _eight, _german_hotline, _spanish, _french, _portuguese, _italian, _dutch, _chinese,
    _book_of_intervals, _json_intervals, _quarters, _staffed, _wide_figures,
    _days, _verint, _german_plan, _wide_days, _wide_queues,
    _book_of_plans, _spanish_plan, _freshcaller, _german_calls, _epochs, _pbx, _french_calls, _states, _german_states,
    _quality,
)  # fmt: skip

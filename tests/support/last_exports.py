"""Fifteen exports that came last, after `map` was mended with all others.

They have two headers, prefaces, footers, minutes, words for "nobody" and rates instead of counts.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from export_parts import HMS, MS, Made, contact_source, interval_source, lasting, mean_of, plan_source, table, workbook
from unseen_numbers import clock, comma, halves, stretch, visits

__all__ = ["LAST"]


def _call_log() -> Made:
    rows = [
        [v.number, f"{v.at:%a, %d %b %Y %H:%M:%S}", "Inbound Main", "Inbound", v.agent or "[None]", v.queue,
         f"0{clock(v.wait)}", f"0{clock(v.talk)}", f"0{clock(v.hold)}", f"0{clock(v.wrap)}", 0 if v.talk else 1]
        for v in visits("Loans", "Cards", seed=401)
    ]  # fmt: skip
    head = ["CALL ID", "TIMESTAMP", "CAMPAIGN", "CALL TYPE", "AGENT NAME", "SKILL", "QUEUE WAIT TIME", "TALK TIME",
            "HOLD TIME", "AFTER CALL WORK TIME", "ABANDONED"]  # fmt: skip
    return "Call Log.csv", table(head, rows), contact_source(
        {
            "contact_id": "CALL ID", "queue": "SKILL",
            "offered_at": {"column": "TIMESTAMP", "format": "%a, %d %b %Y %H:%M:%S"},
            "outcome": {"column": "ABANDONED", "values": {"0": "answered", "1": "abandoned"}},
            "wait_seconds": lasting("QUEUE WAIT TIME"), "talk_seconds": lasting("TALK TIME"),
            "hold_seconds": lasting("HOLD TIME"), "wrap_seconds": lasting("AFTER CALL WORK TIME"),
            "agent": {"column": "AGENT NAME", "empty": ["[None]"]},
        }
    )  # fmt: skip


def _prefaced() -> Made:
    rows = [
        [h.queue, h.at.strftime("%m/%d/%y %I:%M:%S %p"), h.end.strftime("%m/%d/%y %I:%M:%S %p"), h.offered, h.answered,
         h.abandoned, clock(h.mean(h.wait)), clock(h.mean(h.talk)), clock(h.mean(h.wrap))]
        for h in halves("CSQ_Sales", "CSQ_Help", seed=402)
    ]  # fmt: skip
    head = ["CSQ Name", "Interval Start Time", "Interval End Time", "Calls Presented", "Calls Handled",
            "Calls Abandoned", "Avg Queue Time Handled", "Avg Talk Time Handled", "Avg Work Time Handled"]  # fmt: skip
    above = "CSQ Activity Report by Interval\r\nReport Start: 3/16/26 8:00 AM\r\nTime Zone: CET\r\n\r\n"
    return "csq_interval.csv", table(head, rows, above=above, below="\r\nEnd of report\r\n"), interval_source(
        {
            "queue": "CSQ Name", "interval_start": {"column": "Interval Start Time", "format": "%m/%d/%y %I:%M:%S %p"},
            "offered": "Calls Presented", "answered": "Calls Handled", "handled": "Calls Handled",
            "abandoned": "Calls Abandoned", "wait_seconds": mean_of("Avg Queue Time Handled", "Calls Handled", HMS),
            "talk_seconds": mean_of("Avg Talk Time Handled", "Calls Handled", HMS),
            "wrap_seconds": mean_of("Avg Work Time Handled", "Calls Handled", HMS),
        },
        header={"row": 5},
    )  # fmt: skip


def _dutch_log() -> Made:
    rows = [
        [f"G{v.number}", f"{v.at:%d-%m-%Y}", f"{v.at:%H:%M:%S}", "Uitgaand" if v.number % 5 == 0 else "Inkomend",
         v.queue, "Beantwoord" if v.talk else "Opgehangen", clock(v.wait), clock(v.talk), v.agent]
        for v in visits("Verkoop", "Service", seed=403)
    ]  # fmt: skip
    head = ["Gesprek-ID", "Datum", "Tijd", "Richting", "Wachtrij", "Status", "Wachttijd", "Gespreksduur",
            "Medewerker"]  # fmt: skip
    return "gesprekken.csv", table(head, rows, ";"), contact_source(
        {
            "contact_id": "Gesprek-ID", "queue": "Wachtrij",
            "offered_at": {"columns": ["Datum", "Tijd"], "format": "%d-%m-%Y %H:%M:%S"},
            "outcome": {"column": "Status", "values": {"Beantwoord": "answered", "Opgehangen": "abandoned"}},
            "wait_seconds": lasting("Wachttijd"), "talk_seconds": lasting("Gespreksduur"), "agent": "Medewerker",
        },
        delimiter=";", where={"Richting": ["Inkomend"]},
    )  # fmt: skip


def _japanese_log() -> Made:
    rows = [
        [v.number, f"{v.at:%Y/%m/%d %H:%M:%S}", v.queue, "応答" if v.talk else "放棄", v.wait, v.talk, v.wrap, v.agent]
        for v in visits("予約", "変更", seed=404)
    ]
    head = ["通話ID", "着信日時", "キュー", "結果", "待ち時間(秒)", "通話時間(秒)", "後処理時間(秒)", "担当者"]
    return "通話履歴.csv", table(head, rows, encoding="cp932"), contact_source(
        {
            "contact_id": "通話ID", "queue": "キュー",
            "offered_at": {"column": "着信日時", "format": "%Y/%m/%d %H:%M:%S"},
            "outcome": {"column": "結果", "values": {"応答": "answered", "放棄": "abandoned"}},
            "wait_seconds": "待ち時間(秒)", "talk_seconds": "通話時間(秒)", "wrap_seconds": "後処理時間(秒)",
            "agent": "担当者",
        },
        encoding="cp932",
    )  # fmt: skip


def _two_headers() -> Made:
    rows: list[Sequence[Any]] = [
        ["", "", "Calls", "Calls", "Calls", "Average (sec)", "Average (sec)", "Average (sec)"],
        ["Queue", "Interval", "Offered", "Answered", "Abandoned", "Speed of Answer", "Talk", "Wrap"],
    ]
    rows += [[h.queue, h.at, h.offered, h.answered, h.abandoned, h.mean(h.wait), h.mean(h.talk), h.mean(h.wrap)]
             for h in halves("Gas", "Power", seed=405)]  # fmt: skip
    return "grouped_header.xlsx", workbook(rows), interval_source(
        {
            "queue": "Queue", "interval_start": "Interval", "offered": "Calls Offered", "answered": "Calls Answered",
            "handled": "Calls Answered", "abandoned": "Calls Abandoned",
            "wait_seconds": mean_of("Average (sec) Speed of Answer", "Calls Answered"),
            "talk_seconds": mean_of("Average (sec) Talk", "Calls Answered"),
            "wrap_seconds": mean_of("Average (sec) Wrap", "Calls Answered"),
        },
        header={"rows": [1, 2]},
    )  # fmt: skip


def _czech() -> Made:
    rows = [
        [h.queue, f"{h.at:%d.%m.%Y %H:%M}", h.offered, h.answered, h.abandoned, h.mean(h.wait), h.mean(h.talk)]
        for h in halves("Objednávky", "Reklamace", seed=406)
    ]
    head = ["Fronta", "Začátek intervalu", "Příchozí hovory", "Přijaté hovory", "Ztracené hovory",
            "Prům. čekání (s)", "Prům. hovor (s)"]  # fmt: skip
    return "fronty.csv", table(head, rows, ";", "cp1250"), interval_source(
        {
            "queue": "Fronta", "interval_start": {"column": "Začátek intervalu", "format": "%d.%m.%Y %H:%M"},
            "offered": "Příchozí hovory", "answered": "Přijaté hovory", "handled": "Přijaté hovory",
            "abandoned": "Ztracené hovory", "wait_seconds": mean_of("Prům. čekání (s)", "Přijaté hovory"),
            "talk_seconds": mean_of("Prům. hovor (s)", "Přijaté hovory"),
        },
        delimiter=";", encoding="cp1250",
    )  # fmt: skip


def _spanish_states() -> Made:
    words = ["Disponible", "Hablando", "Trabajo posterior", "Baño", "Disponible", "Capacitación", "Fuera de turno"]
    times = [(9, 0), (9, 5), (9, 12), (10, 30), (10, 40), (12, 0), (14, 0)]
    rows = [
        [agent, "Atención", word, f"16/03/2026 {hour:02}:{minute + late:02}:00"]
        for late, agent in enumerate(["Nuria", "Pablo"])
        for (hour, minute), word in zip(times, words, strict=True)
    ]
    return "estados_agentes.csv", table(["Agente", "Cola", "Estado", "Desde"], rows, ";"), {
        "source": {
            "format": "csv", "record": "agent_state", "delimiter": ";",
            "columns": {
                "agent": "Agente", "queues": "Cola", "since": {"column": "Desde", "format": "%d/%m/%Y %H:%M:%S"},
                "state": {
                    "column": "Estado",
                    "values": {"Disponible": "available", "Hablando": "handling", "Trabajo posterior": "wrap",
                               "Baño": "unavailable", "Capacitación": "unavailable", "Fuera de turno": "offline"},
                },
            },
        }
    }  # fmt: skip


def _net_and_gross() -> Made:
    rows: list[Sequence[Any]] = [["Interval", "Queue", "Forecasted Contacts", "Forecasted AHT", "Required Staff (Net)",
                                  "Required Staff (Gross)", "Scheduled Staff"]]  # fmt: skip
    rows += [
        [h.at, h.queue, round(h.offered * 1.02, 1), h.aht, round(h.agents * 0.9, 1), round(h.agents * 1.25, 1),
         round(h.agents)] for h in halves("Fibre", "Mobile", seed=408, day=23)
    ]  # fmt: skip
    return "staffing_requirements.xlsx", workbook(rows), plan_source(
        {
            "queue": "Queue", "interval_start": "Interval", "forecast_offered": "Forecasted Contacts",
            "forecast_aht_seconds": "Forecasted AHT", "required_agents": "Required Staff (Net)",
            "scheduled_agents": "Scheduled Staff",
        }
    )  # fmt: skip


def _minutes_of_calls() -> Made:
    rows = [
        [v.number, f"{v.at:%Y-%m-%d %H:%M:%S}", v.queue, f"{v.wait / 60:.2f}", f"{v.talk / 60:.2f}",
         "completed" if v.talk else "abandoned_in_queue", v.agent] for v in visits("Tier 1", "Tier 2", seed=409)
    ]  # fmt: skip
    head = ["Call ID", "Created at", "Group", "Wait time (min)", "Talk time (min)", "Completion status", "Agent"]
    return "talk_calls.csv", table(head, rows), contact_source(
        {
            "contact_id": "Call ID", "queue": "Group",
            "offered_at": {"column": "Created at", "format": "%Y-%m-%d %H:%M:%S"},
            "outcome": {"column": "Completion status",
                        "values": {"completed": "answered", "abandoned_in_queue": "abandoned"}},
            "wait_seconds": {"column": "Wait time (min)", "multiply": 60},
            "talk_seconds": {"column": "Talk time (min)", "multiply": 60}, "agent": "Agent",
        }
    )  # fmt: skip


def _quarters_with_offset() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%dT%H:%M:%S}+01:00", h.offered, h.answered, h.abandoned, 3, 2, h.within,
         h.mean(h.wait), h.mean(h.talk), h.mean(h.wrap)]
        for h in halves("Booking", "Changes", seed=410, minutes=15, count=32)
    ]  # fmt: skip
    head = ["Queue", "Start", "Contacts queued", "Contacts handled", "Contacts abandoned", "Contacts transferred out",
            "Contacts put on hold", "Contacts answered in 30 seconds", "Average queue answer time",
            "Average agent interaction time", "Average after contact work time"]  # fmt: skip
    return "historical_quarters.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": "Start", "offered": "Contacts queued", "answered": "Contacts handled",
            "handled": "Contacts handled", "abandoned": "Contacts abandoned",
            "answered_within": "Contacts answered in 30 seconds",
            "wait_seconds": mean_of("Average queue answer time", "Contacts handled"),
            "talk_seconds": mean_of("Average agent interaction time", "Contacts handled"),
            "wrap_seconds": mean_of("Average after contact work time", "Contacts handled"),
        },
        interval_minutes=15, threshold_seconds=30,
    )  # fmt: skip


def _dashes() -> Made:
    rows: list[Sequence[Any]] = [["Statistik Kundencenter", "", ""], ["Tag", "Zeitraum", "Leitung", "Anrufe",
                                 "davon angenommen", "davon aufgelegt", "Ø Warten", "Ø Sprechen"]]  # fmt: skip
    rows += [
        [f"{h.at:%d.%m.%Y}", f"{h.at:%H:%M}–{h.end:%H:%M}", h.queue, h.offered, h.answered, h.abandoned,
         stretch(h.mean(h.wait)), stretch(h.mean(h.talk))] for h in halves("Strom", "Wasser", seed=411)
    ]  # fmt: skip
    return "Kundencenter.xlsx", workbook(rows), interval_source(
        {
            "queue": "Leitung",
            "interval_start": {"columns": ["Tag", "Zeitraum"], "format": "%d.%m.%Y %H:%M", "range": "–"},
            "offered": "Anrufe", "answered": "davon angenommen", "handled": "davon angenommen",
            "abandoned": "davon aufgelegt", "wait_seconds": mean_of("Ø Warten", "davon angenommen", MS),
            "talk_seconds": mean_of("Ø Sprechen", "davon angenommen", MS),
        },
        header={"row": 2},
    )  # fmt: skip


def _chinese_log() -> Made:
    rows = [
        [f"T{v.number}", f"{v.at:%Y-%m-%d %H:%M:%S}", v.queue, v.agent, v.wait, v.talk, v.wrap,
         "已接听" if v.talk else "排队放弃"] for v in visits("账单", "宽带", seed=412)
    ]  # fmt: skip
    head = [
        "通话流水号",
        "进入队列时间",
        "技能组",
        "坐席姓名",
        "排队时长(秒)",
        "通话时长(秒)",
        "话后时长(秒)",
        "呼叫结果",
    ]
    return "通话明细.csv", table(head, rows, encoding="gb18030"), contact_source(
        {
            "contact_id": "通话流水号", "queue": "技能组",
            "offered_at": {"column": "进入队列时间", "format": "%Y-%m-%d %H:%M:%S"},
            "outcome": {"column": "呼叫结果", "values": {"已接听": "answered", "排队放弃": "abandoned"}},
            "wait_seconds": "排队时长(秒)", "talk_seconds": "通话时长(秒)", "wrap_seconds": "话后时长(秒)",
            "agent": "坐席姓名",
        },
        encoding="gb18030",
    )  # fmt: skip


def _rates_alone() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, f"{100 * h.answered / h.offered:.2f}%", h.mean(h.wait), h.aht]
        for h in halves("Visa", "Passport", seed=413)
    ]
    head = ["Queue", "Interval", "Calls Offered", "Answer Rate", "ASA (s)", "AHT (s)"]
    share = {"share": {"column": "Answer Rate", "percent": True}, "of": "Calls Offered"}
    return "rates.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Interval", "format": "%Y-%m-%d %H:%M"},
            "offered": "Calls Offered", "answered": share,
        }
    )  # fmt: skip


def _french_quality() -> Made:
    rows = [
        [f"EC{n}", 7000 + n, "SAV", ["Léa", "Hugo"][n % 2], f"{(n % 9) + 1:02}/03/2026 11:00", "Chef 1",
         "Oui" if n % 5 else "Non", "Oui" if n % 8 else "Non", "NA" if n % 3 == 0 else "Oui"] for n in range(1, 25)
    ]  # fmt: skip
    head = ["N° écoute", "ID appel", "File", "Conseiller", "Date de l'écoute", "Évaluateur",
            "Critique client : réponse exacte", "Critique métier : saisie CRM", "Non critique : accueil"]  # fmt: skip
    when = {"column": "Date de l'écoute", "format": "%d/%m/%Y %H:%M"}
    return "grille_ecoutes.csv", table(head, rows, ";"), {
        "source": {
            "format": "csv", "record": "evaluation", "delimiter": ";",
            "columns": {
                "evaluation_id": "N° écoute", "contact_id": "ID appel", "queue": "File", "agent": "Conseiller",
                "handled_at": when, "evaluated_at": when, "evaluator": "Évaluateur",
                "checks": {
                    "each": {
                        "Critique client : réponse exacte": "end_user", "Critique métier : saisie CRM": "business",
                        "Non critique : accueil": "non_critical",
                    },
                    "results": {"pass": ["Oui"], "fail": ["Non"], "not_applicable": ["NA"]},
                },
            },
        }
    }  # fmt: skip


def _polish_minutes() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d}", f"{h.at:%H:%M}-{(h.end - timedelta(minutes=1)):%H:%M}", h.offered, h.answered,
         h.abandoned, comma(100 * h.within / h.offered, 2), comma(h.aht / 60, 2)]
        for h in halves("Infolinia", "Reklamacje", seed=415)
    ]  # fmt: skip
    head = ["Kolejka", "Data", "Przedział", "Przychodzące", "Odebrane", "Porzucone", "SL 20 s [%]", "AHT [min]"]
    return "statystyki_kolejek.csv", table(head, rows, ";", "utf-8-sig"), interval_source(
        {
            "queue": "Kolejka",
            "interval_start": {"columns": ["Data", "Przedział"], "format": "%Y-%m-%d %H:%M", "range": "-"},
            "offered": "Przychodzące", "answered": "Odebrane", "handled": "Odebrane", "abandoned": "Porzucone",
            "answered_within": {"share": {"column": "SL 20 s [%]", "percent": True}, "of": "Przychodzące"},
            "talk_seconds": {"product": [{"column": "AHT [min]", "multiply": 60}, "Odebrane"]},
        },
        delimiter=";", decimal=",", threshold_seconds=20,
    )  # fmt: skip


LAST: Final[tuple[Callable[[], Made], ...]] = (
    _call_log, _prefaced, _dutch_log, _japanese_log, _two_headers, _czech, _spanish_states, _net_and_gross,
    _minutes_of_calls, _quarters_with_offset, _dashes, _chinese_log, _rates_alone, _french_quality, _polish_minutes,
)  # fmt: skip

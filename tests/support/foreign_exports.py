"""Thirty-one further exports, of the layouts of sixteen products and of sheets made by hand, in nine languages.

Each was written with the mapping that reads it right before `map` saw it, and without its vocabulary.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from export_parts import HMS, MS, Made, contact_source, interval_source, lasting, mean_of, plan_source, table, workbook
from unseen_numbers import Half, clock, comma, halves, stretch, visits

__all__ = ["FOREIGN"]


def _ms(column: str, count: str) -> dict[str, Any]:
    return {"product": [{"column": column, "multiply": 0.001}, count]}


def _minutes(column: str, count: str) -> dict[str, Any]:
    return {"product": [{"column": column, "multiply": 60}, count]}


def _forecast(h: Half) -> float:
    return h.offered * 1.03 + 0.2


# --- intervals of products --------------------------------------------------------------------------------


def _genesys_view() -> Made:
    rows = [
        [h.at.strftime("%-m/%-d/%y %-I:%M %p"), h.end.strftime("%-m/%-d/%y %-I:%M %p"), "voice", h.queue, h.offered,
         h.answered, h.abandoned, h.short, h.mean(h.wait) * 1000.0, h.mean(h.talk) * 1000.0, h.mean(h.hold) * 1000.0,
         h.mean(h.wrap) * 1000.0] for h in halves("Claims Intake", "Member Services", seed=101)
    ]  # fmt: skip
    head = ["Interval Start", "Interval End", "Media Type", "Queue Name", "Offer", "Answer", "Abandon",
            "Short Abandon", "ASA", "Avg Talk", "Avg Hold", "Avg ACW"]  # fmt: skip
    return "Queue Performance Interval Detail.csv", table(head, rows), interval_source(
        {
            "queue": "Queue Name", "interval_start": {"column": "Interval Start", "format": "%m/%d/%y %I:%M %p"},
            "offered": "Offer", "answered": "Answer", "handled": "Answer", "abandoned": "Abandon",
            "short_abandoned": "Short Abandon", "wait_seconds": _ms("ASA", "Answer"),
            "talk_seconds": _ms("Avg Talk", "Answer"), "hold_seconds": _ms("Avg Hold", "Answer"),
            "wrap_seconds": _ms("Avg ACW", "Answer"),
        }
    )  # fmt: skip


def _bcms() -> Made:
    rows = [
        [f"{h.at:%m/%d/%y}", h.at.strftime("%-I:%M %p"), h.queue, h.answered, stretch(h.mean(h.wait)), h.abandoned,
         "0:48", stretch(h.mean(h.talk)), clock(h.wrap), h.overflowed]
        for h in halves("1 SALES", "2 SERVICE", seed=102, overflow=True)
    ]  # fmt: skip
    head = ["Date", "Time", "Split", "ACD Calls", "Avg Speed Ans", "Aban Calls", "Avg Aban Time", "Avg Talk Time",
            "Total After Call", "Flow Out"]  # fmt: skip
    return "bcms_split.csv", table(head, rows), interval_source(
        {
            "queue": "Split", "interval_start": {"columns": ["Date", "Time"], "format": "%m/%d/%y %I:%M %p"},
            "offered": {"sum": ["ACD Calls", "Aban Calls", "Flow Out"]}, "answered": "ACD Calls",
            "handled": "ACD Calls", "abandoned": "Aban Calls", "overflowed": "Flow Out",
            "wait_seconds": mean_of("Avg Speed Ans", "ACD Calls", MS),
            "talk_seconds": mean_of("Avg Talk Time", "ACD Calls", MS), "wrap_seconds": lasting("Total After Call"),
        }
    )  # fmt: skip


def _cuic() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M:%S}.0", h.offered, h.answered, h.abandoned, h.within, h.short, h.overflowed,
         f"0{clock(h.mean(h.wait))}", f"0{clock(h.aht)}"]
        for h in halves("CT_Billing", "CT_Retention", seed=103, overflow=True)
    ]  # fmt: skip
    head = ["Call Type", "DateTime", "Offered", "Handled", "Aban", "Answered Within SL", "Short Calls", "Flow Out",
            "ASA", "AHT"]  # fmt: skip
    return "Call_Type_Historical_All_Fields.csv", table(head, rows, quoting=1), interval_source(
        {
            "queue": "Call Type", "interval_start": {"column": "DateTime", "format": "%Y-%m-%d %H:%M:%S.%f"},
            "offered": "Offered", "answered": "Handled", "handled": "Handled", "abandoned": "Aban",
            "answered_within": "Answered Within SL", "short_abandoned": "Short Calls", "overflowed": "Flow Out",
            "wait_seconds": mean_of("ASA", "Handled", HMS), "talk_seconds": mean_of("AHT", "Handled", HMS),
        }
    )  # fmt: skip


def _five_nine() -> Made:
    made = list(halves("English Support", "Spanish Support", seed=104))
    rows: list[Sequence[object]] = [
        [h.queue, f"{h.at:%Y/%m/%d}", f"{h.at:%H:%M}", h.offered, h.answered, h.abandoned, clock(h.mean(h.wait)),
         clock(h.talk), clock(h.hold), clock(h.wrap)] for h in made
    ]  # fmt: skip
    counts = [sum(getattr(h, name) for h in made) for name in ("offered", "answered", "abandoned")]
    times = [clock(sum(getattr(h, name) for h in made)) for name in ("talk", "hold", "wrap")]
    rows.append(["Grand Total", "", "", *counts, "0:00:17", *times])
    head = ["SKILL", "DATE", "HALF HOUR", "CALLS count", "ACCEPT count", "ABANDONED count", "SPEED OF ANSWER avg",
            "TALK TIME", "HOLD TIME", "AFTER CALL WORK TIME"]  # fmt: skip
    return "ACD Queue Summary.csv", table(head, rows), interval_source(
        {
            "queue": "SKILL", "interval_start": {"columns": ["DATE", "HALF HOUR"], "format": "%Y/%m/%d %H:%M"},
            "offered": "CALLS count", "answered": "ACCEPT count", "handled": "ACCEPT count",
            "abandoned": "ABANDONED count", "wait_seconds": mean_of("SPEED OF ANSWER avg", "ACCEPT count", HMS),
            "talk_seconds": lasting("TALK TIME"), "hold_seconds": lasting("HOLD TIME"),
            "wrap_seconds": lasting("AFTER CALL WORK TIME"),
        },
        where_not={"SKILL": ["Grand Total"]},
    )  # fmt: skip


def _talkdesk() -> Made:
    rows = [
        [f"{h.at + timedelta(hours=5):%Y-%m-%d %H:%M}", h.queue, h.offered, h.answered, h.abandoned, h.short,
         round(100 * h.within / h.offered, 2), h.mean(h.wait), h.mean(h.talk), h.mean(h.wrap)]
        for h in halves("Onboarding", "Renewals", seed=105)
    ]  # fmt: skip
    head = ["Interval (UTC)", "Ring Group", "Inbound Contacts", "Answered Contacts", "Abandoned Contacts",
            "Short Abandoned Contacts", "Service Level 30s (%)", "Avg. Speed to Answer (s)", "Avg. Talk Time (s)",
            "Avg. After Call Work (s)"]  # fmt: skip
    right = interval_source(
        {
            "queue": "Ring Group", "interval_start": {"column": "Interval (UTC)", "format": "%Y-%m-%d %H:%M"},
            "offered": "Inbound Contacts", "answered": "Answered Contacts", "handled": "Answered Contacts",
            "abandoned": "Abandoned Contacts", "short_abandoned": "Short Abandoned Contacts",
            "answered_within": {"share": {"column": "Service Level 30s (%)", "percent": True},
                                "of": "Inbound Contacts"},
            "wait_seconds": mean_of("Avg. Speed to Answer (s)", "Answered Contacts"),
            "talk_seconds": mean_of("Avg. Talk Time (s)", "Answered Contacts"),
            "wrap_seconds": mean_of("Avg. After Call Work (s)", "Answered Contacts"),
        },
        timezone="UTC", threshold_seconds=30,
    )  # fmt: skip
    return "explore_ring_groups.csv", table(head, rows), {**right, "zone": "America/Chicago"}


def _cxone() -> Made:
    rows = [
        [4000 + len(h.queue), h.queue, f"{h.at + timedelta(hours=4):%Y-%m-%dT%H:%M:%SZ}",
         h.at.strftime("%-m/%-d/%Y %-I:%M:%S %p"), h.offered, h.answered, h.abandoned, h.within, h.answered - h.within,
         h.wait, h.talk + h.hold, h.wrap] for h in halves("Web Leads", "Inbound Service", seed=106)
    ]  # fmt: skip
    head = ["Skill ID", "Skill Name", "Interval Start UTC", "Interval Start Local", "Queued Contacts",
            "Handled Contacts", "Abandoned Contacts", "Contacts Within SL", "Contacts Out of SL",
            "Total Speed of Answer", "Total Active Talk Time", "Total ACW Time"]  # fmt: skip
    right = interval_source(
        {
            "queue": "Skill Name", "interval_start": "Interval Start UTC", "offered": "Queued Contacts",
            "answered": "Handled Contacts", "handled": "Handled Contacts", "abandoned": "Abandoned Contacts",
            "answered_within": "Contacts Within SL", "wait_seconds": "Total Speed of Answer",
            "talk_seconds": "Total Active Talk Time", "wrap_seconds": "Total ACW Time",
        }
    )  # fmt: skip
    return "skill_intraday.csv", table(head, rows), {**right, "zone": "America/New_York"}


def _connect_spanish() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%dT%H:%M:%S}.000Z", f"{h.end:%Y-%m-%dT%H:%M:%S}.000Z", h.offered, h.answered,
         h.abandoned, round(h.wait / h.answered, 3), round(h.talk / h.answered, 3), round(h.wrap / h.answered, 3),
         h.within] for h in halves("Soporte", "Reclamaciones", seed=107)
    ]  # fmt: skip
    head = ["Cola", "Inicio del intervalo", "Fin del intervalo", "Contactos en cola", "Contactos atendidos",
            "Contactos abandonados", "Tiempo medio de respuesta en cola", "Tiempo medio de interacción del agente",
            "Tiempo medio de trabajo posterior al contacto", "Contactos respondidos en 20 segundos"]  # fmt: skip
    return "Metricas historicas Colas.csv", table(head, rows), interval_source(
        {
            "queue": "Cola", "interval_start": "Inicio del intervalo", "offered": "Contactos en cola",
            "answered": "Contactos atendidos", "handled": "Contactos atendidos",
            "abandoned": "Contactos abandonados", "answered_within": "Contactos respondidos en 20 segundos",
            "wait_seconds": mean_of("Tiempo medio de respuesta en cola", "Contactos atendidos"),
            "talk_seconds": mean_of("Tiempo medio de interacción del agente", "Contactos atendidos"),
            "wrap_seconds": mean_of("Tiempo medio de trabajo posterior al contacto", "Contactos atendidos"),
        },
        threshold_seconds=20, decimal=".",
    )  # fmt: skip


def _zoom() -> Made:
    rows = [
        [h.queue, "Voice", h.at.strftime("%b %d, %Y %I:%M %p"), h.offered, h.answered, h.abandoned, h.overflowed,
         f"0{clock(h.mean(h.wait))}", f"0{clock(h.mean(h.talk))}", f"0{clock(h.mean(h.hold))}",
         f"0{clock(h.mean(h.wrap))}"] for h in halves("Front Desk", "Pharmacy", seed=108, overflow=True)
    ]  # fmt: skip
    head = ["Queue", "Channel", "Start Time", "Inbound Engagements", "Handled", "Abandoned", "Overflowed",
            "Avg. Speed to Answer", "Avg. Conversation Duration", "Avg. Hold Duration",
            "Avg. Wrap-Up Duration"]  # fmt: skip
    return "zcc_queue_performance.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Start Time", "format": "%b %d, %Y %I:%M %p"},
            "offered": "Inbound Engagements", "answered": "Handled", "handled": "Handled", "abandoned": "Abandoned",
            "overflowed": "Overflowed", "wait_seconds": mean_of("Avg. Speed to Answer", "Handled", HMS),
            "talk_seconds": mean_of("Avg. Conversation Duration", "Handled", HMS),
            "hold_seconds": mean_of("Avg. Hold Duration", "Handled", HMS),
            "wrap_seconds": mean_of("Avg. Wrap-Up Duration", "Handled", HMS),
        }
    )  # fmt: skip


def _ringcentral() -> Made:
    rows = [
        [h.queue, f"{h.at:%m/%d/%Y %I:%M %p} - {h.end:%I:%M %p}", h.offered, h.answered, h.abandoned, h.overflowed,
         clock(h.mean(h.wait)), clock(h.aht)] for h in halves("Main Line", "Dispatch", seed=109, overflow=True)
    ]  # fmt: skip
    head = ["Queue Name", "Interval", "Total Calls", "Answered", "Abandoned by Caller", "Sent to Voicemail",
            "Avg. Wait Time (Answered)", "Avg. Handle Time"]  # fmt: skip
    return "Queue_Activity_Intervals.csv", table(head, rows), interval_source(
        {
            "queue": "Queue Name",
            "interval_start": {"column": "Interval", "format": "%m/%d/%Y %I:%M %p", "range": " - "},
            "offered": "Total Calls", "answered": "Answered", "handled": "Answered",
            "abandoned": "Abandoned by Caller", "overflowed": "Sent to Voicemail",
            "wait_seconds": mean_of("Avg. Wait Time (Answered)", "Answered", HMS),
            "talk_seconds": mean_of("Avg. Handle Time", "Answered", HMS),
        }
    )  # fmt: skip


def _teleopti() -> Made:
    rows = [
        [30, f"{h.at:%Y%m%d}", f"{h.at:%H:%M}", 100 + len(h.queue), h.queue, h.offered, h.abandoned, h.overflowed,
         h.answered, h.wait, h.abandoned * 41, h.talk, h.wrap]
        for h in halves("Kundtjanst", "Teknisk support", seed=110, overflow=True)
    ]  # fmt: skip
    head = ["interval", "date_from", "time", "queue", "queue_name", "offd_direct_call_cnt", "aband_call_cnt",
            "overflow_out_call_cnt", "answ_call_cnt", "queued_and_answ_call_dur", "queued_and_aband_call_dur",
            "talking_call_dur", "wrap_up_dur"]  # fmt: skip
    return "queue_data_20260316.csv", table(head, rows, ";"), interval_source(
        {
            "queue": "queue_name", "interval_start": {"columns": ["date_from", "time"], "format": "%Y%m%d %H:%M"},
            "offered": "offd_direct_call_cnt", "answered": "answ_call_cnt", "handled": "answ_call_cnt",
            "abandoned": "aband_call_cnt", "overflowed": "overflow_out_call_cnt",
            "wait_seconds": "queued_and_answ_call_dur", "talk_seconds": "talking_call_dur",
            "wrap_seconds": "wrap_up_dur",
        },
        delimiter=";",
    )  # fmt: skip


def _chinese_cloud() -> Made:
    rows = [
        [f"{h.at:%Y-%m-%d %H:%M}~{h.end:%H:%M}", h.queue, h.offered + 9 + h.short, h.offered, h.answered, h.abandoned,
         h.within, h.mean(h.wait), h.mean(h.talk), h.mean(h.wrap)] for h in halves("理赔", "咨询", seed=111)
    ]  # fmt: skip
    head = ["统计时间", "队列名称", "IVR呼入总数", "进入队列数", "人工接听数", "队列放弃数", "15秒内接听数",
            "平均应答速度(秒)", "平均通话时长(秒)", "平均整理时长(秒)"]  # fmt: skip
    return "队列统计报表.csv", table(head, rows, encoding="utf-8-sig"), interval_source(
        {
            "queue": "队列名称", "interval_start": {"column": "统计时间", "format": "%Y-%m-%d %H:%M", "range": "~"},
            "offered": "进入队列数", "answered": "人工接听数", "handled": "人工接听数", "abandoned": "队列放弃数",
            "answered_within": "15秒内接听数", "wait_seconds": mean_of("平均应答速度(秒)", "人工接听数"),
            "talk_seconds": mean_of("平均通话时长(秒)", "人工接听数"),
            "wrap_seconds": mean_of("平均整理时长(秒)", "人工接听数"),
        },
        threshold_seconds=15,
    )  # fmt: skip


def _japanese() -> Made:
    rows = [
        [f"{h.at:%Y/%m/%d}", f"{h.at:%H:%M}-{h.end:%H:%M}", h.queue, h.offered, h.answered, h.abandoned, h.within,
         clock(h.mean(h.wait)), clock(h.mean(h.talk)), clock(h.mean(h.wrap))] for h in halves("受注", "修理", seed=112)
    ]  # fmt: skip
    head = ["年月日", "時間帯", "スキル名", "着信数", "応答数", "放棄数", "20秒以内応答数", "平均応答待ち時間",
            "平均通話時間", "平均後処理時間"]  # fmt: skip
    return "スキル別時間帯レポート.csv", table(head, rows, encoding="cp932"), interval_source(
        {
            "queue": "スキル名",
            "interval_start": {"columns": ["年月日", "時間帯"], "format": "%Y/%m/%d %H:%M", "range": "-"},
            "offered": "着信数", "answered": "応答数", "handled": "応答数", "abandoned": "放棄数",
            "answered_within": "20秒以内応答数", "wait_seconds": mean_of("平均応答待ち時間", "応答数", HMS),
            "talk_seconds": mean_of("平均通話時間", "応答数", HMS),
            "wrap_seconds": mean_of("平均後処理時間", "応答数", HMS),
        },
        encoding="cp932", threshold_seconds=20,
    )  # fmt: skip


def _polish() -> Made:
    rows = [
        [h.queue, f"{h.at:%d.%m.%Y}", f"{h.at:%H:%M}", h.offered, h.answered, h.abandoned, h.within, h.mean(h.wait),
         h.mean(h.talk), h.mean(h.wrap)] for h in halves("Obsługa klienta", "Sprzedaż", seed=113)
    ]  # fmt: skip
    head = ["Kolejka", "Data", "Godzina", "Połączenia przychodzące", "Połączenia odebrane", "Połączenia porzucone",
            "Odebrane do 20 s", "Śr. czas oczekiwania (s)", "Śr. czas rozmowy (s)", "Śr. czas ACW (s)"]  # fmt: skip
    return "raport_kolejek.csv", table(head, rows, ";", "cp1250"), interval_source(
        {
            "queue": "Kolejka", "interval_start": {"columns": ["Data", "Godzina"], "format": "%d.%m.%Y %H:%M"},
            "offered": "Połączenia przychodzące", "answered": "Połączenia odebrane",
            "handled": "Połączenia odebrane", "abandoned": "Połączenia porzucone",
            "answered_within": "Odebrane do 20 s",
            "wait_seconds": mean_of("Śr. czas oczekiwania (s)", "Połączenia odebrane"),
            "talk_seconds": mean_of("Śr. czas rozmowy (s)", "Połączenia odebrane"),
            "wrap_seconds": mean_of("Śr. czas ACW (s)", "Połączenia odebrane"),
        },
        delimiter=";", encoding="cp1250", threshold_seconds=20,
    )  # fmt: skip


# --- intervals made by hand, and those with two readings --------------------------------------------------


def _german_sheet() -> Made:
    rows: list[Sequence[Any]] = [["Tagesauswertung Hotline"], [], [
        "Datum", "von", "bis", "Anrufe gesamt", "angenommen", "verloren", "davon < 20 Sek.", "Ø Gesprächszeit (min)",
        "Ø Nachbearbeitung (min)",
    ]]  # fmt: skip
    rows += [
        [h.at.date(), h.at.time(), h.end.time(), h.offered, h.answered, h.abandoned, h.within,
         round(h.talk / h.answered / 60, 2), round(h.wrap / h.answered / 60, 2)] for h in halves("x", seed=114)
    ]  # fmt: skip
    return "hotline_maerz.xlsx", workbook(rows, "KW12"), interval_source(
        {
            "queue": {"const": "hotline_maerz"}, "interval_start": {"columns": ["Datum", "von"]},
            "offered": "Anrufe gesamt", "answered": "angenommen", "handled": "angenommen", "abandoned": "verloren",
            "answered_within": "davon < 20 Sek.", "talk_seconds": _minutes("Ø Gesprächszeit (min)", "angenommen"),
            "wrap_seconds": _minutes("Ø Nachbearbeitung (min)", "angenommen"),
        },
        header={"row": 3}, threshold_seconds=20,
    )  # fmt: skip


def _dutch_sheet() -> Made:
    rows: list[Sequence[Any]] = [["Datum", "Tijdvak", "Lijn", "Aangeboden", "Opgenomen", "Gemist",
                                  "Gem. wachttijd (mm:ss)", "Gem. AHT (mm:ss)"]]  # fmt: skip
    rows += [
        [f"{h.at:%d-%m-%Y}", f"{h.at:%H:%M} - {h.end:%H:%M}", h.queue, h.offered, h.answered, h.abandoned,
         stretch(h.mean(h.wait)), stretch(h.aht)] for h in halves("Storingen", "Facturen", seed=115)
    ]  # fmt: skip
    return "bereikbaarheid.xlsx", workbook(rows, "Blad1"), interval_source(
        {
            "queue": "Lijn",
            "interval_start": {"columns": ["Datum", "Tijdvak"], "format": "%d-%m-%Y %H:%M", "range": " - "},
            "offered": "Aangeboden", "answered": "Opgenomen", "handled": "Opgenomen", "abandoned": "Gemist",
            "wait_seconds": mean_of("Gem. wachttijd (mm:ss)", "Opgenomen", MS),
            "talk_seconds": mean_of("Gem. AHT (mm:ss)", "Opgenomen", MS),
        }
    )  # fmt: skip


def _ambiguous() -> Made:
    rows = [
        [f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M}", h.queue, h.offered, h.answered, h.abandoned, h.within, h.mean(h.talk)]
        for h in halves("Bookings", "Complaints", seed=116, day=2)
    ]
    head = ["Date", "Start", "Line", "Calls In", "Calls Taken", "Calls Lost", "Taken in 20s", "Avg Talk Secs"]
    return "call stats.csv", table(head, rows), interval_source(
        {
            "queue": "Line", "interval_start": {"columns": ["Date", "Start"], "format": "%d/%m/%Y %H:%M"},
            "offered": "Calls In", "answered": "Calls Taken", "handled": "Calls Taken", "abandoned": "Calls Lost",
            "answered_within": "Taken in 20s", "talk_seconds": mean_of("Avg Talk Secs", "Calls Taken"),
        },
        threshold_seconds=20,
    )  # fmt: skip


def _constants() -> Made:
    rows = [
        ["Cardiff", h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.within, h.abandoned, 0, 30, 80,
         f"{100 * h.within / h.offered:.1f}%", h.talk, 0] for h in halves("Tax", seed=117)
    ]  # fmt: skip
    head = ["Site", "Queue", "Period Start", "Offered", "Answered", "Answered in Threshold", "Abandoned", "Voicemail",
            "Threshold (s)", "SL Target %", "SL %", "Talk Time (s)", "Hold Time (s)"]  # fmt: skip
    return "tax_line.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Period Start", "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "answered_within": "Answered in Threshold", "threshold_seconds": "Threshold (s)",
            "overflowed": "Voicemail", "talk_seconds": "Talk Time (s)", "hold_seconds": "Hold Time (s)",
            "service_level_reported": {"column": "SL %", "percent": True},
        }
    )  # fmt: skip


def _buckets() -> Made:
    rows = []
    for h in halves("Desk A", "Desk B", seed=118):
        late = h.answered - h.within
        rows.append([h.queue, f"{h.at:%Y-%m-%d}", f"{h.at:%H:%M}", h.offered, h.answered, h.abandoned,
                     h.within * 2 // 3, h.within - h.within * 2 // 3, late // 2, late - late // 2])  # fmt: skip
    head = ["Queue", "Date", "Time", "Offered", "Answered", "Abandoned", "Ans 0-10", "Ans 11-20", "Ans 21-30",
            "Ans 31+"]  # fmt: skip
    return "answer_profile.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"columns": ["Date", "Time"], "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "abandoned": "Abandoned",
            "answered_within": {"sum": ["Ans 0-10", "Ans 11-20"]},
        },
        threshold_seconds=20,
    )  # fmt: skip


def _waits_of_all() -> Made:
    rows = [
        [h.queue, f"{h.at:%d-%b-%y %H:%M}", h.offered, h.answered, h.abandoned, h.mean(h.wait) + 6, h.mean(h.wait), 52,
         140, h.mean(h.talk), h.mean(h.wrap)] for h in halves("Gold", "Silver", seed=119)
    ]  # fmt: skip
    head = ["Service", "Interval Start", "Calls", "Calls Answered", "Calls Abandoned", "Avg Queue Time", "ASA",
            "Avg Time to Abandon", "Longest Wait", "Avg Talk", "Avg Wrap"]  # fmt: skip
    return "service_by_half_hour.csv", table(head, rows), interval_source(
        {
            "queue": "Service", "interval_start": {"column": "Interval Start", "format": "%d-%b-%y %H:%M"},
            "offered": "Calls", "answered": "Calls Answered", "handled": "Calls Answered",
            "abandoned": "Calls Abandoned", "wait_seconds": mean_of("ASA", "Calls Answered"),
            "talk_seconds": mean_of("Avg Talk", "Calls Answered"),
            "wrap_seconds": mean_of("Avg Wrap", "Calls Answered"),
        }
    )  # fmt: skip


def _logged_in() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, h.talk, h.wrap, h.available,
         600 + 3 * h.offered, h.talk + h.wrap + h.available + 600 + 3 * h.offered]
        for h in halves("Emergency", "Planned Work", seed=120)
    ]  # fmt: skip
    head = ["Queue", "Interval", "Offered", "Answered", "Abandoned", "Talk Seconds", "ACW Seconds",
            "Available Seconds", "Not Ready Seconds", "Logged In Seconds"]  # fmt: skip
    return "queue_and_agents.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Interval", "format": "%Y-%m-%d %H:%M"},
            "offered": "Offered", "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "talk_seconds": "Talk Seconds", "wrap_seconds": "ACW Seconds", "available_seconds": "Available Seconds",
            "staffed_seconds": {"difference": ["Logged In Seconds", "Not Ready Seconds"]},
        }
    )  # fmt: skip


# --- contacts ---------------------------------------------------------------------------------------------


def _german_log() -> Made:
    rows = [
        [v.number, f"{v.at:%d.%m.%Y %H:%M:%S}", f"+49170{v.number}", v.queue, v.agent,
         "Beantwortet" if v.talk else "Unbeantwortet", f"0{clock(v.wait)}", f"0{clock(v.talk)}"]
        for v in visits("800 Zentrale", "801 Service", seed=121)
    ]  # fmt: skip
    head = ["Anruf-Nr.", "Anrufzeit", "Anrufer", "Warteschlange", "Agent", "Status", "Wartezeit", "Sprechzeit"]
    return "Anrufberichte.csv", table(head, rows), contact_source(
        {
            "contact_id": "Anruf-Nr.", "queue": "Warteschlange",
            "offered_at": {"column": "Anrufzeit", "format": "%d.%m.%Y %H:%M:%S"},
            "outcome": {"column": "Status", "values": {"Beantwortet": "answered", "Unbeantwortet": "abandoned"}},
            "wait_seconds": lasting("Wartezeit"), "talk_seconds": lasting("Sprechzeit"), "agent": "Agent",
        }
    )  # fmt: skip


def _issabel() -> Made:
    rows = [
        [v.number, v.queue, f"{v.at:%Y-%m-%d %H:%M:%S}",
         f"{v.at + timedelta(seconds=v.wait):%Y-%m-%d %H:%M:%S}" if v.talk else "",
         f"{v.at + timedelta(seconds=v.wait + v.talk):%Y-%m-%d %H:%M:%S}", clock(v.wait), clock(v.talk), v.agent,
         "terminada" if v.talk else "abandonada"] for v in visits("600", "601", seed=122)
    ]  # fmt: skip
    head = ["ID Llamada", "Cola", "Entrada en cola", "Hora de inicio", "Hora de fin", "Tiempo en espera",
            "Duración", "Agente", "Estado"]  # fmt: skip
    return "detalle_llamadas.csv", table(head, rows), contact_source(
        {
            "contact_id": "ID Llamada", "queue": "Cola",
            "offered_at": {"column": "Entrada en cola", "format": "%Y-%m-%d %H:%M:%S"},
            "outcome": {"column": "Estado", "values": {"terminada": "answered", "abandonada": "abandoned"}},
            "wait_seconds": lasting("Tiempo en espera"), "talk_seconds": lasting("Duración"), "agent": "Agente",
        }
    )  # fmt: skip


def _queuemetrics() -> Made:
    rows = [
        [f"{v.at:%m/%d/%Y - %H:%M:%S}", f"555{v.number}", v.queue, stretch(v.wait), stretch(v.talk), 1 + v.number % 3,
         "Agent" if v.number % 2 else "Caller", v.agent, f"{v.at.timestamp():.0f}.{v.number}"]
        for v in visits("q-sales", "q-help", seed=123) if v.talk
    ]  # fmt: skip
    head = ["Date", "Caller", "Queue", "Wait", "Duration", "Pos.", "Disconnection", "Handled by", "Asterisk UID"]
    return "answered_calls_detail.csv", table(head, rows), contact_source(
        {
            "contact_id": "Asterisk UID", "queue": "Queue",
            "offered_at": {"column": "Date", "format": "%m/%d/%Y - %H:%M:%S"}, "outcome": {"const": "answered"},
            "wait_seconds": lasting("Wait", MS), "talk_seconds": lasting("Duration", MS), "agent": "Handled by",
        }
    )  # fmt: skip


def _ringover() -> Made:
    rows = [
        [v.number, f"{v.at:%d/%m/%Y}", f"{v.at:%H:%M:%S}", "Sortant" if v.number % 5 == 0 else "Entrant", v.queue,
         v.agent, "Décroché" if v.talk else "Raccroché en attente", v.wait, v.talk]
        for v in visits("Devis", "SAV", seed=124)
    ]  # fmt: skip
    head = ["Id appel", "Date", "Heure", "Sens", "File", "Agent", "Statut", "Attente (s)", "Conversation (s)"]
    return "journal_appels.csv", table(head, rows, ";", "utf-8-sig"), contact_source(
        {
            "contact_id": "Id appel", "queue": "File",
            "offered_at": {"columns": ["Date", "Heure"], "format": "%d/%m/%Y %H:%M:%S"},
            "outcome": {"column": "Statut", "values": {"Décroché": "answered", "Raccroché en attente": "abandoned"}},
            "wait_seconds": "Attente (s)", "talk_seconds": "Conversation (s)", "agent": "Agent",
        },
        delimiter=";", where={"Sens": ["Entrant"]},
    )  # fmt: skip


def _brazilian() -> Made:
    def at(v: Any, plus: int) -> str:
        return f"{v.at + timedelta(seconds=plus):%d/%m/%Y %H:%M:%S}"

    rows = [
        [v.number, v.queue, at(v, 0), at(v, v.wait) if v.talk else "", at(v, v.wait + v.talk), v.agent,
         "Atendida" if v.talk else "Desistência", stretch(v.wait), stretch(v.talk) if v.talk else ""]
        for v in visits("Cobrança", "Suporte", seed=125)
    ]  # fmt: skip
    head = ["Protocolo", "Fila", "Entrada na fila", "Atendimento", "Término", "Operador", "Situação", "Tempo em fila",
            "Tempo de conversa"]  # fmt: skip
    return "chamadas_receptivas.csv", table(head, rows, ";", "cp1252"), contact_source(
        {
            "contact_id": "Protocolo", "queue": "Fila",
            "offered_at": {"column": "Entrada na fila", "format": "%d/%m/%Y %H:%M:%S"},
            "outcome": {"column": "Situação", "values": {"Atendida": "answered", "Desistência": "abandoned"}},
            "wait_seconds": lasting("Tempo em fila", MS), "talk_seconds": lasting("Tempo de conversa", MS),
            "agent": "Operador",
        },
        delimiter=";", encoding="cp1252",
    )  # fmt: skip


# --- agents, plans, evaluations ---------------------------------------------------------------------------


def _french_states() -> Made:
    words = ["Connecté", "Disponible", "En communication", "Post-appel", "Repas", "Disponible", "Déconnecté"]
    times = [(8, 0), (8, 1), (8, 7), (8, 15), (12, 0), (12, 45), (16, 0)]
    rows = [
        [agent, queue, f"16/03/2026 {hour:02}:{minute + late:02}:00", word]
        for late, (agent, queue) in enumerate([("Claire Petit", "SAV"), ("Luc Morel", "SAV"), ("Inès Roy", "Devis")])
        for (hour, minute), word in zip(times, words, strict=True)
    ]
    return "historique_statuts.csv", table(["Agent", "File d'attente", "Début", "Statut"], rows, ";"), {
        "source": {
            "format": "csv", "record": "agent_state", "delimiter": ";",
            "columns": {
                "agent": "Agent", "queues": "File d'attente",
                "since": {"column": "Début", "format": "%d/%m/%Y %H:%M:%S"},
                "state": {
                    "column": "Statut",
                    "values": {"Connecté": "unavailable", "Disponible": "available", "En communication": "handling",
                               "Post-appel": "wrap", "Repas": "unavailable", "Déconnecté": "offline"},
                },
            },
        }
    }  # fmt: skip


def _brazilian_states() -> Made:
    words = ["Logado", "Livre", "Falando", "Pós-atendimento", "Pausa", "Livre", "Deslogado"]
    times = [(9, 0), (9, 2), (9, 11), (9, 17), (11, 0), (11, 20), (15, 0)]
    rows = [
        [f"2026-03-16 {hour:02}:{minute + late:02}:30", agent, "SAC", word, "Lanche" if word == "Pausa" else ""]
        for late, agent in enumerate(["Bruna", "Tiago"])
        for (hour, minute), word in zip(times, words, strict=True)
    ]
    return "eventos_operador.csv", table(["Data/Hora", "Operador", "Fila", "Estado", "Motivo"], rows), {
        "source": {
            "format": "csv", "record": "agent_state",
            "columns": {
                "agent": "Operador", "queues": "Fila", "reason": "Motivo",
                "since": {"column": "Data/Hora", "format": "%Y-%m-%d %H:%M:%S"},
                "state": {
                    "column": "Estado",
                    "values": {"Logado": "unavailable", "Livre": "available", "Falando": "handling",
                               "Pós-atendimento": "wrap", "Pausa": "unavailable", "Deslogado": "offline"},
                },
            },
        }
    }  # fmt: skip


def _abbreviated_plan() -> Made:
    rows = [
        [h.queue, f"{h.at:%m/%d/%Y}", f"{h.at:%H:%M}", f"{_forecast(h):.1f}", h.aht, f"{h.agents * 0.9:.1f}",
         f"{h.agents:.1f}"] for h in halves("CT Sales", "CT Care", seed=128, day=23)
    ]  # fmt: skip
    head = ["CT", "Date", "Period", "Fcst Vol", "Fcst AHT", "Rev Req", "Sched Open"]
    return "ct_forecast.txt", table(head, rows, "\t"), plan_source(
        {
            "queue": "CT", "interval_start": {"columns": ["Date", "Period"], "format": "%m/%d/%Y %H:%M"},
            "forecast_offered": "Fcst Vol", "forecast_aht_seconds": "Fcst AHT", "required_agents": "Rev Req",
            "scheduled_agents": "Sched Open",
        },
        delimiter="\t",
    )  # fmt: skip


def _chinese_plan() -> Made:
    rows: list[Sequence[Any]] = [["日期", "时段", "技能组", "预测话务量", "预测AHT(秒)", "需求人数", "排班人数"]]
    rows += [
        [f"{h.at:%Y-%m-%d}", f"{h.at:%H:%M}", h.queue, round(_forecast(h), 1), h.aht, round(h.agents * 0.9, 1),
         round(h.agents)] for h in halves("投诉", "报修", seed=129, day=23)
    ]  # fmt: skip
    return "下周排班预测.xlsx", workbook(rows), plan_source(
        {
            "queue": "技能组", "interval_start": {"columns": ["日期", "时段"], "format": "%Y-%m-%d %H:%M"},
            "forecast_offered": "预测话务量", "forecast_aht_seconds": "预测AHT(秒)", "required_agents": "需求人数",
            "scheduled_agents": "排班人数",
        }
    )  # fmt: skip


def _spanish_quality() -> Made:
    words = ("Cumple", "No cumple")
    rows = [
        [f"EV-{n}", 9000 + n, "Ventas", ["Marta", "Jon"][n % 2], f"1{n % 6}/03/2026 10:00", f"1{n % 6}/03/2026 17:30",
         "Lola", words[n % 6 == 0], words[n % 9 == 0], "N/A" if n % 4 == 0 else words[n % 7 == 0]]
        for n in range(1, 25)
    ]  # fmt: skip
    head = ["ID evaluación", "ID llamada", "Cola", "Agente", "Fecha llamada", "Fecha evaluación", "Evaluador",
            "Crítico usuario final: respuesta correcta", "Crítico negocio: registro en CRM",
            "No crítico: saludo"]  # fmt: skip
    when = "%d/%m/%Y %H:%M"
    return "monitoreos.csv", table(head, rows, ";"), {
        "source": {
            "format": "csv", "record": "evaluation", "delimiter": ";",
            "columns": {
                "evaluation_id": "ID evaluación", "contact_id": "ID llamada", "queue": "Cola", "agent": "Agente",
                "handled_at": {"column": "Fecha llamada", "format": when},
                "evaluated_at": {"column": "Fecha evaluación", "format": when}, "evaluator": "Evaluador",
                "checks": {
                    "each": {
                        "Crítico usuario final: respuesta correcta": "end_user",
                        "Crítico negocio: registro en CRM": "business", "No crítico: saludo": "non_critical",
                    },
                    "results": {"pass": ["Cumple"], "fail": ["No cumple"]},
                },
            },
        }
    }  # fmt: skip


def _swiss_commas() -> Made:
    rows = [
        [h.queue, f"{h.at:%d.%m.%y %H:%M}", h.offered, h.answered, h.abandoned,
         comma(100 * h.within / h.answered) + "%", comma(h.wait / h.answered), comma(h.talk / h.answered)]
        for h in halves("Privatkunden", "Firmenkunden", seed=130)
    ]  # fmt: skip
    head = ["Gruppe", "Intervall", "Eingehende Anrufe", "Beantwortete Anrufe", "Abgebrochene Anrufe",
            "SL (20 Sek.) der beantworteten", "Mittlere Antwortzeit (s)", "Mittlere Gesprächsdauer (s)"]  # fmt: skip
    return "gruppen_intervall.csv", table(head, rows, ";", "cp1252"), interval_source(
        {
            "queue": "Gruppe", "interval_start": {"column": "Intervall", "format": "%d.%m.%y %H:%M"},
            "offered": "Eingehende Anrufe", "answered": "Beantwortete Anrufe", "handled": "Beantwortete Anrufe",
            "abandoned": "Abgebrochene Anrufe",
            "answered_within": {"share": {"column": "SL (20 Sek.) der beantworteten", "percent": True},
                                "of": "Beantwortete Anrufe"},
            "wait_seconds": mean_of("Mittlere Antwortzeit (s)", "Beantwortete Anrufe"),
            "talk_seconds": mean_of("Mittlere Gesprächsdauer (s)", "Beantwortete Anrufe"),
        },
        delimiter=";", encoding="cp1252", decimal=",", threshold_seconds=20,
    )  # fmt: skip


FOREIGN: Final[tuple[Callable[[], Made], ...]] = (
    _genesys_view, _bcms, _cuic, _five_nine, _talkdesk, _cxone, _connect_spanish, _zoom, _ringcentral, _teleopti,
    _chinese_cloud, _japanese, _polish, _german_sheet, _dutch_sheet, _ambiguous, _constants, _buckets, _waits_of_all,
    _logged_in, _german_log, _issabel, _queuemetrics, _ringover, _brazilian, _french_states, _brazilian_states,
    _abbreviated_plan, _chinese_plan, _spanish_quality, _swiss_commas,
)  # fmt: skip

"""Seventeen exports that came after `map` was mended with those of `foreign_exports`: the honest measure of it.

Two are in languages of which it knows no word: there it must say so, and not guess in silence.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from export_parts import HMS, MS, Made, contact_source, interval_source, lasting, mean_of, plan_source, table, workbook
from unseen_numbers import clock, comma, halves, stretch, visits

__all__ = ["LATER"]


def _german_cloud() -> Made:
    rows = [
        [f"{h.at:%d.%m.%y %H:%M}", f"{h.end:%d.%m.%y %H:%M}", "Sprache", h.queue, h.offered, h.answered, h.abandoned,
         h.mean(h.wait) * 1000, h.mean(h.talk) * 1000, h.mean(h.hold) * 1000, h.mean(h.wrap) * 1000]
        for h in halves("Neukunden", "Bestandskunden", seed=201)
    ]  # fmt: skip
    head = ["Intervallstart", "Intervallende", "Medientyp", "Warteschlangenname", "Angebot", "Antwort", "Abbruch",
            "ASA", "Durchschn. Gespräch", "Durchschn. Halten", "Durchschn. Nachbearbeitung"]  # fmt: skip

    def ms(column: str) -> dict[str, Any]:
        return {"product": [{"column": column, "multiply": 0.001}, "Antwort"]}

    return "Warteschlangenleistung Intervall.csv", table(head, rows, ";", "utf-8-sig"), interval_source(
        {
            "queue": "Warteschlangenname", "interval_start": {"column": "Intervallstart", "format": "%d.%m.%y %H:%M"},
            "offered": "Angebot", "answered": "Antwort", "handled": "Antwort", "abandoned": "Abbruch",
            "wait_seconds": ms("ASA"), "talk_seconds": ms("Durchschn. Gespräch"),
            "hold_seconds": ms("Durchschn. Halten"), "wrap_seconds": ms("Durchschn. Nachbearbeitung"),
        },
        delimiter=";",
    )  # fmt: skip


def _french_sheet() -> Made:
    rows: list[Sequence[Any]] = [["Suivi quotidien du plateau"], [], [
        "Date", "Créneau", "Appels présentés", "Appels décrochés", "Appels abandonnés", "Décrochés < 20 s",
        "DMT (s)", "Attente moyenne avant décroché (s)",
    ]]  # fmt: skip
    rows += [
        [f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M} à {h.end:%H:%M}", h.offered, h.answered, h.abandoned, h.within, h.aht,
         h.mean(h.wait)] for h in halves("x", seed=202)
    ]  # fmt: skip
    return "plateau_mars.xlsx", workbook(rows, "S12"), interval_source(
        {
            "queue": {"const": "plateau_mars"},
            "interval_start": {"columns": ["Date", "Créneau"], "format": "%d/%m/%Y %H:%M", "range": " à "},
            "offered": "Appels présentés", "answered": "Appels décrochés", "handled": "Appels décrochés",
            "abandoned": "Appels abandonnés", "answered_within": "Décrochés < 20 s",
            "talk_seconds": mean_of("DMT (s)", "Appels décrochés"),
            "wait_seconds": mean_of("Attente moyenne avant décroché (s)", "Appels décrochés"),
        },
        header={"row": 3}, threshold_seconds=20,
    )  # fmt: skip


def _swedish() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d}", f"{h.at:%H:%M}", h.offered, h.answered, h.abandoned, h.within, h.mean(h.wait),
         h.mean(h.talk)] for h in halves("Växel", "Support", seed=203)
    ]  # fmt: skip
    head = ["Kö", "Datum", "Tid", "Inkomna samtal", "Besvarade samtal", "Tappade samtal", "Besvarade inom 30 s",
            "Genomsnittlig väntetid (s)", "Genomsnittlig samtalstid (s)"]  # fmt: skip
    return "koestatistik.csv", table(head, rows, ";"), interval_source(
        {
            "queue": "Kö", "interval_start": {"columns": ["Datum", "Tid"], "format": "%Y-%m-%d %H:%M"},
            "offered": "Inkomna samtal", "answered": "Besvarade samtal", "handled": "Besvarade samtal",
            "abandoned": "Tappade samtal", "answered_within": "Besvarade inom 30 s",
            "wait_seconds": mean_of("Genomsnittlig väntetid (s)", "Besvarade samtal"),
            "talk_seconds": mean_of("Genomsnittlig samtalstid (s)", "Besvarade samtal"),
        },
        delimiter=";", threshold_seconds=30,
    )  # fmt: skip


def _turkish() -> Made:
    rows = [
        [h.queue, f"{h.at:%d.%m.%Y}", f"{h.at:%H:%M}", h.offered, h.answered, h.abandoned, h.mean(h.wait),
         h.mean(h.talk)] for h in halves("Satış", "Destek", seed=204)
    ]  # fmt: skip
    head = ["Kuyruk", "Tarih", "Saat", "Gelen", "Cevaplanan", "Kaçan", "Ort. Bekleme (sn)", "Ort. Konuşma (sn)"]
    return "kuyruk_raporu.csv", table(head, rows, ";"), interval_source(
        {
            "queue": "Kuyruk", "interval_start": {"columns": ["Tarih", "Saat"], "format": "%d.%m.%Y %H:%M"},
            "offered": "Gelen", "answered": "Cevaplanan", "handled": "Cevaplanan", "abandoned": "Kaçan",
            "wait_seconds": mean_of("Ort. Bekleme (sn)", "Cevaplanan"),
            "talk_seconds": mean_of("Ort. Konuşma (sn)", "Cevaplanan"),
        },
        delimiter=";",
    )  # fmt: skip


def _korean() -> Made:
    rows = [
        [f"{h.at:%Y-%m-%d %H:%M}", h.queue, h.offered, h.answered, h.abandoned, h.talk, h.wrap]
        for h in halves("상담1팀", "상담2팀", seed=205)
    ]
    head = ["시간대", "큐", "인입호", "응답호", "포기호", "통화시간(초)", "후처리시간(초)"]
    return "시간대별통계.csv", table(head, rows, encoding="utf-8-sig"), interval_source(
        {
            "queue": "큐", "interval_start": {"column": "시간대", "format": "%Y-%m-%d %H:%M"}, "offered": "인입호",
            "answered": "응답호", "handled": "응답호", "abandoned": "포기호", "talk_seconds": "통화시간(초)",
            "wrap_seconds": "후처리시간(초)",
        }
    )  # fmt: skip


def _subtotals() -> Made:
    rows: list[Sequence[Any]] = [["Call Queue", "Date", "Half Hour", "Offered", "Answered", "Abandoned",
                                  "Service Level Calls (20s)", "Total Handle Time (sec)"]]  # fmt: skip
    for queue, seed in (("Parts", 206), ("Repairs", 207)):
        made = list(halves(queue, seed=seed))
        rows += [[queue if n == 0 else None, h.at.date(), h.at.time(), h.offered, h.answered, h.abandoned, h.within,
                  h.talk + h.hold + h.wrap] for n, h in enumerate(made)]  # fmt: skip
        rows.append([f"{queue} Total", None, None, sum(h.offered for h in made), sum(h.answered for h in made),
                     sum(h.abandoned for h in made), sum(h.within for h in made), None])  # fmt: skip
    return "Queue Half Hour Grouped.xlsx", workbook(rows), interval_source(
        {
            "queue": "Call Queue", "interval_start": {"columns": ["Date", "Half Hour"]}, "offered": "Offered",
            "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "answered_within": "Service Level Calls (20s)", "talk_seconds": "Total Handle Time (sec)",
        },
        fill=["Call Queue"], where_not={"Call Queue": ["Parts Total", "Repairs Total"]}, threshold_seconds=20,
    )  # fmt: skip


def _french_plan() -> Made:
    rows = [
        [f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M}", h.queue, comma(h.offered * 1.02 + 0.3), h.aht, comma(h.agents * 0.9),
         comma(h.agents)] for h in halves("Voyages", "Assurances", seed=208, day=23)
    ]  # fmt: skip
    head = ["Jour", "Tranche", "Activité", "Appels prévus", "DMT prévue (s)", "ETP requis", "ETP planifiés"]
    return "dimensionnement_s13.csv", table(head, rows, ";", "cp1252"), plan_source(
        {
            "queue": "Activité", "interval_start": {"columns": ["Jour", "Tranche"], "format": "%d/%m/%Y %H:%M"},
            "forecast_offered": "Appels prévus", "forecast_aht_seconds": "DMT prévue (s)",
            "required_agents": "ETP requis", "scheduled_agents": "ETP planifiés",
        },
        delimiter=";", encoding="cp1252", decimal=",",
    )  # fmt: skip


def _german_states() -> Made:
    words = ["Bereit", "Im Anruf", "Nachbearbeitung", "Mittagspause", "Bereit", "Teambesprechung", "Abgemeldet"]
    times = [(8, 0), (8, 12), (8, 18), (12, 0), (12, 30), (14, 0), (16, 30)]
    rows = [
        [agent, "Service DE", word, f"16.03.2026 {hour:02}:{minute + late:02}:00",
         f"16.03.2026 {hour + 1:02}:{minute + late:02}:00"]
        for late, agent in enumerate(["Weber", "Kaya", "Lindt"])
        for (hour, minute), word in zip(times, words, strict=True)
    ]  # fmt: skip
    head = ["Agent", "Warteschlange", "Status", "Beginn", "Ende"]
    return "Agentenverlauf.csv", table(head, rows, ";"), {
        "source": {
            "format": "csv", "record": "agent_state", "delimiter": ";",
            "columns": {
                "agent": "Agent", "queues": "Warteschlange",
                "since": {"column": "Beginn", "format": "%d.%m.%Y %H:%M:%S"},
                "state": {
                    "column": "Status",
                    "values": {"Bereit": "available", "Im Anruf": "handling", "Nachbearbeitung": "wrap",
                               "Mittagspause": "unavailable", "Teambesprechung": "unavailable",
                               "Abgemeldet": "offline"},
                },
            },
        }
    }  # fmt: skip


def _italian_calls() -> Made:
    rows = [
        [f"C-{v.number}", f"{v.at:%d/%m/%Y %H:%M:%S}", v.queue, stretch(v.wait), stretch(v.talk) if v.talk else "",
         "Risposta" if v.talk else "Abbandonata", v.agent] for v in visits("Ordini", "Resi", seed=209)
    ]  # fmt: skip
    head = ["ID chiamata", "Ingresso in coda", "Coda", "Attesa", "Durata conversazione", "Esito", "Operatore"]
    return "dettaglio_chiamate.csv", table(head, rows, ";"), contact_source(
        {
            "contact_id": "ID chiamata", "queue": "Coda",
            "offered_at": {"column": "Ingresso in coda", "format": "%d/%m/%Y %H:%M:%S"},
            "outcome": {"column": "Esito", "values": {"Risposta": "answered", "Abbandonata": "abandoned"}},
            "wait_seconds": lasting("Attesa", MS), "talk_seconds": lasting("Durata conversazione", MS),
            "agent": "Operatore",
        },
        delimiter=";",
    )  # fmt: skip


def _brazilian_minutes() -> Made:
    rows = [
        [f"{h.at:%d/%m/%Y}", f"{h.at:%H:%M}", h.queue, h.offered, h.answered, h.abandoned,
         comma(h.aht / 60, 2), h.mean(h.wait)] for h in halves("Varejo", "Corporativo", seed=210)
    ]  # fmt: skip
    head = ["Data", "Intervalo", "Fila", "Recebidas", "Atendidas", "Abandonadas", "TMA (min)", "TME (seg)"]
    return "desempenho_filas.csv", table(head, rows, ";", "cp1252"), interval_source(
        {
            "queue": "Fila", "interval_start": {"columns": ["Data", "Intervalo"], "format": "%d/%m/%Y %H:%M"},
            "offered": "Recebidas", "answered": "Atendidas", "handled": "Atendidas", "abandoned": "Abandonadas",
            "talk_seconds": {"product": [{"column": "TMA (min)", "multiply": 60}, "Atendidas"]},
            "wait_seconds": mean_of("TME (seg)", "Atendidas"),
        },
        delimiter=";", encoding="cp1252", decimal=",",
    )  # fmt: skip


def _live_chats() -> Made:
    rows = [
        [f"PX{v.number}", v.queue, f"{v.at:%Y-%m-%dT%H:%M:%SZ}", v.wait, v.talk, v.agent,
         "Answered" if v.talk else "Missed"] for v in visits("Presales", "Support", seed=211)
    ]  # fmt: skip
    head = ["Chat ID", "Department", "Requested At", "Queue Wait (s)", "Chat Duration (s)", "Agent", "Status"]
    return "chats_export.csv", table(head, rows), contact_source(
        {
            "contact_id": "Chat ID", "queue": "Department", "offered_at": "Requested At",
            "outcome": {"column": "Status", "values": {"Answered": "answered", "Missed": "abandoned"}},
            "wait_seconds": "Queue Wait (s)", "talk_seconds": "Chat Duration (s)", "agent": "Agent",
        }
    )  # fmt: skip


def _bare_minutes() -> Made:
    rows = [
        [h.at.strftime("%m/%d/%Y %H:%M"), h.queue, h.offered, h.answered, h.abandoned, round(h.mean(h.wait) / 60, 2),
         round(h.mean(h.talk) / 60, 2)] for h in halves("Intake", "Triage", seed=212)
    ]  # fmt: skip
    head = ["Interval", "Queue", "Offered", "Answered", "Abandoned", "Avg Wait", "Avg Talk"]
    return "intraday.csv", table(head, rows), interval_source(
        {
            "queue": "Queue", "interval_start": {"column": "Interval", "format": "%m/%d/%Y %H:%M"},
            "offered": "Offered", "answered": "Answered", "handled": "Answered", "abandoned": "Abandoned",
            "wait_seconds": {"product": [{"column": "Avg Wait", "multiply": 60}, "Answered"]},
            "talk_seconds": {"product": [{"column": "Avg Talk", "multiply": 60}, "Answered"]},
        }
    )  # fmt: skip


def _both_directions() -> Made:
    rows = [
        [h.queue, h.at.strftime("%Y-%m-%d %H:%M"), h.offered + 4 + h.short, h.offered, 4 + h.short, h.answered,
         h.abandoned, clock(h.talk)] for h in halves("North", "South", seed=213)
    ]  # fmt: skip
    head = ["Call Group", "Period", "Total Calls", "Inbound Calls", "Outbound Calls", "Inbound Answered",
            "Inbound Missed", "Inbound Talk Time"]  # fmt: skip
    return "group_activity.csv", table(head, rows), interval_source(
        {
            "queue": "Call Group", "interval_start": {"column": "Period", "format": "%Y-%m-%d %H:%M"},
            "offered": "Inbound Calls", "answered": "Inbound Answered", "handled": "Inbound Answered",
            "abandoned": "Inbound Missed", "talk_seconds": lasting("Inbound Talk Time"),
        }
    )  # fmt: skip


def _spanish_csq() -> Made:
    rows = [
        [h.queue, f"{h.at:%d/%m/%Y %H:%M:%S}", f"{h.end:%d/%m/%Y %H:%M:%S}", h.offered, h.answered, h.abandoned,
         clock(h.mean(h.wait)), clock(h.mean(h.talk)), f"{100 * h.answered / h.offered:.1f} %"]
        for h in halves("CSQ_Citas", "CSQ_Urgencias", seed=214)
    ]  # fmt: skip
    head = ["Nombre de CSQ", "Hora de inicio del intervalo", "Hora de fin del intervalo", "Llamadas presentadas",
            "Llamadas gestionadas", "Llamadas abandonadas", "Tiempo promedio de respuesta",
            "Tiempo promedio de conversación", "% gestionadas"]  # fmt: skip
    return "actividad_csq.csv", table(head, rows), interval_source(
        {
            "queue": "Nombre de CSQ",
            "interval_start": {"column": "Hora de inicio del intervalo", "format": "%d/%m/%Y %H:%M:%S"},
            "offered": "Llamadas presentadas", "answered": "Llamadas gestionadas", "handled": "Llamadas gestionadas",
            "abandoned": "Llamadas abandonadas",
            "wait_seconds": mean_of("Tiempo promedio de respuesta", "Llamadas gestionadas", HMS),
            "talk_seconds": mean_of("Tiempo promedio de conversación", "Llamadas gestionadas", HMS),
        }
    )  # fmt: skip


def _french_utc() -> Made:
    rows = [
        [v.number, f"{v.at - timedelta(hours=1):%Y-%m-%d %H:%M:%S}", v.queue, "répondu" if v.talk else "abandonné",
         v.wait, v.talk, v.agent] for v in visits("Ligne SAV", "Ligne Ventes", seed=215)
    ]  # fmt: skip
    head = ["ID appel", "Date de l'appel (UTC)", "File", "Statut", "Temps d'attente (s)", "Temps de parole (s)",
            "Agent"]  # fmt: skip
    right = contact_source(
        {
            "contact_id": "ID appel", "queue": "File",
            "offered_at": {"column": "Date de l'appel (UTC)", "format": "%Y-%m-%d %H:%M:%S"},
            "outcome": {"column": "Statut", "values": {"répondu": "answered", "abandonné": "abandoned"}},
            "wait_seconds": "Temps d'attente (s)", "talk_seconds": "Temps de parole (s)", "agent": "Agent",
        },
        timezone="UTC",
    )  # fmt: skip
    return "export_appels.csv", table(head, rows), {**right, "zone": "Europe/Paris"}


def _wait_of_all() -> Made:
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d %H:%M}", h.offered, h.answered, h.abandoned, h.wait + 45 * h.abandoned,
         h.talk, h.wrap] for h in halves("Billing", "Collections", seed=216)
    ]  # fmt: skip
    head = ["Queue Name", "Interval Start", "Calls Entered", "Calls Answered", "Calls Abandoned",
            "Total Wait Time (s)", "Total Talk Time (s)", "Total Wrap Time (s)"]  # fmt: skip
    return "queue_totals.csv", table(head, rows), interval_source(
        {
            "queue": "Queue Name", "interval_start": {"column": "Interval Start", "format": "%Y-%m-%d %H:%M"},
            "offered": "Calls Entered", "answered": "Calls Answered", "handled": "Calls Answered",
            "abandoned": "Calls Abandoned", "talk_seconds": "Total Talk Time (s)",
            "wrap_seconds": "Total Wrap Time (s)",
        }
    )  # fmt: skip


def _dutch_quality() -> Made:
    rows = [
        [f"B{n}", f"G{n * 7}", "Klantenservice", ["Sanne", "Daan"][n % 2], f"1{n % 6}-03-2026 09:30",
         f"1{n % 6}-03-2026 16:00", "Ilse", "Ja" if n % 5 else "Nee", "Ja" if n % 7 else "Nee",
         "n.v.t." if n % 4 == 0 else "Ja"] for n in range(1, 25)
    ]  # fmt: skip
    head = ["Beoordelingsnummer", "Gespreks-ID", "Wachtrij", "Medewerker", "Datum gesprek", "Datum beoordeling",
            "Beoordelaar", "Klantkritisch: vraag opgelost", "Bedrijfskritisch: gegevens vastgelegd",
            "Compliance: klant geverifieerd"]  # fmt: skip
    when = "%d-%m-%Y %H:%M"
    return "kwaliteitsmetingen.csv", table(head, rows, ";"), {
        "source": {
            "format": "csv", "record": "evaluation", "delimiter": ";",
            "columns": {
                "evaluation_id": "Beoordelingsnummer", "contact_id": "Gespreks-ID", "queue": "Wachtrij",
                "agent": "Medewerker", "handled_at": {"column": "Datum gesprek", "format": when},
                "evaluated_at": {"column": "Datum beoordeling", "format": when}, "evaluator": "Beoordelaar",
                "checks": {
                    "each": {
                        "Klantkritisch: vraag opgelost": "end_user",
                        "Bedrijfskritisch: gegevens vastgelegd": "business",
                        "Compliance: klant geverifieerd": "compliance",
                    },
                    "results": {"pass": ["Ja"], "fail": ["Nee"], "not_applicable": ["n.v.t."]},
                },
            },
        }
    }  # fmt: skip


LATER: Final[tuple[Callable[[], Made], ...]] = (
    _german_cloud, _french_sheet, _swedish, _turkish, _korean, _subtotals, _french_plan, _german_states,
    _italian_calls, _brazilian_minutes, _live_chats, _bare_minutes, _both_directions, _spanish_csq, _french_utc,
    _wait_of_all, _dutch_quality,
)  # fmt: skip

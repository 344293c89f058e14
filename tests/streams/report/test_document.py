"""The document of a month with two planted incidents: each figure again from the exported rows, by pandas alone."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from report_month import month

from intervalwatch.commands.report import report
from streams.export.export import export
from streams.history.query import Filters
from streams.history.store import Store

PERIOD = ("--from", "2026-10-01", "--to", "2026-11-01")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A history of October."""
    return month(tmp_path_factory.mktemp("month"))


def run(url: str, *arguments: str) -> str:
    """The command over October."""
    result = CliRunner().invoke(report, ["--history", url, *PERIOD, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def document(url: str) -> dict[str, Any]:
    """The document as JSON."""
    found: dict[str, Any] = json.loads(run(url, "--format", "json"))
    return found


@pytest.fixture(scope="module")
def rows(url: str, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The exported intervals that are in figures, as pandas reads them."""
    file = tmp_path_factory.mktemp("export") / "rows.csv"
    with Store(url, create=False) as store:
        export(store, file, "csv", "intervals", Filters(latest_only=True))
    found = pd.read_csv(file, dtype={"interval_start_local": str})
    found = found[(found.status != "missing") & (found.integrity == "ok")]
    local = found.interval_start_local.str[:19]
    found["at"] = pd.to_datetime(local)
    return found


def within(ratio: dict[str, Any], over: float, under: float) -> None:
    """A ratio is these sums, and their quotient."""
    assert ratio["numerator"] == pytest.approx(over, rel=1e-9)
    assert ratio["denominator"] == pytest.approx(under, rel=1e-9)
    assert ratio["value"] == pytest.approx(over / under, rel=1e-9)


def test_every_figure_of_a_queue_follows_from_its_rows(document: dict[str, Any], rows: pd.DataFrame) -> None:
    """Service level, attainment, abandon rate, speed of answer, handle time, occupancy, forecast."""
    assert {queue["queue"] for queue in document["queues"]} == {"sales", "orders"}
    for queue in document["queues"]:
        own = rows[rows.queue == queue["queue"]]
        assert queue["intervals"]["used"] == len(own) == 31 * 24
        (service,) = queue["service"]
        within(service["level"], own.answered_within.sum(), (own.answered + own.abandoned).sum())
        for name in ("in_range", "below", "above", "low_volume", "no_demand"):
            assert service["attainment"][name] == (own.spec == name).sum()
        within(queue["abandon_rate"], own.abandoned.sum(), (own.answered + own.abandoned).sum())
        within(queue["asa_seconds"], own.wait_seconds.sum(), own.answered.sum())
        within(queue["aht_seconds"], own.handle_seconds.sum(), own.handled.sum())
        busy = own.occupied_seconds.sum()
        within(queue["occupancy"], busy, busy + own.available_seconds.sum())
        volume = next(found for found in queue["forecast"] if found["quantity"] == "volume")
        off = own.offered - own.forecast_offered
        within(volume["wape"], off.abs().sum(), own.forecast_offered.sum())
        within(volume["bias"], off.sum(), own.forecast_offered.sum())
        within(volume["within"], (off.abs() <= 0.1 * own.forecast_offered + 1e-9).sum(), len(own))


def names(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """By part of the calendar, each row's name."""
    week = rows["at"].dt.isocalendar()
    return {
        "day": rows["at"].dt.strftime("%Y-%m-%d"),
        "week": week.year.astype(str) + "-W" + week.week.astype(str).str.zfill(2),
        "weekday": rows["at"].dt.day_of_week.add(1).astype(str),
        "hour": rows["at"].dt.strftime("%H"),
    }


def test_every_sum_by_day_week_weekday_and_hour_follows_from_the_rows(
    document: dict[str, Any], rows: pd.DataFrame
) -> None:
    """Each queue and the program have them; no part of the calendar is left out."""
    seen = 0
    for by, named in names(rows).items():
        for queue in ("", "sales", "orders"):
            of = rows if not queue else rows[rows.queue == queue]
            for name, own in of.groupby(named[of.index]):
                (part,) = (
                    each
                    for each in document["slices"]
                    if (each["by"], each["name"], each["queue"]) == (by, name, queue)
                )
                seen += 1
                assert part["offered"] == own.offered.sum()
                within(part["level"], own.answered_within.sum(), (own.answered + own.abandoned).sum())
                assert part["in_range"]["numerator"] == (own.spec == "in_range").sum()
                assert part["in_range"]["denominator"] == own.spec.isin(["in_range", "below", "above"]).sum()
                within(part["aht_seconds"], own.handle_seconds.sum(), own.handled.sum())
    assert seen == len(document["slices"])


def test_every_cell_of_the_heat_maps_is_the_verdict_of_its_row(document: dict[str, Any], rows: pd.DataFrame) -> None:
    """Row by row, and no other cell is set."""
    letters = {"below": "b", "in_range": "i", "above": "a"}
    for heat in document["heat_maps"]:
        own = rows[rows.queue == heat["queue"]]
        assert sum(len(day.replace(".", "")) for day in heat["days"].values()) == len(own)
        for at, spec in zip(own["at"], own.spec, strict=True):
            assert heat["days"][at.strftime("%Y-%m-%d")][at.hour * 2 + at.minute // 30] == letters.get(spec, "n")


def test_every_verdict_follows_from_its_figure_and_target(document: dict[str, Any]) -> None:
    """Service level against 80 %, abandon rate against its rule's 8 %."""
    assert {each["metric"] for each in document["judgements"]} >= {"service_level", "abandon_rate"}
    for each in document["judgements"]:
        value = each["figure"]["value"]
        if each["least"] is None and each["most"] is None:
            assert each["verdict"] == "no_target"
        else:
            met = (each["least"] is None or value >= each["least"]) and (each["most"] is None or value <= each["most"])
            assert each["verdict"] == ("met" if met else "not_met")
        if each["metric"] == "service_level":
            assert each["least"] == 0.80
        if each["metric"] == "abandon_rate":
            assert each["most"] == 0.08


def planted(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The incidents of the service level."""
    return (row for row in document["incidents"] if row["rule"] == "service_level_below_range")


def test_both_planted_incidents_stand_by_date_with_cause_acknowledgement_and_action(document: dict[str, Any]) -> None:
    """Since, until, cause with effect, who acknowledged it after how long, and what was done."""
    surge, absence = planted(document)
    assert (surge["queue"], surge["since_local"]) == ("sales", "2026-10-08T10:00:00+02:00")
    assert surge["until_local"] == "2026-10-08T13:00:00+02:00"
    assert (surge["cause"], surge["effect"] < -0.1) == ("volume", True)
    assert (surge["acknowledged_by"], surge["controllable"]) == ("Ann Wu", "yes")
    assert surge["action"] == "Mailings are announced"
    assert (absence["queue"], absence["since_local"]) == ("orders", "2026-10-20T14:00:00+02:00")
    assert absence["until_local"] == "2026-10-20T18:00:00+02:00"
    assert {"staffing"} <= {each["cause"] for each in absence["causes"] if each["effect"] < -0.1}
    assert (absence["acknowledged_by"], absence["outcome"]) == ("Bo Li", None)


def test_the_page_tells_both_incidents_in_both_languages(url: str) -> None:
    """One document with both; nothing is fetched, and a figure that is not there reads so."""
    page = run(url, "--format", "html", "--language", "both", "--site", "Madrid <1>")
    for text in ("Thu 2026-10-08 10:00", "周四 2026-10-08 10:00", "A mailing went out unannounced", "Bo Li", "未报告"):
        assert text in page
    assert "Madrid &lt;1&gt;" in page
    assert "not reported" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_provenance_says_what_was_verified(document: dict[str, Any], rows: pd.DataFrame) -> None:
    """Sound; each queue's head is the hash of its last row, and the parameters were named by all rows."""
    found = document["provenance"]
    assert (found["verified"], found["findings"]) == ("sound", [])
    for queue, (results, last) in found["heads"].items():
        own = rows[rows.queue == queue]
        assert (results, last) == (len(own), own.hash.iloc[-1])
    assert [(each["version"], each["intervals"]) for each in found["versions"]] == [("2026-autumn", len(rows))]
    assert found["journal_entries"] == 4


def test_days_are_those_of_the_site(document: dict[str, Any]) -> None:
    """October in Madrid begins at 22:00 UTC of the day before, and ends an hour later by its clock change."""
    assert (document["from"], document["to"]) == ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")
    assert dt.datetime.fromisoformat(document["cover"]["local_to"]).date() == dt.date(2026, 11, 1)


def test_the_weekly_review_names_the_open_action(url: str) -> None:
    """The action without an outcome waits; the planned month has no biased weekday."""
    result = CliRunner().invoke(report, ["--history", url, "--to", "2026-11-01", "--weekly", "--format", "json"])
    assert result.exit_code == 0, result.output
    review = json.loads(result.stdout)
    assert [each["action"] for each in review["open_actions"]] == ["Sales agents were lent"]
    assert review["biases"] == []
    assert review["unwritten"] == 4

"""Programs, sites and pools in a report: every figure worked out anew from exported rows, with pandas alone."""

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from group_rows import configured, row
from history_rows import chained

from config.timestamps import from_rfc3339
from intervalwatch.commands.export import export
from intervalwatch.commands.report import report
from streams.history.parameters import write_parameters
from streams.history.store import Store
from streams.results import IntervalResult

CENTRE = configured("""
site: {timezone: Europe/Madrid}
defaults: {hours: {mon-sun: "00:00-24:00"}}
programs:
  - {id: bank, queues: [{id: cards}, {id: lost_cards, service_level: {threshold_seconds: 10}}]}
  - {id: energy, queues: [{id: billing}, {id: outages, service_level: {definition: S5}}]}
  - {id: shop, interval_minutes: 60, queues: [{id: sales}, {id: india, timezone: Asia/Kolkata}]}
sites: [{id: madrid, programs: [bank], queues: [billing]}]
pools: [{id: cards_team, queues: [cards, lost_cards]}]
""")
GROUPS = {
    "bank": ["cards", "lost_cards"],
    "energy": ["billing", "outages"],
    "shop": ["india", "sales"],
    "madrid": ["billing", "cards", "lost_cards"],
    "cards_team": ["cards", "lost_cards"],
}
HOMES = {queue: group for group in ("bank", "energy", "shop") for queue in GROUPS[group]}
FROM, TO = "2026-03-01T23:00:00Z", "2026-03-04T23:00:00Z"
BEGIN = from_rfc3339("2026-03-01T22:00:00Z")
HALF_HOUR = 1_800_000


def made(queue: str, start_ms: int, chance: random.Random, **changes: Any) -> IntervalResult:
    """A result of a queue, by chance."""
    offered = chance.randrange(20, 90)
    spec = chance.choice(["in_range", "in_range", "below", "above", "low_volume"])
    forecast = None if chance.random() < 0.1 else offered * chance.uniform(0.7, 1.4)
    length = 2 * HALF_HOUR if HOMES[queue] == "shop" else HALF_HOUR
    definition = "S5" if queue == "outages" else "S1"
    given = {"program": HOMES[queue], "interval_ms": length, "definition": definition, "spec": spec, **changes}
    within = chance.randrange(offered // 3, offered * 4 // 5)
    return row(queue, start_ms, offered, answered_within=within, forecast_offered=forecast, **given)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three and a half days of six queues: rows that lack, rows that are missing, corrections."""
    chance = random.Random(20_260_302)
    rows = []
    for queue, home in HOMES.items():
        length = 2 * HALF_HOUR if home == "shop" else HALF_HOUR
        zone_ms = HALF_HOUR if queue == "india" else 0
        for number in range(84 * HALF_HOUR * 2 // length):
            start_ms = BEGIN + zone_ms + number * length
            if number and chance.random() < 0.05:
                continue
            if chance.random() < 0.03:
                rows.append(
                    IntervalResult(
                        program=home, queue=queue, channel="voice", interval_start_ms=start_ms, interval_ms=length,
                        revision=1, status="missing", threshold_ms=20_000, parameters_version="unversioned",
                        spec="unknown",
                    )
                )  # fmt: skip
                continue
            rows.append(made(queue, start_ms, chance))
            if chance.random() < 0.05:
                rows.append(made(queue, start_ms, chance, revision=2, status="corrected"))
    folder = tmp_path_factory.mktemp("report")
    with Store(f"sqlite:///{folder / 'history.db'}") as store:
        write_parameters(CENTRE, store)
        store.write_results(chained(each.row() for each in rows))
    return f"sqlite:///{folder / 'history.db'}"


def run(command: Any, url: str, *arguments: str) -> str:
    """The output of a command."""
    result = CliRunner().invoke(command, ["--history", url, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def exported(url: str, folder: Path) -> pd.DataFrame:
    """The latest row of each interval of the history, from a CSV of all revisions."""
    file = folder / "intervals.csv"
    run(export, url, "--format", "csv", "--output", str(file))
    frame = pd.read_csv(file).sort_values("revision").drop_duplicates(["queue", "interval_start"], keep="last")
    return frame.assign(start=pd.to_datetime(frame["interval_start"]))


def by_hand(frame: pd.DataFrame, queues: list[str], period: str) -> dict[str, Any]:
    """The report's figures of a group of queues, from rows."""
    own = frame[frame["queue"].isin(queues)]
    first = own.groupby("queue")["start"].min()
    own = own.assign(key=own["start"] if period == "interval" else own["start"].dt.tz_convert("Europe/Madrid").dt.date)
    inside = own[(own["start"] >= FROM) & (own["start"] < TO)]
    sound = inside[inside["status"] != "missing"]
    judged = sound[sound["spec"].isin(["in_range", "below", "above"])]
    in_range = judged[judged["spec"] == "in_range"]
    sums = sound.groupby("key").agg(
        offered=("offered", "sum"),
        forecast=("forecast_offered", lambda values: values.sum(skipna=False)),
        without=("forecast_offered", lambda values: values.isna().any()),
    )
    planned = sums[~sums["without"]]
    there = sound.pivot_table(index="key", columns="queue", values="offered", aggfunc="count")
    there = there.reindex(index=sorted(inside["key"].unique()), columns=queues)
    lacks = there.isna()
    assert (first < FROM).all()
    return {
        "total": len(there),
        "incomplete": int(lacks.any(axis=1).sum()),
        "missing": {queue: int(count) for queue, count in lacks.sum().items() if count},
        "level": (sound["answered_within"].sum(), (sound["answered"] + sound["abandoned"]).sum()),
        "in_range": (in_range["offered"].sum(), judged["offered"].sum()),
        "volume": ((planned["offered"] - planned["forecast"]).sum(), planned["forecast"].sum(), len(planned)),
        "wape": ((planned["offered"] - planned["forecast"]).abs().sum(), planned["forecast"].sum(), len(planned)),
    }


@pytest.mark.parametrize("group", ["bank", "energy", "madrid", "cards_team"])
def test_figures_of_groups_are_those_of_the_exported_rows(url: str, tmp_path: Path, group: str) -> None:
    """Level, share in range, volume against plan, WAPE and incomplete intervals agree with pandas on the period."""
    document = json.loads(run(report, url, "--from", FROM, "--to", TO, "--format", "json"))
    found = next(each for each in document["groups"] if each["group"] == group)
    wanted = by_hand(exported(url, tmp_path), GROUPS[group], "interval")
    assert wanted["incomplete"] > 5
    assert {name: found[name] for name in ("total", "incomplete", "missing")} == {
        name: wanted[name] for name in ("total", "incomplete", "missing")
    }
    if group == "energy":
        assert (found["definition"], found["level"]["value"]) == ("mixed_definitions", None)
    else:
        assert (found["level"]["numerator"], found["level"]["denominator"]) == wanted["level"]
    assert (found["in_range"]["numerator"], found["in_range"]["denominator"]) == wanted["in_range"]
    for name in ("volume", "wape"):
        numerator, denominator, intervals = wanted[name]
        assert (found[name]["numerator"], found[name]["denominator"]) == pytest.approx((numerator, denominator))
        assert found[name]["value"] == pytest.approx(numerator / denominator)
        assert found[name]["intervals"] == intervals


def test_a_group_without_common_intervals_is_reported_by_the_day(url: str, tmp_path: Path) -> None:
    """Hours in zones half an hour apart: sums over the site's local days, and no error of single intervals."""
    document = json.loads(run(report, url, "--from", FROM, "--to", TO, "--format", "json"))
    found = next(each for each in document["groups"] if each["group"] == "shop")
    wanted = by_hand(exported(url, tmp_path), GROUPS["shop"], "day")
    assert (found["period"], found["total"], found["wape"]) == ("day", 3, None)
    assert (found["level"]["numerator"], found["level"]["denominator"]) == wanted["level"]
    assert (found["in_range"]["numerator"], found["in_range"]["denominator"]) == wanted["in_range"]


def test_text_and_page_say_them(url: str) -> None:
    """Each group has a table in text and a row on the page, in the order of programs, sites and pools."""
    text = " ".join(run(report, url, "--from", FROM, "--to", TO).split())
    titles = [f"{name}, its queues together" for name in (
        "Program bank", "Program energy", "Program shop", "Site madrid", "Pool cards_team",
    )]  # fmt: skip
    assert sorted(titles, key=text.index) == titles
    assert "no service level: its queues define it differently" in " ".join(text.split())
    page = run(report, url, "--from", FROM, "--to", TO, "--format", "html")
    named = [f"<td>{title.removesuffix(', its queues together')}</td>" for title in titles]
    assert sorted(named, key=page.index) == named
    document = json.loads(run(report, url, "--from", FROM, "--to", TO, "--format", "json"))
    bank = document["groups"][0]
    share = f"{bank['level']['value'] * 100:.1f}"
    assert f"{share} % {bank['level']['numerator']:,.0f} / {bank['level']['denominator']:,.0f}" in text
    assert f"{bank['incomplete']} / {bank['total']}" in page

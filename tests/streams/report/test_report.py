"""The report for a period, against figures worked out by hand."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from history_rows import missing
from report_rows import CONFIGURATION, MARCH, breach, evaluation, handled_in, history, interval

from config.settings import load
from streams.history.store import Store
from streams.journal.entry import entry
from streams.report.figures import QueueReport, Report
from streams.report.report import report
from streams.report.sums import QueueSums

DAY = "2026-03-02"
FUTURE = """
parameters: {version: "2099", from: 2099-01-01T00:00:00Z}
site: {timezone: Asia/Shanghai, vocabulary: fatal}
rules: {critical_error_accuracy: {min_n: 1}, occupancy_outside_range: {range: [0.1, 0.2]}}
"""


def made(store: Store, start: str = MARCH[0], end: str = MARCH[1], *, gold: bool = False) -> Report:
    """The report of what the store holds."""
    with store, store.reading() as reader:
        return report(reader, start, end, gold=gold)


def only(folder: Path, rows: Iterable[dict[str, Any]], configuration: str = CONFIGURATION) -> QueueReport:
    """The report of a history of one queue."""
    (queue,) = made(history(folder, rows, configuration)).queues
    return queue


def test_a_service_level_is_a_sum_over_a_sum(tmp_path: Path) -> None:
    """80 of 100 and 10 of 50 in time are 90 of 150, 60 %: not the mean of 80 % and 20 %."""
    rows = [interval("sales", f"{DAY}T08:00:00Z", 80, 100), interval("sales", f"{DAY}T08:30:00Z", 10, 50)]
    queue = only(tmp_path, rows)
    (service,) = queue.service
    assert (service.level.numerator, service.level.denominator, service.level.value) == (90, 150, 0.6)
    assert (service.target, service.range, service.level.intervals) == (0.8, (0.75, 0.9), 2)
    assert (queue.asa_seconds.numerator, queue.asa_seconds.denominator, queue.asa_seconds.value) == (1500, 150, 10)
    assert (queue.aht_seconds.numerator, queue.aht_seconds.denominator, queue.aht_seconds.value) == (30_000, 150, 200)


def test_the_settings_are_those_in_force_as_the_period_ends(tmp_path: Path) -> None:
    """A version from 2099 in the same history changes nothing of this year's report."""
    reports = []
    for future in (False, True):
        folder = tmp_path / str(future)
        folder.mkdir()
        store = history(folder, [interval("sales", f"{DAY}T08:00:00Z", 80, 100)])
        store.write_evaluations([evaluation(1, passed=True, handled_at=f"{DAY}T08:10:00Z")])
        if future:
            file = folder / "2099.yaml"
            file.write_text(FUTURE, encoding="utf-8")
            store.write_parameters("2099", "2099-01-01T00:00:00Z", load([file]).last.content)
        reports.append(made(store))
    assert reports[0] == reports[1]


def test_intervals_are_in_range_below_and_above(tmp_path: Path) -> None:
    """One of three in range; low volume and no demand have no verdict; the expected share is simulated."""
    rows = [
        interval("sales", f"{DAY}T08:00:00Z", 80, 100),
        interval("sales", f"{DAY}T08:30:00Z", 70, 100),
        interval("sales", f"{DAY}T09:00:00Z", 95, 100),
        interval("sales", f"{DAY}T09:30:00Z", 1, 5, spec="low_volume"),
    ]
    found = only(tmp_path, rows).service[0].attainment
    assert (found.in_range, found.below, found.above, found.judged, found.low_volume) == (1, 1, 1, 3, 1)
    assert found.share == pytest.approx(1 / 3)
    # At a mean of 245 / 300 and 100 calls, about half of a healthy centre's half hours lie within 75 to 90 %.
    assert found.expected.model == "erlang_a"
    assert found.expected.share == pytest.approx(0.5, abs=0.15)


def test_chats_at_once_are_expected_as_calls_of_their_share_of_an_agent(tmp_path: Path) -> None:
    """Chats of 500 s, 2.5 at once, need the agents of calls of 200 s: the same share of intervals is to be expected."""
    shares = []
    for concurrency, seconds in ((1, 200), (2.5, 500)):
        folder = tmp_path / str(concurrency)
        folder.mkdir()
        setting = CONFIGURATION.replace("defaults: {", f"defaults: {{concurrency: {concurrency}, ")
        rows = [interval("sales", f"{DAY}T08:00:00Z", 80, 100, **handled_in(seconds, 100))]
        shares.append(only(folder, rows, setting).service[0].attainment.expected.share)
    assert shares[0] is not None
    assert shares[1] == pytest.approx(shares[0], abs=1e-9)


def test_a_sigma_stands_with_yield_dpmo_and_shift(tmp_path: Path) -> None:
    """A yield of 80 % is a sigma of 2.3416 with the shift of 1.5; of 3 intervals none is told."""
    rows = [interval("sales", f"{DAY}T08:{minute}:00Z", 80, 100) for minute in ("00", "30")]
    contacts, intervals = only(tmp_path, rows).service[0].sigma
    assert contacts.level == pytest.approx(2.3416, abs=5e-5)
    assert (contacts.yield_ratio, contacts.dpmo, contacts.shift) == (0.8, 200_000, 1.5)
    assert (intervals.units, intervals.level, intervals.bound) == (2, None, "withheld")


def test_what_is_missing_or_failed_a_check_is_in_no_figure_and_said(tmp_path: Path) -> None:
    """Each such interval is counted by itself, and the sums are those of the others."""
    rows = [
        interval("sales", "2026-03-02T08:00:00Z", 80, 100),
        missing("sales", 1),
        interval("sales", "2026-03-02T09:00:00Z", 0, 100, integrity="unbalanced;two_feeds", service_level=None),
    ]
    queue = only(tmp_path, rows)
    assert queue.service[0].level.denominator == 100
    counted = queue.intervals
    assert (counted.total, counted.used, counted.missing, counted.left_out) == (3, 1, 1, 1)
    assert counted.checks == {"two_feeds": 1, "unbalanced": 1}


def test_the_latest_revision_counts(tmp_path: Path) -> None:
    """A corrected interval is counted once, as corrected."""
    rows = [
        interval("sales", f"{DAY}T08:00:00Z", 80, 100),
        interval("sales", f"{DAY}T08:00:00Z", 82, 104, revision=2, status="corrected", reason="late contacts"),
    ]
    queue = only(tmp_path, rows)
    assert queue.service[0].level.numerator == 82
    assert (queue.intervals.total, queue.intervals.corrected) == (1, 1)


def test_a_period_holds_its_begin_and_not_its_end(tmp_path: Path) -> None:
    """Half hours that start at the period's end belong to the next."""
    starts = ("2026-02-28T22:30:00Z", MARCH[0], "2026-03-31T21:30:00Z", MARCH[1])
    assert only(tmp_path, [interval("sales", start, 80, 100) for start in starts]).intervals.total == 2


def test_the_forecast_stands_beside_what_was_attainable(tmp_path: Path) -> None:
    """112 and 95 against 100 and 100: WAPE 17/200, bias 7/200, one of two within 10 %, 71 % attainable."""
    rows = [
        interval("sales", f"{DAY}T08:00:00Z", 90, 112, forecast_offered=100, forecast_aht_seconds=160),
        interval("sales", f"{DAY}T08:30:00Z", 80, 95, forecast_offered=100, forecast_aht_seconds=None),
    ]
    volume, aht, workload = only(tmp_path, rows).forecast
    assert (volume.wape.numerator, volume.wape.denominator, volume.wape.value) == (17, 200, 0.085)
    assert (volume.bias.numerator, volume.bias.value) == (7, 0.035)
    assert (volume.within.numerator, volume.within.denominator) == (1, 2)
    assert volume.attainable == pytest.approx(0.71, abs=0.005)
    assert (aht.intervals, aht.wape.value) == (1, 0.25)
    assert workload.wape.value == (112 * 200 - 100 * 160) / (100 * 160)


def test_days_are_compared_where_enough_was_handled(tmp_path: Path) -> None:
    """AHT of 100 and 300 s: range / mean 1.0, SD / (mean / 6) 4.2426; a day of 50 contacts is left out."""
    rows = [
        interval("sales", "2026-03-02T08:00:00Z", 160, 200, **handled_in(100, 200)),
        interval("sales", "2026-03-03T08:00:00Z", 160, 200, **handled_in(300, 200)),
        interval("sales", "2026-03-04T08:00:00Z", 40, 50, **handled_in(900, 50)),
    ]
    a, b = [figure for figure in only(tmp_path, rows).variation if figure.metric == "AHT"]
    assert (a.rule, a.value, a.limit, a.n, a.too_big, a.left_out) == ("A", 1.0, 0.7, 2, True, 1)
    assert (b.rule, b.n, b.too_big) == ("B", 2, True)
    assert b.value == pytest.approx(4.2426, abs=5e-5)
    assert "7.1%" in a.caution  # 1 / sqrt(200)


def test_accuracy_has_its_exact_interval(tmp_path: Path) -> None:
    """95 of 100 at random is 0.8872 to 0.9836, sigma 3.1449; targeted ones stand apart, others' months too."""
    store = history(tmp_path, [interval("sales", f"{DAY}T08:00:00Z", 80, 100)])
    sheets = [evaluation(n, passed=n >= 5, handled_at=f"{DAY}T09:00:00Z") for n in range(100)]
    sheets.append(evaluation(100, passed=False, handled_at=f"{DAY}T09:00:00Z", selection="targeted"))
    sheets.append(evaluation(101, passed=None, handled_at=f"{DAY}T09:00:00Z"))
    sheets.append(evaluation(102, passed=False, handled_at="2026-04-01T09:00:00Z"))
    store.write_evaluations(sheets)
    found = made(store)
    (errors,) = found.queues[0].critical_errors
    assert (errors.family, errors.right, errors.n, errors.target) == ("end_user", 95, 100, 0.95)
    assert (errors.low, errors.high) == pytest.approx((0.8872, 0.9836), abs=5e-5)
    assert (errors.targeted_right, errors.targeted_n) == (0, 1)
    assert errors.sigma is not None
    assert errors.sigma.level == pytest.approx(3.1449, abs=5e-5)
    assert errors.variation is not None
    assert errors.variation.too_big is False
    (program,) = found.programs
    assert program.critical_errors == [errors]
    assert [metric.at_target for metric in program.metrics] == [True]


def test_families_are_called_what_the_site_calls_them(tmp_path: Path) -> None:
    """Release 4.1's "fatal" is a word of the configuration; the figures are the same."""
    text = CONFIGURATION.replace("site: {", "site: {vocabulary: fatal, ", 1)
    assert "vocabulary" in text
    store = history(tmp_path, [interval("sales", f"{DAY}T08:00:00Z", 80, 100)], text)
    store.write_evaluations([evaluation(1, passed=False, handled_at=f"{DAY}T09:00:00Z")])
    (program,) = made(store).programs
    assert [(errors.family, errors.label) for errors in program.critical_errors] == [("end_user", "fatal (end user)")]
    assert program.monitoring is not None
    assert program.monitoring.labels["non_critical"] == "non-fatal"


def test_breaches_have_a_time_to_acknowledge(tmp_path: Path) -> None:
    """Seen at 08:42, it was open to be seen for 12 minutes; live notices and later breaches are none of it."""
    store = history(tmp_path, [interval("sales", f"{DAY}T08:00:00Z", 80, 100)])
    store.write_breaches(
        [
            breach("a", 1, "opened", f"{DAY}T08:00:00Z"),
            breach("a", 2, "updated", f"{DAY}T08:30:00Z", severity="critical"),
            breach("a", 3, "resolved", f"{DAY}T09:00:00Z", severity="critical"),
            breach("b", 1, "opened", f"{DAY}T12:00:00Z"),
            breach("b", 2, "resolved", "2026-04-01T06:00:00Z"),
            breach("c", 1, "opened", f"{DAY}T15:00:00Z"),
            breach("old", 3, "resolved", f"{DAY}T07:00:00Z"),
            breach("late", 1, "opened", "2026-04-01T08:00:00Z"),
            breach("live", 1, "opened", f"{DAY}T08:00:00Z", live=True),
            breach("p", 1, "opened", f"{DAY}T16:00:00Z", queue="", rule="critical_error_accuracy"),
        ]
    )
    store.append_journal(entry("a", "ann", f"{DAY}T08:42:00Z"))
    store.append_journal(entry("a", "bob", f"{DAY}T11:00:00Z"))
    store.append_journal(entry("b", "bob", f"{DAY}T13:30:00Z"))
    found = made(store)
    (queue,) = found.queues
    (summary,) = queue.breaches
    assert (summary.item, summary.opened, summary.resolved, summary.still_open) == ("2.G.A", 3, 2, 1)
    assert summary.by_severity == {"warning": 2, "critical": 1}
    seen = summary.acknowledgement
    assert (seen.acknowledged, seen.median_seconds, seen.longest_seconds) == (2, (720 + 3600) / 2, 3600)
    assert queue.carried_in == 1
    (program,) = found.programs
    assert [(b.item, b.rule, b.opened) for b in program.breaches] == [("2.4", "critical_error_accuracy", 1)]


LEVELS = (70, 71, 72, 80, 84, 88, 92)


def months(queue: str = "sales") -> list[dict[str, Any]]:
    """One interval a month from January to July, better each time."""
    return [
        interval(queue, f"2026-{month:02}-05T09:00:00Z", within, 100) for month, within in enumerate(LEVELS, start=1)
    ]


YEAR = ("2025-12-31T23:00:00Z", "2026-07-31T22:00:00Z")


def test_level_and_trend_give_a_range_of_points(tmp_path: Path) -> None:
    """79.6 % of 80 % is not at target and improves, nobody abandoned: 100 and 50, so 75 to 125 of 150 points."""
    found = made(history(tmp_path, months()), *YEAR)
    item = {item.item: item for item in found.items}["4.3"]
    assert (item.metrics, item.at_target, item.level, item.improving, item.trend) == (2, 1, 100, 1, 50)
    assert (item.least, item.most) == pytest.approx((75, 125))
    assert item.approach_needed is True
    (metric,) = [metric for metric in found.queues[0].metrics if metric.metric == "service level"]
    assert [month.month for month in metric.months] == [f"2026-{month:02}" for month in range(1, 8)]
    assert [month.value for month in metric.months] == [level / 100 for level in LEVELS]


def test_gold_has_other_bands_points_and_items(tmp_path: Path) -> None:
    """Two of four at target are 50 % of Gold's level and 100 % of the standard's; 2.G.A is Gold's alone."""
    rows = [*months(), interval("orders", "2026-03-02T09:00:00Z", 70, 100)]
    store = history(tmp_path, rows)
    with store.reading() as reader:
        base = {item.item: item for item in report(reader, *YEAR).items}
    gold = {item.item: item for item in made(store, *YEAR, gold=True).items}
    assert (base["4.3"].level, gold["4.3"].level) == (100, 50)
    assert (base["4.3"].points, gold["4.3"].points) == (150, 200)
    assert "2.G.A" not in base
    assert gold["2.G.A"].points == 80
    assert gold["2.G.A"].least is None


def test_too_little_is_no_verdict(tmp_path: Path) -> None:
    """25 contacts and 29 transactions are figures, and neither at target nor not; 30 transactions are judged."""
    store = history(tmp_path, [interval("sales", f"{DAY}T08:00:00Z", 25, 25)])
    store.write_evaluations([evaluation(n, passed=True, handled_at=f"{DAY}T09:00:00Z") for n in range(29)])
    with store.reading() as reader:
        found = report(reader, *MARCH)
    (level,) = [metric for metric in found.queues[0].metrics if metric.metric == "service level"]
    assert (level.value, level.at_target) == (1, None)
    assert [metric.at_target for metric in found.programs[0].metrics] == [None]
    assert {item.item: item.metrics for item in found.items}["4.4"] == 0
    store.write_evaluations([evaluation(29, passed=True, handled_at=f"{DAY}T09:00:00Z")])
    assert [metric.at_target for metric in made(store).programs[0].metrics] == [True]


def test_a_month_that_is_cut_is_no_month(tmp_path: Path) -> None:
    """A period that begins in mid-January has six whole months of seven."""
    (queue,) = made(history(tmp_path, months()), "2026-01-02T00:00:00Z", YEAR[1]).queues
    (metric,) = [metric for metric in queue.metrics if metric.metric == "service level"]
    assert [month.month for month in metric.months] == [f"2026-{month:02}" for month in range(2, 8)]


def test_another_way_of_counting_is_not_added_up(tmp_path: Path) -> None:
    """When the definition changes in mid-period each has its own sums, and there is no level or trend."""
    rows = [
        interval("sales", f"{DAY}T08:00:00Z", 80, 100),
        interval("sales", f"{DAY}T08:30:00Z", 90, 100, definition="S2"),
    ]
    queue = only(tmp_path, rows)
    assert [(s.definition, s.level.numerator) for s in queue.service] == [("S1", 80), ("S2", 90)]
    level = next(metric for metric in queue.metrics if metric.metric == "service level")
    assert (level.value, level.at_target, level.months) == (None, None, [])


def test_the_worst_queue_comes_first(tmp_path: Path) -> None:
    """The one furthest below its own target, whatever its name."""
    rows = [interval("orders", f"{DAY}T08:00:00Z", 78, 100), interval("sales", f"{DAY}T08:00:00Z", 60, 100)]
    assert [queue.queue for queue in made(history(tmp_path, rows)).queues] == ["sales", "orders"]


def test_what_cannot_be_expected_says_why(tmp_path: Path) -> None:
    """Without a range there is nothing to be in; with overflow in the denominator no model knows."""
    rows = [interval("sales", f"{DAY}T08:00:00Z", 80, 100, spec="no_target")]
    without = CONFIGURATION.replace("target: 0.80, range: [0.75, 0.90]", "target: null, range: null")
    (service,) = only(tmp_path, rows, without).service
    assert (service.attainment.share, service.attainment.expected.why_not) == (None, "no range is set")
    other = tmp_path / "other"
    other.mkdir()
    overflow = CONFIGURATION.replace("target: 0.80", "overflow_counts: true, target: 0.80")
    (service,) = only(other, [interval("sales", f"{DAY}T08:00:00Z", 80, 100)], overflow).service
    assert service.attainment.expected.share is None
    assert "overflow" in service.attainment.expected.why_not


def test_sums_depend_on_neither_order_nor_batches() -> None:
    """Rows with awkward decimals, shuffled and cut anew, give the very same sums."""
    rows = [
        interval("sales", f"2026-03-{day:02}T{hour:02}:00:00Z", day, day + hour, wait_seconds=day * 0.1 + hour * 0.001)
        for day in range(1, 29)
        for hour in range(8, 20)
    ]
    whole, parts = QueueSums("sales"), QueueSums("sales")
    whole.add(rows, lambda _: None)
    random.Random(3).shuffle(rows)
    for first in range(0, len(rows), 17):
        parts.add(rows[first : first + 17], lambda _: None)
    assert (parts.services, parts.wait, parts.days, parts.months) == (
        whole.services,
        whole.wait,
        whole.days,
        whole.months,
    )


def test_an_empty_period_has_no_queue(tmp_path: Path) -> None:
    """Nothing is reported of a year without results."""
    store = history(tmp_path, [interval("sales", f"{DAY}T08:00:00Z", 80, 100)])
    assert made(store, "2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z").queues == []

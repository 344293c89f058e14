"""The metrics page of a worker: documented names and labels, figures counted by hand, and nothing unknown."""

import json
from pathlib import Path

import pytest
from metrics_worker import (
    CONFIGURATION,
    HALF_HOUR,
    TEN,
    Scraper,
    Worker,
    bad_half_hours,
    call,
    good_half_hours,
    sample_page,
    two_intervals,
)
from prometheus_client import CollectorRegistry
from rule_rows import breach

from agents.intervals.counters import RecordCounters
from agents.live.metrics import families
from agents.live.metrics.collector import RESOLVED_SECONDS, LiveCollector, metrics_page
from agents.live.partitions import Partitions
from agents.live.telling.board import ShownNotice
from agents.notices.notices import Notice
from agents.notices.texts import IncidentText
from agents.rules.status import QueueStatus
from config.settings import Configuration, load
from config.timestamps import from_rfc3339, rfc3339
from streams.groups import GroupInterval

GOLDEN = Path(__file__).parents[3] / "golden/metrics_page.txt"


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """Three queues of one program."""
    path = tmp_path / "monitor.yaml"
    path.write_text(CONFIGURATION, encoding="utf-8")
    return load([path])


@pytest.fixture
def worker(configuration: Configuration) -> Worker:
    """A worker that has read nothing."""
    return Worker(Partitions(configuration, {}, "call-data", "s"))


@pytest.fixture
def scraper(worker: Worker, configuration: Configuration) -> Scraper:
    """A reader of its page."""
    return Scraper(worker, configuration)


def test_counts_of_the_open_and_the_last_final_interval(worker: Worker, scraper: Scraper) -> None:
    """Both intervals show the counts that were sent, under the labels of the reference."""
    two_intervals(worker)
    expected = {
        "interval_start": (TEN / 1000, (TEN + HALF_HOUR) / 1000),
        "offered": (5, 2),
        "answered": (4, 2),
        "answered_within": (3, 2),
        "abandoned": (1, 0),
        "overflowed": (0, 0),
        "wait_seconds": (80, 6),
        "handle_seconds": (400, 200),
        "handled": (4, 2),
        "service_level_numerator": (3, 2),
        "service_level_denominator": (5, 2),
    }
    where = {"program": "retail", "queue": "sales", "channel": "voice"}
    for column, (final, opened) in expected.items():
        name = families.INTERVAL_METRICS[column].name
        assert scraper.get(name, state="final", **where) == final, name
        assert scraper.get(name, state="open", **where) == opened, name
    assert scraper.get("intervalwatch_watermark_timestamp_seconds", **where) == (TEN + HALF_HOUR + 601_000) / 1000


def test_missing_is_not_exported(worker: Worker, scraper: Scraper) -> None:
    """A count that the feed does not report, a plan that does not exist and a target that is not set have no sample."""
    snapshot = {
        "type": "interval",
        "interval_start": rfc3339(TEN),
        "interval_seconds": 1800,
        "offered": 10,
        "answered": 9,
    }
    worker.send("bare", snapshot)
    names = scraper.names()
    assert scraper.get("intervalwatch_interval_offered", state="open") == 10
    for name in ("abandoned", "forecast_offered", "scheduled_agents", "staffed_agents", "service_level_denominator"):
        assert f"intervalwatch_interval_{name}" not in names
    assert not names & {
        "intervalwatch_service_level_target_ratio",
        "intervalwatch_service_level_range_low_ratio",
        "intervalwatch_service_level_range_high_ratio",
    }


def test_target_and_range_are_those_of_the_queue(worker: Worker, scraper: Scraper) -> None:
    """The limits in force stand beside the figures."""
    two_intervals(worker)
    assert scraper.get("intervalwatch_service_level_target_ratio", queue="sales") == 0.80
    assert scraper.get("intervalwatch_service_level_range_low_ratio", queue="sales") == 0.75
    assert scraper.get("intervalwatch_service_level_range_high_ratio", queue="sales") == 0.90


def test_label_values_are_escaped(worker: Worker, scraper: Scraper) -> None:
    """A queue's name with quotes and backslashes comes back as it is."""
    name = 'say "hi"\\there'
    two_intervals(worker, name)
    assert scraper.get("intervalwatch_interval_offered", queue=name, channel="chat", state="final") == 5


def test_a_correction_of_the_last_interval_shows_and_counts_each_record_once(worker: Worker, scraper: Scraper) -> None:
    """A late contact counts as late, its copy as a duplicate, one of other values as restated, a bad one as refused."""
    two_intervals(worker)
    late = call(50, TEN + 100_000, 5)
    worker.send("sales", late)
    worker.send("sales", late)
    worker.send("sales", {**late, "talk_seconds": 99})
    worker.send("sales", {"type": "contact", "contact_id": "x"})
    assert scraper.get("intervalwatch_interval_offered", state="final") == 6
    counts = {
        outcome: scraper.get("intervalwatch_records_total", topic="call-data", outcome=outcome)
        for outcome in ("accepted", "duplicate", "late", "restated", "dead_lettered")
    }
    assert counts == {"accepted": 7, "duplicate": 1, "late": 1, "restated": 1, "dead_lettered": 1}
    assert scraper.get("intervalwatch_corrections_total") == 2
    assert scraper.get("intervalwatch_intervals_corrected_total") == 1
    assert scraper.get("intervalwatch_intervals_final_total") == 1


def test_a_recovering_worker_says_so_and_shows_no_figure(worker: Worker, scraper: Scraper) -> None:
    """While the state is being read only the counters of the process stand beside `intervalwatch_recovering 1`."""
    two_intervals(worker)
    worker.unseen = [("retail", "bare")]
    worker.recovering = True
    assert scraper.get("intervalwatch_recovering") == 1
    assert not [name for name in scraper.names() if not name.endswith(("_total", "_recovering"))]
    worker.recovering = False
    assert scraper.get("intervalwatch_recovering") == 0
    assert scraper.get("intervalwatch_interval_offered", state="final") == 5


def test_only_queues_of_partitions_held_are_shown(worker: Worker, scraper: Scraper) -> None:
    """When a partition goes to another worker its queues go from the page, and the counters stay."""
    two_intervals(worker)
    before = scraper.get("intervalwatch_records_total", outcome="accepted")
    worker.partitions.drop(0)
    assert "intervalwatch_interval_offered" not in scraper.names()
    assert scraper.get("intervalwatch_records_total", outcome="accepted") == before


def test_after_a_restart_the_last_final_interval_is_read_back(configuration: Configuration) -> None:
    """A new process with the same state shows the same lines."""
    store: dict[bytes, bytes] = {}
    first = Worker(Partitions(configuration, store, "call-data", "a"))
    two_intervals(first)
    before = {key: value for key, value in Scraper(first, configuration).samples().items() if "_interval_" in key[0]}
    second = Worker(Partitions(configuration, store, "call-data", "b"))
    second.partitions.load(dict.fromkeys(store, 0))
    after = {key: value for key, value in Scraper(second, configuration).samples().items() if "_interval_" in key[0]}
    assert after == before
    assert before


def test_a_queue_never_seen_is_named_with_its_channel(worker: Worker, scraper: Scraper) -> None:
    """`intervalwatch_queue_never_seen` is 1 under the labels that its figures would have."""
    worker.unseen = [("retail", 'say "hi"\\there')]
    assert scraper.get("intervalwatch_queue_never_seen", program="retail", channel="chat") == 1


def test_lag_open_and_overdue_queues(worker: Worker, scraper: Scraper) -> None:
    """A queue counts as open in its hours, and as overdue once the clock alone would have made an interval final."""
    two_intervals(worker)
    worker.behind = {0: 7}
    scraper.clock_ms = TEN + 10 * HALF_HOUR
    assert scraper.get("intervalwatch_lag_messages", partition="0") == 7
    assert scraper.get("intervalwatch_queues_open") == 1
    assert scraper.get("intervalwatch_queues_overdue") == 0
    scraper.clock_ms = from_rfc3339("2026-03-02T21:30:00Z")
    assert scraper.get("intervalwatch_queues_open") == 0
    assert scraper.get("intervalwatch_queues_overdue") == 1


# --- breaches ---------------------------------------------------------------------------------------


LOW = {"item": "2.G.A", "rule": "service_level_below_range", "program": "retail", "queue": "sales", "scope": ""}


def test_a_breach_is_one_while_open_zero_for_a_day_and_then_gone(worker: Worker, scraper: Scraper) -> None:
    """Its figure and limit stand beside it while it is open, and it counts as opened once."""
    bad_half_hours(worker, 2)
    assert scraper.get("intervalwatch_breach_active", severity="warning", **LOW) == 1
    assert scraper.get("intervalwatch_breach_observed", **LOW) == pytest.approx(11 / 41)
    assert scraper.get("intervalwatch_breach_limit", **LOW) == 0.75
    assert scraper.get("intervalwatch_breaches_opened_total", rule=LOW["rule"]) == 1
    good_half_hours(worker, 2, first=2)
    assert scraper.get("intervalwatch_breach_active", **LOW) == 0
    assert scraper.get("intervalwatch_breach_observed", **LOW) is None
    scraper.now += RESOLVED_SECONDS - 1
    assert scraper.get("intervalwatch_breach_active", **LOW) == 0
    scraper.now += 1
    assert scraper.get("intervalwatch_breach_active", **LOW) is None
    assert scraper.get("intervalwatch_breaches_opened_total", rule=LOW["rule"]) == 1


def test_a_breach_that_rises_leaves_its_warning_at_zero(worker: Worker, scraper: Scraper) -> None:
    """From warning to critical the warning is over, so that one alert gives way to the other."""
    bad_half_hours(worker, 4)
    assert scraper.get("intervalwatch_breach_active", severity="critical", **LOW) == 1
    assert scraper.get("intervalwatch_breach_active", severity="warning", **LOW) == 0


def test_an_open_breach_survives_a_restart(configuration: Configuration) -> None:
    """A new process with the same state shows the breach at once, with its figures."""
    store: dict[bytes, bytes] = {}
    first = Worker(Partitions(configuration, store, "call-data", "a"))
    bad_half_hours(first, 2)
    second = Worker(Partitions(configuration, store, "call-data", "b"))
    second.partitions.load(dict.fromkeys(store, 0))
    scraper = Scraper(second, configuration)
    assert scraper.get("intervalwatch_breach_active", severity="warning", **LOW) == 1
    assert scraper.get("intervalwatch_breach_observed", **LOW) == pytest.approx(11 / 41)


def test_notices_and_the_text_of_their_incident_stand_side_by_side(worker: Worker, scraper: Scraper) -> None:
    """A notice is 1 or 0 under queue, incident, notice, person, kind and severity; the text is in labels."""
    bad_half_hours(worker, 2)
    worker.notices = [
        ShownNotice("retail", "sales", "i1", Notice("ana", "incident", "warning", "i1", active=True)),
        ShownNotice("retail", "", "i2", Notice("bo", "escalation", "critical", "held/x", active=False)),
    ]
    worker.texts = [
        IncidentText("i1", "t", "标题", "m", "内容", "r", "retail", "sales", "/#/x", "open", "", 1234567890123)
    ]
    of_queue = {"program": "retail", "queue": "sales", "channel": "voice", "incident": "i1", "notice": "i1"}
    assert (
        scraper.get("intervalwatch_notice_active", **of_queue, person="ana", kind="incident", severity="warning") == 1
    )
    of_program = {"program": "retail", "queue": "", "channel": "", "incident": "i2", "notice": "held/x", "person": "bo"}
    assert scraper.get("intervalwatch_notice_active", **of_program, kind="escalation", severity="critical") == 0
    assert scraper.get("intervalwatch_incident_text", incident="i1", title="t", message_zh="内容") == 1234567890123


def test_breaches_of_a_program_have_no_queue(worker: Worker, configuration: Configuration) -> None:
    """A rule over a month is shown under its program, with its queue empty."""
    shown = QueueStatus(RecordCounters())
    shown.breach(breach("critical_error_accuracy", queue=None, scope="compliance", observed=0.98, limit=0.995))
    collector = LiveCollector(worker, configuration, lambda: TEN, programs=lambda: [("bank", shown)])
    line = (
        'intervalwatch_breach_active{program="bank",queue="",channel="",item="2.4",rule="critical_error_accuracy",'
        'severity="warning",scope="compliance",breach="critical_error_accuracy"} 1'
    )
    assert line in collector.render().splitlines()


def test_monitored_transactions_are_counts_of_the_month(worker: Worker, configuration: Configuration) -> None:
    """Right and n by program and family, so that a ratio can be taken of their sums."""
    sheets = [("bank", "compliance", (199, 200))]
    collector = LiveCollector(worker, configuration, lambda: TEN, monitored=lambda: sheets)
    lines = collector.render().splitlines()
    labels = '{program="bank",queue="",channel="",family="compliance"}'
    assert f"intervalwatch_monitored_transactions{labels} 200" in lines
    assert f"intervalwatch_monitored_transactions_right{labels} 199" in lines


def test_a_pool_is_shown_by_the_worker_that_holds_it(worker: Worker, configuration: Configuration) -> None:
    """Its need and both ends stand under kind and group; a share that is not known is not shown as 0."""
    pool = GroupInterval("pool", "desk", "interval", TEN, 0, 1_800_000, "1", required_agents=12, required_if_none=13)
    collector = LiveCollector(worker, configuration, lambda: TEN, groups=lambda: [pool])
    lines = [line for line in collector.render().splitlines() if line.startswith("intervalwatch_group_")]
    labels = '{kind="pool",group="desk",state="final"}'
    assert lines == [
        f"intervalwatch_group_interval_start_timestamp_seconds{labels} {TEN / 1000}",
        f"intervalwatch_group_required_agents{labels} 12",
        f"intervalwatch_group_required_if_none_agents{labels} 13",
    ]


# --- process sigma ----------------------------------------------------------------------------------


def test_process_sigma_of_the_day(worker: Worker, scraper: Scraper) -> None:
    """40 contacts of which 32 are served in time have a yield of 80 %: 2.3416 with the shift of 1.5."""
    worker.send("sales", *(call(n, TEN + n * 20_000, 5 if n < 32 else 90) for n in range(40)))
    worker.send("sales", call(99, TEN + HALF_HOUR + 120_000, 5))
    assert scraper.get("intervalwatch_process_sigma", window="day") == pytest.approx(2.3416, abs=5e-5)
    assert scraper.get("intervalwatch_process_sigma", window="week") == pytest.approx(2.3416, abs=5e-5)
    assert scraper.get("intervalwatch_process_dpmo", window="day") == 200_000


def test_a_correction_reaches_the_process_sigma(worker: Worker, scraper: Scraper) -> None:
    """A late contact moves the sums by itself alone: 32 of 40 and 8 more in time are 40 of 48, a yield of 83.3 %."""
    worker.send("sales", *(call(n, TEN + n * 20_000, 5 if n < 32 else 90) for n in range(40)))
    worker.send("sales", call(99, TEN + HALF_HOUR + 120_000, 5))
    for n in range(8):
        worker.send("sales", call(60 + n, TEN + n * 1000, 2))
    # Phi^-1(5/6) = 0.96742 by tables.
    assert scraper.get("intervalwatch_process_sigma", window="day") == pytest.approx(2.46742, abs=5e-5)


def test_process_sigma_is_withheld_at_low_volume(worker: Worker, scraper: Scraper) -> None:
    """Five contacts give no sigma."""
    two_intervals(worker)
    assert not {"intervalwatch_process_sigma", "intervalwatch_process_dpmo"} & set(scraper.names())


# --- the page ---------------------------------------------------------------------------------------


def test_every_name_is_in_the_table_of_families(worker: Worker, scraper: Scraper) -> None:
    """The page shows no metric of ours that `families` does not have."""
    bad_half_hours(worker, 2)
    worker.unseen, worker.behind = [("retail", "bare")], {0: 1}
    assert scraper.names() <= set(families.METRICS)


def test_the_page_is_the_one_of_before(configuration: Configuration) -> None:
    """A page with every family of the table is byte for byte the one that was kept, so that series go on."""
    page = sample_page(configuration)
    assert page == GOLDEN.read_text(encoding="utf-8")
    shown = [line.split()[2] for line in page.splitlines() if line.startswith("# HELP")]
    assert shown == [name for name in families.METRICS if name != families.ANNOTATIONS.name]


def test_the_registry_form_is_the_same_as_the_text(worker: Worker, scraper: Scraper) -> None:
    """Registered with prometheus_client, the collector gives the samples that it renders."""
    bad_half_hours(worker, 2)
    registry = CollectorRegistry()
    registry.register(scraper.collector)
    labels = {**LOW, "channel": "voice", "severity": "warning"}
    labels["breach"] = "service_level_below_range/sales/2026-03-02T09:00:00Z"
    assert registry.get_sample_value("intervalwatch_breach_limit", labels) == 0.75
    page = metrics_page(scraper.collector, CollectorRegistry()).decode()
    assert page == scraper.collector.render()


def test_unchanged_queues_are_not_made_again(worker: Worker, scraper: Scraper) -> None:
    """A second scrape gives the same text; a change of one queue shows in the next."""
    two_intervals(worker)
    assert scraper.collector.render() == scraper.collector.render()
    worker.send("sales", call(77, TEN + HALF_HOUR + 700_000, 3))
    assert scraper.get("intervalwatch_interval_offered", state="open") == 3


def test_thousands_of_queues_are_on_one_page(configuration: Configuration) -> None:
    """5,000 queues, all of whose open intervals have changed since the last answer; bench_metrics.py says how soon."""
    worker = Worker(Partitions(configuration, {}, "call-data", "s"))
    for number in range(5_000):
        queue = f"q{number}"
        record = {"queue": queue, **call(number, TEN + number, 5)}
        worker.partitions.apply(0, number, queue.encode(), json.dumps(record).encode(), TEN + 60_000)
    worker.partitions.collect(0)
    scraper = Scraper(worker, configuration)
    text = scraper.collector.render()
    assert text.count('state="open"') >= 5_000 * 10

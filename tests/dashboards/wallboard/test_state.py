"""The view: rows in, screens out, and a history it can begin from."""

from pathlib import Path

import pytest
from wallboard_centre import NOW, view_at_now
from wallboard_rows import AT_NOON, breach, configuration, final, running, written

from config.timestamps import from_rfc3339
from dashboards.wallboard.state import View
from streams.history.store import Store
from streams.journal.entry import FIRST_HASH, chained, entry


@pytest.fixture
def view(tmp_path: Path) -> View:
    """Two configured queues, nothing seen."""
    return View(configuration(tmp_path))


def test_configured_queues_are_on_the_screen_before_any_data(view: View) -> None:
    """A queue that never came is what one must see."""
    assert {summary["queue"]: summary["state"] for summary in view.overview(AT_NOON)} == {
        "sales": "never_seen",
        "orders": "never_seen",
    }


def test_the_queue_with_an_open_breach_comes_first(view: View) -> None:
    """Worst first, with its breach, its cause and since when."""
    view.result(final("orders", 7, 0.60))
    view.result(final("sales", 7, 0.80))
    view.breach(breach("sales", severity="critical"))
    first, second = view.overview(AT_NOON)
    assert (first["queue"], first["state"]) == ("sales", "critical")
    assert first["breaches"][0]["since"] == "2026-03-02T11:00+01:00"
    assert (second["queue"], second["state"]) == ("orders", "below")


def test_a_live_notice_of_info_does_not_make_a_queue_a_warning(view: View) -> None:
    """Severity info is shown, and raises nothing."""
    view.result(final("sales", 7, 0.80))
    view.breach(breach("sales", severity="info", live=True, rule="service_level_lost"))
    summary = view.summary("sales", AT_NOON)
    assert summary is not None
    assert summary["state"] == "in_range"
    assert [shown["rule"] for shown in summary["breaches"]] == ["service_level_lost"]


def test_a_notice_ends_with_its_interval(view: View) -> None:
    """Even where the worker that gave it is gone; one on a later interval stands."""
    first, second = "2026-03-02T11:30:00Z", "2026-03-02T12:00:00Z"
    for start in (first, second):
        named = {"breach_id": f"service_level_lost/sales/{start}/live", "rule": "service_level_lost"}
        view.breach(breach("sales", live=True, interval_start=start, first_interval_start=start, **named))
    view.breach(breach("sales"))
    view.result(running("sales", 7))
    assert len(view.breaches()) == 3
    view.result(final("sales", 7))
    left = {shown["breach_id"] for shown in view.breaches()}
    assert left == {f"service_level_lost/sales/{second}/live", breach()["breach_id"]}


def test_every_change_is_told_and_counted_once(view: View) -> None:
    """A row that says nothing new wakes nobody."""
    woken: list[None] = []
    subscription = view.subscribers.subscribe(lambda: woken.append(None))
    view.result(final("sales", 7))
    view.result(final("sales", 7))
    view.result(running("orders", 8))
    view.breach(breach())
    view.breach(breach())
    view.journal(chained(entry(str(breach()["breach_id"]), "Ana", "2026-03-02T10:40:00Z"), 1, FIRST_HASH))
    assert (view.subscribers.sequence, len(woken)) == (4, 4)
    taken = subscription.take(0)
    assert (taken.whole, taken.figures, taken.breaches) == (["sales"], ["orders"], True)
    view.subscribers.unsubscribe(subscription)
    view.result(final("sales", 8))
    assert len(woken) == 4


def test_a_queue_the_configuration_does_not_name_appears_under_its_program(view: View) -> None:
    """Names come from the data as well, whatever they hold."""
    name = "<img src=x onerror=alert(1)> ;\n\u202e"
    view.result(final(name, 7, program="other"))
    summary = view.summary(name, AT_NOON)
    assert summary is not None
    assert (summary["queue"], summary["program"]) == (name, "other")


def test_queues_that_go_to_another_worker_leave_no_figures(view: View) -> None:
    """The figures of a queue that another worker shows now leave this one, and its breaches go with them."""
    view.result(final("sales", 7))
    view.result(final("guest", 7))
    view.breach(breach("sales"))
    view.forget(["sales", "guest", "unheard"])
    assert view.summary("guest", AT_NOON) is None
    summary = view.summary("sales", AT_NOON)
    assert summary is not None
    assert (summary["last"], summary["breaches"]) == (None, [])


def test_it_begins_where_history_stands(tmp_path: Path) -> None:
    """After a restart the screen has the day, the open breach though it began earlier, and who saw it."""
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        store.write_results([written(final("sales", number, 0.5), number) for number in range(3)])
        open_id, old_id = "month/sales/2026-02-10", "gone/sales/2026-02-10"
        long_ago = {"interval_start": "2026-02-10T00:00:00Z", "first_interval_start": "2026-02-10T00:00:00Z"}
        store.write_breaches([breach(breach_id=open_id, **long_ago), breach(breach_id=old_id, **long_ago)])
        store.write_breaches([breach(breach_id=old_id, sequence=2, state="resolved", **long_ago)])
        store.append_journal(entry(open_id, "Ana", "2026-02-11T09:00:00Z", note="rota changed"))
        view = View(configuration(tmp_path))
        view.seed(store, "2026-03-02T00:00:00+01:00")
    assert [row["service_level"] for row in view.results()] == [0.5] * 3
    assert [(shown["breach_id"], shown["acknowledged"]["note"]) for shown in view.breaches()] == [
        (open_id, "rota changed")
    ]


def test_settings_are_those_the_interval_was_judged_by(tmp_path: Path) -> None:
    """A parameter version that holds from noon does not change how the morning is explained."""
    before = configuration(tmp_path)
    text = before.last.path.read_text(encoding="utf-8").replace("2026-01-01T00", "2026-03-02T12")
    later = tmp_path / "later"
    later.mkdir()
    after = configuration(later, text.replace('"2026-01"', '"2026-03"').replace("target: 0.80", "target: 0.85"))
    view = View(type(before)((*before.versions, *after.versions)))
    assert view.settings_at(final("sales", 0)).service_level.target == 0.80
    assert view.settings_at(final("sales", 9, parameters_version="2026-03")).service_level.target == 0.85


def test_a_simulated_centre_shows_its_surge_as_worst_with_volume_as_cause() -> None:
    """The demo's surge is in `cards`: it leads the overview, and its largest cause is the volume."""
    first = view_at_now().overview(NOW)[0]
    assert (first["queue"], first["state"]) == ("cards", "critical")
    level = next(shown for shown in first["breaches"] if shown["rule"] == "service_level_below_range")
    assert level["causes"][0]["cause"] == "volume"
    assert level["changes"]["volume"] > 0.4
    begun = from_rfc3339(level["first_interval_start"])
    assert abs(begun - (NOW - 2.6 * 3_600_000)) <= 1_800_000 + 3_600_000


def test_causes_of_an_interval_add_up_to_what_was_observed() -> None:
    """Plan level + effects = observed, so that a waterfall closes (docs/concepts/figures.md#causes)."""
    view = view_at_now()
    row = next(
        row for row in view.results() if row["queue"] == "cards" and row["plan_version"] and row["offered"] > 300
    )
    effects = {str(part["cause"]): float(str(part["effect"])) for part in view.causes(row)}
    assert set(effects) == {"volume", "aht", "staffing", "unexplained"}
    assert row["service_level"] - sum(effects.values()) == pytest.approx(0.90, abs=0.1)

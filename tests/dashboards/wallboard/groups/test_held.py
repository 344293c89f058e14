"""Programs, sites and pools on the screens: which interval they show, and the figures of it."""

from pathlib import Path
from typing import Any

import pytest
from wallboard_rows import AT_NOON, breach, configuration, final, running

from dashboards.wallboard.state import View
from streams.results import IntervalResult
from streams.told.queue_interval import QueueInterval, member_row

CENTRE = """
site: {timezone: Europe/Madrid, interval_minutes: 30, grace_seconds: 300}
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}
defaults:
  service_level: {target: 0.80, range: [0.75, 0.90], patience_seconds: 180}
  hours: {mon-fri: "08:00-20:00"}
programs:
  - {id: retail, queues: [{id: sales}, {id: orders}]}
  - {id: bank, queues: [{id: cards, hours: {mon-fri: "08:00-11:00"}}, {id: loans}]}
pools: [{id: desk, queues: [orders, sales]}]
sites:
  - {id: madrid, programs: [retail], queues: [cards]}
  - {id: london, timezone: Europe/London, queues: [loans]}
"""
LATEST = 7
"""The half hour from 11:30Z, final by noon in Madrid."""


@pytest.fixture
def view(tmp_path: Path) -> View:
    """A centre of two programs, two sites and a pool, with no data yet."""
    return View(configuration(tmp_path, CENTRE))


def shown(view: View, group: str, now_ms: int = AT_NOON) -> Any:
    """A group as the screens show it."""
    view.groups.renew(now_ms, everything=True)
    return next(one for one in view.groups.shown() if one["id"] == group)


def test_a_group_shows_the_last_interval_that_all_its_queues_have(view: View) -> None:
    """Sums over two queues of 11:30Z, though one of them already has a later interval, and an open one."""
    view.result(final("sales", LATEST - 1, 0.90))
    view.result(final("orders", LATEST - 1, 0.60))
    view.result(final("sales", LATEST, 0.50))
    view.result(running("orders", LATEST, 0.10))
    last = shown(view, "retail")["last"]
    assert (last["start"], last["seconds"]) == ("2026-03-02T11:00:00Z", 1800)
    assert (last["numerator"], last["denominator"], last["service_level"]) == (150, 200, 0.75)
    assert (last["in_range_ratio"], last["offered"], last["members"]) == (0.5, 200, 2)
    view.result(final("orders", LATEST, 0.40))
    last = shown(view, "retail")["last"]
    assert (last["start"], last["service_level"], last["spec"]) == ("2026-03-02T11:30:00Z", 0.45, "below")
    assert shown(view, "desk")["last"]["service_level"] == 0.45


@pytest.mark.parametrize(("shared_ms", "at"), [(0, "required_if_none"), (5_400_000, "required_if_all"), (None, None)])
def test_a_pool_is_required_by_what_its_queues_say_of_their_agents(
    view: View, shared_ms: int | None, at: str | None
) -> None:
    """Nobody, or all agents on both queues: the need is at one of its ends; said of one queue alone it is not known."""
    for queue in ("sales", "orders"):
        row = final(queue, LATEST, 0.8, staffed_seconds=5400, required_agents=6)
        view.result(row)
        if queue == "sales" or at is not None:
            known = None if shared_ms is None else {"desk": shared_ms}
            view.groups.told(QueueInterval("pool", "desk", 0, member_row(IntervalResult.from_row(row), known)))
    last = shown(view, "desk")["last"]
    assert last["required_if_all"] < last["required_if_none"]
    assert last["required_agents"] == last[at or "required_if_all"]
    assert last["shared_ratio"] == (None if shared_ms is None else shared_ms / 5_400_000)


def test_a_queue_that_has_closed_is_not_waited_for(view: View) -> None:
    """Cards closed at 11: the bank shows the interval from 12:30 with loans alone, and cards is not missing."""
    view.result(final("cards", 3, program="bank"))
    for number in range(LATEST + 1):
        view.result(final("loans", number, 0.70, program="bank"))
    last = shown(view, "bank")["last"]
    assert (last["start"], last["members"], last["missing"]) == ("2026-03-02T11:30:00Z", 1, ())


def test_a_queue_that_nothing_is_heard_of_is_named_and_not_waited_for(view: View) -> None:
    """Orders has been silent for hours: the group goes on with the others, and says that orders is missing."""
    view.result(final("orders", 0))
    for number in range(LATEST + 1):
        view.result(final("sales", number, 0.80))
    last = shown(view, "retail")["last"]
    assert (last["start"], last["missing"], last["missing_count"]) == ("2026-03-02T11:30:00Z", ("orders",), 1)
    assert (last["numerator"], last["denominator"]) == (80, 100)


def test_queues_that_count_differently_have_no_service_level_together(view: View) -> None:
    """A group says `mixed_definitions`, and has the share of contacts in range."""
    view.result(final("sales", LATEST, 0.80))
    view.result(final("orders", LATEST, 0.60, definition="S2"))
    last = shown(view, "retail")["last"]
    assert (last["definition"], last["service_level"], last["spec"]) == ("mixed_definitions", None, None)
    assert last["in_range_ratio"] == 0.5


def test_a_service_level_is_below_ranges_that_differ_where_it_is_below_all_of_them(tmp_path: Path) -> None:
    """With ranges from 75 % and from 85 %: 70 % together is below, 78 % has no verdict."""
    text = CENTRE.replace("{id: orders}", "{id: orders, service_level: {target: 0.90, range: [0.85, 1.0]}}")
    view = View(configuration(tmp_path, text))
    for number, level in ((LATEST - 1, 0.70), (LATEST, 0.78)):
        for queue in ("sales", "orders"):
            view.result(final(queue, number, level))
        last = shown(view, "retail")["last"]
        assert (last["spec"], last["range"]) == ("below" if level < 0.75 else None, (0.75, 1.0))


def test_net_staffing_has_the_verdict_of_its_rule(view: View) -> None:
    """The rule allows a tenth of the 25 that the pool needs: 26.8 staffed are enough, 18.4 are too few."""
    for queue in ("sales", "orders"):
        view.result(final(queue, LATEST, 0.80))
    assert [shown(view, "desk")["last"][name] for name in ("required_agents", "net")] == [25, ""]
    view.result(final("sales", LATEST, 0.80, revision=2, status="corrected", staffed_seconds=9000.0))
    last = shown(view, "desk")["last"]
    assert (last["staffed_agents"], last["net"]) == (pytest.approx(5 + 13.4), "understaffed")


def test_a_group_that_nothing_is_heard_of_keeps_its_last_figures(view: View) -> None:
    """Four hours after the last result of any queue its figures are there still, with the time that they are of."""
    view.result(final("sales", 0, 0.80))
    view.result(final("orders", 1, 0.60))
    last = shown(view, "retail")["last"]
    assert (last["start"], last["service_level"], last["missing"]) == ("2026-03-02T08:30:00Z", 0.60, ("sales",))


def test_a_group_without_a_final_interval_has_no_figures(view: View) -> None:
    """Every configured group is there from the first, without figures."""
    view.groups.renew(AT_NOON, everything=True)
    found = [(one["kind"], one["id"], one["timezone"], one["last"]) for one in view.groups.shown()]
    assert found == [
        ("program", "bank", "Europe/Madrid", None),
        ("program", "retail", "Europe/Madrid", None),
        ("site", "london", "Europe/London", None),
        ("site", "madrid", "Europe/Madrid", None),
        ("pool", "desk", "Europe/Madrid", None),
    ]


def test_a_correction_of_a_queue_is_one_of_its_groups(view: View) -> None:
    """The figures are those of the latest revisions, and say that one was corrected."""
    for queue in ("sales", "orders"):
        view.result(final(queue, LATEST, 0.80))
    assert shown(view, "desk")["last"]["revised"] is False
    view.result(final("sales", LATEST, 0.60, revision=2, status="corrected"))
    last = shown(view, "desk")["last"]
    assert (last["service_level"], last["revised"]) == (0.70, True)


def test_only_groups_with_other_figures_are_told(view: View) -> None:
    """A row of sales makes its program, site and pool anew, and no other group; the clock alone tells nothing."""
    for queue, program in (("sales", "retail"), ("orders", "retail"), ("loans", "bank")):
        view.result(final(queue, LATEST, 0.80, program=program))
    assert len(view.groups.renew(AT_NOON, everything=True)) == 5
    assert view.groups.renew(AT_NOON + 60_000, everything=True) == []
    view.result(final("sales", LATEST, 0.60, revision=2, status="corrected"))
    assert {one["id"] for one in view.groups.renew(AT_NOON, everything=True)} == {"retail", "madrid", "desk"}
    view.result(running("sales", LATEST + 1))
    assert view.groups.renew(AT_NOON, everything=True) == []


def test_a_turn_sums_up_few_groups_and_the_others_follow(tmp_path: Path) -> None:
    """Each turn takes four of the groups that are due."""
    view = View(configuration(tmp_path))
    for number in range(10):
        view.result(final(f"q{number}", LATEST, program=f"p{number}"))
    turns = [len(view.groups.renew(AT_NOON, everything=False)) for _ in range(4)]
    assert turns == [4, 4, 3, 0]


def test_a_queue_says_where_it_belongs(view: View) -> None:
    """Its site and pools stand in its summary, empty where it has none."""
    homes = {one["queue"]: (one["site"], one["pools"]) for one in view.overview(AT_NOON)}
    assert homes == {
        "sales": ("madrid", ["desk"]),
        "orders": ("madrid", ["desk"]),
        "cards": ("madrid", []),
        "loans": ("london", []),
    }


def test_net_staffing_moves_no_queue_of_a_pool_up(view: View) -> None:
    """The queue that lacks agents of its own stands above one whose agents are a pool's, with breaches alike."""
    for queue, program, net in (("sales", "retail", -9.0), ("loans", "bank", -1.0)):
        view.result(final(queue, LATEST, 0.60, program=program, net_staffing=net))
        view.breach(breach(queue, program=program))
    order = [one["queue"] for one in view.overview(AT_NOON)[:2]]
    assert order == ["loans", "sales"]


def test_groups_of_a_queue_that_left_are_made_without_it(view: View) -> None:
    """A queue that another worker took over is in no sum here."""
    for queue in ("sales", "orders"):
        view.result(final(queue, LATEST, 0.80))
    view.result(final("guest", LATEST, 0.20))
    assert shown(view, "retail")["last"]["denominator"] == 300
    view.forget(["guest"])
    assert shown(view, "retail")["last"]["denominator"] == 200

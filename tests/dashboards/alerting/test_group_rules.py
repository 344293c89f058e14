"""Recording rules of groups: promtool runs them on made-up series of the example's queues, and of sites and pools."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alert_tools import promtool_test

from config.settings import load
from dashboards.alerting.group_rules import GROUP_RECORDS
from dashboards.alerting.recording_rules import recording_rules
from dashboards.generated import to_yaml

EXAMPLE = Path(__file__).resolve().parents[3] / "config/monitor.yaml"
QUEUES = {
    "sales": "retail", "orders": "retail", "returns": "retail", "shop_chat": "retail",
    "cards": "bank", "lost_cards": "bank", "billing": "energy", "outages": "energy",
}  # fmt: skip
"""Program by queue of the example."""
NOON = 43_200


def shown(queue: str, **figures: float) -> list[dict[str, str]]:
    """The gauges of a queue's last final interval, as one worker shows them."""
    program, instance = QUEUES.get(queue, "unassigned"), figures.pop("instance", 1)
    where = f'program="{program}",queue="{queue}",channel="voice",state="final",job="intervalwatch"'
    given = {"start_timestamp_seconds": NOON, **figures}
    return [
        {"series": f'intervalwatch_interval_{name}{{{where},instance="{instance}"}}', "values": f"{value}x10"}
        for name, value in given.items()
    ]


def pool(name: str, start: int = NOON, **figures: float) -> list[dict[str, str]]:
    """The gauges of a pool's last final interval, as its worker shows them."""
    where = f'kind="pool",group="{name}",state="final",job="intervalwatch",instance="1"'
    given = {"interval_start_timestamp_seconds": start, **figures}
    return [
        {"series": f"intervalwatch_group_{figure}{{{where}}}", "values": f"{value}x10"}
        for figure, value in given.items()
    ]


def figures(offered: int) -> dict[str, float]:
    """An interval of so many contacts: a quarter abandoned, half in time, 256 s each, half as many expected."""
    return {
        "offered": offered, "answered": offered * 3 // 4, "abandoned": offered // 4, "short_abandoned": offered // 8,
        "service_level_numerator": offered // 2, "service_level_denominator": offered,
        "handle_seconds": offered * 3 // 4 * 256, "handled": offered * 3 // 4, "forecast_offered": offered / 2,
        "staffed_agents": offered / 8, "required_agents": offered / 16,
    }  # fmt: skip


OFFERED = {queue: 16 * (number + 1) for number, queue in enumerate(QUEUES)}
"""16, 32, … contacts, so that each queue's part shows in every sum."""


def expects(record: str, values: Mapping[tuple[str, str], float], time: str = "5m") -> dict[str, Any]:
    """That a rule gives exactly these values at a time, by kind and group."""
    samples = [
        {"labels": f'{record}{{job="intervalwatch",kind="{kind}",group="{group}",state="final"}}', "value": value}
        for (kind, group), value in values.items()
    ]
    return {"expr": record, "eval_time": time, "exp_samples": samples}


def check(folder: Path, configuration: str, inputs: Iterable[dict[str, str]], tests: list[dict[str, Any]]) -> None:
    """Run the rules of a configuration on series."""
    path, rules = folder / "monitor.yaml", folder / "recording.yml"
    path.write_text(configuration, encoding="utf-8")
    rules.write_text(to_yaml(recording_rules(load([path]))), encoding="utf-8")
    promtool_test(folder, rules, [{"interval": "1m", "input_series": list(inputs), "promql_expr_test": tests}])


def of_groups(groups: Mapping[tuple[str, str], Iterable[str]]) -> dict[tuple[str, str], int]:
    """Offered contacts of groups, added up here."""
    return {name: sum(OFFERED[queue] for queue in queues) for name, queues in groups.items()}


PROGRAMS = {
    ("program", program): [queue for queue, home in QUEUES.items() if home == program]
    for program in ("retail", "bank", "energy")
}
RETAIL, BANK, ENERGY = PROGRAMS.values()
CENTRE = """programs:
  - {id: retail, queues: [{id: sales}, {id: orders}, {id: returns}, {id: shop_chat}]}
  - {id: bank, queues: [{id: cards}, {id: lost_cards}]}
  - {id: energy, queues: [{id: billing}, {id: outages, service_level: {definition: S5}}]}
"""
"""The programs of the example, without its sites and pools."""


def test_every_group_of_the_example_has_its_figures(tmp_path: Path) -> None:
    """Sums, AHT, staffing and volume stand for all; energy mixes S1 and S5; a pool stands once in what has it."""
    groups = {
        **PROGRAMS,
        ("site", "madrid"): [*RETAIL, *BANK],
        ("site", "sevilla"): ENERGY,
        ("pool", "shop_desk"): ["orders", "returns"],
    }
    offered = of_groups(groups)
    alike = [("program", "retail"), ("program", "bank"), ("site", "madrid"), ("pool", "shop_desk")]
    desk = ("pool", "shop_desk")
    required = {name: came / 16 for name, came in offered.items()} | {desk: 3}
    for name in (("program", "retail"), ("site", "madrid")):
        required[name] += 3 - offered[desk] / 16
    inputs = [series for queue, came in OFFERED.items() for series in shown(queue, **figures(came))]
    ends = {"required_if_all_agents": 2, "required_if_none_agents": 5}
    inputs += pool("shop_desk", required_agents=3, **ends, shared_seconds=4500, staffed_seconds=18_000)
    # Two workers show one queue while its partition moves.
    inputs += shown("sales", instance=2, **figures(OFFERED["sales"]))
    tests = [
        expects("group:intervalwatch_queues:count", {name: len(queues) for name, queues in groups.items()}),
        expects("group:intervalwatch_interval_start:seconds", dict.fromkeys(offered, NOON)),
        expects("group:intervalwatch_latest_start:seconds", dict.fromkeys(offered, NOON)),
        expects("group:intervalwatch_offered:sum", offered),
        expects("group:intervalwatch_answered:sum", {name: came * 3 // 4 for name, came in offered.items()}),
        expects("group:intervalwatch_abandoned:sum", {name: came // 4 for name, came in offered.items()}),
        expects("group:intervalwatch_forecast_offered:sum", {name: came / 2 for name, came in offered.items()}),
        expects("group:intervalwatch_volume_variance:ratio", dict.fromkeys(offered, 1.0)),
        expects("group:intervalwatch_aht:seconds", dict.fromkeys(offered, 256)),
        expects("group:intervalwatch_staffed:agents", {name: came / 8 for name, came in offered.items()}),
        expects("group:intervalwatch_required:agents", required),
        expects("group:intervalwatch_required_if_all:agents", {desk: 2}),
        expects("group:intervalwatch_required_if_none:agents", {desk: 5}),
        expects("group:intervalwatch_shared:ratio", {desk: 0.25}),
        expects(
            "group:intervalwatch_net_staffing:agents",
            {name: offered[name] / 8 - needed for name, needed in required.items()},
        ),
        expects("group:intervalwatch_service_level:ratio", dict.fromkeys(alike, 0.5)),
        expects("group:intervalwatch_abandon:ratio", dict.fromkeys(alike, 0.25)),
    ]
    within = {"queue_current:bool", "queue_pooled:bool", "pool_required:agents", "required_apart:agents"}
    assert {test["expr"] for test in tests} == {*GROUP_RECORDS} - {f"group:intervalwatch_{name}" for name in within}
    check(tmp_path, EXAMPLE.read_text(encoding="utf-8"), inputs, tests)


def test_a_pool_whose_worker_shows_no_interval_leaves_its_holders_without_requirement(tmp_path: Path) -> None:
    """A site takes a program and a queue of another; an older interval of the pool is none of its program or site."""
    groups = {
        **PROGRAMS,
        ("site", "madrid"): ["billing", "cards", "lost_cards"],
        ("site", "porto"): ["orders", "returns", "sales", "shop_chat"],
        ("pool", "cards_team"): ["cards", "lost_cards"],
    }
    offered = of_groups(groups)
    unpooled = {name: offered[name] for name in (("program", "retail"), ("program", "energy"), ("site", "porto"))}
    text = CENTRE + (
        "sites: [{id: madrid, programs: [bank], queues: [billing]}, {id: porto, programs: [retail]}]\n"
        "pools: [{id: cards_team, queues: [cards, lost_cards]}]\n"
    )
    inputs = [series for queue, came in OFFERED.items() for series in shown(queue, **figures(came))]
    inputs += pool("cards_team", NOON - 1800, required_agents=3)
    tests = [
        expects("group:intervalwatch_offered:sum", offered),
        expects("group:intervalwatch_staffed:agents", {name: came / 8 for name, came in offered.items()}),
        expects("group:intervalwatch_required:agents", {name: came / 16 for name, came in unpooled.items()}),
        expects("group:intervalwatch_net_staffing:agents", {name: came / 16 for name, came in unpooled.items()}),
        expects(
            "group:intervalwatch_service_level:ratio",
            {name: 0.5 for name in offered if name != ("program", "energy")},
        ),
    ]
    check(tmp_path, text, inputs, tests)


def test_a_pool_that_is_closed_is_not_in_its_program(tmp_path: Path) -> None:
    """Where only queues outside the pool go on, the program needs them alone, and in their interval."""
    later = NOON + 1800
    inputs = [*shown("sales", **figures(160), start_timestamp_seconds=later), *pool("desk", required_agents=4)]
    inputs += [series for queue in ("orders", "returns") for series in shown(queue, **figures(80))]
    retail, desk = ("program", "retail"), ("pool", "desk")
    tests = [
        expects("group:intervalwatch_required:agents", {retail: 10, desk: 4}),
        expects("group:intervalwatch_net_staffing:agents", {retail: 10, desk: 16}),
    ]
    check(tmp_path, CENTRE + "pools: [{id: desk, queues: [orders, returns]}]\n", inputs, tests)


def test_intervals_of_different_times_are_not_summed(tmp_path: Path) -> None:
    """A queue whose last interval is the one before is in no sum, and the count of queues says so."""
    inputs = [
        *shown("sales", **figures(80)),
        *shown("orders", **figures(160), start_timestamp_seconds=NOON - 1800),
        *shown("cards", **figures(80)),
        # Its data is missing: there is an interval without figures.
        *shown("lost_cards"),
    ]
    bank, retail = ("program", "bank"), ("program", "retail")
    name = "group:intervalwatch_queue_current:bool"
    labels = 'job="intervalwatch",kind="program",group="retail",program="retail",channel="voice",state="final"'
    older = [{"labels": f'{name}{{{labels},queue="orders"}}', "value": 0}]
    tests = [
        expects("group:intervalwatch_offered:sum", {retail: 80, bank: 80}),
        expects("group:intervalwatch_queues:count", {retail: 1, bank: 1}),
        expects("group:intervalwatch_service_level:ratio", {retail: 0.5, bank: 0.5}),
        {"expr": f'{name}{{queue="orders"}}', "eval_time": "5m", "exp_samples": older},
    ]
    check(tmp_path, CENTRE, inputs, tests)


def test_a_group_waits_some_minutes_for_a_queue_that_is_not_final_yet(tmp_path: Path) -> None:
    """Until noon's interval of the second is final there is no figure; after four minutes those of the first stand."""
    start = 'intervalwatch_interval_start_timestamp_seconds{program="bank",queue="%s",channel="voice",state="final",'
    start += 'job="intervalwatch",instance="1"}'
    inputs = [
        each
        for queue in ("cards", "lost_cards")
        for each in shown(queue, **figures(80))
        if not each["series"].startswith("intervalwatch_interval_start")
    ]
    before = NOON - 1800
    inputs = [{**each, "values": f"{each['values'].split('x')[0]}x40"} for each in inputs]
    inputs.append({"series": start % "cards", "values": f"{before}x3 {NOON}x14 {NOON + 1800}x20"})
    inputs.append({"series": start % "lost_cards", "values": f"{before}x18 {NOON + 1800}x20"})
    bank = ("program", "bank")
    name, level = "group:intervalwatch_offered:sum", "group:intervalwatch_service_level:ratio"
    tests = [
        *(expects(name, {bank: 160}, time) for time in ("1m", "3m")),
        *(expects(name, {}, time) for time in ("4m", "7m")),
        expects(level, {}, "5m"),
        expects("group:intervalwatch_interval_start:seconds", {}, "5m"),
        *(expects(name, {bank: 80}, time) for time in ("8m", "17m")),
        expects("group:intervalwatch_queues:count", {bank: 1}, "10m"),
        # Both have the next one within a minute of each other.
        *(expects(name, {bank: 160}, time) for time in ("20m", "30m")),
    ]
    check(tmp_path, CENTRE, inputs, tests)


def test_a_sum_needs_the_part_of_every_queue(tmp_path: Path) -> None:
    """Without a queue's plan or agents there is no group's; a queue to which nobody came needs no plan."""
    without = {
        name: value for name, value in figures(160).items() if name not in {"forecast_offered", "staffed_agents"}
    }
    nobody = {**figures(0), "staffed_agents": 2.5}
    del nobody["forecast_offered"], nobody["required_agents"]
    inputs = [
        *shown("sales", **figures(80)), *shown("orders", **without),
        *shown("cards", **figures(80)), *shown("lost_cards", **nobody),
    ]  # fmt: skip
    bank, retail = ("program", "bank"), ("program", "retail")
    tests = [
        expects("group:intervalwatch_offered:sum", {retail: 240, bank: 80}),
        expects("group:intervalwatch_forecast_offered:sum", {bank: 40}),
        expects("group:intervalwatch_volume_variance:ratio", {bank: 1.0}),
        expects("group:intervalwatch_staffed:agents", {bank: 12.5}),
        expects("group:intervalwatch_required:agents", {retail: 15, bank: 5}),
        expects("group:intervalwatch_net_staffing:agents", {bank: 7.5}),
    ]
    check(tmp_path, CENTRE, inputs, tests)


def test_short_abandons_stay_out_where_all_queues_leave_them_out(tmp_path: Path) -> None:
    """Under S5 the group's rate is of the sums less short abandons; beside it a group under S1 keeps its own."""
    text = (
        "programs:\n"
        "  - {id: energy, service_level: {definition: S5}, queues: [{id: outages}, {id: billing}]}\n"
        "  - {id: bank, queues: [{id: cards}]}\n"
    )
    inputs = [*shown("outages", **figures(64)), *shown("billing", **figures(32)), *shown("cards", **figures(64))]
    rates = {("program", "energy"): 12 / (72 + 12), ("program", "bank"): 0.25}
    check(tmp_path, text, inputs, [expects("group:intervalwatch_abandon:ratio", rates)])


def test_queues_whose_intervals_are_laid_otherwise_are_not_summed(tmp_path: Path) -> None:
    """Half hours and quarters of one program, and hours half an hour apart in one site, have no series of a group."""
    text = (
        "programs:\n"
        "  - {id: retail, queues: [{id: sales}, {id: orders, interval_minutes: 15}]}\n"
        "  - {id: bank, interval_minutes: 60, queues: [{id: cards}, {id: lost_cards}]}\n"
        "  - {id: energy, interval_minutes: 60, timezone: Asia/Kolkata, queues: [{id: billing}]}\n"
        "sites: [{id: both, programs: [bank, energy]}, {id: porto, queues: [orders]}]\n"
    )
    inputs = [
        series
        for queue in ("sales", "orders", "cards", "lost_cards", "billing")
        for series in shown(queue, **figures(80))
    ]
    sums = {("program", "bank"): 160, ("program", "energy"): 80, ("site", "porto"): 80}
    check(tmp_path, text, inputs, [expects("group:intervalwatch_offered:sum", sums)])

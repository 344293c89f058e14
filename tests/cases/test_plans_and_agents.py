"""Worked cases of plans and agents: which plan counts, what a row rests on, what a report still says."""

from pathlib import Path

from case_runs import replayed, rows_of

from streams.history.store import Store
from streams.report.report import report


def test_a_plan_published_in_mid_interval_counts_for_it(shared_cases: Path, tmp_path: Path) -> None:
    """The interval in which the first plan is published has it at revision 1, earlier ones by correction."""
    url = replayed(shared_cases / "plan-in-mid-interval", tmp_path, c="contacts.csv", plan="plan.csv")
    rows = rows_of(url)
    planned = {row["interval_start"][11:16]: row["revision"] for row in rows if row["plan_version"] == "p1"}
    assert planned == {"08:00": 2, "08:30": 2, "09:00": 2, "09:30": 2, "10:00": 1, "10:30": 1, "11:00": 1, "11:30": 1}
    assert all("plan_late" in row["plan"] for row in rows if row["plan_version"] == "p1")
    last = {row["breach_id"]: row["state"] for row in rows_of(url, "breaches") if row["rule"] == "plan_missing"}
    assert set(last.values()) <= {"resolved"}


def test_sources_name_records_of_every_kind(shared_cases: Path, tmp_path: Path) -> None:
    """A row names the rows of contacts, plan and agent states that its figures rest on."""
    url = replayed(shared_cases / "sources-of-every-kind", tmp_path, c="contacts.csv", plan="plan.csv", s="states.csv")
    assert [row["sources"] for row in rows_of(url)] == [
        "contacts.csv:1-25;plan.csv:1-1;states.csv:1-3",
        "contacts.csv:26-50;plan.csv:2-2;states.csv:1-3",
    ]


def test_the_report_of_shared_agents_lacks_only_occupancy(shared_cases: Path, tmp_path: Path) -> None:
    """Agents on two queues leave occupancy empty, and every other figure of the report stands."""
    url = replayed(shared_cases / "shared-agents-report", tmp_path, c="contacts.csv", s="states.csv")
    with Store(url, create=False) as store, store.reading() as reader:
        (queue,) = report(reader, "2025-11-05T00:00:00Z", "2025-11-06T00:00:00Z").queues
    (service,) = queue.service
    assert (service.level.numerator, service.level.denominator, service.level.value) == (48, 60, 0.8)
    assert (queue.abandon_rate.value, queue.asa_seconds.value, queue.aht_seconds.value) == (0, 10, 100)
    assert (service.attainment.in_range, service.attainment.judged) == (2, 2)
    assert queue.occupancy.value is None


def test_states_of_log_ins_alone_leave_handling_to_the_contacts(shared_cases: Path, tmp_path: Path) -> None:
    """An agent who never logs out is unknown after 16 hours; the contacts say how long somebody was busy."""
    url = replayed(shared_cases / "agent-never-logs-out", tmp_path, c="contacts.csv", st="states.csv")
    names = "staffed_agents", "occupied_seconds", "available_seconds"
    rows = {(row["queue"], row["interval_start"][8:13]): tuple(row[name] for name in names) for row in rows_of(url)}
    assert rows["sales", "02T08"] == (None, 240, None)
    assert rows["sales", "02T09"] == (2, 240, 7200 - 240)
    assert {rows["sales", f"02T{hour}"] for hour in range(10, 20)} == {(1, 240, 3360)}
    assert {rows["billing", f"02T{hour}"] for hour in (10, 11)} == {(1, 240, 3360)}
    assert {rows["billing", f"02T{hour}"] for hour in range(12, 20)} == {(0, 240, None)}
    assert rows["sales", "03T08"] == (0, 240, None)
    assert rows["sales", "03T09"] == (1, 240, 3360)
    assert {rows["sales", f"03T{hour}"] for hour in range(10, 20)} == {(0, 240, None)}
    assert rows_of(url, "dead-letters") == []

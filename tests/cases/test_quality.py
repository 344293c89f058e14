"""Worked cases of monitored transactions."""

from pathlib import Path

from case_runs import replayed

from streams.history.store import Store
from streams.report.report import report


def test_checks_that_do_not_apply_are_in_no_denominator(shared_cases: Path, tmp_path: Path) -> None:
    """A family counts the transactions in which one of its checks applied; one that never applied has no figure."""
    url = replayed(shared_cases / "quality-na", tmp_path, c="contacts.csv", sheet="sheet.csv")
    with Store(url, create=False) as store, store.reading() as reader:
        (program,) = report(reader, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z").programs
    counts = {errors.family: (errors.right, errors.n) for errors in program.critical_errors}
    assert counts == {"end_user": (27, 30), "compliance": (22, 24), "non_critical": (35, 40)}

"""Incidents as they are exported: the same rows in every format, by the begin of each."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from report_rows import breach, history, interval

from intervalwatch.commands.export import export
from streams.export.proof import proof_path
from streams.export.readers import read_export
from streams.export.writers import FORMATS
from streams.history.incidents.columns import INCIDENT_COLUMNS
from streams.journal.entry import entry


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_has_a_row_for_each_incident(tmp_path: Path, form: str) -> None:
    """Those that began from `--from` on, each with its end and what people wrote; there is no chain to prove."""
    starts = ("2026-03-02T09:00:00Z", "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z")
    with history(tmp_path, [interval("sales", starts[0], 8, 10)]) as store:
        causes = [{"cause": "volume", "effect": -0.25}]
        store.write_breaches([breach("early", 1, "opened", starts[0])])
        store.write_breaches([breach("late", 1, "opened", starts[1], causes=causes)])
        store.write_breaches([breach("late", 2, "resolved", starts[2], first_interval_start=starts[1])])
        store.append_journal(entry("late", "Ana", "2026-03-02T12:40:00Z", note="=two from billing"))
    file = tmp_path / f"incidents.{form}"
    asked = ["--history", store.url, "--what", "incidents", "--format", form, "--output", str(file)]
    run = CliRunner().invoke(export, [*asked, "--from", starts[1]])
    assert run.exit_code == 0, run.output
    (row,) = [found.row for found in read_export(file, "incidents")]
    assert tuple(row) == INCIDENT_COLUMNS
    told = ("incident_id", "since", "until", "length_seconds", "acknowledged_by", "acknowledged_seconds", "note")
    assert [row[name] for name in told] == ["late", starts[1], starts[2], 3600, "Ana", 600, "=two from billing"]
    assert not proof_path(file).exists()

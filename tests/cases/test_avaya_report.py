"""Worked case of a report that Avaya CMS saved, with lines above its header and a row of totals."""

from pathlib import Path

from case_runs import rows_of
from click.testing import CliRunner, Result

from intervalwatch.commands.replay import replay

CONFIG = """
site: {timezone: America/Chicago, interval_minutes: 30, attribution: event}
defaults: {service_level: {definition: S1, threshold_seconds: 20, target: 0.80}}
programs: [{id: p, queues: [{id: Sales}]}]
sources:
  cms: {format: avaya_cms, record: interval}
  flat: {format: avaya_cms, record: interval, queue: Sales}
"""


def test_a_saved_report_gives_what_it_says(shared_cases: Path, tmp_path: Path) -> None:
    """Averages times calls are sums, the totals count in no figure, and every row has its half hour."""
    config = tmp_path / "monitor.yaml"
    config.write_text(CONFIG)
    for source, file in (("cms", "raw.csv"), ("flat", "flat.csv")):
        url = f"sqlite:///{tmp_path}/{source}.db"
        asked = ["--config", str(config), "--source", f"{source}={shared_cases}/avaya-split-report/{file}"]
        run = CliRunner().invoke(replay, [*asked, "--history", url])
        assert run.exit_code == 0, run.output
        rows = {row["interval_start"][11:16]: row for row in rows_of(url) if row["offered"]}
        names = ("offered", "handle_seconds", "aht_seconds", "asa_seconds", "staffed_agents")
        assert {start: tuple(row[name] for name in names) for start, row in rows.items()} == {
            "15:00": (42, 8480, 212, 8, 11.2),
            "15:30": (57, 10868, 209, 17, 11),
            "18:30": (40, 140740, 4540, 72, 7.4),
        }
        assert {row["integrity"] for row in rows.values()} == {"derived"}
        assert rows_of(url, "dead-letters") == []


def test_a_mapping_that_cannot_read_the_report_is_refused(shared_cases: Path, tmp_path: Path) -> None:
    """Without the place of the header the file is refused; a clock that is a stretch is refused with the format."""
    case = shared_cases / "avaya-split-report"

    def run(source: str) -> Result:
        asked = ["--config", str(case / "config.yaml"), "--source", f"{source}={case / source}.csv"]
        return CliRunner().invoke(replay, [*asked, "--history", f"sqlite:///{tmp_path}/{source}.db"])

    assert "the header has no column" in str(run("raw").exception)
    flat = run("flat")
    assert "3 rows, first" in flat.output
    assert "'3/2/2026 9:00- 9:30AM'; expected the format %m/%d/%Y %I:%M%p" in flat.output


def test_a_duration_without_its_minutes_is_seconds(shared_cases: Path, tmp_path: Path) -> None:
    """The cell ":22" of the hand-made table is 22 s."""
    case = shared_cases / "avaya-split-report"
    url = f"sqlite:///{tmp_path}/h.db"
    asked = ["--config", str(case / "config.yaml"), "--source", f"hand_acw={case / 'hand.csv'}"]
    run = CliRunner().invoke(replay, [*asked, "--history", url])
    assert run.exit_code == 0, run.output
    assert rows_of(url, "dead-letters") == []
    # The mapping takes averages for sums: 190 + 22 s in the first half hour.
    assert next(row["handle_seconds"] for row in rows_of(url) if row["offered"]) == 212

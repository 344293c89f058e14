"""The command `intervalwatch report`: text that fits, JSON that is complete, a page that stands alone."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from history_rows import missing
from projected_rows import centre
from report_rows import MARCH, breach, evaluation, history, interval

from config.errors import UserError
from config.timestamps import from_rfc3339
from intervalwatch.commands.report import report
from intervalwatch.main import cli
from streams.journal.entry import entry

DAY = "2026-03-02"
MARKUP = "<b>orders & more</b>"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A history of two queues, one with a name that is markup, with evaluations and breaches."""
    rows = [
        interval("sales", f"{DAY}T08:00:00Z", 80, 100, signal="low"),
        interval("sales", f"{DAY}T08:30:00Z", 70, 100, plan="understaffed"),
        missing("sales", 2),
        interval(MARKUP, f"{DAY}T08:00:00Z", 40, 100),
        interval(MARKUP, f"{DAY}T08:30:00Z", 99_998, 100_000, integrity="unbalanced"),
    ]
    with history(tmp_path, rows) as store:
        sheets = [evaluation(n, passed=n >= 5, handled_at=f"{DAY}T09:00:00Z") for n in range(100)]
        store.write_evaluations(sheets)
        store.write_breaches([breach("a", 1, "opened", f"{DAY}T08:00:00Z")])
        store.append_journal(entry("a", "ann", f"{DAY}T08:42:00Z"))
    return f"sqlite:///{tmp_path / 'history.db'}"


def run(url: str, *arguments: str) -> Result:
    """The command over March, as a shell runs it; user errors passed through."""
    result = CliRunner().invoke(report, ["--history", url, "--from", MARCH[0], "--to", MARCH[1], *arguments])
    if isinstance(result.exception, UserError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_the_text_fits_100_columns(url: str) -> None:
    """Also with figures of many digits and names of many words."""
    lines = run(url).stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert not any(line != line.rstrip() for line in lines)


def test_the_text_says_each_figure_with_its_counts(url: str) -> None:
    """Attainment beside expectation, accuracy beside its interval, breaches beside how soon they were seen."""
    text = " ".join(run(url).stdout.split())
    assert "Intervals in range 50.0 % 1 / 2 expected" in text
    assert "Service level (S1, 20 s) 75.0 % 150 / 200 target 80.0 %, range 75.0 % to 90.0 %" in text
    assert "End-user critical accuracy 95.0 % 95 / 100 88.7 % to 98.4 %" in text
    assert "Breaches: service level below 1 1 warning; 1 open 1 acknowledged, after" in text
    assert "12 min" in text
    assert "missing, left out 1" in text
    assert "failed a check, left out 1 unbalanced 1" in text
    assert "Intervals understaffed 50.0 % 1 / 2" in text


def test_projections_stand_in_text_page_and_json(tmp_path: Path) -> None:
    """WAPE beside that of the forecast left alone, ranges, the Brier score and its tenths; few days are withheld."""
    with centre(tmp_path, range(2, 22)):
        pass
    url = f"sqlite:///{tmp_path / 'history.db'}"
    text = " ".join(run(url).stdout.split())
    assert "Projected at 11:00: volume, WAPE 1.8 % 80 / 4,400 12.0 %: forecast left alone" in text
    assert "P(day at 0.050 20 days 0.250: base rate (0 is target), Brier score perfect)" in text
    assert "P(day at target) 90 to 100 %: 100.0 % 10 / 10 mean P 90.0 %" in text
    assert "Brier score" in run(url, "--format", "html").stdout
    document = json.loads(run(url, "--format", "json").stdout)
    assert document["queues"][0]["projections"][0]["made_at"] == "11:00"
    assert [each["low"] for each in document["calibration"]] == [0.3, 0.9]
    few = tmp_path / "few"
    few.mkdir()
    with centre(few, range(2, 5)):
        pass
    text = " ".join(run(f"sqlite:///{few / 'history.db'}").stdout.split())
    assert "Projected at 11:00: volume, WAPE withheld 12 / 660" in text


def test_the_worst_queue_is_on_top(url: str) -> None:
    """40 % stands above 75 %."""
    text = run(url).stdout
    assert text.index(f"retail / {MARKUP} (voice)") < text.index("retail / sales (voice)")


def test_no_number_is_put_into_the_standards_mouth(url: str) -> None:
    """The program says "after the standard", and never that it requires, certifies or demands."""
    for form in ("text", "json", "html"):
        said = run(url, "--format", form, "--gold").stdout
        assert "after the COPC-2000 CSP standard" in said
        assert "default" in said
        for word in ("requires a", "certified", "COPC requires", "standard requires", "demands"):
            assert word not in said


def ratios(part: Any) -> list[dict[str, Any]]:
    """Every object of a JSON document that has a value by division."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    found = [ratio for child in inner for ratio in ratios(child)]
    return [*found, part] if isinstance(part, dict) and "denominator" in part else found


def test_the_json_keeps_every_numerator_and_denominator(url: str) -> None:
    """Each ratio is its sums divided; the period and the notes stand with it."""
    document = json.loads(run(url, "--format", "json").stdout)
    assert (document["from"], document["to"], document["gold"]) == (*MARCH, False)
    assert document["notes"]
    found = ratios(document)
    assert len(found) > 20
    for ratio in found:
        if ratio["denominator"]:
            assert ratio["value"] == pytest.approx(ratio["numerator"] / ratio["denominator"], rel=1e-12)
        else:
            assert ratio["value"] is None


class Page(HTMLParser):
    """The content of a page: its tags, balanced or not, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag; nothing may be fetched."""
        self.tags.add(tag)
        assert not {"src", "onclick"} & {name for name, _ in attrs}
        assert all(value is None or value.startswith("#") for name, value in attrs if name == "href")
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag ends what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text += data


def test_the_page_stands_alone_and_says_what_the_text_says(url: str) -> None:
    """Well-formed, without links and scripts; a queue's name is text, whatever is in it."""
    page = Page()
    page.feed(run(url, "--format", "html").stdout)
    assert page.open == []
    assert not page.tags & {"script", "link", "img", "b"}
    assert f"retail / {MARKUP}" in page.text
    for cell in ("150\N{NO-BREAK SPACE}/ 200", "95 / 100", "by ann,\nafter 12\N{NO-BREAK SPACE}min"):
        assert cell in page.text


def test_the_same_history_gives_the_same_report(url: str) -> None:
    """Chance in the simulations is seeded."""
    first, second = (json.loads(run(url, "--format", "json").stdout) for _ in range(2))
    for found in (first, second):
        del found["cover"]["made_at"]
    assert first == second


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z", "--to 2026-03-01T00:00:00Z: is not after --from"),
        ("2025-03-01T00:00:00Z", "2025-04-01T00:00:00Z", "history holds no result of this period"),
        ("March", "2025-04-01T00:00:00Z", "--from March: is neither a day like"),
    ],
)
def test_a_period_that_cannot_be_says_so(url: str, begin: str, end: str, said: str) -> None:
    """One line that names the option and what was found."""
    with pytest.raises(UserError, match=said):
        run(url, "--from", begin, "--to", end)


def test_it_is_a_command() -> None:
    """`intervalwatch report --help` is found by the program."""
    result = CliRunner().invoke(cli, ["report", "--help"])
    assert result.exit_code == 0
    assert "--gold" in result.output


def test_the_text_says_whether_monitoring_is_done_as_it_should_be(tmp_path: Path) -> None:
    """Who is short, what is uneven, how evaluators agree, and which check fails most."""
    with history(tmp_path, [interval("sales", f"{DAY}T08:00:00Z", 80, 100)]) as store:
        sheets = [evaluation(n, passed=n >= 5, handled_at=f"{DAY}T09:00:00Z") for n in range(40)]
        sheets.append(evaluation(40, passed=True, handled_at=f"{DAY}T09:00:00Z", contact_id="c0", evaluator="zoe"))
        store.write_evaluations(sheets)
        by = [["2026-03", agent, None, None, 300, 90_000_000] for agent in ("ann", "bob")]
        days = [{"program": "retail", "queue": "sales", "part": 0, "handled_by": by, "handled_at": []}]
        at = from_rfc3339("2026-03-31T21:30:00Z")
        store.write_program_days([{**day, "day": "2026-03-31", "interval_start_ms": at} for day in days])
    text = " ".join(run(f"sqlite:///{tmp_path / 'history.db'}").stdout.split())
    assert "Agents monitored, 2026-03 50.0 % 1 / 2 short: bob 0/1" in text
    assert "Spread over agents, 2026-03 uneven 40 evaluations p 2.5e-10, a finding below 0.01" in text
    assert "Calibration: end-user critical 0.0 % 0 / 1 kappa 0.00" in text
    assert "Failed: promise 12.5 % 5 / 40 100.0 % of failures down to here" in text

"""The command `intervalwatch replay`: real calls, its summary, and faults of its user in one line."""

import csv
import json
import shlex
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from intervalwatch.main import run
from streams.history.store import Store

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "anonymous_bank.yaml"
CONFIG = """\
site: {timezone: UTC, grace_seconds: 300}
defaults: {hours: {mon-fri: "09:00-11:00"}, service_level: {threshold_seconds: 20, target: 0.80}}
programs: [{id: retail, queues: [{id: sales}]}]
sources:
  calls:
    format: csv
    record: contact
    where_not: {kind: [test]}
    columns: {contact_id: id, queue: queue, offered_at: offered, outcome: outcome, wait_seconds: wait, updated_at: seen}
  agents:
    format: csv
    record: agent_state
    columns: {agent: agent, since: since, state: state, queues: queues}
  ordered:
    format: csv
    record: agent_state
  days:
    format: csv
    record: plan
    published: 2026-03-01T00:00:00Z
    wide: {columns: "[0-9]{2}:[0-9]{2}", as: time, value: value}
    columns:
      queue: queue
      interval_start: {columns: [date, time], format: "%Y-%m-%d %H:%M"}
      forecast_offered: value
  counts:
    format: csv
    record: interval
    wide: {columns: "[0-9]{2}:[0-9]{2}", as: time, value: value}
    columns: {queue: queue, interval_start: {columns: [date, time], format: "%Y-%m-%d %H:%M"}, offered: value}
"""
HEADER = "id,queue,offered,outcome,wait,seen,kind\n"
ROWS = """\
a,sales,2026-03-02T09:10:00Z,answered,5,,
b,sales,2026-03-02T09:40:00Z,abandoned,30,,
b,sales,2026-03-02T09:40:00Z,abandoned,30,,
c,sales,2026-03-02T09:41:00Z,answered,5,2026-03-02T09:41:05Z,
c,sales,2026-03-02T09:41:00Z,answered,6,2026-03-02T09:41:05Z,
d,sales,2026-03-02T09:42:00Z,,,2026-03-02T09:42:00Z,
d,sales,2026-03-02T09:42:00Z,answered,50,2026-03-02T09:43:00Z,
e,sales,yesterday,answered,5,,
f,sales,2026-03-02T10:40:00Z,answered,5,,test
g,sales,2026-03-02T10:41:00Z,vanished,5,,
h,sales,2026-03-02T10:50:00Z,answered,5,,
"""


@pytest.fixture
def replay(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], str]]:
    """The command over files in `tmp_path`: exit code, lines of standard output, standard error."""
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "calls.csv").write_text(HEADER + ROWS, encoding="utf-8")

    def call(*more: str, config: str = "config.yaml", source: str = "calls=calls.csv") -> tuple[int, list[str], str]:
        name, sign, files = source.partition("=")
        placed = ",".join(file if file == "-" else str(tmp_path / file) for file in files.split(","))
        history = f"sqlite:///{tmp_path / 'history.db'}"
        arguments = ["replay", "--config", str(tmp_path / config), "--source", f"{name}{sign}{placed}"]
        code = run([*arguments, "--history", history, *more])
        out, err = capfd.readouterr()
        return code, out.splitlines(), err

    return call


def results(folder: Path) -> list[dict[str, Any]]:
    """The history's rows."""
    with Store(f"sqlite:///{folder / 'history.db'}") as store:
        return [row for batch in store.results() for row in batch]


def letters(folder: Path) -> list[tuple[str, int, str]]:
    """File, row and reason of each dead letter in the history."""
    with Store(f"sqlite:///{folder / 'history.db'}") as store, store.reading() as reader:
        found = [letter for batch in reader.dead_letters() for letter in batch]
    return [(letter["topic"], letter["offset"], letter["reason"]) for letter in found]


def test_the_history_is_named_whole(replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path) -> None:
    """The last line names the history's URL, also where its path holds an @."""
    code, out, _ = replay("--history", f"sqlite:///{tmp_path}/a@b.db")
    assert (code, out[-1]) == (0, f"history: sqlite:///{tmp_path}/a%40b.db")


def test_the_summary_adds_up(replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path) -> None:
    """11 rows: 1 is filtered, 1 a duplicate, 1 restates, 2 are dead; 6 are accepted, a superseded copy among them."""
    code, out, err = replay("--json-summary")
    assert (code, err) == (0, "")
    summary = json.loads(out[-1])
    assert summary.pop("seconds") >= 0
    assert summary == {
        "records_read": 11,
        "records_filtered": 1,
        "records_accepted": 6,
        "records_duplicate": 1,
        "records_restated": 1,
        "records_dead_lettered": 2,
        "intervals_final": 4,
        "intervals_missing": 0,
        "corrections": 0,
        "intervals_corrected": 0,
        "breaches_opened": 0,
    }
    table = [(row["interval_start"][11:16], row["offered"], row["answered"]) for row in results(tmp_path)]
    assert table == [("09:00", 1, 1), ("09:30", 3, 2), ("10:00", 0, 0), ("10:30", 1, 1)]


def test_queues_that_are_not_configured_are_named(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path
) -> None:
    """A queue's name spelled in another way than in the configuration is said, once, and its figures are computed."""
    rows = "".join(
        f"{at},{queue},2026-03-02T09:10:00Z,answered,5,,\n" for at, queue in enumerate(["sales", *"gfedcba"])
    )
    (tmp_path / "calls.csv").write_text(HEADER + rows, encoding="utf-8")
    code, _, err = replay()
    assert code == 0
    assert err.splitlines() == ["not in the configuration, so computed with its defaults: a, b, c, d, e and 2 more"]
    assert len({row["queue"] for row in results(tmp_path)}) == 8


def test_a_name_that_only_looks_like_a_queues_is_told(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path
) -> None:
    """Capitals and a mark without width make another queue, and the warning names the one that it looks like."""
    row = "1,SA\u200bLES,2026-03-02T09:10:00Z,answered,5,,\n"
    (tmp_path / "calls.csv").write_text(HEADER + row, encoding="utf-8")
    _, _, err = replay()
    told = r"SA\u200bLES (not sales: blanks, capitals or marks that are not seen differ)"
    assert err.splitlines() == [f"not in the configuration, so computed with its defaults: {told}"]


def test_a_row_that_goes_to_several_queues_is_one_row(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path
) -> None:
    """An agent's state on two queues, sent twice and then restated: read 3, accepted, duplicate, restated 1 each."""
    (tmp_path / "agents.csv").write_text(
        "agent,since,state,queues,sequence\n"
        "ana,2026-03-02T09:00:00Z,available,sales;orders,1\n"
        "ana,2026-03-02T09:00:00Z,available,sales;orders,1\n"
        "ana,2026-03-02T09:00:00Z,wrap,sales;orders,1\n",
        encoding="utf-8",
    )
    code, out, _ = replay("--json-summary", source="ordered=agents.csv")
    summary = json.loads(out[-1])
    counted = [summary[f"records_{name}"] for name in ("read", "accepted", "duplicate", "restated")]
    assert (code, counted) == (0, [3, 1, 1, 1])


def test_one_cell_of_a_wide_file_is_refused(replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path) -> None:
    """The end names file, row and reason of the cell; the row's other cells count, and its letter names the heading."""
    rows = "queue,date,09:00,09:30,10:00\nsales,2026-03-02,10,x1,12\nsales,2026-03-03,y2,8,9\n"
    (tmp_path / "days.csv").write_text(rows, encoding="utf-8")
    code, out, err = replay("--json-summary", source="days=days.csv")
    assert (code, err) == (0, "")
    summary = json.loads(out[-1])
    assert [summary[f"records_{name}"] for name in ("read", "accepted", "dead_lettered")] == [6, 4, 2]
    assert any(line.startswith("  2 rows, first days.csv:1: forecast_offered") for line in out)
    assert [(topic, offset) for topic, offset, _ in letters(tmp_path)] == [
        ("days.csv:1:09:30", 1),
        ("days.csv:2:09:00", 2),
    ]


def test_each_cell_that_its_queue_refuses_is_kept(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path
) -> None:
    """Two cells of one row that come a year too late are two dead letters of that row, and both stand in history."""
    rows = "queue,date,09:00,09:30\nsales,2026-03-02,10,11\nsales,2025-03-02,10,11\n"
    (tmp_path / "counts.csv").write_text(rows, encoding="utf-8")
    code, out, _ = replay("--as-arrived", "--json-summary", source="counts=counts.csv")
    summary = json.loads(out[-1])
    assert (code, summary["records_accepted"], summary["records_dead_lettered"]) == (0, 2, 2)
    assert [(topic, offset) for topic, offset, _ in letters(tmp_path)] == [("counts.csv", 2), ("counts.csv", 2)]


def test_the_end_says_how_to_see_every_refused_row(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Commonest reasons with count and first row, and a command that shows all rows as it stands, blanks and all."""
    rows = [f"{n},sales,yesterday,answered,5,," for n in range(3)]
    rows += [f"{n},sales,2026-03-02T09:1{n}:00Z,{'vanished' if n % 2 else 'answered'},5,," for n in range(3, 10)]
    rows += [f"w{n},sales,2026-03-02T09:30:00Z,answered,{'x' * n},," for n in range(1, 3)]
    (tmp_path / "calls.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    code, out, _ = replay("--history", f"sqlite:///{tmp_path}/my history.db")
    begin = out.index("refused rows, commonest reason first:")
    assert code == 0
    assert out[begin + 1].startswith("  4 rows, first calls.csv:4: outcome")
    assert out[begin + 2].startswith("  3 rows, first calls.csv:1: offered_at")
    assert out[begin + 3].startswith("  2 rows, first calls.csv:11: wait_seconds")
    name, *words = shlex.split(out[begin + 4].removeprefix("all of them: "))
    assert (name, run(words)) == ("intervalwatch", 0)
    shown = list(csv.DictReader(capfd.readouterr()[0].splitlines()))
    assert sorted(int(row["offset"]) for row in shown) == [1, 2, 3, 4, 6, 8, 10, 11, 12]


def test_rows_that_look_wrong_are_told(replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path) -> None:
    """Contacts at night, and a queue of totals, count as they stand; standard error names both."""
    rows = "".join(f"{n},sales,2026-03-02T{9 + n % 2 * 10:02}:10:00Z,answered,5,,\n" for n in range(8))
    (tmp_path / "calls.csv").write_text(HEADER + rows, encoding="utf-8")
    _, _, err = replay()
    assert err == (
        "source calls: looks wrong: 50% of the contacts of queue 'sales' lie outside its open hours (as at "
        "2026-03-02T19:10:00Z): are the hours of the queue right, and the time zone of the file?\n"
    )
    text = "queue,date,09:00,09:30\nsales,2026-03-02,10,11\nTotal,2026-03-02,10,11\n"
    (tmp_path / "counts.csv").write_text(text, encoding="utf-8")
    _, _, err = replay(source="counts=counts.csv")
    assert "source counts: looks wrong: queue 'Total' is named like a row of totals" in err


def test_until_ends_the_history(replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path) -> None:
    """`--until` before the last data leaves it out, after it adds the open intervals up to there."""
    assert replay("--until", "2026-03-02T11:00:00+01:00")[0] == 0
    assert [row["interval_start"][11:16] for row in results(tmp_path)] == ["09:00", "09:30"]
    assert replay("--until", "2026-03-03T09:30:00Z")[0] == 0
    assert [row["interval_start"][8:16] for row in results(tmp_path)][-2:] == ["02T10:30", "03T09:00"]


def test_as_arrived_makes_corrections(replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path) -> None:
    """In file order a row that comes late corrects what was final; merged by event time nothing is late."""
    late = "x,sales,2026-03-02T09:20:00Z,answered,5,,\n"
    (tmp_path / "calls.csv").write_text(HEADER + ROWS + late, encoding="utf-8")
    _, out, _ = replay("--as-arrived", "--json-summary")
    assert json.loads(out[-1])["corrections"] == 1
    corrected = [(row["interval_start"][11:16], row["offered"]) for row in results(tmp_path) if row["revision"] == 2]
    assert corrected == [("09:00", 2)]
    (tmp_path / "history.db").unlink()
    _, out, _ = replay("--json-summary")
    assert json.loads(out[-1])["corrections"] == 0


def test_the_same_replay_twice_leaves_one_history(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path
) -> None:
    """History is idempotent: a second replay of the same files adds nothing."""
    replay()
    before = results(tmp_path)
    assert replay()[0] == 0
    assert results(tmp_path) == before


def test_too_many_bad_rows_end_with_1(replay: Callable[..., tuple[int, list[str], str]]) -> None:
    """`--max-bad` allows so many dead letters and no more; the history is written either way."""
    assert replay("--max-bad", "2")[0] == 0
    assert replay("--max-bad", "1")[0] == 1


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        ({"source": "calls=gone.csv"}, "gone.csv"),
        ({"source": "nobody=calls.csv"}, "nobody"),
        ({"source": "calls"}, "--source calls"),
        ({"config": "gone.yaml"}, "gone.yaml"),
        ({"config": "broken.yaml"}, "broken.yaml"),
        ({"config": "typo.yaml"}, "grace_second"),
        ({"source": "calls=empty.csv"}, "empty.csv"),
        ({"source": "calls=binary.csv"}, "binary.csv"),
        ({"source": "calls=columns.csv"}, "columns.csv"),
        ({"source": "calls=."}, ""),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path, prepare: dict[str, str], told: str
) -> None:
    """Missing, empty, binary, wrong column, wrong configuration: one line that names the thing, and no traceback."""
    (tmp_path / "broken.yaml").write_text("site: [unclosed", encoding="utf-8")
    (tmp_path / "typo.yaml").write_text("site: {grace_second: 300}\n", encoding="utf-8")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "columns.csv").write_text("id,line\n1,2\n", encoding="utf-8")
    code, out, err = replay(**prepare)
    assert (code, out) == (2, [])
    assert told in err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    assert not results(tmp_path) if (tmp_path / "history.db").exists() else True


@pytest.mark.parametrize(
    "more", [["--until", "tomorrow"], ["--history", "nosql://x"], ["--max-bad", "-1"], ["--nonsense"]]
)
def test_a_wrong_option_is_one_line_and_exit_2(
    replay: Callable[..., tuple[int, list[str], str]], more: list[str]
) -> None:
    """An option that cannot be used is named."""
    code, _, err = replay(*more)
    assert code == 2
    assert len(err.splitlines()) == 1


def test_two_files_of_one_name_are_told_apart(
    replay: Callable[..., tuple[int, list[str], str]], tmp_path: Path
) -> None:
    """January's and February's calls.csv are january/calls.csv and february/calls.csv in sources and dead letters."""
    for number, month in enumerate(("january", "february")):
        (tmp_path / month).mkdir()
        row = f"a{number},sales,2026-03-02T09:1{number}:00Z,answered,5,,\nz,sales,yesterday,answered,5,,\n"
        (tmp_path / month / "calls.csv").write_text(HEADER + row, encoding="utf-8")
    assert replay(source="calls=january/calls.csv,february/calls.csv")[0] == 0
    [row] = results(tmp_path)
    assert row["sources"] == "february/calls.csv:1-1;january/calls.csv:1-1"
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store, store.reading() as reader:
        names = [letter["topic"] for batch in reader.dead_letters() for letter in batch]
    assert sorted(names) == ["february/calls.csv", "january/calls.csv"]


@pytest.mark.parametrize(("edge", "equal"), [("right", 6720), ("left", 6548)])
def test_the_published_arrivals_of_february_come_out(shared_data: Path, tmp_path: Path, edge: str, equal: int) -> None:
    """A bank's 33,344 calls of February 1999 give the published arrivals in all 6,720 six-minute bins.

    They are closed on the right (docs/concepts/intervals.md#where-intervals-lie); closed on the left, 6,548 bins agree.
    """
    config = tmp_path / "bank.yaml"
    config.write_text(FIXTURE.read_text(encoding="utf-8").replace("interval_closed: right", f"interval_closed: {edge}"))
    history = f"sqlite:///{tmp_path / 'history.db'}"
    file = shared_data / "anonymous_bank" / "february.txt"
    assert run(["replay", "--config", str(config), "--source", f"calls={file}", "--history", history]) == 0
    counted: Counter[tuple[str, int]] = Counter()
    with Store(history) as store:
        for batch in store.results():
            for row in batch:
                local = datetime.fromisoformat(row["interval_start_local"])
                counted[local.date().isoformat(), (local.hour * 60 + local.minute) // 6 + 1] += row["offered"]
    with (shared_data / "anonymous_bank" / "february_6min_arrivals.csv").open(encoding="utf-8", newline="") as lines:
        published = {(row["Date"], int(row["u"])): int(row["calls"]) for row in csv.DictReader(lines)}
    assert len(published) == 6720
    assert sum(counted[bin_] == calls for bin_, calls in published.items()) == equal
    assert sum(counted.values()) == 33344

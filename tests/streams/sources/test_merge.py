"""Several files as one feed: order of the merge, names, twin hours."""

from pathlib import Path

import pytest
from engine import at, contact, snapshot

from config.errors import UserError
from config.settings import Configuration, load
from streams import admission, records
from streams.records import Record, Snapshot
from streams.sources.merge import QueueFeed, parse_inputs, read_feed

CONFIG = """\
site: {timezone: Europe/Madrid, interval_minutes: 60}
sources:
  acd:
    format: csv
    record: interval
    interval_minutes: 60
    columns: {queue: queue, interval_start: {column: start, format: "%Y-%m-%d %H:%M"}, offered: offered}
  acd_winter:
    format: csv
    record: interval
    interval_minutes: 60
    on_ambiguous: second
    columns: {queue: queue, interval_start: {column: start, format: "%Y-%m-%d %H:%M"}, offered: offered}
  agents:
    format: csv
    record: agent_state
    columns: {agent: agent, since: since, state: state, queues: queues}
"""
NOW = at("2026-12-01T00:00")


@pytest.fixture
def centre(tmp_path: Path) -> Configuration:
    """A configuration with two sources."""
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return load([tmp_path / "config.yaml"])


def feed_of(*given: Record) -> QueueFeed:
    """Records in file order."""
    return QueueFeed(list(given), list(range(1, len(given) + 1)), [0] * len(given))


def test_records_are_merged_by_event_time_then_type_then_row() -> None:
    """Ties: plan, agent state, evaluation, interval, contact; of one type the earlier row."""
    checks = [records.Check("a", "business", True)]
    call, other = contact("a", "10:00"), contact("b", "10:00")
    half = snapshot("09:30")
    sheet = admission.admit_evaluation("e", at("09:00"), at("10:00"), None, checks, None, None, None, None, None)
    state = admission.admit_agent_state("x", at("10:00"), "wrap", ["q"], 0, None, None, None, None)
    plan = admission.admit_plan("v", at("10:00"), at("11:00"), None, 1_800_000, 1.0, None, None, None)
    early = contact("c", "09:59:59.999")
    merged = list(feed_of(call, half, other, sheet, state, early, plan).merged())
    assert [record for block in merged for record in block.records] == [early, plan, state, sheet, half, call, other]
    assert [row for block in merged for row in block.rows] == [6, 7, 5, 4, 2, 1, 3]


def test_as_arrived_keeps_the_files_order() -> None:
    """Nothing is moved, corrections included."""
    given = [contact("a", "10:00"), contact("b", "09:00")]
    assert [record for block in feed_of(*given).arrived() for record in block.records] == given


def test_a_block_is_of_one_input_and_counts_its_rows_or_does_not() -> None:
    """Records that follow each other stay together as far as they share their file and the sign of their rows."""
    given: list[Record] = [contact(str(at), f"10:{at % 60:02}") for at in range(2_500)]
    mixed = QueueFeed(given[:7], [1, 2, -3, 0, 5, 6, 7], [0, 0, 0, 0, 0, 1, 1])
    assert [(list(block.rows), block.place) for block in mixed.arrived()] == [
        ([1, 2], 0),
        ([-3, 0], 0),
        ([5], 0),
        ([6, 7], 1),
    ]
    assert [len(block.records) for block in feed_of(*given).arrived()] == [1000, 1000, 500]
    assert list(QueueFeed().merged()) == []


def test_a_row_that_goes_to_several_queues_counts_once(tmp_path: Path, centre: Configuration) -> None:
    """Its first delivery carries the row's number, the others its negative; the next row counts anew."""
    text = "agent,since,state,queues\nana,2026-03-02T09:00:00Z,wrap,a;b;c\nana,2026-03-02T10:00:00Z,wrap,a;b;c\n"
    (tmp_path / "agents.csv").write_text(text, encoding="utf-8")
    feed = read_feed(centre, parse_inputs(centre, [f"agents={tmp_path / 'agents.csv'}"]), NOW)
    assert (feed.read, feed.filtered) == (2, 0)
    assert {queue: one.rows for queue, one in feed.queues.items()} == {"a": [1, 2], "b": [-1, -2], "c": [-1, -2]}


def test_a_twin_hour_is_covered_unless_a_file_has_it(tmp_path: Path, centre: Configuration) -> None:
    """The repeated hour of 2026-10-25 stands once in a file: its twin is covered, unless another file has it."""
    rows = "queue,start,offered\nsales,2026-10-25 01:00,5\nsales,2026-10-25 02:00,6\nsales,2026-10-25 03:00,7\n"
    (tmp_path / "one.csv").write_text(rows, encoding="utf-8")
    feed = read_feed(centre, parse_inputs(centre, [f"acd={tmp_path / 'one.csv'}"]), NOW)
    given = feed.queues["sales"]
    twins = [record for record in given.records if isinstance(record, Snapshot) and record.twin_ms is not None]
    first, second = at("2026-10-25T00:00"), at("2026-10-25T01:00")
    assert [(twin.start_ms, twin.offered, twin.twin_ms) for twin in twins] == [
        (first, 6, second),
        (second, None, first),
    ]
    assert (feed.read, given.rows) == (3, [1, 2, 3, -2])
    # The hour after the clock change, from a file that takes such hours for the second of the two.
    (tmp_path / "two.csv").write_text("queue,start,offered\nsales,2026-10-25 02:00,8\n", encoding="utf-8")
    sources = [f"acd={tmp_path / 'one.csv'}", f"acd_winter={tmp_path / 'two.csv'}"]
    for options in (sources, sources[::-1]):
        both = read_feed(centre, parse_inputs(centre, options), NOW)
        counts = {
            record.start_ms: record.offered for record in both.queues["sales"].records if type(record) is Snapshot
        }
        assert len(both.queues["sales"].records) == 4
        assert (counts[at("2026-10-25T00:00")], counts[at("2026-10-25T01:00")]) == (6, 8)


def test_files_are_called_by_their_names(centre: Configuration) -> None:
    """Without folders, so that hosts agree; with as many as tell two files apart."""
    inputs = parse_inputs(centre, ["acd=/data/mon/a.csv,/data/tue/a.csv,/data/tue/b.csv", "agents=-"])
    assert [given.name for given in inputs] == ["mon/a.csv", "tue/a.csv", "b.csv", "-"]
    assert [given.source.name for given in inputs] == ["acd", "acd", "acd", "agents"]


@pytest.mark.parametrize("option", ["acd", "acd=", "=file.csv", "nobody=file.csv"])
def test_an_option_that_names_no_source_and_file_is_refused(centre: Configuration, option: str) -> None:
    """The fault names the option, and the sources there are."""
    with pytest.raises(UserError, match="--source"):
        parse_inputs(centre, [option])

"""Files of every format, whole and torn: no row is lost, and a worker behind `ingest` says what `replay` says."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from format_samples import CONFIGURATION, SAMPLES, TEARS, Sample, torn
from topic_runs import Topic, ingested, lived, replayed, sent

from agents.replay import replay
from agents.summary import Summary
from config.errors import UserError
from config.settings import Configuration, load
from config.timestamps import from_rfc3339
from streams.codec import decode_with_sources
from streams.history.store import Store
from streams.source_words import Feed as Word
from streams.source_words import RefusedRow
from streams.sources.merge import Feed, Input, parse_inputs, read_feed
from streams.sources.speech import CALL_DATA

NOW: Final = from_rfc3339("2026-03-04T00:00:00Z")
SEEDS: Final = range(1)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """A source of each format."""
    folder = tmp_path_factory.mktemp("centre")
    (folder / "members.csv").write_text("".join(f"u-{n},Sales\n" for n in range(6)), encoding="utf-8")
    (folder / "monitor.yaml").write_text(json.dumps(CONFIGURATION), encoding="utf-8")
    return load((folder / "monitor.yaml",))


def read_or_fault(centre: Configuration, inputs: Sequence[Input]) -> tuple[Feed | None, str]:
    """The records of files, or why they cannot be read at all."""
    try:
        return read_feed(centre, inputs, NOW), ""
    except UserError as error:
        return None, str(error)


def counted(summary: Summary) -> int:
    """The sum that is to be the number of rows read."""
    return (
        summary.records_filtered
        + summary.records_accepted
        + summary.records_duplicate
        + summary.records_restated
        + summary.records_dead_lettered
    )


def words_of(topic: Topic) -> tuple[list[Word], list[tuple[str, RefusedRow]], set[str | None]]:
    """The `feed` and `rejected` records of a topic, and the sources that its call data names."""
    feeds: list[Word] = []
    refused: list[tuple[str, RefusedRow]] = []
    named: set[str | None] = set()
    for key, value in topic.messages:
        queue = "" if key is None else key.decode()
        (records, _, rejected), sources = decode_with_sources(value, queue, 1_800_000, 5000, NOW)
        assert not rejected
        for record, source in zip(records, sources, strict=True):
            if isinstance(record, Word):
                feeds.append(record)
            elif isinstance(record, RefusedRow):
                refused.append((queue, record))
            elif type(record) in CALL_DATA:
                named.add(source)
    return feeds, refused, named


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_whole_file_gives_all_its_rows(centre: Configuration, sample: Sample, tmp_path: Path) -> None:
    """None is refused; call data names its source, which says how far it has spoken."""
    option = torn(sample, "whole", random.Random(0), tmp_path)
    files = read_feed(centre, parse_inputs(centre, [option]), NOW)
    assert (files.read, files.bad_rows) == (sample.rows, [])
    topic, summary = ingested(centre, files)
    assert counted(summary) == sample.rows
    feeds, refused, named = words_of(topic)
    assert (named, {feed.source for feed in feeds}) == (({sample.source},) * 2 if named else (set(), set()))
    assert not refused
    events = [feed.through_ms for feed in feeds]
    assert events == sorted(events)


@pytest.mark.parametrize("tear", [*TEARS])
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_torn_file_loses_nothing(centre: Configuration, sample: Sample, tear: str, tmp_path: Path) -> None:
    """Read = filtered + accepted + duplicate + restated + dead-lettered; or the file is refused whole, in one line.

    A row that was refused, and whose queue and instant were read, is told to its queue. A worker refuses nothing that
    `ingest` sends, but for what no single row shows; its results are those of `replay`, merged or as the rows arrived.
    """
    for seed in SEEDS if tear != "whole" else [0]:
        folder = tmp_path / str(seed)
        folder.mkdir()
        inputs = parse_inputs(centre, [torn(sample, tear, random.Random(seed), folder)])
        files, fault = read_or_fault(centre, inputs)
        assert "\n" not in fault
        if files is None:
            continue
        placed = [bad for _, bad in files.bad_rows if bad.queue in files.queues and (bad.at_ms or NOW) < NOW]
        for as_arrived in (False, True):
            topic, summary = sent(centre, inputs, NOW) if as_arrived else ingested(centre, files)
            assert counted(summary) == summary.records_read == files.read
            assert len(topic.letters) == len(files.bad_rows)
            _, refused, _ = words_of(topic)
            assert len([queue for queue, _ in refused if queue in files.queues]) >= len(placed)
            results, letters = lived(centre, topic.messages, NOW)
            assert not [letter for letter in letters if not letter.startswith("too_")]
            assert results == replayed(
                centre, read_feed(centre, inputs, NOW, as_arrived=as_arrived), as_arrived=as_arrived
            )
            with Store(f"sqlite:///{folder}/{as_arrived}.db") as store:
                feed = read_feed(centre, inputs, NOW, as_arrived=as_arrived)
                whole = replay(centre, feed, store, NOW, as_arrived=as_arrived)
            assert counted(whole) == whole.records_read == files.read


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.endswith(".gz")])
def test_a_packed_file_that_is_cut_off_keeps_what_stands_before(
    centre: Configuration, name: str, tmp_path: Path
) -> None:
    """Rows before the cut count, one dead letter says that it is there, and each row is accounted for."""
    sample = SAMPLES[name]
    file = tmp_path / sample.name
    for share in (0.6, 0.9):
        file.write_bytes(sample.content[: int(len(sample.content) * share)])
        files = read_feed(centre, parse_inputs(centre, [f"{sample.source}={file}"]), NOW)
        told = [bad for _, bad in files.bad_rows if "no complete gzip file" in bad.reason]
        assert len(told) == 1
        assert files.read == files.filtered + files.accepted.total() + len(files.bad_rows)
        whole = read_feed(centre, parse_inputs(centre, [torn(sample, "whole", random.Random(0), tmp_path)]), NOW)
        for queue, given in files.queues.items():
            # A call that is cut off has not ended yet.
            assert len(given.records) <= len(whole.queues[queue].records)
        assert 0 < files.accepted.total() < sample.rows


@pytest.mark.parametrize("source", ["csv", "german", "jsonl", "days", "pbx", "connect_agents", "hsplit", "report"])
@pytest.mark.parametrize("fault", [b"\x81", b"\0\0\0"], ids=["byte", "hole"])
def test_one_bad_byte_costs_its_row_alone(centre: Configuration, source: str, fault: bytes, tmp_path: Path) -> None:
    """A line of the middle is refused, and all others give what they give without it."""
    sample = SAMPLES[f"{source} sample"]
    lines = sample.content.splitlines(keepends=True)
    at = len(lines) * 3 // 4 if source != "pbx" else len(lines) - 1
    file = tmp_path / sample.name
    file.write_bytes(b"".join([*lines[:at], lines[at][:-3] + fault + lines[at][-3:], *lines[at + 1 :]]))
    files = read_feed(centre, parse_inputs(centre, [f"{source}={file}"]), NOW)
    file.write_bytes(b"".join([*lines[:at], *lines[at + 1 :]]))
    without = read_feed(centre, parse_inputs(centre, [f"{source}={file}"]), NOW)
    assert len(files.bad_rows) == 1
    assert {queue: given.records for queue, given in files.queues.items()} == {
        queue: given.records for queue, given in without.queues.items()
    }

"""JSON lines to records: of a feed's own keys, compressed, followed; refused where columns cannot be meant."""

import gzip
from pathlib import Path
from threading import Thread

import pytest
from sources import shared

from config.errors import UserError
from streams.records import Contact, Snapshot
from streams.sources.batch import Batch
from streams.sources.registry import open_source
from streams.sources.source_format import ReadContext

CONTEXT = ReadContext("UTC", lambda _queue, _program: 1_800_000, lambda _queue: 5000, lambda: 1_800_000_000_000)
CONTACTS = (
    '{"type": "contact", "contact_id": "c1", "queue": "q", "offered_at": "2026-03-02T09:00:00Z", "outcome": "answered",'
    ' "wait_seconds": 16.2, "talk_seconds": 60}\n'
)


def batch(path: Path, **raw: object) -> Batch:
    """Everything in a file, as one batch."""
    whole = Batch()
    for part in open_source(shared(format="jsonl", **raw)).reader.read(str(path), CONTEXT):
        whole.queues += part.queues
        whole.records += part.records
        whole.dead += part.dead
        whole.read += part.read
        whole.filtered += part.filtered
    return whole


def test_the_record_s_own_keys_need_no_mapping(tmp_path: Path) -> None:
    """Messages as the stream has them, plain or compressed; a number has one reading."""
    path = tmp_path / "c.jsonl.gz"
    path.write_bytes(gzip.compress((CONTACTS + "nonsense\n").encode()))
    found = batch(path, record="contact")
    (record,) = found.records
    assert isinstance(record, Contact)
    assert (record.wait_ms, record.talk_ms, len(found.dead), found.read) == (16_200, 60_000, 1, 2)


def test_columns_name_keys(tmp_path: Path) -> None:
    """Nested keys, epoch numbers, filters and sums as in any file; a text of two readings is still one."""
    path = tmp_path / "i.jsonl"
    path.write_text(
        '[{"q": {"n": "sales"}, "t": 1772442000, "a": 4, "b": 1, "w": 1.204, "k": "x"}, {"k": "y"}]\n'
        '{"q": {"n": "sales"}, "t": 1772443800, "a": 4, "b": 1, "w": "1.204", "k": "x"}\n'
    )
    found = batch(
        path,
        record="interval",
        where_not={"k": ["y"]},
        columns={
            "queue": "q.n",
            "interval_start": {"column": "t", "format": "epoch"},
            "offered": {"sum": ["a", "b"]},
            "wait_seconds": "w",
        },
    )
    (record,) = found.records
    assert isinstance(record, Snapshot)
    assert (record.start_ms, record.offered, record.wait_ms) == (1772442000000, 5, 1204)
    assert (found.read, found.filtered, len(found.dead)) == (3, 1, 1)
    assert "1204 (thousands" in found.dead[0].reason


def test_a_file_that_grows_is_followed(tmp_path: Path) -> None:
    """Each line is handed on as it is completed."""
    path = tmp_path / "c.jsonl"
    path.write_text(CONTACTS + CONTACTS[:20])
    batches = open_source(shared(format="jsonl", record="contact")).reader.read(
        str(path), CONTEXT._replace(follow=True)
    )
    assert next(batches).accepted == 1

    def write() -> None:
        with path.open("a") as stream:
            stream.write(CONTACTS[20:])

    Thread(target=write).start()
    assert next(one for one in batches if one.read).accepted == 1


def test_a_key_of_delimited_text_is_refused() -> None:
    """JSON has no header and no delimiter."""
    with pytest.raises(UserError, match=r"unknown key 'delimiter'"):
        open_source(shared(format="jsonl", record="contact", delimiter=";"))

"""Files of objects: followed as they grow, standard input, encodings."""

import gzip
import io
import json
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cloud_objects import connect_record, context, read_whole
from sources import shared

from config.errors import UserError
from streams.sources import following
from streams.sources.batch import Batch
from streams.sources.registry import open_source


def test_standard_input_may_be_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads it, whatever it holds."""
    for content in (
        json.dumps([connect_record("c1")]).encode(),
        gzip.compress(json.dumps(connect_record("c1")).encode()),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert read_whole("-", format="amazon_connect", record="contact").read == 1


def test_an_encoding_is_heeded_and_its_faults_cost_their_object(tmp_path: Path) -> None:
    """Other encodings are read by name; UTF-16 without its name is told; a stray byte costs its object."""
    file = tmp_path / "records"
    file.write_bytes(json.dumps(connect_record("c1"), ensure_ascii=False).encode("utf-16"))
    assert read_whole(file, format="amazon_connect", record="contact", encoding="utf-16").read == 1
    with pytest.raises(UserError, match="set encoding: utf-16"):
        read_whole(file, format="amazon_connect", record="contact")
    lines = [json.dumps(connect_record(name)).encode() for name in ("c1", "c2")]
    file.write_bytes(lines[0].replace(b"quoted", b"qu\xffted") + b"\n" + lines[1])
    batch = read_whole(file, format="amazon_connect", record="contact")
    assert batch.rows == [2]
    assert batch.dead[0].reason == "object: holds bytes that are none of its encoding; set encoding"


class Follower:
    """Follows a file in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.batches: list[Batch] = []
        self.reader = open_source(shared(format="amazon_connect", record="contact")).reader
        Thread(target=self._follow, args=(str(path),), daemon=True).start()

    def _follow(self, path: str) -> None:
        for batch in self.reader.read(path, context()._replace(follow=True)):
            self.batches.append(batch)

    @property
    def ids(self) -> list[Any]:
        """Contacts so far."""
        return [record.contact_id for batch in self.batches for record in batch.records]  # type: ignore[union-attr]

    def wait(self, *ids: str, dead: int = 0) -> None:
        """Wait until these contacts and so many dead letters have come."""
        until = time.monotonic() + 20
        while (self.ids, sum(len(batch.dead) for batch in self.batches)) != ([*ids], dead):
            assert time.monotonic() < until, (self.ids, self.batches)
            time.sleep(0.01)


def test_a_file_is_followed_object_by_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each object comes when it is complete; what a file left open is told when another takes its place."""
    monkeypatch.setattr(following, "_POLL_SECONDS", 0.005)
    file = tmp_path / "records"
    text = json.dumps(connect_record("c1"))
    file.write_text(text, encoding="utf-8")
    follower = Follower(file)
    follower.wait("c1")
    with file.open("a", encoding="utf-8") as more:
        more.write(json.dumps(connect_record("c2")) + json.dumps(connect_record("c3"))[:100])
    follower.wait("c1", "c2")
    file.rename(tmp_path / "records.1")
    file.write_text(json.dumps(connect_record("c4")), encoding="utf-8")
    follower.wait("c1", "c2", "c4", dead=1)


def test_a_folder_is_not_followed(tmp_path: Path) -> None:
    """It is refused in one line."""
    reader = open_source(shared(format="amazon_connect", record="contact")).reader
    with pytest.raises(UserError, match="is a folder, and only a file can be followed"):
        next(reader.read(str(tmp_path), context()._replace(follow=True)))

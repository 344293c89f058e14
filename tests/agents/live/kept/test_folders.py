"""Folders of objects: each object is an input of its own."""

import gzip
from pathlib import Path

import pytest
from sources import shared

from agents.live.kept.folders import objects_of
from config.errors import UserError
from streams.sources.merge import Input
from streams.sources.registry import open_source

CONNECT = {"format": "amazon_connect", "record": "contact"}


def given(path: Path, **source: str) -> Input:
    """An input of a source at a path."""
    return Input(open_source(shared(**source)), str(path), path.name)


def test_objects_with_something_in_them_are_inputs(tmp_path: Path) -> None:
    """In the order of their paths, and named by them; hidden ones and those without content are left out."""
    day = tmp_path / "ctr" / "2026" / "03" / "02"
    day.mkdir(parents=True)
    (day / "b").write_bytes(b"{}")
    (day / "a.gz").write_bytes(gzip.compress(b"{}"))
    (day / "empty.gz").write_bytes(gzip.compress(b"\n"))
    (day / "folder_mark").touch()
    (day / ".part").write_bytes(b"{}")
    (day / "torn.gz").write_bytes(gzip.compress(b"{}" * 99)[:-9])
    found = list(objects_of(given(tmp_path / "ctr", **CONNECT)))
    assert [one.name for one in found] == [f"ctr/2026/03/02/{name}" for name in ("a.gz", "b", "torn.gz")]
    assert [one.path for one in found] == [str(day / name) for name in ("a.gz", "b", "torn.gz")]


def test_a_folder_without_files_is_said(tmp_path: Path) -> None:
    """It may not have been copied yet."""
    with pytest.raises(UserError, match="has no file in it"):
        list(objects_of(given(tmp_path, **CONNECT)))


def test_files_and_formats_of_files_are_left_alone(tmp_path: Path) -> None:
    """A file is its own input, and so is a folder where the format reads none: its reader says so."""
    one = given(tmp_path / "calls", **CONNECT)
    folder = given(tmp_path, format="queue_log")
    assert (list(objects_of(one)), list(objects_of(folder))) == ([one], [folder])

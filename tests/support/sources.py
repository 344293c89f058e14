"""Sources as tests write them: plain values instead of YAML."""

from typing import Any

from config.sources.settings import SourceSettings, read_source
from config.yaml import Node
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.formats.csv import CsvReader
from streams.sources.registry import open_source

__all__ = ["delimited", "node", "shared"]


def node(raw: Any, file: str, path: str) -> Node:
    """A plain value as the node that a file would give, in line 1."""
    if isinstance(raw, dict):
        entries = {key: node(value, file, f"{path}.{key}") for key, value in raw.items()}
        return Node(file, path, 1, entries)
    if isinstance(raw, list):
        return Node(file, path, 1, [node(value, file, f"{path}[{at}]") for at, value in enumerate(raw)])
    return Node(file, path, 1, raw, "null" if raw is None else str(raw).lower() if isinstance(raw, bool) else str(raw))


def shared(name: str = "acd", *, file: str = "m.yaml", **raw: Any) -> SourceSettings:
    """The settings that all formats share, of a source given by its keys."""
    return read_source(name, node(raw, file, f"sources.{name}"))


def delimited(name: str = "acd", *, file: str = "m.yaml", **raw: Any) -> DelimitedSource:
    """A delimited source given by its keys, as its reader has it."""
    reader = open_source(shared(name, file=file, **raw)).reader
    assert isinstance(reader, CsvReader)
    return reader.source

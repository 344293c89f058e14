"""A source added to the text of a configuration: every other byte of the file stays as it is.

A file that people write has an order, comments and alignment of its own. Writing it anew from its values would lose
them, so the new lines are put between the old ones, and the result is read again before anything is written.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.nodes import Node as RawNode

from config.errors import UserError
from config.yaml import compose, parse_yaml

__all__ = ["replace_file", "with_source"]

_INDENT: Final = "  "
_KEY: Final = "sources"


def with_source(text: str, file: str, name: str, lines: Sequence[str]) -> str:
    """The text of a configuration with one more source.

    Args:
        text: the configuration.
        file: its name for messages.
        name: the source's, as YAML.
        lines: the source's keys as YAML, the first ones without indentation.

    Raises:
        UserError: the text is none of YAML, has a source of this name, or is written so that lines cannot be added.
    """
    before = parse_yaml(text, file).plain()
    root = compose(text, file)
    assert isinstance(root, MappingNode)  # noqa: S101 - it was parsed
    assert isinstance(before, dict)  # noqa: S101 - as above
    known = before.get(_KEY) or {}
    added = parse_yaml("\n".join([f"{name}:", *(_INDENT + line for line in lines)]), file).plain()
    assert isinstance(added, dict)  # noqa: S101 - its only key is the name
    (key,) = added
    if isinstance(known, dict) and key in known:
        raise UserError(f"{file}: sources: has a source {name} already; give the new one another name with --name")
    after = _inserted(text, root, name, lines)
    wanted = {**before, _KEY: {**(known if isinstance(known, dict) else {}), **added}}
    if after is None or parse_yaml(after, file).plain() != wanted:
        raise UserError(f"{file}: is written so that nothing can be added safely; put the source there by hand")
    return after


def _inserted(text: str, root: MappingNode, name: str, lines: Sequence[str]) -> str | None:
    """The text with the source in it, not looked at yet; None where there is no place for lines."""
    end = "\r\n" if "\r\n" in text else "\n"
    if root.flow_style:
        return None
    found: tuple[RawNode, RawNode] | None = next((pair for pair in root.value if pair[0].value == _KEY), None)
    if found is None:
        head = text if text.endswith("\n") or not text else text + end
        return head + end.join([f"{_KEY}:", *_block(name, lines, _INDENT), ""])
    key, value = found
    if isinstance(value, ScalarNode) or (isinstance(value, MappingNode) and value.flow_style and not value.value):
        return _instead_of_nothing(text, key, value, end.join(["", *_block(name, lines, _INDENT)]))
    if not isinstance(value, MappingNode) or value.flow_style or value.anchor is not None:
        return None
    first = value.value[0][0].start_mark
    line_start = text.rindex("\n", 0, key.end_mark.index + 1) + 1 if "\n" in text[: key.end_mark.index + 1] else 0
    at = text.find("\n", key.end_mark.index) + 1
    if at <= line_start or at > first.index:
        return None
    return text[:at] + end.join([*_block(name, lines, " " * first.column), ""]) + text[at:]


def _instead_of_nothing(text: str, key: RawNode, value: RawNode, block: str) -> str | None:
    """The text with a block in place of an empty value; a comment behind it stays."""
    colon = text.find(":", key.end_mark.index)
    stop = colon + 1 if isinstance(value, ScalarNode) and not value.value else value.end_mark.index
    line_end = text.find("\n", stop)
    line_end = len(text) if line_end < 0 else line_end
    rest = text[stop:line_end].rstrip("\r")
    if rest.strip() and not rest.strip().startswith("#"):
        return None
    tail = text[stop + len(rest) :]
    return text[: colon + 1] + rest + block + (tail or "\n")


def _block(name: str, lines: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}{name}:", *(f"{indent}{_INDENT}{line}" for line in lines)]


def replace_file(path: Path, text: str) -> None:
    """Write a file as a whole or not at all; one that is there keeps its rights, a link leads where it led.

    Raises:
        UserError: it cannot be written.
    """
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode())
                stream.flush()
                os.fsync(stream.fileno())
            part.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}; look at its folder") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""A reader of YAML whose every message names the path and line of the fault.

A plain safe load drops line numbers and quotes, and YAML 1.1 turns `08:00` into 480, `on` into true and `911_10` into
91110. So ruamel.yaml composes the text into a tree, and scalars are resolved by the core schema of YAML 1.2 alone
(dates and timestamps stay text). Each node keeps its path and line for the messages of its readers.
"""

import difflib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as RawNode
from ruamel.yaml.resolver import BaseResolver
from ruamel.yaml.scanner import Scanner

from config.errors import UserError

__all__ = ["Node", "Scalar", "compose", "nearest", "parse_yaml", "read_yaml"]

Scalar = str | int | float | bool | None

_MAX_DEPTH: Final = 40
_MAX_NODES: Final = 500_000  # aliases of aliases multiply; no real configuration comes near
_TAG: Final = "tag:yaml.org,2002:"
_BLANK: Final = "\0 \t\r\n\x85\u2028\u2029"
_BRACKETS: Final = ",[]{}"
_NULL: Final = re.compile(r"(?:~|null|Null|NULL|)$")
_BOOL: Final = re.compile(r"(?:true|True|TRUE|false|False|FALSE)$")
_INT: Final = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT: Final = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


class _CoreResolver(BaseResolver):
    """The core schema of YAML 1.2 (section 10.3), whatever version the document claims."""

    def __init__(self, version: object = None, loader: object = None) -> None:  # noqa: ARG002  ruamel passes both
        super().__init__(loader)

    @property
    def processing_version(self) -> tuple[int, int]:
        """The version ruamel.yaml's scanner asks for."""
        return (1, 2)


for _kind, _pattern in (("null", _NULL), ("bool", _BOOL), ("int", _INT), ("float", _FLOAT)):
    _CoreResolver.add_implicit_resolver_base(_TAG + _kind, _pattern, None)


class _CoreScanner(Scanner):
    """ruamel.yaml's scanner, corrected to read `[?0]` and `{a: :0}` as YAML 1.2 (section 7.3.3) and its own writer do.

    The original takes every `?` inside brackets for the mark of a key, and the second `:` for the mark of a value.
    """

    def check_key(self) -> bool:
        """Whether the `?` at hand marks a key, that is, a blank or the end of a value follows."""
        following = self.reader.peek(1)
        return following in _BLANK or (bool(self.flow_level) and following in _BRACKETS)

    def check_value(self) -> bool:
        """Whether the `:` at hand marks a value; right after another such mark it begins a text."""
        if not super().check_value():
            return False
        if not self.flow_level or self.reader.peek(1) in _BLANK + _BRACKETS:
            return True
        text: str = self.reader.buffer
        before = self.reader.pointer - 1
        while before >= 0 and text[before] in _BLANK:
            before -= 1
        return before < 0 or text[before] != ":"

    def check_plain(self) -> bool:
        """Whether a text without quotes begins here."""
        return super().check_plain() or (bool(self.flow_level) and self.reader.peek() == "?" and not self.check_key())


def nearest(name: str, known: Collection[str]) -> str:
    """The hint `; did you mean "…"?` with the known name nearest to `name`; empty where none is near."""
    match = difflib.get_close_matches(name, known, n=1, cutoff=0.55)
    return f'; did you mean "{match[0]}"?' if match else ""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a configuration file, with its path and line.

    Its readers return the value in the type asked for, or raise a `UserError` that names file, path and line, the
    value found and the values allowed.
    """

    file: str
    path: str
    """Path of the key, `programs[0].queues[2].id`; empty at the root."""
    line: int
    value: "Scalar | list[Node] | dict[Scalar, Node]"
    source: str = ""
    """A scalar as it was written: 010 is the number 10."""

    @property
    def where(self) -> str:
        """File and path, for readers that word their own messages."""
        return f"{self.file}: {self.path}" if self.path else self.file

    def fault(self, message: str) -> UserError:
        """The error to raise for this node; `message` says what was found and what to do."""
        return UserError(f"{self.where} (line {self.line}): {message}")

    def wrong(self, allowed: str) -> UserError:
        """The error for a value that is not what is `allowed` here."""
        return self.fault(f"found {self.found}; allowed: {allowed}")

    def unknown(self, key: str, known: Collection[str], kind: str = "key") -> UserError:
        """The error for a `key`, whose value this is, that is not among the `known` ones."""
        return self.fault(f"unknown {kind} {key!r}{nearest(key, known) or ';'} allowed: {', '.join(known)}")

    @property
    def found(self) -> str:
        """The value in words, short enough for a message."""
        match self.value:
            case None:
                return "nothing (null)"
            case bool():
                return self.source
            case int() | float():
                return f"the number {self.source[:40]}"
            case str() as text:
                return f"the text {text!r}" if len(text) <= 60 else f"the text {text[:60]!r}…"
            case list():
                return "a list"
            case _:
                return "a mapping"

    def fields(
        self, known: Collection[str], elsewhere: Mapping[str, str] | None = None, *, kind: str = "key"
    ) -> "dict[str, Node]":
        """The entries of a mapping whose keys are all among `known`; no value at all counts as an empty mapping.

        `elsewhere` says where other keys belong, `kind` how a message calls a key.
        """
        entries = self.entries(f"a mapping with the keys {', '.join(known)}")
        for key, node in entries.items():
            if key not in known:
                if elsewhere and key in elsewhere:
                    raise node.fault(f"unknown key {key!r} here; it belongs {elsewhere[key]}")
                raise node.unknown(key, known, kind)
        return entries

    def entries(self, allowed: str) -> "dict[str, Node]":
        """The entries of a mapping with free keys, which must be text; no value at all counts as an empty mapping."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.wrong(allowed)
        entries: dict[str, Node] = {}
        for key, node in self.value.items():
            if not isinstance(key, str):
                raise node.fault(f"the key {key!r} is read as a {type(key).__name__}, a name is wanted; quote it")
            entries[key] = node
        return entries

    def items(self, allowed: str) -> "list[Node]":
        """The items of a list; no value at all counts as an empty list."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.wrong(allowed)
        return self.value

    def name(self, allowed: str) -> str:
        """A name: text without blanks at its ends that prints on one line."""
        if isinstance(self.value, bool | int | float):
            raise self.fault(f'found {self.found}, and a name is wanted; quote it: "{self.source}"')
        if not isinstance(self.value, str) or not self.value:
            raise self.wrong(allowed)
        if self.value != self.value.strip() or not self.value.isprintable():
            raise self.wrong(f"{allowed}, without blanks at its ends or control characters")
        return self.value

    def text(self, allowed: str, *, blank: bool = False) -> str:
        """Any text, such as a cell of a file; with `blank` it may be empty."""
        if isinstance(self.value, bool | int | float):
            raise self.fault(f'found {self.found}, and text is wanted; quote it: "{self.source}"')
        if not isinstance(self.value, str) or not (self.value or blank):
            raise self.wrong(allowed)
        return self.value

    def texts(self, allowed: str, *, blank: bool = False) -> tuple[str, ...]:
        """A list of texts that is not empty; one text alone counts as a list of it."""
        if not isinstance(self.value, list):
            return (self.text(allowed, blank=blank),)
        if not self.value:
            raise self.wrong(allowed)
        return tuple(item.text(allowed, blank=blank) for item in self.value)

    def choice(self, options: Collection[str]) -> str:
        """One of a few names."""
        allowed = f"one of {', '.join(options)}"
        text = self.name(allowed)
        if text not in options:
            raise self.wrong(allowed + nearest(text, options).rstrip("?"))
        return text

    def boolean(self) -> bool:
        """True or false; `yes` and `on` are text in YAML 1.2."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def number(self, low: float, high: float, *, above: bool = False) -> float:
        """A number from `low` (or, with `above`, more than it) to `high`; whole numbers stay whole."""
        allowed = f"a number {'above' if above else 'from'} {low:g} {'up ' if above else ''}to {high:g}"
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(allowed)
        if value > high or value < low or (above and value == low):
            raise self.wrong(allowed)
        return value

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not low <= self.value <= high:
            raise self.wrong(f"a whole number from {low} to {high}")
        return self.value

    def plain(self) -> object:
        """The value as plain mappings, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_yaml(path: Path) -> Node:
    """The one document of a YAML 1.2 file in UTF-8, as a tree of nodes.

    Raises:
        UserError: the file is missing, unreadable, empty, not UTF-8, not YAML, or not a mapping; a key stands twice
            in a mapping; a tag asks for a type that is not part of the core schema.
    """
    file = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}; give the path of a YAML file") from None
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise UserError(f"{file}: byte {error.start} (0x{byte:02x}) is not UTF-8; save the file as UTF-8") from None
    return parse_yaml(text, file)


def parse_yaml(text: str, file: str) -> Node:
    """The one document of a text, as `read_yaml`.

    Raises:
        UserError: as there.
    """
    return _root(compose(text, file), file)


def compose(text: str, file: str) -> RawNode:
    """The nodes of the one document of a text, with the places at which they stand.

    Raises:
        UserError: the text is empty or not YAML.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.Resolver = _CoreResolver
    yaml.Scanner = _CoreScanner
    yaml.max_depth = _MAX_DEPTH
    yaml.composer.warn_double_anchors = False  # YAML lets an anchor be set again
    try:
        raw = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise UserError(f"{file}{place}: not valid YAML: {error.problem or error.context}") from None
    except (YAMLError, ValueError) as error:
        raise UserError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    if raw is None or (isinstance(raw, ScalarNode) and not raw.value):
        raise UserError(f"{file}: the file is empty; config/monitor.yaml is an example to start from")
    return raw  # type: ignore[no-any-return]  # ruamel types it as Any


def _root(raw: RawNode, file: str) -> Node:
    root = _Builder(file).build(raw, "")
    if not isinstance(root.value, dict):
        raise root.wrong("a mapping with keys like site, defaults, programs, sources, rules")
    return root


class _Builder:
    """Turns ruamel's nodes into ours, refusing what the core schema has no type for."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.open: set[int] = set()

    def build(self, raw: RawNode, path: str) -> Node:
        line = raw.start_mark.line + 1
        self.count += 1
        if self.count > _MAX_NODES:
            raise UserError(f"{self.file} (line {line}): more than {_MAX_NODES} values once aliases are expanded")
        if id(raw) in self.open:
            raise Node(self.file, path, line, None).fault("an alias that contains itself; write the value out")
        if len(self.open) > _MAX_DEPTH:
            raise UserError(f"{self.file} (line {line}): nested more than {_MAX_DEPTH} deep once aliases are expanded")
        self.open.add(id(raw))
        try:
            if isinstance(raw, MappingNode):
                return self.mapping(raw, path, line)
            if isinstance(raw, SequenceNode):
                self.refuse_tag(raw, "seq", path, line)
                return Node(
                    self.file, path, line, [self.build(item, f"{path}[{i}]") for i, item in enumerate(raw.value)]
                )
            return self.scalar(raw, path, line)
        finally:
            self.open.discard(id(raw))

    def mapping(self, raw: MappingNode, path: str, line: int) -> Node:
        self.refuse_tag(raw, "map", path, line)
        entries: dict[Scalar, Node] = {}
        for raw_key, raw_value in raw.value:
            at = raw_key.start_mark.line + 1
            if not isinstance(raw_key, ScalarNode):
                raise Node(self.file, path, at, None).fault("a mapping or list stands as a key; allowed: a name")
            shown = raw_key.value if raw_key.value.isprintable() else repr(raw_key.value)
            inner = f"{path}.{shown}" if path else shown
            key = self.scalar(raw_key, inner, at).value
            assert not isinstance(key, list | dict)  # noqa: S101  scalar() makes scalars
            if key in entries:
                first = entries[key].line
                raise Node(self.file, inner, at, None).fault(f"the key stands twice, first in line {first}; keep one")
            node = self.build(raw_value, inner)
            # The line of the key, which people look for: a value may lie further down, or at an anchor elsewhere.
            entries[key] = Node(node.file, node.path, at, node.value, node.source)
        return Node(self.file, path, line, entries)

    def scalar(self, raw: RawNode, path: str, line: int) -> Node:
        text = raw.value
        tag = str(raw.tag)
        node = Node(self.file, path, line, text, text)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise node.fault(f"found {text!r}, which holds half a character; write it in UTF-8") from None
        match tag.removeprefix(_TAG):
            case "str":
                return node
            case "null" if _NULL.match(text):
                return Node(self.file, path, line, None, text)
            case "bool" if _BOOL.match(text):
                return Node(self.file, path, line, text.lower() == "true", text)
            case "int" if _INT.match(text) and len(text) <= 40:
                base = {"0o": 8, "0x": 16}.get(text[:2], 10)
                return Node(self.file, path, line, int(text, base), text)
            case "float" if _INT.match(text) or _FLOAT.match(text):
                return Node(self.file, path, line, float(re.sub(r"\.(?=[inIN])", "", text)), text)
        raise node.fault(f"found {node.found} as {tag}; allowed: text, numbers, true, false and null of YAML 1.2")

    def refuse_tag(self, raw: RawNode, kind: str, path: str, line: int) -> None:
        if str(raw.tag) != _TAG + kind:
            raise Node(self.file, path, line, None).fault(f"the tag {raw.tag} is not part of YAML 1.2's core schema")

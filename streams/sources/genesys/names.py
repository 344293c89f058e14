"""Files beside the configuration: names of the ids that Genesys Cloud writes, and who is in which queue."""

import csv
from collections.abc import Mapping
from pathlib import Path

from config.yaml import Node

__all__ = ["read_members", "read_names"]


def read_names(node: Node) -> Mapping[str, str]:
    """The name of each id; a file of two columns, `id,name`, with a header line or without.

    Raises:
        UserError: the file cannot be read, or a line has no id and name, or an id has two names.
    """
    names: dict[str, str] = {}
    for line, (one, name) in _pairs(node, ("id", "name")):
        if names.setdefault(one, name) != name:
            raise node.fault(f"line {line} of {node.value}: {one} is {name} here and {names[one]} before; keep one")
    return names


def read_members(node: Node, names: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The queues of each user's id; a file of two columns, `user,queue`, a line for each queue of a user.

    Args:
        node: the option with the file's path.
        names: names of queues by id; the file may have either.

    Raises:
        UserError: the file cannot be read, or a line has no user and queue.
    """
    members: dict[str, set[str]] = {}
    for _, (user, queue) in _pairs(node, ("user", "queue")):
        members.setdefault(user, set()).add(names.get(queue, queue))
    return {user: tuple(sorted(queues)) for user, queues in members.items()}


def _pairs(node: Node, header: tuple[str, str]) -> list[tuple[int, tuple[str, str]]]:
    path = Path(node.text(f"the path of a file with two columns, {','.join(header)}"))
    beside = Path(node.file).parent / path
    try:
        text = (beside if beside.exists() else path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise node.fault(f"{path}: no such file; give its path as from the configuration's folder") from None
    except UnicodeDecodeError:
        raise node.fault(f"{path}: is not UTF-8; save it so") from None
    except OSError as error:
        raise node.fault(f"{path}: cannot be read: {error.strerror or error}") from None
    pairs = []
    try:
        for line, cells in enumerate(csv.reader(text.splitlines(), strict=True), 1):
            row = [cell.strip() for cell in cells]
            if not any(row) or (line == 1 and tuple(cell.lower() for cell in row) == header):
                continue
            if len(row) != 2 or not all(row):
                raise node.fault(f"line {line} of {path}: is not {header[0]} and {header[1]}, with a comma between")
            pairs.append((line, (row[0], row[1])))
    except csv.Error as error:
        raise node.fault(f"{path}: cannot be read as CSV: {error}") from None
    return pairs

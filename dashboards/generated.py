"""The writing of generated files: Prometheus rules, Alertmanager's routing and Grafana's dashboards.

They are committed, and tests generate them again and compare.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

__all__ = ["to_yaml", "write_files"]


def to_yaml(data: Mapping[str, Any]) -> str:
    """Block YAML with keys in the order given."""
    yaml = YAML()
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write texts to their paths below `folder`, which are made where they are missing.

    Raises:
        OSError: a file or folder cannot be written.
    """
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

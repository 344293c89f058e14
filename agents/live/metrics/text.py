"""The text format of Prometheus: labels escaped, one line a sample."""

from collections.abc import Iterable, Mapping

__all__ = ["Figures", "Value", "head", "label_text", "owner_labels", "samples"]

Figures = Mapping[tuple[str, ...], float]
"""Figures by the values of a family's own labels."""
Value = float | Figures | None
"""A figure (None: not known, so no sample), or several of them."""


def head(name: str, kind: str, text: str) -> str:
    """The two lines before a family's samples."""
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def samples(name: str, labels: str, own: tuple[str, ...], value: Value) -> str:
    """The lines of one value.

    Args:
        name: of the metric.
        labels: of its owner, as `label_text` gives them; empty: none.
        own: names of the labels that the keys of a mapping are values of.
        value: what to show.
    """
    if value is None:
        return ""
    if type(value) is dict:  # asked of thousands of queues, and `isinstance` of a Mapping takes its time
        before = f"{labels}," if labels else ""
        return "".join(
            f"{name}{{{before}{label_text(zip(own, keys, strict=True))}}} {figure}\n" for keys, figure in value.items()
        )
    return f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n"


def owner_labels(program: str, queue: str, channel: str) -> str:
    """The labels of a queue; of a program with the other two empty."""
    return f'program="{_escaped(program)}",queue="{_escaped(queue)}",channel="{_escaped(channel)}"'


def label_text(labels: Iterable[tuple[str, str]]) -> str:
    """Labels as they stand between braces."""
    return ",".join([f'{name}="{_escaped(value)}"' for name, value in labels])


def _escaped(value: str) -> str:
    """A label's value as the text format wants it."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")

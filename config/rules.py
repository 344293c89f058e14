"""The breach rules' parameters: names, defaults, meanings and what a site may set them to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["RuleSettings"]


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """One breach rule as it holds for one queue."""

    on: bool
    severity: str
    """Severity a breach opens with: info, warning or critical."""
    parameters: Mapping[str, float | int | bool | tuple[float, ...] | None] = field(hash=False)

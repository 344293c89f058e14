"""How a file writes numbers: its decimal point, and what groups thousands."""

from dataclasses import dataclass
from typing import Final

__all__ = ["ANY", "APOSTROPHES", "PLAIN", "SPACES", "NumberStyle"]

SPACES: Final = " \u00a0\u2007\u2009\u202f"
"""Blanks that group thousands: the plain one, no-break, figure, thin, and narrow no-break."""
APOSTROPHES: Final = "'\u2019"
"""Apostrophes that group thousands: the straight and the typographic one."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """The marks in a file's numbers."""

    decimal: str | None = None
    """`.` or `,`; None: not said."""
    thousands: str | None = None
    """`.`, `,`, a blank or an apostrophe (of any kind); empty: none; None: not said."""


ANY: Final = NumberStyle()
"""Numbers of a file whose source says nothing of them: they are read where they have one reading."""
PLAIN: Final = NumberStyle(".", "")
"""Numbers as configurations and records write them."""

"""Bytes that are not of an encoding cost their row alone: they become marks in the text, whatever the codec.

Python's own error handler `surrogateescape` has a mark for bytes from 0x80 on only; in UTF-7, or after an escape
sequence of ISO-2022, a byte of ASCII can be the wrong one, and there it gives up.
"""

import codecs
from typing import Final

__all__ = ["ESCAPE", "ESCAPED"]

ESCAPE: Final = "intervalwatch.escape"
"""The error handler's name, for a decoder."""
ESCAPED: Final = (0xDC80, 0xDCFF)
"""The first and the last of the half surrogates that stand for a wrong byte."""


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """The wrong bytes as text: those of ASCII stay, the others become half surrogates; at least one mark.

    Raises:
        UnicodeError: it is not about decoding.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    text = "".join(chr(byte) if byte < 0x80 else chr(0xDC00 + byte) for byte in wrong)
    return (chr(ESCAPED[1]) + text if text.isascii() else text), error.end


codecs.register_error(ESCAPE, _escaped)

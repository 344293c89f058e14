"""Signed links by which an incident is acknowledged out of a message, without a login.

A link is valid until an instant and works once. Opening it shows a form and does nothing else, since mail filters open
links; only the form's answer counts. The key is derived from the wallboard's token, so there is none without a token.
"""

import hashlib
import hmac
from urllib.parse import urlencode

__all__ = ["Signer"]


class Signer:
    """Signs links and checks them.

    Args:
        token: `INTERVALWATCH_TOKEN`.
    """

    def __init__(self, token: str) -> None:
        self._key = hashlib.sha256(f"intervalwatch acknowledge {token}".encode()).digest()

    def path(self, incident_id: str, until_ms: int) -> str:
        """The path of a link.

        Args:
            incident_id: the incident that it acknowledges.
            until_ms: when it ends to be valid, milliseconds since 1970.
        """
        asked = {"incident": incident_id, "until": str(until_ms), "signature": self._sign(incident_id, str(until_ms))}
        return f"/acknowledge?{urlencode(asked)}"

    def mark(self, incident_id: str, until: str, signature: str, now_ms: int) -> str | None:
        """The mark of a link, by which the journal knows that it was used; None: it is not ours, or not valid any more.

        Args:
            incident_id: as the link has it.
            until: likewise.
            signature: likewise.
            now_ms: the clock, milliseconds since 1970.
        """
        right = self._sign(incident_id, until)
        genuine = hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace"))
        if not genuine or not until.isascii() or not until.isdigit() or now_ms >= int(until):
            return None
        return hashlib.sha256(right.encode()).hexdigest()[:32]

    def _sign(self, incident_id: str, until: str) -> str:
        text = f"{incident_id}\n{until}".encode("utf-8", "replace")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:40]

"""The wallboard's own scripts, styles and words: read once, compressed once, and kept by browsers while they hold.

An address has the version of all files in it. A browser that has a file asks for it no more, and a new program has new
addresses. So a wall is drawn after few requests, and never with scripts of two programs.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

__all__ = ["OwnFiles"]

_FOREVER: Final = "public, max-age=31536000, immutable"
_COMPRESSED: Final = {".js", ".css", ".json", ".svg"}


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    packed: bytes | None
    kind: str


class OwnFiles:
    """The handler of `/static`.

    Args:
        contents: the files by name.
    """

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._files = {name: _file(name, content) for name, content in contents.items()}
        names = sorted(contents)
        whole = hashlib.sha256(b"\0".join(part for name in names for part in (name.encode(), contents[name])))
        self.version = whole.hexdigest()[:16]
        """A hash of all files together, as it stands in their addresses."""

    def address(self, name: str) -> str:
        """The path of a file that browsers may keep."""
        return f"/static/{self.version}/{name}"

    def routes(self) -> list[web.RouteDef]:
        """The address of a file with a version, which holds for good, and the one without."""
        return [
            web.get("/static/{version}/{name}", self.handle),
            web.get("/static/{name}", self.handle),
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One file. Under another version's address it is given as well, but browsers do not keep it."""
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(text="there is no such file\n")
        headers = {"Content-Type": found.kind, "Vary": "Accept-Encoding"}
        if request.match_info.get("version") == self.version:
            headers["Cache-Control"] = _FOREVER
        if found.packed is not None and "gzip" in request.headers.get("Accept-Encoding", "").lower():
            return web.Response(body=found.packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=found.plain, headers=headers)


def _file(name: str, content: bytes) -> _File:
    ending = name[name.rfind(".") :]
    kind = "text/javascript" if ending == ".js" else mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = ending in _COMPRESSED
    return _File(
        content,
        gzip.compress(content, mtime=0) if text else None,
        f"{kind}; charset=utf-8" if text else kind,
    )

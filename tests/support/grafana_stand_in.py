"""A stand-in for Grafana: an HTTP server that answers the calls we make as Grafana 11 does, and fails on demand."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["TOKEN", "StandIn", "stand_in"]

TOKEN = "glsa_stand_in"  # noqa: S105 - no secret


class StandIn:
    """A stand-in for Grafana: its contents, the requests it got, and how it is to fail."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: list[dict[str, Any]] = []
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.annotations: dict[int, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        """Method, path and body of every request."""
        self.failures: list[int | float | str] = []
        """The next answers: a status, seconds to sleep before an answer, or text that is no JSON."""
        self.down = 0
        """A status that every request gets; 0: none."""
        self.port = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def changes(self) -> list[tuple[str, str]]:
        """Requests that may change something."""
        return [(method, path) for method, path, _ in self.requests if method != "GET"]

    def answer(  # noqa: C901, PLR0911, PLR0912 - a table of what Grafana answers, call by call
        self, method: str, path: str, body: Any
    ) -> tuple[int, Any]:
        """Status and JSON of a request, as Grafana's HTTP API documents them."""
        address = urlsplit(path)
        match [part for part in address.path.removeprefix("/api/").split("/") if part]:
            case ["folders", uid] if method == "GET":
                return (200, self.folders[uid]) if uid in self.folders else (404, {"message": "folder not found"})
            case ["folders"] if method == "POST":
                if any(folder["title"] == body["title"] for folder in self.folders.values()):
                    return 409, {"message": "a folder with the same name already exists"}
                self.folders[body["uid"]] = {"id": 1, "uid": body["uid"], "title": body["title"], "version": 1}
                return 200, self.folders[body["uid"]]
            case ["folders", uid] if method == "PUT":
                if not body.get("overwrite"):
                    return 412, {"message": "the folder has been changed by someone else", "status": "version-mismatch"}
                self.folders[uid]["title"] = body["title"]
                return 200, self.folders[uid]
            case ["datasources"] if method == "GET":
                return 200, self.sources
            case ["datasources"] if method == "POST":
                if any(source["name"] == body["name"] for source in self.sources):
                    return 409, {"message": "data source with the same name already exists"}
                kept = {name: value for name, value in body.items() if name != "secureJsonData"}
                self.sources.append({"id": len(self.sources) + 1, "readOnly": False, **kept})
                return 200, {"id": len(self.sources), "message": "Datasource added", "name": body["name"]}
            case ["datasources", identity] if method == "PUT":
                source = self.sources[int(identity) - 1]
                source.update({name: value for name, value in body.items() if name != "secureJsonData"})
                return 200, {"id": source["id"], "message": "Datasource updated", "name": body["name"]}
            case ["dashboards", "uid", uid]:
                found = self.dashboards.get(uid)
                return (200, found) if found else (404, {"message": "Dashboard not found"})
            case ["dashboards", "db"] if method == "POST":
                return self._save(body)
            case ["annotations"] if method == "GET":
                return 200, self._tagged(parse_qs(address.query).get("tags", []))
            case ["annotations"] if method == "POST":
                identity = len(self.annotations) + 1
                self.annotations[identity] = {"id": identity, **body}
                return 200, {"id": identity, "message": "Annotation added"}
            case ["annotations", identity] if method == "PUT":
                self.annotations[int(identity)].update(body)
                return 200, {"message": "Annotation updated"}
        return 404, {"message": "Not found"}

    def _save(self, body: Any) -> tuple[int, Any]:
        dashboard = body["dashboard"]
        uid = dashboard["uid"]
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        twin = [other for other in self.dashboards.values() if other["dashboard"]["title"] == dashboard["title"]]
        if any(other["dashboard"]["uid"] != uid for other in twin):
            return 412, {"message": "A dashboard with the same name already exists", "status": "name-exists"}
        known = self.dashboards.get(uid)
        if known is not None and not body.get("overwrite"):
            return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        version = 1 if known is None else known["dashboard"]["version"] + 1
        saved = {**dashboard, "id": 7, "version": version}
        self.dashboards[uid] = {"dashboard": saved, "meta": {"folderUid": body["folderUid"], "version": version}}
        return 200, {"uid": uid, "status": "success", "version": version}

    def _tagged(self, tags: list[str]) -> list[dict[str, Any]]:
        return [each for each in self.annotations.values() if set(tags) <= set(each["tags"])]


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """A running stand-in."""
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            state.requests.append((self.command, self.path, body))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.reply(401, {"message": "Invalid API key"})
                return
            failure = state.failures.pop(0) if state.failures else state.down
            if isinstance(failure, float):
                time.sleep(failure)
            elif isinstance(failure, str):
                self.reply_text(200, failure)
                return
            elif failure:
                self.reply(failure, {"message": f"failure {failure}"})
                return
            self.reply(*state.answer(self.command, self.path, body))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - http.server's names

        def reply(self, status: int, content: Any) -> None:
            self.reply_text(status, json.dumps(content))

        def reply_text(self, status: int, text: str) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:
                pass  # who timed out has hung up

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_port
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()

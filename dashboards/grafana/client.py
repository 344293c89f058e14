"""The client of Grafana's HTTP API, through grafana-api (its successor grafana-client has the same calls).

Grafana may be slow, faulty or away. So every call has a time-out, a temporary fault is tried again a few times, and
every other fault becomes one line that says what to do.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError
from grafana_api.grafana_face import GrafanaFace

from config.errors import UserError
from config.shown_text import shown_address

__all__ = ["Grafana", "UnavailableError"]

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 10.0
TRIES: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.5
_TEMPORARY: Final = frozenset({408, 429})
"""HTTP status codes of client errors that are temporary."""
_SAVED_FIELDS: Final = ("id", "version")
"""Fields that Grafana adds to a dashboard when it saves it."""


class UnavailableError(UserError):
    """Grafana did not answer, or answered with a server error, at every attempt."""


class Grafana:
    """A Grafana server.

    Args:
        url: its address, with the path of a proxy if there is one: `https://example.com/grafana`.
        token: the token of a service account with the role Editor (data sources need Admin).
        timeout: seconds each call may take.
        tries: attempts in all, where faults are temporary.
        pause: waits the given seconds between attempts.

    Raises:
        UserError: `url` is no http(s) address.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = TIMEOUT_SECONDS,
        tries: int = TRIES,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UserError(f"Grafana {shown_address(url)}: is not an address like http://127.0.0.1:3000") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UserError(f"Grafana {shown_address(url)}: is not an address like http://127.0.0.1:3000")
        path = parts.path.strip("/")
        self.url = shown_address(url)
        """The address as messages show it."""
        self._tries = tries
        self._pause = pause
        self._api = GrafanaFace(
            auth=token,
            host=f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname,
            port=port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            timeout=timeout,
        )

    # --- what publish-dashboards needs --------------------------------------------------------------

    def put_folder(self, uid: str, title: str) -> str:
        """Create or rename a folder; returns `created`, `updated` or `unchanged`."""
        found = self._find(lambda: self._api.folder.get_folder(uid=uid), f"folder {uid}")
        if found is None:
            self._ask(lambda: self._api.folder.create_folder(title=title, uid=uid), f"folder {title}")
            return "created"
        if found.get("title") == title:
            return "unchanged"
        self._ask(lambda: self._api.folder.update_folder(uid=uid, title=title, overwrite=True), f"folder {title}")
        return "updated"

    def put_data_source(self, source: Mapping[str, Any]) -> str:
        """Create or update a data source, found by its uid; returns `created`, `updated` or `unchanged`.

        Grafana never gives a password back, so a source with a password is updated each time.
        """
        what = f"data source {source['name']}"
        known = self._ask(self._api.datasource.list_datasources, "data sources")
        found = next((each for each in known if each.get("uid") == source["uid"]), None)
        if found is None:
            self._ask(lambda: self._api.datasource.create_datasource(datasource=dict(source)), what)
            return "created"
        if "secureJsonData" not in source and all(found.get(name) == value for name, value in source.items()):
            return "unchanged"
        identity = found["id"]
        self._ask(lambda: self._api.datasource.update_datasource(datasource_id=identity, datasource=dict(source)), what)
        return "updated"

    def put_dashboard(self, dashboard: Mapping[str, Any], folder_uid: str) -> str:
        """Create or update a dashboard in a folder; returns `created`, `updated` or `unchanged`."""
        uid, what = str(dashboard["uid"]), f"dashboard {dashboard['title']}"
        found = self._find(lambda: self._api.dashboard.get_dashboard(dashboard_uid=uid), what)
        if found is not None and found.get("meta", {}).get("folderUid") == folder_uid:
            saved = {name: value for name, value in found["dashboard"].items() if name not in _SAVED_FIELDS}
            if saved == dashboard:
                return "unchanged"
        body = {"dashboard": dict(dashboard), "folderUid": folder_uid, "overwrite": True}
        self._ask(lambda: self._api.dashboard.update_dashboard(dashboard=body), what)
        return "created" if found is None else "updated"

    # --- what annotations need ----------------------------------------------------------------------

    def find_annotation(self, tags: Sequence[str]) -> dict[str, Any] | None:
        """The annotation that has all of `tags`; None: there is none."""
        quoted = [quote(tag, safe="") for tag in tags]
        found = self._ask(lambda: self._api.annotations.get_annotation(tags=quoted, limit=1), "annotations")
        return dict(found[0]) if found else None

    def add_annotation(self, start_ms: int, end_ms: int, tags: Sequence[str], text: str) -> int:
        """Add a region; returns its id."""
        added = self._ask(
            lambda: self._api.annotations.add_annotation(
                time_from=start_ms, time_to=end_ms, tags=list(tags), text=text
            ),
            "annotation",
        )
        return int(added["id"])

    def change_annotation(self, identity: int, start_ms: int, end_ms: int, tags: Sequence[str], text: str) -> None:
        """Change the limits, tags and text of an annotation."""
        self._ask(
            lambda: self._api.annotations.update_annotation(
                annotations_id=identity, time_from=start_ms, time_to=end_ms, tags=list(tags), text=text
            ),
            "annotation",
        )

    # --- asking -------------------------------------------------------------------------------------

    def _find(self, call: Callable[[], Any], what: str) -> dict[str, Any] | None:
        """The answer to a call; None where Grafana has no such thing."""
        try:
            return dict(self._ask(call, what))
        except _MissingError:
            return None

    def _ask(self, call: Callable[[], T], what: str) -> T:
        pause = _FIRST_PAUSE_SECONDS
        for attempt in range(1, self._tries + 1):
            try:
                return call()
            except GrafanaServerError as error:
                problem = f"answered {error.status_code}"
            except GrafanaClientError as error:
                if error.status_code not in _TEMPORARY:
                    raise self._refusal(error, what) from error
                problem = f"answered {error.status_code}"
            except (requests.ConnectionError, requests.Timeout) as error:
                problem = "did not answer in time" if isinstance(error, requests.Timeout) else "does not answer"
            except (requests.RequestException, GrafanaException, ValueError, TypeError) as error:
                raise UserError(f"Grafana {self.url}: what answers there is not Grafana's API") from error
            if attempt < self._tries:
                self._pause(pause)
                pause *= 2
        raise UnavailableError(f"Grafana {self.url}: {what}: {problem}, {self._tries} times; is it running and well?")

    def _refusal(self, error: GrafanaClientError, what: str) -> UserError:
        said = error.response.get("message") if isinstance(error.response, dict) else None
        where, reason = f"Grafana {self.url}: {what}", f" ({said})" if said else ""
        if error.status_code == 401:
            return UserError(f"Grafana {self.url}: does not know the token{reason}; put a valid one into GRAFANA_TOKEN")
        if error.status_code == 403:
            return UserError(f"{where}: the token may not do this{reason}; give its service account the role Admin")
        if error.status_code == 404:
            return _MissingError(f"{where}: there is no such thing{reason}; is the address right?")
        if error.status_code in {409, 412}:
            return UserError(f"{where}: Grafana holds another one{reason}; rename or delete that, then try again")
        return UserError(f"{where}: refused with {error.status_code}{reason}")


class _MissingError(UserError):
    """Grafana has no such thing."""

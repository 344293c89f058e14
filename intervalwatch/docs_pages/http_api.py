"""The page of the HTTP API: every address that `worker`, `web` and `demo` answer."""

from collections.abc import Mapping
from typing import Final

from agents.projection.whatif import PARAMETERS
from intervalwatch.docs_pages.markdown import code, page, table

__all__ = ["ROUTES", "http_page"]

ROUTES: Final[Mapping[tuple[str, str], str]] = {
    ("GET", "/"): "the wallboard: one page, whose views are addresses after `#`",
    ("GET", "/metrics"): "[metrics](metrics.md) for Prometheus, text format 0.0.4",
    ("GET", "/healthz"): (
        "200 `ok`, or `degraded` with the reason where history stands still; 503 with a line of text while recovering "
        "or cut off from the broker. Always open"
    ),
    ("GET", "/readyz"): "as `/healthz`, and 503 while the screens' figures may be behind. Always open",
    ("GET", "/api/intervals"): "[interval results](columns.md#interval-results) as JSON or CSV",
    ("GET", "/api/breaches"): "[breach records](columns.md#breaches) as JSON or CSV",
    ("GET", "/api/groups"): "[intervals and days of programs, sites and pools](columns.md#groups) as JSON or CSV",
    ("GET", "/api/projection"): (
        "[the rest of a queue's day](../projections.md#the-projection-of-a-queue-as-json), `?queue=NAME`; 404 before a "
        "worker has told of it"
    ),
    ("GET", "/api/whatif"): (
        "a queue's day before and after a change, as "
        "[projections](../projections.md#the-projection-of-a-queue-as-json) with a sentence; 404 for an unknown queue"
    ),
    ("GET", "/api/moves"): (
        "who could help `queue` at its next interval at risk: at most five proposals, each with its effect and a "
        "sentence; 404 for an unknown queue"
    ),
    ("GET", "/api/concurrency"): (
        "how many contacts an agent of `?queue=NAME` "
        "[serves at once](../concepts/figures.md#several-contacts-at-once) on a local day (`&date=2026-03-02`; else "
        "the newest): `setting`, `reached` (null where agent states and contacts do not show it) with its parts, "
        "`findings`; `concurrency` is null for a queue of calls, one at a time"
    ),
    ("POST", "/api/journal"): (
        "adds an entry to the [journal](columns.md#journal), with the token as bearer: `{incident, by, note, cause, "
        "controllable, action, outcome}` as JSON; answers with the entry"
    ),
    ("GET", "/acknowledge"): "the form that a signed link in a message opens. Always open, to who has the link",
    ("POST", "/acknowledge"): "acknowledges by that form, once",
    ("POST", "/api/relay/{person}"): (
        "for Alertmanager: sends its notification by a person's channels (`?channel=`: by one), in the body that the "
        "service takes; 502 with the reason where the service does not take it"
    ),
    ("POST", "/api/troubles"): "for Alertmanager: troubles of alerting itself, which the wallboard shows",
    ("POST", "/api/heartbeat"): (
        "for Alertmanager, every minute: alerts can be told; passed on to `notify.heartbeat`. When it is silent for "
        "five minutes, the wallboard and `/healthz` say so"
    ),
    ("GET", "/login"): "the page that takes the token once. Always open",
    ("POST", "/login"): "takes the token and sets the session's cookie (HttpOnly, SameSite=Strict, 30 days)",
    ("GET", "/events"): "for the wallboard: what changes, as server-sent events",
    ("GET", "/live/day"): "for the wallboard: one queue's day",
    ("GET", "/live/interval"): "for the wallboard: one interval with its revisions",
    ("GET", "/live/days"): "for the wallboard: the days of a week by queue, with a row of totals",
    ("GET", "/live/map"): "for the wallboard: a month of one queue by day and time of day",
    ("GET", "/live/breaches"): "for the wallboard: the breaches of a day",
    ("GET", "/live/quality"): "for the wallboard: the month's monitored transactions",
    (
        "POST",
        "/live/acknowledge",
    ): "for the wallboard: adds an entry to the journal; asks for the session and its CSRF token",
    ("GET", "/static/plotly.min.js"): "the chart library, out of the installed package",
    ("GET", "/static/{name}"): "the wallboard's own scripts and styles. Always open",
    ("GET", "/static/{version}/{name}"): "the same, which a browser keeps: with another program comes another version",
}
"""Addresses by method and path, with their meanings."""
_FILTERS: Final = (
    ("from", "an instant", "intervals that start at or after it"),
    ("to", "an instant", "intervals that start before it"),
    ("program", "an id", "only this program"),
    ("queue", "an id", "only this queue"),
    ("latest_only", "true, false", "only the last revision of each interval (`/api/intervals` only)"),
    ("format", "json, csv", "JSON array of objects (the default), or CSV with a header"),
)
_GROUP_FILTERS: Final = (
    ("from", "an instant", "intervals and days that start at or after it"),
    ("to", "an instant", "intervals and days that start before it"),
    ("kind", "program, site, pool", "only groups of this kind"),
    ("group", "an id", "only this group"),
    ("format", "json, csv", "as above"),
)
_INTRODUCTION = """
`worker` (port 6066), `web` (6067) and `demo` (6066) answer these addresses. `/live/`, `/events` and `/static` serve
the wallboard itself and may change with it; the rest is stable.
"""
_ACCESS = """
## Access

A server listens on 127.0.0.1 unless `--host` says otherwise, and elsewhere only with `INTERVALWATCH_TOKEN` set: it
refuses to start without. A token has 16 characters or more. With one, everything but what is always open asks for the
session's cookie or for `Authorization: Bearer TOKEN`; `/` leads to `/login`. Without one, only requests to this
machine's own name are answered (403 otherwise). TLS is the business of a proxy in front.

A wrong token is answered after half a second, one after the other; where more than 20 wait, with 429.

## Limits

A request's headers, and its body, come within 10 s; between two requests a connection may wait for 75 s, and a client
may leave what is sent to it unread for 30 s. Then the connection is closed. A server holds half as many connections as
the process may open files (`ulimit -n`), 2,048 at most, and three quarters of them of one address; a proxy in front
counts as one address. Where no place is left, the connection that has waited longest without a whole request makes
room. Bytes that are not UTF-8, hosts that are none and dates outside 1970 to 9998 are answered with 400.
"""
_ANSWERS = """
Rows come from the history where the server has one (`--history`), else from the last days that it holds in memory.
`/healthz` and `/readyz` say the reason in their first line and the version in their second; they name queues only to
those who may see figures.

An unknown parameter or value is answered with 400 and `{"error": …}`, a history that does not answer with 503, a
request without cookie or token with 401.

```console
curl -H "Authorization: Bearer $INTERVALWATCH_TOKEN" \\
  "http://127.0.0.1:6067/api/intervals?queue=sales&from=2026-03-02T08:00:00Z&latest_only=true"
```
"""


def http_page() -> str:
    """The text of the page."""
    return page(
        "HTTP API",
        _INTRODUCTION,
        table(
            ("method", "path", "answers"),
            ((method, code(path), text) for (method, path), text in ROUTES.items()),
        ),
        "## Parameters of /api/intervals and /api/breaches",
        table(("parameter", "value", "meaning"), ((code(name), value, text) for name, value, text in _FILTERS)),
        "## Parameters of /api/groups",
        table(("parameter", "value", "meaning"), ((code(name), value, text) for name, value, text in _GROUP_FILTERS)),
        "## Parameters of /api/whatif",
        table(("parameter", "value"), ((code(name), text) for name, text in PARAMETERS.items())),
        _ANSWERS,
        _ACCESS,
    )

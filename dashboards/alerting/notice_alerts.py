# ruff: noqa: RUF001  Chinese text has full-width marks
"""The alerts that people are told of: one for each incident and person, with the incident's own words.

Alertmanager notifies anew when an alert joins a group or ends in it. So an alert is no rule, which may join and leave
while the story goes on, but the incident for one person. Who is told when has been decided before
(`agents.notices`); here its gauge is 1 or 0.
"""

from typing import Any, Final

from agents.live.metrics import families
from config.notify import NotifySettings

__all__ = ["HELD", "NOTICE", "notice_alerts", "runbook_page"]

NOTICE: Final = "Notice"
"""Name of these alerts."""
HELD: Final = "1d"
"""The state of before counts for so long where a worker says nothing: a dead worker is not a resolved breach."""
_DEAD_SOURCE: Final = 'incident=~"feed_missing/.*"'

_TEXT: Final = (
    f'printf "topk(1, last_over_time({families.INCIDENT_TEXT}{{incident=%q}}[{HELD}]))" $labels.incident | query'
)
"""The newest text: its value is its version."""


def notice_alerts(notify: NotifySettings) -> list[dict[str, Any]]:
    """The alerts on incidents, and on dead sources, which are one for all their queues.

    Args:
        notify: addresses for links, and the time after which nobody has acknowledged.
    """
    least = "min without (instance, pod) (last_over_time(%s[%s]))"
    of_queues = least % (f"{families.NOTICE_ACTIVE}{{{_DEAD_SOURCE.replace('=~', '!~')}}}", HELD)
    of_source = least % (f"{families.NOTICE_ACTIVE}{{{_DEAD_SOURCE}}}", HELD)
    annotations = _annotations(notify)
    return [
        {"alert": NOTICE, "expr": f"{of_queues} == 1", "annotations": annotations},
        {
            "alert": NOTICE,
            "expr": f"max without (program, queue, channel) ({of_source}) == 1",
            "annotations": dict(annotations),
        },
    ]


def runbook_page(docs_url: str, name: str) -> str:
    """The address of an alert's page in this documentation.

    Args:
        docs_url: of the documentation.
        name: of a rule, or of an alert on the product itself.
    """
    return f"{docs_url}/runbook/{name}.html"


def _annotations(notify: NotifySettings) -> dict[str, str]:
    minutes = "" if notify.escalate is None else f"{notify.escalate.after_ms / 60_000:g}"
    found = {
        "title": _before("still: ", f"nobody has acknowledged for {minutes} min: ") + _label("title"),
        "title_zh": _before("仍未结束：", f"{minutes} 分钟无人确认：") + _label("title_zh"),
        "message": _label("message"),
        "message_zh": _label("message_zh"),
    }
    if notify.web_url is not None:
        found["link"] = notify.web_url + _label("link")
    if notify.docs_url is not None:
        found["runbook_url"] = runbook_page(notify.docs_url, _label("rule"))
    return found


def _label(name: str) -> str:
    return f'{{{{ with {_TEXT} }}}}{{{{ . | first | label "{name}" }}}}{{{{ end }}}}'


def _before(reminder: str, escalation: str) -> str:
    """The words before a title that say why it comes again; none before that of the end."""
    return (
        f'{{{{ with {_TEXT} }}}}{{{{ if eq (. | first | label "state") "open" }}}}'
        f'{{{{ if eq $labels.kind "reminder" }}}}{reminder}{{{{ else if eq $labels.kind "escalation" }}}}{escalation}'
        f"{{{{ end }}}}{{{{ end }}}}{{{{ end }}}}"
    )

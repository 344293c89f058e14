# ruff: noqa: RUF001  Chinese text has full-width marks
"""Templates of what Alertmanager itself sends: subject and body of a notification, in English and Chinese.

A notification is of one person's notice: one incident, or those that were held back until one morning. Each incident
is said once, by its newest alert, critical before warning: an alert that has stood for a while may still bear the text
of before.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["templates"]

_MOST: Final = 40
"""Alerts that are read at most; Slack takes 40,000 characters."""
_FEW: Final = 4
_LONG, _SHORT = 2500, 700
"""Characters of a message where alerts are few, and where they are many."""
_TITLE: Final = 200
_SUBJECT_BYTES: Final = 240
_SUBJECT: Final = 80
"""A subject of more bytes is cut to so many characters: Alertmanager encodes it in one line, where Chinese takes more
than nine bytes a character, and a mail server may refuse a line of more than 998."""

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "suffix": "",
        "over": "over: ",
        "more": "… {{ len .Alerts }} alerts in all",
        "link": "Look: ",
        "acknowledge": "Acknowledge: ",
        "runbook_url": "What to do: ",
    },
    "zh": {
        "suffix": "_zh",
        "over": "已结束：",
        "more": "…… 共 {{ len .Alerts }} 条告警",
        "link": "查看：",
        "acknowledge": "确认：",
        "runbook_url": "处理方法：",
    },
}
_LINKS: Final = ("link", "acknowledge", "runbook_url")

_SEVERITY: Final = (
    '{{ define "intervalwatch.severity" -}}'
    '{{ $worst := "warning" }}{{ range .Alerts }}{{ if eq .Labels.severity "critical" }}{{ $worst = "critical" }}'
    "{{ end }}{{ end }}{{ $worst }}"
    "{{- end }}\n"
)

_BETTER: Final = (
    "{{ if and $b.Labels.incident (eq $a.Labels.incident $b.Labels.incident) }}"
    "{{ if ne $a.Status $b.Status }}"
    '{{ if eq $b.Status "firing" }}{{ $best = false }}{{ end }}'
    "{{ else if ne $a.Labels.severity $b.Labels.severity }}"
    '{{ if eq $b.Labels.severity "critical" }}{{ $best = false }}{{ end }}'
    "{{ else if $b.StartsAt.After $a.StartsAt }}{{ $best = false }}"
    "{{ else if $a.StartsAt.After $b.StartsAt }}"
    "{{ else if lt $b.Fingerprint $a.Fingerprint }}{{ $best = false }}"
    "{{ end }}{{ end }}"
)
"""Whether `$b` says what `$a` says, and says it better: it stands, is critical, is newer."""


def templates() -> str:
    """The template file: `intervalwatch.subject.en`, `intervalwatch.body.en`, the same in `zh`, and the severity."""
    parts = [_SEVERITY]
    for language, words in _WORDS.items():
        parts += [_subject(language, words), _body(language, words)]
    return "\n".join(parts)


def _each(body: str) -> str:
    """`body` for each incident, of its best alert `$a`."""
    return (
        f"{{{{ range $i, $a := .Alerts }}}}{{{{ if lt $i {_MOST} }}}}{{{{ $best := true }}}}"
        f"{{{{ range $b := $.Alerts }}}}{_BETTER}{{{{ end }}}}"
        f"{{{{ if $best }}}}{body}{{{{ end }}}}{{{{ end }}}}{{{{ end }}}}"
    )


def _title(words: Mapping[str, str]) -> str:
    """Put the title of `$a` into `$title`; one of the product has a summary, which does not say that it is over."""
    suffix = words["suffix"]
    title = f'(printf "%.{_TITLE}s" (or $a.Annotations.title{suffix} $a.Annotations.summary{suffix}))'
    return (
        f'{{{{ $over := "" }}}}{{{{ if and (eq $a.Status "resolved") (not $a.Labels.incident) }}}}'
        f'{{{{ $over = "{words["over"]}" }}}}{{{{ end }}}}{{{{ $title := printf "%s%s" $over {title} }}}}'
    )


def _subject(language: str, words: Mapping[str, str]) -> str:
    joined = '{{ if $all }}{{ $all = printf "%s · %s" $all $title }}{{ else }}{{ $all = $title }}{{ end }}'
    cut = (
        f"{{{{ if gt (len $all) {_SUBJECT_BYTES} }}}}"
        f'{{{{ printf "%.{_SUBJECT}s" $all }}}}…{{{{ else }}}}{{{{ $all }}}}{{{{ end }}}}'
    )
    each = _each(_title(words) + joined)
    return f'{{{{ define "intervalwatch.subject.{language}" -}}}}{{{{ $all := "" }}}}{each}{cut}{{{{- end }}}}\n'


def _body(language: str, words: Mapping[str, str]) -> str:
    suffix = words["suffix"]
    text = f"(or $a.Annotations.message{suffix} $a.Annotations.description{suffix} $a.Annotations.description)"
    message = (
        f"{{{{ if gt (len $.Alerts) {_FEW} }}}}{_title(words)}{{{{ $title }}}}\n"
        f'{{{{ printf "%.{_SHORT}s" {text} }}}}{{{{ else }}}}{{{{ printf "%.{_LONG}s" {text} }}}}{{{{ end }}}}\n'
    )
    links = "".join(f"{{{{ with $a.Annotations.{name} }}}}{words[name]}{{{{ . }}}}\n{{{{ end }}}}" for name in _LINKS)
    more = f"{{{{ if gt (len .Alerts) {_MOST} }}}}{words['more']}\n{{{{ end }}}}"
    each = _each("{{ if not $first }}\n{{ end }}{{ $first = false }}" + message + links)
    return f'{{{{ define "intervalwatch.body.{language}" -}}}}{{{{ $first := true }}}}{each}{more}{{{{- end }}}}\n'

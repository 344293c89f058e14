"""The page of sources: the options of an entry of `sources:`, and the forms of a column mapping."""

from collections.abc import Mapping
from typing import Final

from intervalwatch.docs_pages.markdown import code, page, table

__all__ = ["FORMS", "MODIFIERS", "OPTIONS", "sources_page"]

_INTRODUCTION = """
An entry of `sources:` says how a file or a feed becomes [records](records.md). `intervalwatch check` reads it before
any file is opened. `format: csv` reads any delimited export by a mapping of columns. A file whose columns are named
as the record's fields needs no `columns`. Cells are trimmed; a row with another number of cells than the header is a
dead letter.

```yaml
sources:
  calls:
    format: csv
    record: contact
    delimiter: ";"
    columns:
      contact_id: CALL_ID
      queue: SKILL
      offered_at: {columns: [DATE, TIME], format: "%Y-%m-%d %H:%M:%S"}
      exited_at: {columns: [DATE, LEFT], format: "%Y-%m-%d %H:%M:%S", after: offered_at}
      outcome: {column: RESULT, values: {AGENT: answered, HANG: abandoned, "*": overflowed}}
      talk_seconds: {column: TALK, duration: "h:mm:ss"}
```
"""

OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "format": ("csv", "the format"),
    "record": ("required", "`contact`, `interval`, `plan`, `agent_state` or `evaluation`: what a row makes"),
    "delimiter": ('","', 'one character; a tab is `"\\t"`'),
    "encoding": ("utf-8", "an encoding that Python knows, such as windows-1252, gb18030 or utf-16"),
    "timezone": ("the site's", "IANA name; of naive times in the file"),
    "on_ambiguous": ("first", "`first`, `second` or `reject`: a local time that occurs twice, when summer time ends"),
    "on_nonexistent": ("reject", "`reject` (dead letter) or `shift`: a local time that does not occur"),
    "interval_minutes": ("the queue's", "length of the file's intervals where no column says so (interval, plan)"),
    "threshold_seconds": ("not known", "the threshold that `answered_within` was counted at (interval)"),
    "scheduled_is": ("scheduled", "`scheduled` or `rostered`: what `scheduled_agents` of a plan counts"),
    "shrinkage": ("none", "ratio; with `scheduled_is: rostered`: scheduled = rostered x (1 - shrinkage)"),
    "where": ("all rows", "per column the cells of the rows that are kept"),
    "where_not": ("no row", "per column the cells of the rows that are left out"),
    "empty": ("none", 'cells that mean "not reported" in every column'),
    "columns": ("the record's own names", "per field of the record where it comes from"),
}
"""By key of a source: its default, and what it means."""

FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "column": ("`{column: NAME}`, or just `NAME`", "one column"),
    "columns": ("`{columns: [DATE, TIME]}`", "several, joined by a blank; empty if any is empty"),
    "sum": ("`{sum: [ANSWERED, ABANDONED]}`", "a sum of columns; empty if any part is empty"),
    "const": ("`{const: 1}`", "the same value for every row"),
    "first": ("`{first: [{column: A}, {column: B}]}`", "the first of several that is not empty"),
    "join": ('`{join: [LINE, CALL_ID], with: "-"}`', "texts joined; empty if any is empty"),
}
"""By form of a column's mapping: how it is written, and what it gives."""

MODIFIERS: Final[Mapping[str, tuple[str, str]]] = {
    "format": ("instants", "a strptime format, `epoch` or `epoch_ms`; without it RFC 3339, the offset optional"),
    "also": ("instants", "further formats, tried in turn"),
    "after": ("instants", "an instant field that this one cannot be earlier than: then it is of the next day"),
    "values": ("all but instants", "what a cell stands for; `*` any other text, null: not reported"),
    "multiply": ("numbers", "a factor: minutes x 60"),
    "duration": ("seconds", 'a layout such as `h:mm:ss`; a leading part may be lacking (":22" is 22 s)'),
    "percent": ("ratios", '"94.01%" or 94.01'),
    "empty": ("all", 'cells that mean "not reported" here'),
    "with": ("`join`", "the text between"),
}
"""By key beside a form: what it serves, and what it does."""

_CHECKS = """
## Checks of evaluations

`checks` of an evaluation is JSON in a cell (`[{"name": "greeting", "family": "non_critical", "passed": true}]`), or
one of two layouts of a sheet:

```yaml
checks: {each: {greeting: non_critical, right answer: end_user}, results: {pass: ["Y"], fail: ["N"]}}
checks: {row: check, family: error type, result: outcome, families: {Fatal: end_user}}
```

`each` has a column a check and a row a transaction; `row` has a row a check, those of one evaluation following each
other. Without `results` the usual words are read: yes, no, n/a, …
"""


def sources_page() -> str:
    """The text of the page."""
    return page(
        "Sources",
        _INTRODUCTION,
        "## Options",
        table(("key", "default", "meaning"), ((code(key), default, text) for key, (default, text) in OPTIONS.items())),
        "## Forms of a column",
        table(("form", "written", "gives"), ((code(key), *texts) for key, texts in FORMS.items())),
        "## Keys beside a form",
        table(("key", "serves", "meaning"), ((code(key), *texts) for key, texts in MODIFIERS.items())),
        _CHECKS,
    )

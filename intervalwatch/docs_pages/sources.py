"""The page of sources: the options of an entry of `sources:` by format, and the forms of a column mapping."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from config.sources.columns import FORMS, MODIFIERS
from config.sources.settings import OPTIONS, SourceOption
from intervalwatch.docs_pages.markdown import code, page, table
from streams.sources.registry import built_in_formats, find_format

__all__ = ["sources_page"]

_INTRODUCTION = """
An entry of `sources:` says how a file or a feed becomes [records](records.md). `intervalwatch check` reads it before
any file is opened. `format: csv` reads any delimited export by a mapping of columns. A file whose columns are named
as the record's fields needs no `columns`. Cells are trimmed; a row with another number of cells than the header is a
dead letter, unless every row ends with a delimiter and the header does not. A mapped column that the header lacks, or
has twice, ends with exit code 2.

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

_NUMBERS = """
## Numbers

A cell of text is read where it can be one number only. Thousands may be grouped by `.`, `,`, an apostrophe or a blank
of any kind, in groups of three (in India of two, and three at the end).

| cell | field | value |
| --- | --- | --- |
| `1.204,5` or `1,204.5` | any number | 1204.5 |
| `1,204` or `1.204` | a count, which has no decimals | 1204 |
| `16.200` or `16,200` | seconds or a number | a dead letter that names 16.2 and 16200 |
| `94,01 %` | a ratio with `percent: true` | 0.9401 |

`decimal` and `thousands` say how the file writes numbers; then `16.200` has one reading, and `12,34` with `thousands:
","` is refused. Numbers in workbooks and in JSON have one reading whatever the source says.

"""

_WORKBOOKS = """
## Workbooks

A file called `.xlsx` or `.xlsm`, or one that begins like it, is read as a workbook with `format: csv`: the sheet
`sheet`, else the first that is not hidden. `header` counts the sheet's rows. Blank rows are passed over.

- A date is a date, real or as a serial number, of 1900 or 1904, whatever `format` the mapping has for texts; date and
  clock may stand in two cells, each of its own type.
- A duration (`[h]:mm:ss`, `h:mm:ss`) is its seconds, with or without `duration`. A cell shown as 94.01 % is 0.9401.
- Each cell of a merge has its value; in the header a cell merged over several lines counts once.
- A formula has the value that was saved with it. A formula without one, and an error such as `#N/A`, make a dead
  letter, unless `empty` lists the error.
- A workbook is not followed (`--follow`); an `.xls` file, or one with a password, is refused.

"""

_KINDS: Final = {
    "text": "texts",
    "instant": "instants",
    "seconds": "seconds",
    "count": "counts",
    "number": "numbers",
    "ratio": "ratios",
    "list": "lists",
    "checks": "checks",
}

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
        "Every format has these keys:",
        _options(OPTIONS),
        *(part for name in built_in_formats() for part in _format(name)),
        "## Forms of a column",
        table(
            ("form", "written", "gives", "serves"),
            ((code(key), form.written, form.gives, _served(form.kinds)) for key, form in FORMS.items()),
        ),
        "## Keys beside a form",
        table(
            ("key", "serves", "meaning"),
            ((code(key), _served(one.kinds), one.meaning) for key, one in MODIFIERS.items()),
        ),
        _NUMBERS,
        _WORKBOOKS,
        _CHECKS,
    )


def _format(name: str) -> Iterator[str]:
    found = find_format(name)
    yield f"### format: {name}"
    yield found.summary
    if found.records:
        yield f"`record` is one of {', '.join(map(code, found.records))}."
    yield _options(found.options)


def _options(options: Mapping[str, SourceOption]) -> str:
    return table(("key", "default", "meaning"), ((code(key), one.default, one.meaning) for key, one in options.items()))


def _served(kinds: Sequence[str]) -> str:
    return "all" if set(kinds) == set(_KINDS) else ", ".join(_KINDS[kind] for kind in kinds)

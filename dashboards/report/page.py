"""A report as one page of HTML that loads no other file and prints well."""

from collections.abc import Iterator
from html import escape
from typing import Final

from dashboards.report.tables import HEADER, Table, tables
from streams.report.figures import Report

__all__ = ["report_page"]

_STYLE: Final = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem; border-bottom: 1px solid #ddd; }
thead th { border-bottom: 2px solid #444; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.part { padding-left: 1.6rem; }
.notes { color: #444; }
@page { size: A4; margin: 15mm; }
@media print { body { font-size: 9pt; margin: 0; max-width: none; padding: 0; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } thead { display: table-header-group; } }
"""


def report_page(report: Report) -> str:
    """The report as an HTML document without links, scripts or pictures."""
    return "\n".join(_parts(report)) + "\n"


def _parts(report: Report) -> Iterator[str]:
    title = escape(f"Report {report.start} to {report.end}")
    gold = ", Gold" if report.gold else ""
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1><p>{escape(report.standard + gold)}</p>"
    for table in tables(report):
        yield from _table(table)
    yield '<h2>Notes</h2><ul class="notes">'
    for note in report.notes:
        yield f"<li>{escape(note)}</li>"
    yield "</ul></body></html>"


def _table(table: Table) -> Iterator[str]:
    item, what, figure, counts, against = (escape(name) for name in HEADER)
    yield f"<h2>{escape(table.title)}</h2><table><thead><tr>"
    yield f'<th scope="col">{item}</th><th scope="col">{what}</th>'
    yield f'<th scope="col" class="number">{figure}</th><th scope="col" class="number">{counts}</th>'
    yield f'<th scope="col">{against}</th></tr></thead><tbody>'
    for line in table.lines:
        part = ' class="part"' if line.what.startswith(" ") else ""
        yield (
            f"<tr><td>{escape(line.item)}</td><td{part}>{escape(line.what.strip())}</td>"
            f'<td class="number">{escape(line.figure)}</td><td class="number">{escape(line.counts)}</td>'
            f"<td>{escape(line.against)}</td></tr>"
        )
    yield "</tbody></table>"
    for note in table.notes:
        yield f'<p class="notes">{escape(note)}</p>'

"""`intervalwatch verify`: shows whether a history, or a file exported from it, is what was published."""

from itertools import islice
from pathlib import Path
from typing import Final

import click
from tqdm import tqdm

from config.errors import UserError
from streams.history.proof import Proof, proof_path, read_proof
from streams.history.store import Store
from streams.history.verify import Finding, Summary, verify_export, verify_history

__all__ = ["verify"]

_SHOWN: Final = 20
"""Findings printed: the first of each queue, and no more than a screen holds."""

_EXISTING: Final = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_EXISTING, required=False)
@click.option("--history", metavar="URL", help="The history: sqlite:///history.db or postgresql+psycopg://…")
@click.option(
    "--heads", metavar="SIDECAR", type=_EXISTING, help="A FILE.proof.json kept elsewhere, which the chains must meet."
)
@click.option(
    "--against", metavar="NAME=INPUT", multiple=True, help="Raw records, to compute the latest figures from again."
)
@click.option(
    "--config", "configs", type=_EXISTING, multiple=True, help="The configuration that --against computes with."
)
def verify(
    file: Path | None, history: str | None, heads: Path | None, against: tuple[str, ...], configs: tuple[Path, ...]
) -> None:
    """Check the hash chains and the arithmetic of every row of a history, or of an exported FILE.

    Names the first bad row of each queue and what is wrong with it, and ends with exit code 1 if there is one.
    FILE needs its FILE.proof.json beside it, or another given with --heads.
    """
    if (file is None) == (history is None):
        raise UserError("verify: give either --history URL or an exported FILE")
    if against or configs:
        raise UserError("--against: computing figures again from raw records is not available yet; leave it out")
    anchors = None if heads is None else read_proof(heads)
    with tqdm(unit=" results", disable=None, leave=False) as bar:
        summary = Summary(bar.update)
        findings = _of_file(file, anchors, summary) if file else _of_history(str(history), anchors, summary)
    for finding in findings:
        click.echo(finding)
    if findings:
        click.echo("verify: something is wrong; the lines above name the first bad row of each queue", err=True)
        raise SystemExit(1)
    left_out = f", {summary.left_out} more by their links alone" if summary.left_out else ""
    click.echo(f"verified: {summary.rows} results of {summary.queues} queues{left_out}; chains whole, figures right")


def _of_file(file: Path, anchors: Proof | None, summary: Summary) -> list[Finding]:
    proof = anchors if anchors is not None else read_proof(proof_path(file))
    return list(islice(verify_export(file, proof, summary), _SHOWN))


def _of_history(url: str, anchors: Proof | None, summary: Summary) -> list[Finding]:
    with Store(url, create=False) as store, store.reading() as reader:
        return list(islice(verify_history(reader, summary, anchors), _SHOWN))

"""`intervalwatch verify`: checks that a history, or a file exported from it, is as it was published."""

import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Final

import click

from agents.groups.audit import group_findings
from agents.replay import replay
from config.errors import UserError
from config.held import same_content, with_held
from config.settings import Configuration, load
from config.timestamps import rfc3339
from intervalwatch.options import as_arrived, bar
from streams.audit.bundle.keys import read_public_key
from streams.audit.bundle.reading import heads_of, is_bundle, verify_bundle
from streams.audit.findings import Finding, Summary, said_unproved
from streams.audit.journal import verify_journal
from streams.audit.recompute import Comparison
from streams.audit.records_again import compare_histories
from streams.audit.verify import verify_export, verify_history
from streams.export.proof import Proof, proof_path, read_proof
from streams.history.query import HistoryQuery
from streams.history.store import Store
from streams.sources.merge import parse_inputs, read_feed

__all__ = ["verify"]

_SHOWN: Final = 20
"""Findings printed at most, the first of each queue."""

_FILE: Final = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--history", metavar="URL", help="Interval history: sqlite:///history.db or postgresql+psycopg://…")
@click.option(
    "--heads",
    metavar="SIDECAR",
    type=_FILE,
    help="A FILE.proof.json or bundle kept elsewhere: the chains must meet it.",
)
@click.option(
    "--public-key", metavar="FILE", type=_FILE, help="The key that a bundle must be signed with, as its maker gave it."
)
@click.option(
    "--against",
    metavar="NAME=FILE[,FILE…]",
    multiple=True,
    help="A source of the configuration and its files, to compute the latest figures from again; repeat for several.",
)
@click.option("--config", "configs", type=_FILE, multiple=True, help="The configuration that --against computes with.")
@as_arrived
def verify(
    file: Path | None,
    history: str | None,
    heads: Path | None,
    public_key: Path | None,
    against: tuple[str, ...],
    configs: tuple[Path, ...],
    as_arrived: bool,
) -> None:
    """Check the hash chains and the arithmetic of every row of a history, or of an exported FILE.

    FILE holds intervals or the journal, or is a bundle (FILE.zip), of which every byte is checked as well.
    Names the first bad row of each queue and what is wrong with it, and ends with exit code 1 if there is one. The
    line `not proved` names what was not looked at.
    FILE needs its FILE.proof.json beside it, or another given with --heads. A spreadsheet that saves a workbook again
    keeps 15 digits of a number: its values are compared then, and the hashes of its rows no longer hold.
    """
    if (file is None) == (history is None):
        raise UserError("verify: give either --history URL or an exported FILE")
    _require_fitting(file, public_key, against=bool(against), configured=bool(configs))
    if file is not None and is_bundle(file):
        _check_bundle(file, public_key)
        return
    anchors = None if heads is None else heads_of(heads) if is_bundle(heads) else read_proof(heads)
    proof = None if file is None else anchors if anchors is not None else read_proof(proof_path(file))
    with bar("verifying", " results") as progress:
        summary = Summary(progress.update)
        if file is None or proof is None:
            findings = _of_history(str(history), anchors, summary)
        else:
            findings = _of_file(file, proof, summary)
    left_out = f", {summary.left_out:,} more by their links alone" if summary.left_out else ""
    checked = [f"{summary.rows:,} results of {summary.queues:,} queues{left_out}; chains whole, figures right"]
    if proof is not None and proof.what == "journal":
        checked = [f"{proof.rows:,} entries of the journal; its chain is whole"]
    if summary.saved_again:
        checked = [f"{summary.rows:,} results of {summary.queues:,} queues, their values those of the sidecar"]
    unproved = summary.unproved
    if against and not findings:
        compared = _against(str(history), configs, against, unproved, in_order=as_arrived)
        findings, unproved = compared.findings[:_SHOWN], compared.unproved
        checked.append(f"{compared.intervals:,} intervals computed again from raw records, the same")
    _say(findings, checked, unproved)
    if file is None and anchors is None:
        click.echo("consistent in itself; nothing kept elsewhere was compared (--heads SIDECAR or BUNDLE.zip)")


def _require_fitting(file: Path | None, public_key: Path | None, *, against: bool, configured: bool) -> None:
    """Refuse options that do not go together."""
    if against != configured or (against and file is not None):
        raise UserError("--against: needs --config FILE (which says how to read the records) and --history URL")
    if public_key is not None and (file is None or not is_bundle(file)):
        raise UserError("--public-key: is for a bundle; give FILE.zip")


def _say(findings: list[Finding], checked: list[str], unproved: set[str]) -> None:
    """Print what was found; ends with exit code 1 where anything was."""
    for finding in findings:
        click.echo(finding)
    if findings:
        more = f" (the first {_SHOWN})" if len(findings) == _SHOWN else ""
        click.echo(f"verify: something is wrong; the lines above{more} say where and what", err=True)
        raise SystemExit(1)
    click.echo(f"verified: {'; '.join(checked)}")
    click.echo(f"not proved: {said_unproved(unproved)}")


def _check_bundle(file: Path, public_key: Path | None) -> None:
    key = None if public_key is None else read_public_key(public_key)
    with bar("verifying", " results") as progress:
        summary = Summary(progress.update)
        findings = list(islice(verify_bundle(file, key, summary), _SHOWN))
    signed = "every byte as it was signed" if key else "every byte as its manifest says"
    rows = f"{summary.rows:,} results of {summary.queues:,} queues; chains whole, figures right; the journal is whole"
    _say(findings, [signed, rows], summary.unproved)


def _of_file(file: Path, proof: Proof, summary: Summary) -> list[Finding]:
    if proof.what == "journal":
        summary.unproved.add("entries written after the export")
        return list(verify_journal(file, proof))
    return list(islice(verify_export(file, proof, summary), _SHOWN))


def _of_history(url: str, anchors: Proof | None, summary: Summary) -> list[Finding]:
    with Store(url, create=False) as store, store.reading() as reader:
        findings = list(islice(verify_history(reader, summary, anchors), _SHOWN))
        # The rows of groups follow from results: where these are not sound, nothing can be said of them.
        return findings or list(islice(group_findings(reader, summary), _SHOWN))


def _against(
    url: str, configs: tuple[Path, ...], sources: tuple[str, ...], unproved: set[str], *, in_order: bool
) -> Comparison:
    """Compare the history with a replay into a temporary one; `in_order`: of the files, instead of event time."""
    configuration = load(configs)
    inputs = parse_inputs(configuration, sources)
    now_ms = int(time.time() * 1000)
    with tempfile.TemporaryDirectory() as folder, Store(url, create=False) as store, store.reading() as held:
        _require_same_parameters(configuration, held)
        configuration = with_held(configuration, held.parameters())
        with bar("reading", " rows") as progress:
            feed = read_feed(configuration, inputs, now_ms, progress.update, as_arrived=in_order)
        with Store(f"sqlite:///{folder}/again.db") as again, bar("computing", " records") as progress:
            replay(configuration, feed, again, now_ms, as_arrived=in_order, progress=progress.update)
            with again.reading() as recomputed:
                return compare_histories(held, recomputed, unproved, as_arrived=in_order)


def _require_same_parameters(configuration: Configuration, held: HistoryQuery) -> None:
    """Check that both use the same parameters; figures under other parameters cannot be compared.

    Raises:
        UserError: history holds other parameters under the name of a version of the configuration.
    """
    known = {version.version: version for version in held.parameters()}
    for settings in configuration.versions:
        there = known.get(settings.parameters_version)
        begins = rfc3339(settings.parameters_from_ms)
        if there is None or there.valid_from != begins or not same_content(there.content, settings.content):
            what = "does not hold this version" if there is None else "holds this version with other content"
            raise UserError(
                f"{settings.path}: parameters.version {settings.parameters_version!r}: history {what}; "
                "give --against the configuration that the history was computed with"
            )

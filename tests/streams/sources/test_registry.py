"""Formats: found by their name in this product and in other packages, and what is said where none serves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sources import shared

from config.errors import UserError
from config.settings import load
from config.sources.settings import OPTIONS
from intervalwatch.main import run
from streams.history.query import Filters
from streams.history.store import Store
from streams.sources.registry import find_format, format_names, open_source, open_sources

ROOT = Path(__file__).resolve().parents[3]
PIPES = '''\
"""A toy: lines of contact, queue and offer between pipes."""

from config.sources.settings import SourceOption
from streams.admission import admit_contact
from config.timestamps import from_rfc3339
from streams.sources.batch import Batch, DeadLetter
from streams.sources.source_format import SourceFormat
from streams.sources.text import texts


class Reader:
    def __init__(self, settings):
        self.settings = settings
        self.mark = settings.options["mark"].text("one character") if "mark" in settings.options else "|"

    def read(self, file, context):
        batch = Batch()
        for line in "".join(texts(file, self.settings.encoding, chunk_bytes=1 << 20)).splitlines():
            batch.read += 1
            cells = line.split(self.mark)
            try:
                given = [cells[0], from_rfc3339(cells[2]), "answered", None, 5000, *[None] * 8]
                batch.records.append(admit_contact(*given, skew_ms=context.skew_ms(cells[1])))
            except (IndexError, ValueError) as error:
                batch.dead.append(DeadLetter(batch.read, str(error), line))
                continue
            batch.queues.append(cells[1])
            batch.rows.append(batch.read)
        yield batch


FORMAT = SourceFormat("Toy.", (), {"mark": SourceOption("|", "what stands between cells")}, Reader)
'''
CONFIG = """\
site: {timezone: UTC}
programs: [{id: retail, queues: [{id: sales}]}]
sources:
  toy:
    format: pipes
    mark: "/"
"""
LINES = "a/sales/2026-03-02T09:10:00Z\nb/sales/2026-03-02T09:11:00Z\nc\n"


def places(folder: Path) -> list[str]:
    """The arguments of a replay of the toy's file in `folder`."""
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "calls.txt").write_text(LINES, encoding="utf-8")
    history = f"sqlite:///{folder / 'history.db'}"
    return [
        "replay",
        f"--config={folder / 'config.yaml'}",
        f"--source=toy={folder / 'calls.txt'}",
        f"--history={history}",
    ]


def offered(folder: Path) -> list[int]:
    """Contacts offered in the intervals of the history in `folder`."""
    with Store(f"sqlite:///{folder / 'history.db'}") as store, store.reading() as reader:
        return [row["offered"] for batch in reader.results(Filters()) for row in batch if row["offered"]]


def test_a_new_format_is_one_file(tmp_path: Path) -> None:
    """With a module in `formats` and no other edit, `check` and `replay` read the format and its option."""
    for folder in ("intervalwatch", "agents", "dashboards", "streams", "config", "copc"):
        shutil.copytree(ROOT / folder, tmp_path / "program" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "program" / "streams" / "sources" / "formats" / "pipes.py").write_text(PIPES, encoding="utf-8")
    arguments = places(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "program")}
    for given in (["check", arguments[1]], arguments):
        code = f"import sys; from intervalwatch.main import run; sys.exit(run({given!r}))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "3 records read: 2 accepted, 0 filtered, 1 dead-lettered" in done.stdout
    assert offered(tmp_path) == [2]


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, into which a test puts its own."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def install(packages: Path, package: str, format_name: str, module: str, text: str) -> None:
    """Put a package there that offers a format by an entry point."""
    (packages / f"{module}.py").write_text(text, encoding="utf-8")
    info = packages / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        f"[intervalwatch.sources]\n{format_name} = {module}:FORMAT\n", encoding="utf-8"
    )


def test_another_package_adds_a_format(
    tmp_path: Path, packages: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry point of the group is enough: `replay` reads the format."""
    monkeypatch.delitem(sys.modules, "pipes_of_ours", raising=False)
    install(packages, "pipes-of-ours", "pipes", "pipes_of_ours", PIPES)
    assert (format_names()[0], format_names()[-1]) == ("csv", "pipes")
    assert find_format("pipes").summary == "Toy."
    assert run(places(tmp_path)) == 0
    assert "2 accepted" in capfd.readouterr().out
    assert offered(tmp_path) == [2]


@pytest.mark.parametrize(
    ("format_name", "text", "words"),
    [
        ("csv", PIPES, "format csv: intervalwatch and package odd offer it; uninstall all but one"),
        ("odd", "import nothing_like_it", "format odd: package odd cannot be loaded: No module named"),
        ("odd", "FORMAT = 5", "format odd: package odd offers no SourceFormat under odd_format:FORMAT"),
    ],
)
def test_a_package_that_cannot_serve_is_named(
    packages: Path, monkeypatch: pytest.MonkeyPatch, format_name: str, text: str, words: str
) -> None:
    """A format that two offer, or whose module cannot be used, is refused in one line."""
    monkeypatch.delitem(sys.modules, "odd_format", raising=False)
    install(packages, "odd", format_name, "odd_format", text)
    with pytest.raises(UserError) as caught:
        find_format(format_name)
    assert str(caught.value).startswith(words)


FAULTS = [
    (
        "format: nortel",
        "sources.toy.format (line 3): found the text 'nortel', which no reader serves; allowed: one of csv",
    ),
    ("format: cvs", "found the text 'cvs', which no reader serves; did you mean \"csv\"? allowed: one of csv"),
    ('record: contact\n    delimiter: ";;"', "sources.toy.delimiter (line 4): found the text ';;'; allowed: one char"),
    ("record: contact\n    colums: {}", "sources.toy.colums (line 4): unknown key 'colums'; did you mean \"columns\"?"),
    (
        "record: contact\n    columns:\n      contact_id: a\n      queue: {colunm: b}",
        "sources.toy.columns.queue (line 6): says no column; unknown key 'colunm'",
    ),
]


@pytest.mark.parametrize("command", ["check", "replay"])
@pytest.mark.parametrize(("text", "words"), FAULTS)
def test_check_and_replay_refuse_what_no_reader_understands(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, text: str, words: str
) -> None:
    """Format, keys and columns of a source are looked at before a file is opened; the line is named."""
    arguments = [command, *places(tmp_path)[1 : 2 if command == "check" else None]]
    (tmp_path / "config.yaml").write_text(f"sources:\n  toy:\n    {text}\n", encoding="utf-8")
    assert run(arguments) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"intervalwatch: {tmp_path / 'config.yaml'}: ")
    assert words in err
    assert err.count("\n") == 1


def test_a_format_that_says_its_records_itself_takes_none(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`record` is for formats with several types to choose from."""
    monkeypatch.delitem(sys.modules, "own_records", raising=False)
    install(packages, "own-records", "own", "own_records", PIPES)
    assert open_source(shared(format="own", timezone="Europe/Madrid")).settings.timezone == "Europe/Madrid"
    with pytest.raises(UserError, match="format own says itself which records it gives; remove it"):
        open_source(shared(format="own", record="contact"))


def test_sources_of_every_version_are_looked_at(tmp_path: Path) -> None:
    """The last version's sources are read with; a fault in an earlier one is told all the same."""
    texts = {
        "old": "parameters: {version: a, from: 2026-01-01T00:00:00Z}\nsources: {x: {format: xml}}\n",
        "new": "parameters: {version: b, from: 2026-02-01T00:00:00Z}\nsources: {y: {record: contact}}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(open_sources(load([tmp_path / "new"]))) == ["y"]
    with pytest.raises(UserError, match=r"old: sources\.x\.format"):
        open_sources(load([tmp_path / "old", tmp_path / "new"]))


def test_every_option_has_a_default_and_a_meaning() -> None:
    """The reference of options is written from the formats and from what they share."""
    options = [*OPTIONS.values(), *(option for name in format_names() for option in find_format(name).options.values())]
    assert all(option.default and option.meaning for option in options)
    assert all(find_format(name).summary.endswith(".") for name in format_names())

"""Evidence bundles: whole as written, and each of twenty kinds of tampering found by script and command."""

import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from report_rows import MARCH, evaluation, history, interval

from config.errors import UserError
from intervalwatch.commands.bundle import bundle as command
from intervalwatch.commands.verify import verify
from streams.audit.bundle.keys import new_key, public_key_of, read_private_key, read_public_key
from streams.audit.bundle.verify_bundle import MANIFEST, SEAL, SIGNATURE, problems
from streams.audit.bundle.writing import write_bundle
from streams.history.query import Filters

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def filled(folder: Path, within: int = 80) -> str:
    """The URL of a history of a day; `within` of 100 contacts in time."""
    store = history(folder, [interval("sales", f"2026-03-02T{hour:02}:00:00Z", within, 100) for hour in range(8, 18)])
    store.write_evaluations([evaluation(1, passed=True, handled_at="2026-03-02T08:10:00Z")])
    store.close()
    return f"sqlite:///{folder / 'history.db'}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    store = history(folder, [interval("sales", f"2026-03-02T{hour:02}:00:00Z", 80, 100) for hour in range(8, 18)])
    with store, store.reading() as reader:
        documents = [("report.html", b"<p>report</p>"), ("report.json", b"{}")]
        write_bundle(reader, folder / "march.zip", Filters(*MARCH), documents, "0", key=KEY)
    (folder / "key.pub").write_bytes(public_key_of(KEY))
    return folder / "march.zip"


def contents(path: Path) -> dict[str, bytes]:
    """Names and bytes of a bundle's files."""
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def pack(path: Path, files: list[tuple[str, bytes]]) -> None:
    """An archive of these files, sealed as the product does."""
    import hashlib  # noqa: PLC0415

    with zipfile.ZipFile(path, "w") as bundle:
        for name, text in files:
            bundle.writestr(zipfile.ZipInfo(name), text)
        bundle.comment = b" " * SEAL
    raw = path.read_bytes()[:-SEAL]
    path.write_bytes(raw + f"sha256={hashlib.sha256(raw).hexdigest()}".encode())


def manifest_of(files: dict[str, bytes]) -> bytes:
    """The manifest that these files would have."""
    import hashlib  # noqa: PLC0415

    entries = [
        {"name": name, "size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
        for name, text in files.items()
        if name not in {MANIFEST, SIGNATURE}
    ]
    return json.dumps(json.loads(files[MANIFEST]) | {"files": entries}).encode()


def edited(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], list[tuple[str, bytes]]]:
    """A kind of tampering that changes one file."""
    return lambda files: [(each, change(text) if each == name else text) for each, text in files.items()]


def flipped(text: bytes) -> bytes:
    """A text with one bit of its middle changed."""
    place = len(text) // 2
    return text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]


def rewritten(files: dict[str, bytes], key: Ed25519PrivateKey | None) -> list[tuple[str, bytes]]:
    """Doctored figures with a manifest that fits them, signed by another, or with the old signature."""
    changed = files | {"intervals.csv": flipped(files["intervals.csv"])}
    changed[MANIFEST] = manifest_of(changed)
    if key is not None:
        changed[SIGNATURE] = key.sign(changed[MANIFEST])
    return list(changed.items())


TAMPERING: dict[str, tuple[Callable[[dict[str, bytes]], list[tuple[str, bytes]]], str]] = {
    **{
        f"changed {name}": (edited(name, flipped), name)
        for name in (
            *("intervals.csv", "intervals.parquet", "intervals.csv.proof.json", "incidents.csv", "breaches.parquet"),
            *(
                "journal.csv",
                "dead-letters.csv",
                "parameters.json",
                "data-dictionary.csv",
                "report.html",
                "report.json",
            ),
            *("README.txt", "verify_bundle.py"),
        )
    },
    "cut file": (edited("intervals.csv", lambda text: text[:-10]), "intervals.csv"),
    "longer file": (edited("intervals.csv", lambda text: text + b"\n"), "intervals.csv"),
    "removed file": (lambda files: [each for each in files.items() if each[0] != "journal.csv"], "journal.csv"),
    "added file": (lambda files: [*files.items(), ("../../evil.txt", b"x")], "../../evil.txt"),
    "file twice": (lambda files: [*files.items(), ("intervals.csv", b"x")], "intervals.csv"),
    "swapped files": (
        lambda files: list(
            (files | {"intervals.csv": files["breaches.csv"], "breaches.csv": files["intervals.csv"]}).items()
        ),
        "intervals.csv",
    ),
    "renamed file": (
        lambda files: [(name.replace("journal.csv", "j.csv"), text) for name, text in files.items()],
        "j.csv",
    ),
    "manifest that fits, old signature": (lambda files: rewritten(files, None), SIGNATURE),
    "manifest that fits, another's signature": (lambda files: rewritten(files, OTHER), SIGNATURE),
    "no signature": (lambda files: [each for each in files.items() if each[0] != SIGNATURE], SIGNATURE),
    "changed signature": (edited(SIGNATURE, flipped), SIGNATURE),
    "no manifest": (lambda files: [each for each in files.items() if each[0] != MANIFEST], MANIFEST),
}


def ran(script: Path, bundle: Path, key: Path | None) -> "subprocess.CompletedProcess[str]":
    """The bundle's own script, in an interpreter that does not see this product."""
    named = [] if key is None else ["--public-key", str(key)]
    return subprocess.run(
        [sys.executable, "-P", script.name, str(bundle), *named],
        capture_output=True,
        text=True,
        cwd=script.parent,
        check=False,
    )


def checked(bundle: Path, key: Path | None) -> Result:
    """`intervalwatch verify` of a bundle."""
    named = [] if key is None else ["--public-key", str(key)]
    return CliRunner().invoke(verify, [str(bundle), *named])


def test_an_untouched_bundle_passes_script_and_command(whole: Path, tmp_path: Path) -> None:
    """Whole and signed; without the key that is said; the script has 60 lines at most."""
    with zipfile.ZipFile(whole) as bundle:
        bundle.extract("verify_bundle.py", tmp_path)
    script, key = tmp_path / "verify_bundle.py", whole.parent / "key.pub"
    assert len(script.read_text().splitlines()) <= 60
    done = ran(script, whole, key)
    assert (done.returncode, done.stdout) == (0, "whole, and signed with this key\n")
    assert "--public-key FILE" in ran(script, whole, None).stdout
    found = checked(whole, key)
    assert (found.exit_code, "every byte as it was signed" in found.output) == (0, True)
    assert "who signed the bundle" in checked(whole, None).output


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_found_and_named(whole: Path, tmp_path: Path, kind: str) -> None:
    """Each kind, by the functions of the script; the file is named."""
    tamper, named = TAMPERING[kind]
    other = tmp_path / "other.zip"
    pack(other, tamper(contents(whole)))
    found = problems(str(other), public_key_of(KEY))
    assert any(line.startswith(named) for line in found)


def test_script_and_command_find_what_the_functions_find(whole: Path, tmp_path: Path) -> None:
    """Exit code 1 and a line with the file, and nothing is written outside."""
    with zipfile.ZipFile(whole) as bundle:
        bundle.extract("verify_bundle.py", tmp_path)
    other, key = tmp_path / "other.zip", whole.parent / "key.pub"
    pack(other, TAMPERING["changed intervals.csv"][0](contents(whole)))
    done = ran(tmp_path / "verify_bundle.py", other, key)
    assert (done.returncode, "intervals.csv: was changed" in done.stdout) == (1, True)
    found = checked(other, key)
    assert (found.exit_code, "intervals.csv" in found.output) == (1, True)
    pack(other, TAMPERING["added file"][0](contents(whole)))
    assert checked(other, key).exit_code == 1
    assert not (tmp_path.parent / "evil.txt").exists()


def test_any_byte_of_the_archive_counts(whole: Path, tmp_path: Path) -> None:
    """One bit anywhere, between the files as well, a tail, a head, a cut: none passes."""
    raw, other = whole.read_bytes(), tmp_path / "other.zip"
    chance = random.Random(7)
    variants = [raw + b"\0", b"\0" + raw, raw[:-1], raw[: len(raw) // 2]]
    places = [*range(60), *(chance.randrange(len(raw)) for _ in range(150)), *range(len(raw) - 200, len(raw))]
    variants += [raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :] for at in places]
    passed = []
    for variant in variants:
        other.write_bytes(variant)
        with suppress(Exception):  # no archive any more: the command says so
            passed += [] if problems(str(other), public_key_of(KEY)) else [variant]
    assert passed == []


def test_a_broken_archive_is_one_line(whole: Path, tmp_path: Path) -> None:
    """Half a bundle, and a text that is called one."""
    for text in (whole.read_bytes()[:5000], b"no archive"):
        other = tmp_path / "other.zip"
        other.write_bytes(text)
        found = checked(other, None)
        assert (found.exit_code, "is no whole bundle" in found.output) == (1, True)


def test_the_same_history_gives_the_same_bytes(tmp_path: Path) -> None:
    """No clock of the archive is in it."""
    made = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        store = history(folder, [interval("sales", "2026-03-02T08:00:00Z", 80, 100)])
        with store, store.reading() as reader:
            write_bundle(reader, folder / "b.zip", Filters(*MARCH), [], "0", key=KEY)
        made.append(contents(folder / "b.zip"))
    assert made[0] == made[1]


def test_the_command_writes_what_the_command_verifies(tmp_path: Path) -> None:
    """With the report in both forms; a history that was made anew does not meet the heads in it."""
    url, out, key = filled(tmp_path), tmp_path / "march.zip", tmp_path / "key"
    runner = CliRunner()
    assert runner.invoke(command, ["--new-key", str(key)]).exit_code == 0
    given = ["--history", url, "--from", "2026-03-01", "--to", "2026-04-01", "--output", str(out), "--key", str(key)]
    done = runner.invoke(command, given)
    assert (done.exit_code, "signed" in done.output) == (0, True), done.output
    assert checked(out, tmp_path / "key.pub").exit_code == 0
    assert {"report.html", "report.json", "incidents.csv", "groups.parquet", "evaluations.csv"} <= set(contents(out))
    kept = runner.invoke(verify, ["--history", url, "--heads", str(out)])
    assert (kept.exit_code, "nothing kept elsewhere" in kept.output) == (0, False), kept.output
    alone = runner.invoke(verify, ["--history", url])
    assert "consistent in itself; nothing kept elsewhere was compared" in alone.output
    anew = tmp_path / "anew"
    anew.mkdir()
    doctored = filled(anew, within=95)
    assert runner.invoke(verify, ["--history", doctored]).exit_code == 0
    found = runner.invoke(verify, ["--history", doctored, "--heads", str(out)])
    assert (found.exit_code, "sales" in found.output) == (1, True)


def test_keys_are_their_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    """Mode 600; a second key of the same name, a key that is none, and a public key that is none are one line each."""
    path = tmp_path / "key"
    assert new_key(path) == tmp_path / "key.pub"
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_public_key(tmp_path / "key.pub") == public_key_of(read_private_key(path))
    before = path.read_bytes()
    with pytest.raises(UserError, match="never written over"):
        new_key(path)
    assert path.read_bytes() == before
    shutil.copy(tmp_path / "key.pub", tmp_path / "not")
    with pytest.raises(UserError, match="holds no Ed25519 key"):
        read_private_key(tmp_path / "not")
    with pytest.raises(UserError, match="holds no public key"):
        read_public_key(path)

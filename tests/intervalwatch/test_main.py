"""The command line itself: exit codes, and faults in one line."""

import subprocess
import sys

import click
import pytest

from config.errors import UserError
from intervalwatch import main


def with_command(monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    """Let the command `check` do `body`."""

    @click.command("check")
    def check() -> object:
        if isinstance(body, BaseException):
            raise body
        return body

    monkeypatch.setattr(main._Commands, "get_command", lambda *_: check)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, 0),
        (1, 1),
        (UserError("calls.csv: row 7: is torn; mend it"), 2),
        (click.UsageError("no such thing"), 2),
        (RuntimeError("oh"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.exceptions.Exit(3), 3),
    ],
)
def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], body: object, code: int
) -> None:
    """0 done, 1 the data is wrong, 2 it could not be used, 130 stopped; at most one line is said."""
    with_command(monkeypatch, body)
    assert main.run(["check"]) == code
    err = capsys.readouterr().err
    assert len(err.strip().splitlines()) == (1 if code == 2 else 0)
    assert "Traceback" not in err


def test_a_fault_is_said_on_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A message with line breaks is still one line, in full."""
    with_command(monkeypatch, UserError("config.yaml: site:\n  found   this\n\n  allowed that"))
    main.run(["check"])
    assert capsys.readouterr().err == "intervalwatch: config.yaml: site: found this allowed that\n"


def test_a_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """INTERVALWATCH_DEBUG lets a fault of the program through as it is."""
    with_command(monkeypatch, RuntimeError("oh"))
    monkeypatch.setenv("INTERVALWATCH_DEBUG", "1")
    with pytest.raises(RuntimeError, match="oh"):
        main.run(["check"])


def test_help_lists_every_command_without_loading_it() -> None:
    """`--help` is quick: it imports neither Faust nor pandas nor SQLAlchemy."""
    code = (
        "import sys; from intervalwatch.main import run; run(['--help']);"
        "print(sorted({'faust', 'pandas', 'sqlalchemy', 'numpy'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    assert all(f"  {name} " in out for name in ("demo", "worker", "ingest", "replay", "export", "check"))


def test_an_unknown_command_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is no command is named, with exit 2."""
    assert main.run(["brew"]) == 2
    err = capsys.readouterr().err
    assert "brew" in err
    assert len(err.splitlines()) == 1

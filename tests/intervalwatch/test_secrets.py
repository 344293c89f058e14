"""No command shows a password: in its messages, its log or the list of processes."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from intervalwatch import main as command_line
from intervalwatch.main import run

SECRET = "hunter2-of-ana"  # noqa: S105 - of a test
CONFIG = str(Path(__file__).resolve().parents[2] / "config" / "monitor.yaml")
ADDRESSES = [
    f"postgresql://ana:{SECRET}@127.0.0.1:1/calls",
    f"postgresql://ana@127.0.0.1:1/calls?password={SECRET}",
    f"postgresql://ana@127.0.0.1:1/calls?pasword={SECRET}",
    f"postgresql://ana:p@{SECRET}@127.0.0.1:1/calls",
    f"postgresql://ana:{SECRET}@127.0.0.1:x/calls",
    f"postgrs://ana:{SECRET}@127.0.0.1/calls",
    f"mysql://ana:{SECRET}@127.0.0.1/calls",
    f"sqlite:///no/such/history.db?password={SECRET}",
    f"sqlite://ana:{SECRET}@host/history.db",
    f"sqlite:///ana:{SECRET}@history.db",
    f"ana:{SECRET}@127.0.0.1/calls",
    f"postgresql//ana:{SECRET}@127.0.0.1/calls",
    f"host=127.0.0.1 password={SECRET}",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "command",
    [
        ["export", "--format", "csv", "--output", "-", "--history"],
        ["verify", "--history"],
        ["report", "--month", "2026-03", "--history"],
        ["ack", "b1", "--by", "ana", "--history"],
        ["replay", "--config", CONFIG, "--source", "acd=/dev/null", "--history"],
        ["publish-dashboards", "--grafana", "http://127.0.0.1:1", "--history"],
        ["worker", "--config", CONFIG, "--broker"],
        ["web", "--config", CONFIG, "--broker"],
        ["ingest", "--config", CONFIG, "--source", "acd=/dev/null", "--broker"],
        ["publish-dashboards", "--grafana"],
        ["check", "--config", CONFIG],
        ["check", "--config"],
        ["nothing"],
    ],
    ids=lambda command: " ".join(part for part in command if "/" not in part),
)
def test_no_command_repeats_the_password_of_an_address(
    command: list[str], address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the address is written, the message is one line without the password."""
    monkeypatch.setenv("GRAFANA_TOKEN", "a-token")
    monkeypatch.setattr(command_line.sys, "argv", ["intervalwatch", *command, address])
    code = run([*command, address])
    told = capsys.readouterr()
    assert code == 2
    assert "hunter2" not in told.out + told.err
    assert "this is a fault of the program" not in told.err
    assert told.err.count("\n") == 1


def test_a_fault_of_the_program_repeats_no_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last net cleans what a library says."""

    def fail(**_: object) -> None:
        raise RuntimeError(f"could not reach postgresql://ana:{SECRET}@host/calls with password={SECRET}")

    monkeypatch.setattr(command_line.cli, "main", fail)
    assert run([]) == 2
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep their list of processes elsewhere")
def test_a_password_leaves_the_list_of_processes(tmp_path: Path) -> None:
    """A command overwrites a password in its own arguments before it does anything else."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        command = [sys.executable, "-m", "intervalwatch", "web", "--config", CONFIG, "--broker"]
        history = f"postgresql://ana:{SECRET}@127.0.0.1:1/calls"
        with subprocess.Popen(
            [*command, f"kafka://127.0.0.1:{port}", "--history", history], stderr=subprocess.PIPE, cwd=tmp_path
        ) as process:
            listed, until = b"", time.monotonic() + 20
            while b"ana:***@" not in listed and time.monotonic() < until:
                listed = Path(f"/proc/{process.pid}/cmdline").read_bytes()
                time.sleep(0.02)
            assert b"hunter2" not in listed
            assert b"\0postgresql://ana:***@127.0.0.1:1/calls" in listed
            process.kill()


def test_a_log_line_holds_neither_a_password_nor_a_line_of_the_data() -> None:
    """Every line that a live command logs is one line, escaped and without secrets."""
    program = (
        "import logging; from intervalwatch.serving import quiet_logs; quiet_logs();"
        f"logging.getLogger('intervalwatch.worker').info('queue %s at %s', 'a\\n2026 INFO forged\\x1b[2J', "
        f"'postgresql://ana:{SECRET}@host/x')"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr
    assert told.count("\n") == 1
    assert r"queue a\n2026 INFO forged\x1b[2J at postgresql://ana:***@host/x" in told
    assert "\x1b" not in told

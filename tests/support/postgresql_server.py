"""A private PostgreSQL for live tests: Debian's binaries, a loopback port, a directory that is thrown away."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

__all__ = ["binaries", "free_port", "server"]

_START_SECONDS = 30


def binaries() -> Path | None:
    """The folder that holds `initdb` and `postgres`: on PATH, or where Debian puts it."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(bin_folder: Path) -> Iterator[str]:
    """A running server; yields the URL of an empty database `calls`."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    # PostgreSQL refuses to run as root; Debian's package makes a user for it.
    as_user: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    subprocess.run(
        [
            *as_user,
            bin_folder / "initdb",
            "-D",
            folder / "data",
            "-U",
            "tester",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    settings = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    process = subprocess.Popen(
        [*as_user, bin_folder / "postgres", "-D", folder / "data", "-p", str(port), *settings],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
        cwd=folder,
        start_new_session=True,
    )
    try:
        _wait(port, process, folder / "log")
        with psycopg.connect(f"postgresql://tester@127.0.0.1:{port}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE calls")
        yield f"postgresql+psycopg://tester@127.0.0.1:{port}/calls"
    finally:
        subprocess.run(
            [*as_user, bin_folder / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd=folder,
        )
        process.wait(timeout=_START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            psycopg.connect(f"postgresql://tester@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")

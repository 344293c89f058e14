"""A private Apache Kafka for live tests: jars from Maven Central, one KRaft node on loopback, a folder thrown away.

The broker can be stopped, killed and started again with the same data on the same ports, because the tests
that matter most are about what happens then. Beside the plain listener there is one that asks for TLS, a
user and a password. Run as a program, this file only fetches the jars (`make kafka`).
"""

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from postgresql_server import free_port

__all__ = ["PASSWORD", "USER", "KafkaServer", "fetch_jars", "missing_tools"]

USER: Final = "tester"
PASSWORD: Final = "correct horse"  # noqa: S105 - of a server that lives for one test run, on loopback

_POM: Final = Path(__file__).with_name("kafka.pom.xml")
_JARS: Final = Path(__file__).resolve().parents[2] / ".cache" / "kafka-4.1.0"
_START_SECONDS: Final = 180
_STOP_SECONDS: Final = 60


def missing_tools() -> str | None:
    """The tools that this machine lacks to run the broker, in words; None: it lacks none."""
    if shutil.which("java") is None:
        return "java is not on PATH (Kafka 4.1 needs JDK 17)"
    if shutil.which("openssl") is None:
        return "openssl is not on PATH"
    if not _JARS.is_dir() and shutil.which("mvn") is None:
        return "mvn is not on PATH, and the jars of Kafka were not fetched before"
    return None


def fetch_jars() -> Path:
    """The folder with the broker's jars; fetched through Maven (43 MB) unless they are there.

    Raises:
        RuntimeError: Maven could not fetch them; the message holds its last words.
    """
    if not _JARS.is_dir():
        _JARS.parent.mkdir(parents=True, exist_ok=True)
        # Into a folder beside, then renamed: an interrupted download never passes for a complete one.
        fetching = Path(tempfile.mkdtemp(prefix="kafka-", dir=_JARS.parent))
        command = ["mvn", "-B", "-f", str(_POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        done = subprocess.run(
            [*command, f"-DoutputDirectory={fetching}"],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            shutil.rmtree(fetching)
            raise RuntimeError(f"Maven could not fetch Kafka: {(done.stdout + done.stderr)[-2000:]}")
        fetching.rename(_JARS)
    return _JARS


class KafkaServer:
    """One broker with its data, from `start` to `close`; `stop` or `kill` in between keep data and ports."""

    def __init__(self, jars: Path) -> None:
        self._jars = jars
        self._folder = Path(tempfile.mkdtemp(prefix="kafka-"))
        self._log = self._folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port, self._secure_port, self._controller_port = free_port(), free_port(), free_port()
        self.ca_file = self._folder / "ca.pem"
        """Certificate that the secure listener's is signed with."""
        self._certify()
        self._configure()

    @property
    def url(self) -> str:
        """`kafka://127.0.0.1:PORT` of the plain listener."""
        return f"kafka://127.0.0.1:{self._port}"

    @property
    def secure_url(self) -> str:
        """The listener with TLS and SASL PLAIN, for `USER` and `PASSWORD`."""
        return f"kafka://127.0.0.1:{self._secure_port}"

    def start(self) -> None:
        """Start the broker and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java(), "kafka.Kafka", str(self._folder / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
            )
        self._wait(self._process)

    def stop(self) -> None:
        """Stop in good order, as an administrator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop without warning, as a power cut would."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Kill and forget the data."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        client = AdminClient({"bootstrap.servers": f"127.0.0.1:{self._port}", "log_level": 0})
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                if client.list_topics(timeout=1).brokers:
                    return
            except KafkaException:
                pass
            if process.poll() is not None:
                break
        raise RuntimeError(f"Kafka did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def _java(self) -> list[str]:
        return ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{self._jars}{os.sep}*"]

    def _certify(self) -> None:
        """A certificate authority and a certificate for 127.0.0.1, both for this run only."""
        for name, command in {
            "ca": "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem",
            "request": "req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout server.key -out server.csr",
            "certificate": "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
            "-extfile san.txt -out server.pem",
        }.items():
            if name == "certificate":
                (self._folder / "san.txt").write_text("subjectAltName=IP:127.0.0.1\n")
            subprocess.run(["openssl", *command.split()], check=True, capture_output=True, cwd=self._folder)
        chain = "".join((self._folder / name).read_text() for name in ("server.key", "server.pem", "ca.pem"))
        (self._folder / "keystore.pem").write_text(chain)

    def _configure(self) -> None:
        login = (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{USER}" password="{PASSWORD}" user_{USER}="{PASSWORD}";'
        )
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "listeners": f"PLAIN://127.0.0.1:{self._port},SECURE://127.0.0.1:{self._secure_port},"
            f"CONTROLLER://127.0.0.1:{self._controller_port}",
            "listener.security.protocol.map": "PLAIN:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAIN",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listener.name.secure.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.secure.plain.sasl.jaas.config": login,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._folder / "keystore.pem",
            "log.dirs": self._folder / "data",
            # A topic exists because the program made it as it must be, never because somebody asked for its name.
            "auto.create.topics.enable": "false",
            "num.partitions": 4,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            # A killed broker is taken back as soon as it is there again.
            "broker.session.timeout.ms": 2000,
            "broker.heartbeat.interval.ms": 500,
            # Tests wait for neither a group that might grow nor the next round of retention.
            "group.initial.rebalance.delay.ms": 0,
            "log.initial.task.delay.ms": 500,
            "log.retention.check.interval.ms": 500,
        }
        properties = self._folder / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        # An id that began with "-" would be taken for an option: once in 64 times.
        cluster = base64.b64encode(uuid.uuid4().bytes, altchars=b"__").decode().rstrip("=")
        command = [*self._java(), "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    lacking = missing_tools()
    if lacking is not None:
        sys.exit(f"cannot fetch Kafka: {lacking}")
    sys.stdout.write(f"Kafka's jars are in {fetch_jars()}\n")

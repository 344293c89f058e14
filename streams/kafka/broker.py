"""Where records flow: the embedded broker of the demo and of fast tests, and the first word with any broker.

librdkafka, which the confluent-kafka wheel holds, carries a mock cluster that is a real TCP broker. It makes the
product run on a machine with nothing but Python; it keeps some 5 MiB a partition and forgets all when it stops.
"""

import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from config.errors import UserError
from config.shown_text import shown_address
from streams.kafka.security import security_for_librdkafka

__all__ = ["EMBEDDED_PARTITIONS", "Broker", "EmbeddedBroker", "parse_broker_url", "require_reachable"]

EMBEDDED_PARTITIONS: Final = 4
"""Partitions of every topic on the embedded broker, made when it is first asked for; librdkafka allows no choice."""

_SCHEME: Final = "kafka://"
_SERVER: Final = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
_MOCK_CLUSTER: Final = "mockCluster"
_START_SECONDS: Final = 10.0
_REFUSED: Final = (
    KafkaError._AUTHENTICATION,  # noqa: SLF001 - librdkafka's names of its own errors begin so
    KafkaError._SSL,  # noqa: SLF001 - as above
    KafkaError.SASL_AUTHENTICATION_FAILED,
)


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that has answered."""

    url: str
    """As the user gave it."""
    bootstrap: str
    """`host:port[,host:port]`, as clients want it."""
    embedded: bool
    """Whether it is librdkafka's mock cluster: topics need not (and cannot) be created, data is not kept."""
    topics: frozenset[str] = frozenset()
    """The names it has."""


class EmbeddedBroker:
    """A broker inside this process, from `start` (or `with`) to `stop`."""

    def __init__(self) -> None:
        self._cluster: Any = None
        self._url = ""

    @property
    def url(self) -> str:
        """`kafka://127.0.0.1:PORT`; empty before `start`."""
        return self._url

    def start(self) -> None:
        """Listen on a free loopback port.

        Raises:
            UserError: librdkafka could not open one.
        """
        # The cluster lives as long as the producer that it hangs on.
        cluster = Producer({"bootstrap.servers": "ignored", "test.mock.num.brokers": 1, "log_level": 0})
        try:
            (server,) = cluster.list_topics(timeout=_START_SECONDS).brokers.values()
        except KafkaException as error:
            raise UserError(f"the embedded broker did not start ({_reason(error)}); name one with --broker") from error
        self._cluster, self._url = cluster, f"{_SCHEME}{server.host}:{server.port}"

    def stop(self) -> None:
        """Close the port and forget all data."""
        self._cluster, self._url = None, ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def parse_broker_url(url: str) -> list[str]:
    """`host:port` of each server that `kafka://host:port[,host:port]` names.

    Raises:
        UserError: it is no such URL.
    """
    servers = url.removeprefix(_SCHEME).rstrip("/").split(",") if url.startswith(_SCHEME) else []
    found = [_SERVER.fullmatch(server) for server in servers]
    if not found or not all(match and 0 < int(match["port"]) < 65_536 for match in found):
        raise UserError(
            f"--broker: found {shown_address(url)!r}; write kafka://host:port, or several as kafka://host:port,host:port"
        )
    return servers


def require_reachable(url: str, security: Mapping[str, str] | None = None, timeout: float = 5.0) -> Broker:
    """The broker at `url`, once it has answered.

    Args:
        url: `kafka://host:port[,host:port]`.
        security: the configuration's `kafka.security`; empty: an open broker.
        timeout: seconds to wait for an answer; a refused connection is known at once.

    Raises:
        UserError: the URL is none, nobody answers, or the broker wants another login or encryption.
    """
    servers = parse_broker_url(url)
    _require_listener(url, servers, timeout)
    complaints: list[KafkaError] = []
    settings: dict[str, Any] = {
        "bootstrap.servers": ",".join(servers),
        "log_level": 0,
        "error_cb": complaints.append,
        **security_for_librdkafka(security or {}),
    }
    try:
        client = AdminClient(settings)
    except KafkaException as error:
        raise UserError(f"kafka.security: {_reason(error)}; correct it in the configuration") from error
    deadline = time.monotonic() + timeout
    while True:
        try:
            # Short asks, so that a refused login is told when it is known and not when the time is up.
            cluster = client.list_topics(timeout=min(0.5, timeout))
        except KafkaException as error:
            client.poll(0)
            refused = next((each for each in complaints if each.code() in _REFUSED), None)
            if refused is not None:
                raise UserError(
                    f"{url}: the broker refuses the login or the encryption ({_plain(refused.str())}); "
                    f"set kafka.security in the configuration to what it asks for"
                ) from error
            if time.monotonic() >= deadline:
                said = [each for each in complaints if each.code() != KafkaError._ALL_BROKERS_DOWN]  # noqa: SLF001 - as above
                raise UserError(
                    f"{url}: what listens there does not answer as Kafka does "
                    f"({_plain(said[-1].str()) if said else _reason(error)}); "
                    f"check the port, and that kafka.security is what the broker asks for"
                ) from error
        else:
            embedded = str(cluster.cluster_id).startswith(_MOCK_CLUSTER)
            return Broker(url, ",".join(servers), embedded, frozenset(cluster.topics))


def _require_listener(url: str, servers: list[str], timeout: float) -> None:
    """Let the operating system say what it knows at once: no such host, connection refused."""
    reason = ""
    for server in servers:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=timeout).close()
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            return
    raise UserError(f"{url}: no broker answers there ({reason}); start one or leave --broker out")


def _reason(error: KafkaException) -> str:
    return _plain(error.args[0].str())


def _plain(text: str) -> str:
    """`text` of librdkafka on one line, without the thread it came from and the hints for its own users."""
    text = " ".join(text.split())
    text = re.sub(r"^(?:[a-z_]+://)?\S+/(?:bootstrap|\d+): ", "", text)
    return re.sub(r" \((?:after \d|install|add|verify).*$", "", text)

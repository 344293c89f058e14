"""Addresses at which Prometheus and Alertmanager reach the others; by default those of docker-compose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Addresses"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where workers, Alertmanager and `web` are found."""

    workers: tuple[str, ...] = ()
    """`host:port` of each worker; empty: those that the name `worker` stands for, at port 6066."""
    alertmanager: str = "alertmanager:9093"
    web: str = "http://web:6067"
    token_file: str | None = "/run/secrets/intervalwatch_token"  # noqa: S105 - a path
    """The file that holds `INTERVALWATCH_TOKEN`, as both find it; None: nobody asks for one."""

    def authorization(self) -> Mapping[str, Any]:
        """The setting by which a scrape or a webhook shows the token."""
        return {} if self.token_file is None else {"authorization": {"credentials_file": self.token_file}}

"""Settings of the installation: how programs reach Kafka, and how long history is kept.

No figure depends on them. So they are not part of a parameter version's content, and moving to another broker changes
no hash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from config.yaml import Node

__all__ = ["HistorySettings", "KafkaSettings", "read_history", "read_kafka"]

_PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_SECURITY_KEYS: Final = (
    "security_protocol",
    "ssl_cafile",
    "ssl_certfile",
    "ssl_keyfile",
    "sasl_mechanism",
    "sasl_username_env",
    "sasl_password_env",
)
_SECRETS: Final = {
    key: f"in an environment variable: name that variable in {key}_env" for key in ("sasl_username", "sasl_password")
}


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """The names of topics, how they are created, and how the broker is reached."""

    topic_prefix: str = ""
    partitions: int = 12
    """Partitions of each topic when it is created; more workers than partitions stand idle."""
    replication: int = 1
    security: Mapping[str, str] = field(default_factory=dict, hash=False)
    """`security_protocol`, `ssl_*` paths, `sasl_mechanism`; and the names, never the values, of the environment
    variables with user and password."""


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """The retention of results."""

    retention_days: int | None = None
    """Days that results are kept; None: for ever."""


def read_kafka(node: Node) -> KafkaSettings:
    """The settings of the section `kafka:`."""
    fields = node.fields(("topic_prefix", "partitions", "replication", "security"))
    settings = KafkaSettings()
    prefix = settings.topic_prefix
    if "topic_prefix" in fields and fields["topic_prefix"].value != "":
        prefix = fields["topic_prefix"].name("a topic prefix like acme. (or empty)")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", prefix):
            raise fields["topic_prefix"].wrong("up to 100 letters, digits, dots, dashes and underscores")
    return KafkaSettings(
        topic_prefix=prefix,
        partitions=fields["partitions"].integer(1, 10_000) if "partitions" in fields else settings.partitions,
        replication=fields["replication"].integer(1, 100) if "replication" in fields else settings.replication,
        security=_read_security(fields["security"]) if "security" in fields else {},
    )


def _read_security(node: Node) -> dict[str, str]:
    fields = node.fields(_SECURITY_KEYS, _SECRETS)
    security: dict[str, str] = {}
    for key, child in fields.items():
        if key == "security_protocol":
            security[key] = child.choice(_PROTOCOLS)
        elif key == "sasl_mechanism":
            security[key] = child.choice(_MECHANISMS)
        else:
            security[key] = child.name("the name of an environment variable" if key.endswith("_env") else "a path")
            if key.endswith("_env") and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", security[key]):
                # The text may be the secret itself, so the message does not repeat it.
                raise child.fault("not the name of an environment variable; the secret itself never stands in the file")
    if security.get("security_protocol", "").startswith("SASL"):
        for key in ("sasl_mechanism", "sasl_username_env", "sasl_password_env"):
            if key not in security:
                raise fields["security_protocol"].fault(
                    f"{security['security_protocol']} needs {key}; set it beside it"
                )
    for key, other in (("ssl_keyfile", "ssl_certfile"), ("ssl_certfile", "ssl_keyfile")):
        if key in security and other not in security:
            raise fields[key].fault(f"{key} needs {other}; set it beside it")
    return security


def read_history(node: Node) -> HistorySettings:
    """The settings of the section `history:`."""
    days = node.fields(("retention_days",)).get("retention_days")
    if days is None or days.value is None:
        return HistorySettings()
    return HistorySettings(retention_days=days.integer(1, 36_600))

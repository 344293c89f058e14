"""One description of how Kafka is protected, in the words of each of the three clients that the product uses.

The configuration names files and the *names* of environment variables; user and password are read here, at the
last moment, handed to the client and neither kept nor logged. kafka-python's words are the configuration's.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from config.errors import UserError

__all__ = ["security_for_faust", "security_for_kafka_python", "security_for_librdkafka"]

_PLAIN: Final = "PLAINTEXT"
_LIBRDKAFKA: Final = {
    "security_protocol": "security.protocol",
    "ssl_cafile": "ssl.ca.location",
    "ssl_certfile": "ssl.certificate.location",
    "ssl_keyfile": "ssl.key.location",
    "sasl_mechanism": "sasl.mechanism",
    "sasl_plain_username": "sasl.username",
    "sasl_plain_password": "sasl.password",
}


def security_for_kafka_python(security: Mapping[str, str]) -> dict[str, str]:
    """Keyword arguments of kafka-python's clients.

    Args:
        security: the configuration's `kafka.security`; empty: an open broker.

    Raises:
        UserError: a file is not there, or an environment variable that should hold user or password is not set.
    """
    arguments: dict[str, str] = {}
    for key, value in security.items():
        if key.startswith("ssl_"):
            if not Path(value).is_file():
                raise UserError(f"kafka.security.{key}: no file {value}; give the path of a PEM file")
            arguments[key] = value
        elif key.endswith("_env"):
            secret = os.environ.get(value)
            if not secret:
                raise UserError(f"kafka.security.{key}: the environment variable {value} is not set; set it first")
            arguments[f"sasl_plain_{key.removeprefix('sasl_').removesuffix('_env')}"] = secret
        else:
            arguments[key] = value
    return arguments


def security_for_librdkafka(security: Mapping[str, str]) -> dict[str, str]:
    """Settings of confluent-kafka's clients; arguments and errors of `security_for_kafka_python`."""
    return {_LIBRDKAFKA[key]: value for key, value in security_for_kafka_python(security).items()}


def security_for_faust(security: Mapping[str, str]) -> Any:  # noqa: ANN401 - Faust has no types
    """Credentials for `faust.App(broker_credentials=…)`; None for an open broker.

    Arguments and errors of `security_for_kafka_python`.
    """
    arguments = security_for_kafka_python(security)
    protocol = arguments.get("security_protocol", _PLAIN)
    if protocol == _PLAIN:
        return None
    # Only a live worker pays for importing Faust.
    from faust.auth import SASLCredentials, SSLCredentials  # noqa: PLC0415

    context = _tls(arguments) if protocol.endswith("SSL") else None
    if protocol == "SSL":
        return SSLCredentials(context)
    return SASLCredentials(
        username=arguments["sasl_plain_username"],
        password=arguments["sasl_plain_password"],
        ssl_context=context,
        mechanism=arguments["sasl_mechanism"],
    )


def _tls(arguments: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=arguments.get("ssl_cafile"))
        if "ssl_certfile" in arguments:
            context.load_cert_chain(arguments["ssl_certfile"], arguments["ssl_keyfile"])
    except (ssl.SSLError, OSError) as error:
        raise UserError(f"kafka.security: the ssl files cannot be used ({error}); give PEM files") from error
    return context

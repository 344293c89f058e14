"""The configuration's words on security reach each client in its own words, and secrets come from the environment."""

import ssl
from pathlib import Path

import pytest
from faust.auth import SASLCredentials, SSLCredentials

from config.errors import UserError
from streams.kafka.security import security_for_faust, security_for_kafka_python, security_for_librdkafka

LOGIN = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_username_env": "TEST_KAFKA_USER",
    "sasl_password_env": "TEST_KAFKA_PASSWORD",
}


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A login whose user and password are in the environment."""
    monkeypatch.setenv("TEST_KAFKA_USER", "monitor")
    monkeypatch.setenv("TEST_KAFKA_PASSWORD", "s3cret")
    return LOGIN


def test_an_open_broker_needs_nothing() -> None:
    """Without a word on security no client is given any setting."""
    assert security_for_kafka_python({}) == security_for_librdkafka({}) == {}
    assert security_for_faust({}) is None
    assert security_for_faust({"security_protocol": "PLAINTEXT"}) is None


def test_a_login_is_told_to_each_client_in_its_words(login: dict[str, str]) -> None:
    """User and password are read from the variables that the configuration names."""
    assert security_for_kafka_python(login) == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "monitor",
        "sasl_plain_password": "s3cret",
    }
    assert security_for_librdkafka(login) == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "monitor",
        "sasl.password": "s3cret",
    }
    credentials = security_for_faust(login)
    assert isinstance(credentials, SASLCredentials)
    assert (credentials.username, credentials.password) == ("monitor", "s3cret")
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")
    assert credentials.ssl_context is None


def test_encryption_alone_verifies_the_broker() -> None:
    """Without a file of its own, the machine's authorities are trusted, and host names are checked."""
    credentials = security_for_faust({"security_protocol": "SSL"})
    assert isinstance(credentials, SSLCredentials)
    assert credentials.context.verify_mode is ssl.CERT_REQUIRED
    assert credentials.context.check_hostname


def test_a_login_over_encryption_has_both(login: dict[str, str]) -> None:
    """Faust takes the protocol from what the credentials hold."""
    credentials = security_for_faust({**login, "security_protocol": "SASL_SSL"})
    assert credentials.protocol.value == "SASL_SSL"
    assert credentials.ssl_context.verify_mode is ssl.CERT_REQUIRED


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the key and the variable, and nothing of a secret."""
    monkeypatch.setenv("TEST_KAFKA_USER", "monitor")
    monkeypatch.delenv("TEST_KAFKA_PASSWORD", raising=False)
    with pytest.raises(UserError, match=r"sasl_password_env: the environment variable TEST_KAFKA_PASSWORD is not set"):
        security_for_kafka_python(LOGIN)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The key and the path are told before any client stumbles on them."""
    with pytest.raises(UserError, match=r"^kafka\.security\.ssl_cafile: no file .*ca\.pem; give"):
        security_for_librdkafka({"security_protocol": "SSL", "ssl_cafile": str(tmp_path / "ca.pem")})


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    """OpenSSL's complaint becomes one line."""
    wrong = tmp_path / "ca.pem"
    wrong.write_text("not a certificate")
    with pytest.raises(UserError, match=r"^kafka\.security: the ssl files cannot be used \(.+\); give PEM files$"):
        security_for_faust({"security_protocol": "SSL", "ssl_cafile": str(wrong)})

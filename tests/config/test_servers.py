"""Settings of Kafka and history: sensible without a word, and never a secret in the file."""

from pathlib import Path

import pytest

from config.errors import UserError
from config.servers import HistorySettings, KafkaSettings, read_history, read_kafka
from config.yaml import Node, read_yaml

SASL = (
    "{security_protocol: SASL_SSL, sasl_mechanism: PLAIN, sasl_username_env: USER_NAME, sasl_password_env: PASS_WORD}"
)


def _node(tmp_path: Path, text: str) -> Node:
    path = tmp_path / "c.yaml"
    path.write_text(f"kafka: {text}\n", encoding="utf-8")
    return read_yaml(path).fields(("kafka",))["kafka"]


def test_defaults_serve_one_broker(tmp_path: Path) -> None:
    """Without a word: no prefix, twelve partitions, one copy, no security, history for ever."""
    assert read_kafka(_node(tmp_path, "")) == KafkaSettings("", 12, 1, {})
    assert read_history(_node(tmp_path, "")) == HistorySettings(None)
    assert read_history(_node(tmp_path, "{retention_days: 400}")) == HistorySettings(400)


def test_security_is_passed_on_with_names_of_variables(tmp_path: Path) -> None:
    """The settings hold what the clients need, and the names of the variables that hold the secrets."""
    found = read_kafka(_node(tmp_path, f"{{topic_prefix: acme., partitions: 3, replication: 2, security: {SASL}}}"))
    assert (found.topic_prefix, found.partitions, found.replication) == ("acme.", 3, 2)
    assert found.security == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "PLAIN",
        "sasl_username_env": "USER_NAME",
        "sasl_password_env": "PASS_WORD",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{topic_prefix: 'a b'}", r"kafka\.topic_prefix \(line 1\): found the text 'a b'; allowed: up to 100 letters"),
        ("{topic_prefix: 7}", r"kafka\.topic_prefix \(line 1\): found the number 7, and a name is wanted; quote it"),
        ("{partition: 3}", r'kafka\.partition \(line 1\): unknown key .*did you mean "partitions"\?'),
        ("{replication: 1.5}", r"kafka\.replication \(line 1\): found the number 1.5; allowed: a whole number"),
        (
            "{security: {security_protocol: TLS}}",
            r"security_protocol \(line 1\): found the text 'TLS'; allowed: one of PLAIN",
        ),
        (
            "{security: {sasl_mechanism: MD5}}",
            r"sasl_mechanism \(line 1\): found the text 'MD5'; allowed: one of PLAIN",
        ),
        ("{security: {security_protocol: SASL_SSL}}", r"security_protocol \(line 1\): SASL_SSL needs sasl_mechanism"),
        ("{security: {ssl_keyfile: /k.pem}}", r"ssl_keyfile \(line 1\): ssl_keyfile needs ssl_certfile"),
        (
            "{security: {sasl_password: x}}",
            r"sasl_password \(line 1\): unknown key .*name that variable in sasl_password_env",
        ),
        ("{security: {ssl_ca: x}}", r'ssl_ca \(line 1\): unknown key .*did you mean "ssl_cafile"\?'),
    ],
)
def test_faults_name_their_key(tmp_path: Path, text: str, message: str) -> None:
    """Each fault of the section says where it is and what is allowed."""
    with pytest.raises(UserError, match=message):
        read_kafka(_node(tmp_path, text))


def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    """A password written where a variable's name belongs does not end up on a screen or in a log."""
    with pytest.raises(UserError, match=r"sasl_password_env \(line 1\): not the name of an environment") as caught:
        read_kafka(_node(tmp_path, '{security: {sasl_password_env: "hunter2!"}}'))
    assert "hunter2" not in str(caught.value)

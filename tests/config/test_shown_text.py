"""Text as it may be shown: no password of any address, no escape that moves a cursor."""

import logging
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.errors import UserError
from config.shown_text import ShownTextFilter, escaped, shown_address, without_secrets
from dashboards.grafana.client import Grafana
from streams.history.schema import connect
from streams.kafka.broker import parse_broker_url

SCHEMES = [
    *("postgresql", "postgresql+psycopg", "postgres", "postgrs", "postgresql+nothing", "mysql", "sqlite", "kafka"),
    *("http", "https", "file", "POSTGRESQL", "oracle+cx_oracle", "sqlite+pysqlcipher"),
]
FORMS = [
    "{scheme}://ana:{secret}@host/calls",
    "{scheme}://ana:{secret}@host:5432/calls",
    "{scheme}://:{secret}@host/calls",
    "{scheme}://ana:{secret}@host1:1,host2:2/calls",
    "{scheme}://ana:{secret}@[::1]:5432/calls",
    "{scheme}://ana:{secret}@host:port/calls",
    "{scheme}://ana:{secret}@",
    "{scheme}://ana:{secret}@/calls",
    "{scheme}:///ana:{secret}@host/calls",
    "{scheme}:/ana:{secret}@host/calls",
    "{scheme}:ana:{secret}@host/calls",
    "{scheme}//ana:{secret}@host/calls",
    "ana:{secret}@host/calls",
    "ana:{secret}@host",
    "{scheme}://ana@host/calls?password={secret}",
    "{scheme}://host/calls?user=ana&password={secret}",
    "{scheme}://host/calls?sslmode=require&pasword={secret}",
    "{scheme}://host/calls?password={secret}&user=ana",
    "{scheme}:///calls?password={secret}",
    "{scheme}:///calls.db?key={secret}",
    "{scheme}://host/calls;password={secret}",
    "host=host user=ana password={secret} dbname=calls",
    "password={secret}",
]
WITHOUT_HOST = [
    "{scheme}://ana:{secret}",
    "{scheme}://ana:{secret}/calls",
    "{scheme}://ana@host:{secret}/calls",
    "{scheme}://ana:{secret}#host/calls",
]
"""Nothing follows the password that could tell an `@` or a `/` in it from those of an address."""
secrets = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=6, max_size=20),
    st.text(alphabet="abcXYZ789@:/?#&=%+ '\"\\;.-_", min_size=6, max_size=20),
    st.from_regex(r"\A[a-z]{3}[@:/?#&=%+;][A-Z0-9]{5}\Z"),
)


@st.composite
def urls(draw: st.DrawFn) -> tuple[str, str, str]:
    """An address, the password in it, and the address without the password."""
    form, scheme, secret = draw(st.sampled_from(FORMS + WITHOUT_HOST)), draw(st.sampled_from(SCHEMES)), draw(secrets)
    if form in WITHOUT_HOST:
        secret = secret.replace("@", "A").replace("/", "B")
    if form.startswith("ana:") and secret.startswith("//"):
        secret = f"A{secret}"  # else `ana` is a scheme
    return form.format(scheme=scheme, secret=secret), secret, form.format(scheme=scheme, secret="")


URLS = urls()
SAID = "http://127.0.0.1:3000 kafka://host:port sqlite:///history.db postgresql+psycopg://user@host/database as %40"
"""Examples that messages hold."""


def leaked(secret: str, text: str, rest: str) -> list[str]:
    """Pieces of five characters of a secret that stand in a text, and not in what else is shown."""
    pieces = {secret[at : at + 5] for at in range(len(secret) - 4)}
    return [piece for piece in pieces if re.search(r"[^\W_]", piece) and piece in text and piece not in rest + SAID]


@given(URLS)
@example(("postgresql://ana:my@secret@host/calls", "my@secret", ""))
@example(("postgresql://ana:secret?x@host/calls", "secret?x", ""))
@example(("postgresql://ana@host/calls?password=p@secret", "p@secret", ""))
def test_no_form_of_an_address_shows_its_password(case: tuple[str, str, str]) -> None:
    """The password is left out of every address: well written, mistyped, of a wrong scheme, in a parameter."""
    url, secret, rest = case
    assert leaked(secret, shown_address(url), rest) == []


def fault_of(opened: Callable[[str], object], url: str) -> str:
    """The message on an address that cannot be used."""
    try:
        opened(url)
    except UserError as error:
        return str(error)
    return ""


@given(URLS)
def test_no_message_shows_a_password(case: tuple[str, str, str]) -> None:
    """Errors of history, broker and Grafana name the address without its password."""
    url, secret, rest = case
    for opened in (lambda url: connect(url, create=False), parse_broker_url, lambda url: Grafana(url, "x")):
        words = fault_of(opened, url.replace(secret, "QQQQQQ"))
        assert leaked(secret, fault_of(opened, url), rest + words) == []


@given(URLS, st.sampled_from(["{}", "history {}: no answer", "Got unexpected extra argument ({})", "found {!r}"]))
def test_text_that_repeats_an_argument_shows_no_password(case: tuple[str, str, str], sentence: str) -> None:
    """A message of a library is cleaned by what the command was given."""
    url, secret, rest = case
    text = sentence.format(url)
    assert leaked(secret, without_secrets(text, [url]), rest + sentence) == []
    assert leaked(secret, without_secrets(text, [f"--history={url}"]), rest + sentence) == []


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///history.db",
        "sqlite:////srv/ana's calls/history.db",
        "postgresql+psycopg://user@host/database",
        "kafka://host:port,host:port",
        "kafka://10.0.0.5:9092",
        "http://127.0.0.1:3000/grafana/",
        "message call-data/3@15 was not applied: ValueError('x')",
        "--broker http://x: found nothing; write kafka://host:port, or several as kafka://host:port,host:port",
        "sales 2026-03-02 11:00-11:30: service level 41 %, range from 75 %",
        "GRAFANA_TOKEN: is not set; put the token of a Grafana service account into it",
        "calls.csv: row 12: offered_at: found '08:00'; write 2026-03-02T08:00:00+01:00",
    ],
)
def test_what_holds_no_secret_stays(text: str) -> None:
    """Messages without a password are shown as they are."""
    assert without_secrets(text) == text


@given(st.text(), st.text(alphabet="\n\r\x1b\x9b\u2028\u202e\x85\ud800ab[31m"))
def test_an_escaped_text_is_one_line(text: str, odd: str) -> None:
    """No line end, no control character and no mark that turns text is left, and nothing readable is changed."""
    shown = escaped(text + odd)
    assert len(shown.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert escaped("ventas ñ 客服 – 🙂") == "ventas ñ 客服 – 🙂"


def test_a_log_shows_names_on_one_line_and_no_password() -> None:
    """A queue called after a line end and an escape forges no line, and a password in an argument is left out."""
    record = logging.LogRecord(
        "intervalwatch.worker",
        logging.INFO,
        "x.py",
        1,
        "queue %s of %s",
        ("a\n2026 INFO forged\x1b[2J", "x://u:pw123@h"),
        None,
    )
    assert ShownTextFilter().filter(record)
    assert record.getMessage() == r"queue a\n2026 INFO forged\x1b[2J of x://u:***@h"

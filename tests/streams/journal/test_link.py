"""Signed links: of this token, for this incident, until their time; a mark that is not the link itself."""

from urllib.parse import parse_qs, urlsplit

from streams.journal.link import Signer

INCIDENT = "service_level_below_range/a & b/2026-03-02T09:00:00Z"
UNTIL = 1_772_000_000_000


def _asked(signer: Signer) -> tuple[str, str, str]:
    found = parse_qs(urlsplit(signer.path(INCIDENT, UNTIL)).query)
    return found["incident"][0], found["until"][0], found["signature"][0]


def test_a_link_is_valid_until_its_time() -> None:
    """A millisecond before its end it has a mark, at the end none."""
    signer = Signer("a long token of a test")
    assert signer.mark(*_asked(signer), UNTIL - 1)
    assert signer.mark(*_asked(signer), UNTIL) is None


def test_a_link_that_was_changed_or_is_of_another_token_is_none() -> None:
    """Another incident, a later time, another signature or key."""
    signer = Signer("a long token of a test")
    incident, until, signature = _asked(signer)
    assert signer.mark("other", until, signature, 0) is None
    assert signer.mark(incident, str(UNTIL + 1), signature, 0) is None
    assert signer.mark(incident, until, signature[:-1] + "x", 0) is None
    assert signer.mark(incident, until, "\ud800", 0) is None
    assert Signer("another token of a test").mark(incident, until, signature, 0) is None


def test_the_mark_does_not_give_the_link_away() -> None:
    """The mark that the journal keeps of a link opens nothing."""
    signer = Signer("a long token of a test")
    incident, until, signature = _asked(signer)
    mark = signer.mark(incident, until, signature, 0)
    assert mark is not None
    assert mark not in signature
    assert signer.mark(incident, until, mark, 0) is None

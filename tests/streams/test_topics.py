"""Topics are spelled once, and as the reference spells them."""

from streams import topics


def test_topics_are_the_reference_s() -> None:
    """Section 2 names five topics."""
    spelled = {value for name, value in vars(topics).items() if name.startswith("TOPIC_")}
    assert {"call-data", "interval-results", "breaches", "program-days", "dead-letters"} <= spelled

"""Sites and pools: which queues they have, whose clock those run on, and every fault with its line and remedy."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.errors import UserError
from config.held import configuration_of_held, same_content
from config.programs import Pool, Site
from config.settings import Settings, read_settings

CENTRE = """
site: {timezone: Europe/Madrid}
parameters: {version: "1", from: 2026-01-01T00:00:00Z}
programs:
  - id: bank
    timezone: Europe/Rome
    queues: [{id: cards}, {id: loans, timezone: Asia/Kolkata}, {id: loans_es}]
  - {id: shop, queues: [{id: orders}]}
"""
GROUPS = """
sites:
  - {id: london, timezone: Europe/London, programs: [bank]}
  - {id: lisbon, timezone: Europe/Lisbon, queues: [loans_es]}
  - {id: home, programs: [shop]}
pools:
  - {id: cards_team, queues: [loans, cards]}
"""


def _settings(folder: Path, text: str) -> Settings:
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_a_queue_that_is_named_goes_before_its_program(tmp_path: Path) -> None:
    """The site of a queue is the one that names it, else the one that names its program; pools are as given."""
    settings = _settings(tmp_path, CENTRE + GROUPS)
    assert settings.sites == (
        Site("home", None, ("orders",)),
        Site("lisbon", "Europe/Lisbon", ("loans_es",)),
        Site("london", "Europe/London", ("cards", "loans")),
    )
    assert settings.pools == (Pool("cards_team", ("cards", "loans")),)


def test_a_site_gives_its_queues_its_time_zone(tmp_path: Path) -> None:
    """A queue's zone is its own, else its site's, else its program's; a program's own zone stays."""
    settings = _settings(tmp_path, CENTRE + GROUPS)
    zones = {queue: settings.queue(queue).timezone for _, queue in settings.configured_queues()}
    assert zones == {
        "cards": "Europe/London",
        "loans": "Asia/Kolkata",
        "loans_es": "Europe/Lisbon",
        "orders": "Europe/Madrid",
    }
    assert settings.program("bank").timezone == "Europe/Rome"


def test_sites_and_pools_belong_to_the_parameter_version(tmp_path: Path) -> None:
    """A version with another pool is another content, in whatever order the file names them."""
    plain, grouped = _settings(tmp_path, CENTRE), _settings(tmp_path, CENTRE + GROUPS)
    assert not {"sites", "pools"} & plain.content[0].keys()
    assert not same_content(plain.content, grouped.content)
    assert not same_content(grouped.content, plain.content)
    turned = GROUPS.replace("[loans, cards]", "[cards, loans]")
    assert _settings(tmp_path, CENTRE + turned).content_hash == grouped.content_hash != plain.content_hash


def test_a_history_gives_its_groups_back(tmp_path: Path) -> None:
    """The content of a version holds its programs, sites and pools whole."""
    settings = _settings(tmp_path, CENTRE + GROUPS)
    held = SimpleNamespace(version="1", parameters_from_ms=settings.parameters_from_ms, content=settings.content)
    again = configuration_of_held([held])
    assert again is not None
    assert (again.last.sites, again.last.pools) == (settings.sites, settings.pools)
    assert again.last.programs == settings.programs
    assert [again.last.queue(queue) for _, queue in settings.configured_queues()] == [
        settings.queue(queue) for _, queue in settings.configured_queues()
    ]
    assert configuration_of_held([]) is None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ("pools: [{id: bank, queues: [cards, loans]}]", "(line 9): 'bank' is the id of a program too;"),
        ("pools: [{id: unassigned, queues: [cards, loans]}]", "is the id of the program of queues without one too;"),
        ("sites: [{id: a, programs: [bank]}]\npools: [{id: a, queues: [cards, loans]}]", "(line 10): 'a' is the id of"),
        ("pools: [{id: p, queues: [cards, lones]}]", "the queue 'lones' stands nowhere under programs; did you mean"),
        ("pools: [{id: p, queues: [cards]}]", "fewer than two queues; name those that share agents"),
        ("pools: [{id: p, queues: [cards, cards]}]", "the queue 'cards' stands twice in this list; keep one"),
        ("pools: [{id: p, queues: [cards, loans]}, {id: p, queues: [cards, loans]}]", "'p' is the id of a pool too"),
        ("pools: [{queues: [cards, loans]}]", "id is missing; allowed: a name for a pool"),
        ("sites: [{id: a}]", "neither programs nor queues; name those that it runs"),
        ("sites: [{id: a, timezone: Mars, queues: [cards]}]", "allowed: an IANA time zone like Europe/Madrid"),
        (
            "sites: [{id: a, queues: [cards]}, {id: b, queues: [cards]}]",
            "the queue 'cards' stands at sites[0].queues[0] (site a) too; it has one site",
        ),
        ("sites: [{id: a, programs: [bank]}, {id: b, programs: [bank]}]", "the program 'bank' stands at sites[0]"),
        ("sites: [{id: a, program: [bank]}]", "unknown key 'program'; did you mean \"programs\"?"),
    ],
)
def test_a_fault_names_its_line_and_the_remedy(tmp_path: Path, groups: str, message: str) -> None:
    """Each fault of sites and pools is refused with the line, what was found and what to do."""
    with pytest.raises(UserError) as refused:
        _settings(tmp_path, CENTRE + groups)
    assert message in str(refused.value)
    assert re.search(r"\(line (9|10)\)", str(refused.value))

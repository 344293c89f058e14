"""Who is told: people, teams and routes as they are meant, errors that say what is wrong, and no secret in the file."""

from pathlib import Path

import pytest

from config.channels import Channel, MailServer, Person
from config.errors import UserError
from config.notify import Escalation, NotifySettings, Route, Team
from config.settings import load

SPEC = """
site: {timezone: Europe/Madrid}
programs: [{id: bank, queues: [{id: cards}]}, {id: retail, queues: [{id: sales}]}]
notify:
  people:
    ana: {email: ana@example.com}
    desk: {slack: {url_file: /run/secrets/slack}}
    duty: {webhook: {url_env: DUTY_URL}, pagerduty: {key_file: /run/secrets/pd}, language: zh}
  teams:
    retail_ops: {people: [ana, desk], hours: {mon-fri: "07:00-22:00"}, else: night}
    bank_ops: {people: [ana]}
    night: {people: [duty], at_least: critical}
  routes:
    - {program: bank, team: bank_ops}
    - {item: "2.5", team: retail_ops, at_least: warning}
    - {team: retail_ops}
  escalate: {after_minutes: 20, to: night, at_least: critical}
  repeat_hours: 4
  quiet: {mon-sun: "22:00-07:00", below: critical}
  product: night
  language: en
  web_url: https://wall.example.com/
smtp: {host: mail.example.com, port: 25, from: iw@example.com, user: iw, password_file: /run/secrets/smtp,
       starttls: false}
"""


def _notify(tmp_path: Path, text: str) -> NotifySettings:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return load([path]).notify


def _wrong(tmp_path: Path, notify: str) -> str:
    programs = "programs: [{id: bank, queues: [{id: cards}]}, {id: retail, queues: [{id: sales}]}]\n"
    with pytest.raises(UserError) as error:
        _notify(tmp_path, programs + notify)
    return str(error.value)


def test_the_example_of_the_specification_is_read_as_it_is_meant(tmp_path: Path) -> None:
    """Channels, hours, stand-ins, routes, escalation, quiet time and mail server are what the file says."""
    found = _notify(tmp_path, SPEC)
    week = tuple(((420, 1320),) if day < 5 else () for day in range(7))
    assert found.people == {
        "ana": Person("ana", (Channel("email", "ana@example.com"),), "en"),
        "desk": Person("desk", (Channel("slack", file="/run/secrets/slack"),), "en"),
        "duty": Person(
            "duty", (Channel("webhook", variable="DUTY_URL"), Channel("pagerduty", file="/run/secrets/pd")), "zh"
        ),
    }
    assert found.teams["retail_ops"] == Team("retail_ops", ("ana", "desk"), week, "night")
    assert found.teams["night"] == Team("night", ("duty",), at_least="critical")
    assert found.routes == (
        Route("bank_ops", program="bank"),
        Route("retail_ops", item="2.5"),
        Route("retail_ops"),
    )
    assert found.escalate == Escalation(20 * 60_000, "night", "critical")
    assert (found.repeat_ms, found.product, found.timezone) == (4 * 3_600_000, "night", "Europe/Madrid")
    assert found.quiet is not None
    assert found.quiet.hours == tuple(((1320, 1860),) for _ in range(7))
    assert found.web_url == "https://wall.example.com"
    assert found.mail == MailServer("mail.example.com", 25, "iw@example.com", "iw", "/run/secrets/smtp", starttls=False)


def test_without_the_section_nobody_is_told(tmp_path: Path) -> None:
    """No section, no routes, and no team for the product's own troubles."""
    found = _notify(tmp_path, "site: {timezone: UTC}\n")
    assert (found.routes, found.product, found.repeat_ms, found.escalate) == ((), None, None, None)


def test_fractions_of_hours_and_minutes_are_taken(tmp_path: Path) -> None:
    """Any number above 0 will do for repeats and escalation."""
    text = SPEC.replace("repeat_hours: 4", "repeat_hours: 0.01").replace("after_minutes: 20", "after_minutes: 0.5")
    found = _notify(tmp_path, text)
    assert (found.repeat_ms, found.escalate and found.escalate.after_ms) == (36_000, 30_000)


def test_troubles_of_the_product_go_to_the_last_route_where_no_team_is_named(tmp_path: Path) -> None:
    """Somebody hears that nothing is monitored, though nobody thought of it."""
    assert _notify(tmp_path, SPEC.replace("  product: night\n", "")).product == "retail_ops"


SITES = "sites: [{id: madrid, programs: [bank]}, {id: porto, queues: [sales]}]\n"


def test_a_route_of_a_site_fits_breaches_of_its_queues_alone(tmp_path: Path) -> None:
    """It takes its queues, a program given or not; not another's queue, nor a rule over the whole program."""
    routes = (
        "  routes: [{site: madrid, team: bank_ops}, {program: retail, site: porto, team: night}, {team: retail_ops}]\n"
    )
    head, rest = SPEC.split("  routes:")
    found = _notify(tmp_path, SITES + head + routes + rest[rest.index("  escalate:") :])

    def told(program: str, queue: str) -> str:
        return next(route.team for route in found.routes if route.fits(program, queue, "2.G.A", "critical"))

    assert [told("bank", "cards"), told("retail", "sales")] == ["bank_ops", "night"]
    assert [told("bank", ""), told("retail", "new"), told("", "")] == ["retail_ops"] * 3


POOLS = """
programs: [{id: bank, queues: [{id: cards}, {id: lost}]}, {id: retail, queues: [{id: sales}, {id: orders}]}]
sites: [{id: madrid, queues: [cards, lost, sales]}]
pools:
  - {id: cards_team, queues: [cards, lost]}
  - {id: mixed, queues: [lost, orders]}
  - {id: desk, queues: [sales, orders]}
"""


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ("{pool: mixed, team: night}, {site: madrid, team: bank_ops}, {team: retail_ops}", "bank_ops night retail_ops"),
        ("{program: bank, team: bank_ops}, {pool: desk, team: night}, {team: retail_ops}", "bank_ops retail_ops night"),
        # Nothing has all of `mixed`; the first that has one of its queues is told.
        ("{program: retail, team: retail_ops}, {program: bank, team: bank_ops}", "bank_ops retail_ops retail_ops"),
        ("{queue: orders, team: night}, {program: bank, team: bank_ops}", "bank_ops night night"),
        ("{queue: cards, team: bank_ops}", "bank_ops None None"),
        ("{item: 2.G.A, team: night}", "None None None"),
    ],
)
def test_the_breach_of_a_pool_reaches_those_of_its_queues(tmp_path: Path, routes: str, told: str) -> None:
    """Its own route, or that of the program or site that has all its queues; else the first of one of its queues."""
    head, rest = SPEC.split("  routes:")
    text = f"{head}  routes: [{routes}]\n{rest[rest.index('  escalate:') :]}"
    text = POOLS + text[text.index("notify:") :]
    found = _notify(tmp_path, text)
    routed = [found.route("", "", pool, "2.5", "warning") for pool in ("cards_team", "mixed", "desk")]
    assert [str(route and route.team) for route in routed] == told.split()
    assert all(route.pool is None or not route.fits("bank", "cards", "2.5", "warning") for route in found.routes)


def test_it_is_no_part_of_a_parameter_version(tmp_path: Path) -> None:
    """Another person on duty changes no figure, and needs no new version."""
    path = tmp_path / "c.yaml"
    path.write_text(SPEC, encoding="utf-8")
    before = load([path]).last.content_hash
    path.write_text(SPEC.replace("people: [ana]", "people: [desk]"), encoding="utf-8")
    assert load([path]).last.content_hash == before


DESK = "pools: [{id: desk, queues: [cards, sales]}]\n"
PEOPLE = "notify:\n  people: {ana: {webhook: {url_env: A}}, bo: {webhook: {url_env: B}}}\n"
TEAMS = PEOPLE + "  teams: {ops: {people: [ana]}, night: {people: [bo]}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            PEOPLE + "  teams: {ops: {people: [anna]}}",
            "notify.teams.ops.people[0] (line 4): no person 'anna' is there; did you mean \"ana\"? known: ana, bo",
        ),
        (
            TEAMS + "  routes: [{team: opps}]",
            "notify.routes[0].team (line 5): no team 'opps' is there; did you mean \"ops\"? known: ops, night",
        ),
        (TEAMS + "  escalate: {after_minutes: 5, to: day}", "notify.escalate.to (line 5): no team 'day' is there"),
        (TEAMS + "  product: nobody", "notify.product (line 5): no team 'nobody' is there"),
        (TEAMS + "  routes: [{program: bnak, team: ops}]", "fits nothing: no program 'bnak' is configured"),
        (
            TEAMS + "  routes: [{program: bank, queue: sales, team: ops}]",
            "fits nothing: no queue 'sales' is configured; known: cards",
        ),
        (
            TEAMS + "  routes: [{team: ops}, {program: bank, team: night}]",
            "notify.routes[1] (line 5): fits nothing: routes[0] before it takes all that would fit",
        ),
        (TEAMS + "  routes: [{site: madrid, team: ops}]", "fits nothing: no sites are configured"),
        (TEAMS + "  routes: [{pool: desk, team: ops}]", "fits nothing: no pools are configured"),
        (DESK + TEAMS + "  routes: [{pool: deks, team: ops}]", "fits nothing: no pool 'deks' is configured; did you"),
        (DESK + TEAMS + "  routes: [{pool: desk, program: retail, team: ops}]", "says nothing beside pool"),
        (
            DESK + TEAMS + "  routes: [{program: retail, team: ops}, {team: ops}, {pool: desk, team: night}]",
            "fits nothing: routes[1] before it takes all that would fit",
        ),
        (
            SITES + TEAMS + "  routes: [{site: madird, team: ops}]",
            "fits nothing: no site 'madird' is configured; did you mean \"madrid\"? known: madrid, porto",
        ),
        (
            SITES + TEAMS + "  routes: [{site: madrid, queue: sales, team: ops}]",
            "fits nothing: the queue 'sales' is not at the site 'madrid'; drop one of the two",
        ),
        (
            SITES + TEAMS + "  routes: [{site: porto, program: bank, team: ops}]",
            "fits nothing: the program 'bank' has no queue at the site 'porto'; drop one of the two",
        ),
        (
            SITES + TEAMS + "  routes: [{program: bank, team: ops}, {site: madrid, team: night}]",
            "fits nothing: routes[0] before it takes all that would fit",
        ),
        (
            SITES + TEAMS + "  routes: [{site: porto, team: ops}, {queue: sales, item: '2.5', team: night}]",
            "fits nothing: routes[0] before it takes all that would fit",
        ),
        (TEAMS + "  routes: [{item: '9.9', team: ops}]", "allowed: one of 2.2, 2.3, 2.4"),
        (TEAMS + "  routes: [{item: 2.5, team: ops}]", "found the number 2.5, and a name is wanted; quote it"),
        (
            TEAMS + "  routes: [{severity: warning, team: ops, at_least: critical}]",
            "its severity is under its at_least",
        ),
        (TEAMS + "  routes: [{queue: cards}]", "team is missing; allowed: one of ops, night"),
        (TEAMS + "  repeat_hours: 0", "found the number 0; allowed: a number above 0"),
        (TEAMS + "  escalate: {after_minutes: 0, to: ops}", "found the number 0; allowed: a number above 0"),
        (TEAMS + "  quiet: {mon-sun: '22-07'}", 'allowed: local times like "08:00-20:00"'),
        (TEAMS + "  quiet: {below: critical}", "no weekday is named"),
        (PEOPLE + "  teams: {ops: {people: [ana], else: ops}}", "else without hours is never asked for"),
        (
            PEOPLE
            + "  teams: {a: {people: [ana], hours: {mon: '08:00-09:00'}, else: b}, "
            + "b: {people: [bo], hours: {tue: '08:00-09:00'}, else: a}}",
            "goes round in a circle: a -> b -> a",
        ),
        (PEOPLE + "  teams: {ops: {people: []}}", "ops has no people"),
        ("notify: {people: {ana: {}}}", "ana can be told by no channel"),
        ("notify: {people: {ana: {email: ana@example.com}}}", "e-mail needs a mail server; set smtp:"),
        ("notify: {people: {'a b': {webhook: {url_env: A}}}}", "the person's name 'a b' stands in addresses"),
        ("notify: {people: {ana: {slack: {url_env: A, url_file: b}}}}", "both of url_file and url_env; give one"),
        ("notify: {people: {ana: {slack: {}}}}", "neither of url_file and url_env; give one"),
        ("notify: {people: {ana: {slak: {url_env: A}}}}", "unknown key 'slak'; did you mean \"slack\"?"),
        ("notify: {web_url: 'ftp://x'}", "not an address like https://example.com"),
        ("smtp: {host: mail}", "from is missing"),
        ("smtp: {host: mail, from: a@b.c, user: me}", "user and password_file go together"),
        ("smtp: {host: mail, from: nobody}", "allowed: an e-mail address"),
    ],
)
def test_an_error_names_the_key_the_value_and_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    """A person or team that is not there, a route that fits nothing, hours that cannot be read: each says so."""
    assert message in _wrong(tmp_path, f"{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "notify: {people: {ana: {slack: 'https://hooks.example.com/T0PSECRET'}}}",
        "notify: {people: {ana: {slack: {url: 'https://hooks.example.com/T0PSECRET'}}}}",
        "notify: {people: {ana: {slack: {url_env: 'https://hooks.example.com/T0PSECRET'}}}}",
        "notify: {people: {ana: {slack: {url_file: 'https://hooks.example.com/T0PSECRET'}}}}",
        "notify: {people: {ana: {pagerduty: {key: T0PSECRET}}}}",
        "notify: {people: {ana: {pagerduty: {key_env: 'T0PSECRET!'}}}}",
        "smtp: {host: mail, from: a@b.c, user: me, password: T0PSECRET}",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    """The message says where secrets belong, and does not say the secret."""
    said = _wrong(tmp_path, f"{text}\n")
    assert "T0PSECRET" not in said
    assert any(word in said for word in ("file", "environment variable"))

"""Settings: the reference's configuration resolved for every queue, and every fault with the path of its key."""

import dataclasses
import datetime as dt
import pickle
from pathlib import Path

import pytest

from config.errors import UserError
from config.settings import UNVERSIONED, Configuration, QueueSettings, in_force, load, read_settings
from config.timestamps import from_rfc3339

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "monitor.yaml"

# Every fixed key of docs/reference/configuration.md but `sources`.
CONTRACT = """
site:
  timezone: Europe/Madrid
  interval_minutes: 30
  interval_closed: left                 # or right: (start, end]
  attribution: arrival                  # or event
  grace_seconds: 300                    # an interval is final this long after its end + the threshold
  idle_seconds: 30
  clock_skew_seconds: 5
  silent_after_seconds: 3600
  max_state_seconds: 57600
  correction_days: 7
  plan: frozen                          # or latest, or a plan version
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}   # every figure and breach carries the version
defaults:
  service_level: {definition: S1, threshold_seconds: 20, threshold_inclusive: true, target: 0.80, range: [0.75, 0.90],
                  short_abandon_seconds: 5, overflow_counts: false, patience_seconds: 180, max_occupancy: 1.0}
  hours: {mon-fri: "08:00-20:00", sat: ["09:00-13:00", "15:00-24:00"]}   # local; sun-thu may wrap
  closed: [2026-12-25]                  # dates
programs:
  - id: retail
    queues:
      - {id: sales, channel: voice, service_level: {target: 0.90, threshold_seconds: 15}}
rules:                                  # here for the site, and again under a program or queue
  service_level_below_range: {on: true, accumulate: 0.60, critical: 1.50, clear_after: 2, min_volume: 20}
  occupancy_outside_range: {on: true, range: [0.75, 0.88]}
"""


def _write(tmp_path: Path, text: str, name: str = "c.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _load(tmp_path: Path, text: str) -> Configuration:
    return load([_write(tmp_path, text)])


def _queue(tmp_path: Path, text: str, queue: str = "q", program: str | None = None) -> QueueSettings:
    (settings,) = _load(tmp_path, text).queue(queue, program)
    return settings


def test_the_reference_s_example_means_what_it_says(tmp_path: Path) -> None:
    """Every value of the reference's example arrives, in milliseconds where it is a duration."""
    sales = _queue(tmp_path, CONTRACT, "sales")
    assert (sales.program, sales.queue, sales.channel, sales.configured) == ("retail", "sales", "voice", True)
    assert (sales.timezone, sales.interval_ms, sales.interval_closed) == ("Europe/Madrid", 1_800_000, "left")
    assert (sales.attribution, sales.plan, sales.deferred) == ("arrival", "frozen", False)
    assert (sales.grace_ms, sales.idle_ms, sales.clock_skew_ms) == (300_000, 30_000, 5_000)
    assert (sales.silent_after_ms, sales.max_state_ms, sales.correction_ms) == (3_600_000, 57_600_000, 604_800_000)
    assert sales.parameters_version == "2026-01"
    assert sales.parameters_from_ms == dt.datetime(2025, 12, 31, 23, tzinfo=dt.UTC).timestamp() * 1000
    assert sales.hours == (((480, 1200),),) * 5 + (((540, 780), (900, 1440)), ())
    assert sales.closed == {dt.date(2026, 12, 25)}
    level = sales.service_level
    assert (level.definition, level.threshold_ms, level.threshold_inclusive) == ("S1", 15_000, True)
    assert (level.target, level.short_abandon_ms, level.overflow_counts) == (0.90, 5_000, False)
    assert (level.patience_seconds, level.max_occupancy) == (180.0, 1.0)
    assert sales.rules["service_level_below_range"].parameters["accumulate"] == 0.60
    assert sales.rules["occupancy_outside_range"].on
    assert sales.rules["occupancy_outside_range"].parameters["range"] == (0.75, 0.88)


def test_defaults_left_out_are_those_of_the_reference(tmp_path: Path) -> None:
    """A file with nothing but a time zone has the figures that the reference's example writes out."""
    example = CONTRACT.replace("occupancy_outside_range", "# ")
    # The studies of false alarms and of detection moved these two (bench/bench_alarm.py).
    example = example.replace("accumulate: 0.60, critical: 1.50", "accumulate: 0.70, critical: 2.00")
    full = _queue(tmp_path, example, "elsewhere")
    bare = _queue(tmp_path, "site: {timezone: Europe/Madrid}", "elsewhere")
    assert bare.hours is None
    assert bare.closed == frozenset()
    assert (bare.parameters_version, bare.parameters_from_ms) == (UNVERSIONED, 0)
    assert bare == dataclasses.replace(
        full, hours=None, closed=frozenset(), parameters_version=UNVERSIONED, parameters_from_ms=0
    )


def test_a_target_brings_its_own_range(tmp_path: Path) -> None:
    """A target set without a range has [target - 0.05, target + 0.10] within 0 to 1, not a range made for another."""
    assert _queue(tmp_path, CONTRACT, "sales").service_level.range == (0.85, 1.0)
    for target, expected in ((0.95, (0.90, 1.0)), (0.02, (0.0, 0.12)), (0.7, (0.65, 0.80)), (0.3, (0.25, 0.40))):
        level = _queue(tmp_path, f"defaults: {{service_level: {{target: {target}}}}}").service_level
        assert level.range == expected


def test_null_means_that_none_is_set(tmp_path: Path) -> None:
    """Target, range and patience can be unset; an unset target takes the wider place's range along."""
    level = _queue(tmp_path, "defaults: {service_level: {target: null, patience_seconds: null}}").service_level
    assert (level.target, level.range, level.patience_seconds) == (None, None, None)
    level = _queue(tmp_path, "defaults: {service_level: {range: null}}").service_level
    assert (level.target, level.range) == (0.80, None)
    level = _queue(tmp_path, "defaults: {service_level: {target: null, range: [0.5, 0.6]}}").service_level
    assert (level.target, level.range) == (None, (0.5, 0.6))


def test_everything_of_site_and_defaults_can_be_set_again(tmp_path: Path) -> None:
    """A program and a queue may set each key of `site`, `defaults` and `rules`; the most specific place wins."""
    text = """
site: {timezone: Europe/Madrid, interval_minutes: 30, grace_seconds: 300, plan: frozen}
defaults: {service_level: {definition: S2, threshold_seconds: 30}, closed: [2026-12-25], hours: {mon-fri: 08:00-20:00}}
rules: {feed_missing: {critical: 5}, integrity: {on: false}}
programs:
  - id: p
    timezone: Atlantic/Canary
    interval_minutes: 15
    grace_seconds: 1.5
    channel: chat
    service_level: {threshold_seconds: 60}
    hours: {sat: 09:00-13:00}
    closed: []
    rules: {feed_missing: {running: 3}}
    queues:
      - id: q
        interval_closed: right
        attribution: event
        idle_seconds: 1
        clock_skew_seconds: 0
        silent_after_seconds: 60
        max_state_seconds: 3600
        correction_days: 0.5
        plan: latest
        interval_minutes: 5
        deferred: true
        service_level: {short_abandon_seconds: 2}
        hours: {mon: closed}
        rules: {feed_missing: {clear_after: 4}, integrity: {on: true}}
"""
    own, site = _queue(tmp_path, text), _queue(tmp_path, text, "other")
    assert (own.timezone, own.interval_ms, own.grace_ms, own.channel) == ("Atlantic/Canary", 300_000, 1_500, "chat")
    assert (own.interval_closed, own.attribution, own.plan, own.deferred) == ("right", "event", "latest", True)
    assert (own.idle_ms, own.clock_skew_ms, own.silent_after_ms) == (1_000, 0, 60_000)
    assert (own.max_state_ms, own.correction_ms, own.closed) == (3_600_000, 43_200_000, frozenset())
    level = own.service_level
    assert (level.definition, level.threshold_ms, level.short_abandon_ms) == ("S2", 60_000, 2_000)
    assert own.hours == ((), *(((480, 1200),),) * 4, ((540, 780),), ())
    assert own.rules["feed_missing"].parameters == {"running": 3, "critical": 5, "clear_after": 4}
    assert own.rules["integrity"].on
    assert (site.timezone, site.interval_ms, site.channel) == ("Europe/Madrid", 1_800_000, "voice")
    assert site.rules["feed_missing"].parameters["running"] == 1
    assert not site.rules["integrity"].on


def test_hours_of_null_open_a_queue_whenever_there_is_data(tmp_path: Path) -> None:
    """A queue can drop the hours of its site."""
    text = "defaults: {hours: {mon-fri: 08:00-20:00}}\nprograms: [{id: p, queues: [{id: q, hours: null}]}]"
    assert _queue(tmp_path, text).hours is None


def test_the_occupancy_rule_comes_on_when_its_range_is_set(tmp_path: Path) -> None:
    """Off until a site sets its range, on from then, and off again where the file says so."""
    rule = "occupancy_outside_range"
    assert not _queue(tmp_path, "site: {}").rules[rule].on
    assert _queue(tmp_path, f"rules: {{{rule}: {{range: [0.7, 0.9]}}}}").rules[rule].on
    assert not _queue(tmp_path, f"rules: {{{rule}: {{on: false, range: [0.7, 0.9]}}}}").rules[rule].on


def test_unknown_queues_have_the_defaults_of_the_best_known_place(tmp_path: Path) -> None:
    """Under the record's program with that program's own settings, else `unassigned`; the configuration wins."""
    text = """
programs:
  - {id: a, grace_seconds: 10, queues: [{id: q, grace_seconds: 20}]}
  - {id: b, grace_seconds: 30}
"""
    (version,) = _load(tmp_path, text).versions
    for queue, program, home, grace, configured in (
        ("q", "b", "a", 20_000, True),
        ("q", None, "a", 20_000, True),
        ("new", "b", "b", 30_000, False),
        ("new", "else", "else", 300_000, False),
        ("new", None, "unassigned", 300_000, False),
        ("new", "", "unassigned", 300_000, False),
    ):
        found = version.queue(queue, program)
        assert (found.program, found.queue, found.grace_ms, found.configured) == (home, queue, grace, configured)
        assert version.queue(queue, program) is found
    assert version.program("a").grace_ms == 10_000
    assert version.program("a").configured
    assert not version.program("else").configured


def test_versions_are_ordered_and_picked_by_time(tmp_path: Path) -> None:
    """Files may come in any order; a version holds from its instant on, and the first also before it."""

    def text(version: str, start: str, grace: int, tail: str = "") -> str:
        return f"parameters: {{version: {version}, from: {start}}}\nsite: {{grace_seconds: {grace}}}\n{tail}"

    new = _write(tmp_path, text("v2", "2026-02-01T00:00:00Z", 20, "programs: [{id: p, queues: [{id: q}]}]"), "new")
    old = _write(tmp_path, text("v1", '"2026-01-01T00:00:00+01:00"', 10), "old")
    configuration = load([new, old])
    change = dt.datetime(2026, 2, 1, tzinfo=dt.UTC).timestamp() * 1000
    assert [settings.parameters_version for settings in configuration.versions] == ["v1", "v2"]
    assert configuration.at(int(change)).parameters_version == "v2"
    assert configuration.at(int(change) - 1).parameters_version == "v1"
    assert configuration.at(0).parameters_version == "v1"
    assert [own.grace_ms for own in configuration.queue("q")] == [10_000, 20_000]
    assert [own.program for own in configuration.queue("q")] == ["unassigned", "p"]
    assert configuration.configured_queues() == [("p", "q")]
    assert configuration.queue("q") is configuration.queue("q")


def test_the_settings_in_force_are_those_of_the_last_version_begun(tmp_path: Path) -> None:
    """At its first instant a version holds; before all versions the first does; one from 2099 changes nothing today."""
    texts = {"v1": "2026-01-01T00:00:00Z", "v2": "2026-02-01T00:00:00Z", "v3": "2099-01-01T00:00:00Z"}
    named = {"v1": "{id: a}, {id: b}", "v2": "{id: b}", "v3": "{id: b}, {id: c}"}
    configuration = load(
        [
            _write(
                tmp_path,
                f"parameters: {{version: {name}, from: {start}}}\nprograms: [{{id: p, queues: [{named[name]}]}}]",
                name,
            )
            for name, start in texts.items()
        ]
    )
    change = from_rfc3339(texts["v2"])
    for versions in (configuration.versions, configuration.queue("b")):
        found = [in_force(versions, ms).parameters_version for ms in (0, change - 1, change, change + 1)]
        assert found == ["v1", "v1", "v2", "v2"]
    assert configuration.as_of(change).versions == (configuration.at(change),)
    assert configuration.at(change).configured_queues() == [("p", "b")]
    assert configuration.configured_queues() == [("p", "a"), ("p", "b"), ("p", "c")]


def test_two_files_may_share_neither_version_nor_start(tmp_path: Path) -> None:
    """Which parameters an interval has must never depend on the order of options."""
    one = _write(tmp_path, "parameters: {version: v1, from: 2026-01-01T00:00:00Z}", "one")
    two = _write(tmp_path, "parameters: {version: v1, from: 2026-02-01T00:00:00Z}", "two")
    three = _write(tmp_path, "parameters: {version: v3, from: 2026-01-01T01:00:00+01:00}", "three")
    with pytest.raises(UserError, match=r"two: parameters\.version: found 'v1', which .*one has too"):
        load([two, one])
    with pytest.raises(UserError, match=r"three: parameters\.from: the same instant as in .*one"):
        load([one, three])
    with pytest.raises(UserError, match="no configuration given"):
        load([])


def test_the_content_hash_sees_what_decides_figures_and_nothing_else(tmp_path: Path) -> None:
    """Sources, servers, order, comments and written-out defaults leave it; any setting of a queue changes it."""
    base = "programs: [{id: a, queues: [{id: x}, {id: y}]}, {id: b}]\n"
    first = _load(tmp_path, base).last.content_hash
    same = (
        "programs: [{id: b}, {queues: [{id: y}, {id: x}], id: a}]  # other order\n",
        base + "kafka: {partitions: 3}\nhistory: {retention_days: 30}\n",
        base + "site: {grace_seconds: 300.0}\nrules: {integrity: {tolerance: 0.005}}\n",
        base + "sources: {f: {format: csv, record: contact, columns: {contact_id: a, queue: b, offered_at: c}}}\n",
    )
    other = (
        base.replace("{id: y}", "{id: z}"),
        base.replace("{id: y}", "{id: y, rules: {integrity: {tolerance: 0.006}}}"),
        base + "site: {timezone: Europe/Madrid}\n",
        base + "parameters: {version: v1, from: 1970-01-01T00:00:00Z}\n",
        base + "defaults: {closed: [2026-12-25]}\n",
    )
    assert {_load(tmp_path, text).last.content_hash for text in same} == {first}
    assert len({first, *(_load(tmp_path, text).last.content_hash for text in other)}) == 1 + len(other)


def test_settings_are_frozen_hashable_and_can_be_sent_to_a_process(tmp_path: Path) -> None:
    """A worker process receives the same settings; nobody changes them on the way."""
    own = _queue(tmp_path, CONTRACT, "sales")
    assert pickle.loads(pickle.dumps(own)) == own  # noqa: S301  pickled one step before
    assert isinstance(hash(own), int)
    with pytest.raises(dataclasses.FrozenInstanceError):
        own.plan = "latest"  # type: ignore[misc]  # that is the point


def test_origins_tell_the_user_s_figures_from_the_product_s(tmp_path: Path) -> None:
    """Each setting names the key that set it; a default, and a range worked out from a target, name none."""
    origins = _load(tmp_path, CONTRACT).last.origins("sales")
    assert origins["service_level.target"] == "programs[0].queues[0].service_level.target"
    assert origins["service_level.range"] == ""
    assert origins["service_level.definition"] == "defaults.service_level.definition"
    assert origins["grace_ms"] == "site.grace_seconds"
    assert origins["rules.occupancy_outside_range.range"] == "rules.occupancy_outside_range.range"
    assert origins["rules.integrity.tolerance"] == ""


FAULTS = [
    ("sit: {}", "sit (line 1): unknown key 'sit'; did you mean \"site\"?"),
    ("timezone: UTC", "timezone (line 1): unknown key 'timezone' here; it belongs under site"),
    ("site: {hours: {}}", "site.hours (line 1): unknown key 'hours' here; it belongs under defaults"),
    ("defaults: {plan: x}", "defaults.plan (line 1): unknown key 'plan' here; it belongs under site"),
    ("site: []", "site (line 1): found a list; allowed: a mapping with the keys timezone"),
    (
        "site: {timezone: Europe/Madrit}",
        "site.timezone (line 1): found the text 'Europe/Madrit'; allowed: an IANA time",
    ),
    ("site: {timezone: Europe/Madrit}", 'did you mean "Europe/Madrid"'),
    ("site: {timezone: ../etc/passwd}", "site.timezone (line 1): found"),
    ("site: {timezone: Europe}", "site.timezone (line 1): found"),
    ("site: {timezone: 1}", 'site.timezone (line 1): found the number 1, and a name is wanted; quote it: "1"'),
    ("site: {interval_minutes: 25}", "site.interval_minutes (line 1): found the number 25; allowed: one of 5, 6, 10"),
    ("site: {interval_minutes: '30'}", "site.interval_minutes (line 1): found the text '30'; allowed: one of 5"),
    ("site: {interval_minutes: true}", "site.interval_minutes (line 1): found true; allowed: one of 5"),
    ("site: {interval_minutes: 90}", "site.interval_minutes (line 1): found the number 90"),
    ("site: {interval_minutes: [30]}", "site.interval_minutes (line 1): found a list"),
    (
        "site: {interval_closed: both}",
        "site.interval_closed (line 1): found the text 'both'; allowed: one of left, right",
    ),
    ("site: {attribution: arival}", 'allowed: one of arrival, event; did you mean "arrival"'),
    ("site: {grace_seconds: -1}", "site.grace_seconds (line 1): found the number -1; allowed: a number from 0 to"),
    ("site: {grace_seconds: 0.0005}", "site.grace_seconds (line 1): found the number 0.0005; allowed: seconds with at"),
    ("site: {grace_seconds: null}", "site.grace_seconds (line 1): found nothing (null)"),
    ("site: {grace_seconds: 5m}", "site.grace_seconds (line 1): found the text '5m'; allowed: a number"),
    ("site: {plan: 2026}", 'site.plan (line 1): found the number 2026, and a name is wanted; quote it: "2026"'),
    ("parameters: {version: v1}", "parameters (line 1): from is missing"),
    ("parameters: {from: 2026-01-01T00:00:00Z}", "parameters (line 1): version is missing"),
    ("parameters: {version: 2026, from: 2026-01-01T00:00:00Z}", "parameters.version (line 1): found the number 2026"),
    ("parameters: {version: 2026, from: 2026-01-01T00:00:00Z}", 'quote it: "2026"'),
    (
        "parameters: {version: v, from: 2026-01-01}",
        "parameters.from (line 1): found the text '2026-01-01'; allowed: an ins",
    ),
    ("parameters: {version: v, from: 2026-01-01T00:00:00}", "parameters.from (line 1): found the text"),
    ("parameters: {version: v, from: 2026-13-01T00:00:00Z}", "parameters.from (line 1): found the text"),
    ("parameters: {version: v, from: 20260101T000000Z}", "parameters.from (line 1): found the text"),
    ("parameters: {version: v, from: 2026-01-01T00:00:00+25:00}", "parameters.from (line 1): found the text"),
    ("parameters: {version: v, from: 20260101}", "parameters.from (line 1): found the number 20260101"),
    ("defaults: {service_level: {definition: S7}}", "defaults.service_level.definition (line 1): found the text 'S7'"),
    ("defaults: {service_level: {treshold_seconds: 20}}", 'did you mean "threshold_seconds"?'),
    ("defaults: {service_level: {threshold_seconds: 20s}}", "defaults.service_level.threshold_seconds (line 1): found"),
    (
        "defaults: {service_level: {threshold_inclusive: 1}}",
        "threshold_inclusive (line 1): found the number 1; allowed: true",
    ),
    (
        "defaults: {service_level: {target: 80}}",
        "service_level.target (line 1): found the number 80; allowed: a number from 0",
    ),
    ("defaults: {service_level: {target: 80 %}}", "service_level.target (line 1): found the text '80 %'"),
    ("defaults: {service_level: {target: 1}}", "the target 1 is not strictly inside the range [0.95, 1] (worked out"),
    ("defaults: {service_level: {target: 0}}", "the target 0 is not strictly inside the range [0, 0.1]"),
    (
        "defaults: {service_level: {target: 0.9, range: [0.75, 0.90]}}",
        "the target 0.9 is not strictly inside the range [0.75, 0.9] (set by defaults.service_level.range)",
    ),
    (
        "programs: [{id: p, queues: [{id: q, service_level: {range: [0.85, 0.95]}}]}]",
        "programs[0].queues[0].service_level.range (line 1): the target 0.8 is not strictly inside",
    ),
    (
        "defaults: {service_level: {range: [0.9, 0.7]}}",
        "service_level.range (line 1): found [0.9, 0.7]; allowed: a list of",
    ),
    ("defaults: {service_level: {range: [0.7, 1.1]}}", "service_level.range[1] (line 1): found the number 1.1"),
    ("defaults: {service_level: {range: 0.7-0.9}}", "service_level.range (line 1): found the text '0.7-0.9'"),
    (
        "defaults: {service_level: {patience_seconds: 0}}",
        "patience_seconds (line 1): found the number 0; allowed: a number ab",
    ),
    ("defaults: {service_level: {max_occupancy: 1.2}}", "max_occupancy (line 1): found the number 1.2"),
    ("defaults: {hours: {mon: 25:00-26:00}}", "defaults.hours.mon (line 1): found the text '25:00-26:00'"),
    (
        "defaults: {closed: 2026-12-25}",
        "defaults.closed (line 1): found the text '2026-12-25'; allowed: a list of dates",
    ),
    (
        "defaults: {closed: [2026-02-30]}",
        "defaults.closed[0] (line 1): found the text '2026-02-30'; allowed: a date that exi",
    ),
    ("defaults: {channel: 1}", 'defaults.channel (line 1): found the number 1, and a name is wanted; quote it: "1"'),
    (
        "defaults: {deferred: sometimes}",
        "defaults.deferred (line 1): found the text 'sometimes'; allowed: true or false",
    ),
    ("programs: {id: p}", "programs (line 1): found a mapping; allowed: a list of programs"),
    ("programs: [p]", "programs[0] (line 1): found the text 'p'; allowed: a mapping with the keys id, queues"),
    ("programs: [{queues: []}]", "programs[0] (line 1): id is missing"),
    ("programs: [{id: 911}]", 'programs[0].id (line 1): found the number 911, and a name is wanted; quote it: "911"'),
    ("programs: [{id: true}]", 'programs[0].id (line 1): found true, and a name is wanted; quote it: "true"'),
    ("programs: [{id: null}]", "programs[0].id (line 1): found nothing (null); allowed: the name of the program"),
    (
        'programs: [{id: " p"}]',
        "programs[0].id (line 1): found the text ' p'; allowed: the name of the program as the data",
    ),
    ("programs:\n- id: p\n- id: p\n", "programs[1].id (line 3): the program 'p' stands twice"),
    ("programs: [{id: p, queues: [{id: 0911}]}]", "programs[0].queues[0].id (line 1): found the number 0911"),
    ("programs: [{id: p, queues: [q]}]", "programs[0].queues[0] (line 1): found the text 'q'"),
    ("programs: [{id: p, queus: []}]", "programs[0].queus (line 1): unknown key 'queus'; did you mean \"queues\"?"),
    (
        "programs:\n- id: p\n  queues:\n  - id: q\n- id: o\n  queues:\n  - id: r\n  - id: q\n",
        "programs[1].queues[1].id (line 8): the queue 'q' stands at programs[0].queues[0].id too",
    ),
    (
        "defaults: {hours: {mon: '22:00-06:00'}}\nprograms:\n- id: p\n  hours: {tue: '05:00-09:00'}\n",
        "programs[0].hours.tue (line 4): the spans of tue overlap those of a day set elsewhere",
    ),
    ("rules: {service_level_bellow_range: {}}", 'did you mean "service_level_below_range"?'),
    ("rules: {integrity: off}", "rules.integrity (line 1): found the text 'off'; allowed: a mapping with the keys on"),
    (
        "rules: {service_level_below_range: {accumulate: 3}}",
        "rules.service_level_below_range.accumulate (line 1): critical is 2 (default) and accumulate 3 (",
    ),
    (
        "rules: {occupancy_outside_range: {on: true}}",
        "rules.occupancy_outside_range.on (line 1): the rule cannot be on witho",
    ),
    ("sources: []", "sources (line 1): found a list; allowed: a mapping of sources by name"),
    ("sources: {a: csv}", "sources.a (line 1): found the text 'csv'; allowed: a mapping"),
    ("sources: {1: {}}", "sources.1 (line 1): the key 1 is read as a int, a name is wanted; quote it"),
    (
        "sources:\n  a:\n    format: csv\n    on_ambiguous: third",
        "sources.a.on_ambiguous (line 4): found the text 'third'; allowed: one of in_order, first, second, reject",
    ),
    ("kafka: {partitions: 0}", "kafka.partitions (line 1): found the number 0; allowed: a whole number from 1 to"),
    ("history: {retention_days: 0}", "history.retention_days (line 1): found the number 0"),
]


@pytest.mark.parametrize(("text", "part"), FAULTS)
def test_every_fault_names_file_path_found_and_allowed(tmp_path: Path, text: str, part: str) -> None:
    """One line that begins with the file, and names the key, what stands there, and what may."""
    path = _write(tmp_path, text)
    with pytest.raises(UserError) as caught:
        read_settings(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert part in message
    assert "\n" not in message


def test_empty_sections_are_allowed(tmp_path: Path) -> None:
    """A section whose every line is commented out is as good as absent."""
    text = (
        "site:\ndefaults:\n  service_level:\nprograms:\nsources:\nrules:\n  integrity:\nkafka:\nhistory:\nparameters:\n"
    )
    assert _queue(tmp_path, text) == _queue(tmp_path, "site: {}")


def test_the_commented_example_is_valid_and_plausible() -> None:
    """The demo's configuration: three programs, eight queues, sources of four kinds, one client with another target."""
    configuration = load([EXAMPLE])
    assert len(configuration.last.programs) == 3
    assert len(configuration.configured_queues()) == 8
    assert {source.record for source in configuration.sources.values()} == {"contact", "interval", "plan", "evaluation"}
    targets = {configuration.queue(queue)[0].service_level.target for _, queue in configuration.configured_queues()}
    assert len(targets) > 1
    assert {configuration.queue(queue)[0].channel for _, queue in configuration.configured_queues()} == {
        "voice",
        "chat",
    }


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("interval_minutes: 15", "interval_minutes"),
        ("timezone: UTC", "timezone"),
        ("interval_closed: right", "interval_closed"),
        ("attribution: event", "attribution"),
    ],
)
def test_no_version_changes_the_grid_of_intervals(tmp_path: Path, line: str, key: str) -> None:
    """Two versions that lay a queue's intervals differently are refused, naming the key and both files."""
    site = {"timezone": "Europe/Madrid", "interval_minutes": "30"}
    changed = site | dict([line.split(": ")])
    paths = []
    for number, settings in enumerate((site, changed), start=1):
        text = ", ".join(f"{name}: {value}" for name, value in settings.items())
        path = tmp_path / f"v{number}.yaml"
        path.write_text(f"site: {{{text}}}\nparameters: {{version: v{number}, from: 2026-0{number}-01T00:00:00Z}}\n")
        paths.append(path)
    with pytest.raises(UserError, match=rf"v2\.yaml: {key} of the site: differs from .*v1\.yaml"):
        load(paths)

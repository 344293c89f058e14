"""Columns are those of the reference, in its order, and all that is said of them is said once."""

import pytest

from streams.columns import (
    BREACH_COLUMNS,
    BREACHES,
    COUNT_COLUMNS,
    DEAD_LETTER_COLUMNS,
    DEAD_LETTERS,
    EVALUATION_COLUMNS,
    EVALUATIONS,
    FIGURE_COLUMNS,
    FORM,
    HASHED_SINCE,
    METRIC_COLUMNS,
    RESULT_COLUMNS,
    RESULTS,
    SCREEN_COLUMNS,
    SERVICE_LEVEL_COUNTS,
    UNHASHED_COLUMNS,
    Column,
)

EVERY = (*RESULTS, *SERVICE_LEVEL_COUNTS, *BREACHES, *DEAD_LETTERS, *EVALUATIONS)


def test_result_columns_are_the_reference_s() -> None:
    """Section 5 lists the columns in this order; exports, database and hashes rest on it."""
    listed = (
        "program, queue, channel, interval_start, interval_start_local, interval_seconds, revision, status, "
        "definition, threshold_seconds, parameters_version, offered, answered, answered_within, abandoned, "
        "abandoned_within, short_abandoned, overflowed, waiting, wait_seconds, handle_seconds, handled, "
        "occupied_seconds, available_seconds, staffed_seconds, service_level, abandon_rate, asa_seconds, aht_seconds, "
        "occupancy, plan_version, forecast_offered, forecast_aht_seconds, scheduled_agents, plan_required_agents, "
        "required_agents, staffed_agents, net_staffing, volume_variance, aht_variance, process_sigma, effect_volume, "
        "effect_aht, effect_staffing, effect_unexplained, due, done_in_time, backlog, overdue, oldest_seconds, spec, "
        "signal, plan, integrity, breaches, sources, reason, form, previous_hash, hash"
    )
    assert ", ".join(RESULT_COLUMNS) == listed


def test_breach_and_dead_letter_columns_are_the_reference_s() -> None:
    """Sections 6 and 7 list these."""
    assert ", ".join(BREACH_COLUMNS) == (
        "breach_id, sequence, state, item, rule, severity, program, queue, scope, interval_start, "
        "first_interval_start, observed, expected, limit, unit, message, message_zh, causes, live, parameters_version, "
        "incident_id, title, title_zh, worst_interval_start, worst_observed, reason"
    )
    assert ", ".join(DEAD_LETTER_COLUMNS) == "topic, partition, offset, reason, value"


def test_no_column_is_named_twice() -> None:
    """Within one list a name has one meaning, and lists that follow from the results name their columns only."""
    for listed in (RESULT_COLUMNS, BREACH_COLUMNS, DEAD_LETTER_COLUMNS, EVALUATION_COLUMNS):
        assert len(set(listed)) == len(listed)
    assert {*COUNT_COLUMNS, *UNHASHED_COLUMNS, *HASHED_SINCE, *FIGURE_COLUMNS, *SCREEN_COLUMNS} <= set(RESULT_COLUMNS)


def test_gauges_are_the_metrics_page_s() -> None:
    """Section 8 lists the gauges of an interval in this order; `short_abandoned` is beside them."""
    assert [str(column.metric).removeprefix("intervalwatch_interval_") for column in METRIC_COLUMNS] == [
        "start_timestamp_seconds",
        "offered",
        "answered",
        "answered_within",
        "abandoned",
        "short_abandoned",
        "overflowed",
        "wait_seconds",
        "handle_seconds",
        "handled",
        "staffed_agents",
        "scheduled_agents",
        "required_agents",
        "forecast_offered",
        "forecast_aht_seconds",
        "service_level_numerator",
        "service_level_denominator",
    ]


@pytest.mark.parametrize("column", EVERY, ids=lambda column: column.name)
def test_every_column_is_explained(column: Column) -> None:
    """A column has a title in English and Chinese, and one sentence that says what it means."""
    assert column.title_en[0].isupper()
    assert any(ord(character) > 0x2E80 for character in column.title_zh)
    assert column.help.endswith(".")


def test_whole_contacts_are_whole_numbers() -> None:
    """A count holds whole contacts, and no form is skipped."""
    assert all(column.kind == "integer" and column.unit == "contacts" for column in RESULTS if column.count)
    assert {column.hashed_since for column in RESULTS} == set(range(1, FORM + 1))

"""Names are spelled once, and as the contract spells them."""

from streams import names


def test_result_columns_are_the_contract_s() -> None:
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
    assert ", ".join(names.RESULT_COLUMNS) == listed


def test_breach_and_dead_letter_columns_are_the_contract_s() -> None:
    """Sections 6 and 7 list these."""
    assert ", ".join(names.BREACH_COLUMNS) == (
        "breach_id, sequence, state, item, rule, severity, program, queue, scope, interval_start, "
        "first_interval_start, observed, expected, limit, unit, message, message_zh, causes, live, parameters_version"
    )
    assert ", ".join(names.DEAD_LETTER_COLUMNS) == "topic, partition, offset, reason, value"


def test_topics_are_the_contract_s() -> None:
    """Section 2 names five topics."""
    spelled = {value for name, value in vars(names).items() if name.startswith("TOPIC_")}
    assert {"call-data", "interval-results", "breaches", "program-days", "dead-letters"} <= spelled


def test_no_name_is_given_twice() -> None:
    """A column or rule has one spelling and one meaning."""
    for listed in (names.RESULT_COLUMNS, names.BREACH_COLUMNS):
        assert len(set(listed)) == len(listed)
    assert {*names.COUNT_COLUMNS, *names.UNHASHED_COLUMNS, *names.HASHED_SINCE} <= set(names.RESULT_COLUMNS)

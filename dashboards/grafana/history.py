"""The dashboard of history in PostgreSQL: attainment and variation by month, figures by day, breaches, intervals.

A ratio over several intervals is a sum over a sum. A row holds a service level and its counts. Where overflowed
contacts count or contacts still waited, the denominator does not follow from the counts; so it is derived from the
service level.
"""

from typing import Final

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.grafana.panels import Column, Panel, lines, table_of
from dashboards.grafana.queries import SCREENS, frame, history_variables, rows, sql

__all__ = ["history"]

_LATEST: Final = """
WITH latest AS (
  SELECT DISTINCT ON (queue, interval_start) *, date_trunc('day', interval_start_local::timestamp) AS day,
    CASE definition WHEN 'S4' THEN answered_within + abandoned_within
                    WHEN 'S6' THEN answered_within + short_abandoned ELSE answered_within END AS in_time
  FROM interval_results
  WHERE $__timeFilter(interval_start) AND program IN ($program) AND queue IN ($queue)
  ORDER BY queue, interval_start, revision DESC
), levels AS (
  SELECT *, CASE WHEN service_level > 0 THEN round(in_time / service_level)
                 WHEN service_level = 0 THEN
                   CASE definition WHEN 'S2' THEN answered WHEN 'S3' THEN answered + abandoned - abandoned_within
                                   WHEN 'S5' THEN answered + abandoned - short_abandoned
                                   ELSE answered + abandoned END + CASE definition WHEN 'S2' THEN 0
                                   ELSE coalesce(waiting, 0) END
            END AS of_contacts
  FROM latest
)
"""
"""The latest revision of each interval, and the two sums of its service level."""

_LEVEL: Final = "sum(in_time) FILTER (WHERE service_level IS NOT NULL)::double precision / nullif(sum(of_contacts), 0)"
_AHT: Final = "sum(handle_seconds) / nullif(sum(handled), 0)"
_MONTH: Final = "to_char(date_trunc('month', day), 'YYYY-MM')"


def history() -> build.Dashboard:
    """Final intervals, and their figures by day and month."""
    dashboard = frame(SCREENS["history"], since="now-90d", refresh="")
    for variable in history_variables():
        dashboard.with_variable(variable)
    return rows(dashboard, {"By month": [_attainment(), _variation()], "By day": _days(), "Records": _records()})


def _attainment() -> Panel:
    return table_of(
        "Attainment",
        "Contacts served in time over contacts; intervals in range over intervals judged (low volume is not). "
        "WAPE is the sum of deviations from the forecast over the forecast, bias their signed sum over it.",
        [
            sql(
                f"""{_LATEST}
                SELECT {_MONTH} AS month, program, queue, count(*) AS intervals,
                  count(*) FILTER (WHERE status = 'missing') AS missing, sum(offered) AS offered,
                  {_LEVEL} AS service_level,
                  count(*) FILTER (WHERE spec = 'in_range')::double precision
                    / nullif(count(*) FILTER (WHERE spec IN ('in_range', 'below', 'above')), 0) AS in_range,
                  count(*) FILTER (WHERE spec IN ('in_range', 'below', 'above')) AS judged,
                  sum(abs(offered - forecast_offered)) / nullif(sum(forecast_offered)
                    FILTER (WHERE offered IS NOT NULL), 0) AS wape,
                  sum(offered - forecast_offered) / nullif(sum(forecast_offered)
                    FILTER (WHERE offered IS NOT NULL), 0) AS bias,
                  count(*) FILTER (WHERE revision > 1)::double precision / count(*) AS corrected
                FROM levels GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3"""
            )
        ],
        {
            "month": Column("Month", width=90),
            "program": Column("Program"),
            "queue": Column("Queue"),
            "intervals": Column("Intervals"),
            "missing": Column("Missing", "short", 0, ((None, "green"), (1, "orange"))),
            "offered": Column("Offered"),
            "service_level": Column("Service level", "percentunit", 1),
            "in_range": Column("Intervals in range", "percentunit", 1),
            "judged": Column("of judged"),
            "wape": Column("Volume WAPE", "percentunit", 1),
            "bias": Column("Volume bias", "percentunit", 1),
            "corrected": Column("Corrected", "percentunit", 1),
        },
    )


def _variation() -> Panel:
    return table_of(
        "Variation of AHT over days",
        "Rule A: range / mean, too big above 0.70. Rule B: SD / (mean / 6), too big above 1.0. Always with n days.",
        [
            sql(
                f"""{_LATEST}, days AS (
                  SELECT program, queue, day, {_AHT} AS aht FROM latest GROUP BY 1, 2, 3
                )
                SELECT {_MONTH} AS month, program, queue, count(aht) AS days, avg(aht) AS mean,
                  (max(aht) - min(aht)) / avg(aht) AS rule_a, stddev_samp(aht) / (avg(aht) / 6) AS rule_b
                FROM days WHERE aht > 0 GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3"""
            )
        ],
        {
            "month": Column("Month", width=90),
            "program": Column("Program"),
            "queue": Column("Queue"),
            "days": Column("Days"),
            "mean": Column("Mean of daily AHT", "s", 0),
            "rule_a": Column("A: range / mean", "short", 2, ((None, "green"), (0.70, "orange"))),
            "rule_b": Column("B: SD / (mean / 6)", "short", 2, ((None, "green"), (1.0, "orange"))),
        },
        height=9,
    )


def _days() -> list[Panel]:
    def daily(figure: str) -> str:
        return f"{_LATEST} SELECT day AS time, queue AS metric, {figure} AS value FROM levels GROUP BY 1, 2 ORDER BY 1"

    return [
        lines(
            "Service level by day",
            "Contacts served in time over contacts of each local day, in the queue's own definition.",
            [sql(daily(_LEVEL), series=True)],
            unit="percentunit",
            high=1,
        ),
        lines(
            "AHT by day",
            "Handle time over contacts handled of each local day.",
            [sql(daily(_AHT), series=True)],
            unit="s",
        ),
        lines(
            "Contacts by day",
            "Offered on each local day.",
            [sql(daily("sum(offered)"), series=True)],
        ),
        lines(
            "Net staffing by day",
            "Mean over the day's intervals of staffed less required agents.",
            [sql(daily("avg(net_staffing)"), series=True)],
            low=None,
        ),
    ]


def _records() -> list[Panel]:
    return [
        table_of(
            "Breaches",
            "Each breach as it last stood: since when, how it ended, its worst interval, and who acknowledged it.",
            [
                sql(
                    """SELECT DISTINCT ON (b.breach_id) b.first_interval_start AS since, b.state, b.severity, b.item,
                      b.rule, b.program, b.queue, b.title, b.worst_interval_start, b.worst_observed, b.reason,
                      b.message, a."by", a.note
                    FROM breaches b LEFT JOIN journal a
                      ON a.incident_id = COALESCE(b.incident_id, b.breach_id) AND a.kind = 'acknowledged'
                    WHERE $__timeFilter(b.first_interval_start) AND b.program IN ($program) AND NOT b.live
                    ORDER BY b.breach_id, b.sequence DESC, a.number DESC"""
                )
            ],
            {
                "since": Column("Since", width=170),
                "state": Column("State", width=90),
                "severity": Column("Severity", width=90),
                "item": Column("Item", width=70),
                "rule": Column("Rule"),
                "program": Column("Program"),
                "queue": Column("Queue"),
                "title": Column("How it stands or ended"),
                "worst_interval_start": Column("Worst interval", width=170),
                "worst_observed": Column("Worst figure", "short", 3),
                "reason": Column("Why it ended"),
                "message": Column("Latest message"),
                "by": Column("Acknowledged by"),
                "note": Column("Note"),
            },
            sort=("Since", True),
        ),
        table_of(
            "Intervals",
            "The latest revision of each interval, newest first; at most 2,000.",
            [
                sql(
                    f"""{_LATEST}
                    SELECT interval_start, program, queue, status, revision, offered, service_level, abandon_rate,
                      asa_seconds, aht_seconds, staffed_agents, required_agents, net_staffing, spec, signal, plan,
                      integrity, reason
                    FROM latest ORDER BY interval_start DESC, queue LIMIT 2000"""
                )
            ],
            {
                "interval_start": Column("Interval", width=170),
                "program": Column("Program"),
                "queue": Column("Queue"),
                "status": Column("Status", width=90),
                "revision": Column("Revision"),
                "offered": Column("Offered"),
                "service_level": Column("Service level", "percentunit", 1),
                "abandon_rate": Column("Abandoned", "percentunit", 1),
                "asa_seconds": Column("ASA", "s", 0),
                "aht_seconds": Column("AHT", "s", 0),
                "staffed_agents": Column("Staffed", "short", 1),
                "required_agents": Column("Required"),
                "net_staffing": Column("Net staffing", "short", 1),
                "spec": Column("Against range"),
                "signal": Column("Against its past"),
                "plan": Column("Against plan"),
                "integrity": Column("Integrity"),
                "reason": Column("Why revised"),
            },
            height=16,
        ),
    ]

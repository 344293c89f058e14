"""The scorecard of a history's period, beside the report that was made of it."""

from config.assessing.assessment import Assessment
from config.assessing.metrics import MetricSettings
from config.timestamps import from_rfc3339
from streams.history.incidents.reading import incident_batches
from streams.history.query import Filters, HistoryQuery
from streams.history.stored_settings import StoredSettings
from streams.report.figures import Report
from streams.scorecard.card import score_card
from streams.scorecard.figures import ScoreCard
from streams.scorecard.gate import GATE_COLUMNS, gates
from streams.scorecard.metrics import whole_months

__all__ = ["read_score_card"]


def read_score_card(
    reader: HistoryQuery, report: Report, metrics: MetricSettings, assessment: Assessment, timezone: str
) -> ScoreCard:
    """The scorecard of a report's period.

    Args:
        reader: the snapshot that the report was made of.
        report: of the period.
        metrics: which are required.
        assessment: what only people know.
        timezone: IANA name of the site's zone, for months.
    """
    period = Filters(start=report.start, end=report.end, latest_only=True)
    held = StoredSettings(reader.parameters())
    rows = (row for batch in reader.latest_columns(GATE_COLUMNS, period) for row in batch)
    incidents = [row for batch in incident_batches(reader, period) for row in batch]
    months = whole_months(from_rfc3339(report.start), from_rfc3339(report.end), timezone)
    return score_card(report, gates(rows, held.of_row), metrics, assessment, incidents, months)

"""The first form of the history: results and their chains, breaches, dead letters, evaluations, parameters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in names]


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger()) for name in names]


def _doubles(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double()) for name in names]


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "interval_results",
        sa.Column("program", sa.Text()),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("interval_start", INSTANT, nullable=False),
        sa.Column("interval_start_local", sa.Text()),
        sa.Column("interval_seconds", sa.BigInteger()),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        *_texts("status", "definition"),
        *_doubles("threshold_seconds"),
        *_texts("parameters_version"),
        *_integers("offered", "answered", "answered_within", "abandoned", "abandoned_within"),
        *_integers("short_abandoned", "overflowed", "waiting"),
        *_doubles("wait_seconds", "handle_seconds"),
        *_integers("handled"),
        *_doubles("occupied_seconds", "available_seconds", "staffed_seconds", "service_level", "abandon_rate"),
        *_doubles("asa_seconds", "aht_seconds", "occupancy"),
        *_texts("plan_version"),
        *_doubles("forecast_offered", "forecast_aht_seconds", "scheduled_agents", "plan_required_agents"),
        *_integers("required_agents"),
        *_doubles("staffed_agents", "net_staffing", "volume_variance", "aht_variance"),
        *_texts("spec", "signal", "plan", "integrity", "breaches", "sources", "reason"),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "position"),
        sa.UniqueConstraint("queue", "interval_start", "revision"),
    )
    op.create_index("interval_results_by_time", "interval_results", ["interval_start"])
    op.create_table(
        "retired_results",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("interval_start", INSTANT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "position"),
        sa.UniqueConstraint("queue", "interval_start", "revision"),
    )
    op.create_table(
        "chain_heads",
        sa.Column("queue", sa.Text(), primary_key=True),
        sa.Column("results", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
    )
    op.create_table(
        "breaches",
        sa.Column("breach_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *_texts("item", "rule", "severity", "program", "queue", "scope"),
        sa.Column("interval_start", INSTANT),
        sa.Column("first_interval_start", INSTANT),
        *_doubles("observed", "expected", "limit"),
        *_texts("unit", "message", "message_zh"),
        sa.Column("causes", sa.JSON()),
        sa.Column("live", sa.Boolean()),
        *_texts("parameters_version"),
        sa.PrimaryKeyConstraint("breach_id", "sequence"),
    )
    op.create_index("breaches_by_time", "breaches", ["interval_start"])
    op.create_table(
        "acknowledgements",
        sa.Column("breach_id", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", INSTANT, nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        *_texts("note"),
        sa.PrimaryKeyConstraint("breach_id", "acknowledged_at", "acknowledged_by"),
    )
    op.create_table(
        "dead_letters",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary()),
        sa.Column("recorded_at", INSTANT),
        sa.PrimaryKeyConstraint("topic", "partition", "offset", "index"),
    )
    op.create_table(
        "evaluations",
        sa.Column("evaluation_id", sa.Text(), primary_key=True),
        *_texts("program", "contact_id", "queue", "agent", "team", "shift"),
        sa.Column("handled_at", INSTANT),
        sa.Column("evaluated_at", INSTANT, nullable=False),
        *_texts("evaluator", "selection"),
        sa.Column("checks", sa.JSON()),
    )
    op.create_index("evaluations_by_time", "evaluations", ["handled_at"])
    op.create_table(
        "parameters",
        sa.Column("version", sa.Text(), primary_key=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping an auditor's data."""

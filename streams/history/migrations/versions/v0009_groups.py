"""The latest figures of programs, sites and pools, and from when on they are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Create the tables; they are filled by whoever writes results next."""
    op.create_table(
        "group_results",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("interval_start", INSTANT, nullable=False),
        sa.Column("interval_start_local", sa.Text()),
        sa.Column("interval_seconds", sa.BigInteger()),
        sa.Column("parameters_version", sa.Text()),
        sa.Column("members", sa.BigInteger()),
        sa.Column("incomplete", sa.Boolean()),
        sa.Column("missing", sa.Text()),
        sa.Column("offered", sa.BigInteger()),
        sa.Column("answered", sa.BigInteger()),
        sa.Column("answered_within", sa.BigInteger()),
        sa.Column("abandoned", sa.BigInteger()),
        sa.Column("abandoned_within", sa.BigInteger()),
        sa.Column("short_abandoned", sa.BigInteger()),
        sa.Column("overflowed", sa.BigInteger()),
        sa.Column("waiting", sa.BigInteger()),
        sa.Column("wait_seconds", sa.Double()),
        sa.Column("handle_seconds", sa.Double()),
        sa.Column("handled", sa.BigInteger()),
        sa.Column("occupied_seconds", sa.Double()),
        sa.Column("available_seconds", sa.Double()),
        sa.Column("staffed_seconds", sa.Double()),
        sa.Column("definition", sa.Text()),
        sa.Column("service_level_numerator", sa.BigInteger()),
        sa.Column("service_level_denominator", sa.BigInteger()),
        sa.Column("not_counted", sa.Text()),
        sa.Column("service_level", sa.Double()),
        sa.Column("in_range_offered", sa.BigInteger()),
        sa.Column("judged_offered", sa.BigInteger()),
        sa.Column("in_range_ratio", sa.Double()),
        sa.Column("abandon_rate", sa.Double()),
        sa.Column("asa_seconds", sa.Double()),
        sa.Column("aht_seconds", sa.Double()),
        sa.Column("occupancy", sa.Double()),
        sa.Column("forecast_offered", sa.Double()),
        sa.Column("forecast_aht_seconds", sa.Double()),
        sa.Column("scheduled_agents", sa.Double()),
        sa.Column("required_agents", sa.Double()),
        sa.Column("required_if_all", sa.BigInteger()),
        sa.Column("required_if_none", sa.BigInteger()),
        sa.Column("shared_seconds", sa.Double()),
        sa.Column("shared_ratio", sa.Double()),
        sa.Column("not_required", sa.Text()),
        sa.Column("staffed_agents", sa.Double()),
        sa.Column("net_staffing", sa.Double()),
        sa.Column("volume_variance", sa.Double()),
        sa.Column("aht_variance", sa.Double()),
        sa.Column("wape", sa.Double()),
        sa.Column("rows", sa.JSON()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "group", "period", "interval_start"),
    )
    op.create_index("group_results_by_time", "group_results", ["interval_start"])
    op.create_table("grouped", sa.Column("since", INSTANT, primary_key=True, autoincrement=False))


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping what it holds."""

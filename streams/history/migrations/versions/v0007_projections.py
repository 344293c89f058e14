"""The rest of each day as it was projected at some times of it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FIGURES = (
    "forecast_offered",
    "reforecast_offered",
    "reforecast_low",
    "reforecast_high",
    "forecast_aht_seconds",
    "reforecast_aht_seconds",
    "expected_agents",
    "projected_service_level",
    "projected_low",
    "projected_high",
    "day_service_level",
    "day_low",
    "day_high",
    "p_in_range",
    "p_on_target",
)


def upgrade() -> None:
    """Create the table."""
    instant = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
    op.create_table(
        "projections",
        sa.Column("program", sa.Text()),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("interval_start", instant),
        *(sa.Column(name, sa.Double()) for name in FIGURES),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "made_at", "place"),
    )
    op.create_index("projections_by_time", "projections", ["made_at"])


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping what it holds."""

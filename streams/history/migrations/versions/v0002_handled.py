"""Handled contacts that queues emitted to their programs: coverage and spread of monitoring are judged against them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; days before it are not known, and said to be."""
    op.create_table(
        "program_days",
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("interval_start", sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")),
        sa.Column("handled_by", sa.JSON()),
        sa.Column("handled_at", sa.JSON()),
        sa.PrimaryKeyConstraint("program", "queue", "day", "part"),
    )
    op.create_index("program_days_by_time", "program_days", ["interval_start"])


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping an auditor's data."""

"""The columns of results of form 2; results of form 1 keep them empty."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOUBLES = (
    "process_sigma",
    "effect_volume",
    "effect_aht",
    "effect_staffing",
    "effect_unexplained",
    "oldest_seconds",
)
INTEGERS = ("due", "done_in_time", "backlog", "overdue", "form")


def upgrade() -> None:
    """Add the columns."""
    for name in DOUBLES:
        op.add_column("interval_results", sa.Column(name, sa.Double()))
    for name in INTEGERS:
        op.add_column("interval_results", sa.Column(name, sa.BigInteger()))


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping an auditor's data."""

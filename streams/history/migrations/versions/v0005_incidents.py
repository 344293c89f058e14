"""The incident, title, worst interval and end of a breach; records of earlier programs keep them empty."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    instant = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
    for name in ("incident_id", "title", "title_zh"):
        op.add_column("breaches", sa.Column(name, sa.Text()))
    op.add_column("breaches", sa.Column("worst_interval_start", instant))
    op.add_column("breaches", sa.Column("worst_observed", sa.Double()))
    op.add_column("breaches", sa.Column("reason", sa.Text()))


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping an auditor's data."""

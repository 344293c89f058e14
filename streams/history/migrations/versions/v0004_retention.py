"""The instant before which retention took everything: `verify` lets only that be gone."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; where retention has been at work, it took what is no later than the latest retired result."""
    instant = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
    op.create_table("retention", sa.Column("before", instant, primary_key=True, autoincrement=False))
    op.create_index("breaches_by_queue", "breaches", ["queue"])
    moment = "interval '1 millisecond'" if op.get_bind().dialect.name == "postgresql" else "1"
    op.execute(
        f"INSERT INTO retention (before) SELECT latest + {moment} FROM "
        "(SELECT max(interval_start) AS latest FROM retired_results) AS retired WHERE latest IS NOT NULL"
    )


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping an auditor's data."""

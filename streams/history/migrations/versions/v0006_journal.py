"""The journal, a chain of entries; acknowledgements of earlier programs become its first ones."""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXTS = ("note", "cause", "controllable", "action", "outcome", "link")


def upgrade() -> None:
    """Create the table, move what is acknowledged into it, and drop the table of before."""
    instant = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
    table = op.create_table(
        "journal",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in TEXTS),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("link"),
    )
    connection, last = op.get_bind(), "0" * 64
    seen = sa.table(
        "acknowledgements",
        *(sa.column(name) for name in ("breach_id", "acknowledged_at", "acknowledged_by", "note")),
    )
    rows = connection.execute(sa.select(seen).order_by(seen.c.acknowledged_at, seen.c.breach_id)).all()
    for number, row in enumerate(rows, 1):
        entry = {
            "number": number,
            "at": _rfc3339(row.acknowledged_at),
            "kind": "acknowledged",
            "incident_id": row.breach_id,
            "by": row.acknowledged_by,
            **dict.fromkeys(TEXTS),
            "note": row.note,
            "previous_hash": last,
        }
        # RFC 8785 of strings, whole numbers and nulls under ASCII names.
        canonical = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        last = hashlib.sha256(canonical.encode()).hexdigest()
        connection.execute(table.insert().values({**entry, "at": row.acknowledged_at, "hash": last}))
    op.drop_table("acknowledgements")


def _rfc3339(value: int | datetime) -> str:
    """An instant as the chain has it: in UTC, milliseconds only where there are any."""
    instant = value if isinstance(value, datetime) else datetime.fromtimestamp(value / 1000, UTC)
    ms = instant.microsecond // 1000
    fraction = f".{ms:03d}" if ms else ""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def downgrade() -> None:
    """Nothing: an older program refuses a newer history instead of dropping an auditor's data."""

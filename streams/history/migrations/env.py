"""Run by Alembic itself: carries out the steps on the connection that `streams.history.schema` holds."""

from alembic import context

from streams.history.schema import VERSION_TABLE
from streams.history.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
)
context.run_migrations()

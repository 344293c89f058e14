"""Alembic's steps from one form of the history to the next; `streams.history.schema` runs them."""

"""Alembic's entry to the hub's revisions."""

from storage.migrations.environment import run_revisions

run_revisions()

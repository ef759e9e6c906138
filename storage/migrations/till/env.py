"""Alembic's entry to the till's revisions."""

from storage.migrations.environment import run_revisions

run_revisions()

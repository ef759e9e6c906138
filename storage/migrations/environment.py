"""How Alembic runs revisions here: on the connection it is handed, inside the transaction that is open on it."""

from alembic import context


def run_revisions() -> None:
    """Run the revisions that are asked for; the caller commits, so a kill at any statement leaves the old schema."""
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()

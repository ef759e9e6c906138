"""Guards as a revision created them: their SQL is kept in files, which later edits of the guards do not reach."""

from pathlib import Path
from typing import Final

from alembic import op

SCRIPTS: Final = Path(__file__).parent / "sql"


def run_script(name: str) -> None:
    """Run `sql/<name>.<dialect>.sql`; an empty line ends a statement."""
    dialect = op.get_context().dialect.name
    for statement in (SCRIPTS / f"{name}.{dialect}.sql").read_text("utf-8").strip().split("\n\n"):
        op.get_bind().exec_driver_sql(statement)

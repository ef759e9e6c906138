"""Whether a hub's database is the one this program works with."""

from typing import Final

from storage.migrate import HUB, postgres_version
from storage.session import Session, Sql

_SQLITE_VERSION: Final = Sql("PRAGMA user_version")
_EPOCH: Final = Sql("SELECT 1 FROM hub_self")


def is_ready(session: Session) -> bool:
    """Whether the schema is this program's and the hub has its epoch."""
    if session.dialect == "postgresql":
        version = postgres_version(session)
    else:
        row = session.one(_SQLITE_VERSION, {})
        version = int(row[0]) if row else 0
    return version == HUB.version and session.one(_EPOCH, {}) is not None

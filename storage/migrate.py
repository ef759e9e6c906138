"""Bringing a database to the schema this program knows, in one transaction, after a backup of what is there."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from domain.errors import ErrorCode, StorageUnavailable
from storage.backup import back_up_to
from storage.session import Session, Sql
from storage.sqlite import Connection, is_disk_full, open_encrypted

if TYPE_CHECKING:
    import sqlalchemy

REVISIONS: Final = Path(__file__).parent / "migrations"

_POSTGRES_LOCK: Final = 0x42414E41
"""Two processes of a hub that start at once migrate one after the other."""

_HAS_VERSION: Final = Sql("SELECT to_regclass('alembic_version') IS NOT NULL")
_VERSION: Final = Sql("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema's name, the version this program works with, and the folder of its revisions."""

    name: str
    version: int
    revisions: Path


TILL: Final = Schema("till", 8, REVISIONS / "till")
HUB: Final = Schema("hub", 10, REVISIONS / "hub")


def schema_version(connection: Connection) -> int:
    """Return the version of an open file's schema, 0 for an empty file; Alembic is not asked."""
    version: int = connection.cursor().execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate_till(path: Path, key: bytes, backups: Path, schema: Schema = TILL) -> None:
    """Create a till's file or bring it to this program's schema; a file with an older schema is backed up first.

    Raises StorageUnavailable: STORAGE_NEWER for a schema of a newer program, STORAGE_TAMPERED for a file that holds
    something else, DISK_FULL, and what opening raises.
    """
    _migrate_sqlite(path, key, backups, schema)


def migrate_hub_sqlite(path: Path, key: bytes, backups: Path, schema: Schema = HUB) -> None:
    """Do for an embedded hub's file what `migrate_till` does for a till's."""
    _migrate_sqlite(path, key, backups, schema)


def migrate_hub_postgres(url: str, schema: Schema = HUB) -> None:
    """Create the hub's tables on PostgreSQL or bring them to this program's schema; backups are its operator's.

    `url` is libpq's (`postgresql://…`). Raises StorageUnavailable (STORAGE_NEWER, STORAGE_UNAVAILABLE).
    """
    import psycopg
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool, hide_parameters=True
    )
    try:
        with engine.begin() as shared:
            shared.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})")
            version = postgres_version(Session(shared.connection.cursor(), "postgresql"))
            if _is_behind(version, schema):
                # A revision that forgets the walls between merchants must fail, not find its tables empty.
                shared.exec_driver_sql("SET LOCAL row_security = off")
                _run_revisions(shared, schema)
    except (psycopg.Error, sqlalchemy.exc.DBAPIError) as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error


def postgres_version(session: Session) -> int:
    """Return the version of a PostgreSQL database's schema, 0 if it has none."""
    known = session.one(_HAS_VERSION, {})
    row = session.one(_VERSION, {}) if known and known[0] else None
    return int(row[0]) if row else 0


def _migrate_sqlite(path: Path, key: bytes, backups: Path, schema: Schema) -> None:
    connection = open_encrypted(path, key)
    try:
        version = schema_version(connection)
        if not _is_behind(version, schema):
            return
        if version:
            back_up_to(backups / f"{path.stem}-before-v{schema.version}.backup", connection, key)
        elif connection.cursor().execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED)
        _run_on_sqlite(connection, schema)
    finally:
        connection.close()


def _is_behind(version: int, schema: Schema) -> bool:
    if version > schema.version:
        raise StorageUnavailable(ErrorCode.STORAGE_NEWER, version=version, known=schema.version)
    return version < schema.version


def _run_on_sqlite(connection: Connection, schema: Schema) -> None:
    """Run the missing revisions between one BEGIN IMMEDIATE and one COMMIT of the connection below SQLAlchemy.

    Foreign keys are off meanwhile, as SQLite asks for where a table is built anew, and checked before the commit.
    """
    import sqlalchemy
    from sqlalchemy.pool import StaticPool

    engine = sqlalchemy.create_engine(
        "sqlite://",
        creator=lambda: connection.raw,
        module=connection.driver,
        poolclass=StaticPool,
        hide_parameters=True,
    )
    sqlalchemy.event.listen(engine, "begin", lambda shared: shared.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        connection.cursor().execute("PRAGMA foreign_keys = OFF")
        with engine.begin() as shared:
            _run_revisions(shared, schema)
            if shared.exec_driver_sql("PRAGMA foreign_key_check").fetchone():
                raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED)
            shared.exec_driver_sql(f"PRAGMA user_version = {schema.version:d}")
    except (connection.driver.Error, sqlalchemy.exc.DBAPIError) as error:
        full = is_disk_full(getattr(error, "orig", None) or error)
        raise StorageUnavailable(ErrorCode.DISK_FULL if full else ErrorCode.STORAGE_UNAVAILABLE) from error


def _run_revisions(shared: "sqlalchemy.Connection", schema: Schema) -> None:
    """Run the missing revisions inside the transaction that is open on the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(schema.revisions).replace("%", "%%"))
    config.attributes["connection"] = shared
    command.upgrade(config, f"{schema.version:04d}")

"""Schemas come whole or not at all, and the migrated database is the one the program describes."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool, StaticPool

from domain.errors import ErrorCode, StorageUnavailable
from storage import tables
from storage.backup import backups_of
from storage.gate import TillFiles
from storage.guards import HUB_GUARDS, LEDGER_GUARDS, POSTGRES_GUARDS, TILL_GUARDS, guard_statements
from storage.hub_units import PostgresHub
from storage.migrate import (
    HUB,
    TILL,
    Schema,
    migrate_hub_postgres,
    migrate_hub_sqlite,
    migrate_till,
    postgres_version,
    schema_version,
)
from storage.sqlite import Connection, open_encrypted
from tests.builders import KEY

DESCRIBED = {"till": [tables.ledger, tables.till], "hub": [tables.ledger, tables.hub]}
GUARDS = {"till": (*LEDGER_GUARDS, *TILL_GUARDS), "hub": (*LEDGER_GUARDS, *HUB_GUARDS)}
MASTER = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version' ORDER BY name"


def _engine(connection: Connection) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        "sqlite://", creator=lambda: connection.raw, module=connection.driver, poolclass=StaticPool
    )


def _all_of(side: str) -> sqlalchemy.MetaData:
    both = sqlalchemy.MetaData()
    for part in DESCRIBED[side]:
        for table in part.sorted_tables:
            table.to_metadata(both)
    return both


def _is_versions(name: str | None) -> bool:
    return name != "alembic_version"


def _differences(shared: sqlalchemy.Connection, side: str) -> list[Any]:
    options = {"compare_server_default": True, "include_name": lambda name, kind, parents: _is_versions(name)}
    return list(compare_metadata(MigrationContext.configure(shared, opts=options), _all_of(side)))


def _words(sql: str) -> list[str]:
    """Return a table's definition as words; the order of its constraints says nothing."""
    return sorted(sql.replace(",", " ").replace('"', "").split())


def _migrated(side: str, path: Path) -> Connection:
    (migrate_till if side == "till" else migrate_hub_sqlite)(path, KEY, path.parent)
    return open_encrypted(path, KEY)


@pytest.mark.parametrize("side", ["till", "hub"])
def test_the_migrated_file_is_the_described_one(side: str, tmp_path: Path) -> None:
    migrated = _migrated(side, tmp_path / "migrated.db")
    described = open_encrypted(tmp_path / "described.db", KEY)
    with _engine(described).begin() as shared:
        _all_of(side).create_all(shared)
    for statement in guard_statements(GUARDS[side], "sqlite"):
        described.raw.execute(statement)
    with _engine(migrated).connect() as shared:
        assert _differences(shared, side) == []
    held, wanted = (connection.raw.execute(MASTER).fetchall() for connection in (migrated, described))
    assert [row[:2] for row in held] == [row[:2] for row in wanted]
    assert [_words(row[2]) for row in held] == [_words(row[2]) for row in wanted]
    guards = {row[1]: row[2] for row in held if row[0] == "trigger"}
    assert guards == {guard.name: guard.statements("sqlite")[0] for guard in GUARDS[side]}
    migrated.close()
    described.close()


def test_the_migrated_postgresql_database_is_the_described_one(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(postgres_url), poolclass=NullPool
    )
    with engine.connect() as shared:
        assert _differences(shared, "hub") == []
        migrated = _postgres_shape(shared)
        shared.exec_driver_sql("CREATE SCHEMA described")
        shared.exec_driver_sql("SET search_path TO described")
        _all_of("hub").create_all(shared)
        for statement in guard_statements((*GUARDS["hub"], *POSTGRES_GUARDS), "postgresql"):
            shared.exec_driver_sql(statement)
        assert _postgres_shape(shared) == migrated


def _postgres_shape(shared: sqlalchemy.Connection) -> tuple[Any, ...]:
    """Return constraints, triggers and their functions of the current schema as PostgreSQL writes them."""
    here = "= current_schema()::regnamespace AND c.relname <> 'alembic_version' ORDER BY 1, 2"
    constraints = shared.exec_driver_sql(
        "SELECT c.relname, replace(pg_get_constraintdef(k.oid), current_schema() || '.', '') FROM pg_constraint k "
        f"JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace {here}"
    ).all()
    triggers = shared.exec_driver_sql(
        "SELECT c.relname, t.tgname, t.tgtype, p.proname, p.prosrc FROM pg_trigger t JOIN pg_class c "
        f"ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND c.relnamespace {here}"
    ).all()
    return sorted(map(tuple, constraints)), sorted(map(tuple, triggers))


@pytest.mark.parametrize("schema", [TILL, HUB], ids=lambda schema: schema.name)
def test_the_program_knows_the_newest_revision(schema: Schema) -> None:
    assert ScriptDirectory(str(schema.revisions)).get_current_head() == f"{schema.version:04d}"


def test_a_current_file_needs_neither_alembic_nor_a_backup(
    till_file: TillFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    migrate_till(till_file.database, KEY, till_file.backups)
    assert not till_file.backups.exists()
    connection = till_file.connect()
    assert schema_version(connection) == TILL.version
    connection.close()


def test_postgresql_tells_its_version_and_is_migrated_once(postgres_url: str, postgres_server: str) -> None:
    migrate_hub_postgres(postgres_url)
    hub = PostgresHub(postgres_url, connections=1)
    with hub.transaction() as session:
        assert postgres_version(session) == HUB.version
    hub.close()


def test_a_database_of_a_newer_program_is_refused(till_file: TillFiles, postgres_url: str) -> None:
    connection = till_file.connect()
    connection.raw.execute(f"PRAGMA user_version = {TILL.version + 1}")
    connection.close()
    with pytest.raises(StorageUnavailable) as refused:
        migrate_till(till_file.database, KEY, till_file.backups)
    assert refused.value.code is ErrorCode.STORAGE_NEWER
    with psycopg.connect(postgres_url) as database:
        database.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(StorageUnavailable) as refused:
        migrate_hub_postgres(postgres_url)
    assert refused.value.code is ErrorCode.STORAGE_NEWER


def test_a_file_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    connection = open_encrypted(tmp_path / "other.db", KEY)
    connection.raw.execute("CREATE TABLE diary (entry TEXT)")
    connection.close()
    with pytest.raises(StorageUnavailable) as refused:
        migrate_till(tmp_path / "other.db", KEY, tmp_path)
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED


def test_without_a_server_the_hub_says_so() -> None:
    with pytest.raises(StorageUnavailable) as refused:
        migrate_hub_postgres("postgresql://127.0.0.1:1/none?connect_timeout=1")
    assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE


NEXT_REVISION = '''"""A next revision, for a test."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE preferences ADD COLUMN note TEXT")
    op.get_bind().exec_driver_sql("{second}")
'''


def _next_schema(folder: Path, second: str) -> Schema:
    shutil.copytree(TILL.revisions, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "till_0009.py").write_text(NEXT_REVISION.format(second=second), "utf-8")
    return Schema("till", 9, folder)


def _columns(files: TillFiles) -> list[str]:
    connection = files.connect()
    names = [row[1] for row in connection.raw.execute("PRAGMA table_info(preferences)")]
    connection.close()
    return names


def test_an_older_file_is_backed_up_and_brought_up(till_file: TillFiles, tmp_path: Path) -> None:
    schema = _next_schema(tmp_path / "next", "CREATE TABLE more (a INTEGER) STRICT")
    migrate_till(till_file.database, KEY, till_file.backups, schema)
    assert _columns(till_file) == ["key", "value", "note"]
    before = till_file.backups / "till-before-v9.backup"
    copy = open_encrypted(before, KEY)
    assert schema_version(copy) == TILL.version
    copy.close()
    assert backups_of(till_file.database, till_file.backups) == []


def test_a_migration_that_fails_midway_leaves_the_old_schema(till_file: TillFiles, tmp_path: Path) -> None:
    schema = _next_schema(tmp_path / "next", "SELECT no_such_column FROM preferences")
    with pytest.raises(StorageUnavailable):
        migrate_till(till_file.database, KEY, till_file.backups, schema)
    assert _columns(till_file) == ["key", "value"]
    connection = till_file.connect()
    assert schema_version(connection) == TILL.version
    connection.close()


def test_a_migration_killed_at_any_statement_leaves_the_old_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill leaves what the disk holds: the file and its log are copied before every statement and opened again."""
    path, copy = tmp_path / "till.db", tmp_path / "copy.db"
    states: list[tuple[int, int]] = []

    def look(*_: object) -> None:
        for suffix in ("", "-wal"):
            if (source := tmp_path / f"till.db{suffix}").exists():
                shutil.copy(source, f"{copy}{suffix}")
        left = open_encrypted(copy, KEY)
        tables_left = left.raw.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        states.append((schema_version(left), tables_left))
        left.close()

    made = sqlalchemy.create_engine

    def watched(*arguments: Any, **options: Any) -> sqlalchemy.Engine:
        engine = made(*arguments, **options)
        sqlalchemy.event.listen(engine, "before_cursor_execute", look)
        sqlalchemy.event.listen(engine, "commit", look)
        return engine

    monkeypatch.setattr(sqlalchemy, "create_engine", watched)
    migrate_till(path, KEY, tmp_path)
    assert len(states) > 60
    assert set(states) == {(0, 0)}
    look()
    assert states[-1][0] == TILL.version


def test_a_start_imports_neither_alembic_nor_postgresqls_driver_nor_the_key_store() -> None:
    heavy = ("alembic", "psycopg", "keyring", "cryptography", "argon2")
    asked = f"import sys, storage.gate, storage.keys, storage.pins; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


FIRST_SHOP = """
INSERT INTO merchants (id, name, currency, zone, limits, created_at)
VALUES ('m', 'Quán', 'VND', 'Asia/Ho_Chi_Minh', '{}', 5);
INSERT INTO devices (merchant_id, id, code, incarnation, name) VALUES ('m', 'd', '01', 'A', '01A');
INSERT INTO accounts (merchant_id, id, type, code, name, currency, bank_bin, bank_account, created_at,
balance_minor, entries) VALUES ('m', 'cash', 'CASH', '1111', 'Chi phí quản lý kinh doanh', 'VND', '', '', 5, 700, 1);
INSERT INTO accounts (merchant_id, id, type, code, name, currency, control, bank_bin, bank_account, created_at,
balance_minor, entries) VALUES ('m', 'sales', 'CONTROL', '5111', 'Doanh thu', 'VND', 'sales', '', '', 5, -700, 1);
INSERT INTO vouchers (merchant_id, id, device_id, type, status, number, currency, business_date, created_at,
source_kind, source_id, total_minor, memo, chain_seq, prev_hash, hash) VALUES ('m', 'v', 'd', 'PT',
'DRAFT', 'PT01A-26-000001', 'VND', '2026-11-20', 5, 'cash', 'x', 700, 'bán lẻ', 1, 'p', 'h');
INSERT INTO postings VALUES ('m', 'v', 1, 'cash', 'D', 700, 1, 700);
INSERT INTO postings VALUES ('m', 'v', 2, 'sales', 'C', 700, 1, -700);
UPDATE vouchers SET status = 'ISSUED' WHERE id = 'v';
"""


def test_the_books_of_the_first_schema_come_along_whole(tmp_path: Path) -> None:
    path = tmp_path / "till.db"
    migrate_till(path, KEY, tmp_path, Schema("till", 1, TILL.revisions))
    first = open_encrypted(path, KEY)
    first.raw.executescript(FIRST_SHOP)
    before = first.raw.execute("SELECT id, number, memo, total_minor, hash FROM vouchers").fetchall()
    first.close()
    migrate_till(path, KEY, tmp_path)
    grown = open_encrypted(path, KEY)
    ask = grown.raw.execute
    assert ask("SELECT id, number, memo, total_minor, hash FROM vouchers").fetchall() == before
    assert ask("SELECT account_id, day, category_id, debit_minor, credit_minor FROM day_totals").fetchall() == [
        ("cash", "2026-11-20", "", 700, 0),
        ("sales", "2026-11-20", "", 0, 700),
    ]
    assert ask("SELECT name FROM accounts WHERE control = 'expenses'").fetchall() == [
        ("Chi phí quản lý kinh doanh (6422)",)
    ]
    assert ask("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(Exception, match="an issued voucher never changes"):
        ask("UPDATE vouchers SET memo = 'khác'")
    grown.close()

"""Nothing of the history can be removed, and a database in which it could be is told from a sound one (I21)."""

from collections.abc import Callable

import psycopg
import pytest

from storage import tables
from storage.gate import TillFiles
from storage.guards import HUB_GUARDS, LEDGER_GUARDS, MAY_SHRINK, ONLY_ONES, POSTGRES_GUARDS, REFERENCES, TILL_GUARDS
from storage.hub_units import HubUnits
from storage.verify import verify_hub_postgres, verify_till
from tests.builders import KEY, MERCHANT, WITNESS_KEY, sell
from tests.storage.breaches import found
from tests.storage.misuse import refusal

GUARDS = (*LEDGER_GUARDS, *TILL_GUARDS, *HUB_GUARDS)
KEPT = {guard.table for guard in GUARDS if guard.event == "DELETE"}
ALL_TABLES = [table for part in (tables.ledger, tables.till, tables.hub) for table in part.sorted_tables]
TO_VOUCHERS = "REFERENCES vouchers (merchant_id, id)"


def test_every_table_is_guarded_against_removal_or_holds_no_history() -> None:
    assert {table.name for table in ALL_TABLES} == KEPT | MAY_SHRINK
    assert not KEPT & MAY_SHRINK


def test_the_references_that_are_checked_are_the_tables_own() -> None:
    held = {(table.name, key.referred_table.name) for table in ALL_TABLES for key in table.foreign_key_constraints}
    assert held == REFERENCES
    assert not [key for table in ALL_TABLES for key in table.foreign_keys if key.ondelete or key.onupdate]


def test_the_unique_indexes_that_are_checked_are_the_tables_own() -> None:
    held = {
        (index.name, table.name, tuple(column.name for column in index.columns))
        for table in ALL_TABLES
        for index in table.indexes
        if index.unique
    }
    assert held == {(index.name, index.table, index.columns) for index in ONLY_ONES}


def test_postgresql_empties_no_table_of_history(hub_on_postgres: HubUnits) -> None:
    hub_on_postgres.run(MERCHANT, sell)
    guarded = {guard.table for guard in POSTGRES_GUARDS}
    assert guarded == KEPT - {"outbox"}

    def emptied(table: str) -> str:
        return hub_on_postgres.read(lambda session: refusal(session, f"TRUNCATE {table} CASCADE"))

    assert {table for table in guarded if "is never emptied" not in emptied(table)} == set()


def _in_schema(old: str, new: str) -> tuple[str, ...]:
    """Return statements that write another schema behind SQLite's back."""
    return (
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = replace(sql, '{old}', '{new}') WHERE name = 'postings'",
        "PRAGMA writable_schema = OFF",
    )


SOFTENED = "CREATE UNIQUE INDEX one_reversal ON vouchers (merchant_id, reverses) WHERE second = 9"


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        (("DROP TRIGGER voucher_kept",), ("I21", "GUARD_MISSING")),
        (("DROP TRIGGER outbox_kept",), ("I21", "GUARD_MISSING")),
        (
            (
                "DROP TRIGGER audit_no_delete",
                "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN 1 = 2 BEGIN SELECT RAISE(ABORT, 'x'); END",
            ),
            ("I21", "GUARD_CHANGED"),
        ),
        (("DROP INDEX one_reversal",), ("I5", "INDEX_MISSING")),
        (("DROP INDEX one_reversal", SOFTENED), ("I5", "INDEX_CHANGED")),
        (_in_schema(TO_VOUCHERS, f"{TO_VOUCHERS} ON DELETE CASCADE"), ("I21", "REFERENCE_ACTS")),
        (_in_schema(TO_VOUCHERS, f"{TO_VOUCHERS} ON UPDATE SET NULL"), ("I21", "REFERENCE_ACTS")),
        (_in_schema(f"FOREIGN KEY(merchant_id, voucher_id) {TO_VOUCHERS},", ""), ("I21", "REFERENCE_MISSING")),
    ],
)
def test_a_till_that_could_lose_history_is_found(
    statements: tuple[str, ...], wanted: tuple[str, str], fast: bool, till_file: TillFiles
) -> None:
    connection = till_file.connect()
    for statement in statements:
        connection.raw.execute(statement)
    connection.close()
    report = verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY, fast=fast)
    assert found(report) == {wanted}


@pytest.fixture
def alter_hub(postgres_url: str) -> Callable[[str], None]:
    """Run a statement on the hub's database as its superuser."""

    def alter(statement: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(statement.replace("{database}", connection.info.dbname))

    return alter


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("DROP TRIGGER voucher_kept ON vouchers", ("I21", "GUARD_MISSING")),
        ("DROP TRIGGER vouchers_whole ON vouchers", ("I21", "GUARD_MISSING")),
        ("ALTER TABLE feed DISABLE TRIGGER feed_no_delete", ("I5", "GUARD_OFF")),
        ("DROP INDEX one_voucher_per_event", ("I5", "INDEX_MISSING")),
        (
            "DROP INDEX one_reversal; CREATE INDEX one_reversal ON vouchers (merchant_id, reverses) "
            "WHERE reverses IS NOT NULL AND second = 0",
            ("I5", "INDEX_CHANGED"),
        ),
        (
            "ALTER TABLE postings DROP CONSTRAINT postings_merchant_id_voucher_id_fkey, ADD FOREIGN KEY "
            "(merchant_id, voucher_id) REFERENCES vouchers (merchant_id, id) ON DELETE CASCADE",
            ("I21", "REFERENCE_ACTS"),
        ),
        (
            "ALTER TABLE postings DROP CONSTRAINT postings_merchant_id_account_id_fkey",
            ("I21", "REFERENCE_MISSING"),
        ),
        ("ALTER DATABASE {database} SET session_replication_role = replica", ("I24", "SETTING_OTHER")),
    ],
)
def test_a_hub_on_postgresql_that_could_lose_history_is_found(
    statement: str, wanted: tuple[str, str], postgres_url: str, alter_hub: Callable[[str], None]
) -> None:
    assert found(verify_hub_postgres(postgres_url, fast=True)) == set()
    alter_hub(statement)
    assert found(verify_hub_postgres(postgres_url, fast=True)) == {wanted}

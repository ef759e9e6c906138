"""The second wall between merchants: PostgreSQL shows and takes only what belongs to the one whose turn it is."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Text

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import DeviceId, MerchantId
from domain.money import Language
from server.settings import HubSettings
from storage import tables
from storage.hub_units import HubUnits, PostgresHub
from storage.hub_walls import WALLS, Wall, enter_merchant, look_across
from storage.migrate import migrate_hub_postgres
from storage.session import Session, Sql
from storage.setup import create_hub, create_merchant
from storage.verify import verify_hub_postgres
from tests.builders import MERCHANT, NOON, SETUP, an_id, open_wallets, sell
from tests.server.conftest import WALLED_ROLE
from ui.texts import Texts, problem_text
from wiring.folders import Folder
from wiring.hub import run_shared

OTHER = MerchantId(an_id("another shop"))
OTHER_SETUP = replace(SETUP, merchant_id=OTHER, device_id=DeviceId(an_id("another till")))
ACROSS = {wall.table for wall in WALLS if wall.seen_across}
AS_HUB, NOBODY = "-c%20role%3Dbana_walled", "-c%20application_name%3Dtest"
REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture(scope="module")
def owned_url(postgres_server: str) -> Iterator[str]:
    """A database whose owner the hub is, as an operator sets it up: made by its own role, with two shops that sell."""
    name = f"bana_owned_{os.getpid()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(WALLED_ROLE)
        connection.execute(f"CREATE DATABASE {name} OWNER bana_walled")
    head, _, tail = postgres_server.partition("?")
    url = f"{head.rpartition('/')[0]}/{name}?{tail}{'&' if tail else ''}options={AS_HUB}"
    migrate_hub_postgres(url)
    units = HubUnits(PostgresHub(url, connections=1), ring=lambda merchant, seq: None)
    create_hub(units, an_id("epoch"), NOON)
    for setup in (SETUP, OTHER_SETUP):
        assert create_merchant(units, setup, NOON, token_hash=f"token of {setup.merchant_id}")
        units.run(setup.merchant_id, open_wallets)
        units.run(setup.merchant_id, sell)
    units.close()
    yield url
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def units(owned_url: str) -> Iterator[HubUnits]:
    """The hub on that database."""
    units = HubUnits(PostgresHub(owned_url, connections=1), ring=lambda merchant, seq: None)
    yield units
    units.close()


def count(session: Session, table: str, where: str = "1 = 1") -> int:
    row = session.one(Sql(f"SELECT COUNT(*) FROM {table} WHERE {where}"), {})
    assert row is not None
    return int(row[0])


def superuser(url: str, *statements: str) -> None:
    with psycopg.connect(url.replace(AS_HUB, NOBODY)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_every_table_of_merchants_rows_has_its_wall() -> None:
    held = [table for part in (tables.ledger, tables.hub) for table in part.sorted_tables]
    of_merchants = {table.name for table in held if "merchant_id" in table.columns} | {"merchants"}
    assert {wall.table for wall in WALLS} == of_merchants
    assert len(WALLS) == len(of_merchants)


def test_within_one_merchants_wall_no_row_of_another_is_seen_changed_or_removed(units: HubUnits) -> None:
    def op(session: Session) -> dict[str, tuple[int, int]]:
        seen = {}
        for wall in WALLS:
            theirs = f"{wall.column} <> '{OTHER}'"
            seen[wall.table] = (count(session, wall.table), count(session, wall.table, theirs))
        assert session.run(Sql("UPDATE shop_settings SET value = 'x' WHERE merchant_id = :id"), {"id": MERCHANT}) == 0
        assert session.run(Sql("DELETE FROM tills WHERE merchant_id = :id"), {"id": MERCHANT}) == 0
        return seen

    seen = units.read_of(OTHER, op)
    assert {table for table, (_, foreign) in seen.items() if foreign} == set()
    assert {"merchants", "vouchers", "postings", "feed", "payments", "audit", "tills"} <= {
        table for table, (own, _) in seen.items() if own
    }


def refusal(url: str, wall: Wall) -> str:
    """Try to put another merchant's row into a table from within a merchant's wall; return what the database says."""
    columns = next(part.tables[wall.table].c for part in (tables.ledger, tables.hub) if wall.table in part.tables)
    values = {column.name: "'x'" if isinstance(column.type, Text) else "1" for column in columns}
    values[wall.column] = f"'{MERCHANT}'"
    with psycopg.connect(url) as connection:
        enter_merchant(Session(connection.cursor(), "postgresql"), OTHER)
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(f"INSERT INTO {wall.table} ({', '.join(values)}) VALUES ({', '.join(values.values())})")
    return str(refused.value)


def test_a_row_for_another_merchant_is_not_taken_not_even_from_the_owner_of_the_tables(owned_url: str) -> None:
    told = {wall.table: refusal(owned_url, wall) for wall in WALLS}
    by_guard = {table for table, text in told.items() if "row-level security" not in text}
    guarded = {"vouchers", "postings", "book_series", "series", "categories", "refunds"}
    assert by_guard <= guarded, "whose guards are asked before"
    assert {table for table in by_guard if "guard: " not in told[table]} == set()


def test_a_voucher_slipped_in_for_another_merchant_is_refused_by_the_wall_itself(units: HubUnits) -> None:
    def op(session: Session) -> None:
        values = {"id": MERCHANT, "key": "k", "value": "v"}
        session.run(Sql("INSERT INTO shop_settings (merchant_id, key, value) VALUES (:id, :key, :value)"), values)

    with pytest.raises(StorageUnavailable) as refused:
        units.read_of(OTHER, op)
    assert isinstance(refused.value.__cause__, REFUSED)
    with pytest.raises(StorageUnavailable) as refused:
        units.run(OTHER, lambda uow: op(uow.session))
    assert isinstance(refused.value.__cause__, REFUSED)


def test_without_a_merchant_nothing_is_seen(owned_url: str) -> None:
    with psycopg.connect(owned_url) as connection:
        session = Session(connection.cursor(), "postgresql")
        assert {wall.table for wall in WALLS if count(session, wall.table)} == set()


def test_who_looks_across_reads_a_few_tables_and_writes_none(units: HubUnits) -> None:
    seen = units.read(lambda session: {wall.table for wall in WALLS if count(session, wall.table)})
    assert seen <= ACROSS
    assert {"merchants", "tills", "payments"} <= seen
    assert ACROSS.isdisjoint({"credentials", "data_keys", "vouchers", "postings", "feed", "audit", "receipts"})
    change = Sql("UPDATE tills SET revoked_at = 1")
    assert units.read(lambda session: session.run(change, {})) == 0


def test_a_wall_ends_with_its_transaction_and_entering_ends_the_look_across(units: HubUnits) -> None:
    assert units.read_of(MERCHANT, lambda session: count(session, "vouchers")) > 0
    assert units.read(lambda session: count(session, "vouchers")) == 0

    def op(session: Session) -> int:
        look_across(session)
        enter_merchant(session, OTHER)
        return count(session, "tills", f"merchant_id = '{MERCHANT}'")

    assert units.read(op) == 0


BREACHES = {
    "ALTER TABLE accounts DISABLE ROW LEVEL SECURITY": ("accounts", "WALL_MISSING"),
    "ALTER TABLE feed NO FORCE ROW LEVEL SECURITY": ("feed", "WALL_MISSING"),
    "CREATE TABLE another (merchant_id text)": ("another", "WALL_MISSING"),
    "DROP POLICY own_merchant ON payments": ("payments", "WALL_CHANGED"),
    "CREATE POLICY open ON vouchers USING (true)": ("vouchers", "WALL_CHANGED"),
    "ALTER POLICY own_merchant ON audit WITH CHECK (true)": ("audit", "WALL_CHANGED"),
    "ALTER POLICY across_merchants ON tills USING (true)": ("tills", "WALL_CHANGED"),
    "ALTER POLICY own_merchant ON receipts TO bana_walled": ("receipts", "WALL_CHANGED"),
}


def test_walls_that_are_gone_open_or_changed_are_found_each_of_them(postgres_url: str) -> None:
    assert verify_hub_postgres(postgres_url, fast=True).line("I15").ok
    superuser(postgres_url, *BREACHES)
    findings = verify_hub_postgres(postgres_url, fast=True).line("I15").findings
    assert sorted((finding.subject, finding.code) for finding in findings) == sorted(BREACHES.values())


def test_the_books_of_every_merchant_are_verified_from_behind_the_walls(owned_url: str) -> None:
    assert verify_hub_postgres(owned_url).ok
    more = f"UPDATE accounts SET balance_minor = balance_minor + 1 WHERE merchant_id = '{OTHER}' AND is_default = 1"
    superuser(owned_url, more)
    assert not verify_hub_postgres(owned_url).line("I2").ok
    superuser(owned_url, more.replace("+ 1", "- 1"))


BYPASSING_ROLE = WALLED_ROLE.replace("bana_walled", "bana_bypassing").replace("NOBYPASSRLS", "BYPASSRLS")


def as_role(url: str, role: str) -> str:
    """Return the URL of a database as another role; the tests' own, a superuser, for an empty one."""
    return url.replace(AS_HUB, AS_HUB.replace("bana_walled", role) if role else NOBODY)


@pytest.mark.parametrize("role", ["", "bana_bypassing"])
def test_a_hub_whose_role_no_wall_holds_does_not_start_and_says_so(
    postgres_url: str,
    role: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    superuser(postgres_url, BYPASSING_ROLE)
    started: list[bool] = []
    monkeypatch.setattr("wiring.hub.run_hub", lambda settings, ready: started.append(settings.with_pages))
    folder = Folder(tmp_path / "hub").make()
    folder.demo.touch()  # its keys would lie in the folder, not in the system's own store
    monkeypatch.setattr("wiring.hub.is_demo", lambda folder: False)
    assert run_shared(folder, as_role(postgres_url, role), "127.0.0.1", 0) == 1
    assert started == []
    said = capsys.readouterr().err
    assert "BYPASSRLS" in said
    assert "không có tác dụng" in said


def test_a_developer_may_take_any_role_and_the_hubs_own_needs_no_leave(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []

    def start(settings: HubSettings, ready: object) -> None:
        started.append(settings.with_pages)
        settings.database.close()

    monkeypatch.setattr("wiring.hub.run_hub", start)
    monkeypatch.setattr("wiring.hub.is_demo", lambda folder: False)
    folder = Folder(tmp_path / "hub").make()
    folder.demo.touch()
    assert run_shared(folder, as_role(postgres_url, ""), "127.0.0.1", 0, development=True) == 0
    assert run_shared(folder, postgres_url, "127.0.0.1", 0) == 0
    assert started == [True, False]


def test_a_role_that_no_wall_holds_is_told_in_both_languages(postgres_url: str) -> None:
    walled = PostgresHub(postgres_url, connections=1)
    walled.require_walls()
    walled.close()
    strong = PostgresHub(as_role(postgres_url, ""), connections=1)
    with pytest.raises(StorageUnavailable) as refused:
        strong.require_walls()
    strong.close()
    assert refused.value.code is ErrorCode.HUB_ROLE_UNSAFE
    told = [problem_text(refused.value, Texts(language)).sentence for language in Language]
    assert all("superuser" in words for words in told)
    assert len(set(told)) == len(told)


def test_a_secret_of_the_vault_is_not_there_for_another_merchant(units: HubUnits) -> None:
    sealed = Sql(
        "INSERT INTO credentials (merchant_id, provider, field, key_version, sealed, updated_at) "
        "VALUES (:id, 'sepay', 'webhook_secret', 1, 'c2VhbGVk', 1)"
    )
    units.read_of(MERCHANT, lambda session: session.run(sealed, {"id": MERCHANT}))
    assert units.read_of(MERCHANT, lambda session: count(session, "credentials")) == 1
    assert units.read_of(OTHER, lambda session: count(session, "credentials")) == 0
    assert units.read(lambda session: count(session, "credentials")) == 0

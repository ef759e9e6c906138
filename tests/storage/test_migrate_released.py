"""Databases of the version before, with a shop's rows in them, are brought up whole and can be worked with at once."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from domain.accounts import Control, control_id
from domain.ids import DeviceId, MerchantId
from domain.rails import Provider
from server.auth import find_till, token_hash
from server.credentials import open_credentials
from server.data_keys import written, written_key
from server.people_keys import exchange_key, people_key_of
from server.vault import Secret, Vault
from storage.hub_tills import KnownTill, tills_of
from storage.hub_units import Database, HubUnits, PostgresHub, SqliteHub
from storage.migrate import HUB, TILL, Schema, migrate_hub_postgres, migrate_hub_sqlite, migrate_till
from storage.session import Session, Sql
from storage.sqlite import open_encrypted
from sync.wire import PeopleKeyRequest
from tests.builders import KEY, NOON
from tests.server.conftest import WALLED_ROLE

SHOP = MerchantId("m")
DEVICE = DeviceId("d")
TOKEN = "token-of-before-0123456789"
PEOPLE_KEY = bytes(range(32))
VAULT = Vault({1: bytes(range(64, 96))}, 1)
HUB_BEFORE = Schema("hub", 6, HUB.revisions)
TILL_BEFORE = Schema("till", 4, TILL.revisions)

Values = Mapping[str, str | int | None]


def hub_rows() -> list[tuple[str, Values]]:
    """Return what a hub of before holds of a shop: its till, a wallet, a receipt, the feed, and a sealed secret."""
    key = VAULT.new_data_key(SHOP, 1)
    sealed = VAULT.seal(SHOP, key, Provider.SEPAY, "webhook_secret", Secret("of before"))
    account: Values = {"currency": "VND", "bank_bin": "", "bank_account": "", "created_at": 5}
    line: Values = {"voucher_id": "v", "amount_minor": 700, "entry_no": 1}
    return [
        ("merchants", {"id": SHOP, "name": "Quán", "currency": "VND", "zone": "Asia/Ho_Chi_Minh", "limits": "{}"}),
        ("devices", {"id": "h", "code": "00", "incarnation": "A", "name": "00A"}),
        ("devices", {"id": DEVICE, "code": "01", "incarnation": "A", "name": "01A"}),
        ("tills", {"device_id": DEVICE, "token_hash": token_hash(TOKEN), "enrolled_at": 5}),
        ("accounts", {**account, "id": "cash", "type": "CASH", "code": "1111", "name": "Tiền mặt"}),
        ("accounts", {**account, "id": "s", "type": "CONTROL", "code": "5111", "name": "Bán", "control": "sales"}),
        (
            "vouchers",
            {
                **{"id": "v", "device_id": DEVICE, "type": "PT", "status": "DRAFT", "number": "PT01A-26-000001"},
                **{"currency": "VND", "business_date": "2026-11-20", "created_at": 5, "source_kind": "cash"},
                **{"source_id": "x", "total_minor": 700, "memo": "bán lẻ", "chain_seq": 1},
                **{"prev_hash": "p", "hash": "h"},
            },
        ),
        ("postings", {**line, "line_no": 1, "account_id": "cash", "side": "D", "balance_after": 700}),
        ("postings", {**line, "line_no": 2, "account_id": "s", "side": "C", "balance_after": -700}),
        (
            "feed",
            {
                **{"seq": 1, "message_id": "m1", "subject_id": "setting:x", "kind": "setting", "body": "{}"},
                **{"body_hash": "0", "device_id": DEVICE, "at": 5},
            },
        ),
        ("data_keys", {"version": 1, "wrapped": written_key(key), "created_at": 5}),
        (
            "credentials",
            {
                **{"provider": "sepay", "field": "webhook_secret", "key_version": 1},
                **{"sealed": written(sealed), "updated_at": 5},
            },
        ),
    ]


def fill(units: HubUnits) -> None:
    """Write a shop into a hub of before."""

    def op(session: Session) -> None:
        session.run(Sql("INSERT INTO hub_self (one, epoch, created_at) VALUES (1, 'e', 5)"), {})
        for table, told in hub_rows():
            shop: Values = {"feed_seq": 1, "created_at": 5} if table == "merchants" else {"merchant_id": SHOP}
            values = {**told, **shop}
            names = ", ".join(values)
            session.run(
                Sql(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in values)})"), values
            )
        session.run(Sql("UPDATE vouchers SET status = 'ISSUED' WHERE id = 'v'"), {})

    units.read_of(SHOP, op)


def rows(units: HubUnits) -> dict[str, list[tuple[object, ...]]]:
    """Return what the hub holds in the columns that there were before."""

    def op(session: Session) -> dict[str, list[tuple[object, ...]]]:
        return {
            table: [
                tuple(row)
                for row in session.all(Sql(f"SELECT {', '.join(sorted(told))} FROM {table} ORDER BY 1, 2"), {})
                if table != "accounts" or "stored_value" not in row
            ]
            for table, told in hub_rows()
        }

    return units.read_of(SHOP, op)


def units_on(database: Database) -> HubUnits:
    return HubUnits(database, ring=lambda merchant, seq: None)


@pytest.fixture
def walled_url(postgres_server: str) -> Iterator[str]:
    """An empty database that a role owns which the walls hold: as an operator sets it up."""
    name = f"bana_before_{os.getpid()}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(WALLED_ROLE)
        server.execute(f"CREATE DATABASE {name} OWNER bana_walled")
    head, _, tail = postgres_server.partition("?")
    options = "&".join(part for part in (tail, "options=-c%20role%3Dbana_walled") if part)
    yield f"{head.rpartition('/')[0]}/{name}?{options}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def grown(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[HubUnits, dict[str, object]]]:
    """A hub that was brought up from the version before, and what it held."""
    path = tmp_path / "hub.db"
    url = request.getfixturevalue("walled_url") if request.param == "postgres" else ""

    def migrate(schema: Schema) -> HubUnits:
        if url:
            migrate_hub_postgres(url, schema)
            return units_on(PostgresHub(url, connections=1))
        migrate_hub_sqlite(path, KEY, tmp_path, schema)
        return units_on(SqliteHub(lambda: open_encrypted(path, KEY)))

    before = migrate(HUB_BEFORE)
    fill(before)
    held = dict(rows(before))
    before.close()
    units = migrate(HUB)
    yield units, dict(held)
    units.close()


def test_a_hub_of_before_keeps_every_row_and_its_till_takes_the_key_of_the_shop_there(
    grown: tuple[HubUnits, dict[str, object]],
) -> None:
    units, held = grown
    assert rows(units) == held
    account = control_id(SHOP, Control.STORED_VALUE)
    assert units.run(SHOP, lambda uow: uow.accounts.get(account)) is not None, "its books have what came new"
    till = find_till(units, f"Bearer {TOKEN}")
    assert till == KnownTill(SHOP, DEVICE)
    [listed] = units.read_of(SHOP, lambda session: tills_of(session, SHOP))
    assert (listed.device_id, listed.heard_at) == (DEVICE, None)
    opened = open_credentials(units, VAULT, SHOP, Provider.SEPAY, NOON)
    assert opened is not None
    assert opened.current["webhook_secret"].reveal() == "of before"
    request = PeopleKeyRequest(own_key=PEOPLE_KEY.hex(), offered=True)
    assert exchange_key(units, VAULT, till, request, NOON).known
    assert units.read_of(SHOP, lambda session: people_key_of(session, VAULT, SHOP)) == PEOPLE_KEY
    dialect, seen = units.read_of(
        MerchantId("another"), lambda session: (session.dialect, session.all(Sql("SELECT 1 FROM people_keys"), {}))
    )
    assert len(seen) == (0 if dialect == "postgresql" else 1), "the walls stand around what came new, too"


def test_people_of_a_till_of_before_are_yet_to_be_told_of(tmp_path: Path) -> None:
    path = tmp_path / "till.db"
    migrate_till(path, KEY, tmp_path, TILL_BEFORE)
    before = open_encrypted(path, KEY)
    before.raw.executescript("""
        INSERT INTO merchants (id, name, currency, zone, limits, created_at) VALUES ('m', 'Q', 'VND', 'UTC', '{}', 5);
        INSERT INTO users (merchant_id, id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at)
        VALUES ('m', 'hoa', 'Hoa', 'owner', 'h1', 0, NULL, NULL, NULL),
        ('m', 'lan', 'Lan', 'cashier', 'h2', 5, 9, 'r', 7);
        INSERT INTO outbox (seq, id, subject_id, kind, body, body_hash, state, queued_at, next_attempt_at)
        VALUES (1, 'o', 's', 'setting', '{}', 'x', 'queued', 5, 5);
    """)
    told = "SELECT id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at FROM users ORDER BY id"
    held = before.raw.execute(told).fetchall()
    queued = before.raw.execute("SELECT * FROM outbox").fetchall()
    before.close()
    migrate_till(path, KEY, tmp_path)
    grown = open_encrypted(path, KEY)
    assert grown.raw.execute(told).fetchall() == held
    assert grown.raw.execute("SELECT * FROM outbox").fetchall() == queued
    assert grown.raw.execute("SELECT told FROM users").fetchall() == [(0,), (0,)]
    grown.close()

"""The hub's third schema: a hub of the second one is brought along with its books, on either database."""

from pathlib import Path

import psycopg

from domain.other_systems import EVERY_SCOPE
from storage.hub_api_keys import KnownKey, add_api_key, key_by_hash, merchants, use_key
from storage.hub_units import HubUnits, PostgresHub, SqliteHub
from storage.migrate import HUB, Schema, migrate_hub_postgres, migrate_hub_sqlite
from storage.setup import create_hub, create_merchant
from storage.sqlite import open_encrypted
from tests.builders import KEY, MERCHANT, NOON, SETUP, an_id, open_wallets

SECOND = Schema("hub", 2, HUB.revisions)
A_KEY = KnownKey(MERCHANT, "1a2b", "web shop", EVERY_SCOPE)


def _fill(units: HubUnits) -> None:
    create_hub(units, an_id("epoch"), NOON)
    create_merchant(units, SETUP, NOON)
    units.run(MERCHANT, open_wallets)


def _check(units: HubUnits) -> None:
    assert units.read(merchants) == [(MERCHANT, SETUP.shop_name)]
    units.read(lambda session: add_api_key(session, A_KEY, "hash", NOON))
    assert units.read(lambda session: key_by_hash(session, ["other", "hash"])) == A_KEY
    assert units.read(lambda session: use_key(session, A_KEY, NOON))


def test_a_hubs_file_of_the_second_schema_comes_along(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    migrate_hub_sqlite(path, KEY, tmp_path, SECOND)
    before = HubUnits(SqliteHub(lambda: open_encrypted(path, KEY)), ring=lambda merchant, seq: None)
    _fill(before)
    before.close()
    migrate_hub_sqlite(path, KEY, tmp_path)
    units = HubUnits(SqliteHub(lambda: open_encrypted(path, KEY)), ring=lambda merchant, seq: None)
    _check(units)
    units.close()
    assert (tmp_path / f"hub-before-v{HUB.version}.backup").exists()


def test_a_hub_on_postgresql_of_the_second_schema_comes_along(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as database:
        database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrate_hub_postgres(postgres_url, SECOND)
    before = HubUnits(PostgresHub(postgres_url, connections=1), ring=lambda merchant, seq: None)
    _fill(before)
    before.close()
    migrate_hub_postgres(postgres_url)
    units = HubUnits(PostgresHub(postgres_url, connections=1), ring=lambda merchant, seq: None)
    _check(units)
    units.close()

"""The hub as a program: embedded, as a till's child on an encrypted file, or shared, on PostgreSQL."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from domain.errors import StorageUnavailable
from domain.ids import new_id
from domain.money import Language
from domain.policy import Limits
from domain.rails import Provider
from server.credentials import connect_provider
from server.enrolment import connect_embedded_till
from server.outside import outside_client
from server.rails.registry import ADAPTERS
from server.run import run_hub
from server.settings import HubSettings, provider_client, system_now
from server.vault import Secret, Vault
from storage.hub_bell import PostgresBell
from storage.hub_units import Database, HubUnits, PostgresHub, SqliteHub
from storage.keys import FileKeyStore, Keys, KeyStore, load_keys, make_keys
from storage.migrate import migrate_hub_postgres, migrate_hub_sqlite
from storage.setup import create_hub
from storage.sqlite import open_encrypted
from sync.lifeline import exit_when_parent_gone, read_secrets, say_ready
from ui.texts import Texts, problem_text
from wiring.demo import setup_of
from wiring.demo_shop import APP_ID, BANK_ACCOUNT, MERCHANT_CODE, TERMINAL, DemoShop, demo_secrets, is_demo, read_demo
from wiring.demo_stalls import stall_forms
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import HUB_ROOT, TOKEN
from wiring.vault_keys import vault_of


def run_embedded(folder: Folder, port: int) -> int:
    """Run a till's own hub until the till is gone: keys come on standard input, the port goes to standard output."""
    handed = read_secrets(sys.stdin.buffer)
    exit_when_parent_gone(sys.stdin)
    database_key, vault_key = bytes.fromhex(handed["database"]), bytes.fromhex(handed["vault"])
    database = open_hub_file(folder, database_key)
    vault = Vault({1: vault_key}, 1)
    if is_demo(folder):
        seat_demo(folder, database, vault)
    settings = HubSettings(database=database, vault=vault, port=port)
    run_hub(settings, lambda real: say_ready(sys.stdout.buffer, real))
    return 0


def run_shared(
    folder: Folder, url: str | None, host: str, port: int, *, public_url: str = "", development: bool = False
) -> int:
    """Run a hub for several tills until told to stop: on PostgreSQL, or on an encrypted file in the folder.

    Customers reach the pages on which they pay at `public_url`; empty, at the address that it listens on.
    It calls providers outside of its own network alone, but for a demo's, whose simulator is on this machine.
    `development` shows the pages on which the interface is tried, lets other systems hear on this machine, and takes a
    database role that no wall between merchants holds; without it such a role is refused. Exit 1 if the keys or the
    database cannot be used.
    """
    try:
        keys = _keys(key_store(folder))
        vault = vault_of(keys.vault)
        database, bell = _shared_database(folder, keys.database, url, development)
    except StorageUnavailable as error:
        sys.stderr.write(f"{problem_text(error, Texts(Language.VI)).sentence}\n")
        return 1
    if is_demo(folder):
        seat_demo(folder, database, vault)
    simulated = development or is_demo(folder)
    settings = HubSettings(
        database=database,
        vault=vault,
        bell=bell,
        host=host,
        port=port,
        public_url=public_url,
        near_hooks=development,
        with_pages=development,
        metrics_token=metrics_token(os.environ),
        new_http=provider_client if simulated else outside_client,
    )
    run_hub(settings, lambda real: _tell(host, real))
    return 0


def metrics_token(environment: Mapping[str, str]) -> Secret | None:
    """Return what a monitor on another machine shows to read the hub's numbers; None leaves them to this machine.

    It stands in BANA_METRICS_TOKEN, or in the file that BANA_METRICS_TOKEN_FILE names. Raises OSError for a file that
    cannot be read: a hub whose numbers were meant to be guarded does not start without.
    """
    path = environment.get("BANA_METRICS_TOKEN_FILE", "")
    told = Path(path).read_text("utf-8").strip() if path else environment.get("BANA_METRICS_TOKEN", "").strip()
    return Secret(told) if told else None


def _shared_database(
    folder: Folder, key: bytes, url: str | None, development: bool
) -> tuple[Database, PostgresBell | None]:
    """Open the hub's database at this program's schema; raises StorageUnavailable, HUB_ROLE_UNSAFE among others."""
    if url is None:
        return open_hub_file(folder, key), None
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    postgres = PostgresHub(address)
    try:
        if not development:
            postgres.require_walls()
        migrate_hub_postgres(address)
    except StorageUnavailable:
        postgres.close()
        raise
    create_hub(HubUnits(postgres, lambda merchant, seq: None), new_id(), system_now())
    return postgres, PostgresBell(address)


def open_hub_file(folder: Folder, key: bytes) -> SqliteHub:
    """Open the folder's own hub database, making or migrating it first."""
    migrate_hub_sqlite(folder.hub, key, folder.backups)
    database = SqliteHub(lambda: open_encrypted(folder.hub, key))
    create_hub(HubUnits(database, lambda merchant, seq: None), new_id(), system_now())
    return database


def _keys(store: KeyStore) -> Keys:
    return load_keys(store, HUB_ROOT) if store.load(HUB_ROOT) is not None else make_keys(store, HUB_ROOT)


def seat_demo(folder: Folder, database: Database, vault: Vault) -> None:
    """Let the demo shop's till in, and connect the shop to its simulated providers where they are now."""
    shop, units, at = read_demo(folder), HubUnits(database, lambda merchant, seq: None), system_now()
    token = FileKeyStore(folder.keys).load(TOKEN)
    assert token is not None, "a demo shop has its till's token"
    connect_embedded_till(units, setup_of(shop, Limits()), token.decode(), new_id(), at)
    for provider, values in _provider_values(folder, shop).items():
        secret = {name: Secret(value) for name, value in values.items()}
        connect_provider(units, vault, shop.merchant_id, ADAPTERS[provider], secret, at)


def _provider_values(folder: Folder, shop: DemoShop) -> dict[Provider, dict[str, str]]:
    secrets = demo_secrets(folder)
    simulator = f"http://127.0.0.1:{shop.simulator_port}"
    return {
        Provider.VNPAY_QR_MMS: {
            "base_url": simulator,
            "app_id": APP_ID,
            "merchant_name": "TAP HOA HOA MAI",
            "merchant_code": MERCHANT_CODE,
            "terminal_id": TERMINAL,
            "create_secret": secrets.create_secret,
            "check_secret": secrets.check_secret,
            "refund_secret": secrets.refund_secret,
        },
        Provider.SEPAY: {
            "base_url": simulator,
            "account_number": BANK_ACCOUNT,
            "webhook_secret": secrets.webhook_secret,
            "api_token": secrets.api_token,
        },
        **stall_forms(secrets, simulator),
    }


def _tell(host: str, port: int) -> None:
    sys.stdout.write(f"http://{host}:{port}/api/v1 - the hub; Ctrl+C ends it\n")
    sys.stdout.flush()

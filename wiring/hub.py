"""The hub as a program: embedded, as a till's child on an encrypted file, or shared, on PostgreSQL."""

import sys
from pathlib import Path

from domain.ids import new_id
from domain.policy import Limits
from server.credentials import connect_provider
from server.rails.registry import ADAPTERS
from server.run import run_hub
from server.settings import HubSettings, system_now
from server.vault import Secret, Vault
from storage.hub_units import Database, HubUnits, PostgresHub, SqliteHub
from storage.keys import FileKeyStore, Keys, KeyStore, OsKeyStore, load_keys, make_keys
from storage.migrate import migrate_hub_postgres, migrate_hub_sqlite
from storage.setup import create_hub, create_merchant
from storage.sqlite import open_encrypted
from sync.lifeline import exit_when_parent_gone, read_secrets, say_ready
from wiring.demo import (
    APP_ID,
    BANK_ACCOUNT,
    MERCHANT_CODE,
    TERMINAL,
    DemoShop,
    demo_secrets,
    is_demo,
    read_demo,
    setup_of,
)
from wiring.folders import Folder
from wiring.till import HUB_ROOT, TOKEN

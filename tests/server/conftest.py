"""Hubs for the server's tests, each test on its own database, on SQLite and again on PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from domain.policy import Role
from server.hub import Hub
from storage.hub_units import Database, PostgresHub, SqliteHub
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from tests.builders import KEY
from tests.server.fake_vnpay import FakeVnpay, vnpay
from tests.server.hub_stage import Clock, Served, ShopTill, let_in, served, settings_for
from tests.server.people_stage import HOA, LAN, keep, share

WALLED_ROLE = (
    "DO $$ BEGIN CREATE ROLE bana_walled NOLOGIN NOSUPERUSER NOBYPASSRLS; "
    "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
)


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Threads that end after a test must not write into the next one's output."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> Clock:
    """The hub's clock; it stands at noon."""
    return Clock()


@pytest.fixture
def postgres_url(postgres_url: str) -> str:
    """The URL of a hub's PostgreSQL database, on which the hub's role is one that the walls between merchants hold."""
    with psycopg.connect(postgres_url) as connection:
        connection.execute(WALLED_ROLE)
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO bana_walled")
    return f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-c%20role%3Dbana_walled"


@pytest.fixture(params=["sqlite", "postgres"])
def open_database(request: pytest.FixtureRequest) -> Callable[[], Database]:
    """Opens the hub's database."""
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("hub_file")
        return lambda: SqliteHub(lambda: open_encrypted(path, KEY))
    url: str = request.getfixturevalue("postgres_url")
    return lambda: PostgresHub(url, connections=4)


@pytest.fixture
def hub(open_database: Callable[[], Database], clock: Clock) -> Iterator[Hub]:
    """A hub without a server and without threads: the test makes each step."""
    hub = Hub(settings_for(open_database(), clock))
    yield hub
    hub.stop()


@pytest.fixture
def server(open_database: Callable[[], Database], clock: Clock) -> Iterator[Served]:
    """A hub on a real socket, whose workers the test plays; the shop's till has its token."""
    with served(settings_for(open_database(), clock)) as running:
        let_in(running.hub.units)
        yield running


@pytest.fixture
def shop(server: Served) -> Served:
    """A hub that has the shop's key and knows an owner and a cashier."""
    assert share(server).json() == {"known": True, "people_key": None}
    keep(server, HOA, Role.OWNER)
    keep(server, LAN, Role.CASHIER)
    return server


@pytest.fixture
def till(till_units: TillUnits) -> ShopTill:
    """The shop's till."""
    return ShopTill(till_units)


@pytest.fixture
def provider() -> Iterator[FakeVnpay]:
    """A VNPAY of the test's own."""
    with vnpay() as fake:
        yield fake

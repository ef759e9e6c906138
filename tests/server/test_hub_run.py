"""The hub as a process: it tells its port, logs lines without secrets, says when it is ready, and ends cleanly."""

import io
import ipaddress
import json
import logging
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from domain.errors import ErrorCode, StorageUnavailable
from domain.rails import Method
from server.auth import admit
from server.logs import configure_logging
from server.run import run_hub
from server.settings import Tls
from storage.hub_units import PostgresHub, SqliteHub
from storage.session import Session
from storage.sqlite import open_encrypted
from tests.builders import KEY
from tests.server.hub_stage import Clock, Served, ShopTill, bearer, let_in, served, settings_for

PROGRAM = """
import sys
from pathlib import Path
from server.run import run_hub
from server.settings import HubSettings
from server.vault import Vault
from storage.hub_units import SqliteHub
from storage.sqlite import open_encrypted

key = bytes(range(32))
database = SqliteHub(lambda: open_encrypted(Path(sys.argv[1]), key))
run_hub(HubSettings(database, Vault({1: key}, 1)), lambda port: print(port, flush=True))
print("ended", flush=True)
"""


@pytest.fixture
def program(hub_file: Path) -> Iterator["subprocess.Popen[str]"]:
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(hub_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    yield child
    if child.poll() is None:
        child.kill()
    child.communicate()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_program_cleanly_and_its_log_is_json_without_secrets(
    program: "subprocess.Popen[str]", ending: signal.Signals
) -> None:
    assert program.stdout is not None
    url = f"http://127.0.0.1:{int(program.stdout.readline())}"
    with httpx.Client(base_url=url) as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json() == {"status": "ok"}
        needle = "needle-in-the-query-4711"
        assert http.get(f"/api/v1/changes?after=0&token={needle}", headers=bearer("needle-token")).status_code == 401
        program.send_signal(ending)
    out, errors = program.communicate(timeout=30)
    assert out == "ended\n"
    assert program.returncode == 0
    lines = [json.loads(line) for line in errors.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["path"], line["status"]) for line in requests] == [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/api/v1/changes", 401),
    ]
    assert all({"timestamp", "level", "request_id", "duration_ms"} <= set(line) for line in requests)
    assert "needle" not in errors


def test_a_program_that_cannot_have_its_port_says_so(hub_file: Path, clock: Clock) -> None:
    with served(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock)) as server:
        taken = replace(server.hub.settings, port=server.port)
        with pytest.raises(OSError, match="in use"):
            run_hub(taken, lambda port: None)


def test_an_event_ends_the_hub_as_well(hub_file: Path, clock: Clock) -> None:
    stop, ports = threading.Event(), []

    def ready(port: int) -> None:
        ports.append(port)
        stop.set()

    run_hub(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock), ready, stop)
    assert ports[0] > 0


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Give the test's process its logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_a_librarys_traceback_is_logged_without_the_values_it_quotes() -> None:
    stream = io.StringIO()
    configure_logging(stream)
    try:
        int("needle-value")
    except ValueError:
        logging.getLogger("a.library").exception("it broke")
    structlog.get_logger("hub.test").info("said", number=1)
    broke, said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (broke["event"], broke["error"], broke["logger"]) == ("it broke", "ValueError", "a.library")
    assert "test_hub_run.py" in broke["at"][0]
    assert "needle" not in stream.getvalue()
    assert (said["event"], said["number"], said["level"]) == ("said", 1, "info")


def test_a_hub_whose_schema_is_another_programs_is_not_ready(server: Served) -> None:
    assert server.http.get("/readyz").status_code == 200

    def spoil(session: Session) -> None:
        if session.dialect == "postgresql":
            session.cursor.execute("UPDATE alembic_version SET version_num = '9999'")
        else:
            session.cursor.execute("PRAGMA user_version = 9999")

    server.hub.units.read(spoil)
    answer = server.http.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"code": "STORAGE_UNAVAILABLE"})
    assert server.http.get("/healthz").status_code == 200


def test_a_database_that_is_gone_is_said_and_harms_nothing(
    postgres_url: str, clock: Clock, till: ShopTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(settings_for(PostgresHub(postgres_url, connections=1), clock)) as server:
        let_in(server.hub.units)
        till.start(Method.CASH)
        _end_connections(postgres_url)
        broken = server.push(till.waiting())
        assert (broken.status_code, broken.json()) == (503, {"code": "STORAGE_UNAVAILABLE"})
        assert broken.headers["retry-after"] == "2"
        for _ in range(20):
            answer = server.push(till.waiting())
            if answer.status_code == 200:
                break
        assert {result["outcome"] for result in answer.json()["results"]} == {"created", "exists"}


def _end_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET ROLE NONE")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )


def test_what_nobody_foresaw_is_answered_without_a_word_of_the_inside(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the inside: needle")

    monkeypatch.setattr("server.routes.sync.admit", broken)
    answer = server.changes()
    assert (answer.status_code, answer.json()) == (500, {"code": "UNEXPECTED"})
    assert "needle" not in answer.text
    monkeypatch.setattr("server.routes.sync.admit", admit)
    assert server.changes().status_code == 200


def test_a_full_disk_is_told_apart(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StorageUnavailable(ErrorCode.DISK_FULL)

    monkeypatch.setattr(server.hub.units, "run", full)
    answer = server.push([])
    assert (answer.status_code, answer.json()) == (503, {"code": "DISK_FULL"})


def _certificate(folder: Path) -> Tls:
    """Make a certificate for this machine that only the test believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub of the test")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36_500))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    tls = Tls(folder / "hub.pem", folder / "hub.key")
    tls.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    tls.private_key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return tls


def test_a_hub_with_a_certificate_speaks_tls_and_nothing_older_or_plainer(
    hub_file: Path, clock: Clock, tmp_path: Path
) -> None:
    tls = _certificate(tmp_path)
    settings = settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock, tls=tls)
    with served(settings) as server:
        url = f"https://127.0.0.1:{server.port}/healthz"
        trust = ssl.create_default_context(cafile=tls.certificate)
        assert httpx.get(url, verify=trust).json() == {"status": "ok"}
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        with pytest.raises(httpx.HTTPError):
            server.http.get("/healthz")
        old = ssl.create_default_context(cafile=tls.certificate)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLS"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, verify=old)

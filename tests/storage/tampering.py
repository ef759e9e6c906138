"""Changing books behind the guards' back, as someone does who has the key and time."""

from collections.abc import Callable
from pathlib import Path

import psycopg

from storage.sqlite import open_encrypted
from tests.builders import KEY

Tamper = Callable[..., None]


def tamper_with_file(path: Path, *statements: str, key: bytes = KEY) -> None:
    """Run statements on a file without its guards, then put the guards back as they were."""
    connection = open_encrypted(path, key)
    run = connection.raw.execute
    guards = run("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    run("PRAGMA foreign_keys = OFF")
    run("PRAGMA ignore_check_constraints = ON")
    for name, _ in guards:
        run(f"DROP TRIGGER {name}")
    for statement in statements:
        assert run(statement).rowcount != 0, statement
    for _, sql in guards:
        run(sql)
    connection.close()


def tamper_with_postgres(url: str, *statements: str) -> None:
    """Run statements on PostgreSQL as its superuser, with triggers and references switched off."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement

"""The database itself: its pages, its schema's version, its guards word for word, its settings."""

import re
from typing import Any, Final

from domain.errors import ErrorCode, StorageUnavailable
from storage.guards import HUB_GUARDS, LEDGER_GUARDS, TILL_GUARDS, Guard
from storage.migrate import HUB, TILL, postgres_version
from storage.session import Sql
from storage.sqlite import SETTINGS
from storage.verification.reader import Reader
from storage.verification.report import Findings, Side

_TRIGGERS: Final = Sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
_PG_TRIGGERS: Final = Sql(
    "SELECT t.tgname, pg_get_triggerdef(t.oid), p.prosrc, t.tgenabled FROM pg_trigger t JOIN pg_proc p "
    "ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal "
    "AND c.relnamespace = current_schema()::regnamespace"
)
_PG_SETTINGS: Final = Sql(
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')"
)


def guards_of(side: Side) -> tuple[Guard, ...]:
    """Return the guards that a database of a side has."""
    return (*LEDGER_GUARDS, *(TILL_GUARDS if side == "till" else HUB_GUARDS))


def check_pages(reader: Reader, found: Findings) -> None:
    """Read every page of a file and follow every index and reference; PostgreSQL's pages are its operator's."""
    if reader.session.dialect != "sqlite":
        return
    for pragma in ("cipher_integrity_check", "integrity_check"):
        for (told,) in reader.stream(Sql(f"PRAGMA {pragma}"), {}):
            if told != "ok":
                found.add("PAGES", "PAGE_DAMAGED", "SQLite", told=str(told))
    for table, row, parent, _ in reader.stream(Sql("PRAGMA foreign_key_check"), {}):
        found.add("PAGES", "ROW_ORPHANED", table, row=row, parent=parent)


def require_current(reader: Reader, side: Side) -> None:
    """Raise StorageUnavailable(STORAGE_OLDER) for a schema that waits to be brought up when its program starts."""
    wanted = TILL.version if side == "till" else HUB.version
    held = _version(reader)
    if 0 < held < wanted:
        raise StorageUnavailable(ErrorCode.STORAGE_OLDER, version=held, known=wanted)


def _version(reader: Reader) -> int:
    if reader.session.dialect == "sqlite":
        return reader.number(Sql("PRAGMA user_version"), {})
    return postgres_version(reader.session)


def check_schema(reader: Reader, found: Findings, side: Side) -> None:
    """Compare the schema's version and every guard's text with what this program creates."""
    wanted = TILL.version if side == "till" else HUB.version
    held = _version(reader)
    if reader.session.dialect == "sqlite":
        triggers = {row[0]: row[1] for row in reader.session.all(_TRIGGERS, {})}
    else:
        triggers = _postgres_triggers(reader, found)
    if held != wanted:
        found.add("I5", "SCHEMA_OTHER", side, held=held, wanted=wanted)
    for guard in guards_of(side):
        text = triggers.pop(guard.name, None)
        if text is None:
            found.add("I5", "GUARD_MISSING", guard.name)
        elif text != _expected(guard, reader):
            found.add("I5", "GUARD_CHANGED", guard.name)
    for name in sorted(triggers):
        found.add("I5", "TRIGGER_FOREIGN", name)


def check_settings(reader: Reader, found: Findings) -> None:
    """Compare the settings that keep commits; opening a file has already refused an unsafe library."""
    if reader.session.dialect == "sqlite":
        held = {name: _pragma(reader, name) for name in SETTINGS}
        wanted: dict[str, Any] = dict(SETTINGS)
    else:
        held = dict(reader.session.all(_PG_SETTINGS, {}))
        wanted = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": held.get("synchronous_commit")}
        if wanted["synchronous_commit"] in ("off", "local"):
            wanted["synchronous_commit"] = "on"
    for name, value in wanted.items():
        if held.get(name) != value:
            found.add("I24", "SETTING_OTHER", name, held=str(held.get(name)), wanted=str(value))


def _pragma(reader: Reader, name: str) -> Any:
    row = reader.session.one(Sql(f"PRAGMA {name}"), {})
    return row[0] if row else None


def _expected(guard: Guard, reader: Reader) -> str:
    """Return a guard as the database tells it: on SQLite its statement, on PostgreSQL the trigger and its body."""
    statements = guard.statements(reader.session.dialect)
    if len(statements) == 1:
        return statements[0]
    function, trigger = statements
    body = re.search(r"\$\$(.*)\$\$", function, re.DOTALL)
    assert body is not None, "a guard's function has a body"
    return f"{trigger}\n{body[1]}"


def _postgres_triggers(reader: Reader, found: Findings) -> dict[str, str]:
    triggers = {}
    for name, definition, source, enabled in reader.session.all(_PG_TRIGGERS, {}):
        if enabled not in ("O", b"O"):
            found.add("I5", "GUARD_OFF", name)
        triggers[name] = f"{re.sub(r' ON (?:[a-z_]+[.])', ' ON ', definition)}\n{source}"
    return triggers

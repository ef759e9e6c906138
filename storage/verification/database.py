"""The database itself: its pages, its schema's version, its guards and references word for word, its settings."""

import re
from typing import Any, Final

from domain.errors import ErrorCode, StorageUnavailable
from storage.guards import (
    HUB_GUARDS,
    LEDGER_GUARDS,
    ONLY_ONES,
    POSTGRES_GUARDS,
    REFERENCES,
    TILL_GUARDS,
    Dialect,
    Guard,
)
from storage.hub_walls import WALL_LESS, WALLS
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
_INDEXES: Final = Sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
_PG_INDEXES: Final = Sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()")
_REFERENCES: Final = Sql(
    'SELECT m.name, f."table", f.on_delete, f.on_update FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f '
    "WHERE m.type = 'table' AND f.seq = 0"
)
_PG_REFERENCES: Final = Sql(
    "SELECT c.relname, p.relname, k.confdeltype::text, k.confupdtype::text FROM pg_constraint k "
    "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid "
    "WHERE k.contype = 'f' AND k.convalidated AND c.relnamespace = current_schema()::regnamespace"
)
_HARMLESS: Final = frozenset({"NO ACTION", "RESTRICT", "a", "r"})
"""What a reference may do to its rows when the other table's are deleted or changed: refuse that."""

_PG_SETTINGS: Final = Sql(
    "SELECT name, setting FROM pg_settings "
    "WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'session_replication_role')"
)
_PG_TABLES: Final = Sql(
    "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
    "WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace ORDER BY relname"
)
_PG_POLICIES: Final = Sql(
    "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies "
    "WHERE schemaname = current_schema() ORDER BY tablename, policyname"
)
_REMOVALS: Final = frozenset({"DELETE", "TRUNCATE"})


def guards_of(side: Side, dialect: Dialect) -> tuple[Guard, ...]:
    """Return the guards that a database of a side has."""
    own = TILL_GUARDS if side == "till" else HUB_GUARDS
    return (*LEDGER_GUARDS, *own, *(POSTGRES_GUARDS if dialect == "postgresql" else ()))


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
    """Compare the schema's version, every guard's text and every unique index with what this program creates.

    What guards against removal is the line I21, what guards against change I5.
    """
    wanted = TILL.version if side == "till" else HUB.version
    held = _version(reader)
    if reader.session.dialect == "sqlite":
        triggers = {row[0]: row[1] for row in reader.session.all(_TRIGGERS, {})}
    else:
        triggers = _postgres_triggers(reader, found)
    if held != wanted:
        found.add("I5", "SCHEMA_OTHER", side, held=held, wanted=wanted)
    for guard in guards_of(side, reader.session.dialect):
        line = "I21" if guard.event in _REMOVALS else "I5"
        text = triggers.pop(guard.name, None)
        if text is None:
            found.add(line, "GUARD_MISSING", guard.name)
        elif text != _expected(guard, reader):
            found.add(line, "GUARD_CHANGED", guard.name)
    for name in sorted(triggers):
        found.add("I5", "TRIGGER_FOREIGN", name)
    _check_indexes(reader, found)


def check_walls(reader: Reader, found: Findings) -> None:
    """Compare PostgreSQL's row-level security with the policies that this program creates: on, for the owner too."""
    standing = {wall.table: wall for wall in WALLS}
    held: dict[str, dict[str, tuple[Any, ...]]] = {}
    for table, policy, *told in reader.session.all(_PG_POLICIES, {}):
        held.setdefault(table, {})[policy] = tuple(told)
    tables: dict[str, bool] = dict(reader.session.all(_PG_TABLES, {}))
    for table in sorted(standing.keys() | tables.keys() - WALL_LESS):
        if table not in standing or not tables.get(table, False):
            found.add("I15", "WALL_MISSING", table)
        elif held.get(table, {}) != standing[table].told:
            found.add("I15", "WALL_CHANGED", table)


def check_references(reader: Reader, found: Findings) -> None:
    """Check that lines and steps still need their documents and payments, and that no deletion takes rows along."""
    sql = _REFERENCES if reader.session.dialect == "sqlite" else _PG_REFERENCES
    held = set()
    for table, parent, *actions in reader.session.all(sql, {}):
        held.add((table, parent))
        if not _HARMLESS.issuperset(actions):
            found.add("I21", "REFERENCE_ACTS", table, parent=parent)
    for table, parent in sorted(REFERENCES - held):
        found.add("I21", "REFERENCE_MISSING", table, parent=parent)


def _check_indexes(reader: Reader, found: Findings) -> None:
    """Compare the unique indexes by their words: the two databases write brackets and names each in its own way."""
    sql = _INDEXES if reader.session.dialect == "sqlite" else _PG_INDEXES
    held: dict[str, str] = dict(reader.session.all(sql, {}))
    for index in ONLY_ONES:
        if index.name not in held:
            found.add("I5", "INDEX_MISSING", index.name)
        elif _words(held[index.name]) != _words(index.statement):
            found.add("I5", "INDEX_CHANGED", index.name)


def _words(statement: str) -> list[str]:
    told = re.sub(r" ON (?:[a-z_]+[.])", " ON ", statement).replace(" USING btree", "").replace("::text", "")
    return re.findall(r"[A-Za-z_]+|[0-9]+|[^\s\w()]+", told)


def check_settings(reader: Reader, found: Findings) -> None:
    """Compare the settings that keep commits; opening a file has already refused an unsafe library."""
    if reader.session.dialect == "sqlite":
        held = {name: _pragma(reader, name) for name in SETTINGS}
        wanted: dict[str, Any] = dict(SETTINGS)
    else:
        held = dict(reader.session.all(_PG_SETTINGS, {}))
        wanted = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": held.get("synchronous_commit")}
        wanted["session_replication_role"] = "origin"  # with any other role no guard is asked
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

"""`verify`: the invariants of a till's and a hub's books, one line each, on the command line."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Final

from domain.errors import DomainError
from domain.money import Language
from storage.keys import load_keys
from storage.session import Session, Sql
from storage.sqlite import open_encrypted
from storage.verify import Report, verify_hub_postgres, verify_hub_sqlite, verify_till
from ui.texts import Texts, problem_text
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import HUB_ROOT, TILL_ROOT

Check = Callable[[], Report]

_SHARED: Final = (
    Sql("SELECT id, number, hash FROM vouchers ORDER BY id"),
    Sql("SELECT id, balance_minor, entries FROM accounts ORDER BY id"),
    Sql("SELECT voucher_id, book_no FROM book_numbers ORDER BY voucher_id"),
)
"""What both ends must hold alike once everything has been sent and fetched."""


def run_verify(folder: Folder, database: str | None, *, as_json: bool, fast: bool) -> int:
    """Check what lies in the folder, and a hub on PostgreSQL if one is named; exit 1 on any breach."""
    reports, problems = check_folder(folder, database, fast=fast)
    if as_json:
        _print_json(reports, problems)
    else:
        _print(folder, reports, problems)
    return 0 if reports and not problems and all(report.ok for report in reports) else 1


def check_folder(
    folder: Folder, database: str | None = None, *, fast: bool = False
) -> tuple[list[Report], list[tuple[str, DomainError]]]:
    """Return the reports of what lies in the folder, and what could not be read at all."""
    reports, problems = [], []
    for name, check in _checks(folder, database, fast):
        try:
            reports.append(check())
        except DomainError as error:
            problems.append((name, error))
    return reports, problems


def balances_agree(folder: Folder) -> bool:
    """Whether the folder's till and hub hold the same vouchers and the same balance of every account."""
    store = key_store(folder)
    held = []
    for path, root in ((folder.till, TILL_ROOT), (folder.hub, HUB_ROOT)):
        connection = open_encrypted(path, load_keys(store, root).database, read_only=True)
        try:
            session = Session(connection.cursor(), "sqlite")
            held.append([session.all(sql, {}) for sql in _SHARED])
        finally:
            connection.close()
    return held[0] == held[1]


def _checks(folder: Folder, database: str | None, fast: bool) -> Iterator[tuple[str, Check]]:
    store = key_store(folder)
    if folder.till.exists():
        till = load_keys(store, TILL_ROOT)
        yield "till", lambda: verify_till(folder.till, till.database, folder.witness, till.witness, fast=fast)
    if folder.hub.exists():
        hub = load_keys(store, HUB_ROOT)
        yield "hub", lambda: verify_hub_sqlite(folder.hub, hub.database, fast=fast)
    if database is not None:
        address = database.replace("postgresql+psycopg://", "postgresql://", 1)
        yield "hub", lambda: verify_hub_postgres(address, fast=fast)


def _print(folder: Folder, reports: list[Report], problems: list[tuple[str, DomainError]]) -> None:
    if not reports and not problems:
        sys.stdout.write(f"{folder.root}: there is no till and no hub here\n")
    for report in reports:
        sys.stdout.write(f"{report.side}\n")
        for line in report.lines:
            sys.stdout.write(f"  {'ok' if line.ok else 'BROKEN':6} {line.id:5} {line.text(Language.EN)}\n")
            for finding in line.findings:
                sys.stdout.write(f"         {finding.text(Language.EN)}\n")
            if line.more:
                sys.stdout.write(f"         and {line.more} more\n")
    for name, error in problems:
        problem = problem_text(error, Texts(Language.EN))
        sys.stdout.write(f"{name}\n  BROKEN {problem.what} {problem.next} ({problem.code})\n")


def _print_json(reports: list[Report], problems: list[tuple[str, DomainError]]) -> None:
    answer = {
        "ok": bool(reports) and not problems and all(report.ok for report in reports),
        "reports": [json.loads(report.to_json()) for report in reports],
        "unreadable": [{"side": name, "code": error.code.value} for name, error in problems],
    }
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")

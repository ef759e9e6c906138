"""Checking the books: a till's file or a hub's database, read-only, one line for each invariant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from storage.verification.approvals import check_approvals
from storage.verification.balances import check_balances
from storage.verification.bills import check_bills
from storage.verification.books import Books, each_merchant
from storage.verification.database import (
    check_pages,
    check_references,
    check_schema,
    check_settings,
    check_walls,
    require_current,
)
from storage.verification.delivery import check_book_numbers, check_messages, check_receipts
from storage.verification.payments import check_amounts, check_steps
from storage.verification.reader import Reader, reading_file, reading_postgres
from storage.verification.refunds import check_refunds
from storage.verification.report import Finding, Findings, Line, Report, Side
from storage.verification.resolutions import check_resolutions
from storage.verification.reversals import check_reversals
from storage.verification.shop import check_shop
from storage.verification.stored_value import check_stored_value
from storage.verification.trail import check_trail, check_witness
from storage.verification.vouchers import check_vouchers
from storage.witness import all_witnessed

__all__ = ["Finding", "Line", "Report", "verify_hub", "verify_hub_postgres", "verify_hub_sqlite", "verify_till"]

_WHOLE: Final = {
    "till": ("PAGES", "I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I11", "I13", "I14", "I18", "I21", "I22", "I24"),
    "hub": (
        "PAGES",
        "I1",
        "I2",
        "I3",
        "I4",
        "I5",
        "I6",
        "I7",
        "I8",
        "I11",
        "I12",
        "I13",
        "I14",
        "I18",
        "I21",
        "I22",
        "I24",
    ),
}
_FAST: Final = ("I1", "I2", "I3", "I5", "I7", "I8", "I14", "I21", "I22", "I24")
"""A fast report looks at the tails of the own chains for I1, I3, I7, I8 and I14."""

_WALLED: Final = ("I15",)
"""What only PostgreSQL is asked: an embedded file is one shop's."""

Check = Callable[[Books], None]


def verify_till(database: Path, key: bytes, witness: Path, witness_key: bytes, *, fast: bool = False) -> Report:
    """Check a till's file, with its sales going on or not; `fast` is what a start can afford.

    Raises what opening raises, StorageUnavailable (STORAGE_UNSAFE, KEY_MISSING, STORAGE_UNAVAILABLE), and STORAGE_OLDER
    for a file that this program has not brought up yet; so do the checks of hubs.
    """
    seen = all_witnessed(witness, witness_key)  # before the reading begins: a sale made meanwhile is no lost tail
    with reading_file(database, key) as reader:
        return _verify(reader, "till", fast, partial(check_witness, slots=seen))


def verify_hub_sqlite(database: Path, key: bytes, *, fast: bool = False) -> Report:
    """Check an embedded hub's file; raises what opening raises."""
    with reading_file(database, key) as reader:
        return verify_hub(reader, fast=fast)


def verify_hub_postgres(url: str, *, fast: bool = False) -> Report:
    """Check a hub's PostgreSQL database (`url` is libpq's); raises StorageUnavailable(STORAGE_UNAVAILABLE)."""
    with reading_postgres(url) as reader:
        return verify_hub(reader, fast=fast)


def verify_hub(reader: Reader, *, fast: bool = False) -> Report:
    """Check a hub's database through an open reader."""
    return _verify(reader, "hub", fast, lambda books: None)


def _verify(reader: Reader, side: Side, fast: bool, against_witness: Callable[[Books], None]) -> Report:
    require_current(reader, side)
    found = Findings()
    if not fast:
        with _readable(reader, found, "PAGES"):
            check_pages(reader, found)
    with _readable(reader, found, "I5"):
        check_schema(reader, found, side)
    walled = reader.session.dialect == "postgresql"
    if walled:
        with _readable(reader, found, "I15"):
            check_walls(reader, found)
    with _readable(reader, found, "I21"):
        check_references(reader, found)
    with _readable(reader, found, "I24"):
        check_settings(reader, found)
    with _readable(reader, found, "I14"):
        for books in each_merchant(reader, found, side, fast):
            for invariant, check in _checks(side, fast, against_witness):
                with _readable(reader, found, invariant):
                    check(books)
    lines = (*(_FAST if fast else _WHOLE[side]), *(_WALLED if walled else ()))
    return Report(side, fast, found.lines(lines))


def _checks(side: Side, fast: bool, against_witness: Check) -> Iterator[tuple[str, Check]]:
    """Yield the checks of one merchant's books, each with the invariant that a damaged page under it breaks."""
    yield "I14", check_vouchers
    yield "I14", check_trail
    yield "I14", against_witness
    yield "I2", check_balances
    yield "I2", check_stored_value
    yield "I22", check_shop
    if fast:
        return
    yield "I4", check_steps
    yield "I11", check_amounts
    yield "I11", check_bills
    yield "I6", check_refunds
    yield "I7", check_messages
    yield "I8", check_book_numbers
    yield "I13", check_reversals
    yield "I18", check_approvals
    if side == "hub":
        yield "I12", check_receipts
        yield "I12", check_resolutions


@contextmanager
def _readable(reader: Reader, found: Findings, invariant: str) -> Iterator[None]:
    """Turn a driver's complaint into a finding, so that one damaged page does not hide the other lines."""
    try:
        yield
    except reader.fault as error:
        found.add(invariant, "UNREADABLE", invariant, error=str(error))

"""What a till looks at before it takes a sale: the ends of its books, which cost the same however long they are."""

from pathlib import Path
from typing import Final

from storage.verification.balances import check_balances
from storage.verification.books import each_merchant
from storage.verification.reader import reading_file
from storage.verification.report import Findings, Side
from storage.verification.trail import check_trail
from storage.verification.vouchers import check_vouchers

_LOOKED_AT: Final = ("I14", "I8", "I2")


def broken_at_start(database: Path, key: bytes, side: Side = "till") -> str | None:
    """Return the invariant that a file breaks where its books would go on, or None if they may.

    Looked at are the last links of the own chains, the counters of their series and the totals of all balances (I14,
    I8, I2). A page under them that cannot be read raises the driver's DatabaseError.
    """
    found = Findings()
    with reading_file(database, key) as reader:
        for books in each_merchant(reader, found, side, fast=True):
            for check in (check_vouchers, check_trail, check_balances):
                check(books)
    return next((line.id for line in found.lines(_LOOKED_AT) if not line.ok), None)

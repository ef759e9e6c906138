"""Two tills and a hub that tell each other everything, the days that vouchers count on included, and their check."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from storage.session import Session
from storage.verification.balances import check_balances
from storage.verification.books import Books as VerifiedBooks
from storage.verification.books import each_merchant
from storage.verification.delivery import check_book_numbers, check_messages
from storage.verification.reader import Reader
from storage.verification.report import Findings, Side
from storage.verification.reversals import check_reversals
from storage.verification.shop import check_shop
from storage.verification.trail import check_trail
from storage.verification.vouchers import check_vouchers
from tests.property.shop_stage import Books, Shop

CHECKS = (
    check_vouchers,
    check_trail,
    check_balances,
    check_shop,
    check_messages,
    check_book_numbers,
    check_reversals,
)


class TwoTills(Shop):
    """A shop of two tills whose books are checked by the verifier's own checks."""

    def every_book(self) -> list[Books]:
        """Return the hub's books and those of both tills."""
        return [self.hub_books, *(till.books for till in self.tills)]

    def check(self) -> None:
        """Assert that the books of the hub and of both tills are sound, agree, and that nothing was refused."""
        assert [till.refused() for till in self.tills] == [[], []]
        assert findings(self.hub.read, "hub") == []
        for till in self.tills:
            assert findings(till.units.read, "till") == []
        assert [books.balances() for books in self.every_book()] == [self.hub_books.balances()] * 3
        assert [day_totals(books) for books in self.every_book()] == [day_totals(self.hub_books)] * 3


def findings(
    read: Callable[[Callable[[Session], Any]], Any],
    side: Side,
    checks: Sequence[Callable[[VerifiedBooks], None]] = CHECKS,
) -> list[tuple[str, str, str]]:
    """Return what the check of the ledger finds in an open database: invariant, finding, subject."""

    def look(session: Session) -> list[tuple[str, str, str]]:
        found = Findings()
        cursor: Any = session.cursor
        reader = Reader(session, cursor.connection.cursor, sqlcipher.Error)
        for books in each_merchant(reader, found, side, fast=False):
            for check in checks:
                check(books)
        lines = found.lines(("I1", "I2", "I3", "I6", "I7", "I8", "I13", "I14", "I22"))
        return [(line.id, one.code, one.subject) for line in lines for one in line.findings]

    told: list[tuple[str, str, str]] = read(look)
    return told


def day_totals(books: Books) -> set[tuple[Any, ...]]:
    """Return what counts on which day: account, day, category, both sides in minor units."""
    return set(
        books.ask(
            "SELECT account_id, day, category_id, debit_minor, credit_minor FROM day_totals "
            "WHERE debit_minor <> 0 OR credit_minor <> 0"
        )
    )

"""A statement up to a day: by the days on which vouchers count, whenever they came here, with the balances of then."""

from collections.abc import Callable, Sequence

import pytest

from domain.errors import ErrorCode, NotPermitted
from domain.ids import AccountId, Instant
from domain.ports import UnitOfWork
from domain.posting_rules import SALE, Places
from domain.rows import StatementRow
from domain.services.vouchers import post_event
from domain.vouchers import SourceEvent, Voucher
from storage import day_statement
from storage.book_reads import TillBooks
from storage.till import TillUnits
from storage.vouchers import SqlVouchers
from tests.builders import BANK, CASH, MANAGER, MERCHANT, NOON, OWNER, SALES, an_id

DAY = 24 * 60 * 60 * 1000
TODAY, YESTERDAY, BEFORE = "2026-11-21", "2026-11-20", "2026-11-19"


def sale(name: str, amount: int, days_ago: int) -> Callable[[UnitOfWork], Voucher]:
    at = Instant(NOON - days_ago * DAY)
    return lambda uow: post_event(uow, SourceEvent("sale", name), SALE, Places(CASH), at, {"due": amount}, memo=name)


@pytest.fixture(params=[10_000, 0], ids=["quiet", "busy"])
def books(request: pytest.FixtureRequest, till_units: TillUnits, monkeypatch: pytest.MonkeyPatch) -> TillBooks:
    """Sales of three days of which the middle one came last; `moved` is of the first day and counts on the second."""
    monkeypatch.setattr(day_statement, "FEW", request.param)
    for name, amount, days_ago in (("first", 100, 2), ("today", 1_000, 0), ("late", 10, 1)):
        till_units.run(sale(name, amount, days_ago))

    def move(uow: UnitOfWork) -> None:
        assert isinstance(uow.vouchers, SqlVouchers)
        voucher = post_event(
            uow, SourceEvent("sale", "moved"), SALE, Places(CASH), Instant(NOON - 2 * DAY), {"due": 5}, memo="moved"
        )
        uow.vouchers.register(voucher, 7, YESTERDAY)

    till_units.run(move)
    return till_units.read(lambda session: TillBooks(session, MERCHANT))


def lines(rows: Sequence[StatementRow]) -> list[tuple[str, int]]:
    return [(row.memo, row.balance_after_minor) for row in rows]


def test_lines_stand_in_the_order_of_their_days_with_the_balances_of_then(books: TillBooks) -> None:
    assert lines(books.statement_until(OWNER, CASH, TODAY, 10)) == [
        ("today", 1_115),
        ("late", 115),
        ("moved", 105),
        ("first", 100),
    ]


def test_an_earlier_day_shows_what_counted_up_to_it_and_ends_with_the_balance_of_the_accounts(books: TillBooks) -> None:
    for day, expected in ((YESTERDAY, 115), (BEFORE, 100), ("2026-11-18", 0)):
        rows = books.statement_until(OWNER, CASH, day, 10)
        shown = {account.id: account.balance_minor for account in books.accounts(OWNER, day)}
        assert (rows[0].balance_after_minor if rows else 0) == expected == shown[CASH]
    assert lines(books.statement_until(OWNER, SALES, BEFORE, 10)) == [("first", -100)]


def test_a_page_takes_the_newest_lines(books: TillBooks) -> None:
    assert lines(books.statement_until(OWNER, CASH, TODAY, 2)) == [("today", 1_115), ("late", 115)]


def test_a_wallet_that_was_not_granted_is_refused(books: TillBooks) -> None:
    with pytest.raises(NotPermitted) as refused:
        books.statement_until(MANAGER, CASH, TODAY, 10)
    assert refused.value.code is ErrorCode.ACCOUNT_NOT_GRANTED
    assert books.account(MANAGER, CASH) is None


def test_an_account_is_read_whole(books: TillBooks) -> None:
    wallet = books.account(OWNER, BANK)
    assert wallet is not None
    assert (wallet.name, wallet.bank_bin) == ("Vietcombank", "970436")
    assert books.account(OWNER, AccountId(an_id("nobody's"))) is None

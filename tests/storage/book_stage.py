"""A till whose books hold a bit of everything, and the reads of the books on a connection that cannot write."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from domain.accounts import Control, control_id
from domain.book_rows import VoucherFilter, VoucherItem
from domain.categories import CategoryKind
from domain.ids import CategoryId, DeviceId, Instant, MessageId, VoucherId
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.services.accounts import grant_account
from domain.services.categories import save_category
from domain.services.people import add_user
from domain.services.vouchers import issue_and_queue, void_voucher
from domain.vouchers import Party, Posting, Side, SourceEvent, Voucher, VoucherType, genesis_hash, issue
from storage.gate import TillFiles
from storage.queries import TillQueries
from storage.session import Session, Sql
from storage.till import TillUnits
from tests.builders import BANK, CASH, MANAGER, MERCHANT, MINUTE, NOON, OWNER, QR, SALES, a_voucher, an_id

RENT: Final = CategoryId(an_id("rent"))
POWER: Final = CategoryId(an_id("power"))
EXPENSES: Final = control_id(MERCHANT, Control.EXPENSES)
OTHER_TILL: Final = DeviceId(an_id("other till"))
DAYS: Final = 12
FIRST: Final = datetime.date(2026, 10, 25)


def day(number: int) -> str:
    """Return one of the days of the stage, counted from zero; seven of them lie in October."""
    return (FIRST + datetime.timedelta(days=number)).isoformat()


def moment(number: int) -> Instant:
    """Return the moment at which the voucher of a number was made."""
    return Instant(NOON + number * MINUTE)


def fill(uow: UnitOfWork) -> None:
    """Book 36 vouchers on twelve days: sales to three wallets, costs of two categories, transfers."""
    add_user(uow, MANAGER.user_id, MANAGER.name, MANAGER.role, "hash", NOON)
    save_category(uow, OWNER, RENT, MessageId(an_id("m1")), NOON, kind=CategoryKind.EXPENSE, name_vi="Thuê nhà")
    save_category(
        uow, OWNER, POWER, MessageId(an_id("m2")), NOON, kind=CategoryKind.EXPENSE, name_vi="Ánh sáng", parent_id=RENT
    )
    for number in range(36):
        issue_and_queue(uow, a_written(number), moment(number))


def a_written(number: int) -> Voucher:
    """Return the unissued voucher of a number."""
    facts: dict[str, Any] = {"business_date": day(number % DAYS), "created_at": moment(number)}
    amount = 10_000 + number * 137
    match number % 4:
        case 0:
            return a_voucher(f"{number}", amount_minor=amount, memo=f"Bán hàng số {number}", **facts)
        case 1:
            lines = (Posting(EXPENSES, Side.DEBIT, amount), Posting(CASH, Side.CREDIT, amount))
            facts |= {"category_id": POWER if number % 8 == 1 else RENT, "actor_id": MANAGER.user_id}
            facts |= {"party": Party("Điện lực Đông Đô", "Hà Nội"), "type": VoucherType.PAYMENT, "attachments": 2}
        case 2:
            lines = (Posting(BANK, Side.DEBIT, amount), Posting(CASH, Side.CREDIT, amount))
            facts |= {"type": VoucherType.TRANSFER, "memo": "Nộp 100% tiền mặt"}
        case _:
            lines = (Posting(QR, Side.DEBIT, amount), Posting(SALES, Side.CREDIT, amount))
    return a_voucher(f"{number}", amount_minor=amount, postings=lines, **facts)


@dataclass
class Stage:
    """The open till and what reads it."""

    units: TillUnits
    queries: TillQueries
    session: Session

    def ask(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a question."""
        return self.session.all(Sql(sql), values)

    @staticmethod
    def id_of(number: int) -> VoucherId:
        """Return the id of the voucher of a number."""
        return a_written(number).id

    def void(self, number: int) -> Voucher:
        """Take a voucher back."""
        return self.units.run(lambda uow: void_voucher(uow, OWNER, self.id_of(number), moment(99), reason="nhầm"))

    def move(self, number: int, to: str) -> None:
        """Let the hub count a voucher on another day than its own."""
        voucher = self.units.run(lambda uow: uow.vouchers.get(self.id_of(number)))
        assert voucher is not None
        self.units.run(lambda uow: uow.vouchers.register(voucher, 100 + number, to))

    def hear_second_document(self, number: int) -> Voucher:
        """Let another till's document of the same event arrive."""
        event = SourceEvent("cash", an_id(f"{number}"))
        written = a_voucher(
            f"{number}", id=event.voucher_id(MERCHANT, OTHER_TILL), device_id=OTHER_TILL, created_at=moment(98)
        )
        document = issue(written, "PT02A-26-000001", 1, genesis_hash(MERCHANT, OTHER_TILL))
        assert not self.units.run(lambda uow: uow.vouchers.keep(document))
        return document

    def grant(self, *wallets: Any, who: Actor = MANAGER) -> None:
        """Let a person see wallets."""
        for wallet in wallets:
            give = partial(grant_account, actor=OWNER, user_id=who.user_id, account_id=wallet, at=NOON, granted=True)
            self.units.run(give)

    def all_pages(self, wanted: VoucherFilter, size: int, who: Actor = OWNER) -> list[VoucherItem]:
        """Return what a list shows to the end, page by page."""
        found: list[VoucherItem] = []
        before = None
        while page := self.queries.books.vouchers(who, wanted, size, before):
            found += page
            before = (page[-1].business_date, page[-1].created_at, page[-1].id)
        return found

    def numbers(self, wanted: VoucherFilter, who: Actor = OWNER) -> set[str]:
        """Return the printed numbers that a filter lets through."""
        return {item.number for item in self.queries.books.vouchers(who, wanted, 1000, None)}

    def plan(self, sql: Sql, values: dict[str, Any]) -> list[str]:
        """Return the steps by which SQLite answers a statement."""
        asked = Sql(f"EXPLAIN QUERY PLAN {sql.text}")
        return [row[3] for row in self.session.all(asked, values)]


@contextmanager
def a_stage(units: TillUnits, files: TillFiles) -> Iterator[Stage]:
    """Fill an open till and read it as its screens do."""
    units.run(fill)
    connection = files.connect_reader()
    session = Session(connection.cursor(), "sqlite")
    try:
        yield Stage(units, TillQueries(session), session)
    finally:
        connection.close()

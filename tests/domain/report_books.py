"""Books in memory that reports are read from: what moved is summed from the entries anew at each question."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from domain.accounts import CONTROL_ACCOUNTS, AccountType, Control
from domain.book_rows import CategoryTurnover, Turnover
from domain.books import ChartAccount, ChartCategory, Entry, EntryLine
from domain.categories import SYSTEM_CATEGORIES, CategoryKind
from domain.ids import AccountId, CategoryId, Instant, VoucherId
from domain.money import Language
from domain.policy import Action, Actor, Role, require
from domain.reports.reading import Reading
from domain.rows import ShopRow
from domain.shop_settings import FIRST_RULES, BookRules
from domain.vouchers import Side, VoucherType
from tests.builders import MERCHANT, NOON, OWNER, TILL
from ui.texts import Texts

CASH: Final = AccountId("cash")
BANK: Final = AccountId("bank")
SHOP: Final = ShopRow(MERCHANT, TILL, "01", "Tạp hoá Bà Na", "VND", "Asia/Ho_Chi_Minh", is_demo=False)


def control(key: Control) -> AccountId:
    """The id of a control account."""
    return AccountId(key.value)


def category(key: str) -> CategoryId:
    """The id of a category of the system."""
    return CategoryId(key)


def wallet(account_id: AccountId, kind: AccountType, code: str, name: str) -> ChartAccount:
    """An open wallet."""
    return ChartAccount(account_id, kind, None, code, name, "VND", "2026-01-01", False, 0)


CHART: Final = (
    wallet(CASH, AccountType.CASH, "1111", "Két tiền mặt"),
    wallet(BANK, AccountType.BANK, "1121", "Vietcombank"),
    *(
        ChartAccount(
            control(row.key), AccountType.CONTROL, row.key, row.code, row.name_vi, "VND", "2026-01-01", False, 0
        )
        for row in CONTROL_ACCOUNTS
    ),
)


def own_category(name: str, parent: str, kind: CategoryKind = CategoryKind.EXPENSE) -> ChartCategory:
    """A category of the shop's own below another; its English name is the Vietnamese one in capitals."""
    return ChartCategory(CategoryId(name), kind, name, name.upper(), "", "", CategoryId(parent), "", False)


SYSTEM: Final = tuple(
    ChartCategory(CategoryId(key), kind, vi, en, vi, en, None, key, False) for key, kind, vi, en in SYSTEM_CATEGORIES
)


def debit(account_id: AccountId | Control, amount: int) -> EntryLine:
    """A line on the debit side."""
    return EntryLine(AccountId(str(account_id)), Side.DEBIT, amount)


def credit(account_id: AccountId | Control, amount: int) -> EntryLine:
    """A line on the credit side."""
    return EntryLine(AccountId(str(account_id)), Side.CREDIT, amount)


def entry(number: str, day: str, *lines: EntryLine, under: str | None = None, **facts: object) -> Entry:
    """A voucher that counts on its own day."""
    known = {
        "id": VoucherId(f"v-{number}"),
        "number": number,
        "book_no": None,
        "type": VoucherType.ADJUSTMENT,
        "currency": "VND",
        "business_date": day,
        "booked_on": day,
        "occurred_on": "",
        "created_at": Instant(NOON),
        "source_kind": "manual",
        "source_id": number,
        "memo": f"memo {number}",
        "counterparty": "",
        "counterparty_address": "",
        "attachments": 0,
        "category_id": CategoryId(under) if under else None,
        "payment_id": None,
        "reverses": None,
        "reversed_by": None,
        "total_minor": sum(line.amount_minor for line in lines if line.side is Side.DEBIT),
        "hash": "",
        "lines": lines,
    }
    return Entry(**{**known, **facts})


@dataclass
class MemoryBooks:
    """The reads that reports use; `hidden` are wallets that nobody but the owner sees."""

    held: list[Entry] = field(default_factory=list)
    own: tuple[ChartCategory, ...] = ()
    chart: tuple[ChartAccount, ...] = CHART
    hidden: frozenset[AccountId] = frozenset()
    book_rules: BookRules = FIRST_RULES

    def sees_all(self, actor: Actor) -> bool:
        return actor.role is Role.OWNER or not self.hidden

    def accounts(self, actor: Actor, as_of: str = "") -> list[ChartAccount]:
        require(actor, Action.SEE_BOOKS)
        return [row for row in self.chart if self.sees_all(actor) or row.id not in self.hidden]

    def categories(self, actor: Actor) -> list[ChartCategory]:
        require(actor, Action.SEE_BOOKS)
        return [*SYSTEM, *self.own]

    def turnovers(self, actor: Actor, since: str, until: str) -> list[Turnover]:
        require(actor, Action.SEE_BOOKS)
        opening, debits, credits_ = defaultdict(int), defaultdict(int), defaultdict(int)
        for told in self.held:
            for line in told.lines:
                if told.booked_on < since:
                    opening[line.account_id] += line.amount_minor * (1 if line.side is Side.DEBIT else -1)
                elif told.booked_on <= until:
                    side = debits if line.side is Side.DEBIT else credits_
                    side[line.account_id] += line.amount_minor
        seen = {row.id for row in self.accounts(actor)} & {*opening, *debits, *credits_}
        return [Turnover(key, opening[key], debits[key], credits_[key]) for key in sorted(seen)]

    def category_turnovers(self, actor: Actor, since: str, until: str) -> list[CategoryTurnover]:
        require(actor, Action.SEE_BOOKS)
        sums: dict[tuple[AccountId, CategoryId | None], list[int]] = defaultdict(lambda: [0, 0])
        for told in self.held:
            if since <= told.booked_on <= until:
                for line in told.lines:
                    sums[line.account_id, told.category_id][line.side is Side.CREDIT] += line.amount_minor
        return [CategoryTurnover(*key, *pair) for key, pair in sums.items()]

    def entries(self, actor: Actor, since: str, until: str, account_id: AccountId | None, limit: int) -> list[Entry]:
        require(actor, Action.SEE_BOOKS)
        found = [
            told
            for told in self.held
            if since <= told.booked_on <= until
            and (account_id is None or any(line.account_id == account_id for line in told.lines))
            and (self.sees_all(actor) or not self.hidden & {line.account_id for line in told.lines})
        ]
        return sorted(found, key=lambda told: (told.booked_on, told.created_at, told.id))[:limit]

    def rules(self) -> BookRules:
        return self.book_rules


def reading(books: MemoryBooks, actor: Actor = OWNER, language: Language = Language.EN) -> Reading:
    """How a person reads the books."""
    return Reading(books, actor, SHOP, language, Texts(language).t)

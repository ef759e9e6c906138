"""What a voucher may name: the accounts and categories a person sees, and what a draft would book on them."""

from dataclasses import dataclass
from typing import Final

from domain.accounts import control_id
from domain.book_rows import VoucherLine
from domain.books import ChartAccount, ChartCategory
from domain.categories import Category, CategoryKind, contra_account, lineage
from domain.drafts import Draft
from domain.errors import RuleBroken
from domain.ids import AccountId, CategoryId, MerchantId
from domain.policy import Actor
from domain.ports import Queries
from domain.posting_rules import DEPOSIT, MONEY_IN, MONEY_OUT, Measure, Places, postings_for
from domain.shop_settings import FIRST_RULES, BookRules
from domain.vouchers import Posting, VoucherType

KINDS: Final = {VoucherType.RECEIPT: CategoryKind.INCOME, VoucherType.PAYMENT: CategoryKind.EXPENSE}
"""The kind of category that a receipt and a payment name."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Accounts by code and categories by their tree, archived ones included, and the rules of the books."""

    accounts: tuple[ChartAccount, ...] = ()
    categories: tuple[ChartCategory, ...] = ()
    rules: BookRules = FIRST_RULES

    def account(self, account_id: AccountId | None) -> ChartAccount | None:
        """Return an account, or None if there is none that the person sees."""
        return next((account for account in self.accounts if account.id == account_id), None)

    def category(self, category_id: CategoryId | None) -> ChartCategory | None:
        """Return a category."""
        return next((category for category in self.categories if category.id == category_id), None)

    @property
    def wallets(self) -> tuple[ChartAccount, ...]:
        """The wallets in use."""
        return tuple(account for account in self.usable if account.control is None)

    @property
    def usable(self) -> tuple[ChartAccount, ...]:
        """Every account that a new line may name."""
        return tuple(account for account in self.accounts if not account.archived)

    def categories_for(self, kind: VoucherType) -> tuple[ChartCategory, ...]:
        """Return the categories that a new voucher of a type may name."""
        return tuple(each for each in self.categories if each.kind is KINDS.get(kind) and not each.archived)


NO_CHART: Final = Chart()
"""Before anything was read."""


def read_chart(queries: Queries, actor: Actor) -> Chart:
    """Read what a person sees; raises NotPermitted."""
    books = queries.books
    return Chart(tuple(books.accounts(actor)), tuple(books.categories(actor)), books.rules())


def lines_of(draft: Draft, chart: Chart, merchant_id: MerchantId) -> tuple[VoucherLine, ...]:
    """Return the lines that issuing a draft would book, as far as they are known; none while the draft lacks a part."""
    known = {account.id: account for account in chart.accounts}
    return tuple(
        VoucherLine(
            account_id=account.id,
            type=account.type,
            control=account.control,
            code=account.code,
            name=account.name,
            side=posting.side,
            amount_minor=posting.amount_minor,
        )
        for posting in _postings(draft, chart, merchant_id)
        if (account := known.get(posting.account_id)) is not None
    )


def _postings(draft: Draft, chart: Chart, merchant_id: MerchantId) -> tuple[Posting, ...]:
    if draft.type is VoucherType.ADJUSTMENT:
        return tuple(
            Posting(line.account_id, line.side, line.amount_minor)
            for line in draft.lines
            if line.account_id is not None and line.amount_minor > 0
        )
    if draft.wallet_id is None or draft.amount_minor <= 0:
        return ()
    if draft.type is VoucherType.TRANSFER:
        received = draft.amount_minor - draft.fee_minor
        if draft.target_id in (None, draft.wallet_id) or received <= 0:
            return ()
        places = Places(wallet=draft.wallet_id, target=draft.target_id)
        measures: dict[Measure, int] = {"amount": draft.amount_minor, "received": received, "fee": draft.fee_minor}
        return postings_for(DEPOSIT, merchant_id, places, measures)
    contra = _contra(draft.category_id, chart, merchant_id)
    if contra is None:
        return ()
    kind = MONEY_IN if draft.type is VoucherType.RECEIPT else MONEY_OUT
    return postings_for(kind, merchant_id, Places(draft.wallet_id, contra=contra), {"amount": draft.amount_minor})


def _contra(category_id: CategoryId | None, chart: Chart, merchant_id: MerchantId) -> AccountId | None:
    """Return the account that a category's money is booked against, None while there is no category."""

    def get(wanted: CategoryId) -> Category | None:
        found = chart.category(wanted)
        if found is None:
            return None
        names = (found.name_vi, found.name_en, found.system_key)
        return Category(found.id, merchant_id, found.kind, *names, parent_id=found.parent_id)

    category = None if category_id is None else get(category_id)
    if category is None:
        return None
    try:
        return control_id(merchant_id, contra_account(lineage(category, get)))
    except RuleBroken:
        return None  # a parent is not here yet; issuing says so in words

"""The books as the people of a till may see them: roles and granted wallets are checked at every read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from domain.accounts import Account
from domain.book_rows import CategoryTurnover, Turnover, VoucherDetail, VoucherFilter, VoucherItem
from domain.books import ChartAccount, ChartCategory, Entry
from domain.drafts import Draft
from domain.errors import ErrorCode, NotPermitted
from domain.ids import AccountId, Instant, MerchantId, UserId, VoucherId
from domain.policy import Action, Actor, Role, require
from domain.rails import Method, Provider
from domain.rows import StatementRow
from domain.shop_settings import BookRules, method_wallet, provider_wallet
from storage.accounts import read_account
from storage.book_queries import SEES_ACCOUNT, SEES_VOUCHER, BookQueries
from storage.day_statement import statement_until
from storage.drafts import DRAFT_COLUMNS, read_draft
from storage.session import Row, Session, Sql
from storage.settings import read_rules, read_settings
from storage.till import read_self
from storage.voucher_pages import VoucherPages

_HIDDEN: Final = Sql(f"SELECT a.id FROM accounts a WHERE a.merchant_id = :merchant_id AND NOT {SEES_ACCOUNT}")
_UNSEEN: Final = Sql(
    "SELECT v.id FROM json_each(:ids) i CROSS JOIN vouchers v WHERE v.merchant_id = :merchant_id AND v.id = i.value "
    f"AND NOT {SEES_VOUCHER}"
)
_DRAFTS: Final = Sql(
    f"SELECT {DRAFT_COLUMNS} FROM drafts WHERE merchant_id = :merchant_id ORDER BY updated_at DESC, id DESC"
)
_GRANTS: Final = Sql("SELECT user_id, account_id FROM account_grants WHERE merchant_id = :merchant_id")


def hidden_wallets(session: Session, merchant_id: MerchantId, actor: Actor) -> frozenset[AccountId]:
    """Return the wallets a person does not see: none for an owner, else those that were not granted."""
    if actor.role is Role.OWNER:
        return frozenset()
    rows = session.all(_HIDDEN, {"merchant_id": merchant_id, "viewer": actor.user_id})
    return frozenset(AccountId(row[0]) for row in rows)


def without_unseen_words(
    session: Session, merchant_id: MerchantId, actor: Actor, rows: Sequence[StatementRow]
) -> Sequence[StatementRow]:
    """Return lines without number and memo where their voucher touches a wallet that is hidden from the person.

    The lines themselves stay: they are of an account that the person sees, and its balances follow from them.
    """
    values = {
        "merchant_id": merchant_id,
        "viewer": actor.user_id,
        "ids": json.dumps([row.voucher_id for row in rows]),
    }
    unseen = {row[0] for row in session.all(_UNSEEN, values)}
    return [replace(row, number="", memo="") if row.voucher_id in unseen else row for row in rows]


@dataclass(frozen=True, slots=True)
class _OpenTill:
    """The till's read-only connection: streams have a cursor of their own, closed with them."""

    session: Session

    def stream(self, sql: Sql, values: dict[str, Any]) -> Iterator[Row]:
        shared: Any = self.session.cursor
        with closing(shared.connection.cursor()) as cursor:
            cursor.execute(sql.positional, [values[name] for name in sql.names])
            yield from cursor


_MADE_BY: Final = Sql("SELECT 1 FROM vouchers WHERE merchant_id = :merchant_id AND id = :id AND actor_id = :actor_id")


class TillBooks:
    """The answers of one read-only connection, used by one thread."""

    def __init__(self, session: Session, merchant_id: MerchantId) -> None:
        self._session = session
        self._merchant_id = merchant_id

    def sees_all(self, actor: Actor) -> bool:
        return self._viewer(actor) is None

    def vouchers(
        self, actor: Actor, wanted: VoucherFilter, limit: int, before: tuple[str, Instant, VoucherId] | None
    ) -> Sequence[VoucherItem]:
        return self._pages(actor).page(wanted, limit, before)

    def voucher(self, actor: Actor, voucher_id: VoucherId) -> VoucherDetail | None:
        return self._pages(actor).one(voucher_id, self.rules().regime)

    def own_voucher(self, actor: Actor, voucher_id: VoucherId) -> VoucherDetail | None:
        require(actor, Action.PRINT_OWN)
        key = {"merchant_id": self._merchant_id, "id": voucher_id, "actor_id": actor.user_id}
        if self._session.one(_MADE_BY, key) is None:
            return None
        return VoucherPages(self._session, self._merchant_id, None).one(voucher_id, self.rules().regime)

    def drafts(self, actor: Actor) -> Sequence[Draft]:
        """Drafts that name a hidden wallet are shown to nobody but who writes them."""
        hidden = self._hidden(actor)
        drafts = [read_draft(row) for row in self._session.all(_DRAFTS, {"merchant_id": self._merchant_id})]
        return [draft for draft in drafts if draft.actor_id == actor.user_id or not hidden & _accounts_of(draft)]

    def accounts(self, actor: Actor, as_of: str = "") -> Sequence[ChartAccount]:
        return self._books(actor).chart(as_of)

    def account(self, actor: Actor, account_id: AccountId) -> Account | None:
        hidden = account_id in self._hidden(actor)
        return None if hidden else read_account(self._session, self._merchant_id, account_id)

    def statement_until(self, actor: Actor, account_id: AccountId, until: str, limit: int) -> Sequence[StatementRow]:
        hidden = self._hidden(actor)
        if account_id in hidden:
            raise NotPermitted(ErrorCode.ACCOUNT_NOT_GRANTED)
        rows = statement_until(self._session, self._merchant_id, account_id, until, limit)
        return without_unseen_words(self._session, self._merchant_id, actor, rows) if hidden else rows

    def categories(self, actor: Actor) -> Sequence[ChartCategory]:
        return self._books(actor).categories()

    def turnovers(self, actor: Actor, since: str, until: str) -> Sequence[Turnover]:
        return self._books(actor).turnovers(since, until)

    def category_turnovers(self, actor: Actor, since: str, until: str) -> Sequence[CategoryTurnover]:
        return self._books(actor).category_turnovers(since, until)

    def entries(
        self, actor: Actor, since: str, until: str, account_id: AccountId | None, limit: int
    ) -> Sequence[Entry]:
        with closing(self._books(actor).entries(since, until, account_id)) as entries:
            return list(islice(entries, limit))

    def rules(self) -> BookRules:
        return read_rules(self._session, self._merchant_id)

    def method_wallets(self) -> Mapping[Method, AccountId]:
        kept = read_settings(self._session, self._merchant_id)
        return {method: AccountId(kept[key]) for method in Method if kept.get(key := method_wallet(method))}

    def provider_wallets(self) -> Mapping[Provider, AccountId]:
        kept = read_settings(self._session, self._merchant_id)
        return {each: AccountId(kept[key]) for each in Provider if kept.get(key := provider_wallet(each))}

    def grants(self, actor: Actor) -> Mapping[UserId, frozenset[AccountId]]:
        require(actor, Action.GRANT_ACCOUNT)
        granted: dict[UserId, set[AccountId]] = {}
        for user_id, account_id in self._session.all(_GRANTS, {"merchant_id": self._merchant_id}):
            granted.setdefault(UserId(user_id), set()).add(AccountId(account_id))
        return {user_id: frozenset(accounts) for user_id, accounts in granted.items()}

    def _hidden(self, actor: Actor) -> frozenset[AccountId]:
        require(actor, Action.SEE_BOOKS)
        return hidden_wallets(self._session, self._merchant_id, actor)

    def _viewer(self, actor: Actor) -> UserId | None:
        """Return the person if anything is hidden from them, else None: then nothing need be looked up per row."""
        return actor.user_id if self._hidden(actor) else None

    def _books(self, actor: Actor) -> BookQueries:
        viewer = self._viewer(actor)
        shop, _ = read_self(self._session)
        return BookQueries(_OpenTill(self._session), shop, viewer)

    def _pages(self, actor: Actor) -> VoucherPages:
        return VoucherPages(self._session, self._merchant_id, self._viewer(actor))


def _accounts_of(draft: Draft) -> frozenset[AccountId | None]:
    return frozenset({draft.wallet_id, draft.target_id, *(line.account_id for line in draft.lines)})

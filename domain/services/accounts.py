"""Opening a shop's books: control accounts, categories and wallets with their opening balances."""

from typing import Final

from domain.accounts import WALLET_CODES, Account, AccountType, control_accounts
from domain.bodies import account_body, readable
from domain.categories import system_categories
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, RuleBroken
from domain.ids import AccountId, Instant, MessageId
from domain.messages import Message, MessageKind
from domain.money import whole
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.posting_rules import OPENING
from domain.services.vouchers import post_event
from domain.vouchers import SourceEvent

MAX_NAME: Final = 60


def seed_books(uow: UnitOfWork, at: Instant) -> None:
    """Give a new merchant its control accounts and its fourteen categories, the same on every device."""
    for account in control_accounts(uow.shop.merchant_id, uow.shop.currency, at):
        uow.accounts.add(account)
    for category in system_categories(uow.shop.merchant_id):
        uow.categories.add(category)


def open_wallet(
    uow: UnitOfWork,
    actor: Actor,
    account_id: AccountId,
    kind: AccountType,
    name: str,
    at: Instant,
    *,
    opening_minor: int = 0,
    bank_bin: str = "",
    bank_account: str = "",
) -> Account:
    """Open a wallet; its opening balance (minor units, at least zero) is booked against owner's equity.

    The first wallet is the default one. Raises NotPermitted, RuleBroken(AMOUNT_INVALID), Conflict(ACCOUNT_NAME_TAKEN,
    ID_REUSED).
    """
    require(actor, Action.OPEN_WALLET)
    name = readable(name)
    if whole(opening_minor) < 0 or not name or len(name) > MAX_NAME or kind is AccountType.CONTROL:
        raise RuleBroken(ErrorCode.AMOUNT_INVALID, amount=opening_minor)
    if (standing := uow.accounts.get(account_id)) is not None:
        if standing.name == name and standing.type is kind:
            return standing
        raise Conflict(ErrorCode.ID_REUSED)
    account = Account(
        id=account_id,
        merchant_id=uow.shop.merchant_id,
        type=kind,
        code=WALLET_CODES[kind],
        name=name,
        currency=uow.shop.currency,
        created_at=at,
        is_default=not uow.accounts.has_default(),
        bank_bin=readable(bank_bin),
        bank_account=readable(bank_account),
    )
    uow.accounts.add(account)
    uow.outbox.add(
        Message(
            id=MessageId(account.id),
            subject_id=account.id,
            kind=MessageKind.ACCOUNT,
            body=account_body(account),
            merchant_id=account.merchant_id,
            device_id=uow.device.id,
        ),
        at,
    )
    uow.audit.add("wallet.opened", account.id, actor.user_id, at, {"name": name, "opening": opening_minor})
    uow.touch(Topic.ACCOUNTS, account.id)
    if opening_minor:
        post_event(
            uow,
            SourceEvent("opening", account.id),
            OPENING,
            account.id,
            at,
            {"amount": opening_minor},
            memo=name,
            actor_id=actor.user_id,
        )
    return account

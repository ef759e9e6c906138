"""A shop's accounts: control accounts from the start; wallets opened, renamed, archived and shown to people."""

from dataclasses import replace
from typing import Final

from domain import trail
from domain.accounts import WALLET_CODES, Account, AccountType, Control, control_accounts
from domain.bodies import account_body, readable
from domain.categories import system_categories
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound, RuleBroken
from domain.ids import AccountId, Instant, MessageId, UserId
from domain.messages import MessageKind
from domain.money import whole
from domain.person_bodies import grant_of
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.posting_rules import OPENING, Places
from domain.services.outgoing import tell
from domain.services.people_facts import tell_person
from domain.services.vouchers import post_event
from domain.shop_settings import METHOD_WALLETS, PROVIDER_WALLETS
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

    The first wallet is the default one. Raises NotPermitted, RuleBroken (AMOUNT_INVALID, NAME_INVALID,
    ACCOUNT_IS_CONTROL), Conflict(ACCOUNT_NAME_TAKEN, ID_REUSED).
    """
    require(actor, Action.OPEN_WALLET)
    name = _checked_name(name)
    if kind is AccountType.CONTROL:
        raise RuleBroken(ErrorCode.ACCOUNT_IS_CONTROL, name=name)
    if whole(opening_minor) < 0:
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
    body, message_id = account_body(account), MessageId(account.id)
    tell(uow, MessageKind.ACCOUNT, account.id, body, at, message_id=message_id, by=actor.user_id)
    facts: trail.Facts = {
        "name": name,
        "kind": kind.value,
        "bank_account": account.bank_account,
        "opening": opening_minor,
    }
    uow.audit.add("wallet.opened", account.id, actor.user_id, at, facts)
    uow.touch(Topic.ACCOUNTS, account.id)
    if opening_minor:
        post_event(
            uow,
            SourceEvent("opening", account.id),
            OPENING,
            Places(wallet=account.id),
            at,
            {"amount": opening_minor},
            memo=name,
            actor_id=actor.user_id,
        )
    return account


def change_wallet(
    uow: UnitOfWork,
    actor: Actor,
    account_id: AccountId,
    message_id: MessageId,
    at: Instant,
    *,
    name: str,
    bank_bin: str = "",
    bank_account: str = "",
) -> Account:
    """Give a wallet another name or bank account; its type, code and history stay.

    Raises NotPermitted, NotFound(ACCOUNT_UNKNOWN), RuleBroken (ACCOUNT_IS_CONTROL, NAME_INVALID),
    Conflict(ACCOUNT_NAME_TAKEN).
    """
    require(actor, Action.CHANGE_WALLET)
    standing = _wallet(uow, account_id)
    changed = replace(
        standing, name=_checked_name(name), bank_bin=readable(bank_bin), bank_account=readable(bank_account)
    )
    if changed != standing:
        _save(uow, actor, "wallet.changed", standing, changed, message_id, at)
    return changed


def archive_wallet(
    uow: UnitOfWork, actor: Actor, account_id: AccountId, message_id: MessageId, at: Instant, *, archived: bool
) -> Account:
    """Take a wallet out of use, or back into it; its vouchers and statement stay.

    Raises NotPermitted, NotFound(ACCOUNT_UNKNOWN), RuleBroken: ACCOUNT_IS_CONTROL, ACCOUNT_NOT_EMPTY while it has a
    balance, ACCOUNT_IN_USE while it is the default wallet or a method's.
    """
    require(actor, Action.CHANGE_WALLET)
    standing = _wallet(uow, account_id)
    if archived is (standing.archived_at is not None):
        return standing
    if archived and uow.accounts.balance(account_id):
        raise RuleBroken(ErrorCode.ACCOUNT_NOT_EMPTY, name=standing.name)
    if archived and (
        standing.is_default or any(uow.settings.get(key) == account_id for key in METHOD_WALLETS | PROVIDER_WALLETS)
    ):
        raise RuleBroken(ErrorCode.ACCOUNT_IN_USE, name=standing.name)
    changed = replace(standing, archived_at=at if archived else None)
    _save(uow, actor, "wallet.archived" if archived else "wallet.restored", standing, changed, message_id, at)
    return changed


def grant_account(
    uow: UnitOfWork, actor: Actor, user_id: UserId, account_id: AccountId, at: Instant, *, granted: bool
) -> None:
    """Let a person see an account, or no longer, here and on every other till; an owner sees all.

    Raises NotPermitted and NotFound(ACCOUNT_UNKNOWN).
    """
    require(actor, Action.GRANT_ACCOUNT)
    account, person = uow.accounts.get(account_id), uow.people.get(user_id)
    if account is None or person is None:
        raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
    if granted:
        uow.grants.grant(user_id, account_id)
    else:
        uow.grants.revoke(user_id, account_id)
    action = "account.granted" if granted else "account.withdrawn"
    uow.audit.add(action, account_id, actor.user_id, at, {"name": account.name, "person": person.name})
    tell_person(uow, user_id, (grant_of(account_id),), actor.user_id, at)
    uow.touch(Topic.PEOPLE, user_id)
    uow.touch(Topic.ACCOUNTS, account_id)


def usable_account(uow: UnitOfWork, account_id: AccountId, *, controls: bool = False) -> Account:
    """Return an account that takes new vouchers: a wallet, or where `controls` are welcome any but stored value.

    What customers have stored moves by its own acts alone, for each line of it is somebody's.

    Raises NotFound(ACCOUNT_UNKNOWN), RuleBroken (ACCOUNT_ARCHIVED, ACCOUNT_IS_CONTROL).
    """
    account = uow.accounts.get(account_id)
    if account is None:
        raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
    if account.archived_at is not None:
        raise RuleBroken(ErrorCode.ACCOUNT_ARCHIVED, name=account.name)
    if account.control is not None and not (controls and account.control is not Control.STORED_VALUE):
        raise RuleBroken(ErrorCode.ACCOUNT_IS_CONTROL, name=account.name)
    return account


def account_facts(account: Account) -> trail.Facts:
    """Return what the trail tells of a wallet."""
    return {"name": account.name, "bank_bin": account.bank_bin, "bank_account": account.bank_account}


def _checked_name(text: str) -> str:
    name = readable(text)
    if not 0 < len(name) <= MAX_NAME:
        raise RuleBroken(ErrorCode.NAME_INVALID, limit=MAX_NAME)
    return name


def _wallet(uow: UnitOfWork, account_id: AccountId) -> Account:
    account = uow.accounts.get(account_id)
    if account is None:
        raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
    if account.control is not None:
        raise RuleBroken(ErrorCode.ACCOUNT_IS_CONTROL, name=account.name)
    return account


def _save(
    uow: UnitOfWork,
    actor: Actor,
    action: str,
    standing: Account,
    account: Account,
    message_id: MessageId,
    at: Instant,
) -> None:
    uow.accounts.save(account)
    body = account_body(account)
    tell(uow, MessageKind.ACCOUNT, account.id, body, at, message_id=message_id, by=actor.user_id)
    facts = {"name": account.name, **trail.changed(account_facts(standing), account_facts(account))}
    uow.audit.add(action, account.id, actor.user_id, at, facts)
    uow.touch(Topic.ACCOUNTS, account.id)

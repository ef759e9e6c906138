"""Hearing of wallets: kept under the name they were given, with a mark where two tills gave one name to two of them."""

from dataclasses import replace

from domain.accounts import Account
from domain.bodies import account_body, read_account
from domain.changes import Topic
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant, MessageId, id_for
from domain.messages import CREATED, EXISTS, Message, MessageKind, Outcome
from domain.policy import Action
from domain.ports import UnitOfWork
from domain.services.hearing import note_wallet
from domain.services.outgoing import tell
from domain.services.proven_facts import require_told


def hub_takes_account(uow: UnitOfWork, message: Message, at: Instant) -> None:
    """Keep a wallet as a till tells it; a name that is taken gets a mark, and every till hears of it.

    Vouchers on a wallet are never refused for what it is called, so two tills may open wallets apart.
    """
    told = _read_account(uow, message)
    known = uow.accounts.get(told.id) is not None
    harmless = not (known or told.bank_bin or told.bank_account or told.archived_at)
    require_told(uow, message, Action.CHANGE_WALLET if known else Action.OPEN_WALLET, at, harmless=harmless)
    uow.outbox.add(message, at)
    other = uow.accounts.named(told.name)
    kept = told if other is None or other.id == told.id else _marked(told)
    _keep_account(uow, kept)
    if kept != told:
        renamed = MessageId(id_for("account-renamed", message.id))
        tell(uow, MessageKind.ACCOUNT, kept.id, account_body(kept), at, message_id=renamed)


def till_takes_account(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Keep a wallet as the hub tells it; of two with one name, this till's own that is not sent yet gives way."""
    told = _read_account(uow, message)
    if uow.accounts.get(told.id) is not None and uow.outbox.unsent(told.id):
        return EXISTS
    other = uow.accounts.named(told.name)
    if other is not None and other.id != told.id:
        uow.accounts.save(_marked(other))
        note_wallet(uow, other, _marked(other), at)
    standing = uow.accounts.get(told.id)
    outcome = _keep_account(uow, told)
    if outcome is CREATED:
        note_wallet(uow, standing, told, at)
    return outcome


def _marked(account: Account) -> Account:
    return replace(account, name=f"{account.name} ({account.id[-4:]})")


def _read_account(uow: UnitOfWork, message: Message) -> Account:
    account = read_account(message.body, message.merchant_id)
    if message.subject_id != account.id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    if account.currency != uow.shop.currency:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=account.currency)
    standing = uow.accounts.get(account.id)
    if standing is not None and (standing.control is not None or standing.type is not account.type):
        raise RuleBroken(ErrorCode.ACCOUNT_IS_CONTROL, name=standing.name)
    return account


def _keep_account(uow: UnitOfWork, account: Account) -> Outcome:
    standing = uow.accounts.get(account.id)
    if standing is None:
        uow.accounts.add(replace(account, is_default=account.is_default and not uow.accounts.has_default()))
    else:
        kept = replace(
            standing,
            name=account.name,
            bank_bin=account.bank_bin,
            bank_account=account.bank_account,
            archived_at=account.archived_at,
        )
        if kept == standing:
            return EXISTS
        uow.accounts.save(kept)
    uow.touch(Topic.ACCOUNTS, account.id)
    return CREATED

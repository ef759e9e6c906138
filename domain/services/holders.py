"""Customers with stored value at a till: who they are, and money they leave with the shop to spend later."""

from dataclasses import replace
from typing import Final

from domain import trail
from domain.bodies import typed
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound, RuleBroken
from domain.holder_bodies import holder_body
from domain.holders import MAX_HOLDER_NAME, Holder, holder_id, normal_phone
from domain.ids import AccountId, HolderId, Instant, MessageId
from domain.messages import MessageKind
from domain.money import positive
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.posting_rules import TOP_UP, Places
from domain.rails import Method
from domain.services.accounts import usable_account
from domain.services.outgoing import tell
from domain.services.sight import require_sight
from domain.services.vouchers import MAX_MEMO, post_event
from domain.vouchers import Party, Posting, Side, SourceEvent, Voucher

TOPPED_UP: Final = "top_up"
"""The kind of source event by which a till books money that a customer leaves with the shop."""


def save_holder(uow: UnitOfWork, actor: Actor, phone: str, name: str, message_id: MessageId, at: Instant) -> Holder:
    """Keep a customer under a phone number, or a new name for the one who is known by it, and queue it.

    Raises NotPermitted, RuleBroken (PHONE_INVALID, NAME_INVALID).
    """
    require(actor, Action.TAKE_PAYMENT)
    number = normal_phone(phone)
    called = typed(name)[:MAX_HOLDER_NAME].strip()
    key = holder_id(uow.shop.merchant_id, number)
    standing = uow.holders.get(key)
    if standing is None:
        holder = Holder(key, uow.shop.merchant_id, called, number, actor.user_id, at)
        uow.holders.add(holder)
    else:
        holder = replace(standing, name=called)
        if holder == standing:
            return standing
        uow.holders.save(holder)
    tell(uow, MessageKind.HOLDER, holder.id, holder_body(holder), at, message_id=message_id, by=actor.user_id)
    action = "holder.added" if standing is None else "holder.renamed"
    uow.audit.add(action, holder.id, actor.user_id, at, {"name": holder.name})
    uow.touch(Topic.HOLDERS, holder.id)
    return holder


def top_up(
    uow: UnitOfWork,
    actor: Actor,
    top_up_id: str,
    holder: HolderId,
    amount_minor: int,
    at: Instant,
    *,
    wallet_id: AccountId | None = None,
    memo: str = "",
) -> Voucher:
    """Take money that a customer leaves with the shop, minor units; into the cash drawer if no wallet is named.

    It is the customer's money and no sale; it works without the network. Pressing twice with the same id returns the
    voucher that stands. Raises NotPermitted (also ACCOUNT_NOT_GRANTED), NotFound (HOLDER_UNKNOWN, ACCOUNT_UNKNOWN),
    Conflict(ID_REUSED), RuleBroken (AMOUNT_INVALID, ACCOUNT_ARCHIVED, ACCOUNT_IS_CONTROL, ACCOUNT_MISSING_FOR_METHOD).
    """
    require(actor, Action.TAKE_PAYMENT)
    positive(amount_minor)
    known = existing_holder(uow, holder)
    source = SourceEvent(TOPPED_UP, top_up_id)
    if (standing := uow.vouchers.of_source(source)) is not None:
        if (standing.holder_id, standing.total_minor) == (holder, amount_minor):
            return standing
        raise Conflict(ErrorCode.ID_REUSED)
    voucher = post_event(
        uow,
        source,
        TOP_UP,
        Places(_into(uow, actor, wallet_id, amount_minor)),
        at,
        {"amount": amount_minor},
        memo=typed(memo)[:MAX_MEMO],
        actor_id=actor.user_id,
        party=Party(known.name),
        holder_id=holder,
    )
    facts: trail.Facts = {"name": known.name, "amount": amount_minor, "number": voucher.number}
    uow.audit.add("holder.topped_up", holder, actor.user_id, at, facts)
    uow.touch(Topic.HOLDERS, holder)
    return voucher


def existing_holder(uow: UnitOfWork, holder: HolderId | None) -> Holder:
    """Return a holder; raises NotFound(HOLDER_UNKNOWN) for nobody, and for one not heard of."""
    known = None if holder is None else uow.holders.get(holder)
    if known is None:
        raise NotFound(ErrorCode.HOLDER_UNKNOWN)
    return known


def _into(uow: UnitOfWork, actor: Actor, wallet_id: AccountId | None, amount_minor: int) -> AccountId:
    """Return the wallet that the money comes to; the drawer is open to everybody who takes money, others by grant."""
    drawer = uow.accounts.wallet_for(Method.CASH)
    if wallet_id is None:
        if drawer is None:
            raise RuleBroken(ErrorCode.ACCOUNT_MISSING_FOR_METHOD, method=Method.CASH.value)
        return drawer.id
    wallet = usable_account(uow, wallet_id)
    if drawer is None or wallet.id != drawer.id:
        require_sight(uow, actor, None, [Posting(wallet.id, Side.DEBIT, amount_minor)])
    return wallet.id

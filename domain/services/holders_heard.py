"""Hearing of stored value: its holders, by the name told last, and tills' vouchers, which only raise what they have."""

from typing import Final

from domain.accounts import Control, control_id
from domain.changes import Topic
from domain.errors import ErrorCode, RuleBroken
from domain.holder_bodies import read_holder
from domain.ids import HolderId, Instant, RefundId, UserId
from domain.messages import CREATED, EXISTS, Message, Outcome, actor_in
from domain.payments import Cause
from domain.policy import Action
from domain.ports import UnitOfWork
from domain.services.acting import note_money
from domain.services.holders import TOPPED_UP, existing_holder
from domain.services.proven_facts import require_proven
from domain.services.refunds import PAID_BACK
from domain.vouchers import Side, Voucher

_TILLS_OWN: Final = frozenset({TOPPED_UP, PAID_BACK})
"""The kinds of source event by which a till may raise what a customer has stored."""


def hub_takes_holder(uow: UnitOfWork, message: Message, at: Instant) -> None:
    """Keep a customer as a till tells them; of two names for one number the one told last stands everywhere.

    Another name than the one that stands needs the shop's proof. Somebody new needs none, for money follows, which is
    never held up: by an older till, or where the shop's key does not open. Raises RuleBroken: FACT_UNPROVEN, and what
    `read_holder` raises.
    """
    standing = uow.holders.get(HolderId(message.subject_id))
    if standing is not None and standing.name != read_holder(message.body, message.merchant_id).name:
        require_proven(uow, message)
    _keep(uow, message)
    uow.outbox.add(message, at)
    if (told := actor_in(message.body)) is not None:  # money follows, which is kept whoever took it
        note_money(uow, message.subject_id, UserId(told[0]), Action.TAKE_PAYMENT, Instant(told[1]), at)


def till_takes_holder(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Keep a customer as the hub tells them, unless this till has something to say that the hub has not heard yet."""
    if uow.outbox.unsent(message.subject_id):
        return EXISTS
    name = _keep(uow, message)
    if name is None:
        return EXISTS
    uow.audit.add("holder.heard", message.subject_id, None, at, {"name": name}, cause=Cause.HUB)
    return CREATED


def check_stored_voucher(uow: UnitOfWork, voucher: Voucher) -> None:
    """Refuse a till's voucher that lowers what a customer has stored, or raises it other than by its own acts.

    How much a customer has left, only the hub can know. What is kept as credit is that of its refund, which was told
    before: the same customer's, and as much. Raises RuleBroken (MESSAGE_FOREIGN, MESSAGE_MALFORMED),
    NotFound(HOLDER_UNKNOWN).
    """
    account = control_id(voucher.merchant_id, Control.STORED_VALUE)
    lines = [line for line in voucher.postings if line.account_id == account]
    if not lines and voucher.holder_id is None:
        return
    if not lines or voucher.holder_id is None:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="holder")
    if voucher.source.kind not in _TILLS_OWN or any(line.side is not Side.CREDIT for line in lines):
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    existing_holder(uow, voucher.holder_id)
    if voucher.source.kind == PAID_BACK:
        refund = uow.refunds.get(RefundId(voucher.source.id))
        told = None if refund is None else (refund.holder_id, refund.amount_minor)
        if told != (voucher.holder_id, sum(line.amount_minor for line in lines)):
            raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)


def _keep(uow: UnitOfWork, message: Message) -> str | None:
    """Keep a holder as they are told; return their name, or None if nothing changed."""
    told = read_holder(message.body, message.merchant_id)
    if told.id != message.subject_id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    standing = uow.holders.get(told.id)
    if standing is None:
        uow.holders.add(told)
    elif standing.name != told.name:
        uow.holders.save(told)
    else:
        return None
    uow.touch(Topic.HOLDERS, told.id)
    return told.name

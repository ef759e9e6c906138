"""Posting: from an event to an issued voucher, once."""

from collections.abc import Mapping

from domain import posting_rules
from domain.bodies import voucher_body
from domain.calendar import business_date
from domain.categories import category_id
from domain.ids import AccountId, Instant, MessageId, PaymentId, UserId
from domain.messages import Message, MessageKind
from domain.ports import UnitOfWork
from domain.posting_rules import Measure
from domain.vouchers import SourceEvent, Voucher


def post_event(
    uow: UnitOfWork,
    source: SourceEvent,
    kind: str,
    wallet: AccountId | None,
    at: Instant,
    measures: Mapping[Measure, int],
    *,
    memo: str,
    actor_id: UserId | None = None,
    payment_id: PaymentId | None = None,
) -> Voucher:
    """Post the voucher that the rule of `kind` gives for `measures` (minor units), and queue it for the other side.

    The voucher's id comes from its source, so posting an event again returns the voucher that stands.
    Raises RuleBroken(ACCOUNT_MISSING_FOR_METHOD) if the rule needs a wallet and `wallet` is None.
    """
    shop, device = uow.shop, uow.device
    voucher_id = source.voucher_id(shop.merchant_id)
    standing = uow.vouchers.get(voucher_id)
    if standing is not None:
        return standing
    rule = posting_rules.RULES[kind]
    return issue_and_queue(
        uow,
        Voucher(
            id=voucher_id,
            merchant_id=shop.merchant_id,
            device_id=device.id,
            type=rule.type,
            currency=shop.currency,
            business_date=business_date(at, shop.zone),
            created_at=at,
            source=source,
            postings=posting_rules.postings_for(kind, shop.merchant_id, wallet, measures),
            memo=memo,
            category_id=category_id(shop.merchant_id, rule.category) if rule.category else None,
            payment_id=payment_id,
            actor_id=actor_id,
        ),
        at,
    )


def issue_and_queue(uow: UnitOfWork, voucher: Voucher, at: Instant) -> Voucher:
    """Issue a new voucher in this device's series and queue it in the same commit."""
    issued = uow.vouchers.issue(voucher)
    uow.outbox.add(voucher_message(issued), at)
    return issued


def voucher_message(voucher: Voucher) -> Message:
    """Return the message that carries an issued voucher; its id is the voucher's own."""
    return Message(
        id=MessageId(voucher.id),
        subject_id=voucher.id,
        kind=MessageKind.VOUCHER,
        body=voucher_body(voucher),
        merchant_id=voucher.merchant_id,
        device_id=voucher.device_id,
    )

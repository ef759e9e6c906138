"""The hub's use cases: book what a provider proved, keep what cannot be matched, record a provider's code."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from domain import trail
from domain.accounts import Control, control_id
from domain.bills import Position, arrival
from domain.changes import Topic
from domain.errors import ErrorCode, FailureCode, RuleBroken
from domain.ids import AccountId, Instant, PaymentId
from domain.matching import find_reference
from domain.money import positive
from domain.notices import Authorization
from domain.payments import (
    OPEN,
    TRANSACTION_TRANSITIONS,
    Cause,
    PaymentException,
    PaymentIntent,
    PaymentStatus,
    PaymentTransaction,
    TransactionStatus,
    advance,
)
from domain.ports import UnitOfWork
from domain.posting_rules import Measure, Places
from domain.rails import (
    BANK_TELLERS,
    Method,
    Presents,
    Provider,
    RailResult,
    RailStatus,
    Receipt,
    confirmers,
    methods_of,
    route_of,
)
from domain.same_money import is_told_before
from domain.services.bills import counted_for, move_for_bill, raise_due, withdraw_if_covered
from domain.services.orders import as_taken, close_orders, note_ref, record_authorization, record_hold
from domain.services.payment_changes import change_facts, sale_id, save_change, standing_facts
from domain.services.vouchers import post_event
from domain.settlement import ReceiptKind, settle
from domain.vouchers import SourceEvent, Voucher

PROVIDER_SOURCE: Final = "prov:"
"""The kind of source events that providers' money is posted by, at the hub alone."""


class ReceiptOutcome(StrEnum):
    """What happened to an incoming amount."""

    BOOKED = "booked"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    SUSPENSE = "suspense"
    DECLINED = "declined"
    NOTED = "noted"


def record_receipt(
    uow: UnitOfWork, receipt: Receipt, at: Instant, *, may_park: bool, wallet_id: AccountId | None = None
) -> ReceiptOutcome:
    """Book money that a provider proved, once, whatever the order and number of its notices.

    A receipt that names a payment not heard of yet is parked while `may_park`; later, or without any reference, it is
    booked to suspense, so that no money is dropped. It comes to `wallet_id` where that is known, else to the wallet of
    its account or its provider. Amounts are minor units of the shop's currency.
    Raises RuleBroken(CURRENCY_MISMATCH) for another currency, AMOUNT_INVALID for what is not above zero, and
    ACCOUNT_MISSING_FOR_METHOD without a wallet.
    """
    if receipt.currency != uow.shop.currency:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=receipt.currency)
    if uow.receipts.seen(receipt):
        return ReceiptOutcome.DUPLICATE
    reference = find_reference(receipt.text)
    intent = uow.payments.by_reference(reference) if reference else None
    if intent is not None and receipt.provider not in confirmers(intent.method, intent.provider):
        intent = None
    if receipt.declined:
        return _record_decline(uow, receipt, intent, at)
    positive(receipt.amount_minor)
    if told_otherwise(uow, receipt):
        uow.receipts.add(receipt, None, None, at)
        return ReceiptOutcome.DUPLICATE
    if intent is None:
        if reference is not None and may_park:
            return ReceiptOutcome.PARKED
        _book(uow, receipt, None, ReceiptKind.UNMATCHED, {"amount": receipt.amount_minor}, at, wallet_id=wallet_id)
        return ReceiptOutcome.SUSPENSE
    return _book_to_payment(uow, receipt, intent, at, wallet_id)


def told_otherwise(uow: UnitOfWork, receipt: Receipt) -> bool:
    """Whether the bank told of this very money by another way before: by its notice, or in a statement."""
    if receipt.provider not in BANK_TELLERS:
        return False
    reference = find_reference(receipt.text) or ""
    return is_told_before(receipt, reference, uow.receipts.told_alike(receipt, reference))


def told_as_of(receipt: Receipt, at: Instant) -> Instant:
    """Return the moment at which a payment must not have been closed for this money to settle it.

    A statement is read days or weeks after its money came: what counts is when the bank took it.
    """
    return Instant(min(at, receipt.paid_at)) if receipt.provider is Provider.STATEMENT else at


def record_authorized(uow: UnitOfWork, notice: Authorization, at: Instant) -> ReceiptOutcome:
    """Take that a provider holds money for a payment, or holds it no more; it waits for a payment not heard of yet."""
    reference = find_reference(notice.text)
    intent = uow.payments.by_reference(reference) if reference else None
    if intent is None or intent.provider is not notice.provider:
        return ReceiptOutcome.PARKED
    news = record_authorization(uow, intent, notice, at)
    return ReceiptOutcome.BOOKED if news else ReceiptOutcome.DUPLICATE


def apply_held(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> PaymentIntent:
    """Settle a payment, newly heard of, with money that came before it and waits in suspense under its reference."""
    held = uow.receipts.held_for(intent.reference, confirmers(intent.method, intent.provider))
    if held is None or intent.received_minor or intent.status is PaymentStatus.PAID:
        return intent
    counted = counted_for(uow, intent.bill)
    if intent.closed(at):
        return intent
    bill = raise_due(uow, intent, counted, at)
    settlement = settle(intent, held.amount_minor, held.paid_at, at, counted, bill)
    save_change(uow, intent, settlement.intent, Cause.PROVIDER, at)
    facts = change_facts(intent, settlement.intent)
    uow.audit.add("receipt.applied", intent.id, None, at, facts, cause=Cause.PROVIDER)
    moved = arrival(bill.due_minor, counted, held.amount_minor) - Position(held.amount_minor, 0, 0)
    move_for_bill(uow, intent, moved, at)
    if settlement.intent.status is PaymentStatus.PAID:
        save_sale(uow, intent, TransactionStatus.SUCCEEDED, at)
    return settlement.intent


def record_presented(uow: UnitOfWork, payment_id: PaymentId, result: RailResult, at: Instant) -> None:
    """Record what a provider answered when it was asked to make a payment's code.

    A link to a provider's page is what the till's code says: the customer opens it by scanning. A payment at a terminal
    waits without any.
    A failure ends the payment, unless money has reached it already; no answer leaves it unresolved, to be asked about
    again with the same reference.
    """
    intent = uow.payments.get(payment_id)
    if intent is None:
        return
    if result.status is not RailStatus.FAILED:
        note_ref(uow, intent, result.provider_ref, at)
    if intent.status not in OPEN:
        return
    shown = result.qr_text or result.link
    route = route_of(intent.method, intent.provider)
    at_terminal = route is not None and route.capabilities.presents is Presents.TERMINAL
    if result.status is RailStatus.FAILED:
        if intent.received_minor:
            return
        failed = replace(advance(intent, PaymentStatus.FAILED, Cause.PROVIDER, at), failure=result.failure)
        _fail(uow, intent, failed, at)
        save_sale(uow, intent, TransactionStatus.FAILED, at, result)
    elif result.status is RailStatus.UNKNOWN:
        if intent.status is not PaymentStatus.UNRESOLVED:
            save_change(uow, intent, advance(intent, PaymentStatus.UNRESOLVED, Cause.MACHINE, at), Cause.MACHINE, at)
    elif result.authorized_minor:
        record_hold(uow, intent, result.authorized_minor, result.held_until, result.provider_ref, at)
    elif (shown or at_terminal) and intent.status is not PaymentStatus.PENDING:
        waits = replace(advance(intent, PaymentStatus.PENDING, Cause.PROVIDER, at), qr_text=shown)
        save_change(uow, intent, waits, Cause.PROVIDER, at)
        save_sale(uow, intent, TransactionStatus.PENDING, at, result)


def _book_to_payment(
    uow: UnitOfWork, receipt: Receipt, intent: PaymentIntent, at: Instant, wallet_id: AccountId | None
) -> ReceiptOutcome:
    standing, intent = intent, as_taken(uow, intent, receipt.amount_minor)
    as_of = told_as_of(receipt, at)
    if intent.closed(as_of):
        _book(uow, receipt, intent, ReceiptKind.UNMATCHED, {"amount": receipt.amount_minor}, at, wallet_id=wallet_id)
        return ReceiptOutcome.SUSPENSE
    counted = counted_for(uow, intent.bill)
    bill = raise_due(uow, intent, counted, at)
    settlement = settle(intent, receipt.amount_minor, receipt.paid_at, at, counted, bill, as_of=as_of)
    taken = replace(settlement.intent, held_minor=0, failure=None if intent.held_minor else settlement.intent.failure)
    settlement = replace(settlement, intent=taken)
    _book(
        uow,
        receipt,
        intent,
        settlement.kind,
        {
            "amount": receipt.amount_minor,
            "held": settlement.held_minor,
            "parked": settlement.parked_minor,
            "due": bill.due_minor,
            "excess": settlement.excess_minor,
            "confirmed": settlement.confirmed_minor,
        },
        at,
        settled=settlement.intent,
        wallet_id=wallet_id,
    )
    save_change(uow, standing, settlement.intent, Cause.PROVIDER, at)
    if settlement.intent.status is PaymentStatus.PAID:
        save_sale(uow, intent, TransactionStatus.SUCCEEDED, at, provider_ref=receipt.provider_ref)
    close_orders(uow, intent, receipt.provider_ref, at)
    withdraw_if_covered(uow, intent, at)
    return ReceiptOutcome.BOOKED


def _book(
    uow: UnitOfWork,
    receipt: Receipt,
    intent: PaymentIntent | None,
    kind: ReceiptKind,
    measures: Mapping[Measure, int],
    at: Instant,
    *,
    settled: PaymentIntent | None = None,
    wallet_id: AccountId | None = None,
) -> Voucher:
    voucher = post_event(
        uow,
        SourceEvent(f"{PROVIDER_SOURCE}{receipt.provider.value}", receipt.dedupe_key),
        kind,
        Places(wallet_id or _came_to(uow, receipt, intent)),
        at,
        measures,
        memo=intent.reference if intent else receipt.text[:140],
        payment_id=intent.id if intent else None,
        holder_id=intent.holder_id if intent else None,
    )
    uow.receipts.add(receipt, intent.id if intent else None, voucher.id, at)
    uow.audit.add(
        "receipt.booked",
        voucher.id,
        None,
        at,
        {
            "kind": kind.value,
            "number": voucher.number,
            "amount": receipt.amount_minor,
            "key": receipt.dedupe_key,
            "payment": intent.reference if intent else "",
            **(trail.changed(standing_facts(intent), standing_facts(settled)) if intent and settled else {}),
        },
        cause=Cause.PROVIDER,
    )
    uow.touch(Topic.VOUCHERS, voucher.id)
    return voucher


def _came_to(uow: UnitOfWork, receipt: Receipt, intent: PaymentIntent | None) -> AccountId | None:
    """Return the account that money came to; stored value came when it was stored."""
    if receipt.provider is Provider.STORED_VALUE:
        return control_id(uow.shop.merchant_id, Control.STORED_VALUE)
    wallet = uow.accounts.wallet_with_bank_account(receipt.account_number) if receipt.account_number else None
    if wallet is None:
        method = intent.method if intent else next(iter(methods_of(receipt.provider)), Method.VIETQR)
        wallet = uow.accounts.wallet_for(method, receipt.provider)
    return None if wallet is None else wallet.id


def _record_decline(uow: UnitOfWork, receipt: Receipt, intent: PaymentIntent | None, at: Instant) -> ReceiptOutcome:
    uow.receipts.add(receipt, intent.id if intent else None, None, at)
    if intent is not None and intent.status in OPEN and intent.received_minor == 0:
        failed = replace(advance(intent, PaymentStatus.FAILED, Cause.PROVIDER, at), failure=FailureCode.DECLINED)
        _fail(uow, intent, failed, at)
        save_sale(uow, intent, TransactionStatus.FAILED, at)
    return ReceiptOutcome.DECLINED


def _fail(uow: UnitOfWork, intent: PaymentIntent, failed: PaymentIntent, at: Instant) -> None:
    """End a payment because its provider said so."""
    save_change(uow, intent, failed, Cause.PROVIDER, at)
    uow.audit.add("payment.failed", intent.id, None, at, change_facts(intent, failed), cause=Cause.PROVIDER)


def save_sale(
    uow: UnitOfWork,
    intent: PaymentIntent,
    status: TransactionStatus,
    at: Instant,
    result: RailResult | None = None,
    provider_ref: str = "",
) -> None:
    """Keep how a payment's attempt ended or stands; one that has ended stays as it is."""
    standing = uow.payments.transaction(sale_id(intent.id))
    if standing is None or status not in TRANSACTION_TRANSITIONS[standing.status]:
        return
    finished: PaymentTransaction = replace(
        standing, status=status, updated_at=at, provider_ref=provider_ref or standing.provider_ref
    )
    if result is not None:
        finished = replace(finished, failure=result.failure, response=result.response)
    uow.payments.save_transaction(finished)


def mark_late(uow: UnitOfWork, intent: PaymentIntent, at: Instant) -> PaymentIntent:
    """Show a paid payment as late, because it turns out that the till had ended it before the money came."""
    late = replace(intent, exception=PaymentException.PAID_LATE, updated_at=at, revision=intent.revision + 1)
    save_change(uow, intent, late, Cause.MACHINE, at)
    uow.audit.add("payment.marked_late", intent.id, None, at, change_facts(intent, late))
    return late

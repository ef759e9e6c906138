"""Taking messages: the same function on the hub and on the till, so that every fact is applied once and in one way."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from domain.bodies import (
    category_body,
    read_approval,
    read_category,
    read_payment,
    read_setting,
    read_voucher,
)
from domain.calendar import business_date
from domain.categories import MAX_DEPTH, lineage
from domain.changes import Topic
from domain.errors import Conflict, DomainError, ErrorCode, NotFound, RuleBroken
from domain.fact_proofs import same_fact
from domain.ids import AccountId, CategoryId, Instant, MessageId, id_for
from domain.messages import CREATED, EXISTS, Message, MessageKind, Outcome, rejected
from domain.payments import (
    OPEN,
    TRANSITIONS,
    Cause,
    PaymentException,
    PaymentIntent,
    PaymentStatus,
    advance,
)
from domain.policy import Action
from domain.ports import UnitOfWork
from domain.rails import OF_THE_SHOP, Provider, route_of
from domain.services.accounts_heard import hub_takes_account, till_takes_account
from domain.services.acting import note_money, note_voucher
from domain.services.approvals import keep_approval
from domain.services.bills import APPLIED_SOURCE, check_bill, count_cash, withdraw_if_covered, withdraw_with_new
from domain.services.by_hand import SAID_BY_HAND, hear_by_hand, mend_settlement
from domain.services.hand_confirm import check_word, hear_hand_confirm, mend_confirmation
from domain.services.hearing import category_noted, note_payment, setting_noted
from domain.services.holders import existing_holder
from domain.services.holders_heard import check_stored_voucher, hub_takes_holder, till_takes_holder
from domain.services.orders import hear_capture, unwanted, with_hold_of
from domain.services.outgoing import tell
from domain.services.payment_changes import add_heard, follow_sale, keep_change, save_change
from domain.services.people_heard import hub_takes_person, till_takes_person
from domain.services.proven_facts import kept_out, require_told
from domain.services.receipts import PROVIDER_SOURCE, apply_held, mark_late
from domain.services.refunds import HUB_BOOKS
from domain.services.refunds_heard import hub_takes_refund, till_takes_refund
from domain.services.resolutions import RESOLVED
from domain.services.resolutions_heard import hub_takes_resolution, till_takes_resolution
from domain.services.vouchers import issue_and_queue
from domain.shop_settings import CLOSED_THROUGH, DEFAULT_WALLET, HUBS_OWN
from domain.vouchers import HAND_CONFIRMED, RECLASS, SETTLED, Voucher, chain_hash, reclass_of

_T = TypeVar("_T")

TILL_ENDS: Final = frozenset({PaymentStatus.EXPIRED, PaymentStatus.CANCELLED})
"""How a till may end a payment; that it failed is for its provider to say."""


def receive_at_hub(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Take a till's message at the hub and pass it on to the merchant's feed.

    Returns created, exists (the same body was taken before) or rejected with a code; never raises for bad input.
    """
    known = uow.outbox.known_hash(message.id)
    if known is not None:
        return EXISTS if same_fact(message, known, uow.proofs) else rejected(ErrorCode.ID_REUSED)
    if message.merchant_id != uow.shop.merchant_id:
        return rejected(ErrorCode.MESSAGE_FOREIGN)
    try:
        return _TAKES[message.kind][0](uow, message, at) or CREATED
    except DomainError as error:
        return rejected(error.code)


def receive_at_till(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    """Take a message of the hub's feed at a till; what this till told the hub itself, it knows already.

    Raises DomainError for a message that cannot be applied: the page is then not applied and the cursor stays.
    """
    if kept_out(uow, message, at):
        return rejected(ErrorCode.FACT_UNPROVEN)
    return _TAKES[message.kind][1](uow, message, at)


def _hub_takes_category(uow: UnitOfWork, message: Message, at: Instant) -> None:
    """Keep a category as a till tells it; where it cannot hang so, every till hears how its branch stands here.

    The till that told it may have opened the same loop at its other end, so the branch is told from the root down.
    """
    is_new = uow.categories.get(CategoryId(message.subject_id)) is None
    require_told(uow, message, Action.CHANGE_CATEGORY, at, harmless=is_new)
    _keep_category(uow, message)
    uow.outbox.add(message, at)
    told = read_category(message.body, message.merchant_id)
    kept = uow.categories.get(told.id)
    if kept is None or kept.parent_id == told.parent_id:
        return
    above = uow.categories.get(told.parent_id) if told.parent_id else None
    branch = lineage(above, uow.categories.get) if above else ()
    for category in (kept, *reversed(branch)):
        if not category.system_key and (category is kept or category.id != kept.id):
            corrected = MessageId(id_for("category-corrected", message.id, category.id))
            tell(uow, MessageKind.CATEGORY, category.id, category_body(category), at, message_id=corrected)


def _keep_category(uow: UnitOfWork, message: Message) -> Outcome:
    """Keep a category as it is told; one that would bite its tail hangs at the root, for tills may move them apart."""
    told = read_category(message.body, message.merchant_id)
    standing = uow.categories.get(told.id)
    if message.subject_id != told.id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    if told.system_key or (standing is not None and (standing.system_key or standing.kind is not told.kind)):
        raise RuleBroken(ErrorCode.CATEGORY_SYSTEM, name=told.name_vi)
    try:
        above = lineage(told, uow.categories.get)[1:]
    except RuleBroken:
        above = ()
    too_deep = len(above) + 1 + uow.categories.levels_below(told.id) > MAX_DEPTH
    if not above or too_deep or any(parent.kind is not told.kind for parent in above):
        told = replace(told, parent_id=None)
    if standing == told:
        return EXISTS
    if standing is None:
        uow.categories.add(told)
    else:
        uow.categories.save(told)
    uow.touch(Topic.CATEGORIES, told.id)
    return CREATED


def _till_takes_category(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    if uow.outbox.unsent(message.subject_id):
        return EXISTS
    with category_noted(uow, CategoryId(message.subject_id), at):
        return _keep_category(uow, message)


def _hub_takes_setting(uow: UnitOfWork, message: Message, at: Instant) -> None:
    if message.subject_id.removeprefix("setting:") in HUBS_OWN:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    closes = message.subject_id == f"setting:{CLOSED_THROUGH}"
    require_told(uow, message, Action.CLOSE_PERIOD if closes else Action.CHANGE_SETTINGS, at)
    _keep_setting(uow, message)
    uow.outbox.add(message, at)


def _till_takes_setting(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    if uow.outbox.unsent(message.subject_id):
        return EXISTS
    with setting_noted(uow, message.subject_id.removeprefix("setting:"), at):
        return _keep_setting(uow, message)


def _keep_setting(uow: UnitOfWork, message: Message) -> Outcome:
    key, value = read_setting(message.body)
    if message.subject_id != f"setting:{key}":
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    if key == DEFAULT_WALLET:
        if uow.accounts.get(AccountId(value)) is None:
            raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
        uow.accounts.make_default(AccountId(value))
    uow.settings.put(key, value)
    uow.touch(Topic.SETTINGS, key)
    return CREATED


def _keep_voucher(uow: UnitOfWork, message: Message) -> tuple[Voucher, bool]:
    """Keep a voucher; return it, and whether it stands alone for its event here."""
    voucher = read_voucher(message.body, message.merchant_id)
    _check_identity(message, voucher.id)
    if voucher.device_id != message.device_id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    source, merchant_id = voucher.source, voucher.merchant_id
    if voucher.id not in (source.voucher_id(merchant_id, voucher.device_id), source.first_voucher_id(merchant_id)):
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="source")
    standing = uow.vouchers.get(voucher.id)
    if standing is not None:
        if standing != voucher:
            raise RuleBroken(ErrorCode.ID_REUSED)
        return standing, True
    if voucher.hash != chain_hash(voucher) or voucher.currency != uow.shop.currency:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="chain")
    alone = uow.vouchers.keep(voucher)
    uow.touch(Topic.VOUCHERS, voucher.id)
    return voucher, alone


def _check_identity(message: Message, subject_id: str) -> None:
    """Refuse a voucher's message that is not about what it carries, or not under its own id."""
    if message.subject_id != subject_id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    if message.id != subject_id:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="id")


def _hub_takes_voucher(uow: UnitOfWork, message: Message, at: Instant) -> None:
    """Keep a till's voucher, unless it books what only the hub books: each kind of event has one posting owner.

    A second document of one event is kept, since it was printed, and taken back line by line by a voucher of the hub.
    """
    source = read_voucher(message.body, message.merchant_id).source
    if source.kind.startswith(PROVIDER_SOURCE) or source.kind in {APPLIED_SOURCE, RECLASS, RESOLVED, *HUB_BOOKS}:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    check_stored_voucher(uow, read_voucher(message.body, message.merchant_id))
    voucher, alone = _keep_voucher(uow, message)
    keep_approval(uow, message.body, voucher)
    note_voucher(uow, voucher, read_approval(message.body), at)
    uow.outbox.add(message, at)
    if not alone:
        day = uow.shop.rules.open_day(business_date(at, uow.shop.zone))
        back = issue_and_queue(uow, reclass_of(voucher, uow.device.id, at, day), at)
        facts = {"number": voucher.number, "by": back.number}
        uow.audit.add("voucher.second_document", voucher.id, None, at, facts)
    elif source.kind == SETTLED:
        mend_settlement(uow, voucher, at)
    elif source.kind == HAND_CONFIRMED:
        mend_confirmation(uow, voucher, at)


def _hub_takes_payment(uow: UnitOfWork, message: Message, at: Instant) -> None:
    told, cause = read_payment(message.body, message.merchant_id)
    if told.id != message.subject_id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    standing = uow.payments.get(told.id)
    if standing is not None:
        _hub_hears_of_end(uow, message, told, cause, standing, at)
        return
    _check_new_payment(uow, message, told)
    add_heard(uow, told, cause, at)
    note_money(uow, told.id, told.actor_id, Action.TAKE_PAYMENT, told.created_at, at)
    uow.outbox.add(message, at)
    if told.provider is Provider.NONE:
        count_cash(uow, told, at)
        withdraw_if_covered(uow, told, at)
    elif told.provider not in OF_THE_SHOP:
        told = apply_held(uow, told, at)
        uow.receipts.expect(told, at)
        if told.status in TILL_ENDS:
            unwanted(uow, told, at)
        else:
            withdraw_with_new(uow, told, at)


def _check_new_payment(uow: UnitOfWork, message: Message, told: PaymentIntent) -> None:
    """Refuse a new payment that is not its till's own, that proves a provider's money, or that takes a reference."""
    if told.device_id != message.device_id:
        raise RuleBroken(ErrorCode.MESSAGE_FOREIGN)
    if told.currency != uow.shop.currency:
        raise RuleBroken(ErrorCode.CURRENCY_MISMATCH, currency=told.currency)
    if route_of(told.method, told.provider) is None:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="provider")
    is_cash = told.provider is Provider.NONE
    is_paid = told.status is PaymentStatus.PAID
    if is_paid is not is_cash or told.received_minor != (told.amount_minor if is_cash else 0):
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.reference)
    if not told.can_begin:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.reference)
    if told.holder_id is not None:
        existing_holder(uow, told.holder_id)
    check_bill(uow, told)
    if uow.payments.by_reference(told.reference) is not None:
        raise Conflict(ErrorCode.SERIES_BROKEN, number=told.reference)


def _hub_hears_of_end(
    uow: UnitOfWork, message: Message, told: PaymentIntent, cause: Cause, standing: PaymentIntent, at: Instant
) -> None:
    """Take a till's end of a payment, its own or another's; the hub answers behind it wherever it knows better.

    The window of later money runs from now by the hub's clock: a till's clock may be years behind.
    """
    if told.confirmed_minor and told.status is PaymentStatus.PAID and cause is Cause.PERSON:
        check_word(uow, told, told.confirmed_minor, message.body)
        uow.outbox.add(message, at)
        hear_hand_confirm(uow, standing, told, at)
        return
    if standing.provider is Provider.MANUAL and told.status in SAID_BY_HAND and cause is Cause.PERSON:
        check_word(uow, told, told.received_minor, message.body)
        uow.outbox.add(message, at)
        hear_by_hand(uow, standing, told, at)
        return
    if told.capture_minor and told.status is PaymentStatus.AUTHORIZED and cause is Cause.PERSON:
        uow.outbox.add(message, at)
        hear_capture(uow, standing, told, at)
        return
    if told.status not in TILL_ENDS or told.received_minor > standing.received_minor:
        raise RuleBroken(ErrorCode.INVALID_TRANSITION, reference=told.reference)
    uow.outbox.add(message, at)
    if standing.status in OPEN:
        ended = advance(standing, told.status, cause, at)
        if _agrees(told, ended):
            keep_change(uow, standing, ended, cause, at)
        else:
            save_change(uow, standing, ended, cause, at)
        unwanted(uow, ended, at)
    elif _ended_before_paid(told, standing):
        mark_late(uow, standing, at)
    elif not _agrees(told, standing):
        again = replace(standing, updated_at=at, revision=standing.revision + 1)
        save_change(uow, standing, again, Cause.HUB, at)


def _agrees(told: PaymentIntent, standing: PaymentIntent) -> bool:
    return (told.status, told.exception, told.received_minor) == (
        standing.status,
        standing.exception,
        standing.received_minor,
    )


def _ended_before_paid(told: PaymentIntent, standing: PaymentIntent) -> bool:
    return (
        standing.status is PaymentStatus.PAID
        and standing.exception is PaymentException.NONE
        and told.ended_at is not None
        and standing.paid_at is not None
        and told.ended_at < standing.paid_at
    )


def _till_takes_payment(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    told, cause = read_payment(message.body, message.merchant_id)
    standing = uow.payments.get(told.id)
    if standing is None:
        add_heard(uow, told, cause, at)
        return CREATED
    proven = told.received_minor > standing.received_minor or told.status is PaymentStatus.PAID
    # Told by this till itself, unless by an earlier life of it that this one does not remember.
    known = uow.outbox.known_hash(message.id) is not None
    if known or (uow.outbox.unsent(told.id) and not proven):
        return EXISTS
    after = _adopted(standing, told, at)
    if after is None:
        return EXISTS
    keep_change(uow, standing, after, Cause.HUB, at)
    note_payment(uow, standing, after, at)
    follow_sale(uow, after, at)
    return CREATED


def _adopted(standing: PaymentIntent, told: PaymentIntent, at: Instant) -> PaymentIntent | None:
    """Return the till's payment as the hub tells it, or None if the till knows this or something newer."""
    if told.status is not standing.status:
        if told.status not in TRANSITIONS[standing.status]:
            return None
        base = advance(standing, told.status, Cause.HUB, at)
    else:
        base = replace(standing, updated_at=at, revision=standing.revision + 1)
    # Another till's end may come from before money that this till has heard of: then it says nothing of the money.
    knows_less = told.received_minor < standing.received_minor
    after = replace(
        base,
        exception=standing.exception if knows_less else told.exception,
        received_minor=max(told.received_minor, standing.received_minor),
        confirmed_minor=standing.confirmed_minor if knows_less else told.confirmed_minor,
        paid_at=told.paid_at,
        ended_at=told.ended_at,
        qr_text=told.qr_text or standing.qr_text,
        failure=told.failure,
    )
    after = after if standing.capture else with_hold_of(after, told)
    unchanged = replace(after, updated_at=standing.updated_at, revision=standing.revision) == standing
    return None if unchanged else after


def _till_takes_voucher(uow: UnitOfWork, message: Message, at: Instant) -> Outcome:
    _keep_voucher(uow, message)
    return CREATED


_Taking = Callable[[UnitOfWork, Message, Instant], _T]
_TAKES: Final[Mapping[MessageKind, tuple[_Taking[Outcome | None], _Taking[Outcome]]]] = {
    MessageKind.ACCOUNT: (hub_takes_account, till_takes_account),
    MessageKind.CATEGORY: (_hub_takes_category, _till_takes_category),
    MessageKind.HOLDER: (hub_takes_holder, till_takes_holder),
    MessageKind.PERSON: (hub_takes_person, till_takes_person),
    MessageKind.SETTING: (_hub_takes_setting, _till_takes_setting),
    MessageKind.VOUCHER: (_hub_takes_voucher, _till_takes_voucher),
    MessageKind.PAYMENT: (_hub_takes_payment, _till_takes_payment),
    MessageKind.REFUND: (hub_takes_refund, till_takes_refund),
    MessageKind.RESOLUTION: (hub_takes_resolution, till_takes_resolution),
}
"""Who takes each kind of message, at the hub and at a till; the hub has created what it says no more of."""

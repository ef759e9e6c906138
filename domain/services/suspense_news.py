"""What providers do with money that no payment took: give it back, let a bank take it, bring another currency."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from domain.changes import Topic
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, Instant, ResolutionId, VoucherId, id_for
from domain.money import EXPONENTS
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.payments import Cause, PaymentIntent
from domain.ports import UnitOfWork
from domain.posting_rules import CHARGE_BACK, REFUND_HELD, WRITE_OFF_LOST, Places
from domain.rails import Provider, RailStatus, Receipt
from domain.resolutions import TAKES, Act, Resolution, ResolutionStatus, UnmatchedMoney
from domain.services.receipts import ReceiptOutcome, record_receipt
from domain.services.resolutions import RESOLVED, resolution_facts, tell_resolution, touch_all
from domain.services.vouchers import post_event
from domain.vouchers import Side, SourceEvent, Voucher

Gone = RefundNotice | ChargeBack
"""What tells that money left the shop at its provider, or came back from there."""

_LONGEST_NAME: Final = 140
_MOST_PARTS: Final = 2
_BY_BANK: Final = frozenset({Act.CHARGED_BACK, Act.LOST})


def follow_unmatched(uow: UnitOfWork, notice: Gone, at: Instant, *, may_park: bool = False) -> ReceiptOutcome | None:
    """Book what a provider did with money that no payment took, once; None where a payment took it, or none is known.

    What waits leaves suspense. What went after it had been given back, kept as credit or written off here is a loss, or
    no income after all, and is shown until somebody has seen it; so is what went once more after all of it had gone.
    What comes back, because a refund failed or the shop won, waits as money of its own; heard before that it went, it
    is parked while it `may_park`. Amounts are minor units of the shop's currency.
    """
    comes_back = notice.stage is DisputeStage.WON if isinstance(notice, ChargeBack) else _is(notice, RailStatus.FAILED)
    vouchers = uow.proven.vouchers_of(notice.provider, notice.payment_provider_ref)
    taken = _taken(uow, notice, vouchers)
    if taken:
        newer = comes_back and notice.at >= taken[0].requested_at
        return _put_back(uow, notice, taken, at) if newer else ReceiptOutcome.DUPLICATE
    waiting = next((money for each in vouchers if (money := uow.resolutions.money(each)) is not None), None)
    decided = None if waiting else _decided(uow, vouchers)
    spent = None if waiting or decided else _spent(uow, notice, vouchers)
    if waiting is None and decided is None and spent is None:
        return None
    if comes_back:
        return ReceiptOutcome.PARKED if may_park else ReceiptOutcome.NOTED
    if _is(notice, RailStatus.PENDING):
        return ReceiptOutcome.NOTED
    if waiting is not None:
        _take(uow, notice, waiting, at)
    elif decided is not None:
        _lose(uow, notice, VoucherId(decided.subject_id), decided.act, notice.amount_minor, at)
    elif spent is not None:
        _lose(uow, notice, spent, None, notice.amount_minor, at)
    return ReceiptOutcome.BOOKED


def matched_payment(uow: UnitOfWork, provider: Provider, payment_ref: str) -> PaymentIntent | None:
    """Return the payment that a person matched a provider's money to, whatever provider that payment was begun with."""
    for voucher_id in uow.proven.vouchers_of(provider, payment_ref):
        decision = uow.resolutions.decision(voucher_id)
        if decision is not None and decision.payment_id is not None:
            return uow.payments.get(decision.payment_id)
    return None


def note_foreign(uow: UnitOfWork, told: Receipt | Authorization | Gone, at: Instant) -> bool:
    """Let every till hear of money of another currency than the books', once; False for what moved no money.

    It cannot be booked, and is shown until somebody says what was done about it.
    """
    act = _moved(told)
    known = told.currency in EXPONENTS and told.currency != uow.shop.currency and told.amount_minor > 0
    subject = id_for("foreign", told.provider, told.dedupe_key)
    if act is None or not known or uow.resolutions.of_subject(subject):
        return False
    name = "" if isinstance(told, RefundNotice) else told.text
    when = told.paid_at if isinstance(told, Receipt) else told.at
    key = ResolutionId(id_for("foreign-told", subject))
    _tell(uow, key, act, subject, told, told.amount_minor, name or told.provider_ref, when, at)
    return True


def _is(notice: Gone, status: RailStatus) -> bool:
    return isinstance(notice, RefundNotice) and notice.status is status


def _moved(told: Receipt | Authorization | Gone) -> Act | None:
    """Return whether money came or went by what a provider told; what is only held or asked for has not moved."""
    if isinstance(told, Receipt):
        return None if told.declined else Act.FOREIGN
    if isinstance(told, Authorization):
        return None
    if isinstance(told, ChargeBack):
        return Act.FOREIGN if told.stage is DisputeStage.WON else Act.FOREIGN_GONE
    return Act.FOREIGN_GONE if told.status is RailStatus.SUCCESS else None


def _taken(uow: UnitOfWork, notice: Gone, vouchers: Sequence[VoucherId]) -> list[Resolution]:
    """Return what was booked of a refund or a charge-back, in as many parts as it was.

    What was won is told by some providers as a movement with an id of its own: it is found by its money and amount.
    """
    found = (uow.resolutions.get(_id(notice, part)) for part in range(_MOST_PARTS))
    booked = [each for each in found if each is not None]
    if booked or not isinstance(notice, ChargeBack) or notice.stage is not DisputeStage.WON:
        return booked
    told = (each for voucher_id in vouchers for each in uow.resolutions.of_subject(voucher_id))
    alike = (each for each in told if each.act in _BY_BANK and each.amount_minor == notice.amount_minor)
    return list(islice(alike, 1))


def _id(notice: Gone, part: int) -> ResolutionId:
    kind = "charge_back" if isinstance(notice, ChargeBack) else "refund"
    return ResolutionId(id_for("unmatched-gone", kind, notice.provider, notice.provider_ref, str(part)))


def _decided(uow: UnitOfWork, vouchers: Sequence[VoucherId]) -> Resolution | None:
    """Return what was decided about money other than that it is a payment's."""
    found = (uow.resolutions.decision(each) for each in vouchers)
    return next((each for each in found if each is not None and each.act is not Act.MATCH), None)


def _spent(uow: UnitOfWork, notice: Gone, vouchers: Sequence[VoucherId]) -> VoucherId | None:
    """Return money that no payment took before all of it had gone, unless some of its provider's is a payment's."""
    if matched_payment(uow, notice.provider, notice.payment_provider_ref) is not None:
        return None
    for voucher_id in vouchers:
        gone = sum(each.amount_minor for each in uow.resolutions.of_subject(voucher_id) if each.act in TAKES)
        lines = _voucher(uow, voucher_id).postings
        if gone and gone == sum(line.amount_minor for line in lines if line.side is Side.DEBIT):
            return voucher_id
    return None


def _take(uow: UnitOfWork, notice: Gone, money: UnmatchedMoney, at: Instant) -> None:
    """Let money leave suspense; more than waits there is a loss."""
    act = Act.CHARGED_BACK if isinstance(notice, ChargeBack) else Act.REFUNDED
    part = min(notice.amount_minor, money.amount_minor)
    fee = notice.fee_minor if isinstance(notice, ChargeBack) else 0
    _book(uow, notice, money.voucher_id, 0, act, REFUND_HELD, part, fee, at)
    if notice.amount_minor > part:
        _lose(uow, notice, money.voucher_id, None, notice.amount_minor - part, at, part=1)


def _lose(
    uow: UnitOfWork, notice: Gone, voucher_id: VoucherId, ended: Act | None, amount: int, at: Instant, *, part: int = 0
) -> None:
    """Book that money went of which nothing waits any more."""
    fee = notice.fee_minor if isinstance(notice, ChargeBack) and not part else 0
    kind = WRITE_OFF_LOST if ended is Act.WRITE_OFF else CHARGE_BACK
    _book(uow, notice, voucher_id, part, Act.LOST, kind, amount, fee, at)


def _book(
    uow: UnitOfWork,
    notice: Gone,
    voucher_id: VoucherId,
    part: int,
    act: Act,
    kind: str,
    amount: int,
    fee: int,
    at: Instant,
) -> None:
    came = _voucher(uow, voucher_id)
    key = _id(notice, part)
    resolution = _tell(uow, key, act, voucher_id, notice, amount, came.memo, notice.at, at, number=came.number)
    voucher = post_event(
        uow,
        SourceEvent(RESOLVED, resolution.id),
        kind,
        Places(_wallet_of(came)),
        at,
        {"amount": amount, "fee": fee, "due": amount + fee},
        memo=came.memo or notice.provider_ref,
        payment_id=came.payment_id,
    )
    uow.touch(Topic.VOUCHERS, voucher.id)


def _put_back(uow: UnitOfWork, notice: Gone, taken: list[Resolution], at: Instant) -> ReceiptOutcome:
    """Take what came back as money that came: to the wallet that it had left, if in use, and it says what it said."""
    came = _voucher(uow, VoucherId(taken[0].subject_id))
    again = Receipt(
        provider=notice.provider,
        dedupe_key=f"returned:{taken[0].id}",
        text=came.memo,
        amount_minor=sum(each.amount_minor for each in taken),
        currency=notice.currency,
        paid_at=notice.at,
        provider_ref=notice.payment_provider_ref,
    )
    left = uow.accounts.get(_wallet_of(came))
    wallet_id = None if left is None or left.archived_at is not None else left.id
    return record_receipt(uow, again, at, may_park=False, wallet_id=wallet_id)


def _wallet_of(came: Voucher) -> AccountId:
    return next(line.account_id for line in came.postings if line.side is Side.DEBIT)


def _voucher(uow: UnitOfWork, voucher_id: VoucherId) -> Voucher:
    voucher = uow.vouchers.get(voucher_id)
    if voucher is None:
        raise RuleBroken(ErrorCode.VOUCHER_UNKNOWN)
    return voucher


def _tell(
    uow: UnitOfWork,
    resolution_id: ResolutionId,
    act: Act,
    subject_id: str,
    told: Receipt | Authorization | Gone,
    amount: int,
    name: str,
    when: Instant,
    at: Instant,
    *,
    number: str = "",
) -> Resolution:
    """Keep a provider's word of money as a resolution that is done, and let every till hear it."""
    resolution = Resolution(
        id=resolution_id,
        merchant_id=uow.shop.merchant_id,
        device_id=uow.device.id,
        subject_id=subject_id,
        act=act,
        payment_id=None,
        wallet_id=None,
        amount_minor=amount,
        currency=told.currency,
        reason=name[:_LONGEST_NAME],
        requested_by=None,
        approved_by=None,
        requested_at=when,
        status=ResolutionStatus.DONE,
        settled_at=at,
        provider=told.provider,
    )
    uow.resolutions.add(resolution)
    tell_resolution(uow, resolution, at)
    facts = {**resolution_facts(resolution, number), "provider": told.provider.value}
    uow.audit.add("money.by_provider", resolution.id, None, at, facts, cause=Cause.PROVIDER)
    touch_all(uow, resolution)
    return resolution

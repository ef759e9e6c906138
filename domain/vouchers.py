"""Vouchers: balanced documents of two or more postings, their numbers, their reversal and their place in the chain."""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.ids import (
    AccountId,
    CategoryId,
    DeviceId,
    HolderId,
    Instant,
    MerchantId,
    PaymentId,
    UserId,
    VoucherId,
    id_for,
)
from domain.money import positive


class Side(StrEnum):
    """The side of a posting."""

    DEBIT = "D"
    CREDIT = "C"

    @property
    def other(self) -> "Side":
        """The opposite side; swapping every side of a voucher reverses it."""
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT


class VoucherType(StrEnum):
    """The four documents of the books, each with the prefix of its printed number."""

    RECEIPT = "PT"
    PAYMENT = "PC"
    TRANSFER = "PCK"
    ADJUSTMENT = "PKT"


class VoucherStatus(StrEnum):
    """A draft has no number and may change; an issued voucher never changes again."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a voucher: an amount above zero, in minor units of the voucher's currency, on one side."""

    account_id: AccountId
    side: Side
    amount_minor: int

    def __post_init__(self) -> None:
        positive(self.amount_minor)

    @property
    def signed_minor(self) -> int:
        """The effect on the account's balance, debit positive."""
        return self.amount_minor if self.side is Side.DEBIT else -self.amount_minor


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """Why a voucher exists; one event posts at most one voucher, wherever it is met."""

    kind: str
    id: str

    def voucher_id(self, merchant_id: MerchantId, device_id: DeviceId) -> VoucherId:
        """Return the id of the voucher that a device posts for this event (UUIDv5): a second post is the same row.

        Two tills that booked one event apart made two documents; the ids tell them from each other.
        """
        return VoucherId(id_for("voucher", merchant_id, self.kind, self.id, device_id))

    def first_voucher_id(self, merchant_id: MerchantId) -> VoucherId:
        """Return the id that vouchers had before it named the device; they stand as they are."""
        return VoucherId(id_for("voucher", merchant_id, self.kind, self.id))


@dataclass(frozen=True, slots=True)
class Party:
    """Who paid or was paid, as the printed form names them."""

    name: str = ""
    address: str = ""


NOBODY: Final = Party()


@dataclass(frozen=True, slots=True)
class Voucher:
    """A balanced document. `postings` sum to zero; `number` and the chain are given when it is issued.

    `attachments` counts the original papers that lie with it; `occurred_on` (YYYY-MM-DD) is the day of what it books
    where that lies in a period that was closed by then, else empty. `holder_id` is whose stored value it moves.
    """

    id: VoucherId
    merchant_id: MerchantId
    device_id: DeviceId
    type: VoucherType
    currency: str
    business_date: str
    created_at: Instant
    source: SourceEvent
    postings: tuple[Posting, ...]
    memo: str = ""
    category_id: CategoryId | None = None
    payment_id: PaymentId | None = None
    actor_id: UserId | None = None
    reverses: VoucherId | None = None
    party: Party = NOBODY
    attachments: int = 0
    occurred_on: str = ""
    holder_id: HolderId | None = None
    number: str = ""
    chain_seq: int = 0
    prev_hash: str = ""
    hash: str = ""

    def __post_init__(self) -> None:
        if len(self.postings) < 2:
            raise RuleBroken(ErrorCode.VOUCHER_INVALID, lines=len(self.postings))
        debit = sum(line.amount_minor for line in self.postings if line.side is Side.DEBIT)
        credit = sum(line.amount_minor for line in self.postings if line.side is Side.CREDIT)
        if debit != credit:
            raise RuleBroken(ErrorCode.VOUCHER_UNBALANCED, debit=debit, credit=credit, difference=abs(debit - credit))
        positive(debit)
        if self.attachments < 0:
            raise RuleBroken(ErrorCode.VOUCHER_INVALID, attachments=self.attachments)

    @property
    def total_minor(self) -> int:
        """The sum of one side."""
        return sum(line.amount_minor for line in self.postings if line.side is Side.DEBIT)

    @property
    def issued(self) -> bool:
        """Whether the voucher has its number and its place in the chain."""
        return bool(self.hash)


GENESIS: Final = "genesis"


def genesis_hash(merchant_id: MerchantId, device_id: DeviceId) -> str:
    """Return the hash before a device's first voucher, bound to that device."""
    return hashlib.sha256(f"{GENESIS}\x1f{merchant_id}\x1f{device_id}".encode()).hexdigest()


FIRST_DAY: Final = "2000-01-01"
"""Printed numbers bear two digits of the year: an earlier day would bear those of this century."""


def series_number(kind: VoucherType, till_code: str, incarnation: str, business_date: str, seq: int) -> str:
    """Return the printed number of a device's series: type, till code, incarnation, year, sequence."""
    return f"{kind.value}{till_code}{incarnation}-{business_date[2:4]}-{seq:06d}"


_SERIES: Final = re.compile(rf"(?:{'|'.join(kind.value for kind in VoucherType)})(\d\d)([A-Z])-\d\d-\d{{6,}}")


def series_of(number: str) -> tuple[str, str] | None:
    """Return the till code and the incarnation of a printed number, or None if it is not one of `series_number`."""
    match = _SERIES.fullmatch(number)
    return (match[1], match[2]) if match else None


def canonical(voucher: Voucher) -> str:
    """Return every column of a voucher and its lines as one text; what the chain's hash covers.

    Party, attachments, the day of what happened and the holder stand at the end and only where a voucher has them:
    vouchers of before they existed keep their hashes.
    """
    details = [voucher.party.name, voucher.party.address, voucher.attachments, voucher.occurred_on]
    return json.dumps(
        [
            voucher.prev_hash,
            voucher.chain_seq,
            voucher.merchant_id,
            voucher.device_id,
            voucher.id,
            voucher.type.value,
            voucher.number,
            voucher.currency,
            voucher.business_date,
            voucher.created_at,
            voucher.source.kind,
            voucher.source.id,
            voucher.memo,
            voucher.category_id,
            voucher.payment_id,
            voucher.actor_id,
            voucher.reverses,
            [[line.account_id, line.side.value, line.amount_minor] for line in voucher.postings],
            *([details] if any(details) else []),
            *([{"holder": voucher.holder_id}] if voucher.holder_id else []),
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def chain_hash(voucher: Voucher) -> str:
    """Return SHA-256 over `canonical`, in hex."""
    return hashlib.sha256(canonical(voucher).encode()).hexdigest()


def content_hash(voucher: Voucher) -> str:
    """Return SHA-256, in hex, over all that a voucher will book; an approval is bound to it (requirement SEC-3).

    Left out is what issuing gives (moment, number, place in the chain), the id, which follows from event and device,
    and the person, to whom the approval is bound by name.
    """
    told = [
        voucher.merchant_id,
        voucher.device_id,
        voucher.type.value,
        voucher.currency,
        voucher.business_date,
        voucher.occurred_on,
        [voucher.source.kind, voucher.source.id],
        [[line.account_id, line.side.value, line.amount_minor] for line in voucher.postings],
        voucher.memo,
        voucher.category_id,
        voucher.payment_id,
        voucher.reverses,
        [voucher.party.name, voucher.party.address],
        voucher.attachments,
        *([{"holder": voucher.holder_id}] if voucher.holder_id else []),
    ]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def issue(voucher: Voucher, number: str, chain_seq: int, prev_hash: str) -> Voucher:
    """Return the voucher with its number and its place in its device's chain."""
    placed = replace(voucher, number=number, chain_seq=chain_seq, prev_hash=prev_hash, hash="")
    return replace(placed, hash=chain_hash(placed))


REVERSAL: Final = "reversal"
HAND_CONFIRMED: Final = "manual_confirm"
"""The kind of source event by which a person says that a provider's money came."""
SETTLED: Final = "settled"
"""The kind of source event by which a person says that a cheque was cleared, or that somebody paid elsewhere."""
RECLASS: Final = "reclass"


def reversal_of(original: Voucher, device_id: DeviceId, at: Instant, business_date: str, memo: str) -> Voucher:
    """Return the unissued voucher that undoes `original`: the same lines with sides swapped, linked to it."""
    return _undoing(original, SourceEvent(REVERSAL, original.id), device_id, at, business_date, memo)


def reclass_of(duplicate: Voucher, device_id: DeviceId, at: Instant, business_date: str) -> Voucher:
    """Return the unissued voucher by which the hub takes back a second document of one event, line by line."""
    return _undoing(duplicate, SourceEvent(RECLASS, duplicate.id), device_id, at, business_date, duplicate.memo)


def _undoing(
    original: Voucher, source: SourceEvent, device_id: DeviceId, at: Instant, business_date: str, memo: str
) -> Voucher:
    return Voucher(
        id=source.voucher_id(original.merchant_id, device_id),
        merchant_id=original.merchant_id,
        device_id=device_id,
        type=original.type,
        currency=original.currency,
        business_date=business_date,
        created_at=at,
        source=source,
        postings=tuple(Posting(line.account_id, line.side.other, line.amount_minor) for line in original.postings),
        memo=memo,
        category_id=original.category_id,
        reverses=original.id,
        party=original.party,
        holder_id=original.holder_id,
    )

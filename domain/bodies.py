"""The bodies of messages: accounts, payments and vouchers as canonical JSON and back."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from domain.accounts import Account, AccountType, Control
from domain.errors import DomainError, ErrorCode, FailureCode, RuleBroken
from domain.ids import (
    AccountId,
    CategoryId,
    DeviceId,
    Instant,
    MerchantId,
    PaymentId,
    UserId,
    VoucherId,
)
from domain.messages import canonical_json
from domain.payments import Cause, PaymentException, PaymentIntent, PaymentStatus
from domain.rails import Method, Provider
from domain.vouchers import Posting, Side, SourceEvent, Voucher, VoucherType

T = TypeVar("T")


def voucher_body(voucher: Voucher) -> str:
    """Write an issued voucher with its lines and its place in the chain."""
    return canonical_json(
        {
            "id": voucher.id,
            "device": voucher.device_id,
            "type": voucher.type,
            "currency": voucher.currency,
            "business_date": voucher.business_date,
            "created_at": voucher.created_at,
            "source": [voucher.source.kind, voucher.source.id],
            "lines": [[line.account_id, line.side, line.amount_minor] for line in voucher.postings],
            "memo": voucher.memo,
            "category": voucher.category_id,
            "payment": voucher.payment_id,
            "actor": voucher.actor_id,
            "reverses": voucher.reverses,
            "number": voucher.number,
            "chain": [voucher.chain_seq, voucher.prev_hash, voucher.hash],
        }
    )


def read_voucher(body: str, merchant_id: MerchantId) -> Voucher:
    """Read `voucher_body`; raises RuleBroken(MESSAGE_MALFORMED), or what an unbalanced voucher raises."""
    fields = _fields(body)
    try:
        chain_seq, prev_hash, voucher_hash = fields["chain"]
        return Voucher(
            id=VoucherId(_text(fields["id"])),
            merchant_id=merchant_id,
            device_id=DeviceId(_text(fields["device"])),
            type=VoucherType(fields["type"]),
            currency=_text(fields["currency"]),
            business_date=_text(fields["business_date"]),
            created_at=Instant(_whole(fields["created_at"])),
            source=SourceEvent(_text(fields["source"][0]), _text(fields["source"][1])),
            postings=tuple(Posting(AccountId(_text(a)), Side(s), _whole(m)) for a, s, m in fields["lines"]),
            memo=_text(fields["memo"]),
            category_id=_maybe(CategoryId, fields["category"]),
            payment_id=_maybe(PaymentId, fields["payment"]),
            actor_id=_maybe(UserId, fields["actor"]),
            reverses=_maybe(VoucherId, fields["reverses"]),
            number=_text(fields["number"]),
            chain_seq=_whole(chain_seq),
            prev_hash=_text(prev_hash),
            hash=_text(voucher_hash),
        )
    except DomainError:
        raise
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="voucher") from error


def payment_body(intent: PaymentIntent, cause: Cause) -> str:
    """Write a payment as it stands after a change, and what caused the change."""
    return canonical_json(
        {
            "id": intent.id,
            "device": intent.device_id,
            "actor": intent.actor_id,
            "reference": intent.reference,
            "method": intent.method,
            "provider": intent.provider,
            "amount": intent.amount_minor,
            "currency": intent.currency,
            "created_at": intent.created_at,
            "expires_at": intent.expires_at,
            "status": intent.status,
            "exception": intent.exception,
            "received": intent.received_minor,
            "tendered": intent.tendered_minor,
            "paid_at": intent.paid_at,
            "ended_at": intent.ended_at,
            "updated_at": intent.updated_at,
            "revision": intent.revision,
            "qr_text": intent.qr_text,
            "failure": intent.failure,
            "order_ref": intent.order_ref,
            "customer_name": intent.customer_name,
            "customer_phone": intent.customer_phone,
            "note": intent.note,
            "origin": intent.origin,
            "cause": cause,
        }
    )


def read_payment(body: str, merchant_id: MerchantId) -> tuple[PaymentIntent, Cause]:
    """Read `payment_body`; raises RuleBroken(MESSAGE_MALFORMED)."""
    fields = _fields(body)
    try:
        intent = PaymentIntent(
            id=PaymentId(_text(fields["id"])),
            merchant_id=merchant_id,
            device_id=DeviceId(_text(fields["device"])),
            actor_id=UserId(_text(fields["actor"])),
            reference=_text(fields["reference"]),
            method=Method(fields["method"]),
            provider=Provider(fields["provider"]),
            amount_minor=_whole(fields["amount"]),
            currency=_text(fields["currency"]),
            created_at=Instant(_whole(fields["created_at"])),
            expires_at=Instant(_whole(fields["expires_at"])),
            status=PaymentStatus(fields["status"]),
            exception=PaymentException(fields["exception"]),
            received_minor=_whole(fields["received"]),
            tendered_minor=_whole(fields["tendered"]),
            paid_at=_instant(fields["paid_at"]),
            ended_at=_instant(fields["ended_at"]),
            updated_at=_instant(fields["updated_at"]),
            revision=_whole(fields["revision"]),
            qr_text=_text(fields["qr_text"]),
            failure=None if fields["failure"] is None else FailureCode(fields["failure"]),
            order_ref=_text(fields["order_ref"]),
            customer_name=_text(fields["customer_name"]),
            customer_phone=_text(fields["customer_phone"]),
            note=_text(fields["note"]),
            origin=_text(fields["origin"]),
        )
        return intent, Cause(fields["cause"])
    except DomainError:
        raise
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="payment") from error


def account_body(account: Account) -> str:
    """Write a wallet as it was opened."""
    return canonical_json(
        {
            "id": account.id,
            "type": account.type,
            "code": account.code,
            "name": account.name,
            "currency": account.currency,
            "created_at": account.created_at,
            "control": account.control,
            "is_default": account.is_default,
            "bank_bin": account.bank_bin,
            "bank_account": account.bank_account,
            "archived_at": account.archived_at,
        }
    )


def read_account(body: str, merchant_id: MerchantId) -> Account:
    """Read `account_body`; raises RuleBroken(MESSAGE_MALFORMED)."""
    fields = _fields(body)
    try:
        return Account(
            id=AccountId(_text(fields["id"])),
            merchant_id=merchant_id,
            type=AccountType(fields["type"]),
            code=_text(fields["code"]),
            name=_text(fields["name"]),
            currency=_text(fields["currency"]),
            created_at=Instant(_whole(fields["created_at"])),
            control=None if fields["control"] is None else Control(fields["control"]),
            is_default=fields["is_default"] is True,
            bank_bin=_text(fields["bank_bin"]),
            bank_account=_text(fields["bank_account"]),
            archived_at=_instant(fields["archived_at"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="account") from error


def _fields(body: str) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="json") from error
    if not isinstance(fields, dict):
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="json")
    return fields


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 2000:
        raise ValueError("a text was expected")
    return value


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError("a whole number was expected")
    return value


def _instant(value: object) -> Instant | None:
    return None if value is None else Instant(_whole(value))


def _maybe(kind: Callable[[str], T], value: object) -> T | None:
    return None if value is None else kind(_text(value))

"""The bodies of messages: accounts, categories, settings, payments and vouchers as canonical JSON and back."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from domain.accounts import Account, AccountType
from domain.approvals import Approval, Asked, Guarded, approval_facts
from domain.bills import Bill
from domain.calendar import is_date
from domain.cards import without_cards
from domain.categories import Category, CategoryKind
from domain.errors import DomainError, ErrorCode, FailureCode, RuleBroken
from domain.ids import (
    AccountId,
    ApprovalId,
    BillId,
    CategoryId,
    DeviceId,
    Instant,
    MerchantId,
    PaymentId,
    UserId,
    VoucherId,
)
from domain.messages import canonical_json
from domain.money import EXPONENTS
from domain.payments import Cause, PaymentException, PaymentIntent, PaymentStatus
from domain.rails import Method, Provider
from domain.shop_settings import check_setting
from domain.vouchers import NOBODY, Party, Posting, Side, SourceEvent, Voucher, VoucherType

T = TypeVar("T")

LONGEST_TEXT: Final = 2000
"""Characters; what a till writes is kept below, so that the hub can read it."""

_LAST_INSTANT: Final = 253_402_300_799_999  # the end of the year 9999, the last that calendars can write
_LAST_COUNT: Final = 2**53 - 1


def readable(text: str) -> str:
    """Return what of a typed or scanned text can be read from a body: no NUL, no half of a letter, not too long."""
    return text.encode(errors="ignore").decode().replace("\x00", "").strip()[:LONGEST_TEXT]


def typed(text: str) -> str:
    """Return what is kept of a text in a person's own words: what is readable of it, and of a card's number its end.

    Not for account numbers and orders' numbers, which are looked for as they stand.
    """
    return without_cards(readable(text))


def voucher_body(voucher: Voucher, approval: Approval | None = None) -> str:
    """Write an issued voucher with its lines and its place in the chain; who paid it only where that is known.

    The approval that allowed it travels with it, as evidence.
    """
    details: dict[str, Any] = {} if approval is None else {"approval": approval_facts(approval)}
    if voucher.party != NOBODY:
        details["party"] = [voucher.party.name, voucher.party.address]
    if voucher.attachments:
        details["attachments"] = voucher.attachments
    if voucher.occurred_on:
        details["occurred_on"] = voucher.occurred_on
    return canonical_json(
        {
            **details,
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
        chain_seq, prev_hash, voucher_hash = _list_of(3, fields["chain"])
        source_kind, source_id = _list_of(2, fields["source"])
        lines = [_list_of(3, line) for line in _list(fields["lines"])]
        return Voucher(
            id=VoucherId(_text(fields["id"])),
            merchant_id=merchant_id,
            device_id=DeviceId(_text(fields["device"])),
            type=VoucherType(fields["type"]),
            currency=_currency(fields["currency"]),
            business_date=_date(fields["business_date"]),
            created_at=_instant(fields["created_at"]),
            source=SourceEvent(_text(source_kind), _text(source_id)),
            postings=tuple(Posting(AccountId(_text(a)), Side(s), _whole(m)) for a, s, m in lines),
            memo=_text(fields["memo"]),
            category_id=_maybe_id(CategoryId, fields["category"]),
            payment_id=_maybe_id(PaymentId, fields["payment"]),
            actor_id=_maybe_id(UserId, fields["actor"]),
            reverses=_maybe_id(VoucherId, fields["reverses"]),
            party=Party(*(_text(part) for part in _list_of(2, fields["party"]))) if "party" in fields else NOBODY,
            attachments=_count(fields["attachments"]) if "attachments" in fields else 0,
            occurred_on=_date(fields["occurred_on"]) if "occurred_on" in fields else "",
            number=_name(fields["number"]),
            chain_seq=_count(chain_seq),
            prev_hash=_name(prev_hash),
            hash=_name(voucher_hash),
        )
    except DomainError:
        raise
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="voucher") from error


def read_approval(body: str) -> Approval | None:
    """Read the approval that travels in a voucher's body, if one does; raises RuleBroken(MESSAGE_MALFORMED)."""
    fields = _fields(body)
    if "approval" not in fields:
        return None
    try:
        told: dict[str, Any] = fields["approval"]
        return Approval(
            id=ApprovalId(_name(told["id"])),
            asked=Asked(
                Guarded(told["action"]),
                _name(told["subject"]),
                _whole(told["amount"]),
                _maybe_date(told["day"]),
                _name(told["content"]) if "content" in told else "",
            ),
            reason=_name(told["reason"]),
            requester_id=UserId(_name(told["requester"])),
            approver_id=UserId(_name(told["approver"])),
            granted_at=_instant(told["granted_at"]),
            expires_at=_instant(told["expires_at"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="approval") from error


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
            "bill": [intent.bill.id, intent.bill.due_minor],
            "known": intent.known_minor,
            "confirmed": intent.confirmed_minor,
            "cause": cause,
        }
    )


def read_payment(body: str, merchant_id: MerchantId) -> tuple[PaymentIntent, Cause]:
    """Read `payment_body`; raises RuleBroken (MESSAGE_MALFORMED, AMOUNT_INVALID)."""
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
            currency=_currency(fields["currency"]),
            created_at=_instant(fields["created_at"]),
            expires_at=_instant(fields["expires_at"]),
            status=PaymentStatus(fields["status"]),
            exception=PaymentException(fields["exception"]),
            received_minor=_whole(fields["received"]),
            tendered_minor=_whole(fields["tendered"]),
            paid_at=_maybe(_instant, fields["paid_at"]),
            ended_at=_maybe(_instant, fields["ended_at"]),
            updated_at=_maybe(_instant, fields["updated_at"]),
            revision=_count(fields["revision"]),
            qr_text=_text(fields["qr_text"]),
            failure=None if fields["failure"] is None else FailureCode(fields["failure"]),
            order_ref=_text(fields["order_ref"]),
            customer_name=_text(fields["customer_name"]),
            customer_phone=_text(fields["customer_phone"]),
            note=_text(fields["note"]),
            origin=_text(fields["origin"]),
            **_bill_of(fields),
        )
        return intent, Cause(fields["cause"])
    except DomainError:
        raise
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="payment") from error


def _bill_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a payment says of its bill; one told by a till of before there were bills pays its own."""
    if "bill" not in fields:
        return {}
    bill_id, due = _list_of(2, fields["bill"])
    return {
        "bill": Bill(BillId(_name(bill_id)), _whole(due)),
        "known_minor": _whole(fields["known"]),
        "confirmed_minor": _whole(fields["confirmed"]),
    }


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
            type=_wallet_type(fields["type"], fields["control"]),
            code=_text(fields["code"]),
            name=_text(fields["name"]),
            currency=_currency(fields["currency"]),
            created_at=_instant(fields["created_at"]),
            is_default=_bool(fields["is_default"]),
            bank_bin=_text(fields["bank_bin"]),
            bank_account=_text(fields["bank_account"]),
            archived_at=_maybe(_instant, fields["archived_at"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="account") from error


def category_body(category: Category) -> str:
    """Write a category of the shop's own as it stands; the system's never travel, every device has the same."""
    return canonical_json(
        {
            "id": category.id,
            "kind": category.kind,
            "name_vi": category.name_vi,
            "name_en": category.name_en,
            "system_key": category.system_key,
            "parent": category.parent_id,
            "archived_at": category.archived_at,
        }
    )


def read_category(body: str, merchant_id: MerchantId) -> Category:
    """Read `category_body`; raises RuleBroken(MESSAGE_MALFORMED)."""
    fields = _fields(body)
    try:
        return Category(
            id=CategoryId(_name(fields["id"])),
            merchant_id=merchant_id,
            kind=CategoryKind(fields["kind"]),
            name_vi=_name(fields["name_vi"]),
            name_en=_name(fields["name_en"]),
            system_key=_text(fields["system_key"]),
            parent_id=_maybe_id(CategoryId, fields["parent"]),
            archived_at=_maybe(_instant, fields["archived_at"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="category") from error


def setting_body(key: str, value: Any) -> str:
    """Write a setting of the shop with its new value."""
    return canonical_json({"key": key, "value": value})


def read_setting(body: str) -> tuple[str, Any]:
    """Read `setting_body`; raises RuleBroken (MESSAGE_MALFORMED, SETTING_INVALID)."""
    fields = _fields(body)
    try:
        key, value = _name(fields["key"]), fields["value"]
    except (KeyError, ValueError, TypeError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="setting") from error
    check_setting(key, value)
    return key, value


def _fields(body: str) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="json") from error
    if not isinstance(fields, dict):
        raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="json")
    return fields


def _text(value: object) -> str:
    """Return a text that every database can keep: no NUL (PostgreSQL has none), no half of a surrogate pair."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ValueError("a text was expected")
    value.encode()
    return value


def _name(value: object) -> str:
    if not (name := _text(value)):
        raise ValueError("a name was expected")
    return name


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError("a whole number was expected")
    return value


def _count(value: object) -> int:
    if not 1 <= (count := _whole(value)) <= _LAST_COUNT:
        raise ValueError("a number from one on was expected")
    return count


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false was expected")
    return value


def _instant(value: object) -> Instant:
    if not 0 <= (moment := _whole(value)) <= _LAST_INSTANT:
        raise ValueError("a moment that a calendar can show was expected")
    return Instant(moment)


def _date(value: object) -> str:
    if not is_date(value):
        raise ValueError("a date as YYYY-MM-DD was expected")
    return value


def _maybe_date(value: object) -> str:
    return "" if value == "" else _date(value)


def _wallet_type(value: object, control: object) -> AccountType:
    """Return a wallet's type; control accounts never travel, every device makes the same ones itself."""
    kind = AccountType(_text(value))
    if kind is AccountType.CONTROL or control is not None:
        raise ValueError("a wallet was expected")
    return kind


def _currency(value: object) -> str:
    if (currency := _text(value)) not in EXPONENTS:
        raise ValueError("a currency of the books was expected")
    return currency


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def _list_of(length: int, value: object) -> list[Any]:
    if len(found := _list(value)) != length:
        raise ValueError("a list of another length was expected")
    return found


def _maybe(read: Callable[[object], T], value: object) -> T | None:
    return None if value is None else read(value)


def _maybe_id(kind: Callable[[str], T], value: object) -> T | None:
    return None if value is None else kind(_text(value))

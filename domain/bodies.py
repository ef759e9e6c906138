"""The bodies of messages: accounts, categories, settings, payments and vouchers as canonical JSON and back."""

from typing import Any

from domain.accounts import Account, AccountType
from domain.approvals import Approval, Asked, Guarded, approval_facts
from domain.bills import Bill
from domain.body_values import (
    LONGEST_TEXT,
    a_bool,
    a_count,
    a_currency,
    a_date,
    a_list,
    a_list_of,
    a_name,
    a_text,
    a_whole,
    an_instant,
    fields_of,
    maybe,
    maybe_date,
    maybe_id,
    reading,
)
from domain.cards import without_cards
from domain.categories import Category, CategoryKind
from domain.cheques import Cheque
from domain.errors import FailureCode
from domain.ids import (
    AccountId,
    ApprovalId,
    BillId,
    CategoryId,
    DeviceId,
    HolderId,
    MerchantId,
    PaymentId,
    UserId,
    VoucherId,
)
from domain.messages import canonical_json
from domain.payments import Cause, PaymentException, PaymentIntent, PaymentStatus
from domain.rails import Method, Provider
from domain.shop_settings import check_setting
from domain.vouchers import NOBODY, Party, Posting, Side, SourceEvent, Voucher, VoucherType


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
    if voucher.holder_id:
        details["holder"] = voucher.holder_id
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
    fields = fields_of(body)
    with reading("voucher"):
        chain_seq, prev_hash, voucher_hash = a_list_of(3, fields["chain"])
        source_kind, source_id = a_list_of(2, fields["source"])
        lines = [a_list_of(3, line) for line in a_list(fields["lines"])]
        return Voucher(
            id=VoucherId(a_text(fields["id"])),
            merchant_id=merchant_id,
            device_id=DeviceId(a_text(fields["device"])),
            type=VoucherType(fields["type"]),
            currency=a_currency(fields["currency"]),
            business_date=a_date(fields["business_date"]),
            created_at=an_instant(fields["created_at"]),
            source=SourceEvent(a_text(source_kind), a_text(source_id)),
            postings=tuple(Posting(AccountId(a_text(a)), Side(s), a_whole(m)) for a, s, m in lines),
            memo=a_text(fields["memo"]),
            category_id=maybe_id(CategoryId, fields["category"]),
            payment_id=maybe_id(PaymentId, fields["payment"]),
            actor_id=maybe_id(UserId, fields["actor"]),
            reverses=maybe_id(VoucherId, fields["reverses"]),
            party=Party(*(a_text(part) for part in a_list_of(2, fields["party"]))) if "party" in fields else NOBODY,
            attachments=a_count(fields["attachments"]) if "attachments" in fields else 0,
            occurred_on=a_date(fields["occurred_on"]) if "occurred_on" in fields else "",
            holder_id=HolderId(a_name(fields["holder"])) if "holder" in fields else None,
            number=a_name(fields["number"]),
            chain_seq=a_count(chain_seq),
            prev_hash=a_name(prev_hash),
            hash=a_name(voucher_hash),
        )


def read_approval(body: str) -> Approval | None:
    """Read the approval that travels in a body, if one does; raises RuleBroken(MESSAGE_MALFORMED)."""
    fields = fields_of(body)
    if "approval" not in fields:
        return None
    with reading("approval"):
        told: dict[str, Any] = fields["approval"]
        return Approval(
            id=ApprovalId(a_name(told["id"])),
            asked=Asked(
                Guarded(told["action"]),
                a_name(told["subject"]),
                a_whole(told["amount"]),
                maybe_date(told["day"]),
                a_name(told["content"]) if "content" in told else "",
            ),
            reason=a_name(told["reason"]),
            requester_id=UserId(a_name(told["requester"])),
            approver_id=UserId(a_name(told["approver"])),
            granted_at=an_instant(told["granted_at"]),
            expires_at=an_instant(told["expires_at"]),
        )


def payment_body(intent: PaymentIntent, cause: Cause, approval: Approval | None = None) -> str:
    """Write a payment as it stands after a change, and what caused the change.

    The approval that allowed a person to take it for paid travels with it, as evidence.
    """
    evidence = {} if approval is None else {"approval": approval_facts(approval)}
    return canonical_json(
        {
            **evidence,
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
            **_holding(intent),
        }
    )


def _holding(intent: PaymentIntent) -> dict[str, Any]:
    """Return what only payments have that name an option, a holder or a cheque, or whose money is held first."""
    option: dict[str, Any] = {"option": intent.option} if intent.option else {}
    if intent.cheque is not None:
        option["cheque"] = [intent.cheque.number, intent.cheque.bank, intent.cheque.drawer, intent.cheque.date]
    if intent.holder_id:
        option["holder"] = intent.holder_id
    if intent.capture:
        return option
    held = {"capture": intent.capture_minor, "held": intent.held_minor, "held_until": intent.held_until}
    return {**option, **held}


def read_payment(body: str, merchant_id: MerchantId) -> tuple[PaymentIntent, Cause]:
    """Read `payment_body`; raises RuleBroken (MESSAGE_MALFORMED, AMOUNT_INVALID)."""
    fields = fields_of(body)
    with reading("payment"):
        intent = PaymentIntent(
            id=PaymentId(a_text(fields["id"])),
            merchant_id=merchant_id,
            device_id=DeviceId(a_text(fields["device"])),
            actor_id=UserId(a_text(fields["actor"])),
            reference=a_text(fields["reference"]),
            method=Method(fields["method"]),
            provider=Provider(fields["provider"]),
            amount_minor=a_whole(fields["amount"]),
            currency=a_currency(fields["currency"]),
            created_at=an_instant(fields["created_at"]),
            expires_at=an_instant(fields["expires_at"]),
            status=PaymentStatus(fields["status"]),
            exception=PaymentException(fields["exception"]),
            received_minor=a_whole(fields["received"]),
            tendered_minor=a_whole(fields["tendered"]),
            paid_at=maybe(an_instant, fields["paid_at"]),
            ended_at=maybe(an_instant, fields["ended_at"]),
            updated_at=maybe(an_instant, fields["updated_at"]),
            revision=a_count(fields["revision"]),
            qr_text=a_text(fields["qr_text"]),
            failure=None if fields["failure"] is None else FailureCode(fields["failure"]),
            order_ref=a_text(fields["order_ref"]),
            customer_name=a_text(fields["customer_name"]),
            customer_phone=a_text(fields["customer_phone"]),
            note=a_text(fields["note"]),
            origin=a_text(fields["origin"]),
            **_bill_of(fields),
            **_held_of(fields),
        )
        return intent, Cause(fields["cause"])


def _bill_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a payment says of its bill; one told by a till of before there were bills pays its own."""
    if "bill" not in fields:
        return {}
    bill_id, due = a_list_of(2, fields["bill"])
    return {
        "bill": Bill(BillId(a_name(bill_id)), a_whole(due)),
        "known_minor": a_whole(fields["known"]),
        "confirmed_minor": a_whole(fields["confirmed"]),
    }


def _held_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a payment's option, cheque and holder, and what it says of held money; most say nothing of these."""
    option: dict[str, Any] = {"option": a_text(fields["option"])} if "option" in fields else {}
    if "cheque" in fields:
        option["cheque"] = Cheque(*(a_text(part) for part in a_list_of(4, fields["cheque"])))
    if "holder" in fields:
        option["holder_id"] = HolderId(a_name(fields["holder"]))
    if "capture" not in fields:
        return option
    return {
        **option,
        "capture": False,
        "capture_minor": a_whole(fields["capture"]),
        "held_minor": a_whole(fields["held"]),
        "held_until": maybe(an_instant, fields["held_until"]),
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
    fields = fields_of(body)
    with reading("account"):
        return Account(
            id=AccountId(a_text(fields["id"])),
            merchant_id=merchant_id,
            type=_wallet_type(fields["type"], fields["control"]),
            code=a_text(fields["code"]),
            name=a_text(fields["name"]),
            currency=a_currency(fields["currency"]),
            created_at=an_instant(fields["created_at"]),
            is_default=a_bool(fields["is_default"]),
            bank_bin=a_text(fields["bank_bin"]),
            bank_account=a_text(fields["bank_account"]),
            archived_at=maybe(an_instant, fields["archived_at"]),
        )


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
    fields = fields_of(body)
    with reading("category"):
        return Category(
            id=CategoryId(a_name(fields["id"])),
            merchant_id=merchant_id,
            kind=CategoryKind(fields["kind"]),
            name_vi=a_name(fields["name_vi"]),
            name_en=a_name(fields["name_en"]),
            system_key=a_text(fields["system_key"]),
            parent_id=maybe_id(CategoryId, fields["parent"]),
            archived_at=maybe(an_instant, fields["archived_at"]),
        )


def setting_body(key: str, value: Any) -> str:
    """Write a setting of the shop with its new value."""
    return canonical_json({"key": key, "value": value})


def read_setting(body: str) -> tuple[str, Any]:
    """Read `setting_body`; raises RuleBroken (MESSAGE_MALFORMED, SETTING_INVALID)."""
    fields = fields_of(body)
    with reading("setting"):
        key, value = a_name(fields["key"]), fields["value"]
    check_setting(key, value)
    return key, value


def _wallet_type(value: object, control: object) -> AccountType:
    """Return a wallet's type; control accounts never travel, every device makes the same ones itself."""
    kind = AccountType(a_text(value))
    if kind is AccountType.CONTROL or control is not None:
        raise ValueError("a wallet was expected")
    return kind

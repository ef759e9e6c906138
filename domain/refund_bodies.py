"""The bodies of messages about refunds: a refund as it stands, what caused it, and the approval that allowed it."""

from domain.approvals import Approval, approval_facts
from domain.body_values import (
    a_bool,
    a_count,
    a_currency,
    a_name,
    a_text,
    a_whole,
    an_instant,
    fields_of,
    maybe,
    maybe_id,
    reading,
)
from domain.errors import ErrorCode, FailureCode
from domain.ids import AccountId, DeviceId, HolderId, MerchantId, PaymentId, RefundId, UserId
from domain.messages import canonical_json
from domain.payments import Cause
from domain.rails import Provider
from domain.refunds import Refund, RefundOf, RefundOrigin, RefundStatus, RefundWay, Why


def refund_body(refund: Refund, cause: Cause, approval: Approval | None = None) -> str:
    """Write a refund as it stands after a change, and what caused the change; its approval travels as evidence."""
    evidence = {} if approval is None else {"approval": approval_facts(approval)}
    holder = {} if refund.holder_id is None else {"holder": refund.holder_id}
    return canonical_json(
        {
            **evidence,
            **holder,
            "id": refund.id,
            "device": refund.device_id,
            "payment": refund.payment_id,
            "origin": refund.origin,
            "what": refund.what,
            "way": refund.way,
            "provider": refund.provider,
            "wallet": refund.wallet_id,
            "reference": refund.reference,
            "amount": refund.amount_minor,
            "fee": refund.fee_minor,
            "currency": refund.currency,
            "reason": refund.reason,
            "requested_by": refund.requested_by,
            "approved_by": refund.approved_by,
            "requested_at": refund.requested_at,
            "status": refund.status,
            "beyond": refund.beyond,
            "payment_ref": refund.payment_ref,
            "provider_ref": refund.provider_ref,
            "failure": refund.failure,
            "sent_at": refund.sent_at,
            "settled_at": refund.settled_at,
            "told_at": refund.told_at,
            "updated_at": refund.updated_at,
            "revision": refund.revision,
            "cause": cause,
        }
    )


def read_refund(body: str, merchant_id: MerchantId) -> tuple[Refund, Cause]:
    """Read `refund_body`; raises RuleBroken (MESSAGE_MALFORMED, AMOUNT_INVALID)."""
    fields = fields_of(body)
    with reading("refund"):
        refund = Refund(
            id=RefundId(a_name(fields["id"])),
            merchant_id=merchant_id,
            device_id=DeviceId(a_name(fields["device"])),
            payment_id=PaymentId(a_name(fields["payment"])),
            origin=RefundOrigin(fields["origin"]),
            what=RefundOf(fields["what"]),
            way=RefundWay(fields["way"]),
            provider=Provider(fields["provider"]),
            wallet_id=maybe_id(AccountId, fields["wallet"]),
            reference=a_name(fields["reference"]),
            amount_minor=a_whole(fields["amount"]),
            currency=a_currency(fields["currency"]),
            reason=a_text(fields["reason"]),
            requested_by=maybe_id(UserId, fields["requested_by"]),
            approved_by=maybe_id(UserId, fields["approved_by"]),
            requested_at=an_instant(fields["requested_at"]),
            status=RefundStatus(fields["status"]),
            fee_minor=a_whole(fields["fee"]),
            beyond=a_bool(fields["beyond"]),
            payment_ref=a_text(fields["payment_ref"]),
            provider_ref=a_text(fields["provider_ref"]),
            failure=None if fields["failure"] is None else read_why(fields["failure"]),
            sent_at=maybe(an_instant, fields["sent_at"]),
            settled_at=maybe(an_instant, fields["settled_at"]),
            told_at=maybe(an_instant, fields["told_at"]),
            updated_at=maybe(an_instant, fields["updated_at"]),
            revision=a_count(fields["revision"]),
            holder_id=maybe_id(HolderId, fields.get("holder")),
        )
        return refund, Cause(fields["cause"])


def read_why(value: object) -> Why:
    """Read why a refund failed; raises ValueError for a word that is none. The two lists share no word."""
    told = a_name(value)
    return FailureCode(told) if told in FailureCode.__members__.values() else ErrorCode(told)

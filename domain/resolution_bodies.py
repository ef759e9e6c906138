"""The bodies of messages about resolutions: one as it stands, and the approval that allowed it."""

from domain.approvals import Approval, approval_facts
from domain.body_values import (
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
from domain.errors import ErrorCode
from domain.ids import AccountId, DeviceId, HolderId, MerchantId, PaymentId, ResolutionId, UserId
from domain.messages import canonical_json
from domain.rails import Provider
from domain.resolutions import Act, Resolution, ResolutionStatus


def resolution_body(resolution: Resolution, approval: Approval | None = None) -> str:
    """Write a resolution as it stands; its approval travels as evidence."""
    evidence = {} if approval is None else {"approval": approval_facts(approval)}
    return canonical_json(
        {
            **evidence,
            "id": resolution.id,
            "device": resolution.device_id,
            "subject": resolution.subject_id,
            "act": resolution.act,
            "payment": resolution.payment_id,
            "wallet": resolution.wallet_id,
            "amount": resolution.amount_minor,
            "currency": resolution.currency,
            "reason": resolution.reason,
            "requested_by": resolution.requested_by,
            "approved_by": resolution.approved_by,
            "requested_at": resolution.requested_at,
            "status": resolution.status,
            "failure": resolution.failure,
            "settled_at": resolution.settled_at,
            "revision": resolution.revision,
            "holder": resolution.holder_id,
            "provider": resolution.provider,
        }
    )


def read_resolution(body: str, merchant_id: MerchantId) -> Resolution:
    """Read `resolution_body`, with or without a holder; raises RuleBroken (MESSAGE_MALFORMED, AMOUNT_INVALID)."""
    fields = fields_of(body)
    with reading("resolution"):
        return Resolution(
            id=ResolutionId(a_name(fields["id"])),
            merchant_id=merchant_id,
            device_id=DeviceId(a_name(fields["device"])),
            subject_id=a_name(fields["subject"]),
            act=Act(fields["act"]),
            payment_id=maybe_id(PaymentId, fields["payment"]),
            wallet_id=maybe_id(AccountId, fields["wallet"]),
            amount_minor=a_whole(fields["amount"]),
            currency=a_currency(fields["currency"]),
            reason=a_text(fields["reason"]),
            requested_by=maybe_id(UserId, fields["requested_by"]),
            approved_by=maybe_id(UserId, fields["approved_by"]),
            requested_at=an_instant(fields["requested_at"]),
            status=ResolutionStatus(fields["status"]),
            failure=None if fields["failure"] is None else ErrorCode(fields["failure"]),
            settled_at=maybe(an_instant, fields["settled_at"]),
            revision=a_count(fields["revision"]),
            holder_id=maybe_id(HolderId, fields.get("holder")),
            provider=maybe(_a_provider, fields.get("provider")),
        )


def _a_provider(value: object) -> Provider:
    return Provider(a_name(value))

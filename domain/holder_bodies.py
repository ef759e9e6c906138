"""The body of a message about a holder of stored value."""

from domain.body_values import a_name, an_instant, fields_of, reading
from domain.holders import Holder
from domain.ids import HolderId, MerchantId, UserId
from domain.messages import canonical_json


def holder_body(holder: Holder) -> str:
    """Write a holder as they are known now."""
    return canonical_json(
        {
            "id": holder.id,
            "name": holder.name,
            "phone": holder.phone,
            "created_by": holder.created_by,
            "created_at": holder.created_at,
        }
    )


def read_holder(body: str, merchant_id: MerchantId) -> Holder:
    """Read `holder_body`; raises RuleBroken (MESSAGE_MALFORMED, NAME_INVALID, PHONE_INVALID)."""
    fields = fields_of(body)
    with reading("holder"):
        return Holder(
            id=HolderId(a_name(fields["id"])),
            merchant_id=merchant_id,
            name=a_name(fields["name"]),
            phone=a_name(fields["phone"]),
            created_by=UserId(a_name(fields["created_by"])),
            created_at=an_instant(fields["created_at"]),
        )

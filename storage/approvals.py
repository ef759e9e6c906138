"""The approvals that were used, each with the act it allowed."""

from dataclasses import dataclass
from typing import Final

from domain.approvals import Approval, Asked, Guarded
from domain.ids import ApprovalId, DeviceId, Instant, UserId
from storage.scope import Scope
from storage.session import Row, Sql, insert_into

APPROVAL_COLUMNS: Final = (
    "a.id, a.action, a.subject_id, a.amount_minor, a.day, a.reason, a.requester_id, a.approver_id, a.granted_at, "
    "a.expires_at"
)
_USED: Final = Sql("SELECT 1 FROM approvals WHERE merchant_id = :merchant_id AND id = :id")
_ADD: Final = insert_into("approvals")


@dataclass(frozen=True, slots=True)
class SqlApprovals:
    """The used approvals of one merchant."""

    scope: Scope

    def used(self, approval_id: ApprovalId) -> bool:
        return self.scope.session.one(_USED, {"merchant_id": self.scope.merchant_id, "id": approval_id}) is not None

    def add(self, approval: Approval, device_id: DeviceId, used_by: str, used_at: Instant) -> None:
        asked = approval.asked
        self.scope.session.run(
            _ADD,
            {
                "merchant_id": self.scope.merchant_id,
                "id": approval.id,
                "device_id": device_id,
                "action": asked.action.value,
                "subject_id": asked.subject_id,
                "amount_minor": asked.amount_minor,
                "day": asked.day,
                "reason": approval.reason,
                "requester_id": approval.requester_id,
                "approver_id": approval.approver_id,
                "granted_at": approval.granted_at,
                "expires_at": approval.expires_at,
                "used_by": used_by,
                "used_at": used_at,
            },
        )


def read_approval(row: Row) -> Approval:
    """Return the approval of a row of `APPROVAL_COLUMNS`; raises ValueError for an act that there is not."""
    return Approval(
        id=ApprovalId(row[0]),
        asked=Asked(Guarded(row[1]), row[2], row[3], row[4]),
        reason=row[5],
        requester_id=UserId(row[6]),
        approver_id=UserId(row[7]),
        granted_at=Instant(row[8]),
        expires_at=Instant(row[9]),
    )

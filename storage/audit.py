"""The audit trail: entries chained per device by a hash over every column."""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from domain.errors import ErrorCode, NotFound
from domain.ids import DeviceId, Instant, MerchantId, UserId
from domain.messages import canonical_json
from domain.payments import Cause
from domain.ports import Device
from domain.trail import CAUSE, Facts, cause_of
from domain.vouchers import genesis_hash
from storage.scope import Scope
from storage.session import Sql, insert_into

_ADD: Final = insert_into("audit")
_HEAD: Final = Sql("SELECT audit_seq, audit_hash FROM devices WHERE merchant_id = :merchant_id AND id = :device_id")
_SET_HEAD: Final = Sql(
    "UPDATE devices SET audit_seq = :seq, audit_hash = :hash WHERE merchant_id = :merchant_id AND id = :device_id"
)


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """This device's trail."""

    scope: Scope
    device: Device

    def add(
        self,
        action: str,
        subject_id: str,
        actor_id: UserId | None,
        at: Instant,
        facts: Facts,
        *,
        cause: Cause | None = None,
    ) -> None:
        merchant_id, session = self.scope.merchant_id, self.scope.session
        head = session.one(_HEAD, {"merchant_id": merchant_id, "device_id": self.device.id})
        if head is None:
            raise NotFound(ErrorCode.TILL_UNKNOWN)
        seq = head[0] + 1
        prev_hash = head[1] or genesis_hash(merchant_id, self.device.id)
        told = canonical_json({**facts, CAUSE: (cause or cause_of(actor_id)).value})
        entry = {
            "merchant_id": merchant_id,
            "device_id": self.device.id,
            "seq": seq,
            "action": action,
            "subject_id": subject_id,
            "actor_id": actor_id,
            "at": at,
            "facts": told,
            "prev_hash": prev_hash,
            "hash": audit_hash(prev_hash, merchant_id, self.device.id, seq, action, subject_id, actor_id, at, told),
        }
        session.run(_ADD, entry)
        session.run(
            _SET_HEAD, {"merchant_id": merchant_id, "device_id": self.device.id, "seq": seq, "hash": entry["hash"]}
        )


def audit_hash(
    prev_hash: str,
    merchant_id: MerchantId,
    device_id: DeviceId,
    seq: int,
    action: str,
    subject_id: str,
    actor_id: UserId | None,
    at: Instant,
    facts: str,
) -> str:
    """Return SHA-256 over every column of an audit entry and the hash before it, in hex."""
    columns = [prev_hash, merchant_id, device_id, seq, action, subject_id, actor_id, at, facts]
    return hashlib.sha256(json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

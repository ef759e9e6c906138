"""What screens read of decisions: what people had done about money that needed an eye, with names and numbers."""

from typing import Any, Final

from domain.ids import MerchantId, PaymentId, VoucherId
from domain.matching import find_reference
from domain.policy import Action, Actor, require
from domain.resolutions import Act
from domain.rows import DecisionRow, Matter, MatterRow
from storage.book_queries import SEES_VOUCHER
from storage.book_reads import hidden_wallets
from storage.columns import COLUMNS
from storage.resolutions import read_resolution_row
from storage.session import Row, Session, Sql

_READ: Final = tuple(name for name in COLUMNS["resolutions"] if name != "merchant_id")
_WIDTH: Final = len(_READ)
_SELECT: Final = (
    f"SELECT {', '.join(f'r.{name}' for name in _READ)}, COALESCE(q.name, ''), COALESCE(g.name, ''), "
    "COALESCE(v.number, ''), COALESCE(p.reference, ''), COALESCE(v.memo, '') FROM resolutions r "
    "LEFT JOIN users q ON q.merchant_id = r.merchant_id AND q.id = r.requested_by "
    "LEFT JOIN users g ON g.merchant_id = r.merchant_id AND g.id = r.approved_by "
    "LEFT JOIN vouchers v ON v.merchant_id = r.merchant_id AND v.id = r.subject_id "
    "LEFT JOIN payments p ON p.merchant_id = r.merchant_id AND p.id = COALESCE(r.payment_id, r.subject_id) "
    "WHERE r.merchant_id = :merchant_id"
)
_LAST: Final = Sql(f"{_SELECT} AND r.subject_id = :subject_id ORDER BY r.requested_at DESC, r.id DESC LIMIT 1")
_OF_PAYMENT: Final = Sql(
    f"{_SELECT} AND r.status <> 'refused' AND (r.subject_id = :id OR r.payment_id = :id) ORDER BY r.requested_at, r.id"
)
_SETTLED: Final = f"{_SELECT} AND r.settled_at IS NOT NULL{{more}} ORDER BY r.settled_at DESC, r.id DESC LIMIT :limit"
_ALL_SETTLED: Final = Sql(_SETTLED.format(more=""))
_SEEN_SETTLED: Final = Sql(_SETTLED.format(more=f" AND (v.id IS NULL OR {SEES_VOUCHER})"))


def last_decision(session: Session, merchant_id: MerchantId, subject_id: str) -> DecisionRow | None:
    """Return what was decided last about a voucher's money or a payment."""
    row = session.one(_LAST, {"merchant_id": merchant_id, "subject_id": subject_id})
    return None if row is None else _decision(row, merchant_id)


def decisions_of(session: Session, merchant_id: MerchantId, payment_id: PaymentId) -> tuple[DecisionRow, ...]:
    """Return what was decided about a payment, the first first: money that was matched to it, and that it was seen."""
    rows = session.all(_OF_PAYMENT, {"merchant_id": merchant_id, "id": payment_id})
    return tuple(_decision(row, merchant_id) for row in rows)


def read_decisions(session: Session, merchant_id: MerchantId, actor: Actor, limit: int) -> list[MatterRow]:
    """Return the last that was decided, and what was refused; see `domain.ports.Queries`."""
    require(actor, Action.SEE_PAYMENTS)
    if not actor.may(Action.SEE_BALANCES):
        return []
    hides = bool(hidden_wallets(session, merchant_id, actor))
    values: dict[str, Any] = {"merchant_id": merchant_id, "viewer": actor.user_id, "limit": limit}
    rows = session.all(_SEEN_SETTLED if hides else _ALL_SETTLED, values)
    return [_matter(row, merchant_id) for row in rows]


def _matter(row: Row, merchant_id: MerchantId) -> MatterRow:
    decision = _decision(row, merchant_id)
    resolution, memo = decision.resolution, row[_WIDTH + 4]
    is_seen = resolution.act is Act.SEEN
    return MatterRow(
        kind=Matter.LATE if is_seen else Matter.UNMATCHED,
        at=resolution.settled_at or resolution.requested_at,
        name=find_reference(memo) or memo or decision.reference,
        customer="",
        due_minor=0,
        received_minor=resolution.amount_minor,
        at_stake_minor=resolution.amount_minor,
        payment_id=PaymentId(resolution.subject_id) if is_seen else resolution.payment_id,
        voucher_id=None if is_seen else VoucherId(resolution.subject_id),
        decision=decision,
        settled=True,
    )


def _decision(row: Row, merchant_id: MerchantId) -> DecisionRow:
    by, approver, number, reference = row[_WIDTH : _WIDTH + 4]
    return DecisionRow(read_resolution_row(row[:_WIDTH], merchant_id), by, approver, number, reference)

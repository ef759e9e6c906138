"""What screens read of decisions: what became of money that needed an eye, and what a provider did that still does."""

from typing import Any, Final

from domain.decision_rows import DecisionRow
from domain.ids import MerchantId, PaymentId, VoucherId
from domain.matching import find_reference
from domain.payment_rows import Matter, MatterRow
from domain.policy import Action, Actor, require
from domain.resolutions import NOTICES, Act, Resolution
from storage.book_queries import SEES_VOUCHER
from storage.book_reads import hidden_wallets
from storage.columns import COLUMNS
from storage.resolutions import read_resolution_row
from storage.session import Row, Session, Sql

_READ: Final = tuple(name for name in COLUMNS["resolutions"] if name != "merchant_id")
_WIDTH: Final = len(_READ)
_SELECT: Final = (
    f"SELECT {', '.join(f'r.{name}' for name in _READ)}, COALESCE(q.name, ''), COALESCE(g.name, ''), "
    "COALESCE(v.number, ''), COALESCE(p.reference, ''), COALESCE(f.reason, v.memo, ''), f.act, v.id "
    "FROM resolutions r "
    f"LEFT JOIN resolutions f ON f.merchant_id = r.merchant_id AND f.id = r.subject_id AND r.act = '{Act.SEEN.value}' "
    "LEFT JOIN users q ON q.merchant_id = r.merchant_id AND q.id = r.requested_by "
    "LEFT JOIN users g ON g.merchant_id = r.merchant_id AND g.id = r.approved_by "
    "LEFT JOIN vouchers v ON v.merchant_id = r.merchant_id AND v.id = COALESCE(f.subject_id, r.subject_id) "
    "LEFT JOIN payments p ON p.merchant_id = r.merchant_id AND p.id = COALESCE(r.payment_id, r.subject_id) "
    "WHERE r.merchant_id = :merchant_id"
)
_KINDS: Final = {Act.LOST: Matter.LOST, Act.FOREIGN: Matter.FOREIGN, Act.FOREIGN_GONE: Matter.FOREIGN}
_LAST: Final = Sql(
    f"{_SELECT} AND r.subject_id = :subject_id AND r.provider IS NULL ORDER BY r.requested_at DESC, r.id DESC LIMIT 1"
)
_OF_PAYMENT: Final = Sql(
    f"{_SELECT} AND r.status <> 'refused' AND (r.subject_id = :id OR r.payment_id = :id) ORDER BY r.requested_at, r.id"
)
_NOTICE: Final = f"r.act IN ({', '.join(repr(act.value) for act in sorted(NOTICES))})"
_SETTLED: Final = (
    f"{_SELECT} AND r.settled_at IS NOT NULL AND NOT {_NOTICE}{{more}} "
    "ORDER BY r.settled_at DESC, r.id DESC LIMIT :limit"
)
_ALL_SETTLED: Final = Sql(_SETTLED.format(more=""))
_SEEN_SETTLED: Final = Sql(_SETTLED.format(more=f" AND (v.id IS NULL OR {SEES_VOUCHER})"))


_UNSEEN: Final = (
    f"{_SELECT} AND r.provider IS NOT NULL AND {_NOTICE}{{more}} AND NOT EXISTS (SELECT 1 FROM resolutions s "
    "WHERE s.merchant_id = r.merchant_id AND s.subject_id = r.id AND s.status = 'done') "
    "ORDER BY r.settled_at DESC, r.id DESC LIMIT :limit"
)
_ALL_UNSEEN: Final = Sql(_UNSEEN.format(more=""))
_SEEN_UNSEEN: Final = Sql(_UNSEEN.format(more=f" AND (v.id IS NULL OR {SEES_VOUCHER})"))


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


def read_notices(session: Session, merchant_id: MerchantId, actor: Actor, limit: int) -> list[MatterRow]:
    """Return what providers did that the books cannot say, and that nobody has seen yet, as far as the actor may."""
    hides = bool(hidden_wallets(session, merchant_id, actor))
    values: dict[str, Any] = {"merchant_id": merchant_id, "viewer": actor.user_id, "limit": limit}
    rows = session.all(_SEEN_UNSEEN if hides else _ALL_UNSEEN, values)
    return [_notice(session, _decision(row, merchant_id).resolution) for row in rows]


def _notice(session: Session, told: Resolution) -> MatterRow:
    lost = told.act is Act.LOST
    return MatterRow(
        kind=_KINDS[told.act],
        at=told.requested_at,
        name=find_reference(told.reason) or told.reason,
        customer="",
        due_minor=0,
        received_minor=0,
        at_stake_minor=told.amount_minor,
        voucher_id=VoucherId(told.subject_id) if lost else None,
        decision=last_decision(session, told.merchant_id, told.id),
        notice=told,
        currency=told.currency,
    )


def _matter(row: Row, merchant_id: MerchantId) -> MatterRow:
    decision = _decision(row, merchant_id)
    resolution, memo = decision.resolution, row[_WIDTH + 4]
    seen = None if row[_WIDTH + 5] is None else Act(row[_WIDTH + 5])
    is_late = resolution.act is Act.SEEN and seen is None
    return MatterRow(
        kind=Matter.LATE if is_late else Matter.UNMATCHED if seen is None else _KINDS[seen],
        at=resolution.settled_at or resolution.requested_at,
        name=find_reference(memo) or memo or decision.reference,
        customer="",
        due_minor=0,
        received_minor=resolution.amount_minor if seen is None else 0,
        at_stake_minor=resolution.amount_minor,
        payment_id=PaymentId(resolution.subject_id) if is_late else resolution.payment_id,
        voucher_id=VoucherId(row[_WIDTH + 6]) if row[_WIDTH + 6] and not is_late else None,
        decision=decision,
        settled=True,
        currency=resolution.currency,
    )


def _decision(row: Row, merchant_id: MerchantId) -> DecisionRow:
    by, approver, number, reference = row[_WIDTH : _WIDTH + 4]
    return DecisionRow(read_resolution_row(row[:_WIDTH], merchant_id), by, approver, number, reference)

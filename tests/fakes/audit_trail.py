"""A trail in memory for presenters and views: rows that a test puts in, and what was opened and written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from domain.ids import Instant, PaymentId, VoucherId
from domain.payments import Cause
from domain.policy import Action, Actor, require
from domain.trail import AuditFilter, AuditPage, AuditRow, Fact, Place
from tests.fakes.small_shop import DEVICE, NOON, OWNER
from ui.presenters.audit import AuditPresenter
from ui.presenters.desk import Desk


def an_entry(seq: int, action: str = "payment.cancelled", **changes: object) -> AuditRow:
    """Return an entry of the owner's."""
    row = AuditRow(
        seq=seq,
        device_id=DEVICE,
        at=Instant(NOON + seq * 1_000),
        action=action,
        actor_id=OWNER.user_id,
        actor=OWNER.name,
        cause=Cause.PERSON,
        subject_id=f"subject-{seq}",
        record=f"BANA01A{seq:06d}",
        facts=(Fact("amount", 45_000), Fact("status", "cancelled", "pending", is_change=True)),
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # fields by name


@dataclass
class FixedTrail:
    """Answers pages of `rows`, newest first; a page looks at `looked_at` of them."""

    rows: list[AuditRow] = field(default_factory=list)
    looked_at: int = 1_000
    asked: list[AuditFilter] = field(default_factory=list)

    def audit(self, actor: Actor, wanted: AuditFilter, limit: int, before: Place | None) -> AuditPage:
        """Return a page as the till's reads do."""
        require(actor, Action.SEE_AUDIT)
        self.asked.append(wanted)
        older: Sequence[AuditRow] = [row for row in self.rows if before is None or row.seq < before[1]]
        seen = older[: min(self.looked_at, limit)]
        found = [row for row in seen if wanted.actor_id in (None, row.actor_id) and wanted.text in row.record]
        more = len(seen) < len(older)
        return AuditPage(tuple(found), (DEVICE, seen[-1].seq) if more else None)


@dataclass
class Opened:
    """What was asked of the program around the trail."""

    vouchers: list[VoucherId] = field(default_factory=list)
    payments: list[PaymentId] = field(default_factory=list)
    written: list[tuple[Path, str, str]] = field(default_factory=list)

    def write(self, path: Path, since: str, until: str) -> int:
        """Write nothing and say so much."""
        self.written.append((path, since, until))
        return 7


def a_trail(desk: Desk, opened: Opened | None = None) -> AuditPresenter:
    """Return the presenter of the trail at a desk."""
    around = opened or Opened()
    return AuditPresenter(desk, around.write, around.vouchers.append, around.payments.append)

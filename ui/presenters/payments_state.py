"""What the list of payments shows: the rows read so far, the open payment, and what may be done with it."""

from dataclasses import dataclass
from typing import Final

from domain.errors import DomainError
from domain.ids import PaymentId
from domain.payment_rows import PaymentDetail, PaymentRow
from ui.presenters.payment_search import PLAIN, Wanted


@dataclass(frozen=True, slots=True)
class PaymentsState:
    """The rows read so far, newest first; `complete` when there are no more. `detail` stands in the drawer.

    `loaded` is False before the first answer to what is wanted now, so that nothing claims to be empty too early.
    `reason` is what was typed of why the open sale is taken back.
    """

    wanted: Wanted = PLAIN
    rows: tuple[PaymentRow, ...] = ()
    loaded: bool = False
    complete: bool = False
    too_many: bool = False
    chosen: PaymentId | None = None
    detail: PaymentDetail | None = None
    can_cancel: bool = False
    asking_cancel: bool = False
    can_confirm: bool = False
    can_collect: bool = False
    can_void: bool = False
    can_refund: bool = False
    can_take: bool = False
    can_write_off: bool = False
    can_keep: bool = False
    can_see: bool = False
    can_settle: bool = False
    can_bounce: bool = False
    takes_cheques: bool = False
    asking_void: bool = False
    voiding: bool = False
    reason: str = ""
    problem: DomainError | None = None


NOTHING_OFFERED: Final = dict.fromkeys(
    (
        *("can_cancel", "can_confirm", "can_collect", "can_void", "can_refund", "can_take"),
        *("can_write_off", "can_keep", "can_see", "can_settle", "can_bounce"),
    ),
    False,
)
"""No act is offered while it is not known what the open payment allows."""

NOT_ASKED: Final = {"asking_void": False, "voiding": False, "reason": "", "problem": None}
"""Nothing is asked about the open payment, and nothing was typed about it."""

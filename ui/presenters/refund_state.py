"""What the sheet of a refund shows: the form of a new one, or one that stands."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.errors import DomainError
from domain.holder_ports import HolderRow
from domain.ids import PaymentId
from domain.rails import Method, Provider
from domain.refundable import NOTHING, Refundable, goes_back
from domain.refunds import WAYS, Refund, RefundOf, RefundWay, Word
from domain.rows import VoucherRow
from ui.presenters.holder_choice import HolderChoice
from ui.presenters.own_print import OwnPaper
from ui.presenters.paying_out import DRAWER, PayingWallet

KINDS: Final = (RefundOf.EXCESS, RefundOf.HELD, RefundOf.SALE)
"""What may be given back, in the order in which it is offered: what is not the sale's goes first."""


class RefundStage(StrEnum):
    """What the sheet shows: nothing, the form of a new refund, or one that stands."""

    CLOSED = "closed"
    FORM = "form"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class RefundState:
    """What the sheet draws; amounts are minor units, `amount` is as it was typed and `amount_minor` None if unreadable.

    `left` is what may be given back of the payment, `whole_only` that its provider gives back nothing but all of it.
    `asks` says that somebody else's word will be needed. `shown` is the refund that was just made (`fresh`), or was
    opened; `approved_by` and `asked_by` are names, `voucher` books it, once they were read. Who made it may print that
    voucher (`can_print`), `paper` is then what goes to the printer. `keeper` is who keeps it as credit.
    """

    stage: RefundStage = RefundStage.CLOSED
    payment: PaymentId | None = None
    reference: str = ""
    method: Method = Method.CASH
    provider: Provider = Provider.NONE
    received_minor: int = 0
    left: Refundable = NOTHING
    what: RefundOf = RefundOf.SALE
    ways: tuple[RefundWay, ...] = ()
    way: RefundWay = RefundWay.WALLET
    wallets: tuple[PayingWallet, ...] = (DRAWER,)
    wallet: PayingWallet = DRAWER
    keeper: HolderChoice = field(default_factory=HolderChoice)
    amount: str = ""
    amount_minor: int | None = None
    reason: str = ""
    asks: bool = False
    saving: bool = False
    shown: Refund | None = None
    word: Word = Word.NOT_SENT
    fresh: bool = False
    asked_by: str = ""
    approved_by: str = ""
    voucher: VoucherRow | None = None
    can_open_voucher: bool = False
    can_print: bool = False
    paper: OwnPaper | None = None
    can_cancel: bool = False
    asking_cancel: bool = False
    problem: DomainError | None = None

    @property
    def kinds(self) -> tuple[RefundOf, ...]:
        """What of the payment there is to be given back."""
        return tuple(kind for kind in KINDS if self.left.of(kind) > 0)

    @property
    def offered_ways(self) -> tuple[RefundWay, ...]:
        """By which ways what is chosen may go."""
        return tuple(way for way in self.ways if self.what in WAYS[way].of)

    @property
    def names_holder(self) -> bool:
        """Whether somebody's phone number is needed."""
        return WAYS[self.way].names_holder

    @property
    def is_new(self) -> bool:
        """Whether nobody is known by the number, so that a name is needed."""
        return self.names_holder and self.keeper.is_new

    @property
    def holder(self) -> HolderRow | None:
        """Who is known by the number."""
        return self.keeper.holder

    @property
    def too_much(self) -> bool:
        """Whether more was typed than is left."""
        return self.amount_minor is not None and self.amount_minor > self.left.of(self.what)

    @property
    def whole_only(self) -> bool:
        """Whether the amount cannot go back by its provider, because that gives back all or nothing."""
        amount = self.amount_minor
        if self.way is not RefundWay.ORIGINAL or not amount or self.too_much:
            return False
        return not goes_back(self.method, self.provider, amount, self.received_minor)

    @property
    def can_submit(self) -> bool:
        """Whether everything needed is there."""
        typed = (
            bool(self.amount_minor) and bool(self.reason.strip()) and (not self.names_holder or self.keeper.is_named)
        )
        return typed and not self.too_much and not self.whole_only and not self.saving

"""Says aloud what became of the payment on screen; the paid sound is for money that is sure and complete."""

from typing import Final

from domain.display import CounterStatus
from domain.rails import Method
from ui.presenters.charge_state import ShownPayment
from ui.presenters.desk import Desk
from ui.presenters.presenter import Words
from ui.sound import Sound

_TEXTS: Final = {
    CounterStatus.PREPARING: "preparing.announce",
    CounterStatus.PENDING: "pending.announce",
    CounterStatus.UNKNOWN: "unknown.announce",
    CounterStatus.HELD: "held.announce",
    CounterStatus.NOTED: "noted.announce",
    CounterStatus.PAID: "paid.announce",
    CounterStatus.BY_HAND: "by_hand.announce",
    CounterStatus.SHORT: "short.announce",
    CounterStatus.LATE: "late.announce",
    CounterStatus.OVER: "over.announce",
    CounterStatus.FAILED: "failed.announce",
    CounterStatus.EXPIRED: "expired.announce",
    CounterStatus.CANCELLED: "cancelled.announce",
}

_SOUNDS: Final = {
    CounterStatus.PAID: (Sound.PAID,),
    CounterStatus.OVER: (Sound.PAID, Sound.NOTICE),
    CounterStatus.SHORT: (Sound.SHORT,),
    CounterStatus.LATE: (Sound.NOTICE,),
    CounterStatus.HELD: (Sound.NOTICE,),
    CounterStatus.FAILED: (Sound.ERROR,),
}
"""UX 1.4; a short payment, or money only held, never sounds like a paid one; a confirmation by hand makes no sound."""


def tell_outcome(desk: Desk, payment: ShownPayment, aloud: bool) -> None:
    """Announce a payment's new status and, if `aloud`, play its sound."""
    noted = payment.status is CounterStatus.NOTED
    if (payment.is_part and not noted) or (noted and payment.change_minor):
        _tell_part(desk, payment, aloud)
        return
    key = "paid.change_announce" if payment.change_minor else _TEXTS[payment.status]
    desk.notices.announce(
        Words.of(
            key,
            amount=payment.excess_minor if payment.status is CounterStatus.OVER else payment.amount_minor,
            change=payment.change_minor,
            received=payment.received_minor,
            expected=payment.amount_minor,
            method=payment.method.value,
        )
    )
    for sound in _SOUNDS.get(payment.status, ()):
        if aloud and not payment.by_hand:
            desk.sounds.play(sound)


def _tell_part(desk: Desk, payment: ShownPayment, aloud: bool) -> None:
    """Announce what came of a sale of which more is missing; a provider's proof is heard, but never as paid."""
    key = "part.change_announce" if payment.change_minor else "part.announce"
    facts = {"received": payment.received_minor, "missing": payment.sale.missing_minor, "change": payment.change_minor}
    desk.notices.announce(Words.of(key, **facts))
    if aloud and payment.status is not CounterStatus.BY_HAND and payment.method is not Method.CASH:
        desk.sounds.play(Sound.NOTICE)

"""A restored till takes its own place anew: the former device's series ends, its own begins with the next letter."""

from typing import Final

from domain.errors import Conflict, DomainError, ErrorCode, NotFound, RuleBroken
from domain.ids import DeviceId, Instant
from server.limits import RESTORE_REFUSED, RateLimits
from storage.hub import HubUnitOfWork
from storage.hub_feed import hub_epoch
from storage.hub_successions import Seat, first_handed_over, hand_over, last_letter, seat_of
from storage.hub_tills import KnownTill
from storage.hub_units import HubUnits
from storage.incarnations import next_letter
from sync.wire import SuccessionAnswer, SuccessionRequest

DAY_MS: Final = 24 * 3_600_000
LETTERS_A_DAY: Final = 6
"""So many letters of a till code are given within a day: one restore takes one, and whoever stole a token not all."""

_TOLD: Final = frozenset({ErrorCode.RESTORED_TOO_OFTEN, ErrorCode.LETTERS_SPENT})


def succeed(units: HubUnits, till: KnownTill, request: SuccessionRequest, at: Instant) -> SuccessionAnswer:
    """Put the calling till's new device in the place of the one its token belonged to; again is as once.

    A letter that is not behind all letters of the till code is not accepted: the answer names the next one, and nothing
    is changed. From an accepted succession on, whoever goes on as the former device is refused. Raises
    Conflict(TILL_FORKED) for a device that has lost its place to a later one, NotFound(TILL_UNKNOWN) for a till
    that was shut out since its token was looked at, RuleBroken: RESTORED_TOO_OFTEN for a letter that is more than
    LETTERS_A_DAY behind the one of a day ago, LETTERS_SPENT behind Z.
    """

    def op(uow: HubUnitOfWork) -> SuccessionAnswer:
        former = seat_of(uow.session, till.merchant_id, till.device_id)
        if former is None:
            raise NotFound(ErrorCode.TILL_UNKNOWN)
        return _seat(uow, till, former, request, at)

    return units.run(till.merchant_id, op)


def _seat(
    uow: HubUnitOfWork, till: KnownTill, former: Seat, request: SuccessionRequest, at: Instant
) -> SuccessionAnswer:
    session, heir = uow.session, DeviceId(request.device_id)
    epoch = hub_epoch(session)
    if heir == till.device_id:
        return SuccessionAnswer(hub_epoch=epoch, accepted=True, incarnation=former.incarnation)
    if seat_of(session, till.merchant_id, heir) is not None:
        raise Conflict(ErrorCode.TILL_FORKED)
    last = last_letter(session, till.merchant_id, former.code)
    if request.incarnation <= last:
        return SuccessionAnswer(hub_epoch=epoch, accepted=False, incarnation=next_letter([last]))
    start = first_handed_over(session, till.merchant_id, former.code, Instant(at - DAY_MS)) or last
    if ord(request.incarnation) - ord(start) > LETTERS_A_DAY:
        raise RuleBroken(ErrorCode.RESTORED_TOO_OFTEN, limit=LETTERS_A_DAY)
    hand_over(session, till.merchant_id, till.device_id, heir, former.code, request.incarnation, at)
    closed: dict[str, str | int | None] = {
        "former": f"{former.code}{former.incarnation}",
        "now": f"{former.code}{request.incarnation}",
        "last_chain_seq": former.voucher_seq,
        "last_hash": former.voucher_hash,
    }
    uow.audit.add("till.restored", till.device_id, None, at, closed)
    return SuccessionAnswer(hub_epoch=epoch, accepted=True, incarnation=request.incarnation)


def note_refusal(
    units: HubUnits, rates: RateLimits, till: KnownTill, request: SuccessionRequest, at: Instant, refusal: DomainError
) -> None:
    """Tell the owner in the trail of a restore that was refused for its letter, once a day and till at most."""
    caller = f"{till.merchant_id}/{till.device_id}"
    if refusal.code not in _TOLD or not rates.allow(RESTORE_REFUSED, caller, at):
        return
    facts = {"wanted": request.incarnation, "code": refusal.code.value}
    units.run(till.merchant_id, lambda uow: uow.audit.add("till.restore_refused", till.device_id, None, at, facts))

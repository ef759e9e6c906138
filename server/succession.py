"""A restored till takes its own place anew: the former device's series ends, its own begins with the next letter."""

from domain.errors import Conflict, ErrorCode, NotFound
from domain.ids import DeviceId, Instant
from storage.hub import HubUnitOfWork
from storage.hub_feed import hub_epoch
from storage.hub_successions import Seat, hand_over, last_letter, seat_of
from storage.hub_tills import KnownTill
from storage.hub_units import HubUnits
from storage.incarnations import next_letter
from sync.wire import SuccessionAnswer, SuccessionRequest


def succeed(units: HubUnits, till: KnownTill, request: SuccessionRequest, at: Instant) -> SuccessionAnswer:
    """Put the calling till's new device in the place of the one its token belonged to; again is as once.

    A letter that is not behind all letters of the till code is not accepted: the answer names the next one, and nothing
    is changed. From an accepted succession on, whoever goes on as the former device is refused. Raises
    Conflict(TILL_FORKED) for a device that has lost its place to a later one, NotFound(TILL_UNKNOWN) for a till
    that was shut out since its token was looked at.
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
    hand_over(session, till.merchant_id, till.device_id, heir, former.code, request.incarnation, at)
    closed: dict[str, str | int | None] = {
        "former": f"{former.code}{former.incarnation}",
        "now": f"{former.code}{request.incarnation}",
        "last_chain_seq": former.voucher_seq,
        "last_hash": former.voucher_hash,
    }
    uow.audit.add("till.restored", till.device_id, None, at, closed)
    return SuccessionAnswer(hub_epoch=epoch, accepted=True, incarnation=request.incarnation)

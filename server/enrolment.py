"""Letting tills in: one-time codes, enrolment, the embedded hub's own till; and shutting a till out."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

from domain.bodies import typed
from domain.errors import Conflict, ErrorCode, NotPermitted
from domain.ids import DeviceId, Instant, MerchantId, UserId
from domain.ports import Device, Shop
from server.auth import token_hash
from server.people_keys import enrol_with_key
from server.vault import Vault
from storage.audit import SqlAudit
from storage.hub import HubUnitOfWork, lock_merchant
from storage.hub_feed import hub_epoch
from storage.hub_people import end_sessions_at
from storage.hub_successions import is_earlier_life
from storage.hub_tills import (
    KnownTill,
    add_device,
    add_enrolment_code,
    add_till,
    name_device,
    next_till_code,
    revoke_till,
    standing_device,
    till_by_token,
    use_enrolment_code,
)
from storage.hub_units import HubUnits
from storage.scope import HUB_CODE, Scope
from storage.session import Session
from storage.setup import TillSetup, create_hub, create_merchant
from sync.wire import EnrolAnswer, EnrolRequest

INVITATION_MS: Final = 30 * 60 * 1000
CODE_LENGTH: Final = 10
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Thirty-two letters that are not taken for one another; ten of them are fifty bits."""

FIRST_INCARNATION: Final = "A"


def random_code() -> str:
    """Return a fresh one-time code as people read it: `7KQ2M-X4TCA`."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return f"{letters[: CODE_LENGTH // 2]}-{letters[CODE_LENGTH // 2 :]}"


def create_invitation(
    units: HubUnits,
    merchant_id: MerchantId,
    at: Instant,
    *,
    by: UserId | None = None,
    lifetime_ms: int = INVITATION_MS,
    new_code: Callable[[], str] = random_code,
) -> str:
    """Return a code that lets one till of the merchant in until it is used or `lifetime_ms` have passed.

    The hub keeps its hash alone. `by` is the person who invites, None for the operator. Raises NotFound(TILL_UNKNOWN)
    for an unknown merchant.
    """
    code = new_code()

    def op(uow: HubUnitOfWork) -> None:
        until = Instant(at + lifetime_ms)
        add_enrolment_code(uow.session, merchant_id, _code_hash(code), at, until)
        uow.audit.add("till.invited", merchant_id, by, at, {"until": until})

    units.run(merchant_id, op)
    return code


def enrol(
    units: HubUnits, request: EnrolRequest, token: str, at: Instant, *, vault: Vault | None = None
) -> EnrolAnswer:
    """Let a till in with its one-time code; the token is told here and never again, the hub keeps its hash.

    A device that the shop knows gets its old place back if it issued nothing here or was shut out; a new one gets
    the next till code. With the `vault` it is told the key of the shop's people. Raises
    NotPermitted(ENROLMENT_INVALID).
    """
    device_id = DeviceId(request.device_id)

    def op(session: Session) -> EnrolAnswer:
        merchant_id = use_enrolment_code(session, _code_hash(request.code), device_id, at)
        locked = lock_merchant(session, merchant_id)
        if locked is None:
            raise NotPermitted(ErrorCode.ENROLMENT_INVALID)
        shop, hub = locked
        till = _place(session, merchant_id, device_id)
        add_till(session, merchant_id, device_id, token_hash(token), at)
        if name := typed(request.name):
            name_device(session, merchant_id, device_id, name)
        facts = {"till": f"{till.code}{till.incarnation}"}
        SqlAudit(Scope(session, merchant_id), hub).add("till.let_in", device_id, None, at, facts)
        answer = _answer(shop, hub, till, token, hub_epoch(session))
        if vault is None:
            return answer
        known = KnownTill(merchant_id, device_id)
        return answer.model_copy(update={"people_key": enrol_with_key(session, vault, known, at)})

    return units.read(op)


def connect_embedded_till(units: HubUnits, setup: TillSetup, token: str, epoch: str, at: Instant) -> str:
    """Make the hub know the one till it belongs to, and let it in with `token`; called at every start.

    The first time it opens the shop's books with the till's own ids; `epoch` is the hub's if it has none yet. Returns
    the hub's epoch. Raises Conflict(ID_REUSED) if the hub knows the till in another place.
    """
    create_hub(units, epoch, at)
    create_merchant(units, setup, at)

    def op(session: Session) -> str:
        lock_merchant(session, setup.merchant_id)
        known = till_by_token(session, token_hash(token))
        if known and is_earlier_life(session, setup.merchant_id, setup.device_id, of=known.device_id):
            return hub_epoch(session)  # it was restored since, and is in as what it is now
        standing = standing_device(session, setup.merchant_id, setup.device_id)
        if standing is None:
            add_device(session, setup.merchant_id, setup.device_id, setup.till_code, setup.incarnation)
        elif (standing.code, standing.incarnation) != (setup.till_code, setup.incarnation):
            raise Conflict(ErrorCode.ID_REUSED)
        add_till(session, setup.merchant_id, setup.device_id, token_hash(token), at)
        return hub_epoch(session)

    return units.read(op)


def shut_out(
    units: HubUnits, merchant_id: MerchantId, device_id: DeviceId, at: Instant, *, by: UserId | None = None
) -> bool:
    """Revoke a till's token at once, for the person `by` or the operator; False if it was not in.

    Whoever signed in at the hub from there is signed out.
    """

    def op(uow: HubUnitOfWork) -> bool:
        was_in = revoke_till(uow.session, merchant_id, device_id, at)
        if was_in:
            end_sessions_at(uow.session, merchant_id, device_id)
            uow.audit.add("till.shut_out", device_id, by, at, {})
        return was_in

    return units.run(merchant_id, op)


def _place(session: Session, merchant_id: MerchantId, device_id: DeviceId) -> Device:
    standing = standing_device(session, merchant_id, device_id)
    if standing is not None:
        if standing.code == HUB_CODE or not standing.may_return:
            raise NotPermitted(ErrorCode.ENROLMENT_INVALID)
        return Device(device_id, standing.code, standing.incarnation)
    code = next_till_code(session, merchant_id)
    add_device(session, merchant_id, device_id, code, FIRST_INCARNATION)
    return Device(device_id, code, FIRST_INCARNATION)


def _answer(shop: Shop, hub: Device, till: Device, token: str, epoch: str) -> EnrolAnswer:
    return EnrolAnswer(
        merchant_id=shop.merchant_id,
        shop_name=shop.name,
        currency=shop.currency,
        zone=shop.zone,
        till_code=till.code,
        incarnation=till.incarnation,
        token=token,
        hub_device_id=hub.id,
        hub_epoch=epoch,
    )


def _code_hash(code: str) -> str:
    """Return what the hub keeps of a code; blanks, hyphens and case are people's."""
    letters = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(f"enrolment:{letters}".encode()).hexdigest()

"""The lives of a till: each restore begins a new one, a device of its own with the next letter in every number."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from types import MappingProxyType
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.ids import DeviceId, Instant, MerchantId
from domain.messages import Succession
from domain.payments import Cause
from domain.ports import Device
from storage.audit import SqlAudit
from storage.hub_tills import add_device
from storage.scope import Scope
from storage.session import Session, Sql, insert_into
from storage.till import read_self

_LIVES: Final = "former-lives"
_UNTOLD: Final = "untold-succession"
_DOUBLED: Final = "doubled"

_KEEP: Final = insert_into("preferences", on_conflict="ON CONFLICT (key) DO UPDATE SET value = excluded.value")
_KEPT: Final = Sql("SELECT value FROM preferences WHERE key = :key")
_FORGET: Final = Sql("DELETE FROM preferences WHERE key = :key")
_LAST_QUEUED: Final = Sql("SELECT COALESCE(MAX(seq), 0) FROM outbox")
_BECOME: Final = Sql("UPDATE till_self SET device_id = :device_id WHERE one = 1")
_ISSUED: Final = Sql(
    "SELECT voucher_seq + reference_seq FROM devices WHERE merchant_id = :merchant_id AND id = :device_id"
)
_RELABEL: Final = Sql(
    "UPDATE devices SET incarnation = :letter, name = :name WHERE merchant_id = :merchant_id AND id = :device_id"
)
_LETTERS: Final = Sql("SELECT incarnation FROM devices WHERE merchant_id = :merchant_id AND code = :code")


@dataclass(frozen=True, slots=True)
class FormerLife:
    """A device that this till was; what it queued, up to `last_queued` in the outbox, is told in its name."""

    device_id: DeviceId
    last_queued: int


def next_letter(given: Iterable[str]) -> str:
    """Return the letter behind all that were given; raises RuleBroken(LETTERS_SPENT) behind Z."""
    last = max(given, default="")
    following = [letter for letter in ascii_uppercase if letter > last]
    if not following:
        raise RuleBroken(ErrorCode.LETTERS_SPENT)
    return following[0]


def letters_given(session: Session, merchant_id: MerchantId, code: str) -> set[str]:
    """Return the letters of every device with a till code that this database has met."""
    return {str(row[0]) for row in session.all(_LETTERS, {"merchant_id": merchant_id, "code": code})}


def begin_life(
    session: Session,
    device_id: DeviceId,
    letter: str,
    at: Instant,
    cause: Cause,
    facts: Mapping[str, str | int | None] = MappingProxyType({}),
) -> Device:
    """Make the till go on as a new device with the same code and another letter, and note it in that one's trail.

    The hub is told at the next contact; the former device stays with all that it issued and with what it queued.
    """
    shop, former = read_self(session)
    device = Device(device_id, former.code, letter)
    lives = [*former_lives(session), FormerLife(former.id, _last_queued(session))]
    add_device(session, shop.merchant_id, device.id, device.code, device.incarnation)
    session.run(_BECOME, {"device_id": device.id})
    kept = json.dumps([[life.device_id, life.last_queued] for life in lives])
    session.run(_KEEP, {"key": _LIVES, "value": kept})
    session.run(_KEEP, {"key": _UNTOLD, "value": device.id})
    _note(session, shop.merchant_id, former, device, at, cause, facts)
    return device


def relabel(session: Session, letter: str, at: Instant) -> Device | None:
    """Give the till another letter because the hub had given away its own; None if it has used that one already."""
    shop, former = read_self(session)
    issued = session.one(_ISSUED, {"merchant_id": shop.merchant_id, "device_id": former.id})
    if issued is None or issued[0]:
        return None
    device = Device(former.id, former.code, letter)
    values = {"merchant_id": shop.merchant_id, "device_id": device.id, "letter": letter}
    session.run(_RELABEL, {**values, "name": f"{device.code}{letter}"})
    _note(session, shop.merchant_id, former, device, at, Cause.HUB, {})
    return device


def mark_doubled(session: Session) -> None:
    """Note that this till has given numbers that another life of it had given before."""
    session.run(_KEEP, {"key": _UNTOLD, "value": _DOUBLED})


def former_lives(session: Session) -> tuple[FormerLife, ...]:
    """Return the devices that this till was, the first one first."""
    kept = _kept(session, _LIVES)
    return tuple(FormerLife(DeviceId(device), last) for device, last in json.loads(kept)) if kept else ()


def teller_of(lives: Iterable[FormerLife], now: DeviceId, queued: int) -> DeviceId:
    """Return the device in whose name the message at a place of the outbox is told."""
    return next((life.device_id for life in lives if queued <= life.last_queued), now)


def untold_succession(session: Session) -> Succession | None:
    """Return what the hub has not confirmed yet: that this till goes on as another device."""
    untold = _kept(session, _UNTOLD)
    if untold is None:
        return None
    _, device = read_self(session)
    return Succession(device.id, device.incarnation, untold == _DOUBLED)


def succession_told(session: Session) -> None:
    """Note that the hub knows."""
    session.run(_FORGET, {"key": _UNTOLD})


def _note(
    session: Session,
    merchant_id: MerchantId,
    former: Device,
    device: Device,
    at: Instant,
    cause: Cause,
    facts: Mapping[str, str | int | None],
) -> None:
    told = {"former": f"{former.code}{former.incarnation}", "now": f"{device.code}{device.incarnation}", **facts}
    SqlAudit(Scope(session, merchant_id), device).add("till.restored", former.id, None, at, told, cause=cause)


def _last_queued(session: Session) -> int:
    row = session.one(_LAST_QUEUED, {})
    return int(row[0]) if row else 0


def _kept(session: Session, key: str) -> str | None:
    row = session.one(_KEPT, {"key": key})
    return None if row is None else str(row[0])

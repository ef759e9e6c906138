"""Signing in at the hub: a person's PIN, checked by the hub's own clock and lock, for a quarter of an hour."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain.errors import ErrorCode
from domain.ids import Instant, UserId
from domain.people import lock_ms
from domain.trail import Facts
from server.auth import token_hash
from server.people_keys import people_key_of
from server.person_sessions import SESSION_MS
from server.problems import Refusal
from server.vault import Vault
from storage.hub import HubUnitOfWork
from storage.hub_people import Tries, begin_session, end_session, save_hub_tries, tries_of
from storage.hub_tills import KnownTill
from storage.hub_units import HubUnits
from storage.pins import Argon2Pins
from sync.wire import PersonSignedIn, PersonSignIn

AT_ONCE: Final = 2
"""So many PINs are checked at once: each takes 64 MiB and a tenth of a second."""

_checking: Final = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class SignIns:
    """Lets people in at the hub from a till; slow by design, so it runs beside the event loop."""

    units: HubUnits
    vault: Vault
    new_token: Callable[[], str]

    def sign_in(self, till: KnownTill, asked: PersonSignIn, at: Instant) -> PersonSignedIn:
        """Return a token for the person whose PIN this is; the hub keeps its hash.

        Somebody unknown or disabled is answered like a wrong PIN, and as late. Raises Refusal: 409 KEY_MISSING before
        the shop's people key is known, 403 PIN_LOCKED with the seconds to wait, 403 PIN_WRONG.
        """
        person_id = UserId(asked.person_id)
        merchant_id = till.merchant_id
        people_key, tries = self.units.read_of(
            merchant_id,
            lambda session: (
                people_key_of(session, self.vault, merchant_id),
                tries_of(session, merchant_id, person_id, till.device_id),
            ),
        )
        if people_key is None:
            raise Refusal(ErrorCode.KEY_MISSING, 409)
        if tries is None or tries.user.disabled_at is not None:
            _checked(people_key, _nobodys_hash(), asked.pin)
            raise Refusal(ErrorCode.PIN_WRONG, 403)
        _refuse_if_locked(tries, at)
        right = _checked(people_key, tries.user.pin_hash, asked.pin)
        token = self.new_token()
        outcome = self.units.run(merchant_id, lambda uow: _record(uow, till, tries, right, token, at))
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def sign_out(self, till: KnownTill, token: str) -> bool:
        """End a sign-in; False if there is none."""
        merchant_id, hashed = till.merchant_id, token_hash(token)
        return self.units.read_of(merchant_id, lambda session: end_session(session, merchant_id, hashed))


def _checked(people_key: bytes, pin_hash: str, pin: str) -> bool:
    with _checking:
        return Argon2Pins(people_key).matches(pin_hash, pin)


@cache
def _nobodys_hash() -> str:
    """Return a hash that no PIN has, for whoever is unknown; made like any other."""
    return Argon2Pins(bytes(32)).hash("nobody")


def _refuse_if_locked(tries: Tries, at: Instant) -> None:
    if tries.locked_until is not None and tries.locked_until > at:
        raise Refusal(ErrorCode.PIN_LOCKED, 403, retry_after_s=-(-(tries.locked_until - at) // 1000))


def _record(
    uow: HubUnitOfWork, till: KnownTill, seen: Tries, right: bool, token: str, at: Instant
) -> PersonSignedIn | Refusal:
    """Count a PIN, and let its person in if nothing has changed since it was checked; a refusal is committed too."""
    user = seen.user
    tries = tries_of(uow.session, till.merchant_id, user.id, till.device_id)
    if tries is None or (tries.user.pin_hash, tries.user.disabled_at) != (user.pin_hash, None):
        return Refusal(ErrorCode.PIN_WRONG, 403)
    try:
        _refuse_if_locked(tries, at)
    except Refusal as locked:
        return locked
    failures = 0 if right else tries.failures + 1
    lock = lock_ms(failures)
    until = Instant(at + lock) if lock else None
    save_hub_tries(uow.session, till.merchant_id, user.id, till.device_id, failures, until)
    facts: Facts = {"failures": failures, "device": till.device_id}
    uow.audit.add("hub.signed_in" if right else "pin.wrong", user.id, user.id, at, facts)
    if until is not None:
        uow.audit.add(
            "pin.locked", user.id, None, at, {"name": tries.user.name, "until": until, "device": till.device_id}
        )
    if not right:
        return Refusal(ErrorCode.PIN_WRONG, 403)
    ends = Instant(at + SESSION_MS)
    begin_session(uow.session, till.merchant_id, user.id, till.device_id, token_hash(token), at, ends)
    return PersonSignedIn(token=token, until=ends)

"""Who calls: a till by its bearer token, of which the hub keeps only the hash."""

import hashlib
from dataclasses import dataclass
from typing import Final

from domain.errors import ErrorCode
from domain.ids import Instant
from server.limits import HEARD, STRANGER, TILL, RateLimits
from server.problems import Refusal
from storage.hub_tills import KnownTill, hear_till, till_by_token
from storage.hub_units import HubUnits
from storage.session import Session

LONGEST_TOKEN: Final = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request shows of its sender: the Authorization header as it came, and the address."""

    authorization: str
    address: str


def token_hash(token: str) -> str:
    """Return what the hub keeps of a token (SHA-256, hex); 32 random bytes need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer_token(authorization: str) -> str | None:
    """Return the token of an Authorization header (RFC 6750), or None if it holds none."""
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    usable = scheme.lower() == "bearer" and 0 < len(token) <= LONGEST_TOKEN and token.isascii()
    return token if usable else None


def find_till(units: HubUnits, authorization: str) -> KnownTill | None:
    """Return the till that shows a good token in an Authorization header, or None; raises StorageUnavailable."""
    token = bearer_token(authorization)
    if token is None:
        return None
    hashed = token_hash(token)
    return units.read(lambda session: till_by_token(session, hashed))


def still_admitted(session: Session, caller: Caller) -> KnownTill:
    """Return the till that calls as it stands in a transaction that holds its merchant's lock.

    Raises Refusal(TILL_UNKNOWN) for one that was shut out, or given another token, since it was admitted.
    """
    token = bearer_token(caller.authorization)
    till = till_by_token(session, token_hash(token)) if token else None
    if till is None:
        raise Refusal(ErrorCode.TILL_UNKNOWN)
    return till


def admit(units: HubUnits, rates: RateLimits, caller: Caller, at: Instant) -> KnownTill:
    """Return the till that calls; the merchant is never told by anything but its token.

    Raises Refusal: TILL_UNKNOWN for no, a false or a revoked token, 429 for a caller who asks too often.
    """
    till = find_till(units, caller.authorization)
    if till is None:
        if not rates.allow(STRANGER, caller.address, at):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
        raise Refusal(ErrorCode.TILL_UNKNOWN)
    name = f"{till.merchant_id}/{till.device_id}"
    if not rates.allow(TILL, name, at):
        raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
    if rates.allow(HEARD, name, at):
        units.read_of(till.merchant_id, lambda session: hear_till(session, till.merchant_id, till.device_id, at))
    return till

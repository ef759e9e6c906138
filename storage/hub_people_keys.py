"""The sealed key under which a merchant's PINs are hashed and its people are told of, and which tills were given it."""

from typing import Final

from domain.ids import DeviceId, Instant, MerchantId
from storage.session import Session, Sql, insert_into

_KEEP: Final = insert_into(
    "people_keys",
    on_conflict="ON CONFLICT (merchant_id) DO UPDATE SET key_version = excluded.key_version, sealed = excluded.sealed",
)
_KEPT: Final = Sql("SELECT key_version, sealed FROM people_keys WHERE merchant_id = :merchant_id")
_RESEALED: Final = Sql(
    "UPDATE people_keys SET key_version = :key_version, sealed = :sealed WHERE merchant_id = :merchant_id"
)
_ADD_HOLDER: Final = insert_into("people_key_holders")
_CLAIM: Final = Sql(
    "SELECT claim_hash FROM people_key_holders WHERE merchant_id = :merchant_id AND device_id = :device_id"
)
_CLAIMS: Final = Sql(
    "SELECT h.claim_hash FROM people_key_holders h "
    "JOIN devices d ON d.merchant_id = h.merchant_id AND d.id = h.device_id "
    "JOIN devices n ON n.merchant_id = d.merchant_id AND n.code = d.code AND n.incarnation >= d.incarnation "
    "WHERE h.merchant_id = :merchant_id AND n.id = :device_id"
)


def keep_people_key(session: Session, merchant_id: MerchantId, version: int, sealed: str, at: Instant) -> None:
    """Keep a merchant's sealed people key."""
    values = {"merchant_id": merchant_id, "key_version": version, "sealed": sealed}
    session.run(_KEEP, {**values, "created_at": at})


def resealed_people_key(session: Session, merchant_id: MerchantId, version: int, sealed: str) -> None:
    """Keep a people key as it was sealed anew."""
    session.run(_RESEALED, {"merchant_id": merchant_id, "key_version": version, "sealed": sealed})


def kept_people_key(session: Session, merchant_id: MerchantId) -> tuple[int, str] | None:
    """Return the version of the data key and the sealed text, or None before a till has told its key."""
    row = session.one(_KEPT, {"merchant_id": merchant_id})
    return None if row is None else (row[0], row[1])


def add_holder(session: Session, merchant_id: MerchantId, device_id: DeviceId, claim_hash: str, at: Instant) -> None:
    """Note that a till has the key; `claim_hash` is the hash of what it showed, empty for one that enrolled with it."""
    values = {"merchant_id": merchant_id, "device_id": device_id, "claim_hash": claim_hash, "at": at}
    session.run(_ADD_HOLDER, values)


def claim_of(session: Session, merchant_id: MerchantId, device_id: DeviceId) -> str | None:
    """Return the hash of what a till showed when it was given the key, or None if it was not given it."""
    row = session.one(_CLAIM, {"merchant_id": merchant_id, "device_id": device_id})
    return None if row is None else str(row[0])


def claims_of(session: Session, merchant_id: MerchantId, device_id: DeviceId) -> frozenset[str]:
    """Return the hashes of what a till showed when it was given the key, now and as what it was before a restore."""
    rows = session.all(_CLAIMS, {"merchant_id": merchant_id, "device_id": device_id})
    return frozenset(str(row[0]) for row in rows)

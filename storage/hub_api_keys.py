"""Other systems at the hub: their keys, and the answers that a repeated request gets again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.ids import Instant, MerchantId
from domain.other_systems import Scope
from storage.session import Row, Session, Sql, insert_into

_ADD: Final = insert_into("api_keys")
_BY_HASH: Final = Sql(
    "SELECT merchant_id, id, name, key_hash, scopes FROM api_keys WHERE key_hash = :key_hash AND revoked_at IS NULL"
)
_USE: Final = Sql(
    "UPDATE api_keys SET last_used_at = :at WHERE merchant_id = :merchant_id AND id = :id AND revoked_at IS NULL"
)
_RENEW: Final = Sql(
    "UPDATE api_keys SET key_hash = :key_hash WHERE merchant_id = :merchant_id AND id = :id AND key_hash <> :key_hash"
)
_REVOKE: Final = Sql(
    "UPDATE api_keys SET revoked_at = :at WHERE merchant_id = :merchant_id AND id = :id AND revoked_at IS NULL"
)
_HASHES: Final = Sql(
    "SELECT merchant_id, id, name, key_hash, scopes FROM api_keys WHERE merchant_id = :merchant_id "
    "AND revoked_at IS NULL "
    "ORDER BY created_at, id"
)
_LIST: Final = Sql(
    "SELECT id, name, created_at, last_used_at, revoked_at, scopes FROM api_keys WHERE merchant_id = :merchant_id "
    "ORDER BY created_at, id"
)
_MERCHANTS: Final = Sql("SELECT id, name FROM merchants ORDER BY created_at, id")

_ANSWER: Final = Sql(
    "SELECT request_hash, status, answer FROM api_answers WHERE merchant_id = :merchant_id AND key_id = :key_id "
    "AND idempotency_key = :idempotency_key AND at > :since"
)
_KEEP_ANSWER: Final = insert_into("api_answers")
_FORGET_ANSWERS: Final = Sql("DELETE FROM api_answers WHERE merchant_id = :merchant_id AND at <= :since")

ANSWER_KEPT_MS: Final = 7 * 24 * 3_600_000
"""How long an answer is given again; an event's own id keeps it from being booked twice for ever."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that another system showed, whose books it opens and what of them; by `key_hash` it is known."""

    merchant_id: MerchantId
    id: str
    name: str
    scopes: tuple[Scope, ...]
    key_hash: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as its owner sees it; the key itself is nowhere."""

    id: str
    name: str
    created_at: Instant
    last_used_at: Instant | None
    revoked_at: Instant | None
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered to a request, of which only the hash (SHA-256, hex) is known."""

    request_hash: str
    status: int
    answer: str


def add_api_key(session: Session, key: KnownKey, key_hash: str, at: Instant) -> None:
    """Keep a key by its hash."""
    session.run(
        _ADD,
        {
            "merchant_id": key.merchant_id,
            "id": key.id,
            "name": key.name,
            "key_hash": key_hash,
            "created_at": at,
            "last_used_at": None,
            "revoked_at": None,
            "scopes": ",".join(key.scopes),
        },
    )


def key_by_hash(session: Session, hashes: Sequence[str]) -> KnownKey | None:
    """Return the key that has one of the hashes, unless it was revoked."""
    for key_hash in hashes:
        row = session.one(_BY_HASH, {"key_hash": key_hash})
        if row is not None:
            return _known(row)
    return None


def renew_hash(session: Session, key: KnownKey, key_hash: str) -> None:
    """Know a key by another hash from now on: the one under the key-encryption key that counts now."""
    session.run(_RENEW, {"merchant_id": key.merchant_id, "id": key.id, "key_hash": key_hash})


def use_key(session: Session, key: KnownKey, at: Instant) -> bool:
    """Note that a key was used; False if it was revoked meanwhile."""
    return session.run(_USE, {"merchant_id": key.merchant_id, "id": key.id, "at": at}) == 1


def revoke_key(session: Session, merchant_id: MerchantId, key_id: str, at: Instant) -> bool:
    """Take a key out of use; False if the merchant has none of that id in use."""
    return session.run(_REVOKE, {"merchant_id": merchant_id, "id": key_id, "at": at}) == 1


def keys_of(session: Session, merchant_id: MerchantId) -> list[KeyRow]:
    """Return a merchant's keys, the oldest first, revoked ones too."""
    return [
        KeyRow(row[0], row[1], Instant(row[2]), _when(row[3]), _when(row[4]), _scopes(row[5]))
        for row in session.all(_LIST, {"merchant_id": merchant_id})
    ]


def keys_in_use(session: Session, merchant_id: MerchantId) -> list[KnownKey]:
    """Return a merchant's keys that were not revoked, the oldest first, with the hashes they are known by."""
    rows = session.all(_HASHES, {"merchant_id": merchant_id})
    return [_known(row) for row in rows]


def merchants(session: Session) -> list[tuple[MerchantId, str]]:
    """Return the merchants of this hub and their names, the oldest first."""
    return [(MerchantId(row[0]), row[1]) for row in session.all(_MERCHANTS, {})]


def kept_answer(session: Session, key: KnownKey, idempotency_key: str, at: Instant) -> KeptAnswer | None:
    """Return what a key's request was answered under an idempotency key, while that is kept."""
    place = {"merchant_id": key.merchant_id, "key_id": key.id, "idempotency_key": idempotency_key}
    row = session.one(_ANSWER, {**place, "since": at - ANSWER_KEPT_MS})
    return KeptAnswer(row[0], row[1], row[2]) if row else None


def keep_answer(session: Session, key: KnownKey, idempotency_key: str, answer: KeptAnswer, at: Instant) -> None:
    """Keep an answer, and forget the merchant's that are too old."""
    session.run(_FORGET_ANSWERS, {"merchant_id": key.merchant_id, "since": at - ANSWER_KEPT_MS})
    session.run(
        _KEEP_ANSWER,
        {
            "merchant_id": key.merchant_id,
            "key_id": key.id,
            "idempotency_key": idempotency_key,
            "request_hash": answer.request_hash,
            "status": answer.status,
            "answer": answer.answer,
            "at": at,
        },
    )


def _known(row: Row) -> KnownKey:
    return KnownKey(MerchantId(row[0]), row[1], row[2], _scopes(row[4]), row[3])


def _scopes(kept: str) -> tuple[Scope, ...]:
    """Return what a key opens; a word of a later version opens nothing here."""
    words = kept.split(",")
    return tuple(scope for scope in Scope if scope in words)


def _when(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)

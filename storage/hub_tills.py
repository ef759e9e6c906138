"""Tills at the hub: who they are by their token, one-time enrolment codes, revocation."""

from dataclasses import dataclass
from typing import Final

from domain.errors import ErrorCode, NotPermitted
from domain.ids import DeviceId, Instant, MerchantId
from storage.hub_people import end_sessions_at
from storage.hub_walls import enter_merchant
from storage.session import Session, Sql, insert_into

LAST_TILL_CODE: Final = 99

_BY_TOKEN: Final = Sql(
    "SELECT t.merchant_id, t.device_id FROM tills t WHERE t.token_hash = :token_hash AND t.revoked_at IS NULL"
)
_ADD_TILL: Final = insert_into(
    "tills",
    on_conflict="ON CONFLICT (merchant_id, device_id) DO UPDATE SET token_hash = excluded.token_hash, "
    "enrolled_at = CASE WHEN tills.token_hash = excluded.token_hash AND tills.revoked_at IS NULL "
    "THEN tills.enrolled_at ELSE excluded.enrolled_at END, revoked_at = NULL",
)
_STANDING: Final = Sql(
    "SELECT d.code, d.incarnation, (d.voucher_seq = 0 OR t.revoked_at IS NOT NULL OR t.device_id IS NULL) "
    "AND NOT EXISTS (SELECT 1 FROM devices n WHERE n.merchant_id = d.merchant_id AND n.code = d.code "
    "AND n.incarnation > d.incarnation) "
    "FROM devices d LEFT JOIN tills t ON t.merchant_id = d.merchant_id AND t.device_id = d.id "
    "WHERE d.merchant_id = :merchant_id AND d.id = :device_id"
)
_ADD_DEVICE: Final = insert_into("devices", only=["merchant_id", "id", "code", "incarnation", "name"], on_conflict="")
_ADD_CODE: Final = insert_into("enrolment_codes")
_WHOSE_CODE: Final = Sql("SELECT merchant_id FROM enrolment_codes WHERE code_hash = :code_hash")
_USE_CODE: Final = Sql(
    "UPDATE enrolment_codes SET used_at = :at, device_id = :device_id WHERE merchant_id = :merchant_id "
    "AND code_hash = :code_hash AND used_at IS NULL AND expires_at > :at"
)
_NEXT_CODE: Final = Sql(
    "SELECT COALESCE(MAX(code), '00') FROM devices WHERE merchant_id = :merchant_id AND code <> '00'"
)
_REVOKE: Final = Sql(
    "UPDATE tills SET revoked_at = :at WHERE merchant_id = :merchant_id AND device_id = :device_id "
    "AND revoked_at IS NULL"
)
_HEARD: Final = Sql(
    "UPDATE tills SET heard_at = :at WHERE merchant_id = :merchant_id AND device_id = :device_id "
    "AND (heard_at IS NULL OR heard_at < :at)"
)
_LIST: Final = Sql(
    "SELECT d.id, d.code, d.incarnation, d.name, t.enrolled_at, t.heard_at, t.revoked_at FROM tills t "
    "JOIN devices d ON d.merchant_id = t.merchant_id AND d.id = t.device_id WHERE t.merchant_id = :merchant_id "
    "ORDER BY d.code, d.incarnation"
)
_NAME: Final = Sql("UPDATE devices SET name = :name WHERE merchant_id = :merchant_id AND id = :device_id")


@dataclass(frozen=True, slots=True)
class KnownTill:
    """A till that showed a good token."""

    merchant_id: MerchantId
    device_id: DeviceId


@dataclass(frozen=True, slots=True)
class TillRow:
    """A till as its owner sees it; `heard_at` is right to a minute."""

    device_id: DeviceId
    code: str
    incarnation: str
    name: str
    enrolled_at: Instant
    heard_at: Instant | None
    revoked_at: Instant | None


@dataclass(frozen=True, slots=True)
class StandingDevice:
    """A device the merchant knows; it may be let in anew if it has issued nothing here or was shut out.

    One whose till was restored since, and lives on under a later letter, never returns.
    """

    code: str
    incarnation: str
    may_return: bool


def standing_device(session: Session, merchant_id: MerchantId, device_id: DeviceId) -> StandingDevice | None:
    """Return a device of the merchant, or None if the merchant does not know it."""
    row = session.one(_STANDING, {"merchant_id": merchant_id, "device_id": device_id})
    return StandingDevice(row[0], row[1], bool(row[2])) if row else None


def till_by_token(session: Session, token_hash: str) -> KnownTill | None:
    """Return the till whose token hashes (SHA-256, hex) to this, unless it was revoked."""
    row = session.one(_BY_TOKEN, {"token_hash": token_hash})
    return KnownTill(MerchantId(row[0]), DeviceId(row[1])) if row else None


def add_till(session: Session, merchant_id: MerchantId, device_id: DeviceId, token_hash: str, at: Instant) -> None:
    """Let a device of the merchant in with a token, which takes the place of the one it had."""
    session.run(
        _ADD_TILL,
        {
            "merchant_id": merchant_id,
            "device_id": device_id,
            "token_hash": token_hash,
            "enrolled_at": at,
            "revoked_at": None,
            "heard_at": None,
        },
    )


def add_device(session: Session, merchant_id: MerchantId, device_id: DeviceId, code: str, incarnation: str) -> None:
    """Keep a device of the merchant; its code and incarnation are never given again."""
    session.run(
        _ADD_DEVICE,
        {
            "merchant_id": merchant_id,
            "id": device_id,
            "code": code,
            "incarnation": incarnation,
            "name": f"{code}{incarnation}",
        },
    )


def add_enrolment_code(
    session: Session, merchant_id: MerchantId, code_hash: str, at: Instant, expires_at: Instant
) -> None:
    """Keep the hash (SHA-256, hex) of a one-time code that lets one till in until `expires_at`."""
    session.run(
        _ADD_CODE,
        {
            "merchant_id": merchant_id,
            "code_hash": code_hash,
            "created_at": at,
            "expires_at": expires_at,
            "used_at": None,
            "device_id": None,
        },
    )


def use_enrolment_code(session: Session, code_hash: str, device_id: DeviceId, at: Instant) -> MerchantId:
    """Use up a one-time code, enter its merchant and return it.

    Raises NotPermitted(ENROLMENT_INVALID) for an unknown, used or outdated code.
    """
    row = session.one(_WHOSE_CODE, {"code_hash": code_hash})
    if row is None:
        raise NotPermitted(ErrorCode.ENROLMENT_INVALID)
    merchant_id = MerchantId(row[0])
    enter_merchant(session, merchant_id)
    values = {"merchant_id": merchant_id, "code_hash": code_hash, "device_id": device_id, "at": at}
    if session.run(_USE_CODE, values) == 0:
        raise NotPermitted(ErrorCode.ENROLMENT_INVALID)
    return merchant_id


def next_till_code(session: Session, merchant_id: MerchantId) -> str:
    """Return the next free two-digit till code; raises NotPermitted(ENROLMENT_INVALID) after the last."""
    row = session.one(_NEXT_CODE, {"merchant_id": merchant_id})
    number = int(row[0]) + 1 if row else 1
    if number > LAST_TILL_CODE:
        raise NotPermitted(ErrorCode.ENROLMENT_INVALID)
    return f"{number:02d}"


def revoke_till(session: Session, merchant_id: MerchantId, device_id: DeviceId, at: Instant) -> bool:
    """Shut a till out, and end the sign-ins at the hub that people began there; False if it was not in."""
    end_sessions_at(session, merchant_id, device_id)
    return session.run(_REVOKE, {"merchant_id": merchant_id, "device_id": device_id, "at": at}) == 1


def hear_till(session: Session, merchant_id: MerchantId, device_id: DeviceId, at: Instant) -> None:
    """Note that a till spoke to the hub."""
    session.run(_HEARD, {"merchant_id": merchant_id, "device_id": device_id, "at": at})


def name_device(session: Session, merchant_id: MerchantId, device_id: DeviceId, name: str) -> None:
    """Keep what people call a device."""
    session.run(_NAME, {"merchant_id": merchant_id, "device_id": device_id, "name": name})


def tills_of(session: Session, merchant_id: MerchantId) -> list[TillRow]:
    """Return a merchant's tills by code and letter, those that were shut out too."""
    return [
        TillRow(DeviceId(row[0]), row[1], row[2], row[3], Instant(row[4]), _when(row[5]), _when(row[6]))
        for row in session.all(_LIST, {"merchant_id": merchant_id})
    ]


def _when(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)

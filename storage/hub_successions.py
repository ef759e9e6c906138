"""One till after another at the hub: a restored till takes the place of the device it was before."""

from dataclasses import dataclass
from typing import Final

from domain.errors import ErrorCode, NotFound
from domain.ids import DeviceId, Instant, MerchantId
from storage.hub_tills import add_device
from storage.session import Session, Sql

_SEAT: Final = Sql(
    "SELECT code, incarnation, voucher_seq, voucher_hash FROM devices WHERE merchant_id = :merchant_id AND id = :id"
)
_LAST_LETTER: Final = Sql("SELECT MAX(incarnation) FROM devices WHERE merchant_id = :merchant_id AND code = :code")
_HANDED_OVER: Final = "handed over to "
"""How the word begins that stands in the place of a former device's token."""
_FIRST_SINCE: Final = Sql(
    "SELECT MIN(d.incarnation) FROM tills t JOIN devices d ON d.merchant_id = t.merchant_id AND d.id = t.device_id "
    "WHERE d.merchant_id = :merchant_id AND d.code = :code AND t.revoked_at > :since AND t.token_hash LIKE :word"
)
_TOKEN: Final = Sql(
    "SELECT token_hash FROM tills WHERE merchant_id = :merchant_id AND device_id = :id AND revoked_at IS NULL"
)
_CLOSE: Final = Sql(
    "UPDATE tills SET token_hash = :token_hash, revoked_at = :at WHERE merchant_id = :merchant_id AND device_id = :id"
)
_OPEN: Final = Sql(
    "INSERT INTO tills (merchant_id, device_id, token_hash, enrolled_at, revoked_at) "
    "VALUES (:merchant_id, :id, :token_hash, :at, NULL)"
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A device's place in the shop and how far its chain of vouchers goes here."""

    code: str
    incarnation: str
    voucher_seq: int
    voucher_hash: str


def seat_of(session: Session, merchant_id: MerchantId, device_id: DeviceId) -> Seat | None:
    """Return the place of a device, or None if the merchant does not know it."""
    row = session.one(_SEAT, {"merchant_id": merchant_id, "id": device_id})
    return Seat(*row) if row else None


def is_earlier_life(session: Session, merchant_id: MerchantId, device_id: DeviceId, of: DeviceId) -> bool:
    """Whether a till was another device before it was restored as `of`: the same code, an earlier letter."""
    if not (device_id.isascii() and device_id.isprintable()):
        return False  # letters that are half a pair, or that PostgreSQL does not keep: no device of ours
    earlier, later = seat_of(session, merchant_id, device_id), seat_of(session, merchant_id, of)
    if earlier is None or later is None or earlier.code != later.code:
        return False
    return earlier.incarnation < later.incarnation


def last_letter(session: Session, merchant_id: MerchantId, code: str) -> str:
    """Return the last letter that was given with a till code."""
    row = session.one(_LAST_LETTER, {"merchant_id": merchant_id, "code": code})
    return str(row[0]) if row and row[0] else ""


def first_handed_over(session: Session, merchant_id: MerchantId, code: str, since: Instant) -> str | None:
    """Return the first letter of a till code that was handed over after `since`, None if none was."""
    values = {"merchant_id": merchant_id, "code": code, "since": since, "word": f"{_HANDED_OVER}%"}
    row = session.one(_FIRST_SINCE, values)
    return str(row[0]) if row and row[0] else None


def hand_over(
    session: Session, merchant_id: MerchantId, former: DeviceId, heir: DeviceId, code: str, letter: str, at: Instant
) -> None:
    """Seat a new device with a till code and its next letter, and let it in with the token of the former, who is out.

    The former's row keeps a word that no token hashes to. Raises NotFound(TILL_UNKNOWN) for a former that was shut out,
    or gave its place to another heir, since it showed its token.
    """
    row = session.one(_TOKEN, {"merchant_id": merchant_id, "id": former})
    if row is None:
        raise NotFound(ErrorCode.TILL_UNKNOWN)
    add_device(session, merchant_id, heir, code, letter)
    gone = {"token_hash": f"{_HANDED_OVER}{heir}", "at": at}
    session.run(_CLOSE, {"merchant_id": merchant_id, "id": former, **gone})
    session.run(_OPEN, {"merchant_id": merchant_id, "id": heir, "token_hash": row[0], "at": at})

"""Reading providers' lists of movements: how far each merchant's list is read, who reads it now, and when next."""

from dataclasses import dataclass
from typing import Final

from domain.ids import Instant, MerchantId
from domain.rails import Provider
from storage.session import Session, Sql, insert_into

_KEY: Final = "merchant_id = :merchant_id AND provider = :provider"
_BEGIN: Final = insert_into(
    "statements",
    on_conflict="ON CONFLICT (merchant_id, provider) DO UPDATE SET next_poll_at = excluded.next_poll_at",
)
_DUE: Final = Sql(
    "SELECT merchant_id, provider FROM statements WHERE next_poll_at <= :at AND lease_until <= :at "
    "ORDER BY next_poll_at LIMIT :limit"
)
_CLAIM: Final = Sql(
    f"UPDATE statements SET lease_until = :until WHERE {_KEY} AND lease_until <= :at "
    "RETURNING cursor, connected_at, polled_at"
)
_POLLED_AT: Final = Sql(f"SELECT polled_at FROM statements WHERE {_KEY}")
_READ: Final = Sql(
    "UPDATE statements SET cursor = :cursor, polled_at = :at, next_poll_at = :next_at, lease_until = :lease_until, "
    f"note = :note WHERE {_KEY}"
)
_FAILED: Final = Sql(
    f"UPDATE statements SET next_poll_at = :next_at, lease_until = :lease_until, note = :note WHERE {_KEY}"
)


@dataclass(frozen=True, slots=True)
class StatementPlace:
    """Where reading goes on, since when the shop is connected, and when the list was last read (None: never)."""

    cursor: str
    connected_at: Instant
    polled_at: Instant | None


def begin_statement(session: Session, merchant_id: MerchantId, provider: Provider, at: Instant) -> None:
    """Read a merchant's list from now on; a list that was read before goes on where it was left."""
    session.run(
        _BEGIN,
        {
            **_key(merchant_id, provider),
            "cursor": "",
            "connected_at": at,
            "polled_at": None,
            "next_poll_at": at,
            "lease_until": 0,
            "note": "",
        },
    )


def due_statements(session: Session, at: Instant, limit: int) -> list[tuple[MerchantId, Provider]]:
    """Return lists of any merchant that are to be read now."""
    return [(MerchantId(row[0]), Provider(row[1])) for row in session.all(_DUE, {"at": at, "limit": limit})]


def claim_statement(
    session: Session, merchant_id: MerchantId, provider: Provider, at: Instant, until: Instant
) -> StatementPlace | None:
    """Take a list for oneself until `until`; None if there is none or another worker reads it."""
    row = session.one(_CLAIM, {**_key(merchant_id, provider), "at": at, "until": until})
    return StatementPlace(row[0], Instant(row[1]), _instant(row[2])) if row else None


def statement_polled_at(session: Session, merchant_id: MerchantId, provider: Provider) -> Instant | None:
    """Return when a list was last read, None if never."""
    row = session.one(_POLLED_AT, _key(merchant_id, provider))
    return _instant(row[0]) if row else None


def finish_statement(
    session: Session,
    merchant_id: MerchantId,
    provider: Provider,
    cursor: str,
    at: Instant,
    next_at: Instant,
    lease_until: Instant,
    note: str,
) -> None:
    """Record that a page was read; in the commit that stores what the page told. Free again at `lease_until`."""
    values = {"cursor": cursor, "at": at, "next_at": next_at, "lease_until": lease_until, "note": note}
    session.run(_READ, {**_key(merchant_id, provider), **values})


def put_off_statement(
    session: Session,
    merchant_id: MerchantId,
    provider: Provider,
    next_at: Instant,
    lease_until: Instant,
    note: str,
) -> None:
    """Record that a list could not be read, and why; the cursor stays."""
    values = {"next_at": next_at, "lease_until": lease_until, "note": note}
    session.run(_FAILED, {**_key(merchant_id, provider), **values})


def _key(merchant_id: MerchantId, provider: Provider) -> dict[str, str | int | None]:
    return {"merchant_id": merchant_id, "provider": provider.value}


def _instant(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)

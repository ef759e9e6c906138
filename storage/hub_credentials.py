"""Sealed provider credentials and wrapped data keys, as the vault gave them."""

from typing import Final

from domain.ids import Instant, MerchantId
from domain.rails import Provider
from storage.session import Session, Sql

_PUT: Final = Sql(
    "INSERT INTO credentials (merchant_id, provider, field, key_version, sealed, updated_at) "
    "VALUES (:merchant_id, :provider, :field, :key_version, :sealed, :at) "
    "ON CONFLICT (merchant_id, provider, field) DO UPDATE SET key_version = excluded.key_version, "
    "sealed = excluded.sealed, updated_at = excluded.updated_at"
)
_GET: Final = Sql(
    "SELECT field, key_version, sealed FROM credentials WHERE merchant_id = :merchant_id AND provider = :provider"
)
_CHANGED_AT: Final = Sql(
    "SELECT field, updated_at FROM credentials WHERE merchant_id = :merchant_id AND provider = :provider"
)
_REMOVE: Final = Sql("DELETE FROM credentials WHERE merchant_id = :merchant_id AND provider = :provider")
_PROVIDERS: Final = Sql("SELECT DISTINCT provider FROM credentials WHERE merchant_id = :merchant_id ORDER BY provider")
_REPLACE_KEY: Final = Sql(
    "UPDATE data_keys SET wrapped = :wrapped WHERE merchant_id = :merchant_id AND version = :version"
)
_PUT_KEY: Final = Sql(
    "INSERT INTO data_keys (merchant_id, version, wrapped, created_at) VALUES (:merchant_id, :version, :wrapped, :at)"
)
_KEYS: Final = Sql("SELECT version, wrapped FROM data_keys WHERE merchant_id = :merchant_id ORDER BY version")
_OPEN: Final = Sql(
    "SELECT COUNT(*) FROM payments WHERE merchant_id = :merchant_id AND provider = :provider "
    "AND status IN ('created', 'pending', 'authorized', 'unresolved')"
)
_MERCHANTS: Final = Sql("SELECT DISTINCT merchant_id FROM credentials WHERE provider = :provider")


def put_sealed(
    session: Session, merchant_id: MerchantId, provider: Provider, field: str, version: int, sealed: str, at: Instant
) -> None:
    """Keep a sealed field, in place of the one before."""
    values = {"merchant_id": merchant_id, "provider": provider.value, "field": field, "key_version": version}
    session.run(_PUT, {**values, "sealed": sealed, "at": at})


def sealed_fields(session: Session, merchant_id: MerchantId, provider: Provider) -> dict[str, tuple[int, str]]:
    """Return a provider's sealed fields of one merchant: name to key version and sealed text."""
    rows = session.all(_GET, {"merchant_id": merchant_id, "provider": provider.value})
    return {row[0]: (row[1], row[2]) for row in rows}


def changed_at(session: Session, merchant_id: MerchantId, provider: Provider) -> dict[str, Instant]:
    """Return when each of a provider's fields was last put."""
    rows = session.all(_CHANGED_AT, {"merchant_id": merchant_id, "provider": provider.value})
    return {row[0]: Instant(row[1]) for row in rows}


def remove_sealed(session: Session, merchant_id: MerchantId, provider: Provider) -> bool:
    """Forget a provider's credentials; False if there were none."""
    return session.run(_REMOVE, {"merchant_id": merchant_id, "provider": provider.value}) > 0


def providers_of(session: Session, merchant_id: MerchantId) -> list[Provider]:
    """Return the providers a merchant is connected to."""
    return [Provider(row[0]) for row in session.all(_PROVIDERS, {"merchant_id": merchant_id})]


def open_payments_of(session: Session, merchant_id: MerchantId, provider: Provider) -> int:
    """Return how many payments of a provider may still be paid, or are not known to be."""
    row = session.one(_OPEN, {"merchant_id": merchant_id, "provider": provider.value})
    return int(row[0]) if row else 0


def put_data_key(session: Session, merchant_id: MerchantId, version: int, wrapped: str, at: Instant) -> None:
    """Keep a merchant's wrapped data key."""
    session.run(_PUT_KEY, {"merchant_id": merchant_id, "version": version, "wrapped": wrapped, "at": at})


def replace_data_key(session: Session, merchant_id: MerchantId, version: int, wrapped: str) -> None:
    """Keep a data key as it was wrapped anew."""
    session.run(_REPLACE_KEY, {"merchant_id": merchant_id, "version": version, "wrapped": wrapped})


def data_keys(session: Session, merchant_id: MerchantId) -> dict[int, str]:
    """Return a merchant's wrapped data keys by version."""
    return {row[0]: row[1] for row in session.all(_KEYS, {"merchant_id": merchant_id})}


def merchants_with(session: Session, provider: Provider) -> list[MerchantId]:
    """Return the merchants that are connected to a provider."""
    return [MerchantId(row[0]) for row in session.all(_MERCHANTS, {"provider": provider.value})]

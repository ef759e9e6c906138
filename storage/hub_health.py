"""How well each provider answers each merchant: a rolling view, kept where every process of a hub sees it."""

from dataclasses import dataclass
from typing import Final

from domain.ids import Instant, MerchantId
from domain.rails import Provider
from storage.columns import COLUMNS
from storage.session import Session, Sql, insert_into

_COLUMNS: Final = COLUMNS["provider_health"]
_GET: Final = Sql(
    f"SELECT {', '.join(_COLUMNS[2:])} FROM provider_health WHERE merchant_id = :merchant_id AND provider = :provider"
)
_PUT: Final = insert_into(
    "provider_health",
    on_conflict="ON CONFLICT (merchant_id, provider) DO UPDATE SET "
    + ", ".join(f"{name} = :{name}" for name in _COLUMNS[2:]),
)
_TROUBLED: Final = Sql(
    "SELECT provider, troubled_since FROM provider_health "
    "WHERE merchant_id = :merchant_id AND troubled_since IS NOT NULL ORDER BY provider"
)
_QUIET: Final = Sql(
    "SELECT merchant_id, provider FROM provider_health WHERE troubled_since IS NOT NULL AND last_failure_at < :since"
)


@dataclass(frozen=True, slots=True)
class Health:
    """How a provider answers: `failures` in a row since `failing_since`; it is troubled once they are enough.

    `note` is the code of the last failure.
    """

    last_success_at: Instant | None = None
    last_failure_at: Instant | None = None
    failures: int = 0
    failing_since: Instant | None = None
    troubled_since: Instant | None = None
    note: str = ""


def health_of(session: Session, merchant_id: MerchantId, provider: Provider) -> Health:
    """Return how a provider answers a merchant; one that was never asked answers well."""
    row = session.one(_GET, {"merchant_id": merchant_id, "provider": provider.value})
    return Health() if row is None else Health(*row)


def keep_health(session: Session, merchant_id: MerchantId, provider: Provider, health: Health) -> None:
    """Keep how a provider answers a merchant."""
    session.run(
        _PUT,
        {
            "merchant_id": merchant_id,
            "provider": provider.value,
            "last_success_at": health.last_success_at,
            "last_failure_at": health.last_failure_at,
            "failures": health.failures,
            "failing_since": health.failing_since,
            "troubled_since": health.troubled_since,
            "note": health.note,
        },
    )


def troubled(session: Session, merchant_id: MerchantId) -> dict[str, int]:
    """Return a merchant's providers that do not answer, and since when."""
    return {row[0]: int(row[1]) for row in session.all(_TROUBLED, {"merchant_id": merchant_id})}


def troubled_and_quiet(session: Session, since: Instant) -> list[tuple[MerchantId, Provider]]:
    """Return the providers, of any merchant, that are held for troubled and have not failed since a moment."""
    return [(MerchantId(row[0]), Provider(row[1])) for row in session.all(_QUIET, {"since": since})]

"""Which accounts of providers are read for whom, by keyed fingerprints that are unique over all merchants of the hub.

No query looks into another merchant's rows: the database's own uniqueness says that a fingerprint is taken, and nothing
of who has it.
"""

from collections.abc import Iterable
from typing import Final

from domain.ids import MerchantId
from domain.rails import Provider
from storage.session import Session, Sql, insert_into

_CLAIM: Final = insert_into("provider_accounts", on_conflict="ON CONFLICT DO NOTHING")
_LEAVE: Final = Sql("DELETE FROM provider_accounts WHERE merchant_id = :merchant_id AND provider = :provider")
_HELD: Final = Sql(
    "SELECT fingerprint FROM provider_accounts WHERE merchant_id = :merchant_id AND provider = :provider"
)


def claim_accounts(session: Session, merchant_id: MerchantId, provider: Provider, fingerprints: Iterable[str]) -> bool:
    """Keep what identifies the accounts that a merchant's connection reads, in place of what was kept of it.

    False if one of them is read already by another connection of the hub; what is free is kept then all the same. One
    order for everybody: two merchants that connect at once wait for each other, and do not lock each other up.
    """
    leave_accounts(session, merchant_id, provider)
    place = {"merchant_id": merchant_id, "provider": provider.value}
    kept = [session.run(_CLAIM, {**place, "fingerprint": fingerprint}) for fingerprint in sorted(set(fingerprints))]
    return all(kept)


def leave_accounts(session: Session, merchant_id: MerchantId, provider: Provider) -> None:
    """Forget the accounts of a connection, so that another merchant may connect them."""
    session.run(_LEAVE, {"merchant_id": merchant_id, "provider": provider.value})


def held_accounts(session: Session, merchant_id: MerchantId, provider: Provider) -> frozenset[str]:
    """Return the fingerprints of a merchant's connection."""
    rows = session.all(_HELD, {"merchant_id": merchant_id, "provider": provider.value})
    return frozenset(row[0] for row in rows)

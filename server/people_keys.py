"""The key that a shop's tills and the hub share for its people: taken from the first till, given once to each other."""

import hashlib
from collections.abc import Mapping

from domain.errors import ErrorCode, NotPermitted
from domain.ids import Instant, MerchantId
from domain.people import PersonProof
from domain.services.people_facts import tell_everybody
from server.data_keys import newest_key, unwritten, unwritten_key, written
from server.vault import Vault, WrappedKey
from storage.hub import HubUnitOfWork
from storage.hub_credentials import data_keys
from storage.hub_people_keys import (
    add_holder,
    claim_of,
    claims_of,
    keep_people_key,
    kept_people_key,
    resealed_people_key,
)
from storage.hub_tills import KnownTill
from storage.hub_units import HubUnits
from storage.keys import person_proof
from storage.session import Session
from sync.wire import PeopleKeyAnswer, PeopleKeyRequest


def people_key_of(session: Session, vault: Vault, merchant_id: MerchantId) -> bytes | None:
    """Return a merchant's people key, or None before a till has told its own; raises VaultRefused."""
    kept = kept_people_key(session, merchant_id)
    if kept is None:
        return None
    version, text = kept
    wrapped = unwritten_key(version, data_keys(session, merchant_id))
    return vault.open_people_key(merchant_id, wrapped, unwritten(version, text))


def proof_of(session: Session, vault: Vault, merchant_id: MerchantId) -> PersonProof | None:
    """Return what proves a merchant's facts about people, or None before it has a people key; raises VaultRefused."""
    people_key = people_key_of(session, vault, merchant_id)
    return None if people_key is None else person_proof(people_key)


def exchange_key(
    units: HubUnits, vault: Vault, till: KnownTill, request: PeopleKeyRequest, at: Instant
) -> PeopleKeyAnswer:
    """Take the key of the shop's first till, or give the shop's key to another one: once to each, and again to one that
    shows the same key of its own as then, for an answer may be lost.

    Who was given it or shows it hears everybody anew, for what it could not read until now. Raises
    NotPermitted(NOT_PERMITTED) for a till that was given it, or was before it was restored, and shows another key: a
    token alone gives nobody away. Raises VaultRefused for a key that does not open.
    """
    claimed = bytes.fromhex(request.own_key)

    def op(uow: HubUnitOfWork) -> PeopleKeyAnswer:
        shared = people_key_of(uow.session, vault, till.merchant_id)
        if shared is None:
            if not request.offered:
                return PeopleKeyAnswer(known=False)
            _take(uow, vault, claimed, at)
            shared = claimed
        elif claimed != shared:
            _require_claim(uow, till, claimed)
        if claim_of(uow.session, till.merchant_id, till.device_id) is None:
            add_holder(uow.session, till.merchant_id, till.device_id, _claim(claimed), at)
            uow.audit.add("people_key.given", till.device_id, None, at, {})
            uow.proofs = person_proof(shared)
            tell_everybody(uow, at)
        return PeopleKeyAnswer(known=True, people_key=None if claimed == shared else shared.hex())

    return units.run(till.merchant_id, op)


def enrol_with_key(session: Session, vault: Vault, till: KnownTill, at: Instant) -> str | None:
    """Return the people key (hex) for a till that is being let in, None before there is one; raises VaultRefused."""
    shared = people_key_of(session, vault, till.merchant_id)
    if shared is None:
        return None
    if claim_of(session, till.merchant_id, till.device_id) is None:
        add_holder(session, till.merchant_id, till.device_id, "", at)
    return shared.hex()


def reseal_people_key(
    session: Session, vault: Vault, merchant_id: MerchantId, keys: Mapping[int, str], fresh: WrappedKey
) -> None:
    """Seal a merchant's people key under a fresh data key, if it has one; raises VaultRefused."""
    kept = kept_people_key(session, merchant_id)
    if kept is None:
        return
    version, text = kept
    people_key = vault.open_people_key(merchant_id, unwritten_key(version, keys), unwritten(version, text))
    sealed = vault.seal_people_key(merchant_id, fresh, people_key)
    resealed_people_key(session, merchant_id, sealed.key_version, written(sealed))


def _take(uow: HubUnitOfWork, vault: Vault, people_key: bytes, at: Instant) -> None:
    merchant_id = uow.shop.merchant_id
    sealed = vault.seal_people_key(merchant_id, newest_key(uow.session, vault, merchant_id, at), people_key)
    keep_people_key(uow.session, merchant_id, sealed.key_version, written(sealed), at)


def _require_claim(uow: HubUnitOfWork, till: KnownTill, claimed: bytes) -> None:
    before = claims_of(uow.session, till.merchant_id, till.device_id)
    if before and _claim(claimed) not in before:
        raise NotPermitted(ErrorCode.NOT_PERMITTED)


def _claim(own_key: bytes) -> str:
    return hashlib.sha256(b"bana-till people key claim" + own_key).hexdigest()

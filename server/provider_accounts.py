"""Which account a connection reads, as fingerprints: no two merchants of a hub may hear of the same money."""

import json
from typing import Final

from server.connections import ACCOUNT, READERS
from server.rails.base import Credentials, RailAdapter, value_of
from server.vault import Secret, Vault

_USE: Final = "provider account"
_BANK: Final = "bank account"


def accounts_of(adapter: RailAdapter, values: Credentials) -> frozenset[str]:
    """Return the names of the accounts that a merchant's credentials read, as texts that are kept nowhere.

    A bank account is the same whoever reads it; any other account is its provider's. Blanks do not count. A name of
    which nothing is filled in is none.
    """
    fields = {field.name: field for field in adapter.credential_fields}
    names = set()
    for identity in adapter.account_fields:
        parts = ["".join(value_of(fields[name], values).split()) for name in identity]
        whose = _BANK if identity == (ACCOUNT,) and adapter.provider in READERS else adapter.provider.value
        if all(parts):
            names.add(json.dumps([whose, *parts]))
    return frozenset(names)


def fingerprints(vault: Vault, adapter: RailAdapter, values: Credentials) -> frozenset[str]:
    """Return what may be kept of those accounts: keyed hashes that say nothing to who has the database alone.

    There is one under each key-encryption key at hand: while keys are exchanged, an account that was noted under the
    one is found again under the other.
    """
    found: set[str] = set()
    for name in accounts_of(adapter, values):
        found.update(vault.digests(_USE, Secret(name))[: len(vault.keks)])
    return frozenset(found)

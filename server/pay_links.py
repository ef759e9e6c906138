"""Addresses of the pages on which customers pay: only who was given one can open it."""

import hmac
from dataclasses import dataclass
from typing import Final

from domain.ids import MerchantId, PaymentId
from server.vault import Secret, Vault

PAGES: Final = "/pay/"
_LETTERS: Final = 32
"""Of a keyed hash in hexadecimal: 128 bits that nobody guesses, in a code that stays easy to scan."""


@dataclass(frozen=True, slots=True)
class PayLinks:
    """Makes the addresses, and knows them again: nothing is kept of them, and no two payments have the same."""

    vault: Vault
    public_url: str

    def of(self, merchant_id: MerchantId, payment_id: PaymentId) -> str:
        """Return the address of a payment's page."""
        token = self._tokens(merchant_id, payment_id)[0]
        return f"{self.public_url.rstrip('/')}{PAGES}{merchant_id}/{payment_id}/{token}"

    def opens(self, merchant_id: MerchantId, payment_id: PaymentId, token: str) -> bool:
        """Whether a token is that of the payment, also by a key that was replaced since; in constant time."""
        given = token.encode("utf-8", "surrogatepass")
        tokens = [each.encode() for each in self._tokens(merchant_id, payment_id)]
        return any([hmac.compare_digest(given, each) for each in tokens])  # noqa: C419 - all are compared

    def _tokens(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[str]:
        digests = self.vault.digests("payment page", Secret(f"{merchant_id}/{payment_id}"))
        return [digest.rpartition(":")[2][:_LETTERS] for digest in digests]

"""PINs: argon2id over the PIN and a pepper, so that neither a stolen database nor a stolen pepper gives them away."""

import hmac
from dataclasses import dataclass, field
from typing import Final

from domain.errors import ErrorCode, StorageUnavailable

MOST_KIB: Final = 128 * 1024
MOST_PASSES: Final = 6
MOST_LANES: Final = 8
"""Twice what a hash of ours costs: a kept hash says itself how much work it is, and one that was told may ask for all
the memory there is."""


@dataclass(frozen=True, slots=True)
class Argon2Pins:
    """Hashes and checks PINs with argon2-cffi's defaults (64 MiB, 3 passes, 4 lanes: some 0.1 s by design).

    The pepper (32 bytes of the key store) enters by HMAC-SHA256; a short PIN alone would be found in hours.
    """

    pepper: bytes = field(repr=False)

    def hash(self, pin: str) -> str:
        """Return the hash to keep, with its parameters and a salt of its own."""
        from argon2 import PasswordHasher

        return PasswordHasher().hash(self._peppered(pin))

    def matches(self, pin_hash: str, pin: str) -> bool:
        """Whether a PIN fits a hash, in time that does not depend on how much of it is right.

        Raises StorageUnavailable(STORAGE_TAMPERED) for a kept hash that is none, or that costs far more than ours.
        """
        from argon2 import PasswordHasher, extract_parameters
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            cost = extract_parameters(pin_hash)
            if cost.memory_cost > MOST_KIB or cost.time_cost > MOST_PASSES or cost.parallelism > MOST_LANES:
                raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pin")
            return PasswordHasher().verify(pin_hash, self._peppered(pin))
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pin") from error

    def _peppered(self, pin: str) -> bytes:
        return hmac.digest(self.pepper, pin.encode(), "sha256")


class ShopPins:
    """The PINs of a till's people: under the key that the whole shop uses, and of before under the till's own.

    A till hears the shop's key from its hub while people work at it; `use` may be called on any thread.
    """

    def __init__(self, people_key: bytes, own_key: bytes) -> None:
        self._own = Argon2Pins(own_key)
        self._shop = Argon2Pins(people_key)

    def use(self, people_key: bytes) -> None:
        """Hash and check PINs under the shop's key from now on."""
        self._shop = Argon2Pins(people_key)

    def hash(self, pin: str) -> str:
        """Return the hash to keep, under the shop's key."""
        return self._shop.hash(pin)

    def matches(self, pin_hash: str, pin: str) -> bool:
        """Whether a PIN fits a hash; raises StorageUnavailable(STORAGE_TAMPERED) for a kept hash that is none.

        One that was made before the till heard the shop's key fits under its own; the hub knows it by that no more.
        """
        shop = self._shop
        return shop.matches(pin_hash, pin) or (shop != self._own and self._own.matches(pin_hash, pin))

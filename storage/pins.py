"""PINs: argon2id over the PIN and a pepper, so that neither the database nor a guess is enough."""

import base64
import hashlib
import hmac

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Pins:
    """Hashes PINs with argon2id (the library's defaults: RFC 9106, low memory) under HMAC-SHA256 with `pepper`.

    Slow by design, about a tenth of a second; never call it inside a transaction or on the GUI thread.
    """

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        self._hasher = PasswordHasher()

    def hash(self, pin: str) -> str:
        return self._hasher.hash(self._peppered(pin))

    def matches(self, pin_hash: str, pin: str) -> bool:
        try:
            return self._hasher.verify(pin_hash, self._peppered(pin))
        except (VerificationError, InvalidHashError):
            return False

    def _peppered(self, pin: str) -> str:
        return base64.b64encode(hmac.new(self._pepper, pin.encode(), hashlib.sha256).digest()).decode()

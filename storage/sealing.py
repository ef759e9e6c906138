"""Bytes sealed under a key as text: AES-256-GCM with associated data and a nonce of their own."""

import secrets
from typing import Final

_NONCE_BYTES: Final = 12


def sealed(key: bytes, secret: bytes, data: str) -> str:
    """Return a secret sealed under a key of 32 bytes; it opens with the same associated data alone."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return (nonce + AESGCM(key).encrypt(nonce, secret, data.encode())).hex()


def opened(key: bytes, text: str, data: str) -> bytes | None:
    """Return what was sealed, or None if the key, the associated data or the text is not that of the sealing."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        raw = bytes.fromhex(text)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], data.encode())
    except (InvalidTag, ValueError):
        return None

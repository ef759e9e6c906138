"""How what other systems are told is signed: Standard Webhooks, version 1 of its symmetric signatures."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from server.hook_secrets import PREFIX
from server.vault import Secret


def signed_headers(secrets: Sequence[Secret], news_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Return the three headers of a message (standardwebhooks.com): its id, the time of the attempt, its signatures.

    `timestamp` is in seconds since 1970. There is a signature by each secret, separated by spaces, so that who changes
    over to a new one finds its own. Each is over id, time and body, joined by dots; its key is what the secret says in
    base64 after its prefix.
    """
    return {
        "webhook-id": news_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, news_id, timestamp, body) for secret in secrets),
    }


def _signature(secret: Secret, news_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.reveal().removeprefix(PREFIX))
    signature = hmac.digest(key, f"{news_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signature).decode()}"

"""VNPAY SmartPOS's checksums: which fields, in which order, and the digest of each generation."""

import base64
import hashlib
import hmac
from typing import Final

from server.simulator.stall import Doc

GATEWAY: Final = "gateway"
SPOS3: Final = "spos3"


def digest(generation: str, values: list[object], secret: str) -> str:
    """Return SHA-256 in hexadecimal (the older generation) or the Base64 HMAC of the newer one."""
    text = secret + "|".join("" if value is None else str(value) for value in values)
    if generation == GATEWAY:
        return hashlib.sha256(text.encode("utf-8")).hexdigest()
    return base64.b64encode(hmac.new(secret.encode(), text.encode("utf-8"), hashlib.sha256).digest()).decode()


def signed_init(generation: str, order: Doc, way: Doc, secret: str) -> str:
    """Return the checksum of a new order."""
    values = [order.get(name) for name in ("orderCode", "userId", "terminalCode", "merchantCode")]
    values += [order.get(name) for name in ("totalPaymentAmount", "successUrl", "cancelUrl")]
    values += [way.get(name) for name in ("clientTransactionCode", "merchantMethodCode", "methodCode", "amount")]
    return digest(generation, values, secret)


def signed_query(generation: str, query: Doc, secret: str) -> str:
    """Return the checksum of a query."""
    names = ("terminalCode", "merchantCode", "paymentRequestId", "orderCode")
    return digest(generation, [query.get(name) for name in names], secret)


def signed_cancel(generation: str, order: Doc, secret: str) -> str:
    """Return the checksum of a cancellation."""
    return digest(
        generation, [order.get(name) for name in ("orderCode", "terminalCode", "merchantCode", "reason")], secret
    )


def signed_ipn(generation: str, notice: Doc, secret: str) -> str:
    """Return the checksum of a notification."""
    names = ("merchantMethodCode", "orderCode", "amount", "transactionCode", "responseCode")
    return digest(generation, [notice.get(name) for name in names], secret)

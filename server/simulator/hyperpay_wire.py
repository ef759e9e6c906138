"""HyperPay's way of writing: results, amounts, times, the widget's script and encrypted notifications.

Sources: hyperpay.docs.oppwa.com (checkouts, resultCodes, webhooks) and answers captured in public tests.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi.responses import JSONResponse

from server.simulator.stall import Doc, Refused

RESULTS: Final = {
    "000.000.100": "successful request",
    "000.100.112": "Request successfully processed in 'Merchant in Connector Test Mode'",
    "000.100.220": "Fraudulent Transaction",
    "000.100.105": "Chargeback Representment is successful",
    "000.200.000": "transaction pending",
    "000.200.100": "successfully created checkout",
    "000.400.000": "Transaction succeeded (please review manually due to fraud suspicion)",
    "100.390.112": "Technical Error in 3D system",
    "100.396.101": "Cancelled by user",
    "100.396.103": "Previously pending transaction timed out",
    "200.300.404": "invalid or missing parameter",
    "300.100.100": "Transaction declined (additional customer authentication required)",
    "700.300.300": "referenced tx can not be refunded, captured or reversed (already refunded, captured or reversed)",
    "700.400.100": "cannot capture (PA value exceeded, PA reverted or invalid workflow?)",
    "700.400.200": "cannot refund (refund volume exceeded or tx reversed or invalid workflow?)",
    "700.400.300": "cannot reverse (already refunded|reversed, invalid workflow or amount exceeded)",
    "700.400.580": "cannot find transaction",
    "800.100.151": "transaction declined (invalid card)",
    "800.100.152": "transaction declined by authorization system",
    "800.100.153": "transaction declined (invalid CVV)",
    "800.100.155": "transaction declined (amount exceeds credit)",
    "800.100.157": "transaction declined (wrong expiry date)",
    "800.100.162": "transaction declined (limit exceeded)",
    "800.300.101": "account or user is blacklisted",
    "800.400.500": "Waiting for confirmation of non-instant payment. Denied for now.",
    "800.900.300": "invalid authentication information",
    "900.100.300": "timeout, uncertain result",
    "999.999.999": "UNDEFINED CONNECTOR/ACQUIRER ERROR",
}
"""The codes that the simulator says, with the vendor's words."""

PAID: Final = "000.100.112"
REVIEW: Final = "000.400.000"
PENDING: Final = "000.200.000"
SLOW: Final = "800.400.500"
DOUBT: Final = "900.100.300"

MAGIC: Final = {
    5: "800.100.152",
    14: "800.100.151",
    51: "800.100.155",
    54: "800.100.157",
    62: "800.100.162",
    68: DOUBT,
}
"""Cents of an amount, and the result that a payment of such an amount comes to unless another one is wished."""

NODE: Final = "sim-node"


def result(code: str, more: str = "") -> Doc:
    """Return a result as every answer has it."""
    return {"code": code, "description": RESULTS[code] + (f" - {more}" if more else "")}


def said(code: str, at_ms: int, **more: Any) -> Doc:
    """Return an answer that is no payment."""
    return {"result": result(code), "buildNumber": "simulated", "timestamp": moment(at_ms), "ndc": NODE, **more}


def no(code: str, at_ms: int, more: str = "", status: int = 400) -> Refused:
    """Return a refusal."""
    return Refused(JSONResponse({**said(code, at_ms), "result": result(code, more)}, status_code=status))


def moment(at_ms: int) -> str:
    """Return an instant as HyperPay writes it: whole seconds, UTC, offset without a colon."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S+0000")


def minor(text: object, at_ms: int) -> int:
    """Return hundredths of an amount with exactly two decimals or none; raises Refused."""
    whole, point, cents = str(text).partition(".")
    fits = whole.isdecimal() and whole.isascii() and len(whole) <= 12
    if not fits or (point and not (len(cents) == 2 and cents.isdecimal() and cents.isascii())):
        raise no("200.300.404", at_ms, "amount must match ^[0-9]{1,12}(\\.[0-9]{2})?$")
    return int(whole) * 100 + int(cents or 0)


def decimal(amount: int) -> str:
    """Return hundredths as text with two decimals."""
    return f"{amount // 100}.{amount % 100:02d}"


def sealed(text: str, key: str) -> tuple[bytes, dict[str, str]]:
    """Return a notification's body and headers: AES-256-GCM, hexadecimal in upper case, the tag apart."""
    iv = os.urandom(12)
    cipher = AESGCM(bytes.fromhex(key)).encrypt(iv, text.encode("utf-8"), None)
    headers = {
        "Content-Type": "text/plain",
        "X-Initialization-Vector": iv.hex().upper(),
        "X-Authentication-Tag": cipher[-16:].hex().upper(),
    }
    return cipher[:-16].hex().upper().encode(), headers


def widget(page: str, checkout: str) -> str:
    """Return the script that puts a button to the simulator's own page into the shop's widget form.

    From there the customer comes back to the form's address, as HyperPay sends them.
    """
    address = json.dumps(page)
    result = json.dumps(urlencode({"id": checkout, "resourcePath": f"/v1/checkouts/{checkout}/payment"}))
    return (
        "document.querySelectorAll('form.paymentWidgets').forEach(function (form) {"
        "var link = document.createElement('a');"
        f"var back = form.action + (form.action.indexOf('?') < 0 ? '?' : '&') + {result};"
        f"link.href = {address} + '?back=' + encodeURIComponent(back); link.textContent = 'HyperPay (simulator)';"
        "link.style.cssText = 'display: block; padding: 12px; border: 1px solid; border-radius: 8px;"
        " text-align: center; color: inherit';"
        "form.appendChild(link); });"
    )

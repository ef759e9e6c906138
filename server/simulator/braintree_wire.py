"""Braintree's way of writing: XML with typed elements, refusals, webhook signatures, and the sandbox's test values.

Sources: PyPI braintree 4.48.0 (parser, generator, webhook_notification_gateway, test nonces) and the sandbox's
published test amounts (2000 to 3000.99 are declined with the whole part as the processor's code).
"""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from xml.parsers import expat
from xml.sax.saxutils import escape

from fastapi import Response

from server.simulator.stall import Doc, Refused

NONCES: Final = {
    "fake-valid-nonce": "",
    "fake-valid-visa-nonce": "",
    "fake-valid-mastercard-nonce": "",
    "fake-processor-declined-visa-nonce": "2000",
    "fake-processor-declined-mastercard-nonce": "2000",
    "fake-gateway-rejected-fraud-nonce": "fraud",
}
"""Nonces of the sandbox and what comes of them: nothing, a processor's code or a reason of the gateway."""

CONSUMED: Final = "fake-consumed-nonce"

PROCESSOR: Final = {
    "1000": "Approved",
    "1002": "Processed",
    "2000": "Do Not Honor",
    "2001": "Insufficient Funds",
    "2002": "Limit Exceeded",
    "2004": "Expired Card",
    "2010": "Card Issuer Declined CVV",
    "3000": "Processor Network Unavailable - Try Again",
}

ERRORS: Final = {
    "81503": "Amount is an invalid format.",
    "81531": "Amount must be greater than zero.",
    "91504": "Transaction can only be voided if status is authorized, submitted_for_settlement.",
    "91505": "Cannot refund credit transactions.",
    "91506": "Cannot refund transaction unless it is settled.",
    "91507": "Cannot submit for settlement unless status is authorized.",
    "91512": "Transaction has already been fully refunded.",
    "91513": "Merchant account ID is invalid.",
    "91521": "Refund amount is too large.",
    "91522": "Settlement amount is too large.",
    "91564": "Cannot use a payment_method_nonce more than once.",
    "91565": "Unknown or expired payment_method_nonce.",
}

WHOLE: Final = frozenset({"JPY", "VND"})
"""Currencies without decimals."""

LISTED: Final = {"status_history": "status_event", "errors": "error"}
"""What the members of a list are called."""

TIMES: Final = frozenset({"created_at", "updated_at", "timestamp", "authorization_expires_at"})


class _Tree:
    """Reads what clients send: texts, objects and lists under their names."""

    def __init__(self) -> None:
        self.stack: list[tuple[str, bool, Any, str]] = [("", False, {}, "")]

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        listed = attributes.get("type") == "array"
        self.stack.append((name.replace("-", "_"), listed, [] if listed else {}, ""))

    def words(self, text: str) -> None:
        name, listed, inner, before = self.stack[-1]
        self.stack[-1] = (name, listed, inner, before + text)

    def end(self, _: str) -> None:
        name, listed, inner, text = self.stack.pop()
        value = inner if listed or inner else text.strip()
        _, in_list, outer, _ = self.stack[-1]
        if in_list:
            outer.append(value)
        else:
            outer[name] = value


def read(body: bytes) -> Doc:
    """Return a client's document as an object with its root's name; raises ValueError for what is no XML."""
    tree, parser = _Tree(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = tree.begin, tree.end
    parser.CharacterDataHandler = tree.words
    try:
        parser.Parse(body, True)
    except expat.ExpatError as problem:
        raise ValueError("no XML") from problem
    found: Doc = tree.stack[0][2]
    return found


def written(name: str, value: Any, one: str = "item") -> str:
    """Return a value as an element; `one` names the members of a list."""
    tag = name.replace("_", "-")
    if value is None:
        return f'<{tag} nil="true"/>'
    if isinstance(value, bool):
        return f'<{tag} type="boolean">{str(value).lower()}</{tag}>'
    if isinstance(value, int):
        return f'<{tag} type="integer">{value}</{tag}>'
    if isinstance(value, list):
        return f'<{tag} type="array">{"".join(written(one, part) for part in value)}</{tag}>'
    if isinstance(value, dict):
        return f"<{tag}>{''.join(written(key, part, LISTED.get(key, 'item')) for key, part in value.items())}</{tag}>"
    kind = ' type="datetime"' if name in TIMES else ""
    return f"<{tag}{kind}>{escape(str(value))}</{tag}>"


def answer(name: str, value: Any, status: int = 200) -> Response:
    """Return an answer."""
    body = '<?xml version="1.0" encoding="UTF-8"?>\n' + written(name, value)
    return Response(body.encode("utf-8"), status, media_type="application/xml")


def empty(status: int) -> Refused:
    """Return a refusal that the status alone explains."""
    return Refused(Response(b"", status, media_type="application/xml"))


def invalid(code: str, attribute: str = "base") -> Refused:
    """Return the refusal of a transaction's fields."""
    errors: Doc = {
        "errors": [],
        "transaction": {"errors": [{"code": code, "attribute": attribute, "message": ERRORS[code]}]},
    }
    return Refused(answer("api_error_response", {"errors": errors, "message": ERRORS[code]}, 422))


def failed(transaction: Doc, message: str) -> Response:
    """Return the refusal that a declined transaction is."""
    body = {"errors": {"errors": []}, "message": message, "transaction": transaction}
    return answer("api_error_response", body, 422)


def moment(at_ms: int) -> str:
    """Return an instant in whole seconds, UTC."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minor(text: object, currency: str) -> int:
    """Return minor units of a decimal text; raises Refused."""
    whole, point, cents = str(text).partition(".")
    places = 0 if currency in WHOLE else 2
    good = whole.isdecimal() and whole.isascii() and len(whole) <= 12
    if not good or (point and not (cents.isdecimal() and cents.isascii() and len(cents) <= 2)):
        raise invalid("81503", "amount")
    if places == 0 and cents.strip("0"):
        raise invalid("81503", "amount")
    amount: int = int(whole) * (100 if places else 1) + (int(cents.ljust(2, "0")) if places and cents else 0)
    if amount == 0:
        raise invalid("81531", "amount")
    return amount


def decimal(amount: int, currency: str) -> str:
    """Return minor units as a decimal text."""
    return str(amount) if currency in WHOLE else f"{amount // 100}.{amount % 100:02d}"


def judged(amount: int, currency: str) -> str:
    """Return what the sandbox makes of an amount: a processor's code, or nothing."""
    whole = amount if currency in WHOLE else amount // 100
    return str(whole) if 2000 <= whole <= 3000 else ""


def signed(text: str, public_key: str, private_key: str) -> bytes:
    """Return a notification's form: the XML in Base64 as lines, and its signature."""
    payload = base64.encodebytes(text.encode("utf-8")).decode()
    key = hashlib.sha1(private_key.encode()).digest()  # noqa: S324 - Braintree signs so
    digest = hmac.new(key, payload.encode(), hashlib.sha1).hexdigest()
    return urlencode({"bt_signature": f"{public_key}|{digest}", "bt_payload": payload}).encode()


def dropin() -> str:
    """Return a script with the part of Drop-in's interface that a card page needs."""
    return (
        "window.braintree = {dropin: {create: function (options, done) {"
        "var choice = document.createElement('select');"
        "choice.setAttribute('aria-label', 'Braintree (simulator)');"
        "choice.style.cssText = 'font: inherit; width: 100%; min-height: 48px';"
        f"{json.dumps(sorted(NONCES, key=lambda name: NONCES[name]))}.forEach(function (nonce) {{"
        "choice.add(new Option(nonce, nonce)); });"
        "document.querySelector(options.container).appendChild(choice);"
        "done(null, {requestPaymentMethod: function (got) { got(null, {nonce: choice.value}); }});"
        "}}};"
    )

"""How PayPal writes: errors, money, times, tokens, and the signature of its notifications.

Sources: developer.paypal.com (Orders v2, Payments v2, Webhooks, Currency codes) and the enumerations of the official
SDK. The certificate is the simulator's own: PayPal's are signed by a public authority.
"""

import base64
import hashlib
import hmac
import re
import zlib
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fastapi.responses import JSONResponse

from server.simulator.stall import Doc, Refused

CERTIFICATES_PATH: Final = "/v1/notifications/certs"
ALGORITHM: Final = "SHA256withRSA"
TOKEN_LIVES_S: Final = 9 * 3600

WITHOUT_PLACES: Final = frozenset({"HUF", "JPY", "TWD"})
WITH_PLACES: Final = frozenset(
    {"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS"}
    | {"MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "USD"}
)

_ID_LETTERS: Final = "0123456789ABCDEFGHJKLMNPRSTUVWXY"
_ID_LENGTH: Final = 17
_NAMES: Final = {
    400: "INVALID_REQUEST",
    401: "AUTHENTICATION_FAILURE",
    403: "NOT_AUTHORIZED",
    404: "RESOURCE_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
    429: "RATE_LIMIT_REACHED",
    503: "SERVICE_UNAVAILABLE",
}
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_PLACES: Final = re.compile(r"([0-9]{1,9})\.([0-9]{2})")


def error(status: int, issue: str = "", field: str = "") -> JSONResponse:
    """Return PayPal's answer to a call that it does not carry out."""
    name = _NAMES.get(status, "INTERNAL_SERVER_ERROR")
    body: Doc = {"name": name, "message": "The call was not carried out.", "debug_id": "simulated00000", "links": []}
    if issue:
        body["details"] = [{"issue": issue, "description": issue.replace("_", " ").capitalize() + "."}]
        if field:
            body["details"][0] |= {"field": field, "location": "body"}
    return JSONResponse(body, status_code=status)


def unprocessable(issue: str, field: str = "") -> Refused:
    """Return the refusal of what breaks a rule of the business."""
    return Refused(error(422, issue, field))


def missing() -> Refused:
    """Return the refusal of an id that names nothing."""
    return Refused(error(404, "INVALID_RESOURCE_ID"))


def written(minor: int, currency: str) -> Doc:
    """Return a money object."""
    value = str(minor) if currency in WITHOUT_PLACES else f"{minor // 100}.{minor % 100:02d}"
    return {"currency_code": currency, "value": value}


def read(money: Any, field: str) -> tuple[int, str]:
    """Return minor units and currency of a money object; raises Refused as PayPal refuses it."""
    if not isinstance(money, dict) or not isinstance(money.get("value"), str):
        raise Refused(error(400, "MISSING_REQUIRED_PARAMETER", field))
    currency, value = money.get("currency_code"), money["value"]
    if currency not in WITH_PLACES | WITHOUT_PLACES:
        raise unprocessable("CURRENCY_NOT_SUPPORTED", f"{field}/currency_code")
    if _WHOLE.fullmatch(value):
        minor = int(value) * (1 if currency in WITHOUT_PLACES else 100)
    elif (match := _PLACES.fullmatch(value)) and currency not in WITHOUT_PLACES:
        minor = int(match[1] + match[2])
    else:
        raise unprocessable("DECIMAL_PRECISION", f"{field}/value")
    if minor == 0:
        raise unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE", f"{field}/value")
    return minor, currency


def moment(at_ms: int) -> str:
    """Return a time as PayPal writes it, to the second."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def name_of(number: int, kind: str) -> str:
    """Return an id of 17 capitals and digits that looks like nothing but repeats for the same number."""
    digest = hashlib.sha256(f"{kind}:{number}".encode()).digest()
    return "".join(_ID_LETTERS[byte % len(_ID_LETTERS)] for byte in digest[:_ID_LENGTH])


def public(doc: Doc) -> Doc:
    """Return a document without what only the simulator knows."""
    return {name: value for name, value in doc.items() if not name.startswith("_") and value is not None}


def link(href: str, relation: str, method: str = "GET") -> Doc:
    """Return one of the links that PayPal puts at the end of its objects."""
    return {"href": href, "rel": relation, "method": method}


def token(client_id: str, client_secret: str, issued_s: int) -> str:
    """Return an access token that says when it was issued and that only the client's secret could have made."""
    mark = hmac.digest(client_secret.encode(), f"{client_id}:{issued_s}".encode(), "sha256").hex()
    return f"A21AA.{issued_s}.{mark}"


def is_token(given: str, client_id: str, client_secret: str, now_s: int) -> bool:
    """Tell whether `given` is a token of this client that still lives."""
    parts = given.split(".")
    if len(parts) != 3 or not parts[1].isdecimal() or not 0 <= now_s - int(parts[1]) < TOKEN_LIVES_S:
        return False
    return hmac.compare_digest(given.encode(), token(client_id, client_secret, int(parts[1])).encode())


@lru_cache
def _key_of(whose: str) -> rsa.RSAPrivateKey:
    """Return the key of a signer; each process has keys of its own."""
    del whose
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Notary:
    """The key with which notifications are signed, and its certificate; other ones after a restart of the program."""

    def __init__(self, whose: str = "PayPal") -> None:
        self._whose = whose

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        return _key_of(self._whose)

    @cached_property
    def certificate(self) -> str:
        """The certificate as PEM text."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.invalid")])
        begin = datetime(2020, 1, 1, tzinfo=UTC)
        builder = x509.CertificateBuilder(name, name, self._key.public_key(), 1, begin, begin + timedelta(days=36525))
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    @cached_property
    def certificate_id(self) -> str:
        """The name of the certificate in its address; another certificate has another one."""
        return "CERT-" + hashlib.sha256(self.certificate.encode()).hexdigest()[:16]

    def sign(self, text: str) -> str:
        """Return the signature of a text (PKCS#1 v1.5, SHA-256) as base64."""
        return base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def signed(self, text: str, signature: str) -> bool:
        """Tell whether `signature` is this key's for `text`."""
        try:
            given = base64.b64decode(signature, validate=True)
            self._key.public_key().verify(given, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True


def signed_text(transmission_id: str, transmission_time: str, webhook_id: str, body: bytes) -> str:
    """Return what PayPal signs of a notification."""
    return f"{transmission_id}|{transmission_time}|{webhook_id}|{zlib.crc32(body)}"

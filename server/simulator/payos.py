"""payOS: payment links with a VietQR code of their own, paid by transfer, and the signed webhook of each transfer.

Secrets: `api_key`, `checksum_key`; facts: `client_id`, `account_number`, `bank_bin`, and `linked` (yes or no, the
default: texts of nine letters at most). Sources: payos.vn/docs, PyPI payos 1.1.0. Not published, and so the simulator's
own choice: the code for a link that cannot be cancelled (here 20) and the repetitions of a webhook.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator import emv
from server.simulator.facts import Notice
from server.simulator.stall import Asked, Call, CannotDo, Doc, Offer, Refused, Stall, Taken, Wish
from server.simulator.vntime import DASH_SECONDS_FORMAT, written

LINKS: Final = "/v2/payment-requests"
SIGNED: Final = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")
SHORT_TEXT: Final = 9
LONG_TEXT: Final = 25
LARGEST_ORDER: Final = 2**53 - 1
TEST_CALL: Final[Doc] = {
    "orderCode": 123,
    "amount": 3000,
    "description": "VQRIO123",
    "accountNumber": "12345678",
    "reference": "TF230204212323",
    "transactionDateTime": "2023-02-04 18:25:00",
    "currency": "VND",
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
}
"""The published sample, with which an address is confirmed."""

_TRANSFER_TIME: Final = "%Y-%m-%dT%H:%M:%S+07:00"
_OPEN: Final = ("PENDING", "UNDERPAID")
_OFFERED: Final = {"PENDING": "open", "UNDERPAID": "open", "PAID": "paid", "CANCELLED": "expired", "EXPIRED": "expired"}

Work = Callable[[Asked], Doc]


def signature(data: Doc, key: str) -> str:
    """Return the signature of data: HMAC-SHA256 over `name=value` in the order of the names."""
    joined = "&".join(f"{name}={_text(data[name])}" for name in sorted(data))
    return hmac.new(key.encode(), joined.encode(), hashlib.sha256).hexdigest()


class Payos(Stall):
    """One payment channel of a shop."""

    name = "payos"
    brand = "payOS"
    outcomes = ("CANCELLED",)
    deeds: ClassVar = {"test_call": ("Xác nhận lại webhook", "Confirm the webhook again")}
    pays_late = True

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that are simulated."""
        return (
            Call("POST", LINKS, self._handler(self._create)),
            Call("GET", LINKS + "/{id}", self._handler(self._get)),
            Call("POST", LINKS + "/{id}/cancel", self._handler(self._cancel)),
            Call("POST", "/confirm-webhook", self._handler(self._confirm)),
        )

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as payOS says it."""
        return JSONResponse(_no(str(status)), status)

    def _handler(self, work: Work) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            keys = (asked.headers.get("x-client-id"), asked.headers.get("x-api-key"))
            if keys[0] != self.settings.facts["client_id"]:
                raise refused("214")
            if keys[1] != self.settings.secrets["api_key"]:
                raise refused("401", 401)
            data = work(asked)
            answer = {"code": "00", "desc": "success", "data": data, "signature": self._sign(data)}
            return JSONResponse(answer)

        return handler

    def _create(self, asked: Asked) -> Doc:
        fields = _fields(asked)
        code, amount, text = fields.get("orderCode"), fields.get("amount"), fields.get("description")
        longest = LONG_TEXT if self.settings.facts.get("linked") == "yes" else SHORT_TEXT
        whole = type(code) is int and type(amount) is int and 0 < code <= LARGEST_ORDER and amount > 0
        if not whole or not isinstance(text, str) or not 0 < len(text) <= longest:
            raise refused("20")
        if any(not isinstance(fields.get(name), str) for name in ("returnUrl", "cancelUrl")):
            raise refused("20")
        signed = {name: fields[name] for name in SIGNED}
        if fields.get("signature") != self._sign(signed):
            raise refused("201")
        if self.shelf.doc("link", str(code)) is not None:
            raise refused("231")
        return self._made(asked.origin, signed, fields.get("expiredAt"))

    def _made(self, origin: str, signed: Doc, expired_at: Any) -> Doc:
        number, facts = self.shelf.number(), self.settings.facts
        name = hashlib.sha256(f"payos:{number}".encode()).hexdigest()[:32]
        text = f"CS{number % 10**8:08d} {signed['description']}"
        link = {
            "id": name,
            "orderCode": signed["orderCode"],
            "amount": signed["amount"],
            "description": text,
            "status": "PENDING",
            "transactions": [],
            "cancellationReason": None,
            "canceledAt": None,
            "_created_ms": self.shelf.now(),
            "_expires_ms": expired_at * 1000 if type(expired_at) is int else None,
            "_qr": _vietqr(facts["bank_bin"], facts["account_number"], signed["amount"], text),
        }
        self._keep(link)
        return {
            "bin": facts["bank_bin"],
            "accountNumber": facts["account_number"],
            "accountName": "CUA HANG MAU",
            "amount": link["amount"],
            "description": text,
            "orderCode": link["orderCode"],
            "currency": "VND",
            "paymentLinkId": name,
            "status": "PENDING",
            "expiredAt": expired_at,
            "checkoutUrl": origin + self.page_of(name),
            "qrCode": link["_qr"],
        }

    def _get(self, asked: Asked) -> Doc:
        return self._public(self._found(asked.path["id"], refused("101")))

    def _cancel(self, asked: Asked) -> Doc:
        fields = _fields(asked)
        given = fields.pop("signature", None)
        if fields and given != self._sign(fields):
            raise refused("201")
        link = self._found(asked.path["id"], refused("101"))
        if link["status"] not in _OPEN:
            raise refused("20")
        link |= {"status": "CANCELLED", "cancellationReason": fields.get("cancellationReason")}
        link["canceledAt"] = written(self.shelf.now(), _TRANSFER_TIME)
        self._keep(link)
        return self._public(link)

    def _confirm(self, asked: Asked) -> Doc:
        url = str(_fields(asked).get("webhookUrl", ""))
        if urlsplit(url).path != urlsplit(self.url).path:
            raise refused("20")
        self._tell(str(TEST_CALL["orderCode"]), TEST_CALL)
        facts = self.settings.facts
        return {"webhookUrl": url, "accountNumber": facts["account_number"], "accountName": "CUA HANG MAU"}

    # ---- customers

    def offers(self) -> list[Offer]:
        """Return every link."""
        return [self._offer(self._in_time(link)) for link in self.shelf.docs("link")]

    def offer(self, name: str) -> Offer | None:
        """Return one link by its id."""
        order = self.shelf.doc("order", name)
        link = None if order is None else self.shelf.doc("link", order["code"])
        return None if link is None else self._offer(self._in_time(link))

    def pay(self, name: str, wish: Wish) -> None:
        """Let the customer transfer, also too little and late, or press cancel on the page."""
        link = self._of_offer(name)
        if wish.outcome:
            self._keep(link | {"status": "CANCELLED", "cancellationReason": "Khach huy"})
            return
        number, account = self.shelf.number(), self.settings.facts["account_number"]
        transfer: Doc = {
            "reference": f"FT{number}",
            "amount": wish.amount,
            "accountNumber": account,
            "description": self.shelf.bank_text(link["description"], number, account),
            "transactionDateTime": written(self.shelf.now(), _TRANSFER_TIME),
            "counterAccountName": "NGUYEN VAN A",
            "virtualAccountNumber": None,
            "_at_ms": self.shelf.now(),
        }
        link["transactions"].append(transfer)
        if link["status"] in _OPEN:
            link["status"] = "PAID" if _paid(link) >= link["amount"] else "UNDERPAID"
        self._keep(link)
        told = {key: value for key, value in transfer.items() if not key.startswith("_")}
        told["transactionDateTime"] = written(transfer["_at_ms"], DASH_SECONDS_FORMAT)
        more = {"orderCode": link["orderCode"], "currency": "VND", "paymentLinkId": link["id"]}
        self._tell(name, told | more)

    def expire(self, name: str) -> None:
        """Let the time of a link run out; payOS tells nobody."""
        self._keep(self._of_offer(name) | {"status": "EXPIRED"})

    def do(self, name: str, deed: str) -> None:
        """Send the call that confirms an address."""
        self._tell(name, TEST_CALL)

    # ---- notifications

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return a webhook with the signature of its data."""
        data = json.loads(notice.body)
        told = {"code": "00", "desc": "success", "success": True, "data": data}
        told["signature"] = signature(data, "somebody-else" if forged else self.settings.secrets["checksum_key"])
        return json.dumps(told, ensure_ascii=False).encode(), {"Content-Type": "application/json"}

    def _tell(self, offer: str, data: Doc) -> None:
        body = json.dumps({**data, "code": "00", "desc": "Thành công"}, ensure_ascii=False)
        self.shelf.tell(offer, data["amount"], "VND", body)

    # ---- parts

    def _sign(self, data: Doc) -> str:
        return signature(data, self.settings.secrets["checksum_key"])

    def _keep(self, link: Doc) -> None:
        code = str(link["orderCode"])
        self.shelf.keep("link", code, link)
        self.shelf.keep("order", link["id"], {"code": code})

    def _found(self, name: str, missing: Exception) -> Doc:
        """Return a link by its order number or its id, with its time run out if it is."""
        order = self.shelf.doc("order", name)
        link = self.shelf.doc("link", name if order is None else order["code"])
        if link is None:
            raise missing
        return self._in_time(link)

    def _of_offer(self, name: str) -> Doc:
        return self._found(name, CannotDo("unknown", f"payOS has no {name}"))

    def _in_time(self, link: Doc) -> Doc:
        over = link["_expires_ms"] is not None and self.shelf.now() > link["_expires_ms"]
        return link | {"status": "EXPIRED"} if over and link["status"] in _OPEN else link

    def _public(self, link: Doc) -> Doc:
        shown = {key: value for key, value in link.items() if not key.startswith("_")}
        transfers = [{k: v for k, v in each.items() if not k.startswith("_")} for each in link["transactions"]]
        paid = _paid(link)
        return shown | {
            "amountPaid": paid,
            "amountRemaining": max(link["amount"] - paid, 0),
            "createdAt": written(link["_created_ms"], _TRANSFER_TIME),
            "transactions": transfers,
        }

    def _offer(self, link: Doc) -> Offer:
        attempts = tuple(Taken(each["reference"], each["amount"], each["_at_ms"]) for each in link["transactions"])
        return Offer(
            name=link["id"],
            title=link["description"],
            amount=link["amount"],
            currency="VND",
            status=_OFFERED[link["status"]],
            created_ms=link["_created_ms"],
            expires_ms=link["_expires_ms"],
            text=link["_qr"],
            attempts=attempts,
            deeds=tuple(self.deeds),
        )


def refused(code: str, status: int = 200) -> Refused:
    """Return payOS's refusal: HTTP 200 for nearly everything, neither data nor signature."""
    return Refused(JSONResponse(_no(code), status))


def _no(code: str) -> Doc:
    return {"code": code, "desc": "simulated", "data": None, "signature": None}


def _fields(asked: Asked) -> Doc:
    try:
        return asked.json()
    except ValueError as problem:
        raise refused("20") from problem


def _paid(link: Doc) -> int:
    return sum(each["amount"] for each in link["transactions"])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def _vietqr(bank_bin: str, account: str, amount: int, text: str) -> str:
    """Return a VietQR for one payment (NAPAS: tag 38 with bank and account, tag 62-08 the text)."""
    field = emv.field
    payee = field("00", "A000000727") + field("01", field("00", bank_bin) + field("01", account))
    body = field("00", "01") + field("01", "12") + field("38", payee + field("02", "QRIBFTTA"))
    body += field("53", "704") + field("54", str(amount)) + field("58", "VN")
    return emv.sealed(body + field("62", field("08", text[:25])))

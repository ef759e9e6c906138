"""VNPAY SmartPOS: a terminal to which sales are sent, in both generations of its interface.

Secrets: `init`, `query` and `ipn`; facts: `merchant_code`, `terminal_code`. An order answers to the generation that
made it. VNPAY publishes no contract: paths, bodies, checksums and codes are those of retailers' public programs. The
simulator's own choices are the fields and checksum of a cancellation, 400311 for an order that is not there, the codes
of declines, and the repetitions of a notification.
"""

import json
from collections.abc import Callable
from typing import ClassVar, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator import emv
from server.simulator.delivery import ACCEPTED, AGAIN, REFUSED, Verdict
from server.simulator.facts import Notice
from server.simulator.stall import Asked, Call, CannotDo, Doc, Offer, Refused, Stall, Taken, Wish
from server.simulator.vnpay_spos_signing import GATEWAY, SPOS3, signed_cancel, signed_init, signed_ipn, signed_query
from server.simulator.vntime import DASH_SECONDS_FORMAT, EXPIRY_FORMAT, read, written

METHODS: Final = {"VNPAY_SPOS_CARD": "card", "VNPAY_SPOS_INSTALLMENT": "card", "VNPAY_QRCODE": "qr"}
CUT_OFF: Final = "PROCESSING"
"""The terminal has the card and then says nothing more."""

IPN_CODES: Final = {"SUCCESS": "200", "FAILURE": "400", "CANCELED": "409"}
OLD_WORDS: Final = {"FAILURE": "FAILED", "CANCELED": "CANCELLED"}
"""The older generation spells these statuses in another way."""

LIFE_MS: Final = 15 * 60_000
MOST_DONG: Final = 10**13
TAKEN: Final = "200"


class VnpaySpos(Stall):
    """One terminal of a merchant."""

    name = "vnpay_spos"
    brand = "VNPAY SmartPOS"
    outcomes = ("FAILURE", "CANCELED", CUT_OFF)
    deeds: ClassVar = {"speaks": ("Máy báo đã thu tiền", "The terminal tells of the payment after all")}
    waits_s = (10.0, 30.0, 60.0, 120.0, 300.0)

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls of both generations."""
        return (
            Call("POST", "/external/merchantorder", self._handler(self._init, SPOS3)),
            Call("GET", "/external/getorderdetail", self._handler(self._query, SPOS3)),
            Call("POST", "/external/cancelorder", self._handler(self._cancel, SPOS3)),
            Call("POST", "/api/v2/payment/init/multi-v2", self._handler(self._init, GATEWAY)),
            Call("POST", "/api/v2/payment/init/multi-v2.1", self._handler(self._init, GATEWAY)),
            Call("GET", "/api/v2/payment/payment-requests", self._handler(self._query, GATEWAY)),
        )

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as VNPAY says it."""
        return JSONResponse({"code": status, "message": "simulated"}, status_code=status)

    def _handler(self, work: Callable[[str, Doc], Doc], generation: str) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            try:
                fields = asked.json() if asked.body else dict(asked.query)
            except ValueError as problem:
                raise no("400001", "The body is no JSON object") from problem
            return JSONResponse(work(generation, fields))

        return handler

    def _require(self, fields: Doc, checksum: str) -> None:
        if fields.get("checksum") != checksum:
            raise no("400303", "Invalid checksum")
        ours = (self.settings.facts["merchant_code"], self.settings.facts["terminal_code"])
        if (fields.get("merchantCode"), fields.get("terminalCode")) != ours:
            raise no("400311", "Merchant or terminal does not exist")

    def _init(self, generation: str, fields: Doc) -> Doc:
        way = _way(fields)
        self._require(fields, signed_init(generation, fields, way, self.settings.secrets["init"]))
        order, amount = str(fields["orderCode"]), fields["totalPaymentAmount"]
        kind = METHODS.get(str(way.get("methodCode")))
        if kind not in fields["payments"] or way.get("amount") != amount or not 0 < amount < MOST_DONG:
            raise no("400311", "Invalid payment")
        if not 1 <= len(order) <= 50 or self.shelf.doc("order", order) is not None:
            raise no("400311", "The order code is used or does not fit")
        number = self.shelf.number()
        doc = {
            "order": order,
            "generation": generation,
            "request": f"PR{number}",
            "transaction": f"{number}",
            "method": way["methodCode"],
            "merchant_method": way.get("merchantMethodCode") or "",
            "client": way.get("clientTransactionCode") or "",
            "amount": amount,
            "description": str(fields.get("description") or ""),
            "qr": self._qr(order, amount) if kind == "qr" else "",
            "status": "WAITING",
            "created_ms": self.shelf.now(),
            "expires_ms": self._expiry(fields.get("expiredDate")),
            "attempts": [],
        }
        self._keep(doc)
        made: Doc = {"transactionCode": doc["transaction"]}
        if kind == "qr":
            made = {"responseCode": 200, "qrContent": doc["qr"], **made}
        return said(200, orderCode=order, paymentRequestId=doc["request"], payments={str(kind): made})

    def _query(self, generation: str, fields: Doc) -> Doc:
        self._require(fields, signed_query(generation, fields, self.settings.secrets["query"]))
        doc = self._order(generation, fields)
        if fields.get("paymentRequestId") not in ("", None, doc["request"]):
            raise no("400311", "Invalid data")
        return said(0 if generation == GATEWAY else 200, data={"transactions": [self._transaction(doc)]})

    def _cancel(self, generation: str, fields: Doc) -> Doc:
        self._require(fields, signed_cancel(generation, fields, self.settings.secrets["init"]))
        doc = self._order(generation, fields)
        if doc["status"] == "SUCCESS":
            raise no("400310", "The order is paid and cannot be cancelled")
        if doc["status"] != "WAITING":
            raise no("400311", f"The order is {doc['status']}")
        self._keep({**doc, "status": "CANCELED"})
        return said(200, orderCode=doc["order"])

    def _order(self, generation: str, fields: Doc) -> Doc:
        doc = self.shelf.doc("order", str(fields.get("orderCode")))
        if doc is None or doc["generation"] != generation:
            raise no("400311", "The order does not exist")
        return self._in_time(doc)

    def _in_time(self, doc: Doc) -> Doc:
        over = doc["status"] == "WAITING" and doc["expires_ms"] <= self.shelf.now()
        return {**doc, "status": "CANCELED"} if over else doc

    def _transaction(self, doc: Doc) -> Doc:
        old = doc["generation"] == GATEWAY
        told = {
            "transactionCode": doc["transaction"],
            "orderCode": doc["order"],
            "amount": doc.get("paid", doc["amount"]),
            "partnerTransactionCode": f"VNP{doc['transaction']}" if doc["status"] == "SUCCESS" else None,
            "methodCode": doc["method"],
            "paymentRequestId": doc["request"],
            "status": OLD_WORDS.get(doc["status"], doc["status"]) if old else doc["status"],
            "partnerCode": "VNPAY",
            "buyerPhone": None,
            "buyerName": None,
            "qrContent": doc["qr"] or None,
        }
        if old:
            return told
        paid_ms = doc.get("paid_ms")
        paid_at = written(paid_ms, DASH_SECONDS_FORMAT) if paid_ms is not None else None
        return {**told, "paymentTime": paid_at, "partnerMerchantCode": self.settings.facts["merchant_code"]}

    def _qr(self, order: str, amount: int) -> str:
        return emv.vnpay_text(
            merchant_code=self.settings.facts["merchant_code"],
            merchant_name="VNPAY SMARTPOS",
            merchant_type="9999",
            city="HANOI",
            terminal_id=self.settings.facts["terminal_code"],
            txn_id=order,
            amount=amount,
        )

    def _expiry(self, text: object) -> int:
        if not text:
            return self.shelf.now() + LIFE_MS
        try:
            return read(str(text), EXPIRY_FORMAT)
        except ValueError as problem:
            raise no("400311", "expiredDate is not yyMMddHHmm") from problem

    def _keep(self, doc: Doc) -> None:
        self.shelf.keep("order", doc["order"], doc)

    # ---- the terminal and its customers

    def offers(self) -> list[Offer]:
        """Return every order that was sent to the terminal."""
        return [self._offer(self._in_time(doc)) for doc in self.shelf.docs("order")]

    def offer(self, name: str) -> Offer | None:
        """Return one order."""
        doc = self.shelf.doc("order", name)
        return None if doc is None else self._offer(self._in_time(doc))

    def pay(self, name: str, wish: Wish) -> None:
        """Let the customer pay at the terminal, be declined, cancel there, or let the terminal fall silent."""
        doc = self._doc(name)
        status = wish.outcome or "SUCCESS"
        taken = {"id": doc["transaction"], "amount": wish.amount, "at_ms": self.shelf.now(), "status": status}
        doc = {**doc, "status": status, "attempts": [*doc["attempts"], taken]}
        if status == CUT_OFF:
            self._keep(doc)
        elif status == "SUCCESS":
            self._succeed(doc, wish.amount)
        else:
            self._keep(doc)
            self._tell(doc, wish.amount)

    def expire(self, name: str) -> None:
        """Let the terminal give up waiting."""
        self._keep({**self._doc(name), "status": "CANCELED"})

    def do(self, name: str, deed: str) -> None:
        """Let a terminal that fell silent tell of the payment after all."""
        doc = self._doc(name)
        last = {**doc["attempts"][-1], "status": "SUCCESS"}
        self._succeed({**doc, "status": "SUCCESS", "attempts": [*doc["attempts"][:-1], last]}, last["amount"])

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return a notification; its checksum is that of somebody without the secret if it is forged."""
        del at_ms  # nothing in the checksum depends on the moment of sending
        fields = json.loads(notice.body)
        generation = fields.pop("_generation")
        fields["checksum"] = signed_ipn(generation, fields, "somebody-else" if forged else self.settings.secrets["ipn"])
        return json.dumps(fields, ensure_ascii=False).encode("utf-8"), {"Content-Type": "application/json"}

    def judge(self, status: int, answer: str) -> Verdict:
        """Read the reply `{code, message, traceId}`; anything else at HTTP level counts as no answer."""
        try:
            reply = json.loads(answer)
        except ValueError:
            reply = None
        code = reply.get("code") if isinstance(reply, dict) else None
        if status != 200 or not isinstance(code, str):
            return Verdict(AGAIN, "")
        return Verdict(ACCEPTED if code == TAKEN else REFUSED, code)

    def _doc(self, name: str) -> Doc:
        doc = self.shelf.doc("order", name)
        if doc is None:
            raise CannotDo("unknown", f"the terminal has no order {name}")
        return doc

    def _succeed(self, doc: Doc, amount: int) -> None:
        doc = {**doc, "paid": amount, "paid_ms": self.shelf.now()}
        self._keep(doc)
        self._tell(doc, amount)

    def _tell(self, doc: Doc, amount: int) -> None:
        card = METHODS[doc["method"]] == "card"
        body = {
            "_generation": doc["generation"],
            "merchantCode": self.settings.facts["merchant_code"],
            "merchantMethodCode": doc["merchant_method"],
            "methodCode": doc["method"],
            "partnerCode": "VNPAY",
            "orderCode": doc["order"],
            "amount": amount,
            "realAmount": amount,
            "totalPaid": amount,
            "transactionCode": doc["transaction"],
            "clientTransactionCode": doc["client"],
            "responseCode": IPN_CODES[doc["status"]],
            "responseMessage": "Giao dịch thành công" if doc["status"] == "SUCCESS" else "Giao dịch thất bại",
            "partnerTransactionCode": f"VNP{doc['transaction']}",
            "bankCode": "VCB",
            "cardNumberFirst6Digits": "970436" if card else "",
            "cardNumberLast4Digits": "0018" if card else "",
            "extraData": "",
        }
        self.shelf.tell(doc["order"], amount, "VND", json.dumps(body, ensure_ascii=False))

    def _offer(self, doc: Doc) -> Offer:
        status = {"SUCCESS": "paid", "WAITING": "open", CUT_OFF: "held"}.get(doc["status"], "expired")
        return Offer(
            name=doc["order"],
            title=doc["description"] or doc["order"],
            amount=doc["amount"],
            currency="VND",
            status=status,
            created_ms=doc["created_ms"],
            expires_ms=doc["expires_ms"],
            text=doc["qr"],
            attempts=tuple(
                Taken(
                    taken["id"],
                    taken["amount"],
                    taken["at_ms"],
                    took_money=taken["status"] == "SUCCESS",
                    code="" if taken["status"] == "SUCCESS" else taken["status"],
                )
                for taken in doc["attempts"]
            ),
            deeds=("speaks",) if doc["status"] == CUT_OFF else (),
        )


def _way(fields: Doc) -> Doc:
    """Return the one way of paying of an order; raises Refused when something is missing."""
    ways = fields.get("payments")
    named = all(fields.get(name) is not None for name in ("orderCode", "userId", "totalPaymentAmount", "checksum"))
    if not named or not isinstance(ways, dict) or len(ways) != 1 or type(fields["totalPaymentAmount"]) is not int:
        raise no("400001", "Missing fields")
    (way,) = ways.values()
    if not isinstance(way, dict):
        raise no("400001", "Missing fields")
    return way


def said(code: int, **more: object) -> Doc:
    """Return an answer that says yes."""
    return {"code": code, "message": "Thành công", **more}


def no(code: str, message: str) -> Refused:
    """Return a refusal; they come at HTTP 200."""
    return Refused(JSONResponse({"code": int(code), "message": message}))

"""HyperPay (OPPWA): checkouts with a widget, captures, reversals, refunds and encrypted notifications.

Secrets: `access_token`, `webhook_key` (64 hex digits); facts: `entity_id` and, for a channel of MADA alone,
`mada_entity_id`. Amounts have two decimals. The simulator's own: which cents bring which result, and that a rejected
checkout is over. Sources: hyperpay_wire.py.
"""

import json
from collections.abc import Callable
from typing import ClassVar, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator import hyperpay_wire as wire
from server.simulator.facts import Notice
from server.simulator.stall import Asked, Call, CannotDo, Doc, GivenBack, Offer, Stall, Taken, Wish

LIFE_MS: Final = 30 * 60_000
CURRENCIES: Final = frozenset({"AED", "BHD", "EGP", "EUR", "GBP", "JOD", "KWD", "OMR", "QAR", "SAR", "USD"})
BRANDS: Final = {"MADA": "446404", "VISA": "401200"}
UNSETTLED: Final = frozenset({wire.PENDING, wire.SLOW, wire.DOUBT})
TAKES: Final = frozenset({wire.PAID, wire.REVIEW})

Work = Callable[[Asked, Doc], Doc]


class Hyperpay(Stall):
    """One merchant in HyperPay's test system."""

    name = "hyperpay"
    brand = "HyperPay"
    outcomes = (
        "800.100.152",
        "800.100.155",
        "800.100.151",
        "800.100.153",
        "800.100.157",
        "800.100.162",
        "800.300.101",
        "300.100.100",
        "100.390.112",
        "100.396.101",
        "100.396.103",
        "999.999.999",
        wire.PENDING,
        wire.SLOW,
        wire.DOUBT,
        wire.REVIEW,
    )
    deeds: ClassVar = {
        "settles": ("Ngân hàng báo đã trả", "It turns out paid"),
        "fails": ("Ngân hàng báo không trả", "It turns out rejected"),
        "desk_refund": ("Hoàn tiền trên trang HyperPay", "Refund at HyperPay's own desk"),
        "dispute": ("Ngân hàng đòi lại tiền", "Charge-back"),
        "dispute_won": ("Thắng khiếu nại", "Charge-back won"),
    }
    waits_s = (60.0, 120.0, 240.0, 480.0, 900.0, 1800.0, 3600.0, *(86400.0,) * 29)

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that are simulated."""
        return (
            Call("POST", "/v1/checkouts", self._handler(self._checkout)),
            Call("GET", "/v1/checkouts/{id}/payment", self._handler(self._status)),
            Call("GET", "/v1/paymentWidgets.js", self._widget),
            Call("POST", "/v1/payments/{id}", self._handler(self._change)),
            Call("GET", "/v1/payments/{id}", self._handler(self._one)),
            Call("GET", "/v1/query/{id}", self._handler(self._one)),
            Call("GET", "/v1/query", self._handler(self._query)),
            Call("GET", "/v1/resultcodes", self._codes),
        )

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as HyperPay says it."""
        if status >= 500:
            return Response("Service unavailable", status)
        return JSONResponse({"error": "simulated"}, status_code=status)

    def _handler(self, work: Work) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            now_ms = self.shelf.now()
            try:
                fields = dict(asked.form() if asked.body else asked.query)
            except ValueError as problem:
                raise wire.no("200.300.404", now_ms) from problem
            if asked.headers.get("authorization") != f"Bearer {self.settings.secrets['access_token']}":
                raise wire.no("800.900.300", now_ms, status=401)
            if fields.get("entityId") not in self._entities():
                raise wire.no("800.900.300", now_ms, "entityId", status=401)
            return JSONResponse(work(asked, fields))

        return handler

    def _entities(self) -> list[str]:
        facts = self.settings.facts
        return [facts[name] for name in ("entity_id", "mada_entity_id") if name in facts]

    def _checkout(self, _: Asked, fields: Doc) -> Doc:
        now_ms = self.shelf.now()
        amount = wire.minor(fields.get("amount"), now_ms)
        if amount == 0 or fields.get("currency") not in CURRENCIES or fields.get("paymentType") not in ("DB", "PA"):
            raise wire.no("200.300.404", now_ms, "amount, currency or paymentType")
        name = f"{self.shelf.number():032X}.{wire.NODE}"
        doc = {
            "id": name,
            "entity": fields["entityId"],
            "amount": amount,
            "currency": fields["currency"],
            "kind": fields["paymentType"],
            "reference": str(fields.get("merchantTransactionId", "")),
            "payment": None,
            "created_ms": now_ms,
            "expires_ms": now_ms + LIFE_MS,
        }
        self.shelf.keep("checkout", name, doc)
        return wire.said("000.200.100", now_ms, id=name, ndc=name)

    def _status(self, asked: Asked, fields: Doc) -> Doc:
        now_ms = self.shelf.now()
        doc = self.shelf.doc("checkout", asked.path["id"])
        if doc is None or doc["entity"] != fields["entityId"] or doc["expires_ms"] <= now_ms:
            raise wire.no("200.300.404", now_ms, "(opp) No payment session found for the requested id")
        if doc["payment"] is None:
            return wire.said(wire.PENDING, now_ms, ndc=doc["id"])
        return _public(self._payment(doc["payment"]))

    def _widget(self, asked: Asked) -> Response:
        name = dict(asked.query).get("checkoutId", "")
        return Response(wire.widget(asked.origin + self.page_of(name), name), media_type="text/javascript")

    def _one(self, asked: Asked, fields: Doc) -> Doc:
        doc = self.shelf.doc("payment", asked.path["id"])
        if doc is None or doc["_entity"] != fields["entityId"]:
            raise wire.no("700.400.580", self.shelf.now(), status=404)
        return _public(doc)

    def _query(self, _: Asked, fields: Doc) -> Doc:
        now_ms = self.shelf.now()
        wanted = fields.get("merchantTransactionId")
        found = [
            _public(doc, report=True)
            for doc in self.shelf.docs("payment")
            if doc["_entity"] == fields["entityId"] and doc["merchantTransactionId"] == wanted
        ]
        if not found:
            raise wire.no("700.400.580", now_ms, status=404)
        return wire.said("000.000.100", now_ms, payments=found)

    def _codes(self, _: Asked) -> Response:
        codes = [{"code": code, "description": words} for code, words in wire.RESULTS.items()]
        return JSONResponse({"resultCodes": codes})

    def _change(self, asked: Asked, fields: Doc) -> Doc:
        now_ms = self.shelf.now()
        doc = self.shelf.doc("payment", asked.path["id"])
        if doc is None or doc["_entity"] != fields["entityId"]:
            raise wire.no("700.400.580", now_ms, status=404)
        kind = str(fields.get("paymentType"))
        amount = wire.minor(fields["amount"], now_ms) if "amount" in fields else doc["_amount"]
        if fields.get("currency", doc["currency"]) != doc["currency"] or kind not in ("CP", "RV", "RF"):
            raise wire.no("200.300.404", now_ms, "paymentType or currency")
        code = self._refusal(doc, kind, amount)
        made = self._made(doc, kind, amount, code or wire.PAID, str(fields.get("merchantTransactionId", "")))
        return _public(made)

    def _refusal(self, doc: Doc, kind: str, amount: int) -> str:
        """Return why a transaction cannot be captured, reversed or refunded; empty if it can."""
        after = self._after(doc)
        captured = sum(other["_amount"] for other in after if other["paymentType"] == "CP")
        reversed_ = any(other["paymentType"] == "RV" for other in after)
        returned = sum(other["_amount"] for other in after if other["paymentType"] == "RF")
        took = doc["result"]["code"] in TAKES
        holds, pays = doc["paymentType"] == "PA", doc["paymentType"] in ("DB", "CP")
        if kind == "CP":
            fits = holds and took and not reversed_ and 0 < amount <= doc["_amount"] - captured
            return "" if fits else "700.400.100"
        if kind == "RV":
            fits = took and not reversed_ and not captured and not returned and (holds or pays)
            return "" if fits else "700.400.300"
        fits = pays and took and not reversed_ and 0 < amount <= doc["_amount"] - returned
        return "" if fits else "700.400.200"

    def _made(self, doc: Doc, kind: str, amount: int, code: str, reference: str) -> Doc:
        """Keep and tell a transaction that acts on another."""
        made = {
            **doc,
            "id": f"8ac7a4a1{self.shelf.number():024x}",
            "paymentType": kind,
            "amount": wire.decimal(amount),
            "_amount": amount,
            "merchantTransactionId": reference,
            "referencedId": doc["id"],
            "result": wire.result(code),
            "timestamp": wire.moment(self.shelf.now()),
            "_at_ms": self.shelf.now(),
        }
        return self._tell(made)

    # ---- customers

    def offers(self) -> list[Offer]:
        """Return every checkout."""
        return [self._offer(doc) for doc in self.shelf.docs("checkout")]

    def offer(self, name: str) -> Offer | None:
        """Return one checkout."""
        doc = self.shelf.doc("checkout", name)
        return None if doc is None else self._offer(doc)

    def pay(self, name: str, wish: Wish) -> None:
        """Let the customer pay by card: pending after the 3-D Secure page, then what comes of it."""
        checkout = self._required("checkout", name)
        code = wish.outcome or wire.MAGIC.get(wish.amount % 100, wire.PAID)
        brand = "MADA" if checkout["entity"] == self.settings.facts.get("mada_entity_id") else "VISA"
        payment = {
            "id": f"8ac7a4a1{self.shelf.number():024x}",
            "paymentType": checkout["kind"],
            "paymentBrand": brand,
            "amount": wire.decimal(wish.amount),
            "currency": checkout["currency"],
            "descriptor": "simulated",
            "merchantTransactionId": checkout["reference"],
            "result": wire.result(wire.PENDING),
            "resultDetails": {"ConnectorTxID1": "simulated"},
            "card": {
                "bin": BRANDS[brand],
                "last4Digits": "0007",
                "holder": "Jane Jones",
                "expiryMonth": "11",
                "expiryYear": "2034",
            },
            "customParameters": {},
            "risk": {"score": "0"},
            "timestamp": wire.moment(self.shelf.now()),
            "ndc": checkout["id"],
            "_amount": wish.amount,
            "_entity": checkout["entity"],
            "_at_ms": self.shelf.now(),
        }
        self._tell(payment)
        self.shelf.keep("checkout", name, {**checkout, "payment": payment["id"]})
        if code != wire.PENDING:
            self._tell({**payment, "result": wire.result(code)})

    def expire(self, name: str) -> None:
        """Let the session of a checkout end."""
        self.shelf.keep("checkout", name, {**self._required("checkout", name), "expires_ms": self.shelf.now()})

    def do(self, name: str, deed: str) -> None:
        """Carry out what banks and HyperPay's own desk do."""
        payment = self._payment(self._required("checkout", name)["payment"])
        money = self._money(payment) or payment
        match deed:
            case "settles" | "fails":
                code = wire.PAID if deed == "settles" else "100.396.103"
                self._tell({**payment, "result": wire.result(code), "timestamp": wire.moment(self.shelf.now())})
            case "desk_refund":
                self._made(money, "RF", self._left(money), wire.PAID, "")
            case "dispute":
                self._made(money, "CB", money["_amount"], "000.100.220", money["merchantTransactionId"])
            case _:
                self._made(money, "CR", money["_amount"], "000.100.105", money["merchantTransactionId"])

    def refunds(self) -> list[GivenBack]:
        """Return all refunds."""
        return [
            GivenBack(
                doc["id"],
                doc["referencedId"],
                doc["_amount"],
                doc["currency"],
                "succeeded" if doc["result"]["code"] in TAKES else "failed",
                doc["_at_ms"],
            )
            for doc in self.shelf.docs("payment")
            if doc["paymentType"] == "RF"
        ]

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return a notification, encrypted afresh; a forged one by somebody without the key."""
        del at_ms  # nothing in the cipher depends on the moment of sending
        return wire.sealed(notice.body, "0f" * 32 if forged else self.settings.secrets["webhook_key"])

    # ---- keeping and telling

    def _required(self, kind: str, name: str) -> Doc:
        doc = self.shelf.doc(kind, name)
        if doc is None:
            raise CannotDo("unknown", f"HyperPay has no {kind} {name}")
        return doc

    def _payment(self, name: str) -> Doc:
        return self._required("payment", name)

    def _tell(self, payment: Doc) -> Doc:
        self.shelf.keep("payment", payment["id"], payment)
        payload = {**_public(payment), "authentication": {"entityId": payment["_entity"]}}
        body = json.dumps({"type": "PAYMENT", "payload": payload}, ensure_ascii=False)
        self.shelf.tell(payment["ndc"], payment["_amount"], payment["currency"], body)
        return payment

    def _after(self, payment: Doc) -> list[Doc]:
        """Return what succeeded upon a transaction."""
        return [
            doc
            for doc in self.shelf.docs("payment")
            if doc.get("referencedId") == payment["id"] and doc["result"]["code"].startswith("000.100.")
        ]

    def _money(self, payment: Doc) -> Doc | None:
        """Return the transaction that took the money of a checkout: the debit itself or the capture of a hold."""
        if payment["paymentType"] == "DB":
            return payment if payment["result"]["code"] in TAKES else None
        return next((doc for doc in self._after(payment) if doc["paymentType"] == "CP"), None)

    def _left(self, money: Doc) -> int:
        taken: int = money["_amount"]
        returned: int = sum(doc["_amount"] for doc in self._after(money) if doc["paymentType"] == "RF")
        return taken - returned

    def _offer(self, doc: Doc) -> Offer:
        payment = None if doc["payment"] is None else self._payment(doc["payment"])
        return Offer(
            name=doc["id"],
            title=doc["reference"],
            amount=doc["amount"],
            currency=doc["currency"],
            status=self._state(doc, payment),
            created_ms=doc["created_ms"],
            expires_ms=doc["expires_ms"],
            attempts=() if payment is None else (_taken(payment),),
            deeds=() if payment is None else self._deeds(payment),
        )

    def _state(self, checkout: Doc, payment: Doc | None) -> str:
        if payment is None:
            return "expired" if checkout["expires_ms"] <= self.shelf.now() else "open"
        if payment["result"]["code"] in UNSETTLED:
            return "held"
        if payment["result"]["code"] not in TAKES:
            return "expired"
        if payment["paymentType"] == "DB" or self._money(payment) is not None:
            return "paid"
        return "expired" if any(doc["paymentType"] == "RV" for doc in self._after(payment)) else "held"

    def _deeds(self, payment: Doc) -> tuple[str, ...]:
        if payment["result"]["code"] in UNSETTLED:
            return ("settles", "fails")
        money = self._money(payment)
        if money is None:
            return ()
        done = {doc["paymentType"] for doc in self._after(money)}
        deeds = ["desk_refund"] if self._left(money) > 0 and "CB" not in done else []
        if "CB" not in done:
            deeds.append("dispute")
        elif "CR" not in done:
            deeds.append("dispute_won")
        return tuple(deeds)


def _public(payment: Doc, *, report: bool = False) -> Doc:
    """Return a transaction without what the simulator alone knows; a report leaves out the amount of a rejected one."""
    code = payment["result"]["code"]
    silent = report and code not in TAKES | UNSETTLED and not code.startswith("000.")
    hidden = {"amount", "currency"} if silent else set()
    return {name: value for name, value in payment.items() if not name.startswith("_") and name not in hidden}


def _taken(payment: Doc) -> Taken:
    code = payment["result"]["code"]
    took = code in TAKES
    return Taken(payment["id"], payment["_amount"], payment["_at_ms"], took_money=took, code="" if took else code)

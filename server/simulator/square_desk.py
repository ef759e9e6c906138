"""Square's API as the shop's hub meets it: payments, links, orders, terminal checkouts and refunds."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Final

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator.settings import StallSettings
from server.simulator.square_ledger import Ledger
from server.simulator.square_wire import (
    MAX_KEY,
    MAX_NOTE,
    MAX_REFERENCE,
    SOURCES,
    error,
    invalid,
    missing,
    public,
    read_moment,
    read_money,
    text,
)
from server.simulator.stall import Asked, Call, Doc, Refused, Shelf

PAYMENTS: Final = "/v2/payments"
LINKS: Final = "/v2/online-checkout/payment-links"
CHECKOUTS: Final = "/v2/terminals/checkouts"
MAX_DEADLINE_MS: Final = 300_000
MAX_REASON: Final = 192

_SECONDS: Final = re.compile(r"PT(?:([0-9]+)M)?(?:([0-9]+)S)?")

Work = Callable[[Asked, Doc], Response]


class Desk:
    """The API of one location; `page_of` gives the path of a link's page."""

    def __init__(self, shelf: Shelf, settings: StallSettings, ledger: Ledger, page_of: Callable[[str], str]) -> None:
        self._shelf = shelf
        self._settings = settings
        self._ledger = ledger
        self._page_of = page_of

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that are simulated."""
        return (
            Call("POST", PAYMENTS, self._once(self._charge)),
            Call("GET", PAYMENTS, self._known(self._list)),
            Call("POST", PAYMENTS + "/cancel", self._known(self._cancel_key)),
            Call("GET", PAYMENTS + "/{id}", self._known(self._one("payment"))),
            Call("PUT", PAYMENTS + "/{id}", self._once(self._change)),
            Call("POST", PAYMENTS + "/{id}/complete", self._known(self._complete)),
            Call("POST", PAYMENTS + "/{id}/cancel", self._known(self._cancel)),
            Call("POST", "/v2/refunds", self._once(self._refund)),
            Call("GET", "/v2/refunds/{id}", self._known(self._one("refund"))),
            Call("GET", "/v2/orders/{id}", self._known(self._one("order"))),
            Call("POST", LINKS, self._once(self._link)),
            Call("GET", LINKS + "/{id}", self._known(self._one("link", "payment_link"))),
            Call("DELETE", LINKS + "/{id}", self._known(self._drop_link)),
            Call("POST", CHECKOUTS, self._once(self._checkout)),
            Call("POST", CHECKOUTS + "/search", self._known(self._search)),
            Call("GET", CHECKOUTS + "/{id}", self._known(self._one("checkout"))),
            Call("POST", CHECKOUTS + "/{id}/cancel", self._known(self._cancel_checkout)),
        )

    def in_time(self, checkout: Doc) -> Doc:
        """Return a checkout as it stands now: one that waited too long has timed out."""
        waits = checkout["status"] in {"PENDING", "IN_PROGRESS", "CANCEL_REQUESTED"}
        if waits and checkout["_until_ms"] <= self._shelf.now():
            return checkout | {"status": "CANCELED", "cancel_reason": "TIMED_OUT"}
        return checkout

    # ---- every call

    def _known(self, work: Work) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            if asked.headers.get("authorization") != f"Bearer {self._settings.secrets['access_token']}":
                raise invalid("UNAUTHORIZED", status=401)
            return work(asked, _body(asked))

        return handler

    def _once(self, work: Work) -> Callable[[Asked], Response]:
        """Return a handler that carries a request out once for each idempotency key and repeats its answer."""

        def once(asked: Asked, body: Doc) -> Response:
            key = body.get("idempotency_key")
            if not isinstance(key, str) or not key:
                raise invalid("MISSING_REQUIRED_PARAMETER", "idempotency_key")
            if len(key) > MAX_KEY:
                raise invalid("VALUE_TOO_LONG", "idempotency_key")
            place = f"{work.__name__}:{key}"
            known = self._shelf.doc("key", place)
            said = json.dumps([dict(asked.path), body], sort_keys=True)
            mark = hashlib.sha256(said.encode()).hexdigest()
            if known is not None and known["mark"] != mark:
                raise invalid("IDEMPOTENCY_KEY_REUSED", "idempotency_key")
            if known is not None:
                return Response(known["body"], known["status"], media_type="application/json")
            response = work(asked, body)
            answer = bytes(response.body).decode()
            self._shelf.keep("key", place, {"mark": mark, "status": response.status_code, "body": answer})
            return response

        return self._known(once)

    def _one(self, kind: str, name: str = "") -> Work:
        def work(asked: Asked, _: Doc) -> Response:
            return _said(name or kind, self._found(kind, asked.path["id"]))

        return work

    def _found(self, kind: str, name: str) -> Doc:
        doc = self._shelf.doc(kind, name)
        if doc is None or doc.get("_deleted"):
            raise missing()
        return self.in_time(doc) if kind == "checkout" else doc

    def _require_location(self, given: object) -> None:
        if given not in (None, self._settings.facts["location_id"]):
            raise invalid("INVALID_LOCATION", "location_id", 403)

    # ---- payments

    def _charge(self, _: Asked, body: Doc) -> Response:
        amount, currency = read_money(body, "amount_money")
        self._require_location(body.get("location_id"))
        source = str(body.get("source_id"))
        if source not in SOURCES:
            raise invalid("NOT_FOUND", "source_id", 404)
        facts = {
            "autocomplete": body.get("autocomplete", True),
            "reference_id": text(body, "reference_id", MAX_REFERENCE),
            "note": text(body, "note", MAX_NOTE),
        }
        payment = self._ledger.charge("", amount, currency, SOURCES[source], facts)
        if payment["status"] == "FAILED":
            return error(402, SOURCES[source], payment=public(payment))
        return _said("payment", payment)

    def _list(self, asked: Asked, _: Doc) -> Response:
        query = dict(asked.query)
        self._require_location(query.get("location_id"))
        begin = read_moment(query["begin_time"]) if "begin_time" in query else 0
        end = read_moment(query["end_time"]) if "end_time" in query else self._shelf.now()
        docs = [doc for doc in self._shelf.docs("payment") if begin <= doc["_at_ms"] <= end]
        if query.get("sort_order", "DESC") == "DESC":
            docs.reverse()
        start, limit = int(query.get("cursor", "0")), min(int(query.get("limit", "100")), 100)
        page: Doc = {"payments": [public(doc) for doc in docs[start : start + limit]]}
        if start + limit < len(docs):
            page["cursor"] = str(start + limit)
        return JSONResponse(page)

    def _change(self, asked: Asked, body: Doc) -> Response:
        payment = self._approved(asked.path["id"])
        fields = body.get("payment")
        amount, currency = read_money(fields if isinstance(fields, dict) else {}, "amount_money")
        if currency != payment["amount_money"]["currency"]:
            raise invalid("CURRENCY_MISMATCH", "payment.amount_money.currency")
        if amount > payment["approved_money"]["amount"]:
            raise invalid("AMOUNT_TOO_HIGH", "payment.amount_money.amount")
        return _said("payment", self._ledger.change(payment, amount))

    def _complete(self, asked: Asked, _: Doc) -> Response:
        return _said("payment", self._ledger.settle(self._approved(asked.path["id"]), "COMPLETED"))

    def _cancel(self, asked: Asked, _: Doc) -> Response:
        return _said("payment", self._ledger.settle(self._approved(asked.path["id"]), "CANCELED"))

    def _cancel_key(self, _: Asked, body: Doc) -> Response:
        known = self._shelf.doc("key", f"_charge:{body.get('idempotency_key')}")
        if known is not None and "payment" in (answer := json.loads(known["body"])):
            payment = self._ledger.doc("payment", answer["payment"]["id"])
            if payment["status"] not in {"FAILED", "CANCELED"}:
                self._ledger.settle(self._approved(payment["id"]), "CANCELED")
        return JSONResponse({})

    def _approved(self, name: str) -> Doc:
        payment = self._found("payment", name)
        codes = {"COMPLETED": "DELAYED_TRANSACTION_CAPTURED", "CANCELED": "DELAYED_TRANSACTION_CANCELED"}
        if payment["status"] != "APPROVED":
            raise invalid(codes.get(payment["status"], "DELAYED_TRANSACTION_FAILED"))
        if payment["_delayed_ms"] <= self._shelf.now():
            raise invalid("DELAYED_TRANSACTION_EXPIRED")
        return payment

    # ---- refunds

    def _refund(self, _: Asked, body: Doc) -> Response:
        amount, currency = read_money(body, "amount_money")
        payment = self._found("payment", str(body.get("payment_id")))
        if payment["status"] != "COMPLETED":
            raise invalid("REFUND_ERROR_PAYMENT_NEEDS_COMPLETION")
        if self._shelf.doc("dispute", payment["id"]) is not None:
            raise invalid("PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE")
        if currency != payment["amount_money"]["currency"]:
            raise invalid("CURRENCY_MISMATCH", "amount_money.currency")
        if amount + self._ledger.given_back(payment) > payment["total_money"]["amount"]:
            raise invalid("REFUND_AMOUNT_INVALID", "amount_money.amount")
        return _said("refund", self._ledger.give_back(payment, amount, text(body, "reason", MAX_REASON)))

    # ---- links

    def _link(self, asked: Asked, body: Doc) -> Response:
        quick, order = body.get("quick_pay"), body.get("order")
        if isinstance(quick, dict):
            amount, currency = read_money(quick, "price_money")
            order = {"location_id": quick.get("location_id"), "line_items": [{"name": quick.get("name")}]}
        elif isinstance(order, dict):
            amount, currency = _total(order)
        else:
            raise invalid("MISSING_REQUIRED_PARAMETER", "order")
        self._require_location(order.get("location_id"))
        facts = {"payment_note": text(body, "payment_note", MAX_NOTE), "origin": asked.origin, "page": self._page_of}
        link = self._ledger.link(order, amount, currency, facts)
        orders = [public(self._ledger.doc("order", link["order_id"]))]
        return JSONResponse({"payment_link": public(link), "related_resources": {"orders": orders}})

    def _drop_link(self, asked: Asked, _: Doc) -> Response:
        link = self._found("link", asked.path["id"])
        order = self._ledger.drop_link(link)
        cancelled = {"cancelled_order_id": order["id"]} if order["state"] == "CANCELED" else {}
        return JSONResponse({"id": link["id"], **cancelled})

    # ---- terminal

    def _checkout(self, _: Asked, body: Doc) -> Response:
        fields = body.get("checkout")
        if not isinstance(fields, dict):
            raise invalid("MISSING_REQUIRED_PARAMETER", "checkout")
        amount, currency = read_money(fields, "amount_money")
        device = fields.get("device_options")
        if not isinstance(device, dict) or device.get("device_id") != self._settings.facts["device_id"]:
            raise invalid("NOT_FOUND", "checkout.device_options.device_id", 404)
        text(fields, "reference_id", MAX_REFERENCE)
        text(fields, "note", MAX_NOTE)
        wait_ms = _duration_ms(fields.get("deadline_duration", "PT5M"))
        return _said("checkout", self._ledger.checkout(fields, amount, currency, wait_ms))

    def _search(self, _: Asked, body: Doc) -> Response:
        query = body.get("query")
        wanted = (query.get("filter") or {}).get("status") if isinstance(query, dict) else None
        docs = [self.in_time(doc) for doc in self._shelf.docs("checkout")]
        return JSONResponse({"checkouts": [public(doc) for doc in docs if wanted in (None, doc["status"])]})

    def _cancel_checkout(self, asked: Asked, _: Doc) -> Response:
        checkout = self._found("checkout", asked.path["id"])
        if checkout["status"] == "PENDING":
            return _said("checkout", self._ledger.end_checkout(checkout, "SELLER_CANCELED"))
        if checkout["status"] in {"IN_PROGRESS", "CANCEL_REQUESTED"}:
            return _said("checkout", self._ledger.move_checkout(checkout, "CANCEL_REQUESTED"))
        raise invalid("BAD_REQUEST")


def _said(name: str, doc: Doc) -> JSONResponse:
    return JSONResponse({name: public(doc)})


def _body(asked: Asked) -> Doc:
    try:
        return asked.json()
    except ValueError as problem:
        raise Refused(error(400, "EXPECTED_JSON_BODY")) from problem


def _total(order: Doc) -> tuple[int, str]:
    lines = order.get("line_items")
    if not isinstance(lines, list) or not lines:
        raise invalid("MISSING_REQUIRED_PARAMETER", "order.line_items")
    prices = [read_money(line, "base_price_money") for line in lines]
    quantities = [str(line.get("quantity", "")) for line in lines]
    currencies = {currency for _, currency in prices}
    if len(currencies) != 1 or not all(quantity.isdecimal() for quantity in quantities):
        raise invalid("INVALID_VALUE", "order.line_items")
    return sum(amount * int(n) for (amount, _), n in zip(prices, quantities, strict=True)), currencies.pop()


def _duration_ms(value: object) -> int:
    match = _SECONDS.fullmatch(str(value))
    seconds = int(match[1] or 0) * 60 + int(match[2] or 0) if match else 0
    if not 10_000 <= seconds * 1000 <= MAX_DEADLINE_MS:
        raise invalid("INVALID_VALUE", "checkout.deadline_duration")
    return seconds * 1000

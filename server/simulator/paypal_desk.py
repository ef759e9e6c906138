"""PayPal's API as the shop's hub meets it: token, orders, holds, captures, refunds, certificate and verification."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Final

from fastapi import Response
from fastapi.responses import JSONResponse, PlainTextResponse

from server.simulator.paypal_ledger import Ledger, require_whole
from server.simulator.paypal_wire import (
    ALGORITHM,
    CERTIFICATES_PATH,
    TOKEN_LIVES_S,
    Notary,
    error,
    is_token,
    link,
    missing,
    public,
    read,
    signed_text,
    token,
    unprocessable,
)
from server.simulator.settings import StallSettings
from server.simulator.stall import Asked, Call, Doc, Refused, Shelf

ORDERS: Final = "/v2/checkout/orders"
PAYMENTS: Final = "/v2/payments"
ORDER_KEYS_MS: Final = 6 * 3600 * 1000
PAYMENT_KEYS_MS: Final = 45 * 24 * 3600 * 1000
MOST_OF_A_HOLD: Final = 115
"""Per cent of a hold that may be captured."""

_PATCHED: Final = re.compile(r"/purchase_units/@reference_id=='([^']*)'/(custom_id|description|invoice_id)")

Work = Callable[[Asked, Doc], Doc]


class Desk:
    """The API of one account; `page_of` gives the path of an order's page."""

    def __init__(
        self, shelf: Shelf, settings: StallSettings, ledger: Ledger, notary: Notary, page_of: Callable[[str], str]
    ) -> None:
        self._shelf = shelf
        self._settings = settings
        self._ledger = ledger
        self._notary = notary
        self._page_of = page_of

    def calls(self) -> tuple[Call, ...]:
        """Return the calls of Orders v2, Payments v2 and Webhooks v1 that are simulated."""
        holds, captures = f"{PAYMENTS}/authorizations/{{id}}", f"{PAYMENTS}/captures/{{id}}"
        once, hours = self._once, ORDER_KEYS_MS
        return (
            Call("POST", "/v1/oauth2/token", self._token),
            Call("POST", ORDERS, once("order", hours, 201, self._create)),
            Call("GET", ORDERS + "/{id}", self._one("order")),
            Call("PATCH", ORDERS + "/{id}", self._patch),
            Call("POST", ORDERS + "/{id}/capture", once("order", hours, 201, self._complete("CAPTURE"))),
            Call("POST", ORDERS + "/{id}/authorize", once("order", hours, 201, self._complete("AUTHORIZE"))),
            Call("GET", holds, self._one("authorization")),
            Call("POST", holds + "/capture", once("capture", PAYMENT_KEYS_MS, 201, self._take)),
            Call("POST", holds + "/void", once("authorization", PAYMENT_KEYS_MS, 200, self._void)),
            Call("GET", captures, self._one("capture")),
            Call("POST", captures + "/refund", once("refund", PAYMENT_KEYS_MS, 201, self._refund)),
            Call("GET", PAYMENTS + "/refunds/{id}", self._one("refund")),
            Call("GET", CERTIFICATES_PATH + "/{id}", self._certificate),
            Call("POST", "/v1/notifications/verify-webhook-signature", self._verify),
            Call("POST", "/v1/notifications/webhooks-events/{id}/resend", self._resend),
        )

    # ---- every call

    def _once(self, kind: str, kept_ms: int, status: int, work: Work) -> Callable[[Asked], Response]:
        """Return a handler that carries a call out once for each PayPal-Request-Id and then tells its latest state."""

        def handler(asked: Asked) -> Response:
            self._require_token(asked)
            body = _body(asked)
            request_id = asked.headers.get("paypal-request-id", "")
            key = f"{work.__name__}:{asked.path.get('id', '')}:{request_id}"
            known = self._shelf.doc("key", key) if request_id else None
            if known is not None and self._shelf.now() - known["at_ms"] < kept_ms:
                return self._said(kind, self._ledger.doc(kind, known["name"]), asked, 200)
            doc = work(asked, body)
            if isinstance(doc.get("_refused"), str):
                return error(422, doc["_refused"])
            if request_id:
                self._shelf.keep("key", key, {"name": doc["id"], "at_ms": self._shelf.now()})
            return self._said(kind, doc, asked, status)

        return handler

    def _one(self, kind: str) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            self._require_token(asked)
            return JSONResponse(self._represented(kind, self._found(kind, asked.path["id"])))

        return handler

    def _said(self, kind: str, doc: Doc, asked: Asked, status: int) -> Response:
        whole = self._represented(kind, doc)
        if asked.headers.get("prefer") != "return=representation":
            names = ["id", "status", "links", "payment_source"]
            names += ["purchase_units"] if whole["status"] == "COMPLETED" else []
            whole = {name: whole[name] for name in names if name in whole}
        return JSONResponse(whole, status_code=status)

    def _represented(self, kind: str, doc: Doc) -> Doc:
        if kind != "order":
            return public(doc)
        self_link = f"{doc['_origin']}{ORDERS}/{doc['id']}"
        links = [link(self_link, "self")]
        if doc["status"] in {"CREATED", "PAYER_ACTION_REQUIRED"}:
            relation = "approve" if doc["status"] == "CREATED" else "payer-action"
            links.append(link(doc["_origin"] + self._page_of(doc["id"]), relation))
        if doc["status"] == "APPROVED":
            act = "capture" if doc["intent"] == "CAPTURE" else "authorize"
            links.append(link(f"{self_link}/{act}", act, "POST"))
        return public(self._ledger.whole(doc)) | {"links": links}

    def _require_token(self, asked: Asked) -> None:
        given = asked.headers.get("authorization", "").removeprefix("Bearer ")
        ours = self._settings
        if not is_token(given, ours.facts["client_id"], ours.secrets["client_secret"], self._shelf.now() // 1000):
            raise Refused(error(401))

    def _found(self, kind: str, name: str) -> Doc:
        doc = self._shelf.doc(kind, name)
        if doc is None:
            raise missing()
        if kind == "order" and doc["status"] != "COMPLETED" and doc["_expires_ms"] <= self._shelf.now():
            raise missing()
        return doc

    # ---- token, certificate, notifications

    def _token(self, asked: Asked) -> Response:
        ours = self._settings
        pair = f"{ours.facts['client_id']}:{ours.secrets['client_secret']}"
        try:
            given = base64.b64decode(asked.headers.get("authorization", "").removeprefix("Basic "), validate=True)
        except binascii.Error:
            given = b""
        if given != pair.encode():
            return JSONResponse({"error": "invalid_client", "error_description": "Client Authentication failed"}, 401)
        if ("grant_type", "client_credentials") not in asked.form():
            return JSONResponse({"error": "unsupported_grant_type", "error_description": "Grant type"}, 400)
        made = token(ours.facts["client_id"], ours.secrets["client_secret"], self._shelf.now() // 1000)
        facts = {"scope": "https://uri.paypal.com/services/payments/payment/authcapture", "app_id": "APP-SIMULATED"}
        return JSONResponse({**facts, "access_token": made, "token_type": "Bearer", "expires_in": TOKEN_LIVES_S})

    def _certificate(self, asked: Asked) -> Response:
        if asked.path["id"] != self._notary.certificate_id:
            raise missing()
        return PlainTextResponse(self._notary.certificate)

    def _verify(self, asked: Asked) -> Response:
        """Answer whether a notification is this simulator's; the event must stand last, byte for byte as it came."""
        self._require_token(asked)
        given = _body(asked)
        raw = asked.body.partition(b'"webhook_event":')[2].strip().removesuffix(b"}").strip()
        sent_id, sent_at, webhook_id = (
            str(given.get(name, "")) for name in ("transmission_id", "transmission_time", "webhook_id")
        )
        text = signed_text(sent_id, sent_at, webhook_id, raw)
        genuine = given.get("webhook_id") == self._settings.facts["webhook_id"] and given.get("auth_algo") == ALGORITHM
        genuine = genuine and self._notary.signed(text, str(given.get("transmission_sig", "")))
        return JSONResponse({"verification_status": "SUCCESS" if genuine else "FAILURE"})

    def _resend(self, asked: Asked) -> Response:
        self._require_token(asked)
        event = self._found("event", asked.path["id"])
        self._shelf.tell(event["offer"], event["minor"], event["currency"], event["body"])
        return JSONResponse({"id": asked.path["id"]}, status_code=202)

    # ---- orders

    def _create(self, asked: Asked, body: Doc) -> Doc:
        units = body.get("purchase_units")
        if body.get("intent") not in {"CAPTURE", "AUTHORIZE"} or not isinstance(units, list) or len(units) != 1:
            raise Refused(error(400, "MISSING_REQUIRED_PARAMETER", "/intent or /purchase_units"))
        minor, currency = read(units[0].get("amount"), "/purchase_units/@reference_id=='default'/amount")
        names = ("reference_id", "description", "custom_id", "invoice_id")
        unit = {name: units[0][name] for name in names if name in units[0]}
        unit.setdefault("reference_id", "default")
        source = body.get("payment_source")
        facts = {
            "intent": body["intent"],
            "status": "PAYER_ACTION_REQUIRED" if source else "CREATED",
            "payment_source": {"paypal": {}} if source else None,
            "origin": asked.origin,
        }
        return self._ledger.order_doc(unit, minor, currency, facts)

    def _patch(self, asked: Asked) -> Response:
        self._require_token(asked)
        order = self._found("order", asked.path["id"])
        if order["status"] == "COMPLETED":
            raise unprocessable("ORDER_ALREADY_COMPLETED")
        (unit,) = order["purchase_units"]
        for change in _changes(asked):
            match = _PATCHED.fullmatch(str(change.get("path")))
            if match is None or match[1] != unit["reference_id"] or change.get("op") not in {"add", "replace"}:
                raise unprocessable("INVALID_PATCH_OPERATION")
            unit[match[2]] = str(change.get("value"))
        self._shelf.keep("order", order["id"], order)
        return Response(status_code=204)

    def _complete(self, intent: str) -> Work:
        def work(asked: Asked, _: Doc) -> Doc:
            order = self._found("order", asked.path["id"])
            if order["intent"] != intent:
                raise unprocessable("ACTION_DOES_NOT_MATCH_INTENT")
            if order["status"] == "COMPLETED":
                raise unprocessable("ORDER_ALREADY_CAPTURED" if intent == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED")
            if order["status"] != "APPROVED":
                raise unprocessable("ORDER_NOT_APPROVED")
            self._require_fresh_invoice(order)
            if issue := self._ledger.refused(order):
                return {"_refused": issue}
            return self._ledger.complete(order) if intent == "CAPTURE" else self._ledger.authorize(order)

        work.__name__ = intent
        return work

    def _require_fresh_invoice(self, order: Doc) -> None:
        invoice_id = order["purchase_units"][0].get("invoice_id")
        if self._ledger.has_invoice("capture", invoice_id):
            raise unprocessable("DUPLICATE_INVOICE_ID")

    # ---- payments

    def _take(self, asked: Asked, body: Doc) -> Doc:
        hold = self._open_hold(asked.path["id"], "AUTHORIZATION_ALREADY_CAPTURED", "AUTHORIZATION_VOIDED")
        minor = hold["_minor"]
        if "amount" in body:
            minor, currency = read(body["amount"], "/amount")
            if currency != hold["amount"]["currency_code"]:
                raise unprocessable("CURRENCY_MISMATCH")
        taken = sum(capture["_minor"] for capture in self._ledger.captures(hold))
        if (taken + minor) * 100 > hold["_minor"] * MOST_OF_A_HOLD:
            raise unprocessable("MAX_CAPTURE_AMOUNT_EXCEEDED")
        final = body.get("final_capture") is True
        return self._ledger.take(hold, minor, final=final, invoice_id=body.get("invoice_id"))

    def _void(self, asked: Asked, _: Doc) -> Doc:
        return self._ledger.void(self._open_hold(asked.path["id"], "PREVIOUSLY_CAPTURED", "PREVIOUSLY_VOIDED"))

    def _open_hold(self, name: str, captured: str, voided: str) -> Doc:
        hold = self._found("authorization", name)
        if hold["status"] == "CAPTURED" or hold.get("_final"):
            raise unprocessable(captured)
        if hold["status"] == "VOIDED":
            raise unprocessable(voided)
        if hold["status"] == "DENIED":
            raise unprocessable("AUTHORIZATION_DENIED")
        if hold["_expires_ms"] <= self._shelf.now():
            raise unprocessable("AUTHORIZATION_EXPIRED")
        return hold

    def _refund(self, asked: Asked, body: Doc) -> Doc:
        capture = self._found("capture", asked.path["id"])
        back = self._ledger.given_back(capture)
        minor = capture["_minor"] - back
        if "amount" in body:
            minor, currency = read(body["amount"], "/amount")
            if currency != capture["amount"]["currency_code"]:
                raise unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH")
        require_whole(capture, minor, back)
        invoice_id = body.get("invoice_id")
        if self._ledger.has_invoice("refund", invoice_id):
            raise unprocessable("DUPLICATE_REFUND")
        return self._ledger.give_back(capture, minor, body)


def _body(asked: Asked) -> Doc:
    try:
        return asked.json()
    except ValueError as problem:
        raise Refused(error(400, "MALFORMED_REQUEST_JSON")) from problem


def _changes(asked: Asked) -> list[Doc]:
    try:
        changes = json.loads(asked.body)
    except ValueError as problem:
        raise Refused(error(400, "MALFORMED_REQUEST_JSON")) from problem
    if not isinstance(changes, list) or not all(isinstance(change, dict) for change in changes):
        raise Refused(error(400, "INVALID_PARAMETER_SYNTAX"))
    return changes

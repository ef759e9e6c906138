"""Stripe: payment intents, hosted checkout sessions, refunds, disputes and signed events.

Secrets: `api_key` (sk_test_…) and `webhook_secret` (whsec_…). Amounts are the currency's smallest unit; VND has none
smaller than the dong. Sources: stripe_wire.py.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, ClassVar, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator.facts import Notice
from server.simulator.stall import Asked, Call, CannotDo, Doc, GivenBack, Offer, Refused, Stall, Wish
from server.simulator.stripe_ledger import KINDS, Ledger, offer_of_intent, offer_of_session
from server.simulator.stripe_objects import public
from server.simulator.stripe_wire import (
    CARDS,
    DECLINES,
    error,
    failure,
    invalid,
    items,
    missing,
    nested,
    page,
    search,
    signature,
    whole,
)

KEY_KEPT_MS: Final = 24 * 3600 * 1000
SESSION_LEAST_S: Final = 30 * 60
SESSION_MOST_S: Final = 24 * 3600
EXPANDABLE: Final = ("payment_intent", "latest_charge", "charge")

Work = Callable[[Asked, Doc], Doc]


class Stripe(Stall):
    """One Stripe account in test mode."""

    name = "stripe"
    brand = "Stripe"
    outcomes = (*DECLINES, "pending_refund")
    deeds: ClassVar = {
        "dispute": ("Ngân hàng đòi lại tiền", "Charge-back"),
        "dispute_won": ("Thắng khiếu nại", "Charge-back won"),
        "dispute_lost": ("Thua khiếu nại", "Charge-back lost"),
        "refund_succeeds": ("Hoàn tiền xong", "Refund succeeds"),
        "refund_fails": ("Hoàn tiền hỏng", "Refund fails"),
        "release": ("Hết hạn giữ tiền", "Hold runs out"),
    }
    waits_s = (60.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, *(43200.0,) * 4)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._ledger = Ledger(self.shelf)

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls of API v1 that are simulated."""
        intents, sessions = "/v1/payment_intents", "/v1/checkout/sessions"
        return (
            Call("POST", intents, self._writing(self._create_intent)),
            Call("GET", intents, self._reading(self._list("intent", intents))),
            Call("GET", intents + "/search", self._reading(self._search_intents)),
            Call("GET", intents + "/{id}", self._reading(self._one("intent"))),
            Call("POST", intents + "/{id}/confirm", self._writing(self._confirm)),
            Call("POST", intents + "/{id}/capture", self._writing(self._capture)),
            Call("POST", intents + "/{id}/cancel", self._writing(self._cancel)),
            Call("POST", sessions, self._writing(self._create_session)),
            Call("GET", sessions, self._reading(self._list("session", sessions))),
            Call("GET", sessions + "/{id}", self._reading(self._one("session"))),
            Call("POST", sessions + "/{id}/expire", self._writing(self._expire_session)),
            Call("POST", "/v1/refunds", self._writing(self._refund)),
            Call("GET", "/v1/refunds", self._reading(self._list("refund", "/v1/refunds"))),
            Call("GET", "/v1/refunds/{id}", self._reading(self._one("refund"))),
            Call("GET", "/v1/charges/{id}", self._reading(self._one("charge"))),
        )

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx with Stripe's advice whether to try again."""
        return failure(status)

    # ---- customers

    def offers(self) -> list[Offer]:
        """Return every checkout session, and the payment intents that belong to none."""
        now_s, ledger = self.shelf.now() // 1000, self._ledger
        sessions = [offer_of_session(session, ledger, now_s) for session in self.shelf.docs("session")]
        alone = [intent for intent in self.shelf.docs("intent") if intent["_offer"] == intent["id"]]
        return sessions + [offer_of_intent(intent, ledger) for intent in alone]

    def offer(self, name: str) -> Offer | None:
        """Return one offer."""
        session, intent = self.shelf.doc("session", name), self.shelf.doc("intent", name)
        if session is not None:
            return offer_of_session(session, self._ledger, self.shelf.now() // 1000)
        alone = intent is not None and intent["_offer"] == name
        return offer_of_intent(intent, self._ledger) if intent is not None and alone else None

    def pay(self, name: str, wish: Wish) -> None:
        """Attempt a payment with a card that succeeds, is declined, or whose refunds stay pending."""
        self._ledger.attempt(self._intent_of_offer(name), wish.amount, wish.outcome)

    def expire(self, name: str) -> None:
        """End a session, or cancel an intent as abandoned."""
        session = self.shelf.doc("session", name)
        if session is not None:
            self._ledger.end_session(session)
        else:
            self._ledger.cancel(self._intent_of_offer(name), "abandoned")

    def do(self, name: str, deed: str) -> None:
        """Carry out what the customer's bank or the card network does."""
        self._ledger.do(self._intent_of_offer(name), deed)

    def refunds(self) -> list[GivenBack]:
        """Return all refunds."""
        return [
            GivenBack(
                doc["id"],
                doc["payment_intent"],
                doc["amount"],
                doc["currency"].upper(),
                doc["status"],
                doc["created"] * 1000,
            )
            for doc in self.shelf.docs("refund")
        ]

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return an event with a Stripe-Signature of this moment."""
        body = notice.body.encode("utf-8")
        secret = "whsec_somebody_else" if forged else self.settings.secrets["webhook_secret"]
        return body, {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, secret, at_ms),
        }

    def _intent_of_offer(self, name: str) -> Doc:
        session = self.shelf.doc("session", name)
        intent = self._ledger.intent_for(session) if session is not None else self.shelf.doc("intent", name)
        if intent is None:
            raise CannotDo("unknown", f"Stripe has no {name}")
        return intent

    # ---- every call

    def _reading(self, work: Work) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            self._require_key(asked)
            query = nested(asked.query)
            return self._said(work(asked, query), query)

        return handler

    def _writing(self, work: Work) -> Callable[[Asked], Response]:
        """Return a handler that carries a request out once for each Idempotency-Key and repeats its answer."""

        def handler(asked: Asked) -> Response:
            self._require_key(asked)
            try:
                form = nested(asked.form())
            except ValueError as problem:
                raise invalid("Invalid request body") from problem
            key = asked.headers.get("idempotency-key")
            if key is None:
                return self._said(work(asked, form), form)
            said = [work.__name__, dict(asked.path), sorted(asked.form())]
            mark = hashlib.sha256(json.dumps(said).encode()).hexdigest()
            known = self.shelf.doc("key", key)
            if known is None or self.shelf.now() - known["at_ms"] >= KEY_KEPT_MS:
                response = self._said(work(asked, form), form)
                answer = bytes(response.body).decode()
                kept = {"mark": mark, "status": response.status_code, "body": answer, "at_ms": self.shelf.now()}
                self.shelf.keep("key", key, kept)
                return response
            if known["mark"] != mark:
                message = "Keys for idempotent requests can only be used with the same parameters they were first used"
                raise Refused(error(400, "idempotency_error", f"{message} with.", retry=False))
            replayed = {"Idempotent-Replayed": "true"}
            return Response(known["body"], known["status"], replayed, "application/json")

        return handler

    def _require_key(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"Bearer {self.settings.secrets['api_key']}":
            raise invalid("Invalid API Key provided", status=401)

    def _said(self, doc: Doc, fields: Doc) -> JSONResponse:
        if doc.get("object") == "error":
            return error(402, **doc["error"])
        paths = [str(path).removeprefix("data.").split(".") for path in items(fields.get("expand"))]
        rows = doc["data"] if doc.get("object") in {"list", "search_result"} else [doc]
        for row in rows:
            for path in paths:
                self._expand(row, path)
        return JSONResponse(public(doc))

    def _expand(self, doc: Doc, path: list[str]) -> None:
        head, rest = path[0], path[1:]
        if head not in EXPANDABLE:
            raise invalid(f"This property cannot be expanded ({head}).", param="expand")
        if isinstance(doc.get(head), str):
            doc[head] = self.shelf.doc(KINDS[head], doc[head])
        if rest and isinstance(doc.get(head), dict):
            self._expand(doc[head], rest)

    def _found(self, kind: str, name: str, param: str) -> Doc:
        doc = self.shelf.doc(kind, name)
        if doc is None:
            raise missing(kind, name, param)
        if kind == "session":
            return self._ledger.in_time(doc)
        return doc

    def _one(self, kind: str) -> Work:
        return lambda asked, _: self._found(kind, asked.path["id"], "id")

    def _list(self, kind: str, url: str) -> Work:
        def work(_: Asked, query: Doc) -> Doc:
            wanted = {name: query[name] for name in ("payment_intent", "charge", "status") if name in query}
            docs = self.shelf.docs(kind)
            if kind == "session":
                docs = [self._ledger.in_time(doc) for doc in docs]
            return page(url, docs, query, lambda doc: all(doc.get(name) == value for name, value in wanted.items()))

        return work

    def _search_intents(self, _: Asked, query: Doc) -> Doc:
        return search("/v1/payment_intents/search", self.shelf.docs("intent"), query)

    # ---- intents

    def _create_intent(self, _: Asked, form: Doc) -> Doc:
        intent = self._ledger.new_intent(whole(form, "amount"), _currency(form), form)
        if form.get("confirm") == "true":
            return self._confirmed(intent, form)
        return intent

    def _confirm(self, asked: Asked, form: Doc) -> Doc:
        intent = self._found("intent", asked.path["id"], "intent")
        if intent["status"] not in {"requires_payment_method", "requires_confirmation"}:
            raise self._ledger.unexpected(intent, "confirm")
        return self._confirmed(intent, form)

    def _confirmed(self, intent: Doc, form: Doc) -> Doc:
        method = str(form.get("payment_method", ""))
        if method not in CARDS:
            raise missing("PaymentMethod", method, "payment_method")
        done = self._ledger.attempt(intent, intent["amount"], CARDS[method])
        problem = done["last_payment_error"]
        if problem is None:
            return done
        told = {**{name: value for name, value in problem.items() if name != "type"}, "payment_intent": public(done)}
        return {"object": "error", "error": {"kind": problem["type"], **told}}

    def _capture(self, asked: Asked, form: Doc) -> Doc:
        intent = self._found("intent", asked.path["id"], "intent")
        if intent["status"] != "requires_capture":
            raise self._ledger.unexpected(intent, "capture")
        amount = whole(form, "amount_to_capture") if "amount_to_capture" in form else intent["amount_capturable"]
        if amount > intent["amount_capturable"]:
            message = "The provided amount_to_capture is greater than the amount that can be captured."
            raise invalid(message, code="amount_too_large", param="amount_to_capture")
        return self._ledger.capture(intent, amount)

    def _cancel(self, asked: Asked, form: Doc) -> Doc:
        intent = self._found("intent", asked.path["id"], "intent")
        if intent["status"] not in {"requires_payment_method", "requires_confirmation", "requires_capture"}:
            raise self._ledger.unexpected(intent, "cancel")
        return self._ledger.cancel(intent, str(form.get("cancellation_reason") or "requested_by_customer"))

    # ---- checkout

    def _create_session(self, asked: Asked, form: Doc) -> Doc:
        if form.get("mode") != "payment":
            raise invalid("The simulated Checkout takes mode=payment.", param="mode")
        lines = items(form.get("line_items"))
        prices = [line.get("price_data", {}) for line in lines]
        currencies = {_currency(price) for price in prices}
        if len(currencies) != 1 or not form.get("success_url"):
            param = "line_items" if len(currencies) != 1 else "success_url"
            raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
        pairs = zip(lines, prices, strict=True)
        total = sum(whole(line, "quantity") * whole(price, "unit_amount", least=0) for line, price in pairs)
        now_s = self.shelf.now() // 1000
        expires_at = whole(form, "expires_at") if "expires_at" in form else now_s + SESSION_MOST_S
        if not now_s + SESSION_LEAST_S <= expires_at <= now_s + SESSION_MOST_S:
            message = "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from now."
            raise invalid(message, param="expires_at")
        title = str(prices[0].get("product_data", {}).get("name", ""))
        return self._ledger.new_session(asked.origin, total, currencies.pop(), expires_at, title, form, self.page_of)

    def _expire_session(self, asked: Asked, _: Doc) -> Doc:
        session = self._found("session", asked.path["id"], "session")
        if session["status"] != "open":
            raise invalid(f"Only Checkout Sessions with a status in [open] can be expired, not {session['status']}.")
        return self._ledger.end_session(session)

    # ---- refunds

    def _refund(self, _: Asked, form: Doc) -> Doc:
        if "payment_intent" in form:
            intent = self._found("intent", form["payment_intent"], "payment_intent")
            name = intent["latest_charge"] or ""
        else:
            name = str(form.get("charge", ""))
        charge = self._found("charge", name, "charge")
        left = charge["amount_captured"] - charge["amount_refunded"]
        if not charge["captured"]:
            raise invalid(
                f"This PaymentIntent ({charge['payment_intent']}) does not have a successful charge to refund."
            )
        if left == 0:
            raise invalid(f"Charge {name} has already been refunded.", code="charge_already_refunded")
        if charge["disputed"]:
            raise invalid(f"Charge {name} has been charged back.", code="charge_disputed")
        amount = whole(form, "amount") if "amount" in form else left
        if amount > left:
            raise invalid(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
            )
        return self._ledger.give_back(charge, amount, form)


def _currency(form: Doc) -> str:
    currency = str(form.get("currency", ""))
    if len(currency) != 3 or not currency.isalpha():
        raise invalid(f"Invalid currency: {currency}.", code="parameter_invalid", param="currency")
    return currency.lower()

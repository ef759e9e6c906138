"""Braintree: sales by nonce, a card page (Drop-in) that makes nonces, settlement, voids, refunds and disputes.

Secrets: `public_key`, `private_key`; facts: `merchant_id`, `merchant_account_id` and its `currency`. The official
server client works with it, pointed here by an environment of its own. The page `/braintree/dropin?reference=&amount=`
stands for the shop's page with Drop-in: it makes a nonce and hands it to nobody but the list of offers. Sources:
braintree_wire.py.
"""

import base64
import json
from collections.abc import Callable
from typing import Any, ClassVar

from fastapi import Response
from fastapi.responses import RedirectResponse

from server.simulator import braintree_wire as wire
from server.simulator.braintree_ledger import TAKEN, Ledger
from server.simulator.facts import Notice
from server.simulator.stall import Asked, Call, CannotDo, Doc, GivenBack, Offer, Stall, Taken, Wish

Work = Callable[[Asked, Doc], Response]


class Braintree(Stall):
    """One merchant account in Braintree's sandbox."""

    name = "braintree"
    brand = "Braintree"
    outcomes = ("2000", "2001", "2002", "2004", "2010", "3000", "fraud", "avs", "cvv", "duplicate", "failed")
    deeds: ClassVar = {
        "settles": ("Tiền về", "The sale settles"),
        "settlement_declines": ("Tiền không về", "The settlement is declined"),
        "hold_expires": ("Hết hạn giữ tiền", "The hold runs out"),
        "refund_fails": ("Hoàn tiền hỏng", "The refund fails"),
        "dispute": ("Ngân hàng đòi lại tiền", "Charge-back"),
        "dispute_won": ("Thắng khiếu nại", "Charge-back won"),
        "dispute_lost": ("Thua khiếu nại", "Charge-back lost"),
    }
    settled_by = "settles"
    waits_s = (60.0, 300.0, 900.0, 3600.0, 7200.0, *(14400.0,) * 4)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._ledger = Ledger(self.shelf, self.settings.facts)

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that are simulated."""
        base = "/merchants/{merchant}"
        one = base + "/transactions/{id}"
        return (
            Call("POST", base + "/client_token", self._handler(self._client_token)),
            Call("GET", base + "/merchant_accounts/{id}", self._handler(self._account)),
            Call("POST", base + "/transactions", self._handler(self._sale)),
            Call("POST", base + "/transactions/advanced_search_ids", self._handler(self._search_ids)),
            Call("POST", base + "/transactions/advanced_search", self._handler(self._search)),
            Call("GET", one, self._handler(self._find)),
            Call("PUT", one + "/void", self._handler(self._void)),
            Call("PUT", one + "/submit_for_settlement", self._handler(self._submit)),
            Call("PUT", one + "/settle", self._handler(self._settle)),
            Call("POST", one + "/refund", self._handler(self._refund)),
            Call("GET", "/braintree/dropin", self._dropin),
            Call("GET", "/web/dropin/{version}/js/dropin.min.js", self._script),
        )

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as Braintree says it: without words."""
        return Response(b"", status, media_type="application/xml")

    def _handler(self, work: Work) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            secrets = self.settings.secrets
            pair = f"{secrets['public_key']}:{secrets['private_key']}".encode()
            if asked.headers.get("authorization") != f"Basic {base64.b64encode(pair).decode()}":
                raise wire.empty(401)
            if asked.path["merchant"] != self.settings.facts["merchant_id"]:
                raise wire.empty(403)
            try:
                return work(asked, wire.read(asked.body) if asked.body else {})
            except ValueError as problem:
                raise wire.empty(400) from problem

        return handler

    def _client_token(self, _: Asked, __: Doc) -> Response:
        token = {"version": 2, "authorizationFingerprint": f"simulated-{self.shelf.number()}", "environment": "sandbox"}
        value = base64.b64encode(json.dumps(token).encode()).decode()
        return wire.answer("client_token", {"value": value}, 201)

    def _account(self, asked: Asked, _: Doc) -> Response:
        facts = self.settings.facts
        if asked.path["id"] != facts["merchant_account_id"]:
            raise wire.empty(404)
        account = {"id": asked.path["id"], "status": "active", "currency_iso_code": facts["currency"], "default": True}
        return wire.answer("merchant_account", account)

    def _sale(self, _: Asked, root: Doc) -> Response:
        fields = root.get("transaction")
        if not isinstance(fields, dict) or fields.get("type") != "sale":
            raise wire.empty(400)
        account = self.settings.facts["merchant_account_id"]
        if fields.get("merchant_account_id", account) != account:
            raise wire.invalid("91513", "merchant_account_id")
        amount = wire.minor(fields.get("amount"), self.settings.facts["currency"])
        nonce = self._nonce(str(fields.get("payment_method_nonce", "")))
        options = fields.get("options")
        submit = isinstance(options, dict) and options.get("submit_for_settlement") == "true"
        made = self._ledger.sale(self.shelf.charged(amount), str(fields.get("order_id", "")), nonce, submit=submit)
        if made["status"] in TAKEN | {"authorized"}:
            return wire.answer("transaction", _public(made), 201)
        return wire.failed(_public(made), made["processor_response_text"] or "Gateway Rejected")

    def _nonce(self, name: str) -> Doc:
        if name == wire.CONSUMED:
            raise wire.invalid("91564", "payment_method_nonce")
        if name in wire.NONCES:
            return {"nonce": name, "outcome": wire.NONCES[name], "offer": "", "used": False}
        doc = self.shelf.doc("nonce", name)
        if doc is None:
            raise wire.invalid("91565", "payment_method_nonce")
        if doc["used"]:
            raise wire.invalid("91564", "payment_method_nonce")
        self.shelf.keep("nonce", name, {**doc, "used": True})
        return doc

    def _one(self, asked: Asked) -> Doc:
        doc = self.shelf.doc("transaction", asked.path["id"])
        if doc is None:
            raise wire.empty(404)
        return doc

    def _find(self, asked: Asked, _: Doc) -> Response:
        return wire.answer("transaction", _public(self._one(asked)))

    def _void(self, asked: Asked, _: Doc) -> Response:
        return wire.answer("transaction", _public(self._ledger.void(self._one(asked))))

    def _submit(self, asked: Asked, root: Doc) -> Response:
        doc, amount = self._one(asked), self._amount(root)
        return wire.answer("transaction", _public(self._ledger.submit(doc, amount or doc["_amount"])))

    def _settle(self, asked: Asked, _: Doc) -> Response:
        return wire.answer("transaction", _public(self._ledger.settle(self._one(asked))))

    def _refund(self, asked: Asked, root: Doc) -> Response:
        fields = root.get("transaction")
        order = str(fields.get("order_id", "")) if isinstance(fields, dict) else ""
        return wire.answer(
            "transaction", _public(self._ledger.refund(self._one(asked), self._amount(root), order)), 201
        )

    def _amount(self, root: Doc) -> int | None:
        fields = root.get("transaction")
        said = fields.get("amount") if isinstance(fields, dict) else None
        return wire.minor(said, self.settings.facts["currency"]) if said else None

    def _search_ids(self, _: Asked, root: Doc) -> Response:
        ids = [doc["id"] for doc in self._found(root)]
        return wire.answer("search_results", {"page_size": 50, "ids": ids})

    def _search(self, _: Asked, root: Doc) -> Response:
        wanted = root.get("search", {}).get("ids", [])
        found = [doc for doc in self._found(root) if doc["id"] in wanted]
        rows = "".join(wire.written("transaction", _public(doc)) for doc in found)
        counts = wire.written("current_page_number", 1) + wire.written("page_size", 50)
        counts += wire.written("total_items", len(found))
        body = f'<credit-card-transactions type="collection">{counts}{rows}</credit-card-transactions>'
        return Response(body.encode("utf-8"), 200, media_type="application/xml")

    def _found(self, root: Doc) -> list[Doc]:
        """Return the transactions of an order, newest first."""
        search = root.get("search")
        order = search.get("order_id") if isinstance(search, dict) else None
        if not isinstance(order, dict) or "is" not in order:
            raise wire.empty(422)
        return [doc for doc in reversed(self.shelf.docs("transaction")) if doc["order_id"] == order["is"]]

    # ---- the card page and its customers

    def _dropin(self, asked: Asked) -> Response:
        """Open the card page of a sale and show it."""
        query, currency = dict(asked.query), self.settings.facts["currency"]
        name = f"dropin_{self.shelf.number()}"
        doc = {
            "id": name,
            "reference": query.get("reference", ""),
            "amount": wire.minor(query.get("amount"), currency),
            "currency": currency,
            "nonces": [],
            "transaction": None,
            "over": False,
            "created_ms": self.shelf.now(),
        }
        self.shelf.keep("dropin", name, doc)
        return RedirectResponse(self.page_of(name), 303)

    def _script(self, _: Asked) -> Response:
        """Return the script that stands for Drop-in: instead of a card, one of the sandbox's nonces is chosen."""
        return Response(wire.dropin(), media_type="text/javascript")

    def offers(self) -> list[Offer]:
        """Return every card page, and the sales that came from none."""
        pages = [self._offer_of_page(doc) for doc in self.shelf.docs("dropin")]
        alone = [doc for doc in self.shelf.docs("transaction") if doc["type"] == "sale" and not doc["_offer"]]
        return pages + [self._offer_of_sale(doc) for doc in alone]

    def offer(self, name: str) -> Offer | None:
        """Return one card page or sale."""
        page, sale = self.shelf.doc("dropin", name), self.shelf.doc("transaction", name)
        if page is not None:
            return self._offer_of_page(page)
        return self._offer_of_sale(sale) if sale is not None and sale["type"] == "sale" else None

    def pay(self, name: str, wish: Wish) -> None:
        """Let the customer enter a card: a nonce is made, of which nobody but the shop can make money."""
        page = self.shelf.doc("dropin", name)
        if page is None:
            raise CannotDo("paid", f"{name} is no card page")
        nonce = f"tokencc_sim_{self.shelf.number()}"
        made = {"nonce": nonce, "outcome": wish.outcome, "offer": name, "used": False, "at_ms": self.shelf.now()}
        self.shelf.keep("nonce", nonce, made)
        self.shelf.keep("dropin", name, {**page, "nonces": [*page["nonces"], nonce]})

    def expire(self, name: str) -> None:
        """Let the customer close the card page."""
        page = self.shelf.doc("dropin", name)
        if page is None:
            raise CannotDo("expired", f"{name} is no card page")
        self.shelf.keep("dropin", name, {**page, "over": True})

    def do(self, name: str, deed: str) -> None:
        """Carry out what banks and the card network do to a sale."""
        page = self.shelf.doc("dropin", name)
        self._ledger.do(name if page is None else page["transaction"], deed)

    def refunds(self) -> list[GivenBack]:
        """Return all refunds; what was voided was never taken."""
        return [
            GivenBack(
                doc["id"],
                doc["refunded_transaction_id"],
                doc["_amount"],
                doc["currency_iso_code"],
                doc["status"],
                doc["_at_ms"],
            )
            for doc in self.shelf.docs("transaction")
            if doc["type"] == "credit"
        ]

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return a notification; a forged one is signed by somebody without the private key."""
        del at_ms  # nothing in the signature depends on the moment of sending
        secrets = self.settings.secrets
        private_key = "somebody-else" if forged else secrets["private_key"]
        body = wire.signed(notice.body, secrets["public_key"], private_key)
        return body, {"Content-Type": "application/x-www-form-urlencoded"}

    def _offer_of_page(self, page: Doc) -> Offer:
        sale = None if page["transaction"] is None else self.shelf.doc("transaction", page["transaction"])
        offer = None if sale is None else self._offer_of_sale(sale)
        nonces = [self.shelf.doc("nonce", name) or {} for name in page["nonces"]]
        waiting = bool(nonces) and not nonces[-1]["used"]
        status = "expired" if page["over"] else "open"
        if waiting:
            status = "held"
        elif offer is not None:
            status = "declined" if offer.status == "expired" and not page["over"] else offer.status
        return Offer(
            name=page["id"],
            title=page["reference"],
            amount=page["amount"],
            currency=page["currency"],
            status=status,
            created_ms=page["created_ms"],
            attempts=tuple(
                Taken(doc["nonce"], page["amount"], doc["at_ms"], took_money=False, code=doc["outcome"] or "nonce")
                for doc in nonces
            ),
            deeds=() if offer is None else offer.deeds,
        )

    def _offer_of_sale(self, sale: Doc) -> Offer:
        took = sale["status"] in TAKEN
        status = "paid" if took else ("held" if sale["status"] == "authorized" else "expired")
        return Offer(
            name=sale["id"],
            title=sale["order_id"],
            amount=sale["_amount"],
            currency=sale["currency_iso_code"],
            status=status,
            created_ms=sale["_at_ms"],
            attempts=(Taken(sale["id"], sale["_amount"], sale["_at_ms"], took, "" if took else sale["status"]),),
            deeds=self._ledger.deeds(sale),
        )


def _public(doc: Doc) -> Doc:
    return {name: value for name, value in doc.items() if not name.startswith("_")}

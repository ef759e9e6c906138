"""What happens inside Braintree: sales, settlement, voids, refunds and disputes, and the events that tell of some."""

from collections.abc import Mapping
from typing import Final

from server.simulator import braintree_wire as wire
from server.simulator.stall import CannotDo, Doc, Shelf

TAKEN: Final = frozenset({"submitted_for_settlement", "settling", "settled", "settlement_confirmed"})
VOIDABLE: Final = frozenset({"authorized", "submitted_for_settlement"})
HELD_MS: Final = 7 * 24 * 3_600_000
CARD: Final = {"bin": "411111", "last_4": "1111", "card_type": "Visa", "expiration_month": "12"}


class Ledger:
    """Changes transactions on the stall's shelf."""

    def __init__(self, shelf: Shelf, facts: Mapping[str, str]) -> None:
        self._shelf = shelf
        self._facts = facts

    def sale(self, amount: int, order: str, nonce: Doc, *, submit: bool) -> Doc:
        """Make a sale of a nonce; what it comes to is the nonce's affair, else the amount's."""
        judged = nonce["outcome"] or wire.judged(amount, self._facts["currency"])
        status, code, rejection = ("submitted_for_settlement" if submit else "authorized"), "1000", None
        if judged == "failed":
            status, code = "failed", "3000"
        elif judged.isdecimal():
            status, code = "processor_declined", judged
        elif judged:
            status, code, rejection = "gateway_rejected", "1000", judged
        made = self._new("sale", amount, order, status)
        made |= {
            "processor_response_code": code,
            "processor_response_text": wire.PROCESSOR.get(code, "Processor Declined"),
            "gateway_rejection_reason": rejection,
            "_offer": nonce["offer"],
        }
        if status == "authorized":
            made["authorization_expires_at"] = wire.moment(self._shelf.now() + HELD_MS)
        page = self._shelf.doc("dropin", nonce["offer"])
        if page is not None:
            self._shelf.keep("dropin", page["id"], {**page, "transaction": made["id"]})
        return self._keep(made)

    def submit(self, doc: Doc, amount: int) -> Doc:
        """Submit what is held for settlement, or a part of it."""
        if doc["status"] != "authorized":
            raise wire.invalid("91507")
        if amount > doc["_amount"]:
            raise wire.invalid("91522", "amount")
        taken = {"_amount": amount, "amount": wire.decimal(amount, doc["currency_iso_code"])}
        return self._keep(self._moved({**doc, **taken}, "submitted_for_settlement"))

    def void(self, doc: Doc) -> Doc:
        """Undo a transaction before it settles."""
        if doc["status"] not in VOIDABLE:
            raise wire.invalid("91504")
        return self._keep(self._moved(doc, "voided"))

    def settle(self, doc: Doc) -> Doc:
        """Settle what was submitted, and tell."""
        if doc["status"] != "submitted_for_settlement":
            raise wire.invalid("91507")
        return self._tell("transaction_settled", self._keep(self._moved(doc, "settled")))

    def refund(self, doc: Doc, amount: int | None, order: str) -> Doc:
        """Give back a settled sale or a part of it."""
        if doc["type"] == "credit":
            raise wire.invalid("91505")
        if doc["status"] != "settled":
            raise wire.invalid("91506")
        left = doc["_amount"] - sum(refund["_amount"] for refund in self._refunds(doc))
        if left == 0:
            raise wire.invalid("91512")
        if amount is not None and amount > left:
            raise wire.invalid("91521", "amount")
        made = self._new("credit", amount or left, order, "submitted_for_settlement")
        made |= {
            "refunded_transaction_id": doc["id"],
            "processor_response_code": "1002",
            "processor_response_text": wire.PROCESSOR["1002"],
        }
        return self._keep(made)

    def deeds(self, sale: Doc) -> tuple[str, ...]:
        """Return what banks can do to a sale now."""
        if sale["status"] == "authorized":
            return ("hold_expires",)
        if sale["status"] == "submitted_for_settlement":
            return ("settles", "settlement_declines")
        if sale["status"] != "settled":
            return ()
        deeds = ["refund_fails"] if self._refunds(sale) else []
        dispute = self._shelf.doc("dispute", sale["id"])
        if dispute is None:
            deeds.append("dispute")
        elif dispute["status"] == "open":
            deeds += ["dispute_won", "dispute_lost"]
        return tuple(deeds)

    def do(self, name: str, deed: str) -> None:
        """Carry out a deed; the offer says which are possible."""
        sale = self._shelf.doc("transaction", name)
        if sale is None:
            raise CannotDo("unknown", f"Braintree has no transaction {name}")
        match deed:
            case "settles":
                self.settle(sale)
            case "settlement_declines":
                declined = self._keep(self._moved(sale, "settlement_declined"))
                self._tell("transaction_settlement_declined", declined)
            case "hold_expires":
                self._keep(self._moved(sale, "authorization_expired"))
            case "refund_fails":
                refund = self._refunds(sale)[-1]
                self._tell("refund_failed", self._keep(self._moved(refund, "settlement_declined")))
            case _:
                self._dispute(sale, {"dispute": "open", "dispute_won": "won", "dispute_lost": "lost"}[deed])

    def _dispute(self, sale: Doc, status: str) -> None:
        standing = self._shelf.doc("dispute", sale["id"]) or {"id": f"dp{self._shelf.number()}"}
        dispute = {
            **standing,
            "amount": sale["amount"],
            "amount_disputed": sale["amount"],
            "currency_iso_code": sale["currency_iso_code"],
            "kind": "chargeback",
            "status": status,
            "reason": "fraud",
            "transaction": {"id": sale["id"], "amount": sale["amount"], "order_id": sale["order_id"]},
        }
        self._shelf.keep("dispute", sale["id"], dispute)
        kind = "dispute_opened" if status == "open" else f"dispute_{status}"
        self._say(kind, sale, {"dispute": dispute})

    def _refunds(self, sale: Doc) -> list[Doc]:
        return [
            doc
            for doc in self._shelf.docs("transaction")
            if doc["refunded_transaction_id"] == sale["id"] and doc["status"] in TAKEN
        ]

    def _new(self, kind: str, amount: int, order: str, status: str) -> Doc:
        now_ms, currency = self._shelf.now(), self._facts["currency"]
        doc: Doc = {
            "id": f"sim{self._shelf.number()}",
            "status": "authorizing",
            "type": kind,
            "currency_iso_code": currency,
            "amount": wire.decimal(amount, currency),
            "merchant_account_id": self._facts["merchant_account_id"],
            "order_id": order or None,
            "created_at": wire.moment(now_ms),
            "updated_at": wire.moment(now_ms),
            "payment_instrument_type": "credit_card",
            "credit_card": dict(CARD),
            "processor_response_code": None,
            "processor_response_text": None,
            "gateway_rejection_reason": None,
            "authorization_expires_at": None,
            "refunded_transaction_id": None,
            "status_history": [],
            "_amount": amount,
            "_at_ms": now_ms,
            "_offer": "",
        }
        return self._moved(doc, status)

    def _moved(self, doc: Doc, status: str) -> Doc:
        """Return a transaction in another status."""
        event = {"timestamp": wire.moment(self._shelf.now()), "status": status, "amount": doc["amount"]}
        return {**doc, "status": status, "status_history": [*doc["status_history"], event]}

    def _keep(self, doc: Doc) -> Doc:
        self._shelf.keep("transaction", doc["id"], doc)
        return doc

    def _tell(self, kind: str, doc: Doc) -> Doc:
        about = {name: value for name, value in doc.items() if not name.startswith("_")}
        self._say(kind, doc, {"transaction": about})
        return doc

    def _say(self, kind: str, doc: Doc, subject: Doc) -> None:
        told = {"kind": kind, "timestamp": wire.moment(self._shelf.now()), "subject": subject}
        sale = self._shelf.doc("transaction", doc["refunded_transaction_id"] or doc["id"]) or doc
        offer = sale["_offer"] or sale["id"]
        self._shelf.tell(offer, doc["_amount"], doc["currency_iso_code"], wire.written("notification", told))

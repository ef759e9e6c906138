"""Lean Technologies: payment links, the payments made on their pages, what arrives in the account, and refunds.

Secrets: `client_secret`, `webhook_secret`; facts: `client_id`, and by choice `encoding` of the signature (hex, the
default, or base64: Lean has not published which), `arrival` and `refunds` (at_once, the default, or by_hand) and
`describes` (yes: events repeat the reference, which the published samples do not). Sources: docs.leantech.me and its
OpenAPI description. Not published, and so the simulator's own choice: where a payment says why it failed (here
`status_detail`), the repetitions of an event, and the refusal of a refund of more than is left (here INVALID_AMOUNT).
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any, ClassVar, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator.facts import Notice
from server.simulator.lean_wire import major, minor, moment, no, object_of, page, public, read_moment, signature
from server.simulator.stall import Asked, Call, CannotDo, Doc, GivenBack, Offer, Stall, Taken, Wish

LINKS: Final = "/payment-links/v1"
REFUNDS: Final = "/payouts/refunds"
CURRENCIES: Final = ("AED", "SAR")
TOKEN_LIVES_S: Final = 3600
UNDER_WAY: Final = "PENDING_WITH_BANK"
ACCEPTED: Final = "ACCEPTED_BY_BANK"
DECLINES: Final = (
    "INSUFFICIENT_BALANCE",
    "EXCEEDS_DAILY_LIMIT",
    "ANOTHER_PAYMENT_ALREADY_IN_PROGRESS",
    "USER_CANCELLED",
    "SESSION_EXPIRED_ON_OTP",
    "BANK_ISSUE",
    "BANK_MAINTENANCE",
    "UNSEEN_BANK_ERROR",
    "EU_ACCOUNT_LOCKED",
    "LEAN_ERROR",
)
_OVER: Final = {"USED": "paid", "EXPIRED": "expired", "DISABLED": "expired"}

Work = Callable[[Asked], Any]


class Lean(Stall):
    """One application of a shop."""

    name = "lean"
    brand = "Lean"
    outcomes = (*DECLINES, UNDER_WAY)
    deeds: ClassVar = {
        "bank_accepts": ("Ngân hàng nhận lệnh", "The bank accepts"),
        "bank_refuses": ("Ngân hàng từ chối", "The bank refuses"),
        "arrives": ("Tiền vào tài khoản", "The money arrives"),
        "refund_goes": ("Hoàn tiền xong", "The refund goes out"),
        "refund_fails": ("Hoàn tiền hỏng", "The refund fails"),
    }

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that are simulated."""
        return (
            Call("POST", "/oauth2/token", self._token),
            Call("POST", LINKS, self._handler(self._create)),
            Call("GET", LINKS, self._handler(self._list_links)),
            Call("GET", LINKS + "/{id}", self._handler(lambda asked: public(self._link(asked)))),
            Call("PUT", LINKS + "/{id}", self._handler(self._update)),
            Call("GET", LINKS + "/{id}/usages", self._handler(self._usages)),
            Call("GET", "/payments/v1/{id}", self._handler(lambda asked: public(self._payment(asked)))),
            Call("GET", "/reconciliation/v1/payments/{id}", self._handler(self._reconciliation)),
            Call("POST", REFUNDS, self._handler(self._refund)),
            Call("GET", REFUNDS, self._handler(self._list_refunds)),
        )

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as Lean says it."""
        return JSONResponse({"code": "SIMULATED", "message": "simulated"}, status)

    def _token(self, asked: Asked) -> Response:
        form = dict(asked.form())
        ours = (self.settings.facts["client_id"], self.settings.secrets["client_secret"], "api")
        if (form.get("client_id"), form.get("client_secret"), form.get("scope")) != ours:
            return JSONResponse({"error": "invalid_client"}, 401)
        token = self._named("token")
        self.shelf.keep("token", token, {"until_ms": self.shelf.now() + TOKEN_LIVES_S * 1000})
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIVES_S})

    def _handler(self, work: Work) -> Callable[[Asked], Response]:
        def handler(asked: Asked) -> Response:
            token = self.shelf.doc("token", asked.headers.get("authorization", "").removeprefix("Bearer "))
            if token is None or token["until_ms"] < self.shelf.now():
                raise no(401, "UNAUTHORIZED")
            key = asked.headers.get("idempotency-key")
            known = self.shelf.doc("key", key) if key else None
            answer = known["answer"] if known is not None else work(asked)
            if key and known is None:
                self.shelf.keep("key", key, {"answer": answer})
            return JSONResponse(answer, 201 if key else 200)

        return handler

    def _create(self, asked: Asked) -> Doc:
        fields = object_of(asked)
        details = fields.get("payment_details")
        if not isinstance(details, dict) or not isinstance(details.get("reference"), str):
            raise no(400, "INVALID_REQUEST")
        amount = minor(details.get("amount"))
        if details.get("currency") not in CURRENCIES or amount <= 0:
            raise no(400, "INVALID_AMOUNT")
        name, expires = self._named("link"), fields.get("expires_at")
        link: Doc = {
            "id": name,
            "link": asked.origin + self.page_of(name),
            "status": "ACTIVE",
            "current_usages": 0,
            "name": fields.get("name"),
            "max_usages": fields.get("max_usages") or 1000,
            "expires_at": expires,
            "redirect_url": fields.get("redirect_url") or "",
            "customer_id": None,
            "payment_details": {**details, "amount": major(amount)},
            "identifiers": [],
            "_amount": amount,
            "_created_ms": self.shelf.now(),
            "_expires_ms": None if expires is None else read_moment(expires),
            "_attempts": [],
        }
        self.shelf.keep("link", name, link)
        return public(link)

    def _list_links(self, asked: Asked) -> Doc:
        return page(asked, [public(self._in_time(link)) for link in self.shelf.docs("link")])

    def _update(self, asked: Asked) -> Doc:
        link, wanted = self._link(asked), object_of(asked).get("status")
        if wanted not in ("ACTIVE", "DISABLED") or link["status"] not in ("ACTIVE", "DISABLED"):
            raise no(400, "INVALID_REQUEST")
        link["status"] = wanted
        self.shelf.keep("link", link["id"], link)
        return public(link)

    def _usages(self, asked: Asked) -> Doc:
        link = self._link(asked)
        rows = [
            {
                "usage_id": f"{payment['id']}-usage",
                "payment_link_id": link["id"],
                "usage_status": "FAILED" if payment["status"] == "FAILED" else "PAYMENT_CREATED",
                "customer_id": None,
                "payment_id": payment["id"],
                "payment_status": payment["status"],
                "identifiers": [],
            }
            for payment in self._payments(link)
        ]
        return page(asked, rows)

    def _reconciliation(self, asked: Asked) -> Doc:
        payment = self._payment(asked)
        if payment["status"] != ACCEPTED:
            raise no(404, "NOT_FOUND")
        arrived = payment["_arrived_ms"]
        told: Doc = {"status": "OUTSTANDING" if arrived is None else "RECONCILED"}
        if arrived is not None:
            told |= {"amount": payment["amount"], "currency_code": payment["currency"]}
            told["deposit"] = {"id": f"{payment['id']}-deposit", "timestamp": moment(arrived)} | told
        return {"id": payment["id"], "customer_id": None, "reconciliation": told}

    def _refund(self, asked: Asked) -> list[Doc]:
        try:
            wanted = json.loads(asked.body)
        except ValueError as problem:
            raise no(400, "INVALID_REQUEST") from problem
        if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
            raise no(400, "INVALID_REQUEST")
        return [self._given_back(each) for each in wanted]

    def _given_back(self, wanted: Doc) -> Doc:
        payment = self.shelf.doc("payment", str(wanted.get("payment_id")))
        if payment is None or payment["status"] != ACCEPTED:
            raise no(404, "UNKNOWN_PAYMENT")
        amount = minor(wanted.get("amount"))
        if not 0 < amount <= payment["_amount"] - self._back(payment):
            raise no(400, "INVALID_AMOUNT")
        name = self._named("refund")
        refund = {
            "refund_id": name,
            "payment_id": payment["id"],
            "status": "APPROVED" if wanted.get("status") == "APPROVED" else "CREATED",
            "amount": major(amount),
            "currency": payment["currency"],
            "reason_code": wanted.get("reason_code"),
            "description": wanted.get("description"),
            "external_reference": wanted.get("external_reference"),
            "created_at": moment(self.shelf.now()),
            "_amount": amount,
            "_at_ms": self.shelf.now(),
        }
        answer = public(refund)
        if refund["status"] == "APPROVED" and self.settings.facts.get("refunds") != "by_hand":
            refund["status"] = ACCEPTED
        self.shelf.keep("refund", name, refund)
        return answer

    def _list_refunds(self, asked: Asked) -> Doc:
        return page(asked, [public(refund) for refund in self.shelf.docs("refund")])

    # ---- customers

    def offers(self) -> list[Offer]:
        """Return every link."""
        return [self._offer(self._in_time(link)) for link in self.shelf.docs("link")]

    def offer(self, name: str) -> Offer | None:
        """Return one link."""
        link = self.shelf.doc("link", name)
        return None if link is None else self._offer(self._in_time(link))

    def pay(self, name: str, wish: Wish) -> None:
        """Let the customer approve at a bank that accepts, refuses or takes its time."""
        link, now = self._of_offer(name), self.shelf.now()
        payment = {
            "id": self._named("payment"),
            "payment_intent_id": self._named("intent"),
            "amount": major(wish.amount),
            "currency": link["payment_details"]["currency"],
            "description": link["payment_details"]["reference"],
            "submission_timestamp": moment(now),
            "initiation_timestamp": moment(now),
            "status": UNDER_WAY,
            "bank_transaction_reference": "",
            "_amount": wish.amount,
            "_at_ms": now,
            "_arrived_ms": None,
            "_code": "",
            "_link": name,
        }
        link["_attempts"].append(payment["id"])
        self.shelf.keep("link", name, link)
        self._tell("payment.created", payment)
        if wish.outcome == UNDER_WAY:
            self.shelf.keep("payment", payment["id"], payment)
        else:
            self._ended(payment, wish.outcome)

    def expire(self, name: str) -> None:
        """Let the time of a link run out; Lean tells nobody."""
        self.shelf.keep("link", name, self._of_offer(name) | {"status": "EXPIRED"})

    def do(self, name: str, deed: str) -> None:
        """Let the bank decide, the money arrive, or a refund end."""
        payment = self._payments(self._of_offer(name))[-1]
        if deed == "arrives":
            self.shelf.keep("payment", payment["id"], payment | {"_arrived_ms": self.shelf.now()})
        elif deed in ("bank_accepts", "bank_refuses"):
            self._ended(payment, "" if deed == "bank_accepts" else "UNSEEN_BANK_ERROR")
        else:
            for refund in self._waiting_refunds(payment):
                status = ACCEPTED if deed == "refund_goes" else "FAILED"
                self.shelf.keep("refund", refund["refund_id"], refund | {"status": status})

    def refunds(self) -> list[GivenBack]:
        """Return all refunds."""
        return [
            GivenBack(
                doc["refund_id"], doc["payment_id"], doc["_amount"], doc["currency"], doc["status"], doc["_at_ms"]
            )
            for doc in self.shelf.docs("refund")
        ]

    def _ended(self, payment: Doc, code: str) -> None:
        if code:
            payment |= {"status": "FAILED", "_code": code, "status_detail": {"granular_status_code": code}}
        else:
            at_once = self.settings.facts.get("arrival") != "by_hand"
            payment |= {"status": ACCEPTED, "bank_transaction_reference": f"WD{self.shelf.number()}"}
            payment["_arrived_ms"] = self.shelf.now() if at_once else None
            link = self._of_offer(payment["_link"])
            link["current_usages"] += 1
            if link["current_usages"] >= link["max_usages"]:
                link["status"] = "USED"
            self.shelf.keep("link", link["id"], link)
        self.shelf.keep("payment", payment["id"], payment)
        self._tell("payment.updated", payment)

    # ---- notifications

    def _tell(self, kind: str, payment: Doc) -> None:
        payload = {
            "id": payment["id"],
            "customer_id": self._named("customer"),
            "intent_id": payment["payment_intent_id"],
            "status": payment["status"],
            "amount": payment["amount"],
            "currency": payment["currency"],
            "bank_transaction_reference": payment["bank_transaction_reference"],
        }
        if self.settings.facts.get("describes") == "yes":
            payload |= {"description": payment["description"], "initiation_timestamp": payment["initiation_timestamp"]}
        event = {"type": kind, "payload": payload, "event_id": self._named("event")}
        event |= {"message": "A payment object has changed.", "timestamp": moment(self.shelf.now())}
        self.shelf.tell(payment["_link"], payment["_amount"], payment["currency"], json.dumps(event))

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return an event with its lean-signature."""
        body = notice.body.encode()
        secret = "somebody-else" if forged else self.settings.secrets["webhook_secret"]
        signed = signature(secret, body, self.settings.facts.get("encoding", "hex"))
        return body, {"Content-Type": "application/json", "lean-signature": signed}

    # ---- parts

    def _named(self, kind: str) -> str:
        digest = hashlib.sha256(f"lean:{kind}:{self.shelf.number()}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def _link(self, asked: Asked) -> Doc:
        link = self.shelf.doc("link", asked.path["id"])
        if link is None:
            raise no(404, "NOT_FOUND")
        return self._in_time(link)

    def _payment(self, asked: Asked) -> Doc:
        payment = self.shelf.doc("payment", asked.path["id"])
        if payment is None:
            raise no(404, "NOT_FOUND")
        return payment

    def _payments(self, link: Doc) -> list[Doc]:
        found = (self.shelf.doc("payment", name) for name in link["_attempts"])
        return [payment for payment in found if payment is not None]

    def _waiting_refunds(self, payment: Doc) -> list[Doc]:
        waiting = (doc for doc in self.shelf.docs("refund") if doc["status"] in ("CREATED", "APPROVED"))
        return [doc for doc in waiting if doc["payment_id"] == payment["id"]]

    def _back(self, payment: Doc) -> int:
        refunds = (doc for doc in self.shelf.docs("refund") if doc["payment_id"] == payment["id"])
        return sum(doc["_amount"] for doc in refunds if doc["status"] not in ("FAILED", "REJECTED"))

    def _of_offer(self, name: str) -> Doc:
        link = self.shelf.doc("link", name)
        if link is None:
            raise CannotDo("unknown", f"Lean has no {name}")
        return link

    def _in_time(self, link: Doc) -> Doc:
        over = link["_expires_ms"] is not None and self.shelf.now() > link["_expires_ms"]
        return link | {"status": "EXPIRED"} if over and link["status"] == "ACTIVE" else link

    def _offer(self, link: Doc) -> Offer:
        payments = self._payments(link)
        last = payments[-1] if payments else None
        status = _OVER.get(link["status"]) or ("declined" if last is not None else "open")
        if last is not None and last["status"] == UNDER_WAY:
            status = "held"
        attempts = (Taken(p["id"], p["_amount"], p["_at_ms"], p["status"] == ACCEPTED, p["_code"]) for p in payments)
        return Offer(
            name=link["id"],
            title=link["payment_details"]["reference"],
            amount=link["_amount"],
            currency=link["payment_details"]["currency"],
            status=status,
            created_ms=link["_created_ms"],
            expires_ms=link["_expires_ms"],
            text=link["link"],
            attempts=tuple(attempts),
            deeds=self._deeds(last),
        )

    def _deeds(self, payment: Doc | None) -> tuple[str, ...]:
        if payment is None or payment["status"] == "FAILED":
            return ()
        if payment["status"] == UNDER_WAY:
            return ("bank_accepts", "bank_refuses")
        arriving = ("arrives",) if payment["_arrived_ms"] is None else ()
        return arriving + (("refund_goes", "refund_fails") if self._waiting_refunds(payment) else ())

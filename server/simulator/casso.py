"""Casso: a bank account of the shop whose movements are reported by webhook (V1 or V2) and listed by API v2.

Secrets: `webhook_secret`, `api_key`. Facts: `account_number`, `bank_bin`, `webhook_version` (v1 or v2, the default) and
`sync`: with `by_hand` V1 reports all that is new in one body when somebody presses for it, as Casso does every few
minutes; else each movement at once. Sources: developer.casso.vn (webhooks, "lấy giao dịch") and CassoHQ's samples of
the signature. Casso's own repetitions are not published; here an answer without success is tried again four times.
"""

import hashlib
import hmac
import json
from typing import ClassVar, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator import emv
from server.simulator.bank import bank_name
from server.simulator.delivery import ACCEPTED, AGAIN, Verdict
from server.simulator.facts import Notice
from server.simulator.stall import Asked, Call, CannotDo, Doc, Offer, Stall, Taken, Wish
from server.simulator.vntime import DASH_SECONDS_FORMAT, written

ACCOUNT: Final = "account"
"""The offer that always stands: money sent without a code."""

PAYER: Final = "NGUYEN VAN A"
PAYER_ACCOUNT: Final = "0071000888888"
TEST_CALL: Final = {"reference": "MA_GIAO_DICH_THU_NGHIEM", "description": "giao dich thu nghiem", "amount": 599_000}
MONEY_OUT: Final = -193_000
PAGE_ROWS: Final = 10
PAGE_MOST: Final = 100
_LIST_TIME: Final = "%Y-%m-%dT%H:%M:%S"
_DAY: Final = "%Y-%m-%d"


def signature(key: str, at_ms: int, body: Doc) -> str:
    """Return the X-Casso-Signature of a body at a time: HMAC-SHA512 over `<ms>.<body with sorted keys>`."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hmac.new(key.encode(), f"{at_ms}.{text}".encode(), hashlib.sha512).hexdigest()
    return f"t={at_ms},v1={digest}"


class Casso(Stall):
    """One bank account that Casso watches; a customer pays a VietQR that the till drew, or types a transfer."""

    name = "casso"
    brand = "Casso"
    deeds: ClassVar = {
        "money_out": ("Chuyển tiền ra", "Money goes out"),
        "test_call": ("Gọi thử webhook", "Casso's test call"),
        "sync": ("Đồng bộ ngay", "Synchronise now"),
    }
    pays_twice = True
    pays_late = True

    # ---- API

    def calls(self) -> tuple[Call, ...]:
        """Return the one call that is simulated."""
        return (Call("GET", "/v2/transactions", self._list),)

    def failing(self, status: int) -> Response:
        """Return 409, 429 or 5xx as Casso says it."""
        return _said(status, "simulated")

    def _list(self, asked: Asked) -> Response:
        if asked.headers.get("authorization") != f"Apikey {self.settings.secrets['api_key']}":
            return _said(401, "Unauthorized")
        query = dict(asked.query)
        try:
            page, size = int(query.get("page") or 1), min(int(query.get("pageSize") or PAGE_ROWS), PAGE_MOST)
        except ValueError:
            page = size = 0
        if page < 1 or size < 1:
            return _said(400, "Bad Request")
        since = query.get("fromDate", "")
        lines = [line for line in self.shelf.docs("line") if written(line["at_ms"], _DAY) >= since]
        lines.sort(key=lambda line: (line["at_ms"], line["id"]), reverse=query.get("sort") == "DESC")
        pages = -(-len(lines) // size)
        records = [self._listed(line) for line in lines[(page - 1) * size : page * size]]
        data = {"page": page, "pageSize": size, "totalPages": pages, "totalRecords": len(lines), "records": records}
        data |= {"nextPage": page + 1 if page < pages else None, "prevPage": page - 1 if page > 1 else None}
        return JSONResponse({"error": 0, "message": "success", "data": data})

    def _listed(self, line: Doc) -> Doc:
        return {
            "id": line["id"],
            "tid": line["reference"],
            "description": line["text"],
            "amount": line["amount"],
            "cusum_balance": line["balance"],
            "when": written(line["at_ms"], _LIST_TIME),
            "bankSubAccId": self.settings.facts["account_number"],
            "virtualAccount": "",
            "corresponsiveName": PAYER,
            "corresponsiveAccount": PAYER_ACCOUNT,
        }

    # ---- customers

    def offers(self) -> list[Offer]:
        """Return the account itself and every code that a phone has read."""
        return [self._standing(), *(self._offer(slip) for slip in self.shelf.docs("slip"))]

    def offer(self, name: str) -> Offer | None:
        """Return one offer."""
        if name == ACCOUNT:
            return self._standing()
        slip = self.shelf.doc("slip", name)
        return None if slip is None else self._offer(slip)

    def scan(self, text: str) -> str | None:
        """Keep a VietQR of this account."""
        try:
            qr = emv.read(text)
        except emv.UnreadableQr:
            return None
        ours = (self.settings.facts["account_number"], self.settings.facts["bank_bin"])
        if not isinstance(qr, emv.VietQr) or (qr.account_number, qr.bank_bin) != ours:
            return None
        name = str(self.shelf.number())
        slip = {"name": name, "text": text, "amount": qr.amount or 0, "content": qr.content, "status": "open"}
        self.shelf.keep("slip", name, slip | {"at_ms": self.shelf.now()})
        return name

    def pay(self, name: str, wish: Wish) -> None:
        """Let money arrive."""
        if wish.amount <= 0:
            raise CannotDo("amount_missing", "the customer must type an amount")
        slip = self.shelf.doc("slip", name)
        if slip is not None:
            self.shelf.keep("slip", name, slip | {"status": "paid"})
        self._move(name, wish.amount, slip["content"] if slip is not None else "")

    def expire(self, name: str) -> None:
        """Throw a code away; a bank has nothing to report."""
        slip = self.shelf.doc("slip", name)
        if slip is None:
            raise CannotDo("not_now", "an account does not expire")
        self.shelf.keep("slip", name, slip | {"status": "expired"})

    def do(self, name: str, deed: str) -> None:
        """Let money go out, call the receiver for a test, or report what was held back."""
        if deed == "money_out":
            self._move(ACCOUNT, MONEY_OUT, "Chuyen tien nap momo")
        elif deed == "test_call":
            line = {"id": 0, **TEST_CALL, "text": TEST_CALL["description"], "balance": 25_000_000}
            self._tell(ACCOUNT, [line | {"at_ms": self.shelf.now()}], account="88888888")
        else:
            self._tell_waiting()

    def _move(self, offer: str, amount: int, typed: str) -> None:
        number = self.shelf.number()
        balance = sum(line["amount"] for line in self.shelf.docs("line")) + amount
        line = {
            "id": number,
            "offer": offer,
            "amount": amount,
            "balance": balance,
            "text": self.shelf.bank_text(typed, number, self.settings.facts["account_number"]),
            "reference": f"FT{number}",
            "at_ms": self.shelf.now(),
            "told": not self._by_hand(),
        }
        self.shelf.keep("line", str(number), line)
        if line["told"]:
            self._tell(offer, [line])

    def _tell_waiting(self) -> None:
        waiting = [line for line in self.shelf.docs("line") if not line["told"]]
        if not waiting:
            raise CannotDo("not_now", "everything is reported")
        for line in waiting:
            self.shelf.keep("line", str(line["id"]), line | {"told": True})
        self._tell(waiting[-1]["offer"], waiting)

    def _tell(self, offer: str, lines: list[Doc], account: str = "") -> None:
        account = account or self.settings.facts["account_number"]
        total = sum(max(line["amount"], 0) for line in lines)
        if self._first():
            bodies: list[Doc] = [{"error": 0, "data": [self._as_v1(line, account) for line in lines]}]
        else:
            bodies = [{"error": 0, "data": self._as_v2(line, account)} for line in lines]
        for body in bodies:
            self.shelf.tell(offer, total, "VND", json.dumps(body, ensure_ascii=False))

    def _as_v1(self, line: Doc, account: str) -> Doc:
        bank = bank_name(self.settings.facts["bank_bin"])
        return {
            "id": line["id"],
            "tid": line["reference"],
            "description": line["text"],
            "amount": line["amount"],
            "cusum_balance": line["balance"],
            "when": written(line["at_ms"], DASH_SECONDS_FORMAT),
            "bank_sub_acc_id": account,
            "subAccId": account,
            "bank_name": bank,
            "bank_abbr": bank,
            "virtual_account": "",
            "virtual_account_name": "",
            "corresponsive_name": PAYER,
            "corresponsive_account": PAYER_ACCOUNT,
            "corresponsive_bank_id": "",
            "corresponsive_bank_name": "",
        }

    def _as_v2(self, line: Doc, account: str) -> Doc:
        bank = bank_name(self.settings.facts["bank_bin"])
        return {
            "id": line["id"],
            "reference": line["reference"],
            "description": line["text"],
            "amount": line["amount"],
            "runningBalance": line["balance"],
            "transactionDateTime": written(line["at_ms"], DASH_SECONDS_FORMAT),
            "accountNumber": account,
            "bankName": bank,
            "bankAbbreviation": bank,
            "virtualAccountNumber": "",
            "virtualAccountName": "",
            "counterAccountName": PAYER,
            "counterAccountNumber": PAYER_ACCOUNT,
            "counterAccountBankId": "",
            "counterAccountBankName": "",
        }

    # ---- notifications

    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return a body with its token (V1) or its signature of this moment (V2)."""
        secret = "somebody-else" if forged else self.settings.secrets["webhook_secret"]
        shown = ("Secure-Token", secret)
        if not self._first():
            shown = ("X-Casso-Signature", signature(secret, at_ms, json.loads(notice.body)))
        return notice.body.encode(), {"Content-Type": "application/json", shown[0]: shown[1]}

    def judge(self, status: int, answer: str) -> Verdict:
        """Success is 2xx with `{"success": true}` or 1."""
        try:
            reply = json.loads(answer)
        except ValueError:
            reply = None
        good = 200 <= status <= 299 and isinstance(reply, dict) and reply.get("success") in (True, 1)
        return Verdict(ACCEPTED if good else AGAIN, str(status))

    # ---- parts

    def _first(self) -> bool:
        return self.settings.facts.get("webhook_version") == "v1"

    def _by_hand(self) -> bool:
        return self.settings.facts.get("sync") == "by_hand"

    def _standing(self) -> Offer:
        account = self.settings.facts["account_number"]
        return Offer(ACCOUNT, account, 0, "VND", "open", 0, attempts=self._taken(ACCOUNT), deeds=tuple(self.deeds))

    def _offer(self, slip: Doc) -> Offer:
        return Offer(
            name=slip["name"],
            title=slip["content"],
            amount=slip["amount"],
            currency="VND",
            status=slip["status"],
            created_ms=slip["at_ms"],
            text=slip["text"],
            attempts=self._taken(slip["name"]),
        )

    def _taken(self, offer: str) -> tuple[Taken, ...]:
        lines = [line for line in self.shelf.docs("line") if line["offer"] == offer and line["amount"] > 0]
        return tuple(Taken(str(line["id"]), line["amount"], line["at_ms"]) for line in lines)


def _said(status: int, message: str) -> Response:
    return JSONResponse({"error": status, "message": message}, status_code=status)

"""The providers' memory: every fact in order, and what follows from them."""

from collections.abc import Callable, Mapping
from typing import Final

from server.simulator.facts import (
    BANK,
    VNPAY,
    Attempt,
    BankLine,
    BankOrder,
    Closed,
    Fact,
    Notice,
    NoticeEnded,
    PlanDone,
    Planned,
    QrCreated,
    Refunded,
    StallFact,
    VnpayPayment,
    as_record,
    from_record,
)
from server.simulator.journal import Journal

PAID_CODE: Final = "00"


def offer_key(provider: str, name: str | int) -> str:
    """Return the name under which a shown QR is known on the page and in the control API."""
    return f"{provider}:{name}"


class Book:
    """All facts, kept in memory and in the journal.

    Numbers given out (SePay ids, VNPAY traces, …) start at the clock's seconds and only grow, so they stay unique
    after a restart and even when the journal was thrown away while the receiver kept its database.
    """

    def __init__(self, journal: Journal, now: Callable[[], int]) -> None:
        self.now: Final = now
        self._journal = journal
        self.qrs: dict[str, QrCreated] = {}
        self.orders: dict[int, BankOrder] = {}
        self.payments: dict[str, VnpayPayment] = {}
        self.lines: dict[int, BankLine] = {}
        self.closed: dict[str, Closed] = {}
        self.refunds: dict[str, Refunded] = {}
        self.notices: dict[int, Notice] = {}
        self.attempts: dict[int, list[Attempt]] = {}
        self.ended: dict[int, str] = {}
        self.plans: dict[int, Planned] = {}
        self.plans_done: set[int] = set()
        self.version = 0
        self.balance = 0
        """The watched account's balance in VND; it starts at zero."""
        self._payments_by_bill: dict[str, list[VnpayPayment]] = {}
        self._lines_by_order: dict[int, list[BankLine]] = {}
        self._orders_by_text: dict[str, BankOrder] = {}
        self._stalls: dict[tuple[str, str], dict[str, StallFact]] = {}
        self.last_number = now() // 1000
        for records in journal.read():
            for record in records:
                self._take(from_record(record))

    def write(self, *facts: Fact) -> None:
        """Keep the facts of one act: on the medium first, all or none, then in memory."""
        self._journal.append([as_record(fact) for fact in facts])
        for fact in facts:
            self._take(fact)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def next_number(self) -> int:
        """Return a number (10 digits until the year 2286) that was never given out before."""
        self.last_number += 1
        return self.last_number

    def stall_facts(self, stall: str, kind: str) -> Mapping[str, StallFact]:
        """Return the latest fact of each key of a stall's kind, in the order in which the keys came up."""
        return self._stalls.get((stall, kind), {})

    def stall_fact(self, stall: str, kind: str, key: str) -> StallFact | None:
        """Return the latest fact of a stall's kind and key."""
        return self.stall_facts(stall, kind).get(key)

    def order_for(self, qr_text: str) -> BankOrder | None:
        """Return the VietQR with exactly this text, if it was shown before."""
        return self._orders_by_text.get(qr_text)

    def knows(self, offer: str) -> bool:
        """Tell whether a QR with this offer key was shown."""
        provider, _, name = offer.partition(":")
        if provider == VNPAY:
            return name in self.qrs
        return provider == BANK and name.isdecimal() and int(name) in self.orders

    def payments_of(self, txn_id: str) -> list[VnpayPayment]:
        """Return the finished attempts to pay this bill, oldest first."""
        return self._payments_by_bill.get(txn_id, [])

    def money_for(self, txn_id: str) -> VnpayPayment | None:
        """Return the first attempt that took money for this bill."""
        return next((paid for paid in self.payments_of(txn_id) if paid.code == PAID_CODE), None)

    def lines_of(self, order_id: int) -> list[BankLine]:
        """Return the transfers that answered this VietQR, oldest first."""
        return self._lines_by_order.get(order_id, [])

    def refunds_of(self, qr_trace: str) -> list[Refunded]:
        """Return what was given back of one payment."""
        return [refund for refund in self.refunds.values() if refund.qr_trace == qr_trace]

    def open_notices(self) -> list[Notice]:
        """Return the notifications still owed to the receiver."""
        return [notice for event_id, notice in self.notices.items() if event_id not in self.ended]

    def open_plans(self) -> list[Planned]:
        """Return what the customer is still going to do."""
        return [plan for plan_id, plan in self.plans.items() if plan_id not in self.plans_done]

    def status_of(self, offer: str) -> str:
        """Return `paid`, `declined`, `expired` or `open` for a shown QR; money outweighs everything else."""
        provider, _, name = offer.partition(":")
        if provider == VNPAY:
            qr = self.qrs.get(name)
            paid = self.money_for(name) is not None
            out_of_time = qr is not None and qr.expires_ms is not None and qr.expires_ms <= self.now()
        else:
            paid = bool(self.lines_of(int(name)))
            out_of_time = False
        if paid:
            return "paid"
        closed = self.closed.get(offer)
        if closed is not None:
            return closed.how
        return "expired" if out_of_time else "open"

    def _take(self, fact: Fact) -> None:
        self.version += 1
        match fact:
            case StallFact():
                self._stalls.setdefault((fact.stall, fact.kind), {})[fact.key] = fact
                self._saw(fact.number)
            case Notice() | Attempt() | NoticeEnded() | Planned() | PlanDone():
                self._take_errand(fact)
            case _:
                self._take_money(fact)

    def _take_money(self, fact: QrCreated | BankOrder | VnpayPayment | BankLine | Closed | Refunded) -> None:
        match fact:
            case QrCreated():
                self.qrs[fact.txn_id] = fact
                self._saw(fact.id_qrcode)
            case BankOrder():
                self.orders[fact.order_id] = fact
                self._orders_by_text[fact.qr_text] = fact
                self._saw(fact.order_id)
            case VnpayPayment():
                self.payments[fact.qr_trace] = fact
                self._payments_by_bill.setdefault(fact.txn_id, []).append(fact)
                self._saw(int(fact.qr_trace))
            case BankLine():
                self.lines[fact.sepay_id] = fact
                self.balance += fact.amount
                if fact.order_id is not None:
                    self._lines_by_order.setdefault(fact.order_id, []).append(fact)
                self._saw(fact.sepay_id)
            case Closed():
                self.closed[fact.offer] = fact
            case Refunded():
                self.refunds[fact.refund_txn_id] = fact
                self._saw(int(fact.refund_trace))

    def _take_errand(self, fact: Notice | Attempt | NoticeEnded | Planned | PlanDone) -> None:
        match fact:
            case Notice():
                self.notices[fact.event_id] = fact
                self._saw(fact.event_id)
            case Attempt():
                self.attempts.setdefault(fact.event_id, []).append(fact)
            case NoticeEnded():
                self.ended[fact.event_id] = fact.how
            case Planned():
                self.plans[fact.plan_id] = fact
                self._saw(fact.plan_id)
            case PlanDone():
                self.plans_done.add(fact.plan_id)

    def _saw(self, number: int) -> None:
        self.last_number = max(self.last_number, number)


def order_key(order: BankOrder) -> str:
    """Return the offer key of a VietQR."""
    return offer_key(BANK, order.order_id)


def bill_key(txn_id: str) -> str:
    """Return the offer key of a VNPAY bill."""
    return offer_key(VNPAY, txn_id)

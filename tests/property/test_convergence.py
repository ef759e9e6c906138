"""Two tills and a hub under loss, repetition, reordering and delay: the books always balance, and in the end all agree.

A schedule mixes sales, codes, cancels, expiry and the provider's word with pushes whose answers are lost and pages that
arrive late, in parts or twice. BANA_EXAMPLES=5000 tries as many new schedules.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from domain.accounts import Control, control_id
from domain.errors import FailureCode
from domain.ids import Instant, PaymentId
from domain.payments import OPEN, SOFT_ENDS, PaymentIntent, PaymentStatus
from domain.rails import Method, RailResult, RailStatus, Receipt
from domain.services.receipts import ReceiptOutcome, record_presented
from storage.session import Session
from storage.verification.balances import check_balances
from storage.verification.books import each_merchant
from storage.verification.delivery import check_book_numbers, check_messages, check_receipts
from storage.verification.payments import check_amounts, check_steps
from storage.verification.reader import Reader
from storage.verification.report import Findings, Side
from storage.verification.reversals import check_reversals
from storage.verification.shop import check_shop
from storage.verification.trail import check_trail
from storage.verification.vouchers import check_vouchers
from tests.builders import BANK, CASH, MERCHANT, MINUTE, QR
from tests.property import profile
from tests.property.shop_stage import Books, Shop, State, Till, a_receipt

AMOUNTS = st.sampled_from([1_000, 20_000, 45_000])
TILLS = st.integers(min_value=0, max_value=1)
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE


def verified(books: Books, side: Side) -> dict[str, Any]:
    """Return what the program that checks books finds wrong in a database."""

    def op(session: Session) -> dict[str, Any]:
        found = Findings()
        connection = session.cursor.connection  # type: ignore[attr-defined]  # of SQLite's cursors
        reader = Reader(session, connection.cursor, connection.Error)
        for merchant in each_merchant(reader, found, side, fast=False):
            for check in (check_vouchers, check_trail, check_balances, check_shop, check_steps, check_amounts):
                check(merchant)
            for check in (check_messages, check_book_numbers, check_reversals):
                check(merchant)
            if side == "hub":
                check_receipts(merchant)
        return dict(found.kept)

    result: dict[str, Any] = books.read(op)
    return result


class TwoTillsAndAHub(RuleBasedStateMachine):
    """The shop, and what a till has shown so far."""

    codes = Bundle("codes")
    asked_for = Bundle("asked_for")
    receipts = Bundle("receipts")

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()
        self.started = 0
        self.movements = 0
        self.cash = 0
        self.proven: dict[str, tuple[PaymentId, int]] = {}
        self.skew = [0, 0]
        self.shown: list[dict[PaymentId, State]] = [{}, {}]

    @initialize(skew=st.sampled_from([0, -HOUR, HOUR, -3 * 365 * DAY]))
    def the_second_till_has_its_own_clock(self, skew: int) -> None:
        self.skew[1] = skew

    # -- the counter

    @rule(target=codes, till=TILLS, amount=AMOUNTS)
    def show_a_code(self, till: int, amount: int) -> PaymentIntent:
        return self.tills[till].start(self.next_name(), Method.VIETQR, amount, self.now(till))

    @rule(targets=(codes, asked_for), till=TILLS, amount=AMOUNTS)
    def ask_for_a_code(self, till: int, amount: int) -> PaymentIntent:
        return self.tills[till].start(self.next_name(), Method.VNPAY_QR, amount, self.now(till))

    @rule(till=TILLS, amount=AMOUNTS)
    def take_cash(self, till: int, amount: int) -> None:
        self.tills[till].start(self.next_name(), Method.CASH, amount, self.now(till))
        self.cash += amount

    @rule(till=TILLS, code=codes)
    def cancel(self, till: int, code: PaymentIntent) -> None:
        state = self.tills[till].books.states().get(code.id)
        if state is not None and state[0] in OPEN:
            self.tills[till].cancel(code.id, self.now(till))

    @rule(till=TILLS)
    def let_codes_run_out_at_a_till(self, till: int) -> None:
        self.tills[till].expire(self.now(till))

    @rule()
    def let_codes_run_out_at_the_hub(self) -> None:
        self.shop.expire()

    @rule(ms=st.sampled_from([1_000, 2 * MINUTE, 6 * MINUTE, DAY, 4 * DAY]))
    def let_time_pass(self, ms: int) -> None:
        self.shop.at = Instant(self.shop.at + ms)

    # -- the provider

    @rule(
        target=receipts,
        code=codes,
        part=st.sampled_from(["all", "all", "short", "over", "tiny"]),
        may_park=st.booleans(),
        ago=st.sampled_from([0, 0, MINUTE]),
    )
    def pay(self, code: PaymentIntent, part: str, may_park: bool, ago: int) -> Receipt:
        due = code.amount_minor
        amount = {"all": due, "short": due - 400, "over": due + 5_000, "tiny": 400}[part]
        self.movements += 1
        receipt = a_receipt(code, amount, f"movement {self.movements}", Instant(self.shop.at - ago))
        self.proven[receipt.dedupe_key] = (code.id, amount)
        self.shop.receive(receipt, may_park=may_park)
        return receipt

    @rule(receipt=receipts, may_park=st.booleans())
    def tell_of_the_same_money_again(self, receipt: Receipt, may_park: bool) -> None:
        parked = receipt in self.shop.parked
        outcome = self.shop.receive(receipt, may_park=may_park)
        assert parked or outcome is ReceiptOutcome.DUPLICATE
        if outcome is ReceiptOutcome.PARKED:
            self.shop.parked.pop()

    @rule(code=codes)
    def decline(self, code: PaymentIntent) -> None:
        self.movements += 1
        receipt = a_receipt(code, code.amount_minor, f"refusal {self.movements}", self.shop.at, declined=True)
        assert self.shop.receive(receipt) is ReceiptOutcome.DECLINED

    @rule(
        code=asked_for,
        result=st.sampled_from(
            [
                RailResult(RailStatus.PENDING, qr_text="000201"),
                RailResult(RailStatus.UNKNOWN, failure=FailureCode.TIMEOUT),
                RailResult(RailStatus.FAILED, failure=FailureCode.CREDENTIALS_REJECTED),
            ]
        ),
    )
    def answer_for_a_code(self, code: PaymentIntent, result: RailResult) -> None:
        self.shop.run(lambda uow: record_presented(uow, code.id, result, self.shop.at))

    @rule(may_park=st.booleans())
    def try_parked_money_again(self, may_park: bool) -> None:
        self.shop.retry_parked(may_park=may_park)

    # -- the network

    @rule(till=TILLS, limit=st.integers(min_value=1, max_value=6), answered=st.booleans())
    def push(self, till: int, limit: int, answered: bool) -> None:
        outcomes = self.shop.push(self.tills[till], limit, answered=answered)
        assert [outcome.code for outcome in outcomes if outcome.code] == []

    @rule(till=TILLS, limit=st.integers(min_value=1, max_value=6))
    def a_page_sets_out(self, till: int, limit: int) -> None:
        self.shop.fetch(self.tills[till], limit)

    @rule(till=TILLS, times=st.sampled_from([1, 1, 2]))
    def a_page_arrives(self, till: int, times: int) -> None:
        page = self.tills[till].page or []
        came_back = {incoming.message.id for incoming in page}
        waiting = {message.subject_id for message in self.tills[till].waiting() if message.id not in came_back}
        ends = self.tills[till].unsent_ends()
        self.shop.apply(self.tills[till], times=times)
        for payment_id, state in self.tills[till].books.states().items():
            if payment_id in ends and payment_id in waiting and state[0] is not PaymentStatus.PAID:
                assert state[0] is ends[payment_id][0]

    @rule(till=TILLS)
    def what_was_pushed_comes_back(self, till: int) -> None:
        self.shop.push(self.tills[till], answered=False)
        self.shop.fetch(self.tills[till])
        self.a_page_arrives(till, 1)

    @rule(till=TILLS)
    def sync(self, till: int) -> None:
        self.tills[till].page = None
        self.shop.sync(self.tills[till])

    @rule(where=st.integers(min_value=0, max_value=2))
    def check_the_books_in_between(self, where: int) -> None:
        assert verified(self.everywhere()[where], "till" if where else "hub") == {}

    # -- what always holds

    @invariant()
    def every_database_balances(self) -> None:
        for books in self.everywhere():
            assert sum(books.balances().values()) == 0

    @invariant()
    def no_till_shows_an_older_state_than_it_has_shown(self) -> None:
        for till, shown in zip(self.tills, self.shown, strict=True):
            for payment_id, (status, exception, received) in till.books.states().items():
                before = shown.get(payment_id)
                if before is not None:
                    assert received >= before[2]
                    assert before[0] is not PaymentStatus.PAID or status is PaymentStatus.PAID
                    assert before[0] not in SOFT_ENDS or status in SOFT_ENDS | {PaymentStatus.PAID}
                shown[payment_id] = (status, exception, received)

    @invariant()
    def nothing_is_paid_by_less_than_what_was_owed(self) -> None:
        for books in self.everywhere():
            assert books.ask("SELECT id FROM payments WHERE status = 'paid' AND received_minor < amount_minor") == []

    # -- what holds in the end

    def teardown(self) -> None:
        try:
            self.shop.settle_down()
            self.all_agree()
            self.the_books_say_what_happened()
            self.no_money_is_lost_on_the_way()
            self.every_difference_is_named()
            assert verified(self.shop.hub_books, "hub") == {}
            for till in self.tills:
                assert verified(till.books, "till") == {}
        finally:
            self.shop.close()

    def all_agree(self) -> None:
        hub = self.shop.hub_books
        for till in self.tills:
            assert till.waiting() == []
            assert till.refused() == []
            assert till.books.states() == hub.states()
            assert till.books.vouchers() == hub.vouchers()
            assert till.books.balances() == till.books.recomputed() == hub.balances() == hub.recomputed()
            assert till.books.book_numbers() == hub.book_numbers()

    def the_books_say_what_happened(self) -> None:
        """Compare the balances with sums over what was sold and what was proven, computed here."""
        payments = self.shop.hub_books.ask("SELECT status, provider, amount_minor, received_minor FROM payments")
        coded = [(status, due, received) for status, provider, due, received in payments if provider != "none"]
        sold = sum(due for status, due, _ in coded if status == "paid")
        over = sum(received - due for status, due, received in coded if status == "paid")
        proven = sum(amount for _, amount in self.proven.values())
        balances = self.shop.hub_books.balances()

        def balance(*accounts: str) -> int:
            return sum(balances.get(account, 0) for account in accounts)

        assert balance(CASH) == self.cash
        assert balance(BANK, QR) == proven
        assert balance(control_id(MERCHANT, Control.SALES)) == -(self.cash + sold)
        assert balance(control_id(MERCHANT, Control.OVERPAYMENT)) == -over
        assert balance(control_id(MERCHANT, Control.SUSPENSE)) == -(proven - sold - over)

    def no_money_is_lost_on_the_way(self) -> None:
        """Every amount stands at the payment it names, but for what came after the window of later money."""
        settled: dict[PaymentId, int] = {}
        for key, (payment_id, amount) in self.proven.items():
            if key not in self.shop.too_late:
                settled[payment_id] = settled.get(payment_id, 0) + amount
        coded = self.shop.hub_books.ask("SELECT id FROM payments WHERE provider <> 'none'")
        states = self.shop.hub_books.states()
        assert {row[0]: settled.get(row[0], 0) for row in coded} == {row[0]: states[row[0]][2] for row in coded}

    def every_difference_is_named(self) -> None:
        rows = self.shop.hub_books.ask("SELECT status, exception, amount_minor, received_minor, provider FROM payments")
        for status, exception, due, received, provider in rows:
            if status == "paid":
                named = {"paid_over", "paid_twice"} if received > due else {"none", "paid_late"}
                assert exception in named
                assert exception == "none" or provider != "none"
            else:
                assert exception == ("paid_short" if received else "none")
                assert received < due

    # -- words

    @property
    def tills(self) -> list[Till]:
        return self.shop.tills

    def everywhere(self) -> list[Books]:
        return [self.shop.hub_books, *(till.books for till in self.tills)]

    def now(self, till: int) -> Instant:
        return Instant(self.shop.at + self.skew[till])

    def next_name(self) -> str:
        self.started += 1
        return f"payment {self.started}"


TestTwoTillsAndAHub = TwoTillsAndAHub.TestCase
TestTwoTillsAndAHub.settings = settings(
    settings.get_profile("bana"), max_examples=profile.asked() or profile.MACHINE_EXAMPLES, stateful_step_count=40
)

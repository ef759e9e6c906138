"""A till's books under every act of its people, in any order, held against a model in plain dicts after each step.

A schedule opens wallets, books events, writes, issues and drops drafts, voids, closes and reopens periods, archives and
renames, while days go by and the program is started anew. `make books-machine` tries 5,000 new schedules.
"""

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from domain.accounts import AccountType
from domain.categories import CategoryKind
from domain.ids import AccountId, CategoryId, DraftId, PaymentId, VoucherId
from domain.policy import Actor, Role
from domain.rails import Method
from domain.services.accounts import archive_wallet, change_wallet, open_wallet
from domain.services.categories import archive_category, save_category
from domain.services.drafts import discard_draft, issue_draft
from domain.services.payments import start_payment
from domain.services.settings import change_setting, close_books
from domain.services.vouchers import void_voucher
from storage.queries import TillQueries
from storage.till import TillUnitOfWork
from storage.verify import verify_till
from tests.builders import KEY, NOON, OWNER, TILL, WITNESS_KEY, an_id
from tests.property import profile
from tests.property.books_model import EVENTS, HOUR_MS, MAY, MOST
from tests.property.books_stage import BALANCES, COUNTS, DAYS_HELD, UNKNOWN, BooksStage, refuse
from tests.storage.breaches import found

EXAMPLES: Final = 60
FAR: Final = 10_000

PICK = st.integers(min_value=0, max_value=40)
AMOUNTS = st.sampled_from([45_000, 100_000, 1, 123_457, 45_000, MOST])
NAMES = st.sampled_from(["Két", "Két 2", " Ngân hàng ", "Hàng hoá", "  ", "x" * 61, "Quầy A", "Quầy B", "Momo"])
KINDS = st.sampled_from(list(AccountType))
FAULTS = st.sampled_from(["", "", "", "", "no wallet", "nothing", "unlike", "unknown"])
PERHAPS = st.integers(min_value=-1, max_value=20).map(lambda pick: None if pick < 0 else pick)
LINE = st.tuples(PICK, st.sampled_from("DC"), st.sampled_from([45_000, 45_000, 5_000, 0]))
PAIR = st.tuples(PICK, PICK, AMOUNTS).map(lambda pair: [(pair[0], "D", pair[2]), (pair[1], "C", pair[2])])
TYPES = st.sampled_from(["PT", "PC", "PCK", "PKT"])
DRAFTS = st.fixed_dictionaries(
    {
        "type": TYPES,
        "day": st.sampled_from([0, 0, 0, -1, -3, -40, 1, "", "2026-02-30", "tomorrow"]),
        "wallet": PERHAPS,
        "target": PERHAPS,
        "category": PERHAPS,
        "amount": st.sampled_from([45_000, 45_000, 45_000, 1, MOST, 0, -1, MOST + 1]),
        "fee": st.sampled_from([0, 0, 0, 1_100, 45_000]),
        "memo": st.sampled_from(["thu tiền", "chi tiền", "sửa sai", "  ", ""]),
        "lines": st.one_of(PAIR, st.lists(LINE, max_size=3)),
    }
)
WHOLE = st.fixed_dictionaries(
    {
        "type": TYPES,
        "day": st.sampled_from([0, 0, -1, -3, -40]),
        "wallet": PICK,
        "target": PICK,
        "category": PICK,
        "amount": st.sampled_from([45_000, 100_000, 123_457, MOST]),
        "fee": st.sampled_from([0, 1_100]),
        "memo": st.just("đủ"),
        "lines": PAIR,
    }
)
EMPTY: Final = {"wallet": None, "target": None, "category": None, "amount": 0, "fee": 0, "memo": "hết"}


class BooksOfATill(BooksStage):
    """Every act, and what holds after each of them and in the end."""

    @initialize()
    def the_first_wallets(self) -> None:
        self.new_wallet(AccountType.CASH, "Tiền mặt", 500_000)
        self.new_wallet(AccountType.BANK, "Vietcombank", 0)

    # -- wallets

    @rule(kind=KINDS, name=NAMES, opening=st.sampled_from([0, 0, 200_000, -1, MOST, MOST + 1]))
    def new_wallet(self, kind: AccountType, name: str, opening: int) -> None:
        self.open_wallet(self.new_id(), kind, name, opening)

    @rule(pick=PICK, kind=KINDS, name=NAMES)
    def a_wallet_again(self, pick: int, kind: AccountType, name: str) -> None:
        self.open_wallet(self.account(pick, controls=False), kind, name, 7)

    @rule(pick=PICK, name=NAMES)
    def rename_a_wallet(self, pick: int, name: str) -> None:
        wallet = self.account(pick)
        self.both(
            partial(self.model.rename_wallet, wallet, name),
            lambda uow: change_wallet(uow, OWNER, self.real(wallet), self.message(), self.at, name=name),
        )

    @rule(pick=PICK, archived=st.sampled_from([True, True, False]))
    def archive_a_wallet(self, pick: int, archived: bool) -> None:
        wallet = self.account(pick)
        self.both(
            partial(self.model.archive_wallet, wallet, archived),
            lambda uow: archive_wallet(uow, OWNER, self.real(wallet), self.message(), self.at, archived=archived),
        )

    @rule(pick=PICK)
    def empty_a_wallet(self, pick: int) -> None:
        wallet = self.account(pick, controls=False)
        balance = self.model.balances[wallet]
        if 0 < abs(balance) <= MOST:
            side, other = ("C", "D") if balance > 0 else ("D", "C")
            lines = [(wallet, side, abs(balance)), ("opening_equity", other, abs(balance))]
            told = {**EMPTY, "type": "PKT", "day": self.model.today, "lines": lines}
            draft = self.new_id()
            self.save(draft, told)
            self.issue(draft)

    @rule(key=st.sampled_from(["wallet.default", "wallet.method.cash", "wallet.method.vietqr"]), pick=PICK)
    def choose_a_wallet(self, key: str, pick: int) -> None:
        wallet = self.account(pick)
        self.both(
            partial(self.model.choose_wallet, key, wallet),
            lambda uow: change_setting(uow, OWNER, key, self.real(wallet), self.message(), self.at),
        )

    # -- events

    @rule(
        event=st.sampled_from(sorted(EVENTS)),
        wallet=PICK,
        to=PICK,
        amount=AMOUNTS,
        fault=FAULTS,
        told_tax=st.booleans(),
        day=st.sampled_from([0, 0, 0, -1, -3, -40]),
    )
    def book_an_event(
        self, event: str, wallet: int, to: int, amount: int, fault: str, told_tax: bool, day: int
    ) -> None:
        amount = 0 if fault == "nothing" else amount
        fee = min(amount // 100, 1_100)
        measures = {"amount": amount, "due": amount, "cost": amount, "fee": fee, "received": amount - fee}
        if told_tax:
            measures["tax"] = amount // 11
        if fault == "unlike":
            measures |= {"received": amount, "fee": 7, "tax": amount + 1}
        place = {"no wallet": None, "unknown": UNKNOWN}.get(fault, self.account(wallet, controls=False))
        self.post(event, self.new_id(), place, self.account(to, controls=False), measures, self.model.day(day))

    @precondition(lambda self: self.events())
    @rule(pick=PICK, amount=AMOUNTS)
    def the_same_event_comes_again(self, pick: int, amount: int) -> None:
        events = self.events()
        kind, _, name = events[pick % len(events)].partition("/")
        self.post(kind, name, None, None, {"amount": amount}, self.model.today)

    @rule(amount=AMOUNTS)
    def sell_for_cash(self, amount: int) -> None:
        payment = PaymentId(self.new_id())
        self.both(
            partial(self.model.sell, f"sale/{payment}", amount),
            lambda uow: start_payment(uow, OWNER, payment, Method.CASH, amount, self.at, online=False),
        )

    @rule(vat=st.sampled_from(["", "standard", "reduced", "essential", "zero"]))
    def another_tax(self, vat: str) -> None:
        self.units.run(lambda uow: change_setting(uow, OWNER, "vat.class", vat, self.message(), self.at))
        self.model.vat = vat

    # -- drafts

    @rule(told=DRAFTS, pick=PICK, again=st.sampled_from([False, False, True]))
    def write_a_draft(self, told: dict[str, Any], pick: int, again: bool) -> None:
        told = self.resolved(told)
        self.save(self.draft(pick) if again else self.new_id(), told)

    @rule(told=WHOLE)
    def write_and_issue(self, told: dict[str, Any]) -> None:
        draft = self.new_id()
        self.save(draft, self.resolved(told))
        self.issue(draft)

    @precondition(lambda self: self.made_drafts())
    @rule(pick=PICK)
    def issue_a_draft(self, pick: int) -> None:
        self.issue(self.draft(pick))

    @precondition(lambda self: self.made_drafts())
    @rule(pick=PICK)
    def drop_a_draft(self, pick: int) -> None:
        draft = self.draft(pick)
        self.both(partial(self.model.discard_draft, draft), lambda uow: discard_draft(uow, OWNER, DraftId(draft), NOON))

    # -- voids

    @rule(back=st.integers(min_value=0, max_value=14), reason=st.sampled_from(["nhầm", "nhầm", "nhầm", " "]))
    def void_one(self, back: int, reason: str) -> None:
        held = self.model.vouchers[-1 - back % len(self.model.vouchers)]
        if back < 13:
            self.void(held, held.id, reason)
        else:
            self.void(None, self.draft(0) if back == 13 else an_id("no voucher"), reason)

    # -- categories

    @rule(pick=PICK, parent=st.one_of(PICK, st.none()), income=st.booleans(), name=NAMES, new=st.booleans())
    def save_a_category(self, pick: int, parent: int | None, income: bool, name: str, new: bool) -> None:
        category = self.new_id() if new else self.category(pick)
        above = None if parent is None else self.category(parent)
        kind = CategoryKind.INCOME if income else CategoryKind.EXPENSE
        if above in self.model.categories and pick % 4:
            kind = CategoryKind(self.model.categories[above].kind)
        self.both(
            partial(self.model.save_category, category, kind.value, name, above),
            lambda uow: save_category(
                uow,
                OWNER,
                self.real_category(category),
                self.message(),
                self.at,
                kind=kind,
                name_vi=name,
                parent_id=self.real_category(above) if above else None,
            ),
        )

    @precondition(lambda self: self.own_categories())
    @rule(pick=PICK, archived=st.sampled_from([True, True, False]))
    def archive_a_category(self, pick: int, archived: bool) -> None:
        category = self.category(pick)
        self.both(
            partial(self.model.archive_category, category, archived),
            lambda uow: archive_category(
                uow, OWNER, self.real_category(category), self.message(), self.at, archived=archived
            ),
        )

    # -- time

    @rule(
        through=st.sampled_from([-1, -1, -2, -3, -40, 0, 1, FAR, ""]),
        reason=st.sampled_from(["kiểm kê lại", "", " "]),
    )
    def close_a_period(self, through: int | str, reason: str) -> None:
        day = {FAR: "2026-02-30", "": ""}.get(through) if through in (FAR, "") else self.model.day(int(through))
        self.both(
            partial(self.model.close_books, day or "", reason),
            lambda uow: close_books(uow, OWNER, day or "", self.message(), self.at, reason=reason),
        )

    @rule(hours=st.sampled_from([1, 11, 13, 24, 49, 24 * 41, -1, -25]))
    def time_passes(self, hours: int) -> None:
        self.model.now_ms += hours * HOUR_MS

    @rule()
    def the_program_starts_anew(self) -> None:
        self.units.close()
        self.units = self.open()

    # -- people

    @rule(role=st.sampled_from(sorted(MAY)), act=st.sampled_from(sorted(MAY["owner"])))
    def someone_without_the_right_tries(self, role: str, act: str) -> None:
        if act in MAY[role]:
            return
        actor = Actor(OWNER.user_id, "?", Role(role), TILL)
        nothing, message = "?", self.message()
        acts: dict[str, Callable[[TillUnitOfWork], object]] = {
            "wallets": lambda uow: open_wallet(uow, actor, AccountId(message), AccountType.CASH, "?", self.at),
            "categories": lambda uow: archive_category(
                uow, actor, CategoryId(nothing), message, self.at, archived=True
            ),
            "settings": lambda uow: change_setting(uow, actor, "vat.class", "zero", message, self.at),
            "close": lambda uow: close_books(uow, actor, self.model.day(-1), message, self.at),
            "draft": lambda uow: discard_draft(uow, actor, DraftId(nothing), NOON),
            "issue": lambda uow: issue_draft(uow, actor, DraftId(nothing), self.at),
            "void": lambda uow: void_voucher(uow, actor, VoucherId(nothing), self.at, reason="?"),
            "sell": lambda uow: start_payment(
                uow, actor, PaymentId(message), Method.CASH, 1_000, self.at, online=False
            ),
        }
        asks = (role, act) == ("cashier", "void")
        self.both(partial(refuse, "APPROVAL_NEEDED" if asks else "NOT_PERMITTED"), acts[act])

    # -- what always holds

    @invariant()
    def the_books_are_the_models(self) -> None:
        balances: dict[str, int] = dict(self.units.read(lambda session: session.all(BALANCES, {})))
        assert sum(balances.values()) == 0
        assert {name: held for name, held in balances.items() if held} == {
            name: held for name, held in self.model.balances.items() if held
        }
        days = {tuple(row[:3]): list(row[3:]) for row in self.units.read(lambda session: session.all(DAYS_HELD, {}))}
        assert days == dict(self.model.days)
        sums: dict[str, int] = {}
        for (account, _, _), (debit, credit) in days.items():
            sums[account] = sums.get(account, 0) + debit - credit
        assert all(sums.get(account, 0) == balance for account, balance in balances.items())

    @invariant()
    def every_document_and_draft_is_there_and_no_other(self) -> None:
        row = self.units.read(lambda session: session.one(COUNTS, {}))
        assert row is not None
        assert (row[0], row[1]) == (len(self.model.vouchers), len(self.model.drafts))

    @invariant()
    def no_category_in_use_hangs_below_an_archived_one(self) -> None:
        held = self.model.categories
        assert not any(
            not category.archived and category.parent is not None and held[category.parent].archived
            for category in held.values()
        )

    # -- what holds in the end

    def teardown(self) -> None:
        try:
            if self.agree:
                self.statements_run_as_the_model_does()
                assert found(verify_till(self.files.database, KEY, self.files.witness, WITNESS_KEY)) == set()
        finally:
            self.units.close()
            shutil.rmtree(self.folder)

    def statements_run_as_the_model_does(self) -> None:
        """Compare every account's statement, line by line with its running balance, with the model's documents."""
        wanted: dict[str, list[tuple[str, int, int]]] = {}
        running: dict[str, int] = {}
        for voucher in self.model.vouchers:
            for account, signed in voucher.lines:
                running[account] = running.get(account, 0) + signed
                wanted.setdefault(account, []).append((voucher.number, signed, running[account]))
        queries = self.units.read(TillQueries)
        for account, lines in wanted.items():
            statement = queries.statement(OWNER, self.real(account), FAR, None)
            told = [(row.number, row.debit_minor - row.credit_minor, row.balance_after_minor) for row in statement]
            assert told[::-1] == lines


TestBooksOfATill = BooksOfATill.TestCase
TestBooksOfATill.settings = settings(
    settings.get_profile("bana"), max_examples=profile.asked() or EXAMPLES, stateful_step_count=50
)

"""A till's real file and the model of its books side by side: every act is done to both, and both must answer alike."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, NoReturn

from hypothesis.stateful import RuleBasedStateMachine

from domain.accounts import AccountType
from domain.categories import category_id
from domain.drafts import Draft, DraftLine
from domain.errors import DomainError
from domain.ids import AccountId, CategoryId, DraftId, Instant, MessageId, VoucherId
from domain.payments import PaymentIntent
from domain.posting_rules import Places
from domain.services.accounts import open_wallet
from domain.services.drafts import issue_draft, save_draft
from domain.services.vouchers import post_event, void_voucher
from domain.vouchers import Side, SourceEvent, VoucherType
from domain.vouchers import Voucher as Issued
from storage.gate import TillFiles
from storage.session import Sql
from storage.setup import create_till
from storage.till import TillUnitOfWork, TillUnits
from storage.witness import Witness
from tests.builders import KEY, MERCHANT, NOON, OWNER, SETUP, WITNESS_KEY, an_id
from tests.property.books_model import EVENTS, SYSTEM, BooksModel, Refusal, Voucher

UNKNOWN: Final = "?"
CONTROLS: Final = Sql("SELECT control, id, name FROM accounts WHERE control IS NOT NULL")
BALANCES: Final = Sql("SELECT COALESCE(control, id), balance_minor FROM accounts")
DAYS_HELD: Final = Sql(
    "SELECT COALESCE(a.control, a.id), d.day, COALESCE(NULLIF(c.system_key, ''), d.category_id), d.debit_minor, "
    "d.credit_minor FROM day_totals d JOIN accounts a ON a.id = d.account_id LEFT JOIN categories c "
    "ON c.id = d.category_id"
)
COUNTS: Final = Sql("SELECT (SELECT COUNT(*) FROM vouchers), (SELECT COUNT(*) FROM drafts)")
_LINES: Final = Sql(
    "SELECT COALESCE(a.control, a.id), CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END "
    "FROM postings p JOIN accounts a ON a.id = p.account_id WHERE p.voucher_id = :id ORDER BY p.line_no"
)
_OF_PAYMENT: Final = Sql("SELECT id FROM vouchers WHERE payment_id = :id")

_IN_MEMORY: Final = Path("/dev/shm")
_FOLDERS: Final = tempfile.TemporaryDirectory(prefix="bana-books-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None)
"""In memory where the system has such a place: every commit is synced as always, and no power is cut here."""


@cache
def _fresh_shop() -> Path:
    folder = Path(_FOLDERS.name) / "fresh"
    folder.mkdir()
    create_till(folder / "till.db", KEY, Witness(folder / "till.head", WITNESS_KEY), SETUP, NOON)
    return folder


class BooksStage(RuleBasedStateMachine):
    """A new till with its file and its witness, and the model; `both` does an act to the two."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=_FOLDERS.name))
        for name in ("till.db", "till.head"):
            shutil.copy(_fresh_shop() / name, self.folder / name)
        self.files = TillFiles(
            self.folder / "till.db", self.folder / "till.head", self.folder / "backups", KEY, WITNESS_KEY
        )
        self.units = self.open()
        rows = self.units.read(lambda session: session.all(CONTROLS, {}))
        self.control_ids = {row[0]: AccountId(row[1]) for row in rows}
        self.model = BooksModel(NOON, {row[0]: row[2] for row in rows})
        self.made = 0
        self.agree = True
        """Whether till and model answered alike so far; once they did not, what follows says nothing."""

    def open(self) -> TillUnits:
        """Start the program on the till's file."""
        return TillUnits(self.files.connect, Witness(self.files.witness, WITNESS_KEY), lambda changes: None)

    @property
    def at(self) -> Instant:
        """The till's clock."""
        return Instant(self.model.now_ms)

    # -- both at once

    def both(self, act: Callable[[], object], real_act: Callable[[TillUnitOfWork], object]) -> None:
        """Do an act to the model and to the till; what the model refuses the till must refuse with the same code."""
        self.agree = False
        wanted = _answer(act)
        told = _answer(lambda: self.units.run(real_act))
        if isinstance(wanted, Refusal) or isinstance(told, Refusal):
            assert str(told) == str(wanted)
        elif isinstance(wanted, Voucher):
            self.same(wanted, told)
        self.agree = True

    def same(self, wanted: Voucher, told: object) -> None:
        """Compare a document with the model's; one that stood already must be the same one."""
        if isinstance(told, PaymentIntent):
            payment = told.id
            told = self.units.run(lambda uow: uow.vouchers.get(self.voucher_of(uow, payment)))
        assert isinstance(told, Issued)
        assert wanted.id in ("", told.id)
        wanted.id = told.id
        lines = self.units.read(lambda session: session.all(_LINES, {"id": told.id}))
        assert [tuple(line) for line in lines] == wanted.lines
        assert (told.number, told.business_date, told.occurred_on) == (wanted.number, wanted.day, wanted.happened)
        assert told.category_id == (self.real_category(wanted.category) if wanted.category else None)
        assert told.reverses == (wanted.reverses.id if wanted.reverses else None)

    def voucher_of(self, uow: TillUnitOfWork, payment: str) -> VoucherId:
        """Return the document that a payment was booked by."""
        rows = uow.session.all(_OF_PAYMENT, {"id": payment})
        assert len(rows) == 1
        return VoucherId(rows[0][0])

    # -- acts that several rules do

    def open_wallet(self, wallet: str, kind: AccountType, name: str, opening: int) -> None:
        """Open a wallet and compare the document of its opening balance."""

        def act(uow: TillUnitOfWork) -> object:
            account = open_wallet(uow, OWNER, self.real(wallet), kind, name, self.at, opening_minor=opening)
            return uow.vouchers.of_source(SourceEvent("opening", account.id))

        self.both(partial(self.model.open_wallet, wallet, kind.value, name, opening), act)

    def post(
        self,
        event: str,
        name: str,
        wallet: str | None,
        target: str | None,
        measures: dict[str, int],
        happened: str,
    ) -> None:
        """Book an event of a day."""
        places = Places(
            wallet=None if wallet is None else self.real(wallet), target=None if target is None else self.real(target)
        )
        self.both(
            partial(self.model.post, event, f"{event}/{name}", wallet, target, measures, happened),
            lambda uow: post_event(
                uow,
                SourceEvent(event, name),
                event,
                places,
                self.at,
                measures,  # type: ignore[arg-type]  # the keys are measures
                memo=event,
                occurred_on=happened,
            ),
        )

    def save(self, draft: str, told: dict[str, Any]) -> None:
        """Write a draft."""
        lines = tuple(
            DraftLine(self.real(account) if account else None, Side(side), amount)
            for account, side, amount in told["lines"]
        )
        real = Draft(
            id=DraftId(draft),
            type=VoucherType(told["type"]),
            business_date=told["day"],
            created_at=self.at,
            updated_at=self.at,
            actor_id=OWNER.user_id,
            wallet_id=self.real(told["wallet"]) if told["wallet"] else None,
            target_id=self.real(told["target"]) if told["target"] else None,
            category_id=self.real_category(told["category"]) if told["category"] else None,
            amount_minor=told["amount"],
            fee_minor=told["fee"],
            memo=told["memo"],
            lines=lines,
        )
        self.both(partial(self.model.save_draft, draft, told), lambda uow: save_draft(uow, OWNER, real))

    def issue(self, draft: str) -> None:
        """Issue a draft."""
        self.both(partial(self.model.issue_draft, draft), lambda uow: issue_draft(uow, OWNER, DraftId(draft), self.at))

    def void(self, held: Voucher | None, voucher: str, reason: str) -> None:
        """Void a document, or what is none."""
        self.both(
            partial(self.model.void, held, reason),
            lambda uow: void_voucher(uow, OWNER, VoucherId(voucher), self.at, reason=reason),
        )

    # -- what a number picks

    def account(self, pick: int, *, controls: bool = True) -> str:
        """Return a wallet, sometimes (if `controls` may be) a control account or one that does not exist."""
        others = ["sales", "suspense", "inventory", UNKNOWN] if controls else []
        return _picked([*self.model.wallets, *self.model.wallets, *others], pick)

    def category(self, pick: int) -> str:
        """Return a category: the shop's own, one of the system's, or one that does not exist."""
        return _picked([*self.own_categories(), *list(SYSTEM)[::3], UNKNOWN], pick)

    def own_categories(self) -> list[str]:
        """Return the categories that the shop made."""
        return [name for name in self.model.categories if name not in SYSTEM]

    def draft(self, pick: int) -> str:
        """Return a draft, one that was issued, or one that does not exist."""
        return _picked([*self.made_drafts(), an_id("no draft")], pick)

    def made_drafts(self) -> list[str]:
        """Return the drafts, and those that were issued."""
        issued = [source.partition("/")[2] for source in self.model.of_source if source.startswith("manual/")]
        return [*self.model.drafts, *issued]

    def resolved(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return what a draft says with accounts, categories and days instead of numbers."""
        day = told["day"] if isinstance(told["day"], str) else self.model.day(told["day"])
        names = {key: None if told[key] is None else self.account(told[key]) for key in ("wallet", "target")}
        category = None if told["category"] is None else self.category(told["category"])
        lines = [(self.account(pick), side, amount) for pick, side, amount in told["lines"]]
        return {**told, **names, "category": category, "day": day, "lines": lines}

    def events(self) -> list[str]:
        """Return the sources of the events that were booked."""
        return [source for source in self.model.of_source if source.partition("/")[0] in EVENTS]

    # -- names

    def real(self, account: str) -> AccountId:
        """Return an account's id."""
        return self.control_ids.get(account, AccountId(account))

    def real_category(self, category: str) -> CategoryId:
        """Return a category's id."""
        return category_id(MERCHANT, category) if category in SYSTEM else CategoryId(category)

    def new_id(self) -> str:
        """Return an id that nothing has yet; the same in every run of one schedule."""
        self.made += 1
        return an_id(f"made {self.made}")

    def message(self) -> MessageId:
        """Return the id of a message."""
        return MessageId(self.new_id())


def refuse(code: str) -> NoReturn:
    """Answer as the model does where the books must refuse."""
    raise Refusal(code)


def _answer(act: Callable[[], object]) -> object:
    """Return what an act answers; a refusal as a value."""
    try:
        return act()
    except Refusal as refused:
        return refused
    except DomainError as error:
        return Refusal(error.code.value)


def _picked(names: list[str], pick: int) -> str:
    return names[pick % len(names)]

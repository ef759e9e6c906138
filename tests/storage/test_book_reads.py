"""The books as each person may see them: roles, granted wallets, balances as of days, journal, drafts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from domain.accounts import AccountType, Control, Regime, control_id
from domain.book_rows import CategoryTurnover, Turnover, VoucherFilter
from domain.drafts import Draft
from domain.errors import ErrorCode, NotPermitted
from domain.ids import AccountId, DraftId, MessageId, UserId
from domain.policy import Actor, Role
from domain.ports import BookReads, Queries
from domain.rails import Method
from domain.rows import StatementRow
from domain.services.accounts import archive_wallet, open_wallet
from domain.services.drafts import save_draft
from domain.services.settings import change_setting
from domain.shop_settings import REGIME, method_wallet
from domain.vouchers import VoucherType
from storage.book_queries import BookQueries
from storage.gate import TillFiles
from storage.till import TillUnits, read_self
from storage.verification.reader import reading_file
from tests.builders import BANK, CASH, CASHIER, KEY, MANAGER, MERCHANT, NOON, OWNER, QR, SALES, TILL, an_id
from tests.storage.book_stage import DAYS, EXPENSES, POWER, RENT, Stage, a_stage, day, moment

EVERY_DAY = ("2026-01-01", "2026-12-31")
OCTOBER, NOVEMBER = ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")


@pytest.fixture
def stage(till_units: TillUnits, till_file: TillFiles) -> Iterator[Stage]:
    with a_stage(till_units, till_file) as made:
        yield made


def summed(stage: Stage, since: str, until: str) -> dict[str, tuple[int, int]]:
    """Return both sides of every account's lines on the days they count on, straight from the lines."""
    rows = stage.ask(
        "SELECT l.account_id, SUM(CASE l.side WHEN 'D' THEN l.amount_minor ELSE 0 END), "
        "SUM(CASE l.side WHEN 'C' THEN l.amount_minor ELSE 0 END) FROM postings l "
        "JOIN vouchers v ON v.id = l.voucher_id LEFT JOIN book_numbers b ON b.voucher_id = v.id "
        "WHERE COALESCE(b.booked_on, v.business_date) BETWEEN :since AND :until GROUP BY l.account_id",
        since=since,
        until=until,
    )
    return {account: (debit, credit) for account, debit, credit in rows}


def as_ports(stage: Stage) -> tuple[Queries, BookReads]:
    """Return the reads by the interface that screens know; the type check holds them to it."""
    return stage.queries, stage.queries.books


READS: dict[str, Callable[[BookReads, Actor], object]] = {
    "sees_all": lambda books, who: books.sees_all(who),
    "vouchers": lambda books, who: books.vouchers(who, VoucherFilter(), 1, None),
    "voucher": lambda books, who: books.voucher(who, Stage.id_of(0)),
    "drafts": lambda books, who: books.drafts(who),
    "accounts": lambda books, who: books.accounts(who),
    "account": lambda books, who: books.account(who, CASH),
    "statement_until": lambda books, who: books.statement_until(who, CASH, day(0), 1),
    "categories": lambda books, who: books.categories(who),
    "turnovers": lambda books, who: books.turnovers(who, *EVERY_DAY),
    "category_turnovers": lambda books, who: books.category_turnovers(who, *EVERY_DAY),
    "entries": lambda books, who: books.entries(who, *EVERY_DAY, None, 1),
    "grants": lambda books, who: books.grants(who),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_cashier_reads_nothing_of_the_books(stage: Stage, read: Callable[[BookReads, Actor], object]) -> None:
    with pytest.raises(NotPermitted) as refused:
        read(as_ports(stage)[1], CASHIER)
    assert refused.value.code is ErrorCode.NOT_PERMITTED


@pytest.mark.parametrize("last", [day(0), day(3), day(DAYS - 1), "2026-11-21", "2027-01-01"])
def test_balances_as_of_a_day_are_the_sums_of_the_lines_until_then(stage: Stage, last: str) -> None:
    stage.void(4)
    stage.move(1, to=day(9))
    expected = {account: debit - credit for account, (debit, credit) in summed(stage, "", last).items()}
    told = {row.id: row.balance_minor for row in stage.queries.books.accounts(OWNER, last) if row.balance_minor}
    assert told == {account: balance for account, balance in expected.items() if balance}
    assert len(told) >= 2


def test_balances_now_are_those_that_are_kept(stage: Stage) -> None:
    kept = dict(stage.ask("SELECT id, balance_minor FROM accounts"))
    assert {row.id: row.balance_minor for row in stage.queries.books.accounts(OWNER)} == kept
    assert kept[CASH] != 0


@pytest.mark.parametrize("period", [EVERY_DAY, OCTOBER, NOVEMBER, (day(2), day(2))])
def test_turnovers_are_the_sums_of_the_lines_of_their_days(stage: Stage, period: tuple[str, str]) -> None:
    stage.move(3, to=day(8))
    before = summed(stage, "", (date.fromisoformat(period[0]) - timedelta(days=1)).isoformat())
    within = summed(stage, *period)
    expected = {
        Turnover(
            AccountId(account),
            before.get(account, (0, 0))[0] - before.get(account, (0, 0))[1],
            *within.get(account, (0, 0)),
        )
        for account in before.keys() | within.keys()
    }
    assert set(stage.queries.books.turnovers(OWNER, *period)) == expected


def test_an_account_that_never_moved_has_no_turnover(stage: Stage) -> None:
    told = {row.account_id for row in stage.queries.books.turnovers(OWNER, *EVERY_DAY)}
    assert told == {CASH, BANK, QR, SALES, EXPENSES}
    assert stage.queries.books.turnovers(OWNER, "2026-01-01", day(-1)) == []


def test_turnovers_by_category_add_up_to_those_of_the_accounts(stage: Stage) -> None:
    told = stage.queries.books.category_turnovers(OWNER, *EVERY_DAY)
    assert {row.category_id for row in told if row.account_id == EXPENSES} == {RENT, POWER}
    assert {row.category_id for row in told if row.account_id == BANK} == {None}
    rows = stage.ask("SELECT SUM(total_minor) FROM vouchers WHERE category_id = :category", category=POWER)
    assert CategoryTurnover(EXPENSES, POWER, rows[0][0], 0) in told
    for account in stage.queries.books.turnovers(OWNER, *EVERY_DAY):
        own = [row for row in told if row.account_id == account.account_id]
        assert (sum(row.debit_minor for row in own), sum(row.credit_minor for row in own)) == (
            account.debit_minor,
            account.credit_minor,
        )


def test_the_journal_tells_each_voucher_on_the_day_it_counts_on(stage: Stage) -> None:
    stage.move(1, to=day(5))
    reversal = stage.void(2)
    entries = stage.queries.books.entries(OWNER, *EVERY_DAY, None, 1000)
    order = [(entry.booked_on, entry.created_at, entry.id) for entry in entries]
    assert order == sorted(order)
    assert len(entries) == 37
    moved = next(entry for entry in entries if entry.id == stage.id_of(1))
    assert (moved.business_date, moved.booked_on, moved.book_no) == (day(1), day(5), 101)
    assert all(len(entry.lines) == 2 for entry in entries)
    undone = next(entry for entry in entries if entry.id == stage.id_of(2))
    assert undone.reversed_by == reversal.id
    assert stage.queries.books.entries(OWNER, day(1), day(1), None, 1000)[0].id == stage.id_of(13)


def test_the_journal_of_one_account_stops_at_its_limit(stage: Stage) -> None:
    of_qr = stage.queries.books.entries(OWNER, *EVERY_DAY, QR, 1000)
    assert len(of_qr) == 9
    assert all(QR in {line.account_id for line in entry.lines} for entry in of_qr)
    assert stage.queries.books.entries(OWNER, *EVERY_DAY, QR, 4) == of_qr[:4]


def test_a_journal_cut_short_leaves_nothing_open(stage: Stage) -> None:
    stage.queries.books.entries(OWNER, *EVERY_DAY, None, 1)
    stage.void(0)
    busy, log, copied = stage.units.read(lambda session: session.cursor.execute("PRAGMA wal_checkpoint").fetchone())
    assert (busy, log) == (0, copied)


def test_an_export_reads_the_same_books(stage: Stage, till_file: TillFiles) -> None:
    stage.move(1, to=day(5))
    with reading_file(till_file.database, KEY) as reader:
        books = BookQueries(reader, read_self(reader.session)[0])
        assert books.chart() == stage.queries.books.accounts(OWNER)
        assert list(books.entries()) == stage.queries.books.entries(OWNER, *EVERY_DAY, None, 1000)


def test_categories_stand_below_their_parents_incomes_first(stage: Stage) -> None:
    told = stage.queries.books.categories(OWNER)
    kinds = [category.kind.value for category in told]
    assert kinds == sorted(kinds, reverse=True)
    places = {category.id: place for place, category in enumerate(told)}
    assert all(places[row.parent_id] < places[row.id] for row in told if row.parent_id)
    power = told[places[POWER]]
    assert (power.path_vi, power.parent_id) == ("Thuê nhà › Ánh sáng", RENT)
    assert places[POWER] == places[RENT] + 1


# who sees what


def test_an_owner_sees_all_and_others_what_was_granted(stage: Stage) -> None:
    queries, books = as_ports(stage)
    assert books.sees_all(OWNER)
    assert {row.id for row in queries.wallets(OWNER, False)} == {CASH, BANK, QR}
    assert queries.wallets(MANAGER, False) == []
    stage.grant(CASH, QR)
    assert not books.sees_all(MANAGER)
    assert {row.id for row in queries.wallets(MANAGER, False)} == {CASH, QR}
    seen = {row.id for row in books.accounts(MANAGER)}
    assert BANK not in seen
    assert {CASH, QR, SALES} < seen
    assert BANK not in {row.account_id for row in books.turnovers(MANAGER, *EVERY_DAY)}
    assert BANK not in {row.account_id for row in books.category_turnovers(MANAGER, *EVERY_DAY)}
    assert books.grants(OWNER) == {MANAGER.user_id: {CASH, QR}}
    stage.grant(BANK)
    assert books.sees_all(MANAGER)
    assert books.accounts(MANAGER) == books.accounts(OWNER)


def test_a_voucher_that_touches_a_hidden_wallet_is_hidden_everywhere(stage: Stage) -> None:
    stage.grant(CASH)
    books = stage.queries.books
    shown = {item.id for item in stage.all_pages(VoucherFilter(), 7, MANAGER)}
    assert shown == {stage.id_of(number) for number in range(36) if number % 4 in (0, 1)}
    assert {entry.id for entry in books.entries(MANAGER, *EVERY_DAY, None, 1000)} == shown
    hidden = books.voucher(OWNER, stage.id_of(2))
    assert hidden is not None
    for wanted in (
        VoucherFilter(account_id=BANK),
        VoucherFilter(type=VoucherType.TRANSFER),
        VoucherFilter(text=hidden.item.number),
        VoucherFilter(text=hidden.item.number[:-1], type=VoucherType.TRANSFER),
        VoucherFilter(text="nop 100%"),
        VoucherFilter(text=str(hidden.item.total_minor)),
    ):
        assert stage.numbers(wanted, MANAGER) == set(), wanted
        assert hidden.item.number in stage.numbers(wanted), wanted
    assert books.voucher(MANAGER, stage.id_of(2)) is None
    assert books.voucher(MANAGER, stage.id_of(1)) is not None
    assert books.voucher(OWNER, stage.id_of(2)) is not None


def test_an_archived_wallet_is_seen_by_whom_it_was_granted(stage: Stage) -> None:
    spare = AccountId(an_id("spare"))
    stage.units.run(lambda uow: open_wallet(uow, OWNER, spare, AccountType.CASH, "Két cũ", NOON))
    message = MessageId(an_id("archive"))
    stage.units.run(lambda uow: archive_wallet(uow, OWNER, spare, message, NOON, archived=True))
    last = stage.queries.books.accounts(OWNER)[-1]
    assert (last.id, last.archived) == (spare, True)
    stage.grant(CASH, BANK, QR)
    assert not stage.queries.books.sees_all(MANAGER)
    stage.grant(spare)
    assert stage.queries.books.accounts(MANAGER)[-1] == last


def test_the_statement_of_a_hidden_wallet_is_refused(stage: Stage) -> None:
    queries, _ = as_ports(stage)
    with pytest.raises(NotPermitted) as refused:
        queries.statement(MANAGER, QR, 10, None)
    assert refused.value.code is ErrorCode.ACCOUNT_NOT_GRANTED
    stage.grant(QR)
    assert queries.statement(MANAGER, QR, 10, None) == queries.statement(OWNER, QR, 10, None)
    assert len(queries.statement(MANAGER, SALES, 100, None)) == 18


def test_a_statement_tells_nothing_of_a_hidden_voucher_but_what_moved_on_the_account_that_is_seen(stage: Stage) -> None:
    queries, books = as_ports(stage)
    stage.grant(QR)
    reads: dict[str, Callable[[Actor], Sequence[StatementRow]]] = {
        "newest": lambda who: queries.statement(who, SALES, 100, None),
        "up to a day": lambda who: books.statement_until(who, SALES, day(DAYS - 1), 100),
    }
    for name, read in reads.items():
        seen, whole = read(MANAGER), read(OWNER)
        shown = [row for row in seen if books.voucher(MANAGER, row.voucher_id) is not None]
        assert len(shown) == 9, name
        assert {(row.number, row.memo) for row in seen if row not in shown} == {("", "")}, name
        assert [replace(row, number="", memo="") for row in seen] == [
            replace(row, number="", memo="") for row in whole
        ], name
        assert set(shown) < set(whole), name


@pytest.mark.parametrize("read", ["wallets", "statement"])
def test_a_cashier_sees_no_balances(stage: Stage, read: str) -> None:
    asked: dict[str, tuple[Any, ...]] = {"wallets": (CASHIER, True), "statement": (CASHIER, CASH, 10, None)}
    with pytest.raises(NotPermitted):
        getattr(stage.queries, read)(*asked[read])


def test_codes_are_those_of_the_shops_regime(stage: Stage) -> None:
    def codes() -> tuple[str, ...]:
        chart = {row.id: row.code for row in stage.queries.books.accounts(OWNER)}
        lines = stage.queries.books.voucher(OWNER, stage.id_of(0))
        wallets = {row.id: row.code for row in stage.queries.wallets(OWNER, True)}
        assert lines is not None
        assert {line.account_id: line.code for line in lines.lines} == {CASH: chart[CASH], SALES: chart[SALES]}
        assert wallets == chart
        return chart[CASH], chart[SALES], chart[control_id(MERCHANT, Control.SALES_RETURNS)]

    assert codes() == ("1111", "5111", "5111")
    message = MessageId(an_id("regime"))
    stage.units.run(lambda uow: change_setting(uow, OWNER, REGIME, Regime.TT99.value, message, NOON))
    assert codes() == ("111", "511", "521")
    assert stage.queries.books.rules().regime is Regime.TT99
    chart = [row.code for row in stage.queries.books.accounts(OWNER)]
    assert chart == sorted(chart)


def test_the_wallets_of_methods_are_those_that_were_chosen(stage: Stage) -> None:
    assert stage.queries.books.method_wallets() == {}
    for number, (method, wallet) in enumerate(((Method.VIETQR, BANK), (Method.CASH, CASH), (Method.CASH, ""))):
        key, message = method_wallet(method), MessageId(an_id(f"method {number}"))
        stage.units.run(partial(change_setting, actor=OWNER, key=key, value=wallet, message_id=message, at=NOON))
    assert stage.queries.books.method_wallets() == {Method.VIETQR: BANK}


def a_draft(name: str, who: Actor, wallet: AccountId | None, at: int) -> Draft:
    return Draft(
        DraftId(an_id(name)), VoucherType.RECEIPT, day(0), moment(at), moment(at), who.user_id, wallet_id=wallet
    )


def test_drafts_come_last_changed_first_and_name_no_hidden_wallet(stage: Stage) -> None:
    own, free, hidden = a_draft("1", MANAGER, QR, 1), a_draft("2", OWNER, None, 3), a_draft("3", OWNER, QR, 2)
    for draft in (own, free, hidden):
        stage.units.run(partial(save_draft, actor=OWNER, draft=draft))
    assert stage.queries.books.drafts(OWNER) == [free, hidden, own]
    assert stage.queries.books.drafts(MANAGER) == [free, own]
    stage.grant(QR)
    assert stage.queries.books.drafts(MANAGER) == [free, hidden, own]


def test_what_is_granted_to_one_person_is_not_granted_to_another(stage: Stage) -> None:
    stage.grant(CASH)
    other = Actor(UserId(an_id("other")), "Bình", Role.ACCOUNTANT, TILL)
    assert CASH not in {row.id for row in stage.queries.books.accounts(other)}

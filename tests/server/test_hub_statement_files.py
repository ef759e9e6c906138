"""Statements read in at the hub: they confirm like notices, in every order with them, and nothing is booked twice."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from domain.errors import RuleBroken
from domain.ids import Instant
from domain.money import Language
from domain.policy import Role
from domain.rails import Method
from server.hub import Hub
from server.statement_import import Asked, Fate, look_at, read_in
from server.workers.expiry import sweep
from storage.hub_units import Database, HubUnits
from tests.builders import BANK_ACCOUNT, MERCHANT, NOON
from tests.server.hub_stage import Clock, Served, ShopTill, ask, settings_for
from tests.server.hub_steps import keep, money, standing, start, take_in
from tests.server.owner_stage import acting, person_id, sign_in
from tests.server.test_bank_statements import SAMPLES
from wiring.folders import Folder
from wiring.statement import StatementAsked, run_statement

DAY_MS = 24 * 3_600_000


@pytest.fixture
def hub(open_database: Callable[[], Database], clock: Clock) -> Iterator[Hub]:
    made = Hub(settings_for(open_database(), clock))
    yield made
    made.stop()


def statement(*lines: tuple[str, int, str], day: str = "21/11/2026") -> Asked:
    """Return a bank's table of the shop's account: of each line the bank's number, the amount and the text."""
    rows = [
        f"{day},{number},{amount if amount < 0 else ''},{amount if amount > 0 else ''},{text}"
        for number, amount, text in lines
    ]
    head = f"Số tài khoản:,{BANK_ACCOUNT}\nNgày giao dịch,Số tham chiếu,Ghi nợ,Ghi có,Diễn giải\n"
    return Asked("sao-ke.csv", (head + "\n".join(rows)).encode())


def imported(hub: Hub, asked: Asked) -> list[Fate]:
    """Read a statement in and return what its lines were said to become."""
    seen = read_in(hub.units, hub.inbox, MERCHANT, asked, hub.now, by=None)
    return [each.fate for each in seen.lines]


def balances(hub: Hub) -> list[tuple[Any, ...]]:
    """Return what stands on every account."""
    sql = (
        "SELECT account_id, SUM(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) FROM postings "
        "GROUP BY account_id ORDER BY account_id"
    )
    return [(row[0], int(row[1])) for row in ask(hub.units, sql)]


def bookings(hub: Hub) -> int:
    [row] = ask(hub.units, "SELECT COUNT(*) FROM vouchers")
    return int(row[0])


def test_a_statement_confirms_what_it_names_and_leaves_the_rest_aside(hub: Hub, till: ShopTill) -> None:
    payment = start(hub, till, Method.VIETQR)
    file = statement(
        ("FT26325000001", 45_000, f"MBVCB.1 CT tu A {payment.reference[:6]} {payment.reference[6:]}"),
        ("FT26325000002", -55_000, "PHI SMS"),
        ("FT26325000003", 900_000, "tien nha thang 11"),
    )
    fates = [Fate.CONFIRMS, Fate.OUT, Fate.NOT_OURS]
    assert [each.fate for each in look_at(hub.units, MERCHANT, file, NOON).lines] == fates
    assert (standing(hub, payment)[0], bookings(hub)) == ("pending", 0), "looking keeps nothing"
    assert imported(hub, file) == fates
    assert (standing(hub, payment), bookings(hub)) == (("paid", None), 1)
    assert imported(hub, file)[0] is Fate.KNOWN
    assert ask(hub.units, "SELECT state, outcome, duplicates FROM inbox ORDER BY dedupe_key") == [
        ("applied", "booked", 1),
        ("applied", "ignored", 1),
        ("applied", "ignored", 1),
    ]
    [(source,)] = ask(hub.units, "SELECT source_kind FROM vouchers")
    assert source == "prov:statement"


@pytest.mark.parametrize("number", ["FT26325000001", "", "5163 - 12"])
def test_a_notice_and_a_statement_of_the_same_money_are_one_receipt_in_either_order(
    hub: Hub, till: ShopTill, clock: Clock, number: str
) -> None:
    ends = []
    for first in ("notice", "file"):
        payment = start(hub, till, Method.VIETQR)
        notice = money(payment, 45_000, provider_ref="FT26325000001", dedupe_key=f"sepay:{first}")
        file = statement((number, 45_000, payment.reference))
        before = balances(hub)
        for step in ["notice", "file"] if first == "notice" else ["file", "notice"]:
            if step == "notice":
                keep(hub, notice)
                hub.inbox.apply_due(clock.at)
            else:
                imported(hub, file)
        assert standing(hub, payment) == ("paid", None)
        [row] = ask(hub.units, "SELECT received_minor, exception FROM payments WHERE id = :id", id=payment.id)
        assert (int(row[0]), row[1]) == (45_000, "none")
        standing_before = dict(before)
        ends.append([(account, amount - standing_before.get(account, 0)) for account, amount in balances(hub)])
    assert ends[0] == ends[1]
    assert bookings(hub) == 2


def test_a_second_transfer_for_the_same_code_is_booked_and_shown_whoever_tells_of_it(
    hub: Hub, till: ShopTill, clock: Clock
) -> None:
    payment = start(hub, till, Method.VIETQR)
    keep(hub, money(payment, 45_000, provider_ref="FT26325000001"))
    hub.inbox.apply_due(clock.at)
    both = statement(("FT26325000001", 45_000, payment.reference), ("FT26325000002", 45_000, payment.reference))
    assert imported(hub, both) == [Fate.KNOWN, Fate.TWICE]
    keep(hub, money(payment, 45_000, 2, provider_ref="FT26325000002"))
    hub.inbox.apply_due(clock.at)
    [row] = ask(hub.units, "SELECT received_minor, exception FROM payments")
    assert (int(row[0]), row[1]) == (90_000, "paid_twice")


def test_a_new_line_is_booked_though_it_stands_before_one_that_was_read_in(hub: Hub, till: ShopTill) -> None:
    payment = start(hub, till, Method.VIETQR)
    old, new = ("", 45_000, f"A {payment.reference}"), ("", 45_000, f"B {payment.reference}")
    assert imported(hub, statement(old)) == [Fate.CONFIRMS]
    assert imported(hub, statement(new, old)) == [Fate.TWICE, Fate.KNOWN]
    [row] = ask(hub.units, "SELECT received_minor FROM payments")
    assert int(row[0]) == 90_000


def test_a_line_is_foreseen_after_those_before_it_in_the_file(
    hub: Hub, till: ShopTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.statement_import.PORTION", 2)
    payment, other = start(hub, till, Method.VIETQR), start(hub, till, Method.VIETQR)
    text = f"{payment.reference} {other.reference}"
    file = statement(
        ("FT26325000001", 20_000, payment.reference),
        ("FT26325000002", 25_000, payment.reference),
        ("FT26325000002", 25_000, payment.reference),
        ("FT26325000003", 45_000, payment.reference),
        ("FT26325000004", 45_000, text),
    )
    fates = [Fate.SHORT, Fate.CONFIRMS, Fate.KNOWN, Fate.TWICE, Fate.NOT_OURS]
    assert [each.fate for each in look_at(hub.units, MERCHANT, file, NOON).lines] == fates
    assert imported(hub, file) == fates
    [row] = ask(hub.units, "SELECT received_minor, exception FROM payments WHERE id = :id", id=payment.id)
    assert (int(row[0]), row[1]) == (90_000, "paid_twice")
    told = ask(hub.units, "SELECT facts FROM audit WHERE action = 'statement.read_in'")
    assert [json.loads(row[0])["new"] for row in told] == [2, 1, 1], "each portion's commit tells the trail"


def test_a_payment_named_beside_the_text_alone_is_found_whatever_the_text_names(hub: Hub, till: ShopTill) -> None:
    payment, other = start(hub, till, Method.VIETQR), start(hub, till, Method.VIETQR)
    camt = SAMPLES["camt053"].replace("0123499999", BANK_ACCOUNT).replace(">BT-0001<", f">{payment.reference}<")
    camt = camt.replace("BT0001", f"{payment.reference} {other.reference}")
    assert imported(hub, Asked("a.xml", camt.encode()))[0] is Fate.OVER
    assert standing(hub, payment)[0] == "paid"


def test_short_and_over_amounts_become_exceptions(hub: Hub, till: ShopTill) -> None:
    short, over = start(hub, till, Method.VIETQR), start(hub, till, Method.VIETQR)
    file = statement(("FT26325000001", 40_000, short.reference), ("FT26325000002", 50_000, over.reference))
    assert imported(hub, file) == [Fate.SHORT, Fate.OVER]
    rows = dict(ask(hub.units, "SELECT id, exception FROM payments"))
    assert (rows[short.id], rows[over.id]) == ("paid_short", "paid_over")


def test_money_that_came_in_time_counts_however_late_its_statement_is_read(
    hub: Hub, till: ShopTill, clock: Clock
) -> None:
    payment = start(hub, till, Method.VIETQR)
    sweep(hub.units, Instant(payment.expires_at + DAY_MS))
    assert standing(hub, payment)[0] == "expired"
    clock.at = Instant(payment.expires_at + 30 * DAY_MS)
    assert imported(hub, statement(("FT26325000001", 45_000, payment.reference))) == [Fate.CONFIRMS]
    assert standing(hub, payment) == ("paid", None)


def test_a_line_for_an_unknown_payment_waits_like_a_notice(hub: Hub, till: ShopTill) -> None:
    payment = till.start(Method.VIETQR)
    assert imported(hub, statement(("FT26325000001", 45_000, payment.reference))) == [Fate.WAITS]
    take_in(hub, till)
    hub.inbox.apply_due(hub.now())
    assert standing(hub, payment) == ("paid", None)


def test_a_file_of_another_account_or_of_none_is_refused_with_the_shops_own(hub: Hub, till: ShopTill) -> None:
    start(hub, till, Method.VIETQR)
    foreign = Asked("a.csv", statement(("FT26325000001", 1, "x")).data.replace(BANK_ACCOUNT.encode(), b"9999999999"))
    with pytest.raises(RuleBroken) as refused:
        look_at(hub.units, MERCHANT, foreign, NOON)
    assert (refused.value.code, getattr(refused.value, "accounts", None)) == ("STATEMENT_ACCOUNT", (BANK_ACCOUNT,))
    named = SAMPLES["mt940"].replace("0123499999", f"VCBVVNVX/{BANK_ACCOUNT}").encode()
    assert look_at(hub.units, MERCHANT, Asked("a.sta", named), NOON).account == BANK_ACCOUNT


def test_the_route_looks_first_and_tells_the_trail_who_read_what(server: Served, till: ShopTill) -> None:
    payment = till.start(Method.VIETQR)
    server.push(till.waiting())
    headers = acting(sign_in(server.hub.units, Role.ACCOUNTANT))
    file = statement(("FT26325000001", 45_000, payment.reference))
    body = {"name": file.name, "content": base64.b64encode(file.data).decode()}
    looked = server.http.post("/api/v1/statements", json=body, headers=headers).json()
    assert (looked["counts"], looked["booked"], looked["account"]) == ({"confirms": 1}, False, BANK_ACCOUNT)
    assert looked["movements"][0]["payment"] == payment.reference
    booked = server.http.post("/api/v1/statements", json={**body, "book": True}, headers=headers).json()
    assert (booked["counts"], booked["booked"]) == ({"confirms": 1}, True)
    [(actor, data)] = ask(server.hub.units, "SELECT actor_id, facts FROM audit WHERE action = 'statement.read_in'")
    assert actor == person_id(Role.ACCOUNTANT)
    assert file.sha256 in data
    wrong = server.http.post("/api/v1/statements", json={**body, "content": "eA=="}, headers=headers).json()
    assert (wrong["problem"], wrong["rows"]) == ("STATEMENT_COLUMNS", [["x"]])
    assert server.http.post("/api/v1/statements", json={**body, "content": "%"}, headers=headers).status_code == 422


def test_the_command_tells_what_becomes_of_a_file_and_reads_it_in(
    hub: Hub, till: ShopTill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def opened(*_asked: object) -> Iterator[tuple[HubUnits, None]]:
        yield hub.units, None

    monkeypatch.setattr("wiring.statement.opened_hub", opened)
    payment = start(hub, till, Method.VIETQR)
    source = tmp_path / "sao-ke.csv"
    source.write_bytes(statement(("FT26325000001", 45_000, payment.reference)).data)
    folder = Folder(tmp_path)
    assert run_statement(folder, source, StatementAsked(look=True), Language.EN) == 0
    assert (payment.reference in capsys.readouterr().out, standing(hub, payment)[0]) == (True, "pending")
    assert run_statement(folder, source, StatementAsked(), Language.EN) == 0
    assert standing(hub, payment)[0] == "paid"
    source.write_text("a,b\n1,2\n")
    assert run_statement(folder, source, StatementAsked(), Language.EN) == 1
    assert "0: a | 1: b" in capsys.readouterr().err
    assert run_statement(folder, tmp_path / "gone", StatementAsked(), Language.EN) == 1

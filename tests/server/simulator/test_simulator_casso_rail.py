"""The hub's client of Casso and the simulated Casso, over sockets: transfers told once however they were reported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from domain.matching import find_reference, payment_reference
from domain.rails import Receipt
from server.rails.base import Credentials, Ignored, Notice, NotificationRefused, Statement
from server.rails.casso import CassoAdapter
from server.simulator.casso import ACCOUNT, signature
from server.simulator.chaos import BANK_TEXT_STYLES
from server.simulator.vntime import system_now
from tests.server.rails_samples import SEPAY_VECTORS, changed, sealed_by_nobody
from tests.server.simulator.simulator_stage import Delivery, vietqr
from tests.server.simulator.stall_stage import Play, listening, playing

SECRETS = {"webhook_secret": "made-up-casso-key", "api_key": "AK_CS.made.up"}
NUMBER, BANK = "19036512345678", "970407"
ADAPTER = CassoAdapter()


class Shop:
    """The shop's account at the simulated Casso."""

    def __init__(self, play: Play, http: httpx.Client, version: str) -> None:
        self.play = play
        self.http = http
        self.credentials: Credentials = sealed_by_nobody(
            base_url=play.url, account_number=NUMBER, webhook_version=version, **SECRETS
        )
        self.reference = payment_reference("01", "A", play.scene)
        self.code = vietqr(self.reference, 45_000, NUMBER, BANK)
        _, cursor = self.listed("")
        _, self.cursor = self.listed(cursor)  # the second walk is over yesterday and today, like all that follow

    def pay(self, **more: object) -> Any:
        return self.play.stage.control("pay", qr_text=self.code, **more)

    def heard(self, delivery: Delivery) -> list[Notice]:
        at = Instant(system_now())
        return list(ADAPTER.read_notification(self.credentials, delivery.headers, delivery.body, at))

    def notices(self) -> list[Notice]:
        return [notice for delivery in self.play.news() for notice in self.heard(delivery)]

    def statement(self, after: str = "") -> Statement:
        return ADAPTER.statement(self.http, self.credentials, after, Instant(system_now()))

    def listed(self, after: str | None = None) -> tuple[list[Receipt], str]:
        """What the list tells that it had not told before this scene."""
        found: list[Receipt] = []
        after = self.cursor if after is None else after
        while True:
            page = self.statement(after)
            assert page.failure is None
            found += page.receipts
            after = page.cursor
            if not page.more:
                return found, after


@pytest.fixture(scope="module", params=["v2", "v1"])
def version(request: pytest.FixtureRequest) -> str:
    """The version of the webhook."""
    return str(request.param)


@pytest.fixture(scope="module")
def theatre(version: str) -> Iterator[Play]:
    """A simulator with Casso in it, for all tests."""
    facts = {"account_number": NUMBER, "bank_bin": BANK, "webhook_version": version}
    with listening() as receiver, playing(receiver, "casso", SECRETS, facts) as play:
        yield play


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """The hub's one client."""
    with httpx.Client(verify=False, trust_env=False) as client:
        yield client


@pytest.fixture
def shop(theatre: Play, http: httpx.Client, version: str) -> Shop:
    """A payment of 45 000 dong whose VietQR the till has drawn."""
    theatre.next_scene()
    return Shop(theatre, http, version)


def told(shop: Shop) -> set[str]:
    """The dedupe keys of the receipts that were notified."""
    return {notice.dedupe_key for notice in shop.notices() if isinstance(notice, Receipt)}


@pytest.mark.parametrize("style", BANK_TEXT_STYLES)
def test_a_transfer_is_one_receipt_in_the_webhook_and_in_the_list(shop: Shop, style: str) -> None:
    shop.play.chaos(text_style=style)
    shop.pay()
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert (notice.amount_minor, find_reference(notice.text)) == (45_000, shop.reference)
    receipts = [receipt for receipt in shop.listed("")[0] if receipt.dedupe_key == notice.dedupe_key]
    assert [(receipt.text, receipt.amount_minor, receipt.paid_at) for receipt in receipts] == [
        (notice.text, notice.amount_minor, notice.paid_at)
    ]


def test_a_code_is_paid_too_little_too_much_and_twice(shop: Shop) -> None:
    shop.pay(amount=20_000)
    shop.pay(amount=50_000, times=2)
    amounts = sorted(notice.amount_minor for notice in shop.notices() if isinstance(notice, Receipt))
    assert amounts == [20_000, 50_000, 50_000]


def test_money_without_a_code_names_no_payment(shop: Shop) -> None:
    shop.play.act("pay", ACCOUNT, amount=7_000)
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert (notice.amount_minor, find_reference(notice.text)) == (7_000, None)
    assert shop.play.stage.refused("pay", offer=f"casso:{ACCOUNT}") == (422, "amount_missing")


def test_a_text_that_the_bank_cut_names_no_payment(shop: Shop) -> None:
    shop.play.chaos(text_style="exact", cut_text_at=10)
    shop.pay()
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert find_reference(notice.text) is None


def test_money_out_and_test_calls_are_accepted_and_move_nothing(shop: Shop) -> None:
    shop.play.act("do", ACCOUNT, deed="money_out")
    shop.play.act("do", ACCOUNT, deed="test_call")
    assert [type(notice) for notice in shop.notices()] == [Ignored, Ignored]
    assert shop.listed()[0] == []


def test_doubled_and_swapped_webhooks_are_the_same_receipts(shop: Shop) -> None:
    shop.play.chaos(duplicate=2, reorder=True)
    shop.pay(times=2)
    assert len(shop.notices()) == 6
    assert len(told(shop)) == 2


def test_a_webhook_by_somebody_else_is_not_believed(shop: Shop) -> None:
    shop.play.chaos(bad_signature=True)
    shop.pay()
    (delivery,) = shop.play.news()
    with pytest.raises(NotificationRefused) as refusal:
        shop.heard(delivery)
    assert refusal.value.reason == "signature"


def test_money_whose_every_webhook_is_lost_is_found_in_the_list(shop: Shop) -> None:
    shop.play.chaos(drop=True)
    shop.pay()
    receipts, _ = shop.listed()
    assert shop.play.news() == []
    assert shop.reference in {find_reference(receipt.text) for receipt in receipts}


def test_a_webhook_is_repeated_until_the_receiver_says_success(shop: Shop) -> None:
    answers = iter([(503, '{"success": false}'), (200, "{}"), (200, '{"success": true}')])
    before, shop.play.receiver.answers = shop.play.receiver.answers, lambda delivery, number: next(answers)
    try:
        shop.pay()
        assert len(shop.play.news()) == 3
    finally:
        shop.play.receiver.answers = before
    assert len(told(shop)) == 1


def test_good_credentials_pass_the_connection_test_and_bad_ones_do_not(shop: Shop) -> None:
    assert shop.statement().failure is None
    shop.credentials = changed(dict(shop.credentials), api_key="other")
    assert shop.statement().failure is FailureCode.CREDENTIALS_REJECTED


def test_a_code_of_another_account_or_none_at_all_is_not_cassos(shop: Shop) -> None:
    other = vietqr(shop.reference, 45_000, "999", BANK)
    assert shop.play.stage.refused("pay", qr_text=other) == (409, "foreign_account")
    assert shop.play.stage.refused("pay", qr_text="nonsense") == (422, "unreadable")


def test_a_code_that_was_thrown_away_can_be_paid_late(shop: Shop) -> None:
    shop.play.stage.control("expire", qr_text=shop.code)
    assert shop.play.stage.refused("pay", qr_text=shop.code) == (409, "expired")
    shop.pay(late=True)
    assert len(told(shop)) == 1


@pytest.mark.parametrize("query", ["page=0", "page=x", "pageSize=-1"])
def test_a_page_that_is_none_is_refused(shop: Shop, query: str) -> None:
    headers = {"authorization": f"Apikey {SECRETS['api_key']}"}
    assert shop.http.get(f"{shop.play.url}/v2/transactions?{query}", headers=headers).status_code == 400


def test_the_list_has_pages_in_both_directions(shop: Shop) -> None:
    shop.pay(times=3)
    headers = {"authorization": f"Apikey {SECRETS['api_key']}"}

    def page(number: int, sort: str) -> Any:
        query = f"page={number}&pageSize=2&sort={sort}"
        return shop.http.get(f"{shop.play.url}/v2/transactions?{query}", headers=headers).json()["data"]

    last = page(1, "ASC")["totalPages"]
    assert page(last, "ASC")["records"][-1]["id"] == page(1, "DESC")["records"][0]["id"]
    assert (page(last, "ASC")["nextPage"], page(1, "ASC")["prevPage"]) == (None, None)


def test_several_movements_are_told_in_one_body_and_again_after_a_restart(tmp_path: Path, http: httpx.Client) -> None:
    facts = {"account_number": NUMBER, "bank_bin": BANK, "webhook_version": "v1", "sync": "by_hand"}
    with listening() as receiver:
        with playing(receiver, "casso", SECRETS, facts, tmp_path) as play:
            Shop(play, http, "v1").pay(times=2)
            assert play.news() == []
        with playing(receiver, "casso", SECRETS, facts, tmp_path) as play:
            shop = Shop(play, http, "v1")
            play.act("do", ACCOUNT, deed="sync")
            (delivery,) = play.news()
            assert len(shop.heard(delivery)) == 2
            assert play.stage.refused("do", offer=f"casso:{ACCOUNT}", deed="sync") == (409, "not_now")


def test_the_simulators_signature_reproduces_the_published_one() -> None:
    vector = SEPAY_VECTORS["casso-v2"]
    assert f"X-Casso-Signature: {signature(vector['key'], 1_727_948_258_788, vector['body'])}" == vector["header"]

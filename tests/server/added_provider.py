"""Sells by the provider of docs/adding-a-provider.md in a copy of the program into which its three pieces were put.

Run by `test_adding_a_provider` as `python -m tests.server.added_provider FOLDER`; its last line says that all is well.
"""

import sys
from pathlib import Path
from typing import Final

from domain.errors import FailureCode
from domain.payments import PaymentStatus
from domain.rails import Method, Provider
from server.rails.registry import ADAPTERS
from server.simulator.stalls import known_stalls
from tests.server.dollar_shop import FORMS, PRICE, DollarShop, Form, open_shop

NAME: Final = "chopay"
LAST_LINE: Final = "made, paid, given back"


def main(folder: Path) -> None:
    """Sell, be paid and give back, also when notifications and answers get lost."""
    provider = Provider(NAME)
    assert ADAPTERS[provider].provider is provider
    assert NAME in {stall.name for stall in known_stalls()}
    FORMS[provider] = Form(NAME, {"api_key": "made-up-key", "webhook_secret": "made-up-secret"})
    with open_shop(folder, provider) as shop:
        _is_paid_and_given_back(shop)
        _is_found_by_asking(shop)
        _is_made_once_although_the_answer_was_lost(shop)
        _is_closed(shop)
    sys.stdout.write(f"{LAST_LINE}\n")


def _is_paid_and_given_back(shop: DollarShop) -> None:
    payment = shop.sells(Method.CARD)
    assert (payment.status, payment.provider) == (PaymentStatus.PENDING, shop.provider)
    assert payment.qr_text.startswith(f"{shop.play.url}/pay/{NAME}/")
    shop.page = payment.reference
    shop.customer("decline")
    shop.customer("pay")
    shop.hears()
    assert shop.at_till(payment.id).status is PaymentStatus.PAID
    for amount in (4_000, PRICE - 4_000):
        shop.gives_back(payment, amount, f"back {amount}")
    assert shop.refunds(payment) == [(4_000, "done"), (PRICE - 4_000, "done")]
    assert sorted(back["amount"] for back in shop.play.stage.state()["stall_refunds"]) == [4_000, PRICE - 4_000]


def _is_found_by_asking(shop: DollarShop) -> None:
    payment = shop.sells(Method.CARD)
    shop.play.chaos(drop=True)
    shop.page = payment.reference
    shop.customer("pay")
    shop.later()
    shop.play.chaos(reset=True)
    assert shop.at_till(payment.id).status is PaymentStatus.PAID


def _is_made_once_although_the_answer_was_lost(shop: DollarShop) -> None:
    shop.play.chaos(lose_create_answers=1)
    payment = shop.sells(Method.CARD, works=False)
    shop.works()
    shop.later()
    shop.later(30_000)
    offers = [offer for offer in shop.play.stage.state()["offers"] if offer["title"] == payment.reference]
    assert len(offers) == 1
    shop.page = payment.reference
    shop.customer("pay")
    shop.hears()
    shop.later()
    assert shop.at_till(payment.id).status is PaymentStatus.PAID


def _is_closed(shop: DollarShop) -> None:
    payment = shop.sells(Method.CARD)
    shop.page = payment.reference
    shop.customer("expire")
    shop.hears()
    shop.later()
    ended = shop.at_till(payment.id)
    assert (ended.status, ended.failure) == (PaymentStatus.FAILED, FailureCode.EXPIRED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The demo shop: a till with its people, wallets and a morning of sales, and what its simulated providers need."""

import json
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

from domain.accounts import AccountType
from domain.ids import AccountId, DeviceId, Instant, MerchantId, PaymentId, UserId, id_for, new_id
from domain.policy import Actor, Limits
from domain.ports import UnitOfWork
from domain.rails import Method
from domain.services.accounts import grant_account, open_wallet
from domain.services.payments import start_payment
from domain.services.people import add_user
from storage.keys import FileKeyStore, Keys, make_keys
from storage.pins import Argon2Pins
from storage.setup import TillSetup, create_till
from storage.till import TillUnits
from storage.witness import Witness
from wiring.clock import wall_clock
from wiring.demo_books import SPAN_DAYS, DemoPlaces, fill_books
from wiring.demo_shop import (
    BANK_ACCOUNT,
    BANK_BIN,
    CASHIER_PIN,
    OWNER_PIN,
    PEOPLE,
    PROVIDERS,
    DemoSecrets,
    DemoShop,
    free_port,
    is_demo,
    remove_demo,
    save_demo,
    wipe_demo,
)
from wiring.folders import Folder
from wiring.progress import counted
from wiring.till import HUB_ROOT, TILL_ROOT, TOKEN, till_files

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
OPENED_AGO_MS: Final = 180 * MINUTE_MS
"""The demo shop's books begin so long before its first minute on screen, and its sales lie between."""


@dataclass(frozen=True, slots=True)
class _Sale:
    """A cash sale of the morning: how long ago, how much in VND, to whom (made up)."""

    minutes_ago: int
    amount_minor: int
    name: str = ""
    phone: str = ""


_SALES: Final = (
    _Sale(95, 45_000),
    _Sale(88, 128_000, "Nguyễn Thị Hồng", "0903123218"),
    _Sale(81, 32_000),
    _Sale(74, 215_000, "Trần Văn Đức", "0912450077"),
    _Sale(66, 60_000),
    _Sale(59, 18_000),
    _Sale(47, 375_000, "Lê Minh Châu", "0987002311"),
    _Sale(38, 52_000),
    _Sale(24, 96_000, "Phạm Quốc Bảo", "0935668899"),
    _Sale(11, 27_000),
)


def run_demo(folder: Folder, *, wipe: bool, vouchers: int = 0) -> int:
    """Create the demo shop, or say that one is there; exit 1 if the folder holds another shop.

    `vouchers` are made up over the last months before the morning's sales; a demo shop that is there takes none.
    """
    if wipe and is_demo(folder):
        wipe_demo(folder)
    if folder.till.exists():
        sys.stdout.write(f"{folder.root}: {'a demo shop is here' if is_demo(folder) else 'a shop is here already'}\n")
        return 0 if is_demo(folder) and not vouchers else 1
    create_demo(folder, wall_clock(), vouchers=vouchers, progress=counted(vouchers, "vouchers"))
    sys.stdout.write(f"{folder.root}: demo shop; cashier PIN {CASHIER_PIN}, owner PIN {OWNER_PIN}\n")
    return 0


def create_demo(
    folder: Folder,
    at: Instant,
    limits: Limits | None = None,
    *,
    vouchers: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> DemoShop:
    """Make a demo shop in an empty folder; one that was left unfinished is made anew.

    `limits` other than a shop's usual ones are for scenes that cannot wait five minutes for a code to expire.
    `vouchers` are those of the months before; `progress` is told how many of them there are.
    """
    remove_demo(folder)
    store = FileKeyStore(folder.keys)
    keys = make_keys(store, TILL_ROOT)
    make_keys(store, HUB_ROOT)
    store.save(TOKEN, secrets.token_urlsafe(32).encode())
    store.save(PROVIDERS, json.dumps(asdict(_new_secrets())).encode())
    shop = DemoShop(
        merchant_id=MerchantId(new_id()),
        device_id=DeviceId(new_id()),
        hub_device_id=DeviceId(new_id()),
        hub_port=free_port(),
        simulator_port=free_port(),
    )
    _make_till(folder, keys, setup_of(shop, limits or Limits()), at, vouchers, progress)
    save_demo(folder, shop)
    return shop


def setup_of(shop: DemoShop, limits: Limits) -> TillSetup:
    """Return what till and hub both know of the demo shop."""
    return TillSetup(
        merchant_id=shop.merchant_id,
        shop_name="Tạp hoá Hoa Mai",
        currency="VND",
        zone="Asia/Ho_Chi_Minh",
        limits=limits,
        device_id=shop.device_id,
        till_code="01",
        incarnation="A",
        hub_device_id=shop.hub_device_id,
        hub_url="",
        is_demo=True,
    )


def _new_secrets() -> DemoSecrets:
    return DemoSecrets(*(secrets.token_urlsafe(24) for _ in range(5)))


def _make_till(
    folder: Folder, keys: Keys, setup: TillSetup, at: Instant, vouchers: int, progress: Callable[[int], None]
) -> None:
    files = till_files(folder, keys)
    morning = Instant(at - OPENED_AGO_MS)
    opened_at = Instant(morning - (SPAN_DAYS + 1) * DAY_MS) if vouchers else morning
    create_till(files.database, files.key, Witness(files.witness, files.witness_key), setup, opened_at)
    units = TillUnits(files.connect, Witness(files.witness, files.witness_key), lambda changes: None)
    pins = Argon2Pins(keys.pepper)
    people = [(Actor(UserId(new_id()), name, role, setup.device_id), pins.hash(pin)) for name, role, pin in PEOPLE]
    owner, manager, accountant, cashier = (person for person, _ in people)
    try:
        units.run(lambda uow: _add_people(uow, people, opened_at))
        cash, bank, qr, cards = units.run(lambda uow: _open_wallets(uow, owner, opened_at))
        units.run(lambda uow: _show_wallets(uow, owner, (manager, accountant), (cash, bank, qr, cards), opened_at))
        if vouchers:
            places = DemoPlaces(owner, cashier, cash, bank, qr)
            fill_books(units, places, vouchers, opened_at, morning, progress=progress)
        for sale in _SALES:
            units.run(partial(_sell, cashier=cashier, sale=sale, at=Instant(at - sale.minutes_ago * MINUTE_MS)))
    finally:
        units.close()


def _open_wallets(uow: UnitOfWork, owner: Actor, at: Instant) -> tuple[AccountId, AccountId, AccountId, AccountId]:
    def wallet(key: str) -> AccountId:
        return AccountId(id_for("demo-wallet", uow.shop.merchant_id, key))

    open_wallet(uow, owner, wallet("cash"), AccountType.CASH, "Két tiền mặt", at, opening_minor=2_000_000)
    open_wallet(
        uow,
        owner,
        wallet("bank"),
        AccountType.BANK,
        "Vietcombank",
        at,
        opening_minor=15_000_000,
        bank_bin=BANK_BIN,
        bank_account=BANK_ACCOUNT,
    )
    open_wallet(uow, owner, wallet("qr"), AccountType.QR, "VNPAY QR", at)
    open_wallet(uow, owner, wallet("cards"), AccountType.MOBILE_POS, "Thẻ và máy POS", at)
    return wallet("cash"), wallet("bank"), wallet("qr"), wallet("cards")


def _add_people(uow: UnitOfWork, people: Sequence[tuple[Actor, str]], at: Instant) -> None:
    for person, pin_hash in people:
        add_user(uow, person.user_id, person.name, person.role, pin_hash, at)


def _show_wallets(
    uow: UnitOfWork, owner: Actor, people: Sequence[Actor], wallets: Sequence[AccountId], at: Instant
) -> None:
    for person in people:
        for wallet in wallets:
            grant_account(uow, owner, person.user_id, wallet, at, granted=True)


def _sell(uow: UnitOfWork, cashier: Actor, sale: _Sale, at: Instant) -> None:
    start_payment(
        uow,
        cashier,
        PaymentId(new_id()),
        Method.CASH,
        sale.amount_minor,
        at,
        online=False,
        customer_name=sale.name,
        customer_phone=sale.phone,
    )

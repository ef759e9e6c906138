"""The demo shop: a till with its people, wallets and a morning of sales, and what its simulated providers need."""

import json
import secrets
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Final

from domain.accounts import AccountType
from domain.ids import AccountId, DeviceId, Instant, MerchantId, PaymentId, UserId, id_for, new_id
from domain.policy import Actor, Limits, Role
from domain.ports import UnitOfWork
from domain.rails import Method
from domain.services.accounts import open_wallet
from domain.services.payments import start_payment
from domain.services.people import add_user
from storage.gate import OneProgram
from storage.keys import FileKeyStore, Keys, make_keys
from storage.pins import Argon2Pins
from storage.setup import TillSetup, create_till
from storage.till import TillUnits
from storage.witness import Witness
from wiring.clock import wall_clock
from wiring.folders import Folder
from wiring.till import HUB_ROOT, TILL_ROOT, TOKEN, till_files

OWNER_PIN: Final = "864209"
CASHIER_PIN: Final = "1379"
BANK_BIN: Final = "970436"
BANK_ACCOUNT: Final = "0071000123456"
MERCHANT_CODE: Final = "0109876543"
TERMINAL: Final = "HOAMAI01"
APP_ID: Final = "MERCHANT"
PROVIDERS: Final = "demo-providers"

MINUTE_MS: Final = 60_000
OPENED_AGO_MS: Final = 180 * MINUTE_MS
"""The demo shop's books begin so long before its first minute on screen, and its sales lie between."""


@dataclass(frozen=True, slots=True)
class DemoShop:
    """What a demo folder remembers in the open: who it is, and on which ports its hub and simulator were last."""

    merchant_id: MerchantId
    device_id: DeviceId
    hub_device_id: DeviceId
    hub_port: int
    simulator_port: int


@dataclass(frozen=True, slots=True)
class DemoSecrets:
    """What the simulated bank and VNPAY share with the demo's hub."""

    create_secret: str
    check_secret: str
    refund_secret: str
    webhook_secret: str
    api_token: str

    def __repr__(self) -> str:
        return "DemoSecrets(***)"


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


def is_demo(folder: Folder) -> bool:
    """Whether the folder holds a demo shop."""
    return folder.demo.exists()


def run_demo(folder: Folder, *, wipe: bool) -> int:
    """Create the demo shop, or say that one is there; exit 1 if the folder holds another shop."""
    if wipe and is_demo(folder):
        wipe_demo(folder)
    if folder.till.exists():
        sys.stdout.write(f"{folder.root}: {'a demo shop is here' if is_demo(folder) else 'a shop is here already'}\n")
        return 0 if is_demo(folder) else 1
    create_demo(folder, wall_clock())
    sys.stdout.write(f"{folder.root}: demo shop; cashier PIN {CASHIER_PIN}, owner PIN {OWNER_PIN}\n")
    return 0


def create_demo(folder: Folder, at: Instant, limits: Limits | None = None) -> DemoShop:
    """Make a demo shop in an empty folder; one that was left unfinished is made anew.

    `limits` other than a shop's usual ones are for scenes that cannot wait five minutes for a code to expire.
    """
    _remove(folder)
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
    _make_till(folder, keys, setup_of(shop, limits or Limits()), at)
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


def read_demo(folder: Folder) -> DemoShop:
    """Read what the folder remembers of its demo shop."""
    return DemoShop(**json.loads(folder.demo.read_text("utf-8")))


def claim_ports(folder: Folder) -> DemoShop:
    """Return the demo shop with ports that are free now; the ones it had are kept if they still are."""
    known = read_demo(folder)
    shop = replace(known, hub_port=free_port(known.hub_port), simulator_port=free_port(known.simulator_port))
    if shop != known:
        save_demo(folder, shop)
    return shop


def save_demo(folder: Folder, shop: DemoShop) -> None:
    """Remember a demo shop; its file appears whole."""
    unfinished = folder.demo.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(shop), indent=2), "utf-8")
    unfinished.replace(folder.demo)


def demo_secrets(folder: Folder) -> DemoSecrets:
    """Read what the simulated providers share with the hub."""
    kept = FileKeyStore(folder.keys).load(PROVIDERS)
    assert kept is not None, "a demo shop has its providers' secrets"
    return DemoSecrets(**json.loads(kept))


def wipe_demo(folder: Folder) -> None:
    """Remove a demo shop with everything it owns; raises StorageUnavailable(STORAGE_LOCKED) while it is open."""
    assert is_demo(folder), "only a demo shop is wiped"
    lock = OneProgram(folder.root / "till.lock")
    try:
        _remove(folder)
    finally:
        lock.release()


def free_port(preferred: int = 0) -> int:
    """Return a port that nobody listens on: `preferred` if it is free, else any."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as tried:
            if sys.platform != "win32":
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise OSError("no port is free")


def _new_secrets() -> DemoSecrets:
    return DemoSecrets(*(secrets.token_urlsafe(24) for _ in range(5)))


def _make_till(folder: Folder, keys: Keys, setup: TillSetup, at: Instant) -> None:
    files = till_files(folder, keys)
    create_till(files.database, files.key, Witness(files.witness, files.witness_key), setup, at)
    units = TillUnits(files.connect, Witness(files.witness, files.witness_key), lambda changes: None)
    pins = Argon2Pins(keys.pepper)
    owner = Actor(UserId(new_id()), "Cô Mai", Role.OWNER, setup.device_id)
    cashier = Actor(UserId(new_id()), "Lan", Role.CASHIER, setup.device_id)
    hashed = {owner.user_id: pins.hash(OWNER_PIN), cashier.user_id: pins.hash(CASHIER_PIN)}
    try:
        opened_at = Instant(at - OPENED_AGO_MS)
        units.run(lambda uow: _add_people(uow, hashed, (owner, cashier), opened_at))
        units.run(lambda uow: _open_wallets(uow, owner, opened_at))
        for sale in _SALES:
            units.run(partial(_sell, cashier=cashier, sale=sale, at=Instant(at - sale.minutes_ago * MINUTE_MS)))
    finally:
        units.close()


def _open_wallets(uow: UnitOfWork, owner: Actor, at: Instant) -> None:
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


def _add_people(uow: UnitOfWork, hashed: Mapping[UserId, str], people: Sequence[Actor], at: Instant) -> None:
    for person in people:
        add_user(uow, person.user_id, person.name, person.role, hashed[person.user_id], at)


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


def _remove(folder: Folder) -> None:
    for path in (folder.hub, folder.till):
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    for path in (folder.demo, folder.witness):
        path.unlink(missing_ok=True)
    for path in (folder.keys, folder.simulator, folder.backups):
        shutil.rmtree(path, ignore_errors=True)

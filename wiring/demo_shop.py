"""What makes a folder a demo shop: who it is, its ports, and what its simulated providers share with its hub."""

import json
import shutil
import socket
import sys
from dataclasses import asdict, dataclass, replace
from typing import Final

from domain.ids import DeviceId, MerchantId
from domain.policy import Role
from storage.gate import OneProgram
from storage.keys import FileKeyStore
from wiring.folders import Folder

OWNER_PIN: Final = "864209"
MANAGER_PIN: Final = "246813"
ACCOUNTANT_PIN: Final = "975310"
CASHIER_PIN: Final = "1379"
PEOPLE: Final = (
    ("Cô Mai", Role.OWNER, OWNER_PIN),
    ("Anh Hùng", Role.MANAGER, MANAGER_PIN),
    ("Chị Hà", Role.ACCOUNTANT, ACCOUNTANT_PIN),
    ("Lan", Role.CASHIER, CASHIER_PIN),
)
BANK_BIN: Final = "970436"
BANK_ACCOUNT: Final = "0071000123456"
MERCHANT_CODE: Final = "0109876543"
TERMINAL: Final = "HOAMAI01"
APP_ID: Final = "MERCHANT"
PROVIDERS: Final = "demo-providers"


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


def is_demo(folder: Folder) -> bool:
    """Whether the folder holds a demo shop."""
    return folder.demo.exists()


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
        remove_demo(folder)
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


def remove_demo(folder: Folder) -> None:
    """Remove everything that a demo shop owns."""
    for path in (folder.hub, folder.till):
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    for path in (folder.demo, folder.witness, folder.pages, folder.recovery, folder.shop_id):
        path.unlink(missing_ok=True)
    for path in (folder.keys, folder.simulator, folder.backups, folder.replaced):
        shutil.rmtree(path, ignore_errors=True)

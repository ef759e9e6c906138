"""Making a till's file and a merchant's books at the hub, from facts that both sides share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import DeviceId, Instant, MerchantId
from domain.policy import Limits
from domain.ports import Device, Shop
from domain.services.accounts import seed_books
from storage.hub import HubUnitOfWork
from storage.hub_tills import add_device, add_till
from storage.hub_units import HubUnits
from storage.hub_walls import enter_merchant
from storage.migrate import migrate_till
from storage.scope import HUB_CODE
from storage.session import Session, Sql, insert_into
from storage.settings import write_limits
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.witness import Witness

HUB_INCARNATION: Final = "A"

_ADD_MERCHANT: Final = insert_into(
    "merchants", only=["id", "name", "currency", "zone", "limits", "is_demo", "created_at"]
)
_ADD_SELF: Final = insert_into("till_self")
_ADD_HUB: Final = insert_into("hub_self", on_conflict="ON CONFLICT (one) DO NOTHING")
_HAS_MERCHANT: Final = Sql("SELECT 1 FROM merchants WHERE id = :id")


@dataclass(frozen=True, slots=True)
class TillSetup:
    """What a till is told when it enrols: its shop, itself and its hub; `currency` is ISO 4217, `zone` IANA's."""

    merchant_id: MerchantId
    shop_name: str
    currency: str
    zone: str
    limits: Limits
    device_id: DeviceId
    till_code: str
    incarnation: str
    hub_device_id: DeviceId
    hub_url: str
    is_demo: bool = False


def create_till(path: Path, key: bytes, witness: Witness, setup: TillSetup, at: Instant) -> None:
    """Make a till's file with its shop, its devices, the control accounts and the system categories.

    The file appears whole or not at all; `witness` is closed. Raises FileExistsError if there is one,
    StorageUnavailable(STORAGE_TAMPERED) if the witness saw sales of a till whose file is gone, and what opening raises.
    """
    if path.exists():
        raise FileExistsError(path)
    if witness.read() is not None:
        witness.close()
        raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="witness")
    unfinished = path.with_name(f".{path.name}.unfinished")
    for suffix in ("", "-wal", "-shm"):
        unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
    migrate_till(unfinished, key, path.parent)
    connection = open_encrypted(unfinished, key)
    try:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        _add_shop(Session(cursor, "sqlite"), setup, at)
        cursor.execute("COMMIT")
    finally:
        connection.close()
    units = TillUnits(lambda: open_encrypted(unfinished, key), witness, publish=lambda changes: None)
    try:
        units.run(lambda uow: seed_books(uow, at))
    finally:
        units.close()
    unfinished.replace(path)


def create_hub(units: HubUnits, epoch: str, at: Instant) -> None:
    """Give a hub its epoch, an id that tells its feed from any other's; a hub that has one keeps it."""
    units.read(lambda session: session.run(_ADD_HUB, {"one": 1, "epoch": epoch, "created_at": at}))


def create_merchant(units: HubUnits, setup: TillSetup, at: Instant, *, token_hash: str | None = None) -> bool:
    """Open a merchant's books at the hub, with its first till and that till's token (SHA-256, hex) if there is one.

    Returns False and changes nothing if the merchant is known.
    """

    def op(session: Session) -> bool:
        enter_merchant(session, setup.merchant_id)
        if session.one(_HAS_MERCHANT, {"id": setup.merchant_id}):
            return False
        _add_merchant(session, setup, at)
        shop = Shop(setup.merchant_id, setup.shop_name, setup.currency, setup.zone)
        seed_books(HubUnitOfWork(session, shop, Device(setup.hub_device_id, HUB_CODE, HUB_INCARNATION)), at)
        if token_hash is not None:
            add_till(session, setup.merchant_id, setup.device_id, token_hash, at)
        return True

    return units.read(op)


def _add_shop(session: Session, setup: TillSetup, at: Instant) -> None:
    _add_merchant(session, setup, at)
    session.run(
        _ADD_SELF,
        {
            "one": 1,
            "merchant_id": setup.merchant_id,
            "device_id": setup.device_id,
            "hub_device_id": setup.hub_device_id,
            "hub_url": setup.hub_url,
        },
    )


def _add_merchant(session: Session, setup: TillSetup, at: Instant) -> None:
    session.run(
        _ADD_MERCHANT,
        {
            "id": setup.merchant_id,
            "name": setup.shop_name,
            "currency": setup.currency,
            "zone": setup.zone,
            "limits": write_limits(setup.limits),
            "is_demo": int(setup.is_demo),
            "created_at": at,
        },
    )
    add_device(session, setup.merchant_id, setup.device_id, setup.till_code, setup.incarnation)
    add_device(session, setup.merchant_id, setup.hub_device_id, HUB_CODE, HUB_INCARNATION)

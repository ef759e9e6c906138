"""One merchant's books as a check sees them: the reader, the devices, and what has been found so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.ids import DeviceId, MerchantId
from storage.hub_walls import enter_merchant, look_across
from storage.scope import HUB_CODE
from storage.session import Sql
from storage.verification.reader import Reader
from storage.verification.report import Findings, Side

_MERCHANTS: Final = Sql("SELECT id, currency FROM merchants ORDER BY id")
_DEVICES: Final = Sql(
    "SELECT id, code, voucher_seq, voucher_hash, audit_seq, audit_hash FROM devices WHERE merchant_id = :merchant_id"
)
_SELF: Final = Sql("SELECT device_id FROM till_self WHERE merchant_id = :merchant_id")
_CURRENCIES: Final = Sql("SELECT id, currency FROM accounts WHERE merchant_id = :merchant_id")


@dataclass(frozen=True, slots=True)
class DeviceHeads:
    """A device's code and the heads of its chains as its row tells them."""

    code: str
    voucher_seq: int
    voucher_hash: str
    audit_seq: int
    audit_hash: str


@dataclass(frozen=True, slots=True)
class Books:
    """One merchant's books; `own` are the devices that issue in this database, `accounts` maps to currencies."""

    reader: Reader
    found: Findings
    side: Side
    fast: bool
    merchant_id: MerchantId
    currency: str
    devices: Mapping[DeviceId, DeviceHeads]
    own: frozenset[DeviceId]
    accounts: Mapping[str, str]

    @property
    def key(self) -> dict[str, str]:
        """The parameter that every query of one merchant takes."""
        return {"merchant_id": self.merchant_id}


def each_merchant(reader: Reader, found: Findings, side: Side, fast: bool) -> Iterator[Books]:
    """Yield the books of every merchant in the database."""
    look_across(reader.session)
    for merchant_id, currency in reader.session.all(_MERCHANTS, {}):
        enter_merchant(reader.session, MerchantId(merchant_id))
        key = {"merchant_id": merchant_id}
        devices = {DeviceId(row[0]): DeviceHeads(*row[1:]) for row in reader.session.all(_DEVICES, key)}
        if side == "till":
            own = frozenset(DeviceId(row[0]) for row in reader.session.all(_SELF, key))
        else:
            own = frozenset(device for device, heads in devices.items() if heads.code == HUB_CODE)
        accounts: dict[str, str] = dict(reader.session.all(_CURRENCIES, key))
        yield Books(reader, found, side, fast, MerchantId(merchant_id), currency, devices, own, accounts)

"""The providers the hub can talk to; a new one is a module and a line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.rails import Provider
from server.rails.base import RailAdapter
from server.rails.sepay import SepayAdapter
from server.rails.vnpay_qr import VnpayQrAdapter

ADAPTERS: Final[Mapping[Provider, RailAdapter]] = MappingProxyType(
    {
        Provider.VNPAY_QR_MMS: VnpayQrAdapter(),
        Provider.SEPAY: SepayAdapter(),
    }
)

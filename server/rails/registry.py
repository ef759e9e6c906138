"""The providers the hub can talk to; a new one is a module, a line here and its routes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.rails import Provider
from server.rails.base import RailAdapter
from server.rails.braintree import BraintreeAdapter
from server.rails.casso import CassoAdapter
from server.rails.hyperpay import HyperpayAdapter
from server.rails.lean import LeanAdapter
from server.rails.payos import PayosAdapter
from server.rails.paypal import PaypalAdapter
from server.rails.sepay import SepayAdapter
from server.rails.square import SquareAdapter
from server.rails.stripe import StripeAdapter
from server.rails.vnpay_qr import VnpayQrAdapter
from server.rails.vnpay_spos import VnpaySposAdapter

ADAPTERS: Final[Mapping[Provider, RailAdapter]] = MappingProxyType(
    {
        Provider.VNPAY_QR_MMS: VnpayQrAdapter(),
        Provider.SEPAY: SepayAdapter(),
        Provider.CASSO: CassoAdapter(),
        Provider.VNPAY_SPOS: VnpaySposAdapter(),
        Provider.STRIPE: StripeAdapter(),
        Provider.SQUARE: SquareAdapter(),
        Provider.PAYPAL: PaypalAdapter(),
        Provider.PAYOS: PayosAdapter(),
        Provider.LEAN: LeanAdapter(),
        Provider.HYPERPAY: HyperpayAdapter(),
        Provider.BRAINTREE: BraintreeAdapter(),
    }
)

"""The stalls of the simulator; a new provider is a file and a line here."""

from typing import Final

from server.simulator.braintree import Braintree
from server.simulator.casso import Casso
from server.simulator.hyperpay import Hyperpay
from server.simulator.lean import Lean
from server.simulator.payos import Payos
from server.simulator.paypal import Paypal
from server.simulator.square import Square
from server.simulator.stall import Stall
from server.simulator.stripe import Stripe
from server.simulator.vnpay_spos import VnpaySpos

STALLS: Final[tuple[type[Stall], ...]] = (Braintree, Casso, Hyperpay, Lean, Payos, Paypal, Square, Stripe, VnpaySpos)

"""The demo shop's providers besides its bank and VNPAY QR, as both sides know them: a card page, a terminal, payOS."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.rails import Provider
from server.simulator.settings import StallSettings
from wiring.demo_shop import MERCHANT_CODE, TERMINAL, DemoSecrets, DemoShop

PAYOS_ACCOUNT: Final = "19036512345678"
PAYOS_BIN: Final = "970407"


@dataclass(frozen=True, slots=True)
class DemoStall:
    """One provider: the simulator's secrets and facts of it, and what the owner filled in besides them."""

    provider: Provider
    name: str
    secrets: Mapping[str, str]
    facts: Mapping[str, str]
    form: Mapping[str, str]


def demo_stalls(secrets: DemoSecrets) -> tuple[DemoStall, ...]:
    """Return the stalls; their secrets come from the demo's own, so that a demo of before has them too."""

    def made(name: str) -> str:
        return hmac.new(secrets.api_token.encode(), name.encode(), hashlib.sha256).hexdigest()

    card = {"api_key": f"sk_test_{made('stripe')}", "webhook_secret": f"whsec_{made('stripe webhook')}"}
    terminal = {name: made(f"spos {name}") for name in ("init", "query", "ipn")}
    codes = {"merchant_code": MERCHANT_CODE, "terminal_code": TERMINAL}
    payos = {"api_key": made("payos"), "checksum_key": made("payos checksum")}
    account = {"client_id": "demo", "account_number": PAYOS_ACCOUNT, "bank_bin": PAYOS_BIN}
    return (
        DemoStall(Provider.STRIPE, "stripe", card, {}, {**card, "return_url": "{url}/"}),
        DemoStall(
            Provider.VNPAY_SPOS,
            "vnpay_spos",
            terminal,
            codes,
            {**codes, **{f"{name}_secret": secret for name, secret in terminal.items()}},
        ),
        DemoStall(
            Provider.PAYOS,
            "payos",
            payos,
            account,
            {**payos, "client_id": account["client_id"], "checkout_url": "{url}/pay/payos"},
        ),
    )


def stall_settings(secrets: DemoSecrets, shop: DemoShop, webhooks: str) -> dict[str, StallSettings]:
    """Return how the simulator plays them; `webhooks` is the address of the hub's webhooks."""
    return {
        stall.name: StallSettings(f"{webhooks}/{stall.provider}/{shop.merchant_id}", stall.secrets, stall.facts)
        for stall in demo_stalls(secrets)
    }


def stall_forms(secrets: DemoSecrets, simulator: str) -> dict[Provider, dict[str, str]]:
    """Return what the owner filled in for each; `simulator` is the address of the simulator."""
    return {
        stall.provider: {
            "base_url": simulator,
            **{name: text.replace("{url}", simulator) for name, text in stall.form.items()},
        }
        for stall in demo_stalls(secrets)
    }

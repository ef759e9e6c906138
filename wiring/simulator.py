"""The providers' simulator as a program: alone, or as the child of a demo till."""

import sys

from server.simulator.app import run
from server.simulator.settings import BankSettings, SimulatorSettings, VnpaySettings
from sync.lifeline import exit_when_parent_gone, read_secrets, say_ready
from wiring.clock import wall_clock
from wiring.demo import create_demo
from wiring.demo_shop import (
    APP_ID,
    BANK_ACCOUNT,
    BANK_BIN,
    MERCHANT_CODE,
    TERMINAL,
    DemoSecrets,
    DemoShop,
    demo_secrets,
    is_demo,
    read_demo,
)
from wiring.demo_stalls import stall_settings
from wiring.folders import Folder


def run_simulator(folder: Folder, port: int | None, *, embedded: bool) -> int:
    """Play the demo shop's providers until told to stop; the demo shop is made if there is none."""
    if embedded:
        read_secrets(sys.stdin.buffer)
        exit_when_parent_gone(sys.stdin)
        shop = read_demo(folder)
        run(simulator_settings(folder, shop, shop.simulator_port), lambda real: say_ready(sys.stdout.buffer, real))
        return 0
    shop = read_demo(folder) if is_demo(folder) else create_demo(folder, wall_clock())
    run(simulator_settings(folder, shop, shop.simulator_port if port is None else port), _tell)
    return 0


def simulator_settings(folder: Folder, shop: DemoShop, port: int) -> SimulatorSettings:
    """Return how the simulator plays the demo shop's providers."""
    secrets: DemoSecrets = demo_secrets(folder)
    webhooks = f"http://127.0.0.1:{shop.hub_port}/api/v1/billing/webhook"
    return SimulatorSettings(
        port=port,
        data_dir=folder.simulator,
        vnpay=VnpaySettings(
            app_id=APP_ID,
            merchant_code=MERCHANT_CODE,
            terminal_id=TERMINAL,
            create_secret=secrets.create_secret,
            check_secret=secrets.check_secret,
            refund_secret=secrets.refund_secret,
            notify_url=f"{webhooks}/vnpay_qr_mms/{shop.merchant_id}",
        ),
        bank=BankSettings(
            account_number=BANK_ACCOUNT,
            bank_bin=BANK_BIN,
            webhook_secret=secrets.webhook_secret,
            api_token=secrets.api_token,
            notify_url=f"{webhooks}/sepay/{shop.merchant_id}",
        ),
        stalls=stall_settings(secrets, shop, webhooks),
    )


def _tell(port: int) -> None:
    sys.stdout.write(f"http://127.0.0.1:{port}/ - bank, VNPAY and cards, played on this computer; Ctrl+C ends it\n")
    sys.stdout.flush()

"""The parts of one running simulator, put together once and handed to the routes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from server.simulator import overview
from server.simulator.bank import SepayChannel, SepayList
from server.simulator.book import Book
from server.simulator.chaos import Chaos, ChaosSwitches
from server.simulator.customer import PLAIN_TRANSFER, Customer
from server.simulator.delivery import Channel, Courier
from server.simulator.facts import BANK, VNPAY
from server.simulator.journal import Journal
from server.simulator.market import Market
from server.simulator.settings import SimulatorSettings, require_loopback_url
from server.simulator.vnpay import VnpayMms
from server.simulator.vnpay_notice import VnpayChannel
from server.simulator.vnpay_refund import VnpayRefunds

JOURNAL_NAME: Final = "simulator.jsonl"


class House:
    """Everything that belongs to one run; the book is read from the data folder at once."""

    def __init__(self, settings: SimulatorSettings, now: Callable[[], int]) -> None:
        self.settings = settings
        self.book = Book(Journal(_journal_path(settings.data_dir)), now)
        self.chaos = Chaos(ChaosSwitches())
        self.vnpay_channel = VnpayChannel(settings.vnpay.notify_url)
        self.bank_channel = SepayChannel(settings.bank)
        self.market = Market(settings, self.book, self.chaos)
        channels: dict[str, Channel] = {
            VNPAY: self.vnpay_channel,
            BANK: self.bank_channel,
            **self.market.channels(),
        }
        self.courier = Courier(self.book, channels, settings.time_scale, settings.delivery_timeout_s)
        self.market.send_with(self.courier)
        self.customer = Customer(settings, self.book, self.chaos, self.courier, self.market)
        self.mms = VnpayMms(settings.vnpay, self.book, self.chaos)
        self.refunds = VnpayRefunds(settings.vnpay, self.book)
        self.sepay_list = SepayList(settings.bank, self.book, settings.time_scale)

    def start(self) -> None:
        """Send what is owed and take up what was planned; called inside the running loop."""
        self.courier.start()
        self.customer.start()

    async def stop(self) -> None:
        """Stop timers and deliveries and close the journal."""
        await self.customer.stop()
        await self.courier.stop()
        self.book.close()

    def providers(self) -> dict[str, str]:
        """Return the name of every open provider, as offers and switches say it, with the one that people know."""
        brands = {name: stall.brand for name, stall in self.market.stalls.items()}
        return {VNPAY: "VNPAY-QR", BANK: "VietQR · SePay", **brands}

    def idle(self) -> bool:
        """Tell whether nothing is planned, held, being sent or waiting for a retry."""
        return self.customer.idle() and self.courier.idle()

    def status_of(self, offer: str) -> str:
        """Return the state of an offer; money sent without a QR is simply paid."""
        if self.market.sells(offer):
            return self.market.found(offer)[1].status
        return "paid" if offer == PLAIN_TRANSFER else self.book.status_of(offer)

    def configure(
        self, vnpay_url: str | None, bank_url: str | None, stall_urls: Mapping[str, str], time_scale: float | None
    ) -> None:
        """Change where notifications go and how fast retries come.

        Raises `NotLoopback`, or KeyError for a stall that is not open, and then changes nothing.
        """
        for url in (vnpay_url, bank_url, *stall_urls.values()):
            if url is not None:
                require_loopback_url(url)
        for stall, url in [(self.market.stalls[name], url) for name, url in stall_urls.items()]:
            stall.url = url
        self.vnpay_channel.url = vnpay_url or self.vnpay_channel.url
        self.bank_channel.url = bank_url or self.bank_channel.url
        self.courier.time_scale = time_scale or self.courier.time_scale
        self.sepay_list.time_scale = self.courier.time_scale

    def public_settings(self) -> dict[str, Any]:
        """Return what the simulator works with, without any secret."""
        vnpay, bank = self.settings.vnpay, self.settings.bank
        return {
            "vnpay": {
                "app_id": vnpay.app_id,
                "merchant_code": vnpay.merchant_code,
                "terminal_id": vnpay.terminal_id,
                "notify_url": self.vnpay_channel.url,
            },
            "bank": {
                "account_number": bank.account_number,
                "bank_bin": bank.bank_bin,
                "notify_url": self.bank_channel.url,
            },
            "stalls": {
                name: {"notify_url": stall.url, **stall.settings.facts} for name, stall in self.market.stalls.items()
            },
            "time_scale": self.courier.time_scale,
            "remembers": self.settings.data_dir is not None,
        }

    def state(self) -> dict[str, Any]:
        """Return the whole state as JSON values."""
        return {
            "version": self.book.version,
            "offers": overview.offers(self.book, self.market),
            "events": overview.events(self.book, self.market),
            "plans": overview.plans(self.book),
            "bank": {"balance": self.book.balance, "lines": overview.bank_lines(self.book)},
            "refunds": overview.refunds(self.book),
            "stall_refunds": self.market.refunds(),
            "chaos": self.chaos.switches.model_dump(),
            "providers": self.providers(),
            "settings": self.public_settings(),
        }


def _journal_path(data_dir: Path | None) -> Path | None:
    return None if data_dir is None else data_dir / JOURNAL_NAME

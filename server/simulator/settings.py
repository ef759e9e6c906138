"""What the simulator is told at its start: ports, shared secrets and where notifications go."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

DELIVERY_TIMEOUT_S: Final = 30.0
"""How long a provider waits for the receiver's answer (SePay documents 30 s in total)."""


class NotLoopback(ValueError):
    """The simulator was asked to listen on, or to call, something that is not this computer."""


@dataclass(frozen=True, slots=True)
class VnpaySettings:
    """One merchant's contract with VNPAY QR MMS; three operations, three secrets."""

    app_id: str
    merchant_code: str
    terminal_id: str
    create_secret: str = field(repr=False)
    check_secret: str = field(repr=False)
    refund_secret: str = field(repr=False)
    notify_url: str


@dataclass(frozen=True, slots=True)
class BankSettings:
    """One bank account of the shop that SePay watches."""

    account_number: str
    bank_bin: str
    webhook_secret: str = field(repr=False)
    api_token: str = field(repr=False)
    notify_url: str


@dataclass(frozen=True, slots=True)
class StallSettings:
    """One merchant's contract with a stall's provider; which secrets and facts there are, the stall's file says."""

    notify_url: str
    secrets: Mapping[str, str] = field(repr=False)
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Everything the simulator needs.

    `port` 0 lets the system choose. `data_dir` holds the journal; None forgets everything at the end.
    `time_scale` multiplies the providers' documented waits (1.0 is real time, 0.01 turns a minute into 0.6 s);
    seconds that a person or a test asks for are never scaled. `stalls` opens the stalls of these names. Raises
    `NotLoopback` for a foreign host or address.
    """

    port: int
    data_dir: Path | None
    vnpay: VnpaySettings
    bank: BankSettings
    time_scale: float = 1.0
    host: str = "127.0.0.1"
    delivery_timeout_s: float = DELIVERY_TIMEOUT_S
    stalls: Mapping[str, StallSettings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not is_loopback(self.host):
            raise NotLoopback(f"the simulator listens on this computer only, not on {self.host!r}")
        if self.time_scale <= 0:
            raise ValueError("time_scale must be greater than zero")
        for url in (
            self.vnpay.notify_url,
            self.bank.notify_url,
            *(stall.notify_url for stall in self.stalls.values()),
        ):
            require_loopback_url(url)


def is_loopback(host: str) -> bool:
    """Tell whether `host` is a loopback address or the name `localhost`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_loopback_url(url: str) -> str:
    """Return `url` unchanged, or raise `NotLoopback` when it would leave this computer.

    The address is taken apart by the library that dials it, so both see the same host.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as problem:
        raise NotLoopback(f"not an address: {url!r}") from problem
    if parsed.scheme != "http" or not is_loopback(parsed.host):
        raise NotLoopback(f"notifications go to http on this computer only, not to {url!r}")
    return url

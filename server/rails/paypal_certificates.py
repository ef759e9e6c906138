"""The certificates with which PayPal signs its notifications: fetched from PayPal alone, and kept by their address."""

import re
import threading
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx
from cryptography import x509

from server.rails.calls import Request, address, ask

CERTIFICATES_PATH: Final = "/v1/notifications/certs/"

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MAX_BYTES: Final = 32 * 1024
MAX_KEPT: Final = 16


class Certificates(Protocol):
    """Where the certificate at an address comes from."""

    def at(self, url: str) -> x509.Certificate:
        """Return the certificate at an address that `is_paypals`; raises CallFailed, ValueError for none."""


class KeptCertificates:
    """Certificates fetched once over verified TLS; PayPal gives a new one a new address, so none is fetched again."""

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._most = most
        self._kept: dict[str, x509.Certificate] = {}
        self._lock = threading.Lock()

    def at(self, url: str) -> x509.Certificate:
        """Return the certificate, from PayPal where it is not kept; raises CallFailed and ValueError."""
        with self._lock:
            known = self._kept.get(url)
        if known is not None:
            return known
        with httpx.Client() as http:
            found = x509.load_pem_x509_certificate(ask(http, Request("GET", url, {}), _MAX_BYTES))
        with self._lock:
            if len(self._kept) >= self._most:
                self._kept.pop(next(iter(self._kept)))
            self._kept[url] = found
        return found


def is_paypals(url: str, base_url: str) -> bool:
    """Tell whether an address is one of PayPal's certificates: https on a paypal.com host, and no other path.

    The simulator's own certificate counts only where `base_url` names that simulator on this machine. Raises CallFailed
    for a `base_url` that secrets must not be sent to.
    """
    api = urlsplit(address(base_url, ""))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not (parts.path.startswith(CERTIFICATES_PATH) and _NAME.fullmatch(parts.path[len(CERTIFICATES_PATH) :])):
        return False
    if parts.query or parts.fragment or parts.username is not None or parts.password is not None:
        return False
    if api.scheme == "http":
        return (parts.scheme, parts.netloc) == (api.scheme, api.netloc)
    return parts.scheme == "https" and port in (None, 443) and f".{parts.hostname}".endswith(".paypal.com")

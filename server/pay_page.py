"""The page on which a customer pays with a provider's widget: its words, its policy, and how a payment stands on it."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from domain.money import Language, format_minor
from domain.payments import PaymentIntent, PaymentStatus
from server.rails.base import Widget

_PAGE: Final = Path(__file__).resolve().parents[1] / "resources" / "hub" / "pay.html"
_AGAIN_S: Final = 4
_SCRIPT: Final = "card-script"
_AWAY: Final = """
function cardFormAway() { document.getElementById("away").hidden = false; }
addEventListener("error", function (event) { if (event.target.id === "%s") { cardFormAway(); } }, true);
"""
"""Tells the customer that the provider's script did not come; a provider's own start may call it too."""


class Scene(StrEnum):
    """What the page shows."""

    WIDGET = "widget"
    CHECKING = "checking"
    PAID = "paid"
    FAILED = "failed"
    OVER = "over"
    AWAY = "away"
    UNKNOWN = "unknown"


_SCENES: Final = {
    PaymentStatus.PENDING: Scene.WIDGET,
    PaymentStatus.CREATED: Scene.CHECKING,
    PaymentStatus.UNRESOLVED: Scene.CHECKING,
    PaymentStatus.AUTHORIZED: Scene.PAID,
    PaymentStatus.PAID: Scene.PAID,
    PaymentStatus.FAILED: Scene.FAILED,
}
"""How a payment's status looks to its customer; every other one is over."""

_BRANDS: Final = {
    "visa": "VISA",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "jcb": "JCB",
    "mada": "mada",
}
"""Cards by the payment option that was asked for, as their makers write them in every language."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Thanh toán bằng thẻ", "Pay by card"),
    "order": ("Mã đơn: {order}", "Order: {order}"),
    "pay": ("Trả {amount}", "Pay {amount}"),
    "again": (
        "Chưa lấy được tiền từ thẻ. Quý khách thử lại hoặc hỏi thu ngân.",
        "The card was not charged. Try again, or ask at the counter.",
    ),
    "no_script": (
        "Trang này cần JavaScript để mở khung nhập thẻ.",
        "This page needs JavaScript to open the card form.",
    ),
    Scene.CHECKING: ("Đang kiểm tra, xin chờ một chút…", "Checking, one moment please…"),
    Scene.PAID: ("Đã nhận thanh toán. Cảm ơn quý khách!", "Payment received. Thank you!"),
    Scene.FAILED: (
        "Thẻ bị từ chối, chưa trừ tiền. Quý khách vui lòng hỏi thu ngân.",
        "The card was declined and not charged. Please ask at the counter.",
    ),
    Scene.OVER: (
        "Lượt thanh toán này đã kết thúc. Quý khách vui lòng hỏi thu ngân.",
        "This payment is over. Please ask at the counter.",
    ),
    Scene.AWAY: (
        "Chưa mở được khung nhập thẻ. Quý khách vui lòng hỏi thu ngân.",
        "The card form cannot be opened. Please ask at the counter.",
    ),
    Scene.UNKNOWN: ("Không có trang thanh toán này.", "There is no such payment page."),
}


@dataclass(frozen=True, slots=True)
class Page:
    """An answer in HTML and the policy that goes with it."""

    html: str
    policy: str


def scene_of(payment: PaymentIntent, *, tried: bool) -> Scene:
    """Return what a payment's page shows; `tried` says that a card was charged perhaps, and nobody knows yet."""
    scene = _SCENES.get(payment.status, Scene.OVER)
    return Scene.CHECKING if scene is Scene.WIDGET and tried else scene


def language_of(accepted: str) -> Language:
    """Return the language of a page: Vietnamese where the browser asks for it before English, else English."""
    wanted = accepted.lower()
    places = {language: wanted.find(language.value) for language in Language}
    if places[Language.VI] < 0:
        return Language.EN
    return Language.VI if places[Language.EN] < 0 or places[Language.VI] < places[Language.EN] else Language.EN


def written(
    scene: Scene,
    language: Language,
    shop: str = "",
    payment: PaymentIntent | None = None,
    widget: Widget | None = None,
    *,
    again: bool = False,
) -> Page:
    """Return a page; `again` tells that the card was not charged a moment ago."""
    price = "" if payment is None else format_minor(payment.amount_minor, payment.currency, language)
    order = "" if payment is None else payment.order_ref or payment.reference
    brand = "" if payment is None else _BRANDS.get(payment.option, "")
    nonce = secrets.token_urlsafe(16)
    note = f'<p class="note" role="alert">{_word("again", language)}</p>' if again else ""
    if widget is None:
        body, scripts = f'<p class="state {scene}" role="status">{_word(scene, language)}</p>', ""
    else:
        place = widget.place.replace("{pay}", escape(_word("pay", language).format(amount=price)))
        place = place.replace("{checking}", escape(_word(Scene.CHECKING, language)))
        away = f'<p class="state" id="away" role="alert" hidden>{_word(Scene.AWAY, language)}</p>'
        no_script = f"<noscript><p>{_word('no_script', language)}</p></noscript>"
        body = f'{note}{away}<div class="widget">{place}</div>{no_script}'
        scripts = _scripts(widget, nonce)
    refresh = f'<meta http-equiv="refresh" content="{_AGAIN_S}">' if scene is Scene.CHECKING else ""
    html = Template(_PAGE.read_text(encoding="utf-8")).substitute(
        language=language.value,
        title=escape(_word("title", language)),
        refresh=refresh,
        shop=escape(shop),
        price=escape(price),
        order=escape(" · ".join(filter(None, (_word("order", language).format(order=order), brand)))) if order else "",
        body=body,
        scripts=scripts,
    )
    return Page(html, _policy(widget, nonce))


def _scripts(widget: Widget, nonce: str) -> str:
    before = f'<script nonce="{nonce}">{_AWAY % _SCRIPT}{widget.before}</script>'
    after = f'<script nonce="{nonce}">{widget.after}</script>' if widget.after else ""
    return f'{before}<script id="{_SCRIPT}" src="{escape(widget.script)}"></script>{after}'


def _policy(widget: Widget | None, nonce: str) -> str:
    """Return a content security policy: scripts from the provider alone, and nothing at all without a widget.

    Frames and forms may go to any bank's own page by TLS: 3-D Secure is asked for there, and nobody knows its address
    before.
    """
    closed = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    if widget is None:
        return f"{closed}; style-src 'unsafe-inline'; form-action 'none'"
    scripts, others = " ".join(widget.scripts), " ".join(widget.others)
    return (
        f"{closed}; script-src 'nonce-{nonce}' {scripts}; style-src 'unsafe-inline' {others}; connect-src {others}; "
        f"img-src data: {others}; font-src {others}; frame-src https: {others}; form-action 'self' https: {others}"
    )


def _word(key: str, language: Language) -> str:
    vietnamese, english = _WORDS[key]
    return vietnamese if language is Language.VI else english

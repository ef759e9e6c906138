"""The page behind a payment link: a person pays, fails in a chosen way or lets the time run out by clicking."""

from html import escape
from string import Template
from typing import Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from server.simulator.book import offer_key
from server.simulator.house import House
from server.simulator.market import OPEN
from server.simulator.page import HEADERS, RESOURCES
from server.simulator.settings import require_loopback_url
from server.simulator.stall import HOSTED_PATH, CannotDo, Offer, Stall
from server.simulator.texts import EN, LANGUAGES, VI, WORDS, chosen_language, money, word

FIRST_TRY_WAIT_S: Final = 5.0
PAY: Final = "pay"
DECLINE: Final = "decline"
EXPIRE: Final = "expire"


def hosted_routes(house: House) -> APIRouter:
    """Return the hosted pages of all stalls: `GET` shows one, `POST` carries out what was clicked."""
    routes = APIRouter(include_in_schema=False)

    def shown(request: Request, key: str, refusal: str = "", status: int = 200) -> Response:
        language = chosen_language(request.query_params.get("lang"), request.headers.get("accept-language"))
        stall, offer = house.market.found(key)
        html = hosted_html(stall, offer, language, refusal, request.query_params.get("back", ""))
        return HTMLResponse(html, status, headers=HEADERS)

    @routes.get(HOSTED_PATH + "/{stall}/{name}")
    async def page(request: Request, stall: str, name: str) -> Response:
        return shown(request, offer_key(stall, name))

    @routes.post(HOSTED_PATH + "/{stall}/{name}")
    async def clicked(request: Request, stall: str, name: str) -> Response:
        key = offer_key(stall, name)
        fields = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        try:
            event_ids = _carry_out(house, key, fields.get("act", ""), fields.get("outcome", ""))
        except CannotDo as problem:
            if not house.market.knows(key):
                raise
            return shown(request, key, problem.code, 409)
        await house.courier.first_tries(event_ids, FIRST_TRY_WAIT_S)
        # A page shown again by "reload" must not pay again.
        return RedirectResponse(str(request.url), status_code=303)

    return routes


def _carry_out(house: House, key: str, act: str, outcome: str) -> list[int]:
    if act == PAY:
        return house.market.pay(key, None, "", 1, late=False, done=None)
    if act == DECLINE:
        return house.market.decline(key, outcome)
    if act == EXPIRE:
        return house.market.expire(key)
    raise CannotDo("nothing", "nothing was clicked")


def hosted_html(stall: Stall, offer: Offer, language: str, refusal: str, back: str = "") -> str:
    """Return the page of one offer; `refusal` is the word of what could not be done.

    `back` is the shop's page to which the customer returns after paying or failing, if it is on this computer.
    """
    values = {
        "language": language,
        "title": escape(word("hosted.title", language)),
        "hint": escape(word("hosted.hint", language, brand=stall.brand)),
        "switch": _switch(stall.page_of(offer.name), language, back),
        "brand": escape(stall.brand),
        "state": escape(offer.status),
        "state_word": escape(word(f"status.{offer.status}", language)),
        "price": escape(money(offer.amount, offer.currency, language)),
        "name": escape(offer.title or word("no_title", language)),
        "problem": _problem(refusal, language) + _failed(offer, language),
        "acts": _acts(stall, offer, language) + (_way_back(back, language) if _over(offer) else ""),
    }
    return Template((RESOURCES / "hosted.html").read_text(encoding="utf-8")).substitute(values)


def _acts(stall: Stall, offer: Offer, language: str) -> str:
    if offer.status not in OPEN:
        return f'<p class="empty">{escape(word("hosted.finished", language))}</p>'
    pay = word("pay", language, amount=money(offer.amount, offer.currency, language))
    failing = "".join(_button(word("decline_as", language, outcome=code), DECLINE, code) for code in stall.outcomes)
    return (
        f'<div class="acts">{_button(pay, PAY, strong=True)}{_button(word("expire", language), EXPIRE)}</div>'
        f"<details><summary>{escape(word('ways_to_fail', language))}</summary>"
        f'<div class="acts">{failing}</div></details>'
    )


def _button(label: str, act: str, outcome: str = "", *, strong: bool = False) -> str:
    return (
        f'<form method="post"><input type="hidden" name="act" value="{act}">'
        f'<input type="hidden" name="outcome" value="{escape(outcome)}">'
        f'<button class="{"strong" if strong else "plain"}">{escape(label)}</button></form>'
    )


def _problem(refusal: str, language: str) -> str:
    if not refusal:
        return ""
    key = f"refused.{refusal}"
    return f'<p class="problem" role="alert">{escape(word(key if key in WORDS else "refused.other", language))}</p>'


def _failed(offer: Offer, language: str) -> str:
    codes = [taken.code for taken in offer.attempts if not taken.took_money]
    if not codes or offer.status not in OPEN:
        return ""
    text = word("attempts_failed", language, count=len(codes), codes=", ".join(codes[-3:]))
    return f'<p class="problem">{escape(text)}</p>'


def _over(offer: Offer) -> bool:
    return offer.status not in OPEN or bool(offer.attempts)


def _way_back(address: str, language: str) -> str:
    """Return a link to the shop's page; none to anything but a page of this computer."""
    try:
        require_loopback_url(address)
    except ValueError:
        return ""
    return f'<a class="plain back" href="{escape(address)}">{escape(word("hosted.back", language))}</a>'


def _switch(path: str, language: str, back: str) -> str:
    names = {VI: "Tiếng Việt", EN: "English"}
    current, more = ' aria-current="true"', f"&{urlencode({'back': back})}" if back else ""
    return "".join(
        f'<a href="{escape(f"{path}?lang={code}{more}")}" lang="{code}"'
        f"{current if code == language else ''}>{names[code]}</a>"
        for code in LANGUAGES
    )

"""The moving parts of the page: a card per QR code and a row per notification, as HTML."""

import json
from html import escape
from typing import Any, Final

from server.simulator.facts import VNPAY
from server.simulator.texts import LANGUAGES, clock, money, word

BRANDS: Final = {VNPAY: "VNPAY-QR"}
DEFAULT_BRAND: Final = "VietQR"
PAYABLE: Final = frozenset({"open", "declined"})
LATE_AFTER_S: Final = 10
ROUND_TO: Final = 1000
LOG_ROWS: Final = 60
DONE_CARDS: Final = 40


def too_little(amount: int) -> int:
    """Return an amount clearly below the asked one: nine tenths, in whole thousands where that is possible."""
    rounded = amount * 9 // 10 // ROUND_TO * ROUND_TO
    return rounded or max(1, amount - 1)


def too_much(amount: int) -> int:
    """Return an amount clearly above the asked one: eleven tenths, in whole thousands."""
    return (amount * 11 // 10 // ROUND_TO + 1) * ROUND_TO


def code_cards(offers: list[dict[str, Any]], plans: list[dict[str, Any]], language: str) -> str:
    """Return the open codes as cards and the finished ones folded away below them."""
    due = {plan["offer"]: plan["due_ms"] for plan in plans}
    waiting = [offer for offer in offers if _waits(offer)]
    finished = [offer for offer in offers if not _waits(offer)][:DONE_CARDS]
    html = "".join(_card(offer, due, language) for offer in waiting)
    if not waiting:
        html = f'<p class="empty">{escape(word("no_codes", language))}</p>'
    if finished:
        cards = "".join(_card(offer, due, language) for offer in finished)
        title = f"{escape(word('done_codes', language))} <span class='count'>{len(finished)}</span>"
        html += f'<details class="finished" data-key="finished"><summary>{title}</summary>{cards}</details>'
    return html


def _waits(offer: dict[str, Any]) -> bool:
    # A declined page of a stall can still be paid, a declined code is over.
    return offer["status"] == "open" or ("page" in offer and offer["status"] == "declined")


def log_rows(events: list[dict[str, Any]], language: str) -> str:
    """Return the newest notifications, each with its attempts and answers."""
    if not events:
        return f'<p class="empty">{escape(word("no_log", language))}</p>'
    return "".join(_row(event, language) for event in events[:LOG_ROWS])


# ---- cards


def _card(offer: dict[str, Any], due: dict[str, int], language: str) -> str:
    amount = offer["amount"]
    price = money(amount, _currency(offer), language) if amount is not None else word("any_amount", language)
    title = offer["title"] or word("no_title", language)
    return (
        f'<article class="card" data-offer="{escape(offer["offer"])}">'
        f"<header>{_brand(offer)}{_pill('status', offer['status'], language)}</header>"
        f'<p class="price{"" if amount is not None else " typed"}">{escape(price)}</p>'
        f'<p class="name">{escape(title)}</p>{_facts(offer, due, language)}'
        f"{_typed_line(offer, language) if amount is None else ''}"
        f'<div class="acts">{_acts(offer, language)}</div>'
        f'<details data-key="more-{escape(offer["offer"])}"><summary>{escape(word("more", language))}</summary>'
        f"{_typed_line(offer, language) if amount is not None and 'page' not in offer else ''}"
        f"{_failures(offer, language)}"
        f'<p class="small">{escape(word("qr_text", language))}</p>'
        f'<code class="qr">{escape(offer["qr_text"])}</code></details></article>'
    )


def _facts(offer: dict[str, Any], due: dict[str, int], language: str) -> str:
    facts = []
    taken = [payment for payment in offer["payments"] if payment["took_money"]]
    if taken:
        paid = ", ".join(money(payment["amount"], _currency(offer), language) for payment in taken[-3:])
        facts.append(f"{word('payments_made', language, count=len(taken))}: {paid}")
    failed = [payment for payment in offer["payments"] if not payment["took_money"]]
    if failed:
        codes = ", ".join(payment["code"] for payment in failed[-3:])
        facts.append(word("attempts_failed", language, count=len(failed), codes=codes))
    if offer["offer"] in due:
        facts.append(word("planned", language, time=clock(due[offer["offer"]])))
    html = "".join(f"<li>{escape(fact)}</li>" for fact in facts)
    if offer["status"] == "open" and offer["expires_ms"] is not None:
        until = offer["expires_ms"]
        html += f'<li>{escape(word("expires", language))} <time data-until="{until}">{clock(until)}</time></li>'
    return f'<ul class="facts">{html}</ul>' if html else ""


def _acts(offer: dict[str, Any], language: str) -> str:
    amount = offer["amount"]
    closing = _button("/control/decline", word("decline", language), {}) + _button(
        "/control/expire", word("expire", language), {}
    )
    if amount is None:
        # Without an amount in the QR every payment starts from the line where the customer types one.
        return closing if offer["status"] == "open" else ""
    if "page" in offer:
        return _stall_acts(offer, language)
    if offer["status"] != "open":
        label = {"expired": "pay_expired", "declined": "pay_after_all"}.get(offer["status"], "pay_again")
        return _pay(word(label, language), {"late": True})
    return (
        _pay(word("pay", language, amount=money(amount, "VND", language)), {}, strong=True)
        + _wrong_amounts(offer, language)
        + _pay(word("pay_twice", language), {"times": 2})
        + _pay(word("pay_late", language, seconds=LATE_AFTER_S), {"delay_s": LATE_AFTER_S})
        + closing
    )


def _stall_acts(offer: dict[str, Any], language: str) -> str:
    payable = offer["status"] in PAYABLE or offer["pays_twice"] or (offer["status"] == "expired" and offer["pays_late"])
    html = ""
    if payable:
        price = money(offer["amount"], offer["currency"], language)
        html += _pay(word("pay", language, amount=price), {"late": offer["pays_late"]}, strong=True)
        html += _wrong_amounts(offer, language)
        html += _pay(word("pay_late", language, seconds=LATE_AFTER_S), {"delay_s": LATE_AFTER_S, "late": True})
    if offer["status"] in PAYABLE:
        html += _button("/control/decline", word("decline", language), {})
        html += _button("/control/expire", word("expire", language), {})
        page = f"{escape(offer['page'])}?lang={language}"
        html += f'<a class="plain" href="{page}" target="_blank">{escape(word("open_page", language))}</a>'
    for deed, names in offer["deeds"].items():
        html += _button("/control/do", names[LANGUAGES.index(language)], {"deed": deed})
    return html


def _wrong_amounts(offer: dict[str, Any], language: str) -> str:
    amounts = {"pay_less": too_little(offer["amount"]), "pay_more": too_much(offer["amount"])}
    return "".join(
        _pay(word(label, language, amount=money(amount, _currency(offer), language)), {"amount": amount})
        for label, amount in amounts.items()
    )


def _failures(offer: dict[str, Any], language: str) -> str:
    """Return the buttons of a stall's named ways not to pay."""
    if not offer.get("outcomes") or offer["status"] not in PAYABLE:
        return ""
    buttons = "".join(_button("/control/decline", outcome, {"outcome": outcome}) for outcome in offer["outcomes"])
    return f'<p class="small">{escape(word("ways_to_fail", language))}</p><div class="acts">{buttons}</div>'


def _typed_line(offer: dict[str, Any], language: str) -> str:
    key = escape(offer["offer"])
    needs_amount = offer["amount"] is None
    reads = "amount! delay_s" if needs_amount else "amount delay_s"
    amount = escape(word("amount" if needs_amount else "other_amount", language))
    return (
        f'<div class="line"><label><span>{amount}</span>'
        f'<input name="amount" id="amount-{key}" inputmode="numeric" autocomplete="off"></label>'
        f'<label class="short"><span>{escape(word("seconds", language))}</span>'
        f'<input name="delay_s" id="delay-{key}" inputmode="numeric" placeholder="0" autocomplete="off"></label>'
        f"{_pay(word('pay_typed', language), {'late': True}, reads=reads)}</div>"
    )


def _pay(label: str, body: dict[str, Any], *, strong: bool = False, reads: str = "") -> str:
    return _button("/control/pay", label, body, strong=strong, reads=reads)


def _button(path: str, label: str, body: dict[str, Any], *, strong: bool = False, reads: str = "") -> str:
    # `reads` names the inputs of the card that go along; "!" marks one that must be filled in.
    return (
        f'<button type="button" class="{"strong" if strong else "plain"}" data-path="{path}"'
        f' data-body="{escape(json.dumps(body))}" data-reads="{reads}">{escape(label)}</button>'
    )


def _currency(offer: dict[str, Any]) -> str:
    return str(offer.get("currency", "VND"))


def _brand(row: dict[str, Any]) -> str:
    provider = row["provider"]
    name = row.get("brand") or BRANDS.get(provider, DEFAULT_BRAND)
    return f'<span class="brand {escape(provider)}">{escape(name)}</span>'


def _pill(kind: str, state: str, language: str) -> str:
    return f'<span class="pill {escape(state)}">{escape(word(f"{kind}.{state}", language))}</span>'


# ---- log


def _row(event: dict[str, Any], language: str) -> str:
    attempts = event["attempts"]
    chaos = "".join(f'<span class="mark">{escape(word(f"chaos.{name}", language))}</span>' for name in event["chaos"])
    tries = "".join(_attempt(attempt, language) for attempt in attempts)
    again = {"event_id": event["event_id"]}
    return (
        f'<details class="event" data-key="event-{event["event_id"]}"><summary>'
        f'<span class="when">{clock(event["at_ms"])}</span>{_brand(event)}'
        f'<span class="sum">{escape(money(event["amount"], event["currency"], language))}</span>'
        f"{_pill('state', event['state'], language)}"
        f'<span class="last">{escape(_last_answer(event, language))}</span>{chaos}</summary>'
        f'<ol class="tries">{tries}</ol><div class="acts">'
        f"{_button('/control/redeliver', word('send_again', language), again)}"
        f"{_button('/control/redeliver', word('send_ten', language), {**again, 'times': 10, 'parallel': True})}</div>"
        f'<p class="small">{escape(word("message", language))} · {event["event_id"]}</p>'
        f'<code class="qr">{escape(event["body"])}</code></details>'
    )


def _last_answer(event: dict[str, Any], language: str) -> str:
    attempts = event["attempts"]
    if not attempts:
        return word("never_sent" if event["state"] == "lost" else "no_attempts", language)
    count = len(attempts)
    tries = word("attempt", language) if count == 1 else word("attempts", language, count=count)
    last = attempts[-1]
    code = last["code"] or (str(last["status"]) if last["status"] else word("no_answer", language))
    return f"{tries} · {code}"


def _attempt(attempt: dict[str, Any], language: str) -> str:
    by_hand = f" · {word('by_hand', language)}" if attempt["by_hand"] else ""
    status = f"HTTP {attempt['status']}" if attempt["status"] else word("no_answer", language)
    head = f"{clock(attempt['at_ms'])} · {status} · {attempt['took_ms']} ms{by_hand}"
    return f'<li><span class="small">{escape(head)}</span><code>{escape(attempt["answer"])}</code></li>'

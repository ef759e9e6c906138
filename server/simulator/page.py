"""The page on which a person plays the customer: rendered here, brought to life by a little script."""

import hashlib
import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from server.simulator.house import House
from server.simulator.page_parts import code_cards, log_rows
from server.simulator.texts import EN, LANGUAGES, VI, WORDS, chosen_language, word

RESOURCES: Final = Path(__file__).resolve().parents[2] / "resources" / "simulator"
ASSETS: Final = {"page.css": "text/css", "page.js": "text/javascript"}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
SCRIPT_WORDS: Final = ("said.", "refused.")

CHAOS_TICKS: Final = ("drop", "reorder", "bad_signature", "notify_before_create")
CHAOS_NUMBERS: Final = (
    ("delay_s", 0, 3600),
    ("duplicate", 0, 20),
    ("doubt_first", 0, 100),
    ("create_fails", 0, 1000),
    ("lose_create_answers", 0, 1000),
    ("call_fails", 0, 1000),
    ("lose_answers", 0, 1000),
    ("amount_off", -1_000_000_000, 1_000_000_000),
    ("create_delay_s", 0, 120),
    ("cut_text_at", 1, 140),
    ("seed", 1, 999_999_999),
    ("odds", 0, 1),
)
NOTHING: Final = {"cut_text_at": "null", "seed": "null", "odds": "0.5"}
"""What an empty field says, where that is not 0 (JSON)."""
FRACTIONS: Final = frozenset({"delay_s", "create_delay_s", "odds"})
PLACEHOLDERS: Final = {"cut_text_at": "–", "seed": "–", "odds": "0.5"}


def page_routes(house: House) -> APIRouter:
    """Return the page, its live part and its two files."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def page(request: Request) -> Response:
        language = chosen_language(request.query_params.get("lang"), request.headers.get("accept-language"))
        return HTMLResponse(page_html(house.state(), language), headers=HEADERS)

    @routes.get("/live")
    async def live(request: Request) -> Response:
        language = chosen_language(request.query_params.get("lang"), None)
        content = json.dumps(live_parts(house.state(), language), ensure_ascii=False)
        mark = f'"{hashlib.sha256(content.encode()).hexdigest()[:16]}"'
        headers = {**HEADERS, "ETag": mark}
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="application/json", headers=headers)

    @routes.get("/assets/{name}")
    async def asset(name: str) -> Response:
        if name not in ASSETS:
            return Response(status_code=404)
        return FileResponse(RESOURCES / name, media_type=ASSETS[name], headers=HEADERS)

    @routes.get("/favicon.ico")
    async def favicon() -> Response:
        return Response(status_code=204)

    return routes


def live_parts(state: dict[str, Any], language: str) -> dict[str, Any]:
    """Return the parts of the page that change by themselves."""
    return {
        "codes": code_cards(state["offers"], state["plans"], language),
        "log": log_rows(state["events"], language),
        "chaos": state["chaos"],
    }


def page_html(state: dict[str, Any], language: str) -> str:
    """Return the whole page for a state of the control API."""
    parts = live_parts(state, language)
    script_words = {key: word(key, language) for key in WORDS if key.startswith(SCRIPT_WORDS)}
    values = {key.replace(".", "_"): escape(word(key, language)) for key in WORDS if "{" not in WORDS[key][0]}
    values |= {
        "language": language,
        "switch": _switch(language),
        "codes_html": parts["codes"],
        "log_html": parts["log"],
        "chaos_html": _chaos_form(state["chaos"], state["providers"], language),
        "account_number": escape(state["settings"]["bank"]["account_number"]),
        # "</" would end the script element that carries the words.
        "script_words": json.dumps(script_words, ensure_ascii=False).replace("</", "<\\/"),
    }
    return Template((RESOURCES / "page.html").read_text(encoding="utf-8")).substitute(values)


def _switch(language: str) -> str:
    names = {VI: "Tiếng Việt", EN: "English"}
    current = ' aria-current="true"'
    return "".join(
        f'<a href="/?lang={code}" lang="{code}"{current if code == language else ""}>{names[code]}</a>'
        for code in LANGUAGES
    )


def _chaos_form(chaos: dict[str, Any], providers: dict[str, str], language: str) -> str:
    choices = {"": word("chaos.all", language), **providers}
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if chaos["only"] == name else ""}>{escape(brand)}</option>'
        for name, brand in choices.items()
    )
    only = (
        f'<label class="number"><span>{escape(word("chaos.only", language))}</span>'
        f'<select name="only">{options}</select></label>'
    )
    ticks = [
        f'<label class="tick"><input type="checkbox" name="{name}"{" checked" if chaos[name] else ""}>'
        f"<span>{escape(word(f'chaos.{name}', language))}</span></label>"
        for name in CHAOS_TICKS
    ]
    numbers = [
        f'<label class="number"><span>{escape(word(f"chaos.{name}", language))}</span>'
        f'<input type="number" name="{name}" min="{least}" max="{most}" step="{"any" if name in FRACTIONS else "1"}"'
        f' data-nothing="{NOTHING.get(name, "0")}" placeholder="{PLACEHOLDERS.get(name, "0")}"'
        f' value="{escape(_shown(chaos[name]))}"></label>'
        for name, least, most in CHAOS_NUMBERS
    ]
    return only + "".join(ticks) + "".join(numbers)


def _shown(value: float | None) -> str:
    return "" if not value else f"{value:.12g}"

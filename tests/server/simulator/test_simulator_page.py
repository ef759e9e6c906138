"""The page: both languages, everything escaped, nothing loaded from elsewhere."""

import re
from string import Template
from typing import Any

import pytest

from server.simulator.page import CHAOS_NUMBERS, CHAOS_TICKS, RESOURCES, page_html
from server.simulator.page_parts import too_little, too_much
from server.simulator.texts import LANGUAGES, WORDS, chosen_language, dong
from tests.server.simulator.simulator_stage import Receiver, Stage


def buttons(html: str) -> list[str]:
    return re.findall(r"<button[^>]*data-path[^>]*>([^<]*)<", html)


def test_every_text_exists_in_both_languages_with_the_same_blanks() -> None:
    for key, (vietnamese, english) in WORDS.items():
        assert vietnamese.strip(), key
        assert english.strip(), key
        assert sorted(re.findall(r"{\w+}", vietnamese)) == sorted(re.findall(r"{\w+}", english)), key


@pytest.mark.parametrize(("language", "pay"), [("vi", "Trả 45.000\u00a0₫"), ("en", "Pay 45,000\u00a0₫")])
def test_an_open_code_offers_every_act_in_both_languages(stage: Stage, language: str, pay: str) -> None:
    stage.create("HD1", 45_000)
    html = stage.http.get("/", params={"lang": language}).text
    assert f'<html lang="{language}">' in html
    shown = buttons(html)
    assert pay in shown
    assert len(shown) == 8


def test_a_paid_code_moves_to_the_finished_ones_and_the_log_shows_the_answer(stage: Stage) -> None:
    stage.create("HD1", 45_000)
    stage.control("pay", txn_id="HD1")
    html = stage.http.get("/?lang=en").text
    assert "Finished codes" in html
    assert "Pay again" in buttons(html)
    assert "Accepted" in html
    assert "1 attempt · 00" in html


def test_what_people_and_receivers_write_is_escaped(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = lambda delivery, number: (200, "<script>alert(1)</script>")
    stage.control("pay", account_number="0123499999", amount=1000, content="<b>x</b>", text_style="exact")
    html = stage.http.get("/?lang=en").text
    assert "<b>x" not in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_page_loads_nothing_from_elsewhere(stage: Stage) -> None:
    reply = stage.http.get("/")
    assert reply.headers["content-security-policy"].startswith("default-src 'self'")
    for text in (reply.text, stage.http.get("/assets/page.css").text, stage.http.get("/assets/page.js").text):
        assert not re.search(r"(src|href|url|import)\s*[=(]\s*[\"']?(https?:)?//", text)
    assert stage.http.get("/assets/page.html").status_code == 404
    assert stage.http.get("/assets/..%2Fpage.html").status_code == 404


def test_the_live_part_is_sent_only_when_it_changed(stage: Stage) -> None:
    first = stage.http.get("/live?lang=vi")
    mark = {"If-None-Match": first.headers["etag"]}
    assert stage.http.get("/live?lang=vi", headers=mark).status_code == 304
    stage.create("HD1")
    changed = stage.http.get("/live?lang=vi", headers=mark)
    assert changed.status_code == 200
    assert "HD1" in changed.json()["codes"]


def test_the_template_uses_every_text_it_names(stage: Stage) -> None:
    template = Template((RESOURCES / "page.html").read_text(encoding="utf-8"))
    state: dict[str, Any] = stage.state()
    for language in LANGUAGES:
        html = page_html(state, language)
        assert "${" not in html
        assert len(html) > len(template.template)


def test_the_page_has_a_control_for_the_switches_a_person_needs(stage: Stage) -> None:
    html = stage.http.get("/").text
    named = {"only", *CHAOS_TICKS, *(name for name, _, _ in CHAOS_NUMBERS)}
    assert named <= stage.state()["chaos"].keys()
    for name in named:
        assert f'name="{name}"' in html


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [(None, None, "vi"), ("en", "vi", "en"), ("vi", "en-GB", "vi"), ("fr", "en-US,en;q=0.9", "en"), (None, "fr", "vi")],
)
def test_the_language_follows_the_link_then_the_browser(asked: str | None, accepted: str | None, language: str) -> None:
    assert chosen_language(asked, accepted) == language


@pytest.mark.parametrize("amount", [2, 999, 1_000, 45_000, 1_234_567])
def test_too_little_is_less_and_too_much_is_more(amount: int) -> None:
    assert 0 < too_little(amount) < amount < too_much(amount)


def test_amounts_are_grouped_as_each_language_does() -> None:
    assert (dong(1_234_567, "vi"), dong(1_234_567, "en")) == ("1.234.567\u00a0₫", "1,234,567\u00a0₫")

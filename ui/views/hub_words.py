"""What is said of the hub in the owner's lists: that it is away, and what that means for what was typed."""

from dataclasses import replace
from typing import Final

from domain.errors import DomainError, ErrorCode
from ui.presenters.hub_list import AWAY
from ui.texts import Problem, Texts, problem_text

_BUSY: Final = "http_429"
"""The reason that the hub's client gives for a hub that has been asked too often."""


def hub_problem(error: DomainError, texts: Texts, *, proving: bool = False) -> Problem:
    """Return the words for a refusal; a hub that did not answer is told of these lists, not of payments.

    While a PIN is proven (`proving`) a missing key is the one under which the shop's tills keep PINs.
    """
    if error.code is ErrorCode.KEY_MISSING and proving:
        return replace(problem_text(error, texts), what=texts.t("connections.proof.not_ready"), money="", next="")
    if error.code not in AWAY:
        return problem_text(error, texts)
    t = texts.t
    busy = error.facts.get("reason") == _BUSY
    return Problem(
        title=t("connections.away.title"),
        what=t("connections.away.busy" if busy else f"connections.away.{error.code.value}"),
        money=t("connections.away.safe"),
        next=t("connections.away.next"),
        code=error.code.value,
    )


def provider_name(provider: str, texts: Texts) -> str:
    """Return what a provider is called; one that this version does not know goes by its id."""
    key = f"provider.{provider}"
    return texts.t(key) if texts.has(key) else provider

"""How a payment provider stands, as pills, and in words what it can do."""

from domain.rails import ROUTES, Presents
from ui.presenters.hub_desk import ProviderInfo
from ui.texts import Texts
from ui.widgets.badge import BadgeLook
from ui.widgets.tones import Tone


def connection_look(info: ProviderInfo, texts: Texts) -> BadgeLook:
    """Return how a provider stands: connected or not, silent, of no use here, or with secrets that do not open."""
    if not info.usable:
        return BadgeLook(Tone.NEUTRAL, texts.t("connections.state.unusable"), "ban")
    if info.problem is not None:
        return BadgeLook(Tone.ERR, texts.t("connections.state.unreadable"), "circle-alert")
    if info.connected and info.troubled_since is not None:
        return BadgeLook(Tone.WARN, texts.t("connections.state.troubled", at=info.troubled_since), "hourglass")
    if info.connected:
        return BadgeLook(Tone.OK, texts.t("connections.state.connected"), "circle-check")
    return BadgeLook(Tone.NEUTRAL, texts.t("connections.state.not_connected"), "minus")


def tested_look(info: ProviderInfo, texts: Texts) -> BadgeLook:
    """Return what came of the last test."""
    test, t = info.last_test, texts.t
    if test is None or not info.connected:
        return BadgeLook(Tone.NEUTRAL, t("connections.test.never"), "clock")
    if test.failure is None:
        return BadgeLook(Tone.OK, t("connections.test.ok"), "circle-check")
    if test.failure.retried:
        return BadgeLook(Tone.WARN, t("connections.test.silent"), "hourglass")
    return BadgeLook(Tone.ERR, t("connections.test.failed"), "circle-x")


def ability_words(provider: str, texts: Texts) -> str:
    """Return what a provider can do by each method, and the currencies it takes; empty for one that is not known."""
    routes = [route for route in ROUTES if route.provider.value == provider]
    if not routes:
        return ""
    t, lines = texts.t, []
    for route in routes:
        can = route.capabilities
        abilities = {
            "terminal": can.presents is Presents.TERMINAL,
            "refund": can.refund,
            "partial_refund": can.partial_refund,
            "capture": can.capture,
            "withdraw": can.withdraw,
        }
        words = [t(f"connections.can.{name}") for name, has in abilities.items() if has]
        said = ", ".join(words) or t("connections.can.nothing")
        lines.append(t("connections.can.line", method=t(f"method.{route.method.value}"), abilities=said))
    currencies = sorted({currency for route in routes for currency in route.currencies})
    return "\n".join([*lines, t("connections.can.currencies", currencies=", ".join(currencies))])

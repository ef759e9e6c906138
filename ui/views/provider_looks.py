"""How a payment provider stands, as pills: connected or not, and what came of its last test."""

from domain.errors import FailureCategory
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
    if test.failure.category is FailureCategory.TRANSIENT:
        return BadgeLook(Tone.WARN, t("connections.test.silent"), "hourglass")
    return BadgeLook(Tone.ERR, t("connections.test.failed"), "circle-x")

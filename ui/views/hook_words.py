"""What is said of a webhook: how it stands, of what its system is told, and what came of an attempt."""

from typing import Final

from domain.other_systems import HOOK_EVENTS
from ui.presenters.hub_desk import ApiHook, ApiKey, HookNews
from ui.texts import Texts
from ui.widgets.badge import BadgeLook
from ui.widgets.tones import Tone

_HTTP: Final = "http_"
_TROUBLES: Final = frozenset({"timeout", "removed", "sending"})
_SECRET: Final = frozenset({"key_missing", "credentials_tampered"})


def hook_look(key: ApiKey, texts: Texts) -> BadgeLook:
    """Return how telling a key's system goes: not at all, well, with trouble, or no more: its address is gone."""
    hook, t = key.hook, texts.t
    if hook is None or key.revoked_at is not None:
        return BadgeLook(Tone.NEUTRAL, t("connections.hook.state.none"), "minus")
    if hook.off_at is not None:
        return BadgeLook(Tone.ERR, t("connections.hook.state.off"), "ban")
    if hook.failing:
        return BadgeLook(Tone.WARN, t("connections.hook.state.failing"), "triangle-alert")
    return BadgeLook(Tone.OK, t("connections.hook.state.active"), "circle-check")


def hook_sentence(hook: ApiHook, texts: Texts) -> str:
    """Return in words how telling a system goes: since when it is off, the last attempt, and what waits."""
    t = texts.t
    if hook.off_at is not None:
        return t("connections.hook.is_off", at=hook.off_at)
    if hook.tried_at is None:
        told = t("connections.hook.untried")
    else:
        told = t("connections.hook.last", at=hook.tried_at, answer=answer_words(hook.answer, texts))
    waiting = t("connections.hook.stands", waiting=hook.waiting, given_up=hook.given_up)
    return f"{told} {waiting}"


def event_words(hook: ApiHook, texts: Texts) -> str:
    """Return of what a system is told."""
    t = texts.t
    if set(hook.events) >= set(HOOK_EVENTS):
        told = t("connections.hook.every")
    else:
        told = t("connections.hook.some", events=", ".join(t(f"connections.hook.event.{each}") for each in hook.events))
    return f"{told} {t('connections.hook.all_told')}" if hook.all_payments else told


def news_look(row: HookNews, texts: Texts) -> BadgeLook:
    """Return how a message stands."""
    tone, icon = {
        "delivered": (Tone.OK, "circle-check"),
        "given_up": (Tone.ERR, "circle-x"),
    }.get(row.state, (Tone.INFO, "clock"))
    return BadgeLook(tone, texts.t(f"connections.hook.news.{row.state}"), icon)


def answer_words(note: str, texts: Texts) -> str:
    """Return what came of an attempt: the status that was answered, or why there was no answer."""
    if not note:
        return ""
    if note.startswith(_HTTP):
        return texts.t("connections.hook.note.http", status=note.removeprefix(_HTTP))
    if note in _SECRET:
        return texts.t("connections.hook.note.secret")
    return texts.t(f"connections.hook.note.{note}" if note in _TROUBLES else "connections.hook.note.unreachable")

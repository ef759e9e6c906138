"""The five tones of a message: a colour, an icon and always a word beside them, never a colour alone."""

from enum import StrEnum
from typing import Final

from ui.theme import Colours


class Tone(StrEnum):
    """What a message or a status means to the person reading it."""

    OK = "ok"
    WARN = "warn"
    ERR = "err"
    INFO = "info"
    NEUTRAL = "neutral"


TONE_ICONS: Final = {
    Tone.OK: "circle-check",
    Tone.WARN: "triangle-alert",
    Tone.ERR: "circle-alert",
    Tone.INFO: "info",
    Tone.NEUTRAL: "clock",
}
"""The icon of a tone where the message names none of its own."""


def tone_text(tone: Tone, colours: Colours) -> str:
    """The colour of words and icons in this tone, readable on `tone_ground` and on a card."""
    text: str = getattr(colours, tone.value)
    return text


def tone_ground(tone: Tone, colours: Colours) -> str:
    """The soft fill behind words in this tone."""
    ground: str = getattr(colours, f"{tone.value}_soft")
    return ground


def tone_edge(tone: Tone, colours: Colours) -> str:
    """The outline of a fill in this tone: drawn where the palette gives the fill the colour of a card."""
    ground = tone_ground(tone, colours)
    return tone_text(tone, colours) if ground == colours.card else ground

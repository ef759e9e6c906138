"""Stands in for a view, for notices and for sounds: writes down what it is told."""

from dataclasses import dataclass, field
from typing import Any

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, PaymentId
from ui.presenters.presenter import Mood, Words
from ui.sound import Sound, SoundState


@dataclass
class RecordingView:
    """Keeps every state it is shown."""

    states: list[Any] = field(default_factory=list)

    def show_state(self, state: Any) -> None:
        self.states.append(state)


@dataclass
class RecordingNotices:
    """Keeps toasts, announcements and problems."""

    toasts: list[tuple[Mood, Words]] = field(default_factory=list)
    said: list[Words] = field(default_factory=list)
    problems: list[ErrorCode] = field(default_factory=list)

    def toast(self, mood: Mood, words: Words) -> None:
        self.toasts.append((mood, words))

    def announce(self, words: Words) -> None:
        self.said.append(words)

    def problem(self, error: DomainError) -> None:
        self.problems.append(error.code)

    @property
    def toast_keys(self) -> list[str]:
        """The texts of the toasts."""
        return [words.key for _, words in self.toasts]

    @property
    def said_keys(self) -> list[str]:
        """The texts of the announcements."""
        return [words.key for words in self.said]


@dataclass
class RecordingSounds:
    """Keeps the sounds."""

    played: list[Sound] = field(default_factory=list)
    volume: int = 80
    state: SoundState = SoundState.READY

    def play(self, sound: Sound) -> None:
        self.played.append(sound)

    def set_volume(self, percent: int) -> None:
        self.volume = percent
        self.state = SoundState.READY if percent else SoundState.OFF


@dataclass(frozen=True)
class Fresh:
    """How fresh the knowledge of a payment is."""

    checked_at: Instant | None
    heard_at: Instant | None


@dataclass(frozen=True)
class FixedSync:
    """A sync engine's account of itself, as the test says."""

    state: str = "online"
    since: Instant | None = None
    waiting: int = 0
    refused: int = 0
    last_sent_at: Instant | None = None
    last_pulled_at: Instant | None = None
    problem: ErrorCode | None = None
    watched: dict[PaymentId, Fresh] = field(default_factory=dict)

    def freshness(self, payment_id: PaymentId) -> Fresh | None:
        return self.watched.get(payment_id)

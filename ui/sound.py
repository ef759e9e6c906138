"""The till's sounds, played off the GUI thread; a machine without a speaker says so instead of staying silent."""

import array
import logging
import queue
import sys
import threading
import wave
from collections.abc import Callable, Generator
from contextlib import suppress
from enum import StrEnum
from functools import cache
from os import environ
from pathlib import Path
from typing import Final, Protocol, TypeAlias

_FOLDER: Final = Path(__file__).resolve().parents[1] / "resources" / "sounds"
_RATE: Final = 22_050
_TAIL: Final = _RATE // 4
_WAITING: Final = 8
_STOP: Final = None

Samples: TypeAlias = "array.array[int]"
"""Sound as numbers: 16 bit, mono, 22.05 kHz. Quoted, because array takes its type in brackets from Python 3.12 on."""

log = logging.getLogger(__name__)


class Sound(StrEnum):
    """What can be heard. PAID is for money a provider confirmed in full, and for nothing else (UX 1.1)."""

    PAID = "paid"
    SHORT = "short"
    NOTICE = "notice"
    ERROR = "error"


class SoundState(StrEnum):
    """Whether sounds can be heard: OFF was chosen by a person, NO_DEVICE was not."""

    READY = "ready"
    OFF = "off"
    NO_DEVICE = "no_device"


class Sounds(Protocol):
    """What presenters know of sound."""

    @property
    def state(self) -> SoundState:
        """Whether sounds can be heard."""

    def play(self, sound: Sound) -> None:
        """Play soon, after what is playing; returns at once."""

    def set_volume(self, percent: int) -> None:
        """Set the volume from 0 (off) to 100."""


class NoSpeaker(Exception):
    """The machine has nothing to play on."""


class Speaker(Protocol):
    """Something that plays samples: 16 bit, mono, 22.05 kHz."""

    def play(self, samples: Samples) -> None:
        """Play and return when it has been heard; raises NoSpeaker when the device has gone."""

    def close(self) -> None:
        """Give the device back."""


class DeviceSpeaker:
    """The machine's default output, by miniaudio."""

    def __init__(self) -> None:
        """Open the output; raises NoSpeaker where there is none."""
        import miniaudio  # type: ignore[import-untyped]  # ships no stubs

        if not _output_exists():
            raise NoSpeaker
        self._failure = miniaudio.MiniaudioError
        # The null backend would play into the void and call it success.
        real = [backend for backend in miniaudio.Backend if backend is not miniaudio.Backend.NULL]
        try:
            self._device = miniaudio.PlaybackDevice(
                nchannels=1, sample_rate=_RATE, buffersize_msec=60, backends=real, app_name="BANA Till"
            )
        except miniaudio.MiniaudioError as error:
            raise NoSpeaker from error

    def play(self, samples: Samples) -> None:
        """Play and return when it has been heard; raises NoSpeaker when the device has gone."""
        heard = threading.Event()
        # The silence after it keeps the end of the sound from being cut while it still waits in the device.
        source = _fed(samples + array.array("h", bytes(2 * _TAIL)), heard)
        next(source)
        try:
            self._device.start(source)
            heard.wait(timeout=len(samples) / _RATE + 1.0)
            self._device.stop()
        except self._failure as error:
            raise NoSpeaker from error

    def close(self) -> None:
        """Give the device back."""
        self._device.close()


class PlayedSounds:
    """Plays on a thread of its own, one sound after the other; opens the device when the first one is due."""

    def __init__(
        self,
        on_state: Callable[[SoundState], None] | None = None,
        open_speaker: Callable[[], Speaker] = DeviceSpeaker,
        volume: int = 80,
    ) -> None:
        """`on_state` is told every change of state, on the playing thread: hand it on by a signal."""
        self._on_state = on_state
        self._open = open_speaker
        self._volume = volume
        self._found = True
        self._told = self.state
        self._queue: queue.Queue[Sound | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SoundState:
        """Whether sounds can be heard, as far as was found out by now."""
        if self._volume == 0:
            return SoundState.OFF
        return SoundState.READY if self._found else SoundState.NO_DEVICE

    def play(self, sound: Sound) -> None:
        """Play soon, after what is playing; a sound too many in a row is left out."""
        if self._volume > 0:
            with suppress(queue.Full):
                self._queue.put_nowait(sound)

    def set_volume(self, percent: int) -> None:
        """Set the volume from 0 (off) to 100."""
        self._volume = max(0, min(100, percent))
        self._tell()

    def close(self, timeout_s: float = 2.0) -> None:
        """Stop after the sound that is playing."""
        while not self._queue.empty():
            with suppress(queue.Empty):
                self._queue.get_nowait()
        self._queue.put(_STOP)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        speaker: Speaker | None = None
        while (sound := self._queue.get()) is not _STOP:
            try:
                speaker = speaker or self._open()
                speaker.play(_at_volume(samples_of(sound), self._volume))
                self._found = True
            except NoSpeaker:
                log.info("no sound device")
                speaker, self._found = None, False
            self._tell()
        if speaker:
            speaker.close()

    def _tell(self) -> None:
        if self.state != self._told:
            self._told = self.state
            if self._on_state:
                self._on_state(self._told)


@cache
def samples_of(sound: Sound) -> Samples:
    """The samples of a bundled sound: 16 bit, mono, 22.05 kHz."""
    with wave.open(str(_FOLDER / f"{sound.value}.wav"), "rb") as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _at_volume(samples: Samples, percent: int) -> Samples:
    return array.array("h", (sample * percent // 100 for sample in samples))


def _fed(samples: Samples, heard: threading.Event) -> Generator[Samples, int, None]:
    """Hand the device as many samples as it asks for, then tell that all were taken."""
    wanted = yield array.array("h")
    at = 0
    while at < len(samples):
        part = samples[at : at + wanted]
        at += wanted
        wanted = yield part
    heard.set()


def _output_exists() -> bool:
    """Whether Linux knows a sound output or a sound server: asking ALSA without one writes pages of complaints."""
    if sys.platform != "linux":
        return True
    runtime = Path(environ.get("XDG_RUNTIME_DIR", "/nonexistent"))
    if "PULSE_SERVER" in environ or (runtime / "pulse" / "native").exists():
        return True
    return any(Path("/dev/snd").glob("pcm*p"))

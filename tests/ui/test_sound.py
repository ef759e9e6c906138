"""Sounds are played off the calling thread, one after the other, and a missing speaker is told and never raised."""

import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from ui.sound import DeviceSpeaker, NoSpeaker, PlayedSounds, Samples, Sound, SoundState, Speaker, samples_of

WAIT_S = 5.0


class _Speaker:
    """Remembers what it was given, and on which thread."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []
        self.threads: set[int] = set()
        self.closed = False
        self.played = threading.Semaphore(0)

    def play(self, samples: Samples) -> None:
        self.heard.append(samples)
        self.threads.add(threading.get_ident())
        self.played.release()

    def close(self) -> None:
        self.closed = True


class _States:
    """Waits for a state to be told."""

    def __init__(self) -> None:
        self.told: list[SoundState] = []
        self._arrived = threading.Semaphore(0)

    def __call__(self, state: SoundState) -> None:
        self.told.append(state)
        self._arrived.release()

    def wait(self) -> None:
        assert self._arrived.acquire(timeout=WAIT_S)


def _missing() -> Speaker:
    raise NoSpeaker


def test_every_sound_is_bundled_short_and_not_silent() -> None:
    for sound in Sound:
        samples = samples_of(sound)
        assert 0.2 < len(samples) / 22_050 < 1.0
        assert max(samples) > 5_000


def test_the_sound_of_an_underpayment_does_not_begin_like_the_sound_of_money() -> None:
    start = 22_050 // 10

    def crossings(sound: Sound) -> int:
        samples = samples_of(sound)[:start]
        return sum(1 for a, b in pairwise(samples) if a < 0 <= b)

    assert crossings(Sound.PAID) > 4 * crossings(Sound.SHORT)


def test_sounds_are_played_in_order_on_another_thread() -> None:
    speaker = _Speaker()
    sounds = PlayedSounds(open_speaker=lambda: speaker, volume=100)
    sounds.play(Sound.PAID)
    sounds.play(Sound.NOTICE)
    for _ in range(2):
        assert speaker.played.acquire(timeout=WAIT_S)
    sounds.close()
    assert speaker.heard == [samples_of(Sound.PAID), samples_of(Sound.NOTICE)]
    assert threading.get_ident() not in speaker.threads
    assert speaker.closed


def test_the_volume_makes_a_sound_softer() -> None:
    speaker = _Speaker()
    sounds = PlayedSounds(open_speaker=lambda: speaker, volume=50)
    sounds.play(Sound.PAID)
    assert speaker.played.acquire(timeout=WAIT_S)
    sounds.close()
    assert max(speaker.heard[0]) == max(samples_of(Sound.PAID)) // 2


def test_a_machine_without_a_speaker_says_so_and_goes_on() -> None:
    states = _States()
    sounds = PlayedSounds(states, _missing)
    sounds.play(Sound.PAID)
    states.wait()
    sounds.close()
    assert states.told == [sounds.state] == [SoundState.NO_DEVICE]


def test_a_speaker_that_is_plugged_in_later_is_found() -> None:
    states, speaker = _States(), _Speaker()
    openings: list[Callable[[], Speaker]] = [_missing, lambda: speaker]

    def open_speaker() -> Speaker:
        return openings.pop(0)()

    sounds = PlayedSounds(states, open_speaker)
    sounds.play(Sound.PAID)
    states.wait()
    sounds.play(Sound.PAID)
    states.wait()
    sounds.close()
    assert states.told == [SoundState.NO_DEVICE, SoundState.READY]


def test_sound_that_is_switched_off_is_a_state_of_its_own() -> None:
    states, speaker = _States(), _Speaker()
    sounds = PlayedSounds(states, lambda: speaker)
    sounds.set_volume(0)
    sounds.play(Sound.PAID)
    sounds.close()
    assert speaker.heard == []
    assert states.told == [SoundState.OFF]


def test_a_linux_machine_without_an_output_is_not_asked_for_one(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ui.sound._output_exists", lambda: False)
    with pytest.raises(NoSpeaker):
        DeviceSpeaker()
    assert capfd.readouterr().err == ""

"""Writes the till's four sounds as small WAV files (22.05 kHz, mono, 16 bit): run after changing one."""

import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path

RATE = 22_050
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "sounds"
Wave = Callable[[float], float]


def bell(t: float) -> float:
    """A soft bell: a sine with two quiet overtones; `t` counts periods."""
    turn = 2 * math.pi * t
    return (math.sin(turn) + 0.28 * math.sin(2 * turn) + 0.1 * math.sin(3 * turn)) / 1.38


def buzz(t: float) -> float:
    """A rough buzz: the first odd overtones of a square."""
    turn = 2 * math.pi * t
    return sum(math.sin(n * turn) / n for n in (1, 3, 5, 7)) / 1.4


def tone(shape: Wave, hertz: float, seconds: float, loud: float, fade: float) -> list[float]:
    """A tone that starts within 6 ms and dies away; the larger `fade`, the faster."""
    count = int(RATE * seconds)
    out = []
    for i in range(count):
        t = i / RATE
        attack = min(1.0, t / 0.006)
        release = min(1.0, (count - i) / RATE / 0.02)
        out.append(shape(hertz * t) * loud * attack * release * math.exp(-fade * t))
    return out


def joined(*parts: tuple[float, list[float]]) -> list[float]:
    """Lay tones over each other, each starting at its second."""
    length = max(int(start * RATE) + len(samples) for start, samples in parts)
    out = [0.0] * length
    for start, samples in parts:
        first = int(start * RATE)
        for i, sample in enumerate(samples):
            out[first + i] += sample
    return out


SOUNDS = {
    # Rising: a fourth up, bright; heard as "done" over the noise of a shop.
    "paid": joined((0.0, tone(bell, 880.0, 0.35, 0.6, 6.0)), (0.16, tone(bell, 1174.66, 0.65, 0.7, 5.0))),
    # Two low buzzes: nothing in it can be taken for the sound of money that arrived in full.
    "short": joined((0.0, tone(buzz, 110.0, 0.22, 0.5, 1.0)), (0.32, tone(buzz, 98.0, 0.34, 0.5, 1.0))),
    "notice": joined((0.0, tone(bell, 587.33, 0.4, 0.35, 8.0))),
    # Falling: a third down, dull.
    "error": joined((0.0, tone(bell, 330.0, 0.3, 0.55, 5.0)), (0.2, tone(bell, 261.63, 0.45, 0.55, 5.0))),
}


def main() -> None:
    """Write every sound into `resources/sounds`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, samples in SOUNDS.items():
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            clipped = (max(-1.0, min(1.0, sample)) for sample in samples)
            file.writeframes(b"".join(struct.pack("<h", round(sample * 32_000)) for sample in clipped))
        print(name, f"{len(samples) / RATE:.2f} s")


if __name__ == "__main__":
    main()

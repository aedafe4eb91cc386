"""What is played to those who wait: eight seconds of soft chords, made here and nobody's property."""

import struct
from functools import cache
from math import pi, sin

RATE = 8000
SECONDS = 8
CHORDS = ((220.0, 277.18, 329.63), (196.0, 246.94, 293.66), (174.61, 220.0, 261.63), (196.0, 246.94, 293.66))
"""A major, G, F, G: each for two seconds, in Hz."""
LOUDNESS = 2600
"""Of 32767: well under a voice."""


@cache
def hold_music() -> bytes:
    """A WAV file, 16 bits, one channel."""
    frames = b"".join(struct.pack("<h", sample(number)) for number in range(RATE * SECONDS))
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(frames),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        RATE,
        RATE * 2,
        2,
        16,
        b"data",
        len(frames),
    )
    return head + frames


def sample(number: int) -> int:
    length = RATE * SECONDS // len(CHORDS)
    chord, within = CHORDS[number // length], (number % length) / length
    swell = sin(pi * within)
    return int(LOUDNESS * swell * sum(sin(2 * pi * tone * number / RATE) for tone in chord) / len(chord))

"""Text from outside as it may be stored, shown and sent again: without characters that hide or reorder others."""

import re
import unicodedata

NOT_TEXT = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, carriage returns included."""
REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of what follows; languages written from the right need none of them."""


def plain(text: str) -> str:
    kept = REORDERING.sub("", NOT_TEXT.sub("", text.replace("\r\n", "\n")))
    return "".join(letter for letter in kept if letter in "\t\n" or unicodedata.category(letter) != "Cc").strip()

"""Salesforce record ids: 15 case-sensitive characters, or 18 of which the last three carry the case of the first.

The suffix rule (three blocks of five; bit i is set where character i is A-Z; the five bits index the alphabet below) is
Salesforce's published one.
"""

import re
from functools import lru_cache

_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)


def suffix(id15: str) -> str:
    """Give the three characters that make a 15-character id an 18-character one."""
    return _letter(id15[:5]) + _letter(id15[5:10]) + _letter(id15[10:15])


@lru_cache(maxsize=4096)  # ids of one org share most of their blocks
def _letter(block: str) -> str:
    return _SUFFIX_ALPHABET[sum(1 << place for place, one in enumerate(block) if "A" <= one <= "Z")]


def to_18(text: str) -> str:
    """Give the 18-character form of an id.

    An 18-character id whose letters lost their case is mended by its suffix.
    Raises ValueError where the text is no id, or its suffix is not of this id.
    """
    if not _SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is not a record id: 15 or 18 letters and digits")
    if len(text) == 15:
        return text + suffix(text)
    if suffix(text[:15]) == text[15:].upper():
        return text[:15] + text[15:].upper()
    mended = _mend_case(text)
    if mended is None:
        raise ValueError(f"{text!r} is not a record id: its last three characters do not belong to the others")
    return mended


def _mend_case(text: str) -> str | None:
    """Restore the case of an 18-character id from its suffix, None where letters and suffix disagree."""
    fixed = []
    for block in range(3):
        place = _SUFFIX_ALPHABET.find(text[15 + block].upper())
        for offset in range(5):
            character = text[block * 5 + offset]
            upper = bool(place >> offset & 1)
            if place < 0 or (upper and not character.isalpha()):
                return None
            fixed.append(character.upper() if upper else character.lower())
    return "".join(fixed) + text[15:].upper()


def is_id(text: str) -> bool:
    """Tell whether the text is a record id in either form."""
    try:
        to_18(text)
    except ValueError:
        return False
    return True


def prefix(record_id: str) -> str:
    """Give the key prefix: the first three characters, the same for all records of one sObject."""
    return record_id[:3]

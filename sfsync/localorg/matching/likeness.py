"""How alike two texts are: the algorithms that matching methods are made of. Scores go from 0 to 100."""

import re
import unicodedata
from functools import lru_cache

_SOUNDS = (  # what is written to what is heard, in this order
    (r"^(kn|gn|pn|wr|ps)", lambda found: found.group()[1]),
    (r"sch|sh|ch|tch", "x"),
    (r"ph", "f"),
    (r"th", "0"),
    (r"gh|(?<=m)b$", ""),
    (r"c(?=[eiy])", "s"),
    (r"[cqg]", "k"),
    (r"x(?=.)|x$", "ks"),
    (r"d", "t"),
    (r"b", "p"),
    (r"v", "f"),
    (r"[zj]", "s"),
)


def plain_letters(text: str) -> str:
    """Give a text in lower case, without accents, marks and double spaces."""
    folded = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(" " if not one.isalnum() else one for one in folded if not unicodedata.combining(one))
    return " ".join(kept.split())


@lru_cache(maxsize=50_000)
def sound(text: str) -> str:
    """Give how a name sounds: its first sound and the consonants after it (`Doe` is `t`, `Benioff` `pnf`)."""
    heard = plain_letters(text).replace(" ", "")
    for written, replacement in _SOUNDS:
        heard = re.sub(written, replacement, heard)
    first, rest = heard[:1], re.sub(r"[aeiouyhw]", "", heard[1:])
    return re.sub(r"(.)\1+", r"\1", ("a" if first in "aeiou" and first else first) + rest)


def edit_score(left: str, right: str) -> float:
    """Give 100 for equal texts and less for each letter to insert, delete or replace."""
    longest = max(len(left), len(right))
    if not longest:
        return 0.0
    row = list(range(len(right) + 1))
    for place, one in enumerate(left, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(right, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (one != other))
    return 100.0 * (longest - row[-1]) / longest


def jaro_winkler(left: str, right: str) -> float:
    """Give the Jaro-Winkler likeness: letters in common, near each other, more so at the beginning."""
    if not left or not right:
        return 0.0
    taken = _common(left, right)
    if not taken:
        return 0.0
    letters = [right[place] for place in sorted(place for _, place in taken)]
    swapped = sum(left[place] != other for (place, _), other in zip(taken, letters, strict=True)) / 2
    count = len(taken)
    jaro = (count / len(left) + count / len(right) + (count - swapped) / count) / 3
    alike = next((place for place in range(4) if left[place : place + 1] != right[place : place + 1]), 4)
    alike = min(alike, len(left), len(right))
    return 100.0 * (jaro + alike * 0.1 * (1 - jaro))


def _common(left: str, right: str) -> list[tuple[int, int]]:
    """Pair off the letters that two texts have in common, each near its own place."""
    reach, taken, used = max(0, max(len(left), len(right)) // 2 - 1), list[tuple[int, int]](), set[int]()
    for place, one in enumerate(left):
        for other in range(max(0, place - reach), min(len(right), place + reach + 1)):
            if other not in used and right[other] == one:
                used.add(other)
                taken.append((place, other))
                break
    return taken


def acronym(text: str) -> str:
    """Give the first letters of the words of a text, none where it is a single word."""
    words = text.split()
    return "".join(word[0] for word in words) if len(words) > 1 else ""

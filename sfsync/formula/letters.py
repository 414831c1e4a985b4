"""Small and capital letters by Java's rules, with the locales that have their own."""

_TURKIC = ("tr", "az")


def lower(text: str | None, locale: str | None = None) -> str | None:
    """Give the text in small letters; Turkish and Azerbaijani have a dotless i of their own."""
    if text is None:
        return None
    if _is_turkic(locale):
        text = text.replace("I\u0307", "i").replace("I", "ı").replace("İ", "i")
    return text.lower()


def upper(text: str | None, locale: str | None = None) -> str | None:
    """Give the text in capitals; Turkish and Azerbaijani have a dotted I of their own."""
    if text is None:
        return None
    return (text.replace("i", "İ") if _is_turkic(locale) else text).upper()


def _is_turkic(locale: str | None) -> bool:
    return locale is not None and locale[:2].lower() in _TURKIC and not locale[2:3].isalpha()


def initial_capitals(text: str) -> str:
    """Give the text with the first letter of each word as a capital; a word goes on over digits.

    Letters beyond U+FFFF have no case here: Java looks at their halves.
    """
    starts, letters = True, []
    for letter in text:
        cased = letter <= "\uffff" and (letter.islower() or letter.isupper())
        letters.append(_one_letter(letter, capital=starts) if cased else letter)
        starts = not (cased or (letter <= "\uffff" and letter.isdecimal()))
    return "".join(letters)


def _one_letter(letter: str, *, capital: bool) -> str:
    """Change the case of a letter where that takes no second one."""
    if not capital:
        return letter.lower()[0]
    changes = (letter.upper(), letter.title()) if letter.islower() else ()
    return next((changed for changed in changes if len(changed) == 1), letter)

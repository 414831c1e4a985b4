"""Numbers with what is counted, in words."""


def counted(number: int, one: str, many: str = "") -> str:
    """Give a number with what is counted: `1 row`, `2,000 rows`; `many` where that is more than an s at the end."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

"""The reference page of settings says what the program reads."""

from pathlib import Path

from sfsync.settings.describe import describe_keys
from sfsync.settings.keys import TABLES

PAGE = Path(__file__).parents[2] / "docs/reference/settings.md"


def test_the_page_is_what_the_keys_say() -> None:
    """docs/reference/settings.md is current: `python -m sfsync.settings.describe docs/reference/settings.md`."""
    assert PAGE.read_text(encoding="utf-8") == describe_keys()


def test_every_key_has_a_sentence() -> None:
    """No table and no key goes without a word of explanation, and each sentence ends."""
    for table in TABLES:
        assert table.sentence.endswith(".")
        assert all(key.sentence.endswith(".") for key in table.keys)

"""One word for one thing, and nothing said that does not concern the project."""

import re
from pathlib import PurePath

from tests.house.sources import Source

# Second words for things that have one; Salesforce's own names, as in `instance_url`, are no words of ours.
SECOND_WORDS = re.compile(r"\b(tenant|mock org|natural key|replica|bookmark|failed job|audit table)s?\b", re.IGNORECASE)
PROSE = {".md", ".toml"}
NOT_OURS = {"pyproject.toml", "CONTRIBUTING.md"}  # CONTRIBUTING holds the list itself
REGISTRIES = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
]
KEY_BLOCK = "-----BEGIN" + " "


def test_prose_uses_one_word_for_one_thing(everything: list[Source]) -> None:
    """Docs, rules and settings say org, mirror, external id and watermark, never their second names."""
    second = [
        f"{file.name}:{number} {found[0]}"
        for file in everything
        if PurePath(file.name).suffix in PROSE and file.name not in NOT_OURS
        for number, line in enumerate(file.text.splitlines(), 1)
        if (found := SECOND_WORDS.search(line))
    ]
    assert second == []


def test_no_package_registry_is_named(everything: list[Source]) -> None:
    """Where packages come from is the business of the machine, not of the project."""
    named = [f"{file.name}: {host}" for file in everything for host in REGISTRIES if host in file.text]
    assert named == []


def test_no_private_key_is_kept(everything: list[Source]) -> None:
    """Keys are made on the machine that needs them; none is among the files."""
    keys = [file.name for file in everything if re.search(KEY_BLOCK + r"[A-Z ]*PRIVATE KEY-----\s+\S{40}", file.text)]
    assert keys == []

"""The pages of the documentation, as tests read them: their blocks, and what each block is for."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
GUIDES = sorted((CHECKOUT / "docs/guides").glob("*.md"))
PROSE = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "rules/README.md")]
EVERY_PAGE = sorted([*PROSE, *(CHECKOUT / "docs").rglob("*.md")])

_BLOCK = re.compile(r"^```(?P<kind>\w*)[ ]?(?P<name>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"#.*\bexit (\d+)")


@dataclass(frozen=True)
class Block:
    """One fenced block: `console` holds commands to be run, a named one is a file, `text` is output and not run."""

    kind: str
    name: str
    body: str

    def commands(self) -> Iterator[tuple[list[str], int]]:
        """Give each command of a console block as words, with the exit code it shall end with."""
        for line in self.body.splitlines():
            assert line.startswith("$ "), f"not a command: {line}"
            said = _EXIT.search(line)
            yield shlex.split(line.removeprefix("$ "), comments=True), int(said[1]) if said else 0


def blocks(page: Path) -> list[Block]:
    """Give a page's blocks in order."""
    return [Block(**found.groupdict()) for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))]

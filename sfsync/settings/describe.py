"""The reference page of settings, written from the keys as they are declared.

`python -m sfsync.settings.describe docs/reference/settings.md` writes it; a test holds the page against this.
"""

import json
import sys
from pathlib import Path

from sfsync.settings.keys import TABLES, Key, Table

_INTRODUCTION = """\
# Settings: sfsync.toml

<!-- Written by `python -m sfsync.settings.describe`: change sfsync/settings/keys.py and write it anew. -->

One TOML file holds all settings; `sfsync init` writes a first one, `--config FILE` names another. Paths in it start at
the folder it is in. An unknown key, a value of the wrong kind and a key given twice are errors, all told at once with
line and column. A secret is never written in it: `env:NAME` names a variable of the environment, `file:PATH` a file
that only its owner can read.
"""


def describe_keys() -> str:
    """Write the reference page: every table and key with kind, default and sentence, as Markdown."""
    return "\n".join([_INTRODUCTION, *map(_table, TABLES)])


def _table(table: Table) -> str:
    heading = f"[{table.name}.NAME]" if table.many else f"[{table.name}]"
    rows = [f"| `{key.name}` | {key.kind.words} | {_default(key)} | {key.sentence} |" for key in table.keys]
    head = ["| Key | Kind | Default | |", "|---|---|---|---|"]
    return "\n".join([f"## {heading}", "", table.sentence, "", *head, *rows, ""])


def _default(key: Key[object]) -> str:
    if key.default is None:
        return ""
    return f"`{key.shown or json.dumps(key.default)}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(describe_keys(), encoding="utf-8")

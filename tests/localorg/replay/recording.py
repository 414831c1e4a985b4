"""Recorded exchanges with real orgs, as the folder named by SFSYNC_DATA holds them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VERSION = "59.0"  # taken where whoever recorded put "xx" for it, and nothing in the answer tells it
_XX = re.compile(r"(?<=/)v?xx(?:\.0)?(?=/|$)", re.IGNORECASE)

_TOLD = re.compile(r"/services/data/v(\d+\.0)/")


@dataclass(frozen=True)
class Exchange:
    """One request and what a real org answered."""

    tape: str  # which recording it is part of: exchanges of one tape happened one after the other
    method: str
    target: str  # path and query as sent
    request: str
    status: int
    headers: dict[str, str]  # empty where whoever recorded left some out: then none can be told from a template
    answer: Any  # JSON as read, else text

    @property
    def path(self) -> str:
        """Give the path without its query."""
        return self.target.split("?")[0]


def tapes(folder: Path) -> Iterator[tuple[str, list[Exchange]]]:
    """Give each recording in a folder of `*.json`, in the order in which it was recorded."""
    found: dict[str, list[Exchange]] = {}
    for file in sorted(folder.glob("*.json")):
        items = json.loads(file.read_text("utf-8"))
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("method") and item.get("path") and item.get("status"):
                tape = f"{file.stem}/{item.get('cassette') or item.get('kind')}"
                found.setdefault(tape, []).append(_exchange(tape, item, folder))
    yield from found.items()


def _exchange(tape: str, item: dict[str, Any], folder: Path) -> Exchange:
    answer = item.get("response_body")
    if item.get("response_body_file"):
        answer = _kept_apart(folder / item["response_body_file"])
    headers = {name: _first(value) for name, value in dict(item.get("headers") or {}).items()}
    whole = not any("elided" in value.lower() for value in headers.values())
    asked = item.get("request_body")
    request = asked if isinstance(asked, str) else "" if asked is None else json.dumps(asked)
    told = _TOLD.search(json.dumps(answer)[-20_000:])
    version = told[1] if told else VERSION
    return Exchange(
        tape, str(item["method"]).upper(), _versioned(_target(item["path"]), version), _versioned(request, version),
        int(item["status"]), {name.lower(): value for name, value in headers.items()} if whole else {}, _read(answer),
    )  # fmt: skip


def _first(value: Any) -> str:
    """Give the value of a header, which some recorders keep in a list."""
    return str(value[0] if isinstance(value, list) and value else value)


def _target(address: str) -> str:
    """Give path and query of an address, which may have its host in front."""
    return "/" + address.split("://", 1)[1].partition("/")[2] if "://" in address.split("?")[0] else address


@cache
def _kept_apart(file: Path) -> Any:
    """Read an answer that has a file of its own, shared by all that were the same."""
    return json.loads(file.read_text("utf-8"))


def _versioned(text: str, version: str) -> str:
    text = text.replace("/services/async/vxx.0/", f"/services/async/{version}/")
    return _XX.sub(f"v{version}", text)


def _read(answer: Any) -> Any:
    """Read an answer that was kept as the text of JSON; quoted cells of CSV are none."""
    if isinstance(answer, str) and (answer[:1] in ("{", "[") or (answer[:1] == '"' and "\n" not in answer.strip())):
        try:
            return json.loads(answer)
        except ValueError:
            return answer
    return answer

"""The container file holds to what it says: Debian and pinned packages only, no rights, an orderly end."""

import json
import re
from pathlib import Path

from sfsync.settings.keys import SERVE_LISTEN

CHECKOUT = Path(__file__).parents[2]
FILE = CHECKOUT / "deploy/Containerfile"


def steps() -> list[tuple[str, str]]:
    """The file's instructions with what they say, lines that go on joined, comments left out."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in joined.splitlines() if line]


def told(instruction: str) -> list[str]:
    """What all instructions of one kind say, in order."""
    return [said for name, said in steps() if name == instruction]


def test_it_takes_nothing_from_elsewhere() -> None:
    """Debian's packages, and Python's by hash; nothing is fetched by address, and every file it copies is there."""
    assert told("ADD") == [] and "://" not in " ".join(told("RUN"))
    (locked,) = [step for step in told("RUN") if "requirements.lock" in step]
    assert "--require-hashes" in locked
    assert all(re.match(r"apt-get|python3 -m venv|/opt/sfsync/bin/pip (un)?install", step) for step in told("RUN"))
    for said in told("COPY"):
        sources = [word for word in said.split()[:-1] if not word.startswith("--")]
        assert said.startswith("--from=build") or all((CHECKOUT / source).exists() for source in sources)


def test_it_runs_without_rights_and_ends_in_order() -> None:
    """Not as root; the program is process 1 itself, so it hears SIGTERM."""
    assert told("USER") == ["10001:10001"]
    assert [name for name, _ in steps()].index("USER") < [name for name, _ in steps()].index("ENTRYPOINT")
    assert (json.loads(told("ENTRYPOINT")[0]), json.loads(told("CMD")[0])) == (["sfsync"], ["serve"])
    assert told("STOPSIGNAL") == ["SIGTERM"]


def test_its_health_is_the_daemons() -> None:
    """The check asks the page where the daemon answers unless told otherwise, and fails where that says 503."""
    assert SERVE_LISTEN.default is not None
    assert f"SFSYNC_HEALTH=http://127.0.0.1:{SERVE_LISTEN.default[1]}/livez" in told("ENV")[0]
    compile(json.loads(told("HEALTHCHECK")[0].partition("CMD ")[2])[2], "check", "exec")

"""Programs of other people, run in a home of their own that knows the local org and nothing else."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.outside_clients.installing import CLIENTS, HERE, is_installed

SECONDS = 300.0  # how long one call of a client may take: a loaded machine starts Node slowly
_QUIET = {  # no client reports home, looks for updates or asks for a keychain
    "DO_NOT_TRACK": "1",
    "SF_DISABLE_TELEMETRY": "true",
    "SF_AUTOUPDATE_DISABLE": "true",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_HIDE_RELEASE_NOTES": "true",
    "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
    "CUMULUSCI_DISABLE_REFRESH": "1",
    "NO_COLOR": "1",
}


def needing(*clients: str) -> list[pytest.MarkDecorator]:
    """Give the marks of tests that need clients: they take long, and are skipped where one is not installed."""
    missing = [one for one in clients if not is_installed(one)]
    reason = f"not installed here: {', '.join(missing)}; make clients does"
    return [pytest.mark.long, pytest.mark.timeout(3 * SECONDS), pytest.mark.skipif(bool(missing), reason=reason)]


@dataclass(frozen=True)
class Running:
    """An org that was started as a user starts it, and the facts it told."""

    facts: Mapping[str, Any]

    def session(self) -> requests.Session:
        """Give a plain signed-in session that trusts the org's CA and nothing of the environment."""
        session = requests.Session()
        session.trust_env = False
        session.verify = self.facts["ca_file"]
        session.headers["Authorization"] = f"Bearer {self.facts['access_token']}"
        return session

    def rows(self, soql: str) -> list[dict[str, Any]]:
        """Ask the org itself, page by page; what a client brings is held against this."""
        found: list[dict[str, Any]] = []
        with self.session() as session:
            path: str | None = "/services/data/v68.0/query"
            while path is not None:
                answer = session.get(self.facts["instance_url"] + path, params={"q": soql} if not found else None)
                answer.raise_for_status()
                found += answer.json()["records"]
                path = answer.json().get("nextRecordsUrl")
        return [without_attributes(one) for one in found]


def without_attributes(value: Any) -> Any:
    """Give records without their attributes, parents' too."""
    if isinstance(value, list):
        return [without_attributes(one) for one in value]
    if isinstance(value, dict):
        return {key: without_attributes(one) for key, one in value.items() if key != "attributes"}
    return value


@dataclass(frozen=True)
class Foreign:
    """An installed client and the folder it takes for the user's home."""

    client: str  # the name of its folder
    home: Path
    org: Running

    @property
    def node(self) -> str:
        """Where the node that clients need is."""
        return str(CLIENTS / "node/node_modules/node/bin/node")

    @property
    def python(self) -> str:
        """Where the Python is that the client is installed for."""
        return str(CLIENTS / self.client / "venv/bin/python")

    def script(self, name: str) -> str:
        """Where a program of ours that uses the client is."""
        return str(HERE / self.client / name)

    def program(self, name: str) -> str:
        """Where a program that came with the client is."""
        beside = CLIENTS / self.client
        return str(beside / ("venv/bin" if (beside / "venv").is_dir() else "node_modules/.bin") / name)

    def run(
        self, *command: str, more: Mapping[str, str] = {}, cwd: Path | None = None, codes: Sequence[int] = (0,)
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command; an exit code that is not among `codes` fails the test with what the program printed."""
        done = subprocess.run(
            command, cwd=cwd or self.home, env=self._environment(more), capture_output=True, text=True,
            timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode in codes, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        ca = str(self.org.facts["ca_file"])
        folders = [str(CLIENTS / "node/node_modules/node/bin"), str(CLIENTS / "salesforce_cli/node_modules/.bin")]
        return {
            **_QUIET,
            "PATH": os.pathsep.join([*folders, "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "NODE_EXTRA_CA_CERTS": ca,
            "NODE_PATH": str(CLIENTS / self.client / "node_modules"),
            "REQUESTS_CA_BUNDLE": ca,
            "SSL_CERT_FILE": ca,
            "ORG_FACTS": json.dumps(self.org.facts),
            **more,
        }

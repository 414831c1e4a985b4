"""A small org behind the in-process mount, with its control plane at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sfsync.clock import SetClock
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.control.renewal import found
from sfsync.localorg.mounts.inprocess import InProcessAdapter
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.state import State

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
URL = "https://acme.my.salesforce.com"


@dataclass(frozen=True)
class Controlled:
    """An org with a client for it and one for its control plane."""

    org: LocalOrg
    machine: SetClock
    client: requests.Session  # signed in as the integration user

    def control(self, method: str, name: str, value: object = None) -> requests.Response:
        """Ask the control plane."""
        return requests.Session.request(self.client, method, f"{URL}/_org/{name}", json=value)

    def get(self, path: str) -> requests.Response:
        """Ask the org."""
        return self.client.get(f"{URL}{path}")


@pytest.fixture
def controlled(tmp_path: Path) -> Iterator[Controlled]:
    """Make a small org."""
    machine = SetClock(NOW)
    clock = OrgClock(machine)
    state = State.open(tmp_path)
    found(state, clock, Amounts(leads=30, accounts=5, contacts=6, opportunities=4), 1)
    org = LocalOrg(state, clock)
    with requests.Session() as client:
        client.trust_env = False
        client.mount("https://", InProcessAdapter(org.answer, machine))
        token = client.get(f"{URL}/_org/facts").json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Controlled(org, machine, client)
    state.close()

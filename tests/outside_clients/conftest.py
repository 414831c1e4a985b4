"""A local org over HTTPS, for clients that other people wrote."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from sfsync.clock import SetClock
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.control.renewal import found
from sfsync.localorg.credentials import credentials
from sfsync.localorg.mounts.certificate import ensure_certificate
from sfsync.localorg.mounts.https import HttpsServer, listen
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.state import State
from tests.outside_clients.foreign import Foreign, Running


@dataclass(frozen=True)
class Served:
    """Where the org is and how to get in."""

    url: str
    ca_file: str
    access_token: str

    def session(self) -> requests.Session:
        """Give a plain session that trusts the org's CA and nothing of the environment."""
        session = requests.Session()
        session.trust_env = False
        session.verify = self.ca_file
        return session


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a filled org for a module's tests."""
    folder: Path = tmp_path_factory.mktemp("org")
    certificate = ensure_certificate(folder, datetime.now(UTC))  # noqa: TID251
    state = State.open(folder)
    clock = OrgClock(SetClock(datetime(2026, 11, 24, 12, 30, tzinfo=UTC)))
    found(state, clock, Amounts(leads=2_500, accounts=20, contacts=40, opportunities=20), 1)
    with state.transaction():
        token = credentials(state, clock)["access_token"]
    server = HttpsServer(LocalOrg(state, clock).answer, certificate, listen(0))
    server.start()
    yield Served(server.url, str(certificate.ca), token)
    server.stop()
    state.close()


def sfsync(*command: str) -> str:
    """Call the program as a user does; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "sfsync", *command], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An org of a process of its own, on the machine's time, as `org start` gives it to a user."""
    state = str(tmp_path_factory.mktemp("own") / "org")
    amounts = ("--leads", "2500", "--accounts", "300", "--contacts", "300", "--opportunities", "50")
    facts = json.loads(sfsync("org", "start", "--state", state, *amounts, "--json"))
    yield Running(facts)
    sfsync("org", "stop", "--state", state)


@pytest.fixture(scope="module")
def client_of(org: Running, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Foreign]:
    """Gives a client by name, each time in a fresh home of its own."""
    return lambda name: Foreign(name, tmp_path_factory.mktemp(name), org)


@pytest.fixture(scope="module")
def salesforce_cli(client_of: Callable[..., Foreign]) -> Foreign:
    """The home of the Salesforce CLI."""
    return client_of("salesforce_cli")


def calling(client: Foreign) -> Callable[..., Any]:
    """Give what calls the Salesforce CLI and gives its answer in JSON.

    `codes` are exit codes allowed, `more` is added to the environment, `cwd` is where it is called.
    """

    def call(*command: str, **options: Any) -> Any:
        done = client.run(client.program("sf"), *command, "--json", **options)
        answer = json.loads(done.stdout)
        return answer.get("result", answer)

    return call


@pytest.fixture
def newcomer(client_of: Callable[..., Foreign]) -> Callable[..., Any]:
    """Calls the Salesforce CLI in a home of its own, where it has not signed in."""
    return calling(client_of("salesforce_cli"))


@pytest.fixture(scope="module")
def sf(salesforce_cli: Foreign) -> Callable[..., Any]:
    """Calls the Salesforce CLI, signed in by access token as `local`."""
    facts, call = salesforce_cli.org.facts, calling(salesforce_cli)
    signed_in = call(
        "org", "login", "access-token", "--instance-url", facts["instance_url"], "--no-prompt", "--alias", "local",
        "--set-default", more={"SF_ACCESS_TOKEN": facts["access_token"]},
    )  # fmt: skip
    assert (signed_in["orgId"], signed_in["username"]) == (facts["org_id"], facts["username"])
    return call

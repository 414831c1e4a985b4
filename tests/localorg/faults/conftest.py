"""An org that holds enough for several pages, and a bare client: requests, nothing more."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sfsync.clock import SetClock
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.control.renewal import found
from sfsync.localorg.faults.known import orders_of
from sfsync.localorg.mounts.inprocess import InProcessAdapter
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.state import State

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
URL = "https://acme.my.salesforce.com"
DATA = f"{URL}/services/data/v59.0"
LEAD = {"LastName": "Nowak", "Company": "Acme"}


@dataclass
class Bare:
    """Somebody with requests and a token."""

    org: LocalOrg
    machine: SetClock
    session: requests.Session
    facts: dict[str, str] = field(default_factory=dict)

    def control(self, method: str, name: str, value: object = None) -> requests.Response:
        """Ask the control plane, and be told."""
        answer = self.session.request(method, f"{URL}/_org/{name}", json=value)
        assert answer.ok, answer.text
        return answer

    def order(self, trial: str, **names: object) -> None:
        """Order what makes a trial happen."""
        self.control("POST", "faults", orders_of(trial, {key.replace("_", " "): one for key, one in names.items()}))

    def ask(self, method: str, path: str, value: object = None, **more: object) -> requests.Response:
        """Ask the org for a resource under the data path."""
        return self.session.request(method, f"{DATA}/{path}", json=value, **more)  # type: ignore[arg-type]

    def query(self, soql: str, **more: object) -> requests.Response:
        """Ask for the first page of a query, 200 records at most."""
        return self.ask("GET", "query", None, params={"q": soql}, headers=SMALL, **more)

    def page(self, answer: requests.Response) -> requests.Response:
        """Ask for the page after one."""
        return self.session.get(f"{URL}{answer.json()['nextRecordsUrl']}", headers=SMALL)

    def ids(self, answer: requests.Response) -> list[str]:
        """Give the ids on a page."""
        return [one["Id"] for one in answer.json()["records"]]

    def make(self, sobject: str = "Lead", **fields: object) -> str:
        """Create a record."""
        made = self.ask("POST", f"sobjects/{sobject}", {**(LEAD if sobject == "Lead" else {}), **fields})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def lead(self, lead: str) -> dict[str, object]:
        """Give a living lead."""
        return dict(self.ask("GET", f"sobjects/Lead/{lead}").json())

    def calls(self) -> list[dict[str, object]]:
        """Give the calls the org saw."""
        return list(self.control("GET", "calls").json()["calls"])

    def count(self, soql: str = "SELECT COUNT() FROM Lead") -> int:
        """Count records."""
        return int(self.ask("GET", "query", None, params={"q": soql}).json()["totalSize"])

    def later(self, seconds: float) -> str:
        """Give an instant some seconds from now."""
        return datetime.fromtimestamp(self.machine.now().timestamp() + seconds, UTC).isoformat()

    def sign_in(self) -> requests.Response:
        """Ask for a new token."""
        form = {name: self.facts[name] for name in ("client_id", "client_secret")}
        form["grant_type"] = "client_credentials"
        return self.session.post(f"{URL}/services/oauth2/token", data=form, headers={"Authorization": ""})

    def job(self, operation: str, sobject: str, rows: str, **more: object) -> str:
        """Create, fill and close a job, and give its id."""
        made = self.ask("POST", "jobs/ingest", {"object": sobject, "operation": operation, "lineEnding": "LF", **more})
        path = f"jobs/ingest/{made.json()['id']}"
        sent = self.session.put(f"{DATA}/{path}/batches", data=rows.encode(), headers={"Content-Type": "text/csv"})
        assert sent.status_code == 201, sent.text
        assert self.ask("PATCH", path, {"state": "UploadComplete"}).status_code == 200
        return path


SMALL = {"Sforce-Query-Options": "batchSize=200"}


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill the database of an org once; tests take copies of it."""
    folder = tmp_path_factory.mktemp("filled")
    state = State.open(folder)
    found(state, OrgClock(SetClock(NOW)), Amounts(leads=500, accounts=5, contacts=6, opportunities=4), 1)
    state.close()
    return folder / "org.db"


def opened(folder: Path, filled: Path) -> Bare:
    """Open a copy of the filled org."""
    shutil.copy(filled, folder / "org.db")
    state = State.open(folder)
    state.run("PRAGMA synchronous=OFF")  # nobody pulls the plug on a test
    machine = SetClock(NOW)
    clock = OrgClock(machine)
    org = LocalOrg(state, clock)
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", InProcessAdapter(org.answer, machine))
    bare = Bare(org, machine, session)
    bare.facts = bare.control("GET", "facts").json()
    session.headers["Authorization"] = f"Bearer {bare.facts['access_token']}"
    return bare


@pytest.fixture
def bare(tmp_path: Path, filled: Path) -> Iterator[Bare]:
    """Give an org with 500 leads, and a bare client for it."""
    made = opened(tmp_path, filled)
    yield made
    made.session.close()
    made.org.state.close()

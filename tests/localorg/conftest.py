"""A fresh org that is asked directly, without any mount."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from sfsync.clock import SetClock
from sfsync.localorg import bootstrap
from sfsync.localorg.identity.sessions import issue_token
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.state import State
from sfsync.localorg.wire import Answer, Request

NOW = datetime(2026, 11, 24, 12, 30, 45, tzinfo=UTC)
BASE = "https://acme.my.salesforce.com"


@dataclass(frozen=True)
class Reply:
    """An answer with its body read."""

    status: int
    headers: Mapping[str, str]
    body: object

    def error(self) -> tuple[str, str]:
        """Give code and message of the only error."""
        assert isinstance(self.body, list) and len(self.body) == 1, self.body
        return self.body[0]["errorCode"], self.body[0]["message"]

    def __getitem__(self, key: str) -> object:
        assert isinstance(self.body, dict), self.body
        return self.body[key]


class Org:
    """The org, its clock, and ways to ask it."""

    def __init__(self, local: LocalOrg, clock: SetClock) -> None:
        self.local = local
        self.clock = clock
        self.state = local.state
        self.user_id = str(self.state.setting("integration_user_id"))
        self.token = issue_token(self.state, clock, self.user_id)
        self.version = "59.0"

    def raw(
        self, method: str, path: str, body: bytes = b"", query: Mapping[str, str] = {}, headers: Mapping[str, str] = {}
    ) -> Answer:
        """Ask with bytes, signed in; a path that does not start with a slash stands under /services/data/vNN.0."""
        full = path if path.startswith("/") else f"/services/data/v{self.version}/{path}"
        named = {"authorization": f"Bearer {self.token}", **headers}
        return self.local.answer(Request(method, unquote(full), query, named, body, BASE, full))

    def ask(self, method: str, path: str, value: object = None, headers: Mapping[str, str] = {}, **query: str) -> Reply:
        """Ask with a JSON value."""
        body = b"" if value is None else json.dumps(value).encode()
        answer = self.raw(method, path, body, query, headers)
        assert isinstance(answer.body, bytes)
        return Reply(answer.status, answer.headers, json.loads(answer.body) if answer.body else None)

    def make(self, sobject: str, **fields: object) -> str:
        """Create a record and give its id."""
        reply = self.ask("POST", f"sobjects/{sobject}", {**DEFAULTS.get(sobject, {}), **fields})
        assert reply.status == 201, reply.body
        return str(reply["id"])

    def get(self, sobject: str, record_id: str) -> dict[str, object]:
        """Give a living record."""
        reply = self.ask("GET", f"sobjects/{sobject}/{record_id}")
        assert reply.status == 200 and isinstance(reply.body, dict), reply.body
        return reply.body

    def insert(self, sobject: str, **columns: object) -> str:
        """Put a row in as it is, for kinds that nobody creates through the API."""
        kind = self.state.catalog.sobject(sobject)
        assert kind is not None and kind.key_prefix is not None
        record_id = self.state.next_id(kind.key_prefix)
        names = ", ".join(["Id", *columns])
        marks = ", ".join("?" * (len(columns) + 1))
        self.state.run(f'INSERT INTO "{kind.name}" ({names}) VALUES ({marks})', [record_id, *columns.values()])  # type: ignore[list-item]
        return record_id

    def queue(self, *sobjects: str) -> str:
        """Make a queue that may own records of these sObjects."""
        queue_id = self.make("Group", Name="Inbound", DeveloperName="Inbound", Type="Queue")
        for name in sobjects:
            self.make("QueueSobject", QueueId=queue_id, SobjectType=name)
        return queue_id


DEFAULTS: dict[str, dict[str, object]] = {
    "Lead": {"LastName": "Nowak", "Company": "Acme"},
    "Account": {"Name": "Acme"},
    "Contact": {"LastName": "Nowak"},
    "Opportunity": {"Name": "Acme 1", "StageName": "Prospecting", "CloseDate": "2026-12-31"},
}


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the database of a fresh org once; tests take copies of it."""
    folder = tmp_path_factory.mktemp("fresh")
    state = State.open(folder)
    bootstrap.prepare(state, SetClock(NOW))
    state.close()
    return folder / "org.db"


@pytest.fixture
def org(tmp_path: Path, fresh: Path) -> Iterator[Org]:
    """Make a fresh org."""
    shutil.copy(fresh, tmp_path / "org.db")
    clock = SetClock(NOW)
    state = State.open(tmp_path)
    state.run("PRAGMA synchronous=OFF")  # nobody pulls the plug on a test
    yield Org(LocalOrg(state, clock), clock)
    state.close()

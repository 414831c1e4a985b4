"""A small org asked through its resources of Bulk API 2.0."""

import csv
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sfsync.clock import SetClock
from sfsync.localorg.bootstrap import prepare
from sfsync.localorg.context import OrgContext
from sfsync.localorg.routing import find
from sfsync.localorg.saving import store
from sfsync.localorg.state import State
from sfsync.localorg.urls import ROUTES
from sfsync.localorg.values import Stored
from sfsync.localorg.wire import Answer, Refusal, Request

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


@dataclass
class Bulk:
    """An org with ways to fill it and to ask for jobs."""

    context: OrgContext

    def insert(self, sobject: str, *rows: Mapping[str, Stored]) -> list[str]:
        """Put rows in as they are, and give their ids."""
        found = self.context.catalog.sobject(sobject)
        assert found is not None and found.key_prefix is not None
        stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), self.context.stamp)
        ids = self.context.state.next_ids(found.key_prefix, len(rows))
        full = [
            {**stamps, "OwnerId": self.context.user_id, "Id": one, **row} for one, row in zip(ids, rows, strict=True)
        ]
        with self.context.state.transaction():
            store.insert(self.context.state, found, full)
        return ids

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> Answer:
        """Send a request under /jobs; a bytes body is sent as it is, others as JSON."""
        full = f"/services/data/v{self.context.version}/jobs/{path}"
        sent = body if isinstance(body, bytes) else (b"" if body is None else json.dumps(body).encode())
        asked = {"accept-encoding": "gzip, deflate", **(headers or {})}
        request = Request(method, full, query, asked, sent, "https://org", full)
        return find(ROUTES, method, full).answer(self.context, request)

    def json(self, method: str, path: str, body: object = None, **query: str) -> dict[str, Any]:
        """Send a request and read the JSON of its answer."""
        answer = self.ask(method, path, body, **query)
        assert answer.status == 200 and isinstance(answer.body, bytes)
        return dict(json.loads(answer.body))

    def refusal(self, method: str, path: str, body: object = None, **query: str) -> Refusal:
        """Send a request that must be refused."""
        with pytest.raises(Refusal) as caught:
            self.ask(method, path, body, **query)
        return caught.value

    def query(self, soql: str, **properties: str) -> str:
        """Make a query job and give its id."""
        return str(self.json("POST", "query", {"operation": "query", "query": soql, **properties})["id"])

    def at(self, seconds: float = 0, version: str | None = None) -> "Bulk":
        """Give the same org at a later time, or asked through another API version."""
        clock = SetClock(self.context.now)
        clock.advance(seconds)
        return Bulk(replace(self.context, now=clock.now(), version=version or self.context.version))


def text_of(answer: Answer) -> str:
    """Give the text of an answer, unpacked as its headers say."""
    body = answer.body.read_bytes() if isinstance(answer.body, Path) else answer.body
    if answer.headers.get("Content-Encoding") == "gzip":
        body = zlib.decompress(body, wbits=31)
    return body.decode()


def rows_of(answer: Answer) -> list[list[str]]:
    """Read the CSV of an answer, the header first."""
    return list(csv.reader(io.StringIO(text_of(answer), newline="")))


@pytest.fixture
def bulk(tmp_path: Path) -> Iterator[Bulk]:
    """Give an org without records."""
    clock = SetClock(NOW)
    state = State.open(tmp_path)
    prepare(state, clock)
    yield Bulk(OrgContext(state, clock, NOW, str(state.setting("integration_user_id")), "token", "59.0"))
    state.close()


@pytest.fixture(scope="session")
def text() -> Any:
    """Give what reads the text of an answer."""
    return text_of


@pytest.fixture(scope="session")
def rows() -> Any:
    """Give what reads the CSV of an answer."""
    return rows_of

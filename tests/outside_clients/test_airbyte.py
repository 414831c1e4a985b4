"""Stock Airbyte source for Salesforce, unmodified, whose login host is built in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing

pytestmark = needing("airbyte")

LOST = {"n/a", "N/A", "NA", "null", "None", "nan", "NaN"}  # texts that it takes for no value where it reads CSV
FIELDS = ("Id", "LastName", "Company", "Email", "Status", "IsConverted", "NumberOfEmployees")


class Source:
    """The source with one way of reading."""

    def __init__(self, client: Foreign, bulk: bool) -> None:
        self.client = client
        self.bulk = bulk
        facts = client.org.facts
        given = {name: facts[name] for name in ("client_id", "client_secret", "refresh_token")}
        self.config = self._kept("config", given | {
            "auth_type": "Client", "is_sandbox": False, "start_date": "2000-01-01T00:00:00Z",
            "force_use_bulk_api": bulk, "stream_slice_step": "P3650D",
        })  # fmt: skip

    def call(self, command: str, *more: str) -> list[dict[str, Any]]:
        """Give the messages of a command."""
        proxy = {"HTTPS_PROXY": self.client.org.facts["proxy_url"]}
        text = self.client.run(self.client.program("source-salesforce"), command, "--config", self.config, *more,
                               more=proxy).stdout  # fmt: skip
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def read(self, name: str, mode: str) -> list[dict[str, Any]]:
        """Give the records of a stream."""
        [found] = [one["catalog"] for one in self.call("discover") if one["type"] == "CATALOG"]
        [stream] = [one for one in found["streams"] if one["name"] == name]
        wanted = {"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"}
        cursor = {"cursor_field": stream["default_cursor_field"]} if mode == "incremental" else {}
        catalog = self._kept("catalog", {"streams": [wanted | cursor]})
        return [one["record"]["data"] for one in self.call("read", "--catalog", catalog) if one["type"] == "RECORD"]

    def _kept(self, name: str, value: object) -> str:
        path = self.client.home / f"{name}.json"
        path.write_text(json.dumps(value))
        return str(path)


@pytest.fixture(params=[False, True], ids=["rest", "bulk"])
def source(client_of: Callable[..., Foreign], request: pytest.FixtureRequest) -> Source:
    """The source."""
    return Source(client_of("airbyte"), request.param)


def test_it_signs_in(source: Source) -> None:
    """It is content with the org."""
    [told] = [one["connectionStatus"] for one in source.call("check") if one["type"] == "CONNECTION_STATUS"]
    assert told["status"] == "SUCCEEDED"


@pytest.mark.parametrize("mode", ["full_refresh", "incremental"])
def test_it_reads_every_row(source: Source, org: Running, mode: str) -> None:
    """Each lead is there once, with its values; values that are null it leaves out itself."""
    rows = [one for one in source.read("Lead", mode) if not one["IsDeleted"]]
    found = {one["Id"]: {name: one.get(name) for name in FIELDS} for one in rows}
    wanted = {one["Id"]: {name: None if source.bulk and value in LOST else value for name, value in one.items()}
              for one in org.rows(f"SELECT {', '.join(FIELDS)} FROM Lead")}  # fmt: skip
    assert found == wanted and len(rows) == len(wanted)

"""Stock tap-salesforce, unmodified, whose login host is built in: it is led to the org by the org's proxy."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing

pytestmark = needing("tap_salesforce")

FIELDS = "Id, LastName, Company, Email, Status, IsConverted, NumberOfEmployees, SystemModstamp"
SELECTED = set(FIELDS.split(", "))


class Tap:
    """The tap with one way of reading."""

    def __init__(self, client: Foreign, api_type: str) -> None:
        self.client = client
        self.bulk = api_type == "BULK"
        self.config = self._kept("config", {
            **{name: client.org.facts[name] for name in ("client_id", "client_secret", "refresh_token")},
            "start_date": "2000-01-01T00:00:00Z", "api_type": api_type, "select_fields_by_default": "true",
        })  # fmt: skip

    def text(self, value: Any) -> Any:
        """Give a value as it was sent: of Bulk results, which name no charset, the tap takes UTF-8 for Latin-1."""
        return value.encode("latin-1").decode("utf-8") if self.bulk and isinstance(value, str) else value

    def discover(self) -> dict[str, dict[str, Any]]:
        """Give the streams that the tap finds, by name."""
        catalog = json.loads(self._call("--discover"))
        return {one["stream"]: one for one in catalog["streams"]}

    def sync(self, stream: dict[str, Any], state: object = None) -> list[dict[str, Any]]:
        """Read one stream, some of its fields; gives the messages."""
        for one in stream["metadata"]:
            name = one["breadcrumb"][-1] if one["breadcrumb"] else None
            one["metadata"]["selected"] = name is None or name in SELECTED
            if name is None:
                one["metadata"] |= {"replication-key": "SystemModstamp", "replication-method": "INCREMENTAL"}
        more = ("--state", self._kept("state", state)) if state else ()
        text = self._call("--properties", self._kept("catalog", {"streams": [stream]}), *more)
        return [json.loads(line) for line in text.splitlines()]

    def _kept(self, name: str, value: object) -> str:
        path = self.client.home / f"{name}.json"
        path.write_text(json.dumps(value))
        return str(path)

    def _call(self, *command: str) -> str:
        proxy = {"HTTPS_PROXY": self.client.org.facts["proxy_url"]}
        return self.client.run(self.client.program("tap-salesforce"), "--config", self.config, *command,
                               more=proxy).stdout  # fmt: skip


@pytest.fixture(params=["REST", "BULK"])
def tap(client_of: Callable[..., Foreign], request: pytest.FixtureRequest) -> Tap:
    """The tap."""
    return Tap(client_of("tap_salesforce"), request.param)


def test_it_discovers_and_reads_all_rows_and_then_what_is_new(tap: Tap, org: Running) -> None:
    """The first run brings every lead, the second those that changed since."""
    streams = tap.discover()
    assert {"Lead", "Account", "Contact", "Opportunity"} <= set(streams)
    assert streams["Lead"]["schema"]["properties"]["NumberOfEmployees"]["type"] == ["null", "integer"]
    messages = tap.sync(streams["Lead"])
    rows = [one["record"] for one in messages if one["type"] == "RECORD"]
    found = {one["Id"]: {name: tap.text(one[name]) for name in SELECTED - {"SystemModstamp"}} for one in rows}
    wanted = {one["Id"]: {name: one[name] for name in SELECTED - {"SystemModstamp"}}
              for one in org.rows(f"SELECT {FIELDS} FROM Lead")}  # fmt: skip
    assert (found, len(rows)) == (wanted, len(wanted))
    state = [one["value"] for one in messages if one["type"] == "STATE"][-1]
    with org.session() as session:
        made = session.post(f"{org.facts['instance_url']}/services/data/v62.0/sobjects/Lead",
                            json={"LastName": "Fresh", "Company": "A"}).json()["id"]  # fmt: skip
    later = [one["record"]["Id"] for one in tap.sync(streams["Lead"], state) if one["type"] == "RECORD"]
    assert made in later and len(later) < len(wanted) / 2

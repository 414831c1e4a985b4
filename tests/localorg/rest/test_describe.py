"""Describe answers and their conditional requests."""

import json
import os
from pathlib import Path

import pytest

from tests.localorg.conftest import BASE, Org


def test_the_global_list_has_28_keys_an_entry(org: Org) -> None:
    """With encoding and batch size, sorted by name."""
    reply = org.ask("GET", "sobjects")
    assert (reply["encoding"], reply["maxBatchSize"]) == ("UTF-8", 200)
    entries = reply["sobjects"]
    assert isinstance(entries, list) and {len(one) for one in entries} == {28}
    names = [one["name"] for one in entries]
    assert names == sorted(names) and {"Lead", "Account", "Contact", "Opportunity", "User"} <= set(names)


def test_the_short_describe_holds_the_same_entry(org: Org) -> None:
    """`/sobjects/X` is the entry of the global list and an empty list of recent items."""
    entries = org.ask("GET", "sobjects")["sobjects"]
    assert isinstance(entries, list)
    lead = next(one for one in entries if one["name"] == "Lead")
    assert org.ask("GET", "sobjects/lead").body == {"objectDescribe": lead, "recentItems": []}


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["Lead", "Account", "Contact", "Opportunity", "Group"])
def test_the_full_describe_has_the_keys_of_a_real_one(org: Org, name: str) -> None:
    """Every top key, url and field key, in the same order."""
    folder = os.environ.get("SFSYNC_DATA")
    if not folder:
        pytest.skip("SFSYNC_DATA is not set: real describes are not part of the project")
    real = json.loads((Path(folder) / "describe" / f"{name}.json").read_text())
    ours = org.ask("GET", f"sobjects/{name}/describe").body
    assert isinstance(ours, dict) and list(ours) == list(real)
    assert set(ours["urls"]) == set(real["urls"])
    assert list(ours["fields"][0]) == list(real["fields"][0])
    same = ("keyPrefix", "label", "labelPlural", "supportedScopes", "createable", "mergeable", "undeletable")
    assert [ours[key] for key in same] == [real[key] for key in same]


def test_ui_paths_lead_to_where_the_client_reached_us(org: Org) -> None:
    """Templates for a browser carry the host of the request."""
    urls = org.ask("GET", "sobjects/Lead/describe")["urls"]
    assert isinstance(urls, dict)
    assert (urls["uiDetailTemplate"], urls["rowTemplate"]) == (
        f"{BASE}/{{ID}}",
        "/services/data/v59.0/sobjects/Lead/{ID}",
    )


@pytest.mark.parametrize("path", ["sobjects", "sobjects/Lead", "sobjects/Lead/describe"])
def test_a_describe_already_known_is_304(org: Org, path: str) -> None:
    """By date and by tag, with an empty body, until something about it changes."""
    first = org.ask("GET", path)
    org.clock.advance(3600)
    for condition in (
        {"if-modified-since": first.headers["Last-Modified"]},
        {"if-none-match": first.headers["ETag"]},
    ):
        again = org.ask("GET", path, headers=condition)
        assert (again.status, again.body) == (304, None)
        assert again.headers["ETag"] == first.headers["ETag"]
    assert org.ask("GET", path, headers={"if-modified-since": "Tue, 24 Nov 2020 12:00:00 GMT"}).status == 200


def test_a_new_field_shows_at_once_and_ends_the_304(org: Org) -> None:
    """Last-Modified moves when the describe does."""
    since = {"if-modified-since": org.ask("GET", "sobjects/Lead/describe").headers["Last-Modified"]}
    org.clock.advance(60)
    org.state.add_field("Lead", {"name": "Tier__c", "label": "Tier", "type": "string", "length": 10})
    reply = org.ask("GET", "sobjects/Lead/describe", headers=since)
    assert reply.status == 200
    fields = reply["fields"]
    assert isinstance(fields, list) and fields[-1]["name"] == "Tier__c" and fields[-1]["custom"] is True
    assert org.get("Lead", org.make("Lead", Tier__c="gold"))["Tier__c"] == "gold"


def test_external_ids_are_described_as_such(org: Org) -> None:
    """Clients find the upsert key by externalId, unique, caseSensitive and idLookup."""
    fields = org.ask("GET", "sobjects/Contact/describe")["fields"]
    assert isinstance(fields, list)
    key = next(one for one in fields if one["name"] == "Sfsync_Key__c")
    assert all(key[flag] for flag in ("externalId", "unique", "caseSensitive", "idLookup", "custom", "nillable"))
    assert (key["length"], key["byteLength"], key["soapType"]) == (64, 192, "xsd:string")


@pytest.mark.parametrize(("version", "sobject_keys", "field_keys"), [("42.0", 9, 55), ("48.0", 2, 57), ("50.0", 0, 57)])
def test_describes_of_older_versions_lack_what_came_later(
    org: Org, version: str, sobject_keys: int, field_keys: int
) -> None:
    """As many keys fewer than now as recorded ones have."""
    now, then = (org.ask("GET", f"/services/data/v{one}/sobjects/Lead/describe").body for one in ("59.0", version))
    assert isinstance(now, dict) and isinstance(then, dict)
    assert (len(now) - len(then), {len(one) for one in then["fields"]}) == (sobject_keys, {field_keys})

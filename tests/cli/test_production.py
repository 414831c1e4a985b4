"""A production org is written to only where the settings name it, and a person has typed its name."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from sfsync.errors import OrgUnreachable
from sfsync.salesforce.connect import OrgAccess
from tests.cli.shell import Shell
from tests.shop import HOST, Shop

NAMED = (
    '[org]\nurl = "{host}"\nlogin = "client_credentials"\nclient_id = "env:APP_ID"\nclient_secret = "env:APP_SECRET"\n'
)


@pytest.fixture
def production(pulled: Shell, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A working folder whose settings lead to a production org by its address, without its id."""
    with shop.local.state.transaction():
        shop.local.state.run("UPDATE Organization SET IsSandbox = 0")
    monkeypatch.setenv("APP_ID", str(shop.local.state.setting("client_id")))
    monkeypatch.setenv("APP_SECRET", str(shop.local.state.setting("client_secret")))
    pulled.edit("sfsync.toml", "[org]\nlocal = true\n", NAMED.format(host=HOST))
    return pulled


def pin(shell: Shell, shop: Shop) -> str:
    """Put the org's id into the settings; give the org's name."""
    org = shop.rows("SELECT Id, Name FROM Organization")[0]
    shell.edit("sfsync.toml", 'login = "client_credentials"\nclient_id = "env:APP_ID"',
               f'id = "{org["Id"]}"\nlogin = "client_credentials"\nclient_id = "env:APP_ID"')  # fmt: skip
    return str(org["Name"])


def test_nothing_is_written_to_a_production_org_that_settings_do_not_name(production: Shell, shop: Shop) -> None:
    """Looking is allowed; applying, syncing and importing are exit 4 and say which id to put where, even with --yes."""
    assert production.ask("pull").exit == production.ask("plan").exit == 0
    path = production.write("a.csv", "LastName,Company\nIto,Acme\n")
    for words in (("apply",), ("sync",), ("import", path, "--sobject", "Lead", "--operation", "insert")):
        told = production.ask(*words, "--yes").json
        assert told["exit"] == 4 and 'put id = "00D' in told["problems"][0]["next"]
    assert production.ask("outbox", "revive", 1).json["exit"] == 4
    assert shop.calls("PATCH") == [] and shop.rows("SELECT Id FROM Lead WHERE Company = 'Acme'") == []


def test_a_script_writes_to_a_production_org_that_settings_name(production: Shell, shop: Shop) -> None:
    """With its id under [org], --yes applies."""
    pin(production, shop)
    told = production.ask("apply", "--yes").json
    assert told["exit"] == 0 and told["counts"]["applied"] > 0


def test_a_person_has_to_type_the_name_of_a_production_org(production: Shell, shop: Shop) -> None:
    """At a terminal neither `y` nor another name applies the plan; the org's own name does."""
    name = pin(production, shop)
    for wrong in ("y", "", name.lower()):
        assert production.type("apply", answer=wrong).exit == 4
    assert shop.calls("PATCH") == []
    agreed = production.type("apply", answer=name)
    assert agreed.exit == 0 and f"Type its name, {name}" in agreed.out


def test_a_real_org_is_reached_by_its_own_address_only(production: Shell) -> None:
    """A real org is never taken for the local one: the way in that is asked for is what settings say."""
    seen: list[OrgAccess] = []

    def noted(access: OrgAccess, clock: Any) -> Any:
        seen.append(access)
        raise OrgUnreachable("no route")

    production.wishes = replace(production.wishes, connect=partial(noted))
    production.edit("sfsync.toml", HOST, "https://127.0.0.1:1")
    assert production.ask("pull").exit == 2 and seen == []
    production.edit("sfsync.toml", "https://127.0.0.1:1", "https://acme.my.salesforce.com")
    assert production.ask("pull").exit == 5
    assert [(one.url, one.local) for one in seen] == [("https://acme.my.salesforce.com", False)]

"""Every way in which stock simple-salesforce signs in, at the host names it has built in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from tests.outside_clients.foreign import Running, needing, without_attributes

pytestmark = needing()

SOQL = "SELECT Id, Name FROM Lead ORDER BY Id"
DOMAIN = "acme.my"  # of the org: https://acme.my.salesforce.com


@pytest.fixture
def session(org: Running) -> Iterator[requests.Session]:
    """A session of the client's own, led to the org by its proxy."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = org.facts["ca_file"]
        session.proxies = {"https": org.facts["proxy_url"]}
        yield session


def ways(facts: Any) -> dict[str, dict[str, Any]]:
    """Give what each way of signing in is given."""
    user = {"username": facts["username"], "password": facts["password"]}
    app = {"consumer_key": facts["client_id"], "consumer_secret": facts["client_secret"]}
    whole = {"username": facts["username"], "password": facts["password"] + facts["security_token"]}
    key = {"username": facts["username"], "consumer_key": facts["client_id"]}
    return {
        "password and security token": {**user, "security_token": facts["security_token"]},
        "at the org's own host": {**user, "security_token": facts["security_token"], "domain": DOMAIN},
        "password and organization": {**whole, "organizationId": facts["org_id"]},
        "password and app": {**whole, **app},
        "app alone": {**app, "domain": DOMAIN},
        "key file": {**key, "privatekey_file": facts["jwt_key_file"]},
        "key": {**key, "privatekey": Path(facts["jwt_key_file"]).read_text("utf-8")},
        "key at the org's own host": {**key, "privatekey_file": facts["jwt_key_file"], "instance_url": DOMAIN},
    }


WAYS = sorted(ways(dict.fromkeys(("username", "password", "client_id", "client_secret", "security_token", "org_id"), "")
                   | {"jwt_key_file": "/dev/null"}))  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_it_signs_in(org: Running, session: requests.Session, way: str) -> None:
    """Whatever is given, all pages of a query come afterwards, from the org's own host."""
    client = Salesforce(session=session, **ways(org.facts)[way])
    assert without_attributes(client.query_all(SOQL)["records"]) == org.rows(SOQL)
    assert client.sf_instance.endswith(".my.salesforce.com")


def test_it_signs_in_by_address(org: Running, session: requests.Session) -> None:
    """Without the proxy, the SOAP login goes to an address that is given."""
    session.proxies = {}
    given = {name: org.facts[name] for name in ("username", "password", "security_token")}
    token, _ = SalesforceLogin(session=session, scratch_url=org.facts["instance_url"], **given)
    client = Salesforce(session_id=token, instance_url=org.facts["instance_url"], session=session)
    assert without_attributes(client.query_all(SOQL)["records"]) == org.rows(SOQL)


def test_what_is_wrong_is_refused(org: Running, session: requests.Session) -> None:
    """A wrong password, a wrong app and a version without SOAP login are refused with their codes."""
    user, app = {"username": org.facts["username"], "password": "no"}, {"consumer_key": "no", "consumer_secret": "no"}
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        Salesforce(session=session, **user, security_token="no")
    assert refused.value.code == "INVALID_LOGIN"
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        Salesforce(session=session, **app, domain=DOMAIN)
    assert refused.value.code == "invalid_client_id"
    known = {name: org.facts[name] for name in ("username", "password", "security_token")}
    with pytest.raises(SalesforceAuthenticationFailed):
        Salesforce(session=session, **known, version="65.0")


def test_a_session_that_ends_is_begun_anew(org: Running, session: requests.Session) -> None:
    """A client that signed in itself does so again when it is told that its session has ended."""
    client = Salesforce(session=session, **ways(org.facts)["password and security token"])
    client.query(SOQL)
    with org.session() as control:
        control.post(
            f"{org.facts['control_url']}/faults", json={"do": "expire_session", "when": {"times": 1}}
        ).raise_for_status()
    assert client.query(f"{SOQL} LIMIT 1")["totalSize"] == 1

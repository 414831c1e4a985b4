"""Ways to set rules and see what they do."""

from collections.abc import Callable

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import recycle
from tests.localorg.conftest import Org, Reply

Setting = Callable[..., Reply]


def undelete(org: Org, sobject: str, record_id: str) -> list[str]:
    """Bring a record back, and give the codes of what is against it."""
    context = OrgContext(org.state, org.clock, org.clock.now(), org.user_id, version="59.0")
    with org.state.transaction():
        outcome = recycle.undelete(context, context.sobject(sobject), [record_id])[0]
    return [one.code for one in outcome.errors]


@pytest.fixture
def set_rule(org: Org) -> Setting:
    """Give a function that sets a rule by the control plane."""

    def set_one(kind: str, sobject: str, name: str, **facts: object) -> Reply:
        reply = org.ask("POST", "/_org/rules", {"kind": kind, "sobject": sobject, "name": name, **facts})
        assert reply.status == 201, reply.body
        return reply

    return set_one


@pytest.fixture
def create(org: Org) -> Callable[..., Reply]:
    """Give a function that tries to create a lead."""

    def create_one(headers: dict[str, str] | None = None, **fields: object) -> Reply:
        return org.ask("POST", "sobjects/Lead", {"LastName": "Nowak", "Company": "Acme", **fields}, headers or {})

    return create_one

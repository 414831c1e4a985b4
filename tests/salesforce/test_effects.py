"""Promises of what is told of triggers, flows and rules that a save sets off."""

from sfsync.localorg.rules.setup import set_up
from sfsync.sync.plan_file import write_page
from sfsync.sync.planning import show_plan
from sfsync.sync.run import pull_only
from tests.shop import Shop

STAMP = "2026-11-24T12:00:00.000Z"


def test_active_rules_are_named_and_what_cannot_be_read_says_so(empty_shop: Shop) -> None:
    """Of the org's rules the active ones are told, each with when it runs; a kind that is refused is told as unread."""
    state = empty_shop.local.state
    with state.transaction():
        for name, active in (("Needs_phone", True), ("Old_rule", False)):
            facts = {"formula": "ISBLANK(Phone)", "message": "give a phone"}
            set_up(state, "validation", "Lead", name, facts, active, STAMP)
    found = empty_shop.org.effects("Lead")
    rules = [effect for effect in found if effect.kind == "validation rule"]
    assert [(effect.name, effect.when) for effect in rules] == [("Needs_phone", "refuses with: give a phone")]
    unread = [effect for effect in found if effect.kind == "flow"]
    assert [effect.name for effect in unread] == [""] and "could not be read" in unread[0].when
    assert not [effect for effect in empty_shop.org.effects("Account") if effect.name]


def test_a_plan_tells_what_it_sets_off_and_its_page_is_for_its_owner_only(shop: Shop) -> None:
    """The plan that is shown names what saving runs; its page is a file that others on the machine cannot read."""
    matches = [{"sobject": "Lead", "rule": "Standard_Lead_Match_Rule_v1_0"}]
    with shop.local.state.transaction():
        set_up(shop.local.state, "duplicate", "Lead", "Once", {"matches": matches}, True, STAMP)
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order(), sets_off=True)
    assert {effect.kind for effect in plan.sets_off} >= {"flow", "duplicate rule"}
    assert "Once" in {effect.name for effect in plan.sets_off}
    page = shop.folder / "plan.html"
    write_page(page, plan, "Acme")
    assert page.stat().st_mode & 0o777 == 0o600
    assert plan.changes[0].id in page.read_text("utf-8")  # type: ignore[operator]

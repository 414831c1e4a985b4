"""Promises of the page for whoever approves a plan."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from sfsync.errors import Problem, Where
from sfsync.plan.brakes import Overrun
from sfsync.plan.conflicts import Conflict
from sfsync.plan.effects import Effect
from sfsync.plan.page import plan_page
from sfsync.plan.plan import Plan, plan_to_plain
from sfsync.records.change import Action, Change, FieldChange

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LEAD = "00Q000000000001AAA"


class Reader(HTMLParser):
    """Notes the tags of a page, what they point to, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.named: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.named.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def plan_of(text: str) -> Plan:
    """Give a plan that holds a text in every place that strangers can write to."""
    part = FieldChange("Company", text, text + "2", (text,))
    return Plan(
        "00D000000000001AAA", NOW, (Change(Action.UPDATE, "Lead", LEAD, (part,)),),
        (Problem(text, text, Where(sobject="Lead", id=LEAD, field="Company")),), (Overrun("Lead", "overwrites", 7, 5),),
        {"Lead": 9}, conflicts=(Conflict("Lead", LEAD, "Company", text, text, text, (text,), NOW, None),),
        sets_off=(Effect("Lead", "flow", text, text),),
    )  # fmt: skip


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1, max_size=40))
def test_no_value_becomes_markup_and_each_is_shown_whole(text: str) -> None:
    """Whatever a record, rule or org name holds, the page has the same tags, and the text reads as it is."""
    plain, hostile = Reader(), Reader()
    plain.feed(plan_page(plan_to_plain(plan_of("x")), "Acme"))
    hostile.feed(plan_page(plan_to_plain(plan_of(text)), text))
    assert (hostile.tags, hostile.named) == (plain.tags, plain.named)
    assert hostile.text.count(text) >= 8


def test_the_page_asks_nothing_of_anybody_else() -> None:
    """It has no script, link or picture, and forbids the browser to fetch any."""
    page, reader = plan_page(plan_to_plain(plan_of("<script src=//evil>")), "Acme"), Reader()
    reader.feed(page)
    assert reader.tags.isdisjoint({"script", "link", "img", "iframe", "a", "form"})
    assert reader.named.isdisjoint({"src", "href", "onclick"})
    assert "default-src 'none'" in page and "url(" not in page


def test_a_page_of_very_many_changes_stays_readable_and_says_how_many_it_leaves_out() -> None:
    """Five thousand changes are shown whole; the others are counted, here and at the top."""
    plan = plan_of("x")
    page = plan_page(plan_to_plain(replace(plan, changes=list(plan.changes) * 5_003)), "Acme")
    assert page.count("<del>") == 5_000 and "and 3 more" in page and "<b>5,003</b> records" in page


def test_owners_are_named_and_what_holds_a_plan_back_is_told() -> None:
    """An id of a user reads as the name, and a brake that is over stands on the page."""
    part = FieldChange("OwnerId", None, "005000000000001AAA")
    plan = replace(
        plan_of("x"), changes=(Change(Action.UPDATE, "Lead", LEAD, (part,)),), names={"005000000000001AAA": "Ana"}
    )
    page = plan_page(plan_to_plain(plan), "Acme")
    assert "Ana <small>005000000000001AAA</small>" in page
    assert "the brake allows 5" in page

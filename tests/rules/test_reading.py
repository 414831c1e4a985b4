"""What is wrong in rule files, told all at once and where it stands."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.formula import EvalContext
from sfsync.records.schema import SObject
from sfsync.rules.problems import RuleProblem
from sfsync.rules.rulebook import read_rulebook
from tests.rules.conftest import Document, Reading, routing, scoring

LOOK = "look at the column; it has to be a formula as in Salesforce's Setup, that is true or false"


def only(read: Reading, **documents: Document) -> RuleProblem:
    """Give the one problem there is."""
    _, problems = read(**documents)
    assert len(problems) == 1, problems
    return problems[0]


def score_rule(**keys: object) -> Document:
    rule = {"name": "one", "when": "TRUE", "points": 1} | keys
    return scoring(score=[{key: value for key, value in rule.items() if value is not None}])


def route(**keys: object) -> Document:
    rule = {"name": "one", "to": "keep"} | keys
    return routing({key: value for key, value in rule.items() if value is not None})


def test_all_problems_of_all_files_are_told_at_once(read: Reading) -> None:
    """One look at the list is enough to mend everything; there is no rulebook meanwhile."""
    rulebook, problems = read(
        lead_scoring=score_rule(pionts=3, when="Titel = 1", points="many"),
        lead_routing=routing({"name": "x", "to": "nobody"}, on=["sometimes"]),
    )
    assert rulebook is None
    assert [(problem.file, problem.key_path) for problem in problems] == [
        ("lead_routing.toml", ("route", 0, "to")),
        ("lead_routing.toml", ("on", 0)),
        ("lead_scoring.toml", ("score", 0, "when")),
        ("lead_scoring.toml", ("score", 0, "points")),
        ("lead_scoring.toml", ("score", 0, "pionts")),
    ]


def test_an_unknown_key_is_told_with_what_was_meant(read: Reading) -> None:
    """A misspelt key never silently does nothing."""
    problem = only(read, lead_routing=route(frist_touch_minutes=3))
    assert (problem.key_path, problem.next) == (
        ("route", 0, "frist_touch_minutes"),
        "did you mean 'first_touch_minutes'?",
    )
    assert only(read, lead_routing=routing(take_from_peple=True)).next == "did you mean 'take_from_people'?"
    assert only(read, lead_scoring=scoring(write={"score": "Score__c", "grad": "x"})).key_path == ("write", "grad")


def test_a_field_the_org_lacks_is_told_with_its_column_and_the_closest_one(read: Reading) -> None:
    """A misspelt field is found before any record is looked at."""
    problem = only(read, lead_scoring=score_rule(when='AND(TRUE, Titel = "x")'))
    assert (problem.message, problem.column) == ("Field Titel does not exist. Check spelling.", 11)
    assert problem.next == "did you mean 'Title'?"


def test_a_formula_that_does_not_parse_is_told_with_its_column(read: Reading) -> None:
    """The column is that of the formula, counted from 1."""
    problem = only(read, lead_scoring=score_rule(when="AND(TRUE, "))
    assert (problem.key_path, problem.column) == (("score", 0, "when"), 11)
    assert "Syntax error" in problem.message


@pytest.mark.parametrize(
    ("formula", "column", "message", "todo"),
    [
        ("AND(CONTANS(Title, 'x'))", 5, "Unknown function CONTANS. Check spelling.", "did you mean 'CONTAINS'?"),
        ("NumberOfEmployees + 1", 1, "Formula result is data type (Number)", LOOK),
        ("Rating = 'Hot'", 1, "Field Rating is a picklist field.", LOOK),
        ("ISNEW()", 1, "Function ISNEW may not be used", LOOK),
        ("ISBLANK(Address)", 9, "Field Address does not exist.", "read the fields that Address is made of"),
        (
            "$Score > 3",
            1,
            "Field $Score does not exist.",
            "routing rules see it, where there are [[score]] rules for Lead",
        ),
        ("Account.Name = 'x'", 1, "Field Account.Name does not exist.", "Lead has no parent Account"),
        ("Owner.Nam = 'x'", 1, "Field Owner.Nam does not exist.", "did you mean 'Owner.Name'?"),
    ],
)
def test_a_criterion_that_cannot_work_is_an_error(
    read: Reading, formula: str, column: int, message: str, todo: str
) -> None:
    """Wrong functions, types and names are found on reading, in Salesforce's words; scores are no input of scoring."""
    problem = only(read, lead_scoring=score_rule(when=formula))
    assert (problem.key_path, problem.column, problem.next) == (("score", 0, "when"), column, todo)
    assert problem.message.startswith(message)


def test_a_misspelt_field_of_a_parent_is_told_with_the_closest_one(read: Reading) -> None:
    """Parents are checked too, as far as they are pulled."""
    contact = scoring(
        ("a", 'ISPICKVAL(Account.Indstry, "x")', 1), sobject="Contact", grade=[], write={"score": "Score__c"}
    )
    assert only(read, rules=contact).next == "did you mean 'Industry'?"


def test_routing_by_score_needs_scoring_rules(read: Reading) -> None:
    """$Score is there only where something gives it."""
    problem = only(read, lead_routing=route(when="$Score > 3"))
    assert problem.next == "routing rules see it, where there are [[score]] rules for Lead"
    assert read(lead_routing=route(when="$Score > 3"), lead_scoring=score_rule())[1] == []


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        (score_rule(points=None), ("score", 0), "points is missing"),
        (score_rule(points=1.5), ("score", 0, "points"), "whole number"),
        (score_rule(points=True), ("score", 0, "points"), "whole number"),
        (score_rule(name=""), ("score", 0, "name"), "not empty"),
        (score_rule(when=3), ("score", 0, "when"), "must be a text"),
        (scoring(score={"name": "x"}), ("score",), "must be a list"),
        (scoring(score=["x"]), ("score", 0), "does not belong"),
        (scoring(version=2), ("version",), "version 2 is not known"),
        (scoring(sobject="Laed"), ("sobject",), "not among the sObjects that are pulled"),
        (scoring(write={"score": "Scor__c"}), ("write", "score"), "Lead has no field Scor__c"),
        (scoring(write={"score": "IsConverted"}), ("write", "score"), "cannot be written"),
        (scoring(write={"score": "Title"}), ("write", "score"), "a score is a number"),
        (scoring(write={"score": "Score__c", "grade": "NumberOfEmployees"}), ("write", "grade"), "is a text"),
        (scoring(write={"score": "Score__c", "when": "weekly"}), ("write", "when"), "'weekly' says nothing"),
        (scoring(write="Score__c"), ("write",), "must be a table"),
        (scoring(grade=[{"name": "A", "at_least": 10}]), ("grade",), "no grade begins at 0"),
        (scoring(grade=[]), ("write", "grade"), "no grades to write"),
        (scoring(grade=[{"name": "Best", "at_least": 0}]), ("write", "grade"), "holds 2 characters"),
        (routing(on=[]), ("on",), "nothing would ever be routed"),
        (routing(on="created"), ("on",), "must be a list"),
        (routing(on=["in_queue:"]), ("on", 0), "says nothing"),
        (routing(otherwise="Inbound"), ("otherwise",), "no owner"),
        (routing(take_from_people="yes"), ("take_from_people",), "true or false"),
        (routing(from_users=[3]), ("from_users", 0), "does not belong"),
        (route(to=None), ("route", 0), "to is missing"),
        (route(to="pool:emae"), ("route", 0, "to"), "there is no pool 'emae'"),
        (route(first_touch_minutes=0), ("route", 0, "first_touch_minutes"), "at least 1"),
        ({"version": 1, "sobject": "Lead"}, (), "holds no rules"),
    ],
)
def test_whatever_is_wrong_is_told_where_it_stands(
    read: Reading, document: Document, path: tuple[str | int, ...], words: str
) -> None:
    """Each mistake is one problem, with the key it is at, words for a person and a next step."""
    rulebook, problems = read(rules=document)
    assert rulebook is None
    assert [problem.key_path for problem in problems] == [path]
    assert words in problems[0].message
    assert problems[0].next


@pytest.mark.parametrize(
    ("members", "path", "words"),
    [
        ([], ("members",), "no members"),
        (["a", "A"], ("members", 1), "twice"),
        (["queue:EMEA"], ("members", 0), "not a user"),
        ([{"user": "a", "weight": 0}], ("members", 0, "weight"), "at least 1"),
        ([{"weight": 1}], ("members", 0), "user is missing"),
        ([{"user": "a", "cap": 1}], ("members", 0, "cap"), "no key 'cap'"),
    ],
)
def test_pools_are_checked_member_by_member(
    read: Reading, members: list[object], path: tuple[str | int, ...], words: str
) -> None:
    """A pool that could not work as it was meant is an error."""
    document = routing({"name": "x", "to": "pool:p"}, pool={"p": {"members": members}})
    problem = only(read, rules=document)
    assert (problem.key_path, words in problem.message) == (("pool", "p", *path), True)


def test_names_of_rules_are_given_once(read: Reading) -> None:
    """Reasons are told by rule names, so two rules of a file never share one; nor do grades."""
    twice = scoring(("a", "TRUE", 1), ("a", "TRUE", 2))
    assert only(read, rules=twice).key_path == ("score", 1, "name")
    grades = [{"name": "A", "at_least": 0}, {"name": "A", "at_least": 5}]
    assert only(read, rules=scoring(grade=grades)).key_path == ("grade", 1, "name")
    assert only(read, one=scoring(), two=scoring()).key_path == ("sobject",)


def test_what_can_hardly_be_meant_is_a_warning(read: Reading) -> None:
    """Routes nobody reaches and pools nobody is sent to are pointed out; the rules work all the same."""
    document = routing(
        {"name": "all", "when": "TRUE", "to": "queue:EMEA"},
        {"name": "dead", "to": "keep"},
        pool={"idle": {"members": ["a"]}},
    )
    rulebook, problems = read(rules=document)
    assert rulebook is not None
    assert [(problem.key_path, problem.warning) for problem in problems] == [
        (("route", 1), True), (("pool", "idle"), True)
    ]  # fmt: skip


def test_points_that_overflow_the_field_are_a_warning(read: Reading) -> None:
    """A sum the field cannot hold would be refused by the org, lead by lead."""
    rulebook, problems = read(rules=scoring(("a", "TRUE", 9_000), ("b", "TRUE", 1_000)))
    assert rulebook is not None
    assert [(problem.key_path, problem.warning) for problem in problems] == [(("write", "score"), True)]
    assert read(rules=scoring(("a", "TRUE", 9_000), ("b", "TRUE", 999)))[1] == []


def test_before_the_first_pull_fields_are_not_checked_but_all_else_is() -> None:
    """Rules can be checked with no org at hand; such a rulebook tells its fields and refuses to decide."""
    documents = {"a.toml": score_rule(when='AND(Whatever__c = 3, Owner:User.Email = "x", Region__r.Code__c = "y")')}
    rulebook, problems = read_rulebook(documents, {})
    assert rulebook is not None and problems == []
    fields = {"Whatever__c", "Owner:User.Email", "OwnerId", "Region__r.Code__c", "Region__c"}
    assert rulebook.fields("Lead") == fields | {"Score__c", "Grade__c", "IsConverted"}
    with pytest.raises(ValueError, match="without a schema"):
        rulebook.scoring["Lead"].find({}, EvalContext.__new__(EvalContext))
    routed, _ = read_rulebook({"b.toml": route(when="$score > 3")}, {})
    assert routed is not None and routed.fields("Lead") == {"OwnerId", "IsConverted"}
    broken, problems = read_rulebook({"a.toml": score_rule(when="AND(")}, {})
    assert broken is None
    assert problems[0].column == 5


def test_what_no_org_can_have_is_found_without_one() -> None:
    """Misspelt functions and `$` names are told, all of them, with their columns, before an org was ever asked."""
    rulebook, problems = read_rulebook({"a.toml": route(when='OR($Scor > 3, ISPICKVALL(Status, "New"))')}, {})
    assert rulebook is None
    assert sorted((one.column, one.message, one.next) for one in problems if one.column) == [
        (4, "Field $Scor does not exist. Check spelling.", "did you mean '$Score'?"),
        (15, "Unknown function ISPICKVALL. Check spelling.", "did you mean 'ISPICKVAL'?"),
    ]


def test_the_fields_to_pull_are_all_that_rules_read_or_write(read: Reading) -> None:
    """Parents' fields come with the reference that leads to them; $ names are no fields; spelling is the org's."""
    rulebook, problems = read(
        contact_scoring={
            "version": 1, "sobject": "Contact", "write": {"score": "score__c"},
            "score": [{"name": "a", "when": 'ISPICKVAL(account.INDUSTRY, "Energy")', "points": 1}],
        },
        lead_scoring=scoring(("b", 'title = "x"', 1)),
        lead_routing=routing({"name": "c", "when": "$Score > 1", "to": "keep"}, on=["created"]),
    )  # fmt: skip
    assert rulebook is not None, problems
    assert rulebook.fields("Contact") == {"Account.Industry", "AccountId", "Score__c"}
    assert rulebook.fields("Lead") == {"Title", "Score__c", "Grade__c", "OwnerId", "CreatedDate", "IsConverted"}
    assert rulebook.sobjects() == {"Contact", "Lead"}
    assert rulebook.fields("Account") == frozenset()


def test_a_parent_that_is_not_pulled_is_named_with_what_to_do(schemas: Mapping[str, SObject]) -> None:
    """Rules never read a parent's field as blank because the parent is not in the mirror."""
    document = scoring(("a", 'Account.Name = "x"', 1), sobject="Contact", grade=[], write={"score": "Score__c"})
    _, problems = read_rulebook({"a.toml": document}, {"Contact": schemas["Contact"]})
    assert [problem.next for problem in problems] == ["have Account pulled too: add [sobjects.Account] to sfsync.toml"]


def test_routing_needs_an_owner_field(schemas: Mapping[str, SObject]) -> None:
    """An sObject that has no owner cannot be routed."""
    rulebook, problems = read_rulebook({"a.toml": {**routing(), "sobject": "Account"}}, schemas)
    assert rulebook is None
    assert problems[0].message == "Account has no field OwnerId"


_KEYS = st.sampled_from(
    [
        "version",
        "sobject",
        "write",
        "score",
        "grade",
        "name",
        "at_least",
        "when",
        "points",
        "on",
        "otherwise",
        "pool",
        "members",
        "user",
        "weight",
        "hours",
        "zone",
        "days",
        "from",
        "to",
        "route",
        "first_touch_minutes",
        "from_users",
        "take_from_people",
        "why",
        "x",
    ]
)
_TEXTS = st.sampled_from(["Lead", "Score__c", "TRUE", "AND(", "pool:x", "queue:Q", "created", "by 5", "UTC", "", "A"])
_PLAIN = st.one_of(_TEXTS, st.integers(-3, 3), st.booleans(), st.floats(allow_nan=False), st.dates())
_VALUES = st.recursive(
    _PLAIN,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(_KEYS, below, max_size=6)),
    max_leaves=30,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=9), st.booleans())
def test_no_document_however_odd_breaks_the_reading(
    schemas: Mapping[str, SObject], document: dict[str, object], checked: bool
) -> None:
    """Whatever a TOML file holds, the answer is a rulebook or problems with words, and never both nor neither."""
    rulebook, problems = read_rulebook({"a.toml": document | {"sobject": "Lead"}}, schemas if checked else {})
    assert (rulebook is None) == any(not problem.warning for problem in problems)
    assert all(problem.message and problem.file == "a.toml" for problem in problems)

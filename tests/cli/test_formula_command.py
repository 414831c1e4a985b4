"""`sfsync formula` lets people try formulas out, and programs run many."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sfsync.cli.formula_command import formula


def run(*arguments: str, stdin: str | None = None) -> Result:
    """Call the command."""
    return CliRunner().invoke(formula, list(arguments), input=stdin)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["1/3"], "0.33333333333333333333333333333333"),
        (["Amount * 2", "--set", "Amount=2.50"], "5.00"),
        (["IF(Hot, 'yes', 'no')", "--set", "hot=TRUE"], "yes"),
        (["Birthdate + 1", "--set", "Birthdate=2024-02-28"], "2024-02-29"),
        (["DATEVALUE(At)", "--set", "At=2024-02-28T23:30:00Z", "--zone", "Asia/Tokyo"], "2024-02-29"),
        (["At + 1", "--set", "At=2024-02-28 23:30:00+01:00"], "2024-02-29T22:30:00.000Z"),
        (["Code & 'x'", "--set", "Code:Text=007"], "007x"),
        (["ISPICKVAL(Status, 'New')", "--sobject", "lead", "--set", "status=New"], "TRUE"),
        (["Lead.Company", "--sobject", "Lead"], "(blank)"),
        (["Amount + 1", "--set", "Amount:Number="], "1"),
        (["Amount + 1", "--set", "Amount:Number=", "--blanks", "blanks"], "(blank)"),
        (["1/0"], "#Error! Division by zero"),
    ],
)
def test_a_formula_is_evaluated_with_the_values_given(arguments: list[str], shown: str) -> None:
    """Types are those of the sObject, those that are named, or what the values look like."""
    result = run("eval", *arguments)
    assert (result.output.strip(), result.exit_code) == (shown, 0)


def test_explain_shows_each_piece_with_type_and_value() -> None:
    """So that one sees where a formula goes another way than expected."""
    lines = run("eval", "IF(Amount > 1, 'a', 'b')", "--set", "Amount=2", "--explain").output.splitlines()
    assert [line.split() for line in lines[1:3]] == [["Amount", ">", "1", "Boolean", "TRUE"], ["Amount", "Number", "2"]]
    assert lines[-1] == "a"


def test_json_holds_value_type_names_and_tree() -> None:
    """One object on stdout, with the keys that every command has."""
    answer = json.loads(run("eval", "Amount > 1", "--set", "Amount=2", "--json", "--explain").output)
    assert answer["command"] == "formula eval"
    assert (answer["state"], answer["exit"], answer["problems"]) == ("done", 0, [])
    assert (answer["status"], answer["vtype"], answer["value"], answer["type"]) == ("ok", "boolean", True, "boolean")
    assert (answer["names"], answer["tree"]) == (["Amount"], "( > Amount 1 )")
    assert [piece["source"] for piece in answer["pieces"]] == ["Amount > 1", "Amount", "1"]


def test_a_wrong_formula_ends_with_2_and_points_at_the_place() -> None:
    """In Salesforce's words, with what to do next."""
    result = run("eval", "1 + IF(2, 3, 4)")
    assert result.exit_code == 2
    lines = result.output.splitlines()
    assert lines[0] == "! Incorrect parameter type for function 'IF()'. Expected Boolean, received Number"
    assert lines[2].index("^") == lines[1].index("2, 3")
    assert lines[3].lstrip().startswith("next: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["Foo"],
        ["1", "--set", "nonsense"],
        ["1", "--set", "A:Blob=1"],
        ["1", "--set", "A:Number=x"],
        ["1", "--set", "A:Date=2024-02-30"],
        ["1", "--sobject", "Nothing"],
        ["1", "--zone", "Mars/Olympus"],
    ],
)
def test_what_is_wrong_is_told_as_json_too(arguments: list[str]) -> None:
    """A failure prints an object with its problem and the next step."""
    result = run("eval", *arguments, "--json")
    answer = json.loads(result.output)
    assert result.exit_code == answer["exit"] == 2
    assert answer["state"] == "failed"
    assert answer["problems"][0]["message"] and answer["problems"][0]["next"]


CASES = [
    {"id": "a", "formula": "n / 4", "fields": {"n": {"type": "Number"}}, "inputs": {"n": "1"}, "return_type": "Number"},
    {"id": "b", "formula": "n + 1", "fields": {"n": {"type": "Number"}}, "inputs": {"n": None}, "blank_mode": "blanks"},
    {
        "id": "c",
        "formula": "AND(ISCHANGED(n), PRIORVALUE(n) = 1, NOT(ISNEW()))",
        "fields": {"n": {"type": "Number"}},
        "inputs": {"n": "2"},
        "prior": {"n": "1.0"},
        "rule": True,
    },
    {"id": "d", "formula": "ISCLONE()", "is_new": True, "is_clone": True, "rule": True},
    {
        "id": "e",
        "formula": "DATEVALUE(d)",
        "fields": {"d": {"type": "DateTime"}},
        "inputs": {"d": "2024-01-01T00:30:00Z"},
        "user_timezone": "America/New_York",
    },
    {"id": "f", "formula": "TIMEVALUE('1:2:3.4')"},
    {"id": "g", "formula": "DATETIMEVALUE('2024-1-2 3:4:5')", "return_type": "DateTime"},
    {"id": "h", "formula": "y & 'x'", "fields": {"t": {"type": "Text"}, "y": {"type": "Text", "formula": "t & t"}}},
    {"id": "i", "formula": "1/0"},
    {"id": "j", "formula": "ISNEW()"},
]
ANSWERS = [
    ("a", "ok", "number", "0.25"),
    ("b", "ok", "null", None),
    ("c", "ok", "boolean", True),
    ("d", "ok", "boolean", True),
    ("e", "ok", "date", "2023-12-31"),
    ("f", "ok", "time", "01:02:03.004"),
    ("g", "ok", "datetime", "2024-01-02T03:04:05.000Z"),
    ("h", "ok", "text", "x"),
    ("i", "error", "null", None),
    ("j", "error", "null", None),
]


def test_every_case_of_a_file_is_answered_with_a_line(tmp_path: Path) -> None:
    """In order, with status, type, value and, for errors, the reason."""
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, CASES)) + "\n", encoding="utf-8")
    result = run("cases", str(file))
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert [(one["id"], one["status"], one["vtype"], one["value"]) for one in answers] == ANSWERS
    assert [bool(one["message"]) for one in answers] == [one["status"] == "error" for one in answers]
    assert all(list(one) == ["id", "status", "vtype", "value", "message"] for one in answers)
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[1]",
        '{"id": "x"}',
        '{"id": "x", "formula": "n", "fields": {"n": {"type": "Blob"}}}',
        '{"id": "x", "formula": "1", "user_timezone": "Mars/Olympus"}',
        '{"id": "x", "formula": "n", "fields": {"n": {"type": "Number"}}, "inputs": {"n": "many"}}',
        '{"id": "x", "formula": "1", "blank_mode": "maybe"}',
    ],
)
def test_a_line_that_is_no_case_is_answered_too(line: str) -> None:
    """It is an error of its own and keeps nothing from being answered."""
    result = run("cases", "-", stdin=f'{line}\n{{"id": "y", "formula": "1"}}\n')
    first, second = map(json.loads, result.output.splitlines())
    assert (first["status"], first["value"]) == ("error", None)
    assert first["message"]
    assert (second["id"], second["value"]) == ("y", "1")
    assert result.exit_code == (2 if first["id"] is None else 0)

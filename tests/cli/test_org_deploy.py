"""The command `sfsync org deploy`."""

import json
from pathlib import Path

from click.testing import CliRunner

from sfsync.cli.org_command import org

_QUEUE = """<?xml version="1.0" encoding="UTF-8"?>
<Queue xmlns="http://soap.sforce.com/2006/04/metadata"><name>West</name>
<queueSobject><sobjectType>Lead</sobjectType></queueSobject></Queue>"""


def test_what_is_taken_made_and_left_out_is_told(tmp_path: Path) -> None:
    """Into an org that does not run; exit code 3 says that something is left out, with the reason."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "West.queue-meta.xml").write_text(_QUEUE)
    words = ["deploy", str(source), "--state", str(tmp_path / "org"), "--json"]
    result = CliRunner().invoke(org, words)
    told = json.loads(result.stdout)
    assert (result.exit_code, told["counts"], told["problems"]) == (0, {"queue": 1}, [])
    assert told["made"] == [{"what": "queue", "name": "West"}]
    (source / "Case.assignmentRules-meta.xml").write_text("<AssignmentRules/>")
    result = CliRunner().invoke(org, words)
    told = json.loads(result.stdout)
    assert (result.exit_code, told["made"]) == (3, [])
    assert "the org has no sObject Case" in told["problems"][0]["message"]


def test_an_empty_folder_is_told_with_the_next_step(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "source").mkdir()
    result = CliRunner().invoke(org, ["deploy", str(tmp_path / "source"), "--state", str(tmp_path / "org"), "--json"])
    assert "name the folder" in json.loads(result.stdout)["problems"][0]["next"]

"""The reference pages of the local org's rules and of its control plane hold."""

import json
import re
from pathlib import Path

import pytest

from sfsync.localorg.control.routes import ROUTES
from sfsync.localorg.variants import VARIANTS
from tests.localorg.conftest import Org
from tests.localorg.control.conftest import Controlled

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
PAGE, CONTROL = REFERENCE / "local-org-rules.md", (REFERENCE / "local-org-control.md").read_text("utf-8")
_BLOCK = re.compile(r"^```json (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("path", "body"), _BLOCK.findall(PAGE.read_text("utf-8")))
def test_each_example_is_taken_as_it_stands(org: Org, path: str, body: str) -> None:
    """Posted to the part of the control plane that the page names."""
    reply = org.ask("POST", f"/_org/{path}", json.loads(body))
    assert reply.status in (200, 201), reply.body


def test_the_examples_of_the_control_plane_are_taken_one_after_the_other(controlled: Controlled) -> None:
    """As they stand on their page, from the top to the bottom."""
    blocks = _BLOCK.findall(CONTROL)
    told = [controlled.control("POST", path, json.loads(body)) for path, body in blocks]
    assert len(blocks) > 9 and [one.text for one in told if one.status_code not in (200, 201)] == []


def test_every_part_of_the_control_plane_stands_on_its_page() -> None:
    """Method and name, and nothing that is not there."""
    named = set(re.findall(r"`((?:GET|POST|DELETE) [\w-]+)`", CONTROL.partition("## ")[0]))
    assert named == {f"{one.method} {one.pattern.removeprefix('/_org/')}" for one in ROUTES}


def test_every_setting_of_the_page_can_be_set(org: Org) -> None:
    """Under the names of its tables."""
    named = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8").partition("## Switches")[2], re.MULTILINE)
    assert set(VARIANTS) < set(named)
    assert set(named) <= set(org.ask("GET", "/_org/settings").body)  # type: ignore[arg-type]

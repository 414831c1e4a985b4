"""The reference page of the local org's rules holds."""

import json
import re
from pathlib import Path

import pytest

from sfsync.localorg.variants import VARIANTS
from tests.localorg.conftest import Org

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "local-org-rules.md"
BLOCKS = re.findall(r"^```json (\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("path", "body"), BLOCKS)
def test_each_example_is_taken_as_it_stands(org: Org, path: str, body: str) -> None:
    """Posted to the part of the control plane that the page names."""
    reply = org.ask("POST", f"/_org/{path}", json.loads(body))
    assert reply.status in (200, 201), reply.body


def test_every_setting_of_the_page_can_be_set(org: Org) -> None:
    """Under the names of its tables."""
    named = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8").partition("## Switches")[2], re.MULTILINE)
    assert set(VARIANTS) < set(named)
    assert set(named) <= set(org.ask("GET", "/_org/settings").body)  # type: ignore[arg-type]

"""Queries that real programs ran are read."""

import json
import os
from pathlib import Path

import pytest

from sfsync.localorg.soql.parser import parse
from sfsync.localorg.soql.printing import write

DATA = os.environ.get("SFSYNC_DATA", "")


@pytest.mark.real_data
@pytest.mark.skipif(not DATA, reason="SFSYNC_DATA names no folder with real queries")
def test_queries_of_real_programs_are_read() -> None:
    """Every shape of query recorded from real programs is read, and reads back the same once written."""
    lines = (Path(DATA) / "soql" / "real_soql.jsonl").read_text("utf-8").splitlines()
    queries = [json.loads(line)["soql"] for line in lines]
    assert len(queries) > 50
    assert [text for text in queries if parse(write(parse(text))) != parse(text)] == []

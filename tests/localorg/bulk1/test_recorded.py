"""Infos of jobs and batches have the shape of those recorded from real orgs."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from sfsync.localorg.markup import Element
from sfsync.localorg.markup_reading import parse
from tests.localorg.conftest import Org

pytestmark = pytest.mark.real_data


def _real(method: str, path: str) -> list[dict[str, Any]]:
    """Give the recorded exchanges of a method whose path fits a pattern."""
    folder = os.environ.get("SFSYNC_DATA")
    if not folder:
        pytest.skip("SFSYNC_DATA is not set: recorded answers are not part of the project")
    read: list[dict[str, Any]] = json.loads((Path(folder) / "recordings" / "cumulusci.json").read_text())
    return [one for one in read if one["method"] == method and re.search(path, one["path"])]


def _xml(body: object) -> Element | None:
    return parse(body.encode()) if isinstance(body, str) and body.startswith("<?xml") else None


def _names(element: Element) -> list[str]:
    """Give the names of an info's values in order; an upsert's key is there only for an upsert."""
    return [one.name for one in element.children if one.name != "externalIdFieldName"]


def _ask(org: Org, method: str, path: str, body: str, kind: str) -> tuple[int, str, dict[str, str]]:
    answer = org.raw(method, f"/services/async/59.0/{path}", body.encode(), headers={"content-type": kind})
    assert isinstance(answer.body, bytes)
    return answer.status, answer.body.decode(), dict(answer.headers)


def _job(org: Org, operation: str, content: str) -> str:
    info = f"<operation>{operation}</operation><object>Lead</object><contentType>{content}</contentType>"
    return _ask(org, "POST", "job", f"<jobInfo>{info}</jobInfo>", "application/xml")[1]


def test_job_infos_have_the_recorded_values_in_order(org: Org) -> None:
    """Every recorded jobInfo, new, closed or looked at, has the names ours has, in its order."""
    ours = _names(parse(_job(org, "insert", "CSV").encode()))
    real = [_xml(one["response_body"]) for one in _real("POST", "/async/[^/]+/job(/[^/]+)?$")]
    found = [one for one in real if one is not None]
    assert found and all(_names(one) == ours for one in found)


def test_batch_infos_have_the_recorded_values_in_order(org: Org) -> None:
    """In XML and, for jobs of JSON, in JSON with bare content types."""
    job = parse(_job(org, "insert", "CSV").encode()).value("id")
    _, text, headers = _ask(org, "POST", f"job/{job}/batch", "LastName,Company\nA,B\n", "text/csv")
    real = [one for one in _real("POST", "/batch$") if _xml(one["response_body"]) is not None]
    assert real and headers["Content-Type"] == real[0]["headers"]["Content-Type"]
    assert all(_names(parse(one["response_body"].encode())) == _names(parse(text.encode())) for one in real)
    job = parse(_job(org, "query", "JSON").encode()).value("id")
    _, text, headers = _ask(org, "POST", f"job/{job}/batch", "SELECT Id FROM Lead", "application/json")
    (recorded,) = [one for one in _real("POST", "/batch$") if isinstance(one["response_body"], dict)]
    assert list(json.loads(text)) == list(recorded["response_body"])
    assert (headers["Content-Type"], set(headers) & {"Location"}) == (recorded["headers"]["Content-Type"], {"Location"})


def test_results_begin_as_the_recorded_ones(org: Org) -> None:
    """The header of CSV results and its quoting, byte for byte."""
    job = parse(_job(org, "insert", "CSV").encode()).value("id")
    _, text, _ = _ask(org, "POST", f"job/{job}/batch", "LastName,Company\nA,B\n", "text/csv")
    batch = parse(text.encode()).value("id")
    answer = org.raw("GET", f"/services/async/59.0/job/{job}/batch/{batch}/result")
    assert isinstance(answer.body, Path)
    ours = answer.body.read_text().splitlines()
    real = [
        one["response_body"].splitlines() for one in _real("GET", "/result$") if isinstance(one["response_body"], str)
    ]
    mask = re.compile(r'[0-9A-Za-z]{18}|"(?:true|false)"')  # updates tell false where creations tell true
    assert real and all(one[0] == ours[0] and mask.sub("", one[1]) == mask.sub("", ours[1]) for one in real)

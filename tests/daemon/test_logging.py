"""Log lines are JSON, one an event, and hold no secret in any form."""

import errno
import io
import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from sfsync.clock import SetClock
from sfsync.daemon.logging import configure_logging
from sfsync.daemon.redaction import LONGEST, Redactor

CANARY = "s3cr3t-canary"
TOKEN = "00D000000000001!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL_QJWwYMfAbUeeG7c1E6L.x"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of the process, as text, with one secret known; put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    clock = SetClock(datetime(2026, 3, 1, 10, 0, tzinfo=UTC))
    configure_logging(stream, clock, Redactor([CANARY]), logging.DEBUG)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, object]]:
    """The lines, parsed."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_time_level_and_place(lines: io.StringIO) -> None:
    """Each event tells when, how grave, where from and what, by the clock that was handed in."""
    structlog.get_logger("sfsync.daemon").info("run ended", schedule="leads", counts={"changed": 2})
    assert read(lines) == [
        {
            "at": "2026-03-01T10:00:00.000Z",
            "level": "info",
            "logger": "sfsync.daemon",
            "event": "run ended",
            "schedule": "leads",
            "counts": {"changed": 2},
        }
    ]


def test_records_of_the_standard_library_are_lines_of_the_same_kind(lines: io.StringIO) -> None:
    """What libraries log is JSON too, from warnings up, with tracebacks on the line that show no variable."""
    logging.getLogger("other").warning("lost %s", "x\n{}")
    logging.getLogger("other").info("chatter")
    local = CANARY
    try:
        raise ValueError(f"bad {local}")
    except ValueError:
        logging.getLogger("other").exception("failed")
    first, second = read(lines)
    assert (first["event"], first["level"], first["logger"]) == ("lost x\n{}", "warning", "other")
    assert "ValueError" in str(second["exception"])
    assert CANARY not in lines.getvalue()


@given(st.text(), st.text(min_size=1))
def test_no_value_can_make_a_second_line(event: str, value: str) -> None:
    """Line ends, control and direction characters in a value stay escaped inside the one line."""
    stream = io.StringIO()
    configure_logging(stream, SetClock(datetime(2026, 3, 1, tzinfo=UTC)), Redactor())
    structlog.get_logger("sfsync.x").info("e", value=value, note=event)
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()
    text = stream.getvalue()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert text[:-1].isprintable()
    assert text.isascii()


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "client_secret",
        "access_token",
        "Authorization",
        "Set-Cookie",
        "refreshToken",
        "jwt_assertion",
        "api_key",
        "sid",
    ],
)
def test_what_stands_under_a_secret_name_is_hidden(lines: io.StringIO, key: str) -> None:
    """A value under a name that tells of secrets is never written, however deep it stands."""
    structlog.get_logger("sfsync.x").info("e", **{key: "plainword"}, deep=[{key: {"inner": "plainword"}}])
    assert "plainword" not in lines.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"Authorization: Bearer {TOKEN}",
        "Bearer abcdefgh12345678",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
        "GET https://acme.my.salesforce.com/x?code=plainword&state=1",
        "https://ana:plainword@proxy:3128/",
        f"it said {CANARY}, twice: {CANARY}",
        "5Aep861TSESvWeug_xvFHRBTTbf_YrTWgEyjBJrCVrQNN6QVd5JaVxAVWxlTSvYyTOuiUt4j1cC.plainword",
    ],
)
def test_what_looks_like_a_secret_is_hidden_anywhere(lines: io.StringIO, text: str) -> None:
    """Tokens, sign-ins in URLs, query strings and known secrets are hidden inside any text, errors included."""
    structlog.get_logger("sfsync.x").error("e", error=f"failed: {text} and more", list=[text], event_text=text)
    written = lines.getvalue()
    for part in (CANARY, "plainword", TOKEN[16:], "abcdefgh12345678", "c2lnbmF0dXJl"):
        assert part not in written
    assert "and more" in written or "[hidden]" in written


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=6), st.text(), st.text())
def test_a_known_secret_is_hidden_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    """No text around a secret brings it through, and one learnt later is hidden from then on."""
    redactor = Redactor()
    redactor.learn(secret)
    assert secret not in redactor.text(f"{before}|{secret}|{after}").replace("[hidden]", "")


def test_values_are_of_sensible_length() -> None:
    """A body of megabytes in an error does not fill the disk with log."""
    assert len(Redactor().text("x" * 10_000_000)) < LONGEST + 100


def test_ordinary_values_pass_unchanged() -> None:
    """Counts, flags, names and ids are written as they are."""
    told = {"counts": {"new": 1}, "ok": True, "none": None, "id": "00Q000000000001AAA", "share": 0.5, "names": ["Ana"]}
    assert Redactor(["abc"]).value(told) == told


class Full(io.StringIO):
    """A file on a disk that is full."""

    def write(self, text: str) -> int:
        """Refuse it."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_log_there_is_no_room_for_stops_nothing(lines: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    """The daemon goes on where the disk of its log is full, and logs again once there is room."""
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(Full())
    structlog.get_logger("sfsync.daemon").warning("run ended")
    handler.setStream(lines)
    structlog.get_logger("sfsync.daemon").warning("run ended again")
    assert [line["event"] for line in read(lines)] == ["run ended again"]
    assert capsys.readouterr().err == ""

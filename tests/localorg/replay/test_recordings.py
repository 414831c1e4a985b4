"""Whatever real orgs were recorded to answer, the local org answers likewise."""

import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.localorg.org import LocalOrg
from sfsync.localorg.state import State
from tests.localorg.conftest import NOW, Org
from tests.localorg.replay.recording import tapes
from tests.localorg.replay.replaying import Outcome, Replay

_STATUS = re.compile(r"(?<=, not )\d+$")
pytestmark = pytest.mark.real_data


def _recordings() -> Path:
    folder = os.environ.get("SFSYNC_DATA")
    if not folder:
        pytest.skip("SFSYNC_DATA is not set: recorded exchanges are not part of the project")
    return Path(folder) / "recordings"


def _outcomes(folder: Path, fresh: Path, work: Path) -> list[Outcome]:
    """Replay every tape, each against an org of its own."""
    found: list[Outcome] = []
    for number, (_, tape) in enumerate(tapes(folder)):
        place = work / str(number)
        place.mkdir()
        shutil.copy(fresh, place / "org.db")
        clock = SetClock(NOW)
        state = State.open(place)
        state.run("PRAGMA synchronous=OFF")
        found += Replay(Org(LocalOrg(state, clock), clock)).run(tape)
        state.close()
        shutil.rmtree(place)
    return found


def _masked(outcome: Outcome) -> str:
    return re.sub(r"/\w{15,18}(?=/|$)", "/ID", outcome.exchange.path)


def _without_contradictions(outcomes: list[Outcome]) -> list[Outcome]:
    """Put aside what differs in its status alone, where the same request has this org's status elsewhere on tape."""
    agreed = {(_request(one), f"the status is {one.exchange.status}, not ") for one in outcomes if one.agrees}
    why = "the same was recorded elsewhere with the status this org gives"
    return [
        Outcome(one.exchange, unasked=why)
        if len(one.different) == 1 and (_request(one), _STATUS.sub("", one.different[0])) in agreed
        else one
        for one in outcomes
    ]


def _request(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.exchange.method, _masked(outcome), outcome.exchange.request


def _told(outcomes: list[Outcome]) -> str:
    """Say how many agree, and why the rest do not."""
    asked = [one for one in outcomes if not one.unasked]
    agree = sum(one.agrees for one in asked)
    lines = [f"{agree} of {len(asked)} recorded exchanges agree; {len(outcomes) - len(asked)} cannot be asked here"]
    reasons = Counter(one.unasked for one in outcomes if one.unasked)
    lines += [f"  {count} x {why}" for why, count in reasons.most_common()]
    different = Counter((one.exchange.method, _masked(one), one.different) for one in asked if not one.agrees)
    for (method, path, what), count in different.most_common():
        lines += [f"{count} x {method} {path}", *(f"    {one}" for one in what[:8])]
    return "\n".join(lines)


def test_recorded_exchanges_are_answered_in_the_recorded_shape(
    fresh: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status, keys, types, codes of errors and the headers clients read, exchange by exchange."""
    outcomes = _without_contradictions(_outcomes(_recordings(), fresh, tmp_path))
    told = _told(outcomes)
    with capsys.disabled():
        print(f"\n{told}")
    assert outcomes and all(one.agrees or one.unasked for one in outcomes), told

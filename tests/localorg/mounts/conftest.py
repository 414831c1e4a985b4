"""Both mounts behind one fixture: what holds for a client holds for either."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sfsync.clock import SetClock
from sfsync.localorg.mounts.certificate import Certificate, ensure_certificate
from sfsync.localorg.mounts.https import HttpsServer, listen
from sfsync.localorg.mounts.inprocess import InProcessAdapter
from sfsync.localorg.wire import Answer, Request


@dataclass
class Script:
    """An org function that gives the answer it was told to give, and remembers what it was asked."""

    answer: Answer | Callable[[Request], Answer] = Answer(200, {}, b"hello")
    asked: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        """Answer as told."""
        self.asked.append(request)
        return self.answer(request) if callable(self.answer) else self.answer


@dataclass(frozen=True)
class Mounted:
    """A client's view of a mount: a session and the address."""

    script: Script
    session: requests.Session
    url: str


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One certificate for all tests: making one takes a while."""
    return ensure_certificate(tmp_path_factory.mktemp("certificate"), datetime.now(UTC))  # noqa: TID251


@pytest.fixture(scope="module")
def served(certificate: Certificate) -> Iterator[tuple[Script, HttpsServer]]:
    """One server for a module's tests."""
    script = Script()
    server = HttpsServer(script, certificate, listen(0))
    server.start()
    yield script, server
    server.stop()


@pytest.fixture(params=["https", "in process"])
def mounted(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[Mounted]:
    """An org function behind either mount."""
    session = requests.Session()
    session.trust_env = False
    if request.param == "https":
        script, server = request.getfixturevalue("served")
        script.answer, script.asked = Answer(200, {}, b"hello"), []
        session.verify = str(certificate.ca)
        url = server.url
    else:
        script, url = Script(), "https://acme.my.salesforce.com"
        session.mount("https://", InProcessAdapter(script, SetClock(datetime(2026, 1, 5, tzinfo=UTC))))
    yield Mounted(script, session, url)
    session.close()


@pytest.fixture
def spooled(tmp_path: Path) -> Callable[[bytes], Path]:
    """Put bytes into a file, as the org spools big bodies."""

    def put(content: bytes) -> Path:
        path = tmp_path / "page"
        path.write_bytes(content)
        return path

    return put

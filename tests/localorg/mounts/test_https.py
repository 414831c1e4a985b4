"""What only a real socket can show."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path

import pytest
import requests

from sfsync.localorg.mounts.certificate import Certificate, ensure_certificate
from sfsync.localorg.mounts.https import HttpsServer, PortTaken, listen
from sfsync.localorg.wire import Answer, Request

pytestmark = pytest.mark.long

Start = Callable[[Callable[[Request], Answer]], HttpsServer]


@pytest.fixture
def start(certificate: Certificate) -> Iterator[Start]:
    """Start servers that are stopped after the test."""
    started: list[HttpsServer] = []

    def begin(answer: Callable[[Request], Answer]) -> HttpsServer:
        server = HttpsServer(answer, certificate, listen(0))
        started.append(server)
        server.start()
        return server

    yield begin
    for server in started:
        server.stop()


@pytest.fixture
def session(certificate: Certificate) -> Iterator[requests.Session]:
    """A client that trusts the certificate."""
    with requests.Session() as client:
        client.trust_env = False
        client.verify = str(certificate.ca)
        yield client


def hello(_: Request) -> Answer:
    return Answer(200, {}, b"hello")


def test_only_this_machine_can_connect(start: Start) -> None:
    """The server listens on the loopback address and nowhere else."""
    listener = listen(0)
    assert listener.getsockname()[0] == "127.0.0.1"
    listener.close()


def test_a_request_that_never_ends_is_given_up(certificate: Certificate) -> None:
    """A client that stops in the middle of its body is told 408, and nobody else waits for it."""
    server = HttpsServer(hello, certificate, listen(0), patience=0.05)
    server.start()
    trusting = ssl.create_default_context(cafile=str(certificate.ca))
    try:
        plain = socket.create_connection(("127.0.0.1", server.port))
        with trusting.wrap_socket(plain, server_hostname="localhost") as line:
            line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
            assert line.recv(100).startswith(b"HTTP/1.1 408 ")
    finally:
        server.stop()


def test_a_port_in_use_is_told_in_words(start: Start) -> None:
    """Asking for a port another server has says which port it was."""
    server = start(hello)
    with pytest.raises(PortTaken, match=str(server.port)):
        listen(server.port)
    with pytest.raises(PortTaken, match="70000"):
        listen(70_000)


def test_a_client_that_does_not_trust_the_ca_is_not_served(start: Start, tmp_path: Path) -> None:
    """A client with another org's CA refuses the certificate."""
    other = ensure_certificate(tmp_path, datetime.now(UTC))  # noqa: TID251
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(start(hello).url, verify=str(other.ca), timeout=5)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "login.salesforce.com", "acme.my.salesforce.com"])
def test_salesforce_host_names_are_trusted(start: Start, certificate: Certificate, name: str) -> None:
    """The certificate stands for this machine's names and for Salesforce's, under strict checking."""
    context = ssl.create_default_context(cafile=str(certificate.ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", start(hello).port)) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        assert secure.version() == "TLSv1.3"


def test_a_connection_is_kept_for_the_next_request(start: Start, certificate: Certificate) -> None:
    """Two requests can follow each other on one connection."""
    context = ssl.create_default_context(cafile=str(certificate.ca))
    connection = HTTPSConnection("127.0.0.1", start(hello).port, context=context, timeout=5)
    ports = []
    for _ in range(2):
        connection.request("GET", "/x")
        ports.append(connection.sock.getsockname()[1])
        assert connection.getresponse().read() == b"hello"
    connection.close()
    assert ports[0] == ports[1]


def test_header_names_go_out_as_they_are_spelt(start: Start, certificate: Certificate) -> None:
    """A client that is particular about case finds `Content-Type` and `Sforce-Locator`."""
    told = {"Content-Type": "text/csv", "Sforce-Locator": "null"}
    server = start(lambda _: Answer(200, told, b"hello"))
    trust = ssl.create_default_context(cafile=str(certificate.ca))
    client = HTTPSConnection("127.0.0.1", server.port, context=trust)
    client.request("GET", "/")
    answer = client.getresponse()
    assert told.items() <= dict(answer.getheaders()).items()
    assert answer.read() == b"hello"
    client.close()


def test_a_dropped_answer_sends_no_byte(
    start: Start, certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection ends without a status line, so the client cannot know what became of it; the log stays empty."""
    server = start(lambda _: Answer(200, {}, b"never", drop=True))
    with secured(server, certificate) as line:
        line.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            seen = line.recv(1)
        except (ssl.SSLError, ConnectionError):
            seen = b""
        assert seen == b""
    server.stop()
    assert not caplog.records


def test_a_bug_is_an_unknown_exception(start: Start, session: requests.Session) -> None:
    """An org function that breaks is HTTP 500 with an error array, and the server goes on."""

    def broken(_: Request) -> Answer:
        raise KeyError("broken")

    response = session.get(start(broken).url + "/x")
    assert (response.status_code, response.json()[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")


def test_a_head_without_end_is_not_read(start: Start, certificate: Certificate) -> None:
    """A client that never stops sending headers is cut off with 400."""
    with secured(start(hello), certificate) as line:
        line.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n")
        assert received(line).startswith(b"HTTP/1.1 400")


def test_a_host_that_is_none_is_refused(start: Start, certificate: Certificate) -> None:
    """A Host header that would spoil the addresses in answers is 400."""
    with secured(start(hello), certificate) as line:
        line.sendall(b"GET /x HTTP/1.1\r\nHost: a/b?c\r\n\r\n")
        assert received(line).startswith(b"HTTP/1.1 400")


def test_stopping_lets_the_running_request_end(start: Start, session: requests.Session) -> None:
    """A request that is being answered when the server stops is answered; a new one is not taken."""
    running, finish = threading.Event(), threading.Event()

    def slow(_: Request) -> Answer:
        running.set()
        finish.wait(10)
        return Answer(200, {}, b"done")

    server = start(slow)
    got: list[bytes] = []
    client = threading.Thread(target=lambda: got.append(session.get(server.url + "/x").content))
    client.start()
    running.wait(10)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    finish.set()
    client.join(10)
    stopping.join(10)
    assert got == [b"done"]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))


def test_an_idle_client_does_not_hold_up_stopping(start: Start, session: requests.Session) -> None:
    """A connection kept open by a client that sleeps is cut when the server stops."""
    server = start(hello)
    session.get(server.url + "/x")
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    stopping.join(3)
    assert not stopping.is_alive()


def secured(server: HttpsServer, certificate: Certificate) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(certificate.ca))
    return context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost")


def received(line: ssl.SSLSocket) -> bytes:
    line.settimeout(5)
    return line.recv(65_536)

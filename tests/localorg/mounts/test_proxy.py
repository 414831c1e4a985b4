"""The proxy for clients with hard-wired host names."""

import socket
from collections.abc import Iterator

import pytest
import requests

from sfsync.localorg.mounts.certificate import Certificate
from sfsync.localorg.mounts.https import HttpsServer, listen
from sfsync.localorg.mounts.proxy import Proxy
from sfsync.localorg.wire import Answer
from tests.localorg.mounts.conftest import Script


@pytest.fixture
def proxied(served: tuple[Script, HttpsServer], certificate: Certificate) -> Iterator[tuple[requests.Session, Proxy]]:
    """A client that asks everything through the proxy before a server."""
    script, server = served
    script.answer, script.asked = (lambda request: Answer(200, {}, request.base_url.encode())), []
    proxy = Proxy(listen(0), server.port)
    proxy.start()
    session = requests.Session()
    session.trust_env, session.verify = False, str(certificate.ca)
    session.proxies = {"https": proxy.url, "http": proxy.url}
    yield session, proxy
    session.close()
    proxy.stop()


@pytest.mark.parametrize("host", ["login", "test", "acme.my", "NA1"])
def test_salesforce_hosts_are_led_to_the_org(proxied: tuple[requests.Session, Proxy], host: str) -> None:
    """The TLS certificate bears the name, and the org sees the host the client asked for."""
    url = f"https://{host}.salesforce.com"
    assert proxied[0].get(f"{url}/x").text.lower() == url.lower()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_org_is_reached_by_its_own_address_too(
    proxied: tuple[requests.Session, Proxy], served: tuple[Script, HttpsServer], host: str
) -> None:
    """For clients that were given both; another port of this machine is refused."""
    url = f"https://{host}:{served[1].port}"
    assert proxied[0].get(f"{url}/x").text == url
    with pytest.raises(requests.exceptions.ProxyError):
        proxied[0].get(f"https://{host}:{proxied[1].url.rpartition(':')[2]}/x")


@pytest.mark.parametrize(
    "asked",
    [
        b"CONNECT example.com:443 HTTP/1.1",
        b"CONNECT salesforce.com.example.com:443 HTTP/1.1",
        b"CONNECT evilsalesforce.com:443 HTTP/1.1",
        b"CONNECT login.salesforce.com:80 HTTP/1.1",
        b"CONNECT 127.0.0.1:443 HTTP/1.1",
        b"CONNECT [::1]:443 HTTP/1.1",
        b"GET http://login.salesforce.com/ HTTP/1.1",
        b"nonsense",
    ],
)
def test_everything_else_is_refused(proxied: tuple[requests.Session, Proxy], asked: bytes) -> None:
    """Other hosts, other ports and plain requests get 403, and nothing reaches the org."""
    port = int(proxied[1].url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(asked + b"\r\nHost: x\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 403 Forbidden\r\n")


def test_big_answers_come_through_whole(
    proxied: tuple[requests.Session, Proxy], served: tuple[Script, HttpsServer]
) -> None:
    """Byte for byte, both ways."""
    content = bytes(range(256)) * 20_000
    served[0].answer = lambda request: Answer(200, {}, request.body)
    assert proxied[0].post("https://acme.my.salesforce.com/x", data=content).content == content


def test_a_proxy_that_is_stopped_cuts_what_runs(proxied: tuple[requests.Session, Proxy]) -> None:
    """A connection that waits does not keep it from ending."""
    proxied[0].get("https://login.salesforce.com/x")
    proxied[1].stop()
    with pytest.raises(requests.RequestException):
        proxied[0].get("https://test.salesforce.com/x")

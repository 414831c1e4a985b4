"""Under which address the org wants to be asked.

A client that signs in at login.salesforce.com or test.salesforce.com (led here by the proxy) is told the org's My
Domain, as Salesforce does (documented); every other client is told the address it used itself.
"""

from urllib.parse import urlsplit

from sfsync.localorg.wire import Request

LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
MY_DOMAIN = "https://local-org.my.salesforce.com"


def instance_url(request: Request) -> str:
    """Give the address for calls after signing in."""
    return MY_DOMAIN if urlsplit(request.base_url).hostname in LOGIN_HOSTS else request.base_url


def is_own(url: str, request: Request) -> bool:
    """Tell whether an address is one the org may be known by: it is the audience of assertions."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    led = host.endswith(".salesforce.com")
    return parts.scheme == "https" and (led or parts.netloc == urlsplit(request.base_url).netloc)

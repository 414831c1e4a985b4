"""Which addresses may see a token or a secret: Salesforce's own hosts over https, or this machine for a local org."""

import ipaddress
from urllib.parse import urlsplit

from sfsync.errors import LoginRefused

SALESFORCE_DOMAINS = (
    "salesforce.com",
    "force.com",
    "cloudforce.com",
    "salesforce.mil",
    "sfcrmapps.cn",
    "sfcrmproducts.cn",
)
"""Domains that serve the API: the world, older My Domains, US military, China (Salesforce help, allowed domains)."""


def trusted(url: str, *, local: bool) -> str:
    """Give the address, as `https://host[:port]`, if it may be trusted with a token.

    Raises LoginRefused where it is not https, not one of Salesforce's hosts, or, for a local org, not this machine.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _untrusted(url) from None
    if parts.scheme != "https" or parts.username is not None or parts.password is not None or not host:
        raise _untrusted(url)
    if not (_of_salesforce(host, port) or (local and _this_machine(host))):
        raise _untrusted(url)
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}" if port in (None, 443) else f"https://{shown}:{port}"


def _of_salesforce(host: str, port: int | None) -> bool:
    known = any(host.endswith(f".{domain}") for domain in SALESFORCE_DOMAINS)
    return known and port in (None, 443) and all(_label(label) for label in host.split("."))


def _label(label: str) -> bool:
    return bool(label) and label.isascii() and label.replace("-", "").isalnum()


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _untrusted(url: str) -> LoginRefused:
    shown = url.partition("?")[0].rpartition("@")[2][:100]
    return LoginRefused(
        f"{shown!r} is no address of Salesforce, so no token or secret is sent there",
        todo="set [org] url to the My Domain of the org: https://NAME.my.salesforce.com",
    )

"""What one must know to use a running local org, and the file it lies in."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sfsync.localorg.private_file import write_private

FILE = "facts.json"


@dataclass(frozen=True, slots=True)
class Facts:
    """Addresses, credentials and process of a running org; paths are absolute."""

    instance_url: str
    login_url: str
    ca_file: str
    org_id: str
    username: str
    password: str
    security_token: str
    client_id: str
    client_secret: str
    access_token: str
    refresh_token: str
    jwt_key_file: str
    sfdx_auth_url: str
    proxy_url: str
    control_url: str
    pid: int
    state_folder: str

    @property
    def port(self) -> int:
        """The port the org listens on."""
        return int(self.instance_url.rpartition(":")[2])

    def shown(self) -> dict[str, str | int]:
        """Give the facts by name."""
        return asdict(self)


def facts_of(
    known: dict[str, str], url: str, proxy_url: str, files: tuple[Path, Path], pid: int, folder: Path
) -> Facts:
    """Put together what is known of a running org; `files` are the CA's certificate and the JWT key."""
    ca, jwt_key = files
    client = f"{known['client_id']}:{known['client_secret']}"
    return Facts(
        instance_url=url,
        login_url=url,
        ca_file=str(ca),
        jwt_key_file=str(jwt_key),
        sfdx_auth_url=f"force://{client}:{known['refresh_token']}@{url.removeprefix('https://')}",
        proxy_url=proxy_url,
        control_url=f"{url}/_org",
        pid=pid,
        state_folder=str(folder),
        **known,
    )


def write(folder: Path, facts: Facts) -> None:
    """Put the facts into the state folder, readable by its owner alone."""
    write_private(folder / FILE, json.dumps(facts.shown(), indent=2).encode())


def read(folder: Path) -> Facts | None:
    """Read the facts of the org that runs or ran last in a state folder; None where there are none."""
    try:
        kept = json.loads((folder / FILE).read_text("utf-8"))
        return Facts(**{field.name: field.type(kept[field.name]) for field in fields(Facts) if callable(field.type)})
    except (OSError, ValueError, KeyError, TypeError):
        return None

"""Secrets are named in settings, never written there: `env:NAME` or `file:PATH`."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from sfsync.errors import SettingsError, Where

_REFERENCE = re.compile(r"(?:env:(?P<variable>[A-Za-z_][A-Za-z0-9_]*)|file:(?P<file>[^\0]+))")
_LARGEST_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is to be found. It is read when asked for, and never shown."""

    reference: str  # env:NAME or file:PATH
    folder: Path  # relative paths start here
    where: Where  # of the key that names it

    def read(self) -> str:
        """Give the secret, without blank space around it.

        Raises SettingsError where there is none, or its file can be read by others.
        """
        kind, _, name = self.reference.partition(":")
        text = (_from_environment(name, self.where) if kind == "env" else self._from_file(name)).strip()
        if not text:
            raise SettingsError(f"{self.reference} is empty", todo="put the secret there", where=self.where)
        if not text.isprintable():
            raise SettingsError(
                f"{self.reference} holds more than one line, or unprintable characters",
                todo="keep the secret alone there, on one line",
                where=self.where,
            )
        return text

    def _from_file(self, name: str) -> str:
        path = self.folder / Path(name).expanduser()
        try:
            with path.open("rb") as stream:
                self._check(os.fstat(stream.fileno()), path)
                content = stream.read(_LARGEST_BYTES)
        except FileNotFoundError:
            todo = "write the secret there with mode 0600"
            raise SettingsError(f"{self.reference}: there is no file {path}", todo=todo, where=self.where) from None
        except OSError as error:
            reason = (error.strerror or "unreadable").lower()
            raise SettingsError(f"{self.reference} cannot be read: {reason}", where=self.where) from None
        return content.decode("utf-8", errors="replace")

    def _check(self, status: os.stat_result, path: Path) -> None:
        mode = stat.S_IMODE(status.st_mode)
        if not stat.S_ISREG(status.st_mode):
            raise SettingsError(f"{self.reference}: {path} is not a file", where=self.where)
        if mode & 0o077:
            raise SettingsError(
                f"{self.reference}: {path} can be read by others (mode {mode:04o})",
                todo=f"chmod 600 {path}, and take a new secret if others may have seen this one",
                where=self.where,
            )
        if status.st_uid not in (0, os.geteuid()):
            raise SettingsError(f"{self.reference}: {path} belongs to another user", where=self.where)


def check_reference(value: object) -> str:
    """Give a reference to a secret as it is. Raises ValueError, without showing it, where it is something else."""
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        return value
    raise ValueError(
        'a secret is never written here: name where it is, as "env:NAME" or "file:PATH" (the file with mode 0600)'
    )


def _from_environment(name: str, where: Where) -> str:
    value = os.environ.get(name)
    if value is None:
        raise SettingsError(f"the environment has no variable {name}", todo=f"export {name}=...", where=where)
    return value

"""Where metadata files come from: folders with all that is below them, files, and zip archives."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sfsync.errors import FileError

MOST_FILES, MOST_BYTES = 10_000, 400_000_000  # of one deployment, unpacked: documented for the Metadata API

Files = list[tuple[str, bytes]]  # path and content


def from_paths(paths: Iterable[Path]) -> Files:
    """Gather files, folders and zip archives. Raises FileError where there is nothing, or too much."""
    found: Files = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file() and not _is_hidden(one.relative_to(path)))
            found += [(one.relative_to(path).as_posix(), one.read_bytes()) for one in inside]
        elif path.suffix.lower() == ".zip":
            found += from_zip(path.read_bytes(), path.name)
        else:
            found.append((path.name, path.read_bytes()))
        _check(len(found), sum(len(content) for _, content in found))
    if not found:
        raise FileError("there is no file to deploy", todo="name the folder that holds the org's source")
    return found


def from_zip(content: bytes, name: str) -> Files:
    """Gather the files of a zip archive. Raises FileError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _is_hidden(Path(one.filename))]
            _check(len(members), sum(one.file_size for one in members))
            return list(_read(archive, members))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FileError(f"{name} is no zip archive that can be read: {error}") from error


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    for one in members:
        with archive.open(one) as stream:
            yield one.filename, stream.read(one.file_size)


def zipped(files: Files) -> bytes:
    """Give files as one zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            archive.writestr(path, content)
    return packed.getvalue()


def _check(count: int, size: int) -> None:
    if count > MOST_FILES or size > MOST_BYTES:
        raise FileError(
            f"a deployment has at most {MOST_FILES:,} files and {MOST_BYTES:,} bytes", todo="deploy in parts"
        )


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)

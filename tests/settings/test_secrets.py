"""Secrets are read from where they are named, only when asked for, and shown nowhere."""

from pathlib import Path

import pytest

from sfsync.errors import SettingsError, Where
from sfsync.settings.secrets import Secret, check_reference

HERE = Where(file="sfsync.toml", line=3, column=1, key="org.client_secret")


def secret(reference: str, folder: Path) -> Secret:
    """A secret named in a settings file of that folder."""
    return Secret(reference, folder, HERE)


def kept(folder: Path, content: bytes = b"s3cret\n", mode: int = 0o600) -> Path:
    """A secret's file."""
    path = folder / "sf"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_secret_comes_out_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`env:NAME` is the variable's value when it is read, not when the settings were."""
    named = secret("env:SF_TEST_SECRET", tmp_path)
    monkeypatch.setenv("SF_TEST_SECRET", "s3cret")
    assert named.read() == "s3cret"


def test_a_secret_comes_out_of_a_file_beside_the_settings(tmp_path: Path) -> None:
    """`file:PATH` starts at the settings' folder; blank space around the secret is not part of it."""
    kept(tmp_path, b"  s3cret \r\n")
    assert secret("file:sf", tmp_path).read() == "s3cret"
    assert secret(f"file:{tmp_path / 'sf'}", Path("/")).read() == "s3cret"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o610])
def test_a_file_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Any right of group or others on the file is an error that says how to mend it."""
    kept(tmp_path, mode=mode)
    with pytest.raises(SettingsError, match="chmod 600") as caught:
        secret("file:sf", tmp_path).read()
    assert caught.value.problems[0].where == HERE


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b" \n", "is empty"), (b"one\ntwo\n", "more than one line"), (b"a\0b", "unprintable")],
)
def test_a_file_that_holds_no_one_secret_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """Nothing, several lines and control characters are errors that do not show the content."""
    kept(tmp_path, content)
    with pytest.raises(SettingsError, match=words) as caught:
        secret("file:sf", tmp_path).read()
    assert "one\ntwo" not in str(caught.value)


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable, file or plain file that is not there is told at the key that names it."""
    monkeypatch.delenv("SF_TEST_SECRET", raising=False)
    with pytest.raises(SettingsError, match=r"sfsync.toml:3:1.*no variable SF_TEST_SECRET"):
        secret("env:SF_TEST_SECRET", tmp_path).read()
    with pytest.raises(SettingsError, match="there is no file"):
        secret("file:sf", tmp_path).read()
    with pytest.raises(SettingsError, match="directory"):
        secret(f"file:{tmp_path}", tmp_path).read()
    with pytest.raises(SettingsError, match="not a file"):
        secret("file:/dev/null", tmp_path).read()


@pytest.mark.parametrize("written", ["hunter2", "env:", "env:1X", "env:A B", "file:", "", 5, ["env:X"], "ENV:X"])
def test_a_literal_secret_is_refused_unseen(written: object) -> None:
    """What is not a reference is refused, and the message does not hold it."""
    with pytest.raises(ValueError, match="never written here") as caught:
        check_reference(written)
    assert "hunter2" not in str(caught.value)


def test_the_text_of_a_secret_shows_only_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing settings for debugging shows names of places, never a secret."""
    monkeypatch.setenv("SF_TEST_SECRET", "s3cret")
    named = secret("env:SF_TEST_SECRET", tmp_path)
    named.read()
    assert "s3cret" not in repr(named)

"""The files of the project, listed and parsed once for all house tests."""

import pytest

from tests.house.sources import Source, files


@pytest.fixture(scope="session")
def product() -> list[Source]:
    """The Python files of the package."""
    return files("sfsync", suffix=".py")


@pytest.fixture(scope="session")
def tests() -> list[Source]:
    """The Python files of the tests."""
    return files("tests", suffix=".py")


@pytest.fixture(scope="session")
def everything() -> list[Source]:
    """Every file of the project."""
    return files()

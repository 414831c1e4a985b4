"""Which clients `make clients` takes."""

import pytest

from tests.outside_clients.installing import HERE, clients, main, modules_of, needed_by, with_tests

DRIVERS = {one.name for one in HERE.glob("test_*.py")} - {"test_choosing.py"}


def test_every_module_that_drives_a_client_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """By the client's name, with blanks or dashes; without a name, all are."""
    assert {one.name for name in with_tests() for one in modules_of(name)} == DRIVERS
    assert main(["--tests", "tap-salesforce"]) == 0
    assert capsys.readouterr().out.split() == [str(HERE / "test_tap_salesforce.py")]


def test_what_the_chosen_tests_need_is_installed_and_no_more() -> None:
    """Every client that is installed is needed by some."""
    assert needed_by(["sfdmu"]) == ["node", "salesforce_cli", "sfdmu"]
    assert needed_by(["simple_salesforce"]) == []
    assert needed_by(with_tests()) == clients()


def test_a_name_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert main(["sfdx"]) == 2
    assert "salesforce_cli" in capsys.readouterr().err

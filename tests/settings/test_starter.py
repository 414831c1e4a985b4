"""A new working folder begins with settings that read without a problem and rules that are there."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from sfsync.settings.read import read_settings
from sfsync.settings.starter import shipped_folder, starter_settings

CHECKOUT = Path(__file__).parents[2]
LEAD_FIELDS = (
    "Id, LastName, FirstName, Name, Title, Company, Street, City, State, PostalCode, Country, Phone, Email, "
    "LeadSource, Status, Industry, Rating, AnnualRevenue, NumberOfEmployees, OwnerId, IsConverted, CreatedDate, "
    "LastModifiedDate, SystemModstamp, Score__c, Grade__c, Sfsync_Why__c, Sfsync_Key__c"
)


def test_the_first_settings_read_without_a_problem(tmp_path: Path) -> None:
    """What `init` writes is good settings for the local org, with the lead fields and our own."""
    (tmp_path / "sfsync.toml").write_text(starter_settings(), encoding="utf-8")
    found = read_settings(tmp_path / "sfsync.toml")
    assert found.org.local
    assert list(found.sobjects) == ["Lead", "Account", "Contact", "Opportunity"]
    assert found.sobjects["Lead"].fields == tuple(LEAD_FIELDS.split(", "))
    assert all("Sfsync_Key__c" in sobject.fields for sobject in found.sobjects.values())
    assert found.schedules["leads"].every_seconds == 60


def test_every_line_commented_out_is_good_too(tmp_path: Path) -> None:
    """The samples an admin may take the # off are settings that hold, for a real org."""
    lines = starter_settings().replace("local = true\n", "").replace("00D...", "00D000000000001").splitlines()
    samples = [
        line.removeprefix("# ") if line.startswith(("# [",)) or " = " in line.split('"')[0] else line for line in lines
    ]
    (tmp_path / "corp.pem").touch()
    (tmp_path / "sfsync.toml").write_text("\n".join(samples), encoding="utf-8")
    found = read_settings(tmp_path / "sfsync.toml")
    assert found.org.url == "https://acme.my.salesforce.com"
    assert found.network.proxy == "http://proxy:3128"
    assert found.schedules["everything"].run == "pull"


def test_the_shipped_rules_of_a_checkout_are_those_at_its_top() -> None:
    """An editable install uses the rules folder one edits."""
    assert shipped_folder("rules") == CHECKOUT / "rules"


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_wheel_built_from_the_sdist_carries_the_shipped_rules(tmp_path: Path) -> None:
    """What a user installs holds the same rules as the checkout, and finds them there."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "sdist", "-t", "sdist"], cwd=CHECKOUT, check=True
    )
    (sdist,) = (tmp_path / "sdist").iterdir()
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True)
    (source,) = (path for path in tmp_path.iterdir() if path.name.startswith("sfsync-"))
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "wheel", "-t", "wheel"], cwd=source, check=True
    )
    (wheel,) = (tmp_path / "wheel").iterdir()
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv/bin/python"
    site = next((tmp_path / "venv/lib").glob("python*/site-packages"))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, site], check=True)
    code = "from sfsync.settings.starter import *; print(shipped_folder('rules')); print(len(starter_settings()))"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    told = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    folder = Path(told.stdout.splitlines()[0])
    assert folder == site / "sfsync/starter/rules"
    shipped = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    ours = CHECKOUT / "rules"
    assert shipped == {path.relative_to(ours): path.read_bytes() for path in ours.rglob("*") if path.is_file()}

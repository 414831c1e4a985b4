"""What a real org exported goes through the whole loop, as any other org's records do."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.localorg.load.loading import load
from sfsync.localorg.load.sources import from_paths
from sfsync.localorg.seed.amounts import Amounts
from tests.cli.shell import Shell, wishes_for
from tests.shop import NOW, Shop, open_shop

LEADS = (
    "\ufeffId,LastName,FirstName,Company,Email,Phone,Status,LeadSource,OwnerId,Region_Code__c,CreatedDate\n"
    '00Q8b00001AbCd1EAF,Ibarra,Nerea,"Talleres, Ibarra",Nerea@Ibarra.example,=+34 91 000,Open - Not Contacted,Web,'
    "0058b00000XyZw1AAF,EMEA-1,2024-07-11T21:22:06.000Z\n"
    '00Q8b00001AbCd2EAF,Okafor,Ada,"Lagos ""Light""",ada@lagos.example,@SUM(A1),Working,Trade Show,'
    "0058b00000XyZw1AAF,,2023-01-31T08:00:00.000Z\n"
)
ACCOUNTS = "\ufeffId,Name,Industry,OwnerId\n0018b00002AbCd1AAF,-Acme,Mining & Metals,0058b00000XyZw2AAF\n"


@pytest.fixture(params=["made up", pytest.param("real", marks=pytest.mark.real_data)])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of CSV files: one with all that is odd about exports, or the real one that SFSYNC_DATA leads to."""
    if request.param == "real":
        told = os.environ.get("SFSYNC_DATA")
        if not told:
            pytest.skip("SFSYNC_DATA does not say where the real data is")
        return Path(told) / "csv" / "sf_gen_ai_demo"
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Lead.csv").write_text(LEADS)
    (folder / "Account.csv").write_text(ACCOUNTS)
    return folder


@pytest.fixture
def exported(export: Path, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose org was loaded with the export, and holds nothing else."""
    with open_shop(tmp_path / "shop", Amounts(leads=0, accounts=0, contacts=0, opportunities=0)) as shop:
        assert load(shop.local.state, NOW, from_paths([export])).counts()["refused"] == 0
        yield shop


def test_the_whole_loop_runs_over_an_export(exported: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulled, scored, routed, applied, verified, undone and verified: nobody's lead moved, and all is as it was."""
    before = {row["Id"]: row for row in exported.rows("SELECT Id, OwnerId, Company, Phone, Status FROM Lead")}
    shell = Shell(exported.folder / "loop", wishes_for(exported))
    assert shell.run("init", shell.folder).exit == 0
    monkeypatch.chdir(shell.folder)
    pulled = shell.ask("pull").json
    assert {one["sobject"]: one["new"] for one in pulled["pulled"]}["Lead"] == len(before) > 0
    assert shell.ask("plan").json["counts"]["planned"] > 0
    applied = shell.ask("apply", "--yes").json
    assert applied["exit"] == 0 and applied["counts"]["applied"] == applied["counts"]["planned"] > 0
    assert all(row["Score__c"] is not None for row in exported.rows("SELECT Score__c FROM Lead"))
    assert shell.ask("sync", "--yes").json["counts"]["planned"] == 0
    assert shell.ask("verify", "--level", "3").json["counts"]["differences"] == 0
    assert shell.ask("undo", applied["run"], "--yes").json["exit"] == 0
    assert shell.ask("pull").exit == 0
    assert shell.ask("verify", "--level", "3").json["counts"]["differences"] == 0
    after = {row["Id"]: row for row in exported.rows("SELECT Id, OwnerId, Company, Phone, Status FROM Lead")}
    assert after == before
    assert all(row["Score__c"] is None for row in exported.rows("SELECT Score__c FROM Lead"))

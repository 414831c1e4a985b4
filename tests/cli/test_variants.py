"""What real orgs may do one way or the other makes no difference to the loop: each variant leads to the same org."""

import shutil
from pathlib import Path

import pytest

from sfsync.localorg.variants import VARIANTS
from tests.cli.shell import Shell, wishes_for
from tests.shop import open_shop

ROWS = """LastName,FirstName,Company,Email,Ext_Id__c
Adams,Ann,Adams Ltd,ann@adams.example,v-1
Brown,,Brown Ltd,bob@brown.example,v-2
,Nobody,Nameless Ltd,,v-3
"""
IMPORT = ("--sobject", "Lead", "--operation", "upsert", "--key", "Ext_Id__c", "--yes")
HELD = """SELECT Id, LastName, FirstName, Company, Email, Status, OwnerId, Score__c, Grade__c, Rating, Ext_Id__c,
          IsDeleted
          FROM Lead ORDER BY Id"""


def _lived(prepared: Path, folder: Path, variants: tuple[str, ...]) -> list[object]:
    """Let an org and a mirror live through a loop, and give exit codes, counts and what the org holds then."""
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    told: list[object] = []
    with open_shop(folder, None) as shop:
        for name in VARIANTS:
            shop.local.state.set_setting(name, name in variants)
        shell = Shell(folder / "pulled", wishes_for(shop))

        def run(*words: object) -> None:
            done = shell.ask(*words, "--config", shell.folder / "sfsync.toml").json
            told.append((words[0], done["exit"], done["counts"]))

        run("sync", "--yes")
        run("import", shell.write("rows.csv", ROWS), *IMPORT)
        shop.clock.advance(60)
        leads = [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id LIMIT 3")]
        shop.change("Lead", leads[0], Title="Chief Weaver", Rating=None)
        shop.ask("DELETE", f"sobjects/Lead/{leads[1]}")
        run("sync", "--yes")
        run("verify", "--level", "2")
        return [*told, *shop.rows(HELD)]


@pytest.fixture(scope="module")
def usual(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """What comes of the loop where every variant is off."""
    return _lived(prepared, tmp_path_factory.mktemp("usual"), ())


def test_all_variants_together_lead_to_the_same_org(usual: list[object], prepared: Path, tmp_path: Path) -> None:
    """Pull, apply, import, what others changed, and verify: nothing differs but the way there."""
    assert _lived(prepared, tmp_path, tuple(VARIANTS)) == usual


@pytest.mark.long
@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_leads_to_the_same_org(usual: list[object], prepared: Path, tmp_path: Path, name: str) -> None:
    """One at a time."""
    assert _lived(prepared, tmp_path, (name,)) == usual

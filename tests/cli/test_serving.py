"""What the daemon does with a working folder: what holds it, and settings and rules that change under it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sfsync.app import App, Service, open_app
from sfsync.errors import OrgRefused, SettingsError
from sfsync.mirror.open import Mirror
from tests.cli.shell import Shell
from tests.shop import Shop

CONFIG = Path("sfsync.toml")
FREEZE = '[freeze.noon]\nfrom = "12:00"\nto = "13:00"\n\n[serve]\n'


@pytest.fixture
def mirror(pulled: Shell) -> Iterator[Mirror]:
    """The mirror a daemon would hold open."""
    with open_app(CONFIG, pulled.wishes).mirror(writable=True) as opened:
        yield opened


def service_of(pulled: Shell, mirror: Mirror) -> Service:
    """What a daemon of this folder starts with."""
    app: App = open_app(CONFIG, pulled.wishes)
    app.hold_rules(mirror)
    return Service(CONFIG, app, mirror)


def test_a_pause_holds_one_schedule_or_all(pulled: Shell, mirror: Mirror, shop: Shop) -> None:
    """From the command line: a schedule's own pause holds only it, and each says since when and why."""
    service = service_of(pulled, mirror)
    assert service.held("leads", "sync") is None
    pulled.ask("pause", "leads", "--for", "1h", "--reason", "quarter end")
    assert (
        service.held("leads", "pull")
        == "paused since 2026-11-24T12:30:45.000Z until 2026-11-24T13:30:45.000Z: quarter end"
    )
    assert service.held("other", "pull") is None
    pulled.ask("pause")
    assert service.held("other", "pull") == "paused since 2026-11-24T12:30:45.000Z"
    pulled.ask("resume")
    assert service.held("leads", "sync") is None


def test_a_freeze_holds_what_writes(pulled: Shell, mirror: Mirror, shop: Shop) -> None:
    """In a freeze a sync waits, a pull does not; when it is over the sync goes on."""
    pulled.edit("sfsync.toml", "[serve]\n", FREEZE)
    service = service_of(pulled, mirror)
    assert service.held("leads", "sync") == "frozen by [freeze.noon] until 13:00:00 UTC"
    assert service.held("leads", "pull") is None
    shop.clock.advance(timedelta(minutes=30).total_seconds())
    assert service.held("leads", "sync") is None


def test_a_checkbox_in_the_org_holds_everything(pulled: Shell, mirror: Mirror, shop: Shop) -> None:
    """[serve] pause_field: whoever ticks it in the org stops the daemon; it is asked once a minute at most."""
    pulled.edit("sfsync.toml", "[serve]\n", '[serve]\npause_field = "Lead.HasOptedOutOfFax"\n')
    service = service_of(pulled, mirror)
    assert service.held("leads", "pull") is None
    lead = shop.make("Lead", LastName="Switch", Company="Switch", HasOptedOutOfFax=True)
    assert service.held("leads", "pull") is None
    shop.clock.advance(61)
    assert service.held("leads", "pull") == "paused in the org: Lead.HasOptedOutOfFax is ticked"
    shop.change("Lead", lead, HasOptedOutOfFax=False)
    shop.clock.advance(61)
    assert service.held("leads", "pull") is None


def test_a_checkbox_the_org_does_not_have_lets_nothing_begin(pulled: Shell, mirror: Mirror, shop: Shop) -> None:
    """Where it cannot be told whether the daemon is to stand still, it does, and says why."""
    pulled.edit("sfsync.toml", "[serve]\n", '[serve]\npause_field = "Lead.Nowhere__c"\n')
    service, asked = service_of(pulled, mirror), len(shop.calls("GET", "/query"))
    for _ in range(3):
        with pytest.raises(
            OrgRefused, match=r"\[serve\] pause_field: the org does not show the checkbox Lead.Nowhere__c"
        ):
            service.held("leads", "sync")
    assert len(shop.calls("GET", "/query")) == 1 + asked
    (problem,) = pulled.ask("doctor").json["problems"]
    assert "no checkbox Nowhere__c" in problem["message"] and problem["where"]["key"] == "serve.pause_field"


def test_rules_stay_as_they_were_read_until_a_reload(pulled: Shell, mirror: Mirror, shop: Shop) -> None:
    """Half an edit does no harm: runs go by the rules that were read; a reload of bad ones is refused."""
    service = service_of(pulled, mirror)
    rules = Path("rules/lead_scoring.toml")
    good = rules.read_text()
    rules.write_text(good + "\n[[scor")
    assert service.run("sync", ["Lead"]).state == "done"
    with pytest.raises(SettingsError, match="lead_scoring.toml"):
        service.reload()
    assert service.run("sync", ["Lead"]).state == "done"
    rules.write_text(good)
    assert service.reload().schedules.keys() == {"leads"}


def test_settings_are_taken_up_whole_or_not_at_all(pulled: Shell, mirror: Mirror) -> None:
    """A reload brings other schedules and drain time; a file with a mistake, or another mirror, changes nothing."""
    service = service_of(pulled, mirror)
    pulled.edit("sfsync.toml", 'every = "60s"', 'every = "5m"\npriority = 3')
    pulled.edit("sfsync.toml", "[serve]\n", '[serve]\ndrain = "7s"\n')
    settings = service.reload().schedules["leads"]
    assert (settings.every_seconds, settings.priority, service.drain_seconds()) == (300, 3, 7)
    pulled.edit("sfsync.toml", 'every = "5m"', 'every = "5 parsecs"')
    with pytest.raises(SettingsError, match="5 parsecs"):
        service.reload()
    pulled.edit("sfsync.toml", 'every = "5 parsecs"', 'every = "5m"')
    pulled.edit("sfsync.toml", "sqlite:///.sfsync/mirror.db", "sqlite:///.sfsync/other.db")
    with pytest.raises(SettingsError, match="cannot change while the daemon runs"):
        service.reload()


def test_a_secret_that_cannot_be_read_is_told_by_the_reload(
    pulled: Shell, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by every run after it: settings stay as they were. A new secret that can be read is kept out of logs."""
    service = service_of(pulled, mirror)
    secret = 'login = "client_credentials"\nclient_id = "env:SFSYNC_ID"\nclient_secret = "env:SFSYNC_SECRET"'
    pulled.edit("sfsync.toml", "\nlocal = true", f'\nurl = "https://acme.my.salesforce.com"\n{secret}')
    with pytest.raises(SettingsError, match="SFSYNC_SECRET"):
        service.reload()
    assert service.secrets() == [] and service.run("pull", ["Lead"]).state == "done"
    monkeypatch.setenv("SFSYNC_ID", "someone")
    monkeypatch.setenv("SFSYNC_SECRET", "a-new-secret")
    service.reload()
    assert service.secrets() == ["a-new-secret"]


def test_it_is_known_when_the_org_was_last_reached(pulled: Shell, mirror: Mirror, shop: Shop) -> None:
    """The end of the latest run that the org answered, of an earlier daemon too; one that failed does not count."""
    service = service_of(pulled, mirror)
    first = service.reached_at()
    assert first == shop.clock.now()
    shop.clock.advance(60)
    service.run("pull", ["Lead"])
    assert service.reached_at() == shop.clock.now()

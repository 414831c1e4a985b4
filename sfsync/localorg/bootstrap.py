"""The least an org needs before anybody can sign in: its own row, profiles, one user, statuses, stages, one rule."""

from sfsync.clock import Clock
from sfsync.localorg.identity import sessions
from sfsync.localorg.saving import store
from sfsync.localorg.state import State, id_of
from sfsync.localorg.values import Stored, stamp

INTEGRATION_USERNAME = "sfsync@local-org.example.com"
STATUSES = ("New", "Working", "Nurturing", "Unqualified", "Qualified")  # the last is the converted one
STAGES = (  # name, probability in percent, forecast category
    ("Prospecting", 10, "Pipeline"),
    ("Qualification", 10, "Pipeline"),
    ("Needs Analysis", 20, "Pipeline"),
    ("Value Proposition", 50, "Pipeline"),
    ("Id. Decision Makers", 60, "Pipeline"),
    ("Perception Analysis", 70, "Pipeline"),
    ("Proposal/Price Quote", 75, "Pipeline"),
    ("Negotiation/Review", 90, "Pipeline"),
    ("Closed Won", 100, "Closed"),
    ("Closed Lost", 0, "Omitted"),
)
PROFILES = ("System Administrator", "Standard User", "Minimum Access - API Only Integrations")
LEAD_RULE = "Standard"  # the name of the one lead assignment rule


def prepare(state: State, clock: Clock, seed: int = 1, org_number: int = 1) -> None:
    """Put the least into a fresh state; one that has it is left alone.

    The org's id is made of `org_number`: drawn by chance, it tells this org from all others.

    Settings made: `seed`, `integration_user_id`, `client_id`, `client_secret`, `refresh_token`, `password`,
    `security_token`, `lead_rule_id` and `assignment_rules` (rule id to its entries, none yet).
    """
    with state.transaction():
        if state.setting("seed") is None:
            state.set_setting("seed", seed)
            _Maker(state, stamp(clock.now()), id_of("00D", org_number)).make()


class _Maker:
    """Makes the first rows, all stamped with one time and one user."""

    def __init__(self, state: State, made_at: str, org_id: str) -> None:
        self._state = state
        self._made_at = made_at
        self._org_id = org_id
        self._user_id = ""

    def make(self) -> None:
        """Make everything, in the order in which ids shall grow."""
        self._user_id = self._state.next_id("005")
        profiles = self._profiles()
        self._insert("Organization", [_organization(self._org_id)])
        self._insert("User", [{"Id": self._user_id, "ProfileId": profiles[PROFILES[0]], **_INTEGRATION_USER}])
        self._insert("LeadStatus", self._statuses())
        self._insert("OpportunityStage", self._stages())
        rule_id = self._state.next_id("01Q")
        self._insert("AssignmentRule", [{"Id": rule_id, "Name": LEAD_RULE, "SobjectType": "Lead", "Active": 1}])
        self._settings(rule_id)

    def _profiles(self) -> dict[str, str]:
        ids = dict(zip(PROFILES, self._state.next_ids("00e", len(PROFILES)), strict=True))
        self._insert("Profile", [{"Id": ids[name], "Name": name, "UserType": "Standard"} for name in PROFILES])
        return ids

    def _statuses(self) -> list[dict[str, Stored]]:
        return [
            {
                "Id": self._state.next_id("01J"),
                "MasterLabel": name,
                "ApiName": name,
                "SortOrder": place,
                "IsDefault": int(place == 1),
                "IsConverted": int(place == len(STATUSES)),
            }
            for place, name in enumerate(STATUSES, 1)
        ]

    def _stages(self) -> list[dict[str, Stored]]:
        return [
            {
                "Id": self._state.next_id("01J"),
                "MasterLabel": name,
                "ApiName": name,
                "IsActive": 1,
                "SortOrder": place,
                "IsClosed": int(category != "Pipeline"),
                "IsWon": int(category == "Closed"),
                "ForecastCategory": category,
                "ForecastCategoryName": category,
                "DefaultProbability": probability,
            }
            for place, (name, probability, category) in enumerate(STAGES, 1)
        ]

    def _settings(self, rule_id: str) -> None:
        kept = {"integration_user_id": self._user_id, "lead_rule_id": rule_id, "assignment_rules": {rule_id: []}}
        kept["client_id"] = "3MVG9" + sessions.secret(self._state, "client id", 80)
        kept["client_secret"] = sessions.secret(self._state, "client secret", 64).upper()
        kept["refresh_token"] = "5Aep861" + sessions.secret(self._state, "refresh token", 80)
        kept["password"] = sessions.secret(self._state, "password", 16)
        kept["security_token"] = sessions.secret(self._state, "security token", 24)
        for key, value in kept.items():
            self._state.set_setting(key, value)

    def _insert(self, name: str, rows: list[dict[str, Stored]]) -> None:
        sobject = self._state.catalog.sobject(name)
        assert sobject is not None
        stamps = {
            **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), self._made_at),
            **dict.fromkeys(("CreatedById", "LastModifiedById"), self._user_id),
        }
        store.insert(self._state, sobject, [{**stamps, **row} for row in rows])


_INTEGRATION_USER: dict[str, Stored] = {
    "Username": INTEGRATION_USERNAME,
    "LastName": "Sync",
    "FirstName": "Integration",
    "Name": "Integration Sync",
    "Email": INTEGRATION_USERNAME,
    "Alias": "sync",
    "CommunityNickname": "sfsync",
    "CompanyName": "Local Org",
    "IsActive": 1,
    "UserType": "Standard",
    "TimeZoneSidKey": "Europe/London",
    "LocaleSidKey": "en_US",
    "EmailEncodingKey": "UTF-8",
    "LanguageLocaleKey": "en_US",
}


def _organization(org_id: str) -> dict[str, Stored]:
    return {
        "Id": org_id,
        "Name": "Local Org",
        "Country": "US",
        "PrimaryContact": "Integration Sync",
        "DefaultLocaleSidKey": "en_US",
        "TimeZoneSidKey": "Europe/London",
        "LanguageLocaleKey": "en_US",
        "FiscalYearStartMonth": 1,
        "DefaultAccountAccess": "Edit",
        "DefaultContactAccess": "ControlledByParent",
        "DefaultOpportunityAccess": "Edit",
        "DefaultLeadAccess": "ReadEditTransfer",
        "UiSkin": "Theme3",
        "OrganizationType": "Developer Edition",
        "InstanceName": "LOCAL",
        "IsSandbox": 1,
    }

"""SOAP calls about sessions: login, logout, invalidateSessions, getUserInfo, getServerTimestamp."""

from dataclasses import replace

from sfsync.localorg import currencies, persons, versions
from sfsync.localorg.identity import passwords, sessions
from sfsync.localorg.identity.addresses import instance_url
from sfsync.localorg.markup import leaf, tag
from sfsync.localorg.rights import seeing
from sfsync.localorg.saving import store
from sfsync.localorg.soap.asked import Asked
from sfsync.localorg.soap.envelope import SoapFault

LOGIN_UNTIL = 64  # later versions have no login (documented)
LOGIN_EVER = "soap_login_in_every_version"  # the setting that lets later versions have it all the same
_WRONG = "Invalid username, password, security token; or user locked out."
_NO_TOKEN = (
    "Invalid username, password, security token; or user locked out. Are you at a new location? When accessing "
    "Salesforce--either via a desktop client or the API--from outside of your company's trusted networks, you must add "
    "a security token to your password to log in."
)


def login(asked: Asked) -> str:
    """Start a session for a user name and a password with the security token behind it.

    A client that names the org in LoginScopeHeader is taken for one inside its trusted network, and needs no security
    token (assumed: it is how clients without one sign in). The shape of the result is recorded.
    """
    org = asked.org
    if versions.number_of(org.version) > LOGIN_UNTIL and org.state.setting(LOGIN_EVER) is not True:
        text = f"login() is not available in API version {org.version}. Use OAuth, or version {LOGIN_UNTIL}.0"
        raise SoapFault("UNSUPPORTED_API_VERSION", text)
    named = asked.setting("LoginScopeHeader", "organizationId")
    trusted = bool(named) and named[:15] == org.org_id[:15]
    try:
        user_id = passwords.user_of(org, asked.call.value("username"), asked.call.value("password"), trusted=trusted)
    except passwords.WrongPassword as wrong:
        code = "LOGIN_MUST_USE_SECURITY_TOKEN" if wrong.needs_token else "INVALID_LOGIN"
        raise SoapFault(code, _NO_TOKEN if wrong.needs_token else _WRONG) from None
    seeing.demand_api(replace(org, seen=seeing.seen_by(org.state, user_id)))
    address, org_id = instance_url(asked.request), org.org_id[:15]
    kind = "u" if asked.dialect.name == "partner" else "c"
    return tag(
        "result",
        leaf("metadataServerUrl", f"{address}/services/Soap/m/{org.version}/{org_id}"),
        leaf("passwordExpired", False),
        leaf("sandbox", _organization(asked)["IsSandbox"] == 1),
        leaf("serverUrl", f"{address}/services/Soap/{kind}/{org.version}/{org_id}"),
        leaf("sessionId", sessions.issue_token(org.state, org.clock, user_id)),
        leaf("userId", user_id),
        tag("userInfo", _user_info(asked, user_id)),
    )


def logout(asked: Asked) -> str:
    """End the session of the call."""
    sessions.end(asked.org.state, asked.org.token)
    return ""


def invalidate_sessions(asked: Asked) -> str:
    """End the sessions named."""
    results = []
    for token in asked.ids("sessionIds"):
        sessions.end(asked.org.state, token)
        results.append(tag("result", leaf("success", True)))
    return "".join(results)


def get_user_info(asked: Asked) -> str:
    """Tell who asks."""
    return tag("result", _user_info(asked, asked.org.user_id))


def get_server_timestamp(asked: Asked) -> str:
    """Tell the org's time."""
    return tag("result", leaf("timestamp", asked.org.now.strftime("%Y-%m-%dT%H:%M:%S.") + _milliseconds(asked)))


def _milliseconds(asked: Asked) -> str:
    return f"{asked.org.now.microsecond // 1000:03}Z"


def _organization(asked: Asked) -> store.Row:
    org_id = asked.org.org_id
    return store.by_id(asked.org.state, asked.org.sobject("Organization"), [org_id])[org_id]


def _user_info(asked: Asked, user_id: str) -> str:
    user = store.by_id(asked.org.state, asked.org.sobject("User"), [user_id])[user_id]
    organization = _organization(asked)
    seconds = asked.org.state.setting(sessions.SECONDS_SETTING) or sessions.DEFAULT_SECONDS
    currencies_on = asked.org.state.setting(currencies.SETTING) is True
    told: dict[str, str | int | bool | None] = {
        "accessibilityMode": False,
        "chatterExternal": False,
        "currencySymbol": "$",
        "orgAttachmentFileSizeLimit": 26_214_400,
        "orgDefaultCurrencyIsoCode": "USD",
        "orgDefaultCurrencyLocale": "en_US",
        "orgDisallowHtmlAttachments": False,
        "orgHasPersonAccounts": asked.org.state.setting(persons.SETTING) is True,
        "organizationId": str(organization["Id"]),
        "organizationMultiCurrency": currencies_on,
        "organizationName": organization["Name"],
        "profileId": user.get("ProfileId"),
        "roleId": user.get("UserRoleId"),
        "sessionSecondsValid": int(str(seconds)),
        "userDefaultCurrencyIsoCode": user["DefaultCurrencyIsoCode"] if currencies_on else None,
        "userEmail": user["Email"],
        "userFullName": user["Name"],
        "userId": user_id,
        "userLanguage": user["LanguageLocaleKey"],
        "userLocale": user["LocaleSidKey"],
        "userName": user["Username"],
        "userTimeZone": user["TimeZoneSidKey"],
        "userType": user.get("UserType") or "Standard",
        "userUiSkin": "Theme3",
    }
    return "".join(leaf(name, value) for name, value in told.items())


CALLS = {
    "login": login,
    "logout": logout,
    "invalidateSessions": invalidate_sessions,
    "getUserInfo": get_user_info,
    "getServerTimestamp": get_server_timestamp,
}

"""What a user of the org has when no file says it."""

from sfsync.localorg.state import State, Stored


def stand_in(state: State, record_id: str) -> dict[str, Stored]:
    """Give the columns of an active user who is known by Id alone; the address reaches nobody."""
    address = f"{record_id.lower()}@loaded.example"
    return {
        "Id": record_id,
        "Username": address,
        "Email": address,
        "Alias": record_id[-8:].lower(),
        "CommunityNickname": record_id,
        "IsActive": 1,
        "UserType": "Standard",
        "ProfileId": standard_profile(state),
        "TimeZoneSidKey": "Europe/London",
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
    }


def standard_profile(state: State) -> Stored:
    """Give the Id of the profile that most users have."""
    row = state.one("SELECT Id FROM Profile WHERE Name = 'Standard User'")
    return None if row is None else str(row["Id"])

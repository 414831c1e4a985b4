"""The matching rules that every org has: same people, same companies. Equations as Salesforce's help gives them."""

from collections.abc import Mapping

Facts = Mapping[str, object]


def _items(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"field": field, "method": method} for field, method in pairs]


def _person(company: str, place: str) -> Facts:
    return {
        "items": _items(
            ("FirstName", "FirstName"),
            ("LastName", "LastName"),
            ("Title", "Title"),
            (company, "CompanyName"),
            ("Email", "Exact"),
            ("Phone", "Phone"),
            (f"{place}Street", "Street"),
            (f"{place}City", "City"),
            (f"{place}PostalCode", "Zip"),
        ),
        "booleanFilter": "1 AND 2 AND ((3 AND 4) OR 5 OR 6 OR (7 AND (8 OR 9 OR 3)))",
    }


_COMPANY: Facts = {
    "items": _items(
        ("Name", "CompanyName"),
        ("BillingStreet", "Street"),
        ("BillingCity", "City"),
        ("BillingState", "Exact"),
        ("BillingPostalCode", "Zip"),
        ("Phone", "Phone"),
        ("Website", "Exact"),
    ),
    "booleanFilter": "(1 AND (2 OR (3 AND 4) OR 5 OR 6)) OR (7 AND (6 OR 2))",
}
STANDARD: Mapping[tuple[str, str], Facts] = {
    **{("Lead", f"Standard_Lead_Match_Rule_v1_{minor}"): _person("Company", "") for minor in (0, 1)},
    **{("Contact", f"Standard_Contact_Match_Rule_v1_{minor}"): _person("AccountId", "Mailing") for minor in (0, 1)},
    **{("Account", f"Standard_Account_Match_Rule_v1_{minor}"): _COMPANY for minor in (0, 1)},
}

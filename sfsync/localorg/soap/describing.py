"""SOAP calls that describe: describeSObject, describeSObjects, describeGlobal.

What REST's describe tells, in the elements of the WSDL: lists are repeated elements, null is left out, and addresses of
REST resources have no place.
"""

from sfsync.localorg import versions
from sfsync.localorg.markup import leaf, tag
from sfsync.localorg.rest import describe
from sfsync.localorg.soap.asked import Asked
from sfsync.localorg.soap.envelope import SoapFault

MOST_DESCRIBED = 100  # documented
_REST_ALONE = frozenset(
    {
        "associateEntityType",
        "associateParentEntity",
        "extendedBy",
        "extendsInterfaces",
        "listviewable",
        "lookupLayoutable",
        "sobjectDescribeOption",
        "urls",
    }
)
_NIL = frozenset(  # shown even where they are null (documented: the WSDL demands them)
    {"defaultImplementation", "implementedBy", "implementsInterfaces", "keyPrefix", "networkScopeFieldName"}
    | {"urlDetail", "urlEdit", "urlNew"}
)
_ID_ENABLED_UNTIL = 47  # the last version whose WSDL is known to have `idEnabled`


def describe_sobject(asked: Asked) -> str:
    """Describe one sObject."""
    return _described(asked, asked.call.value("sObjectType"))


def describe_sobjects(asked: Asked) -> str:
    """Describe up to a hundred sObjects."""
    names = [one.text.strip() for one in asked.call.every("sObjectType")]
    if len(names) > MOST_DESCRIBED:
        raise SoapFault("EXCEEDED_ID_LIMIT", f"cannot describe more than {MOST_DESCRIBED} sObjects in one call")
    return "".join(_described(asked, one) for one in names)


def describe_global(asked: Asked) -> str:
    """List all sObjects."""
    listed = sorted(asked.org.catalog, key=lambda one: one.name)
    more = _id_enabled(asked)
    content = [_xml("sobjects", dict(sorted({**describe.brief(asked.org, one), **more}.items()))) for one in listed]
    head = leaf("encoding", "UTF-8") + leaf("maxBatchSize", describe.MOST_IN_A_CALL)
    return tag("result", head, *content)


def _described(asked: Asked, name: str) -> str:
    kind = asked.sobject(name)
    base = asked.request.base_url if kind.layoutable else ""
    urls = {"urlDetail": f"{base}/{{ID}}", "urlEdit": f"{base}/{{ID}}/e", "urlNew": f"{base}/{kind.key_prefix}/e"}
    told = describe.describe(asked.org, kind, asked.request.base_url)
    shown = {key: value if base else None for key, value in urls.items()}
    return _xml("result", dict(sorted({**told, **_id_enabled(asked), **shown}.items())))


def _id_enabled(asked: Asked) -> dict[str, object]:
    return {"idEnabled": True} if versions.number_of(asked.org.version) <= _ID_ENABLED_UNTIL else {}


def _xml(name: str, value: object) -> str:
    """Write a JSON value as elements, keys in their order."""
    if isinstance(value, list):
        return "".join(_xml(name, one) for one in value)
    if isinstance(value, dict):
        parts = [_xml(key, one) for key, one in value.items() if key not in _REST_ALONE]
        return tag(name, *parts)
    if value is None:
        return leaf(name, None) if name in _NIL else ""
    if name == "defaultValue" and isinstance(value, str):
        return leaf(name, value, ' xsi:type="xsd:string"')
    return leaf(name, value if isinstance(value, (bool, int)) else str(value))


CALLS = {
    "describeSObject": describe_sobject,
    "describeSObjects": describe_sobjects,
    "describeGlobal": describe_global,
}

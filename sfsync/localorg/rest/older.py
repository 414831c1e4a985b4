"""Keys that describes of older API versions leave out.

Recorded: describes of version 42 lack all that is named here, those of 48 only what is there from 50 on. From which
version between a key is there is documented for `developerName` and assumed for the others.
"""

_SOBJECT_KEYS: dict[int, tuple[str, ...]] = {
    43: ("deepCloneable", "defaultImplementation", "extendedBy", "extendsInterfaces"),
    44: ("implementedBy", "implementsInterfaces", "isInterface"),
    50: ("associateEntityType", "associateParentEntity"),
}
_PART_KEYS: dict[str, dict[int, tuple[str, ...]]] = {  # within the entries of a list of a describe
    "fields": {43: ("aiPredictionField", "formulaTreatNullNumberAsZero")},
    "recordTypeInfos": {43: ("developerName",)},
}
Json = dict[str, object]


def trimmed(told: Json, version: float) -> Json:
    """Leave out of a describe what a version does not tell."""
    absent = _absent(_SOBJECT_KEYS, version)
    if not absent:
        return told
    kept = {key: value for key, value in told.items() if key not in absent}
    for name, since in _PART_KEYS.items():
        parts, gone = kept.get(name), _absent(since, version)
        if gone and isinstance(parts, list):
            kept[name] = [{key: value for key, value in part.items() if key not in gone} for part in parts]
    return kept


def _absent(since: dict[int, tuple[str, ...]], version: float) -> set[str]:
    return {key for first, keys in since.items() if version < first for key in keys}

"""The shape of sObjects and their fields, as describe shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NUMBERS = frozenset({"currency", "double", "percent"})  # stored as integers scaled by 10**scale
PICKLISTS = frozenset({"picklist", "multipicklist", "combobox"})
TEXTS = frozenset({"string", "textarea", "phone", "email", "url", "encryptedstring", *PICKLISTS})

AUDIT = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"})  # stamps one may set at times


@dataclass(frozen=True, slots=True)
class PicklistValue:
    """One value of a picklist, in the order of the list."""

    value: str
    label: str
    default: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Rollup:
    """How a roll-up summary field is worked out from the records that hang on its own."""

    child: str  # their sObject
    reference: str  # their field that names the parent
    operation: str  # count, sum, min, max
    field: str | None = None  # what is summed; None with count
    filters: tuple[tuple[str, str, str], ...] = ()  # (field, operation, value): which of them count


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an sObject, as describe shows it."""

    name: str
    label: str
    type: str  # describe's word: string, picklist, reference, ...
    length: int = 0  # characters; 0 where the type has none
    precision: int = 0  # digits in all, of currency, double and percent
    scale: int = 0  # digits after the point
    digits: int = 0  # of int
    picklist: tuple[PicklistValue, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    children: str | None = None  # the relationship name on the parent's side
    on_parent_delete: str = "clear"  # or cascade, restrict
    compound: str | None = None  # describe's compoundFieldName
    extra: str | None = None  # describe's extraTypeInfo
    default_value: str | bool | None = None
    help: str | None = None
    formula: str | None = None  # the source of a formula field
    blanks: str = "zeroes"  # what a blank number counts as in its formula; or "blanks"
    rollup: Rollup | None = None
    auto_number: str | None = None  # the form of an auto number: L-{0000}
    default_formula: str | None = None  # worked out when a record is created without a value
    createable: bool = False
    updateable: bool = False
    nillable: bool = False
    defaulted_on_create: bool = False
    filterable: bool = False
    sortable: bool = False
    groupable: bool = False
    aggregatable: bool = False
    permissionable: bool = False
    id_lookup: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    name_field: bool = False
    name_pointing: bool = False
    polymorphic: bool = False
    restricted: bool = False  # picklist: only listed values are taken
    prefilterable: bool = False
    query_by_distance: bool = False
    calculated: bool = False
    custom: bool = False
    html: bool = False

    @property
    def stored(self) -> bool:
        """Tell whether the field has a column; compound fields are computed from their parts."""
        return self.type != "address" and not self.worked_out

    @property
    def worked_out(self) -> bool:
        """Tell whether it is a formula or roll-up field, worked out whenever it is read."""
        return self.formula is not None or self.rollup is not None

    @property
    def required(self) -> bool:
        """Tell whether a new record must bring a value."""
        return self.createable and not self.nillable and not self.defaulted_on_create and self.type != "boolean"

    @property
    def long_text(self) -> bool:
        """Tell whether it is a long text area, which SOQL cannot filter."""
        return self.type == "textarea" and not self.filterable


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """One way in which other records hang on records of an sObject."""

    child_sobject: str
    field: str  # the reference on the child
    relationship_name: str | None  # None: cannot be used in a subquery
    cascade_delete: bool
    restricted_delete: bool


@dataclass(frozen=True, slots=True, eq=False)  # one is one: it can be a key of caches
class SObject:
    """One kind of record."""

    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    fields: Mapping[str, Field]  # by lower-case name, in describe's order
    hidden: Mapping[str, Field] = field(default_factory=lambda: MappingProxyType({}))  # seen by rules, not by clients
    children: tuple[ChildRelationship, ...] = ()
    scopes: tuple[tuple[str, str], ...] = ()  # (name, label) of supportedScopes
    createable: bool = False
    updateable: bool = False
    deletable: bool = False
    undeletable: bool = False
    queryable: bool = True
    replicateable: bool = True
    retrieveable: bool = True
    searchable: bool = False
    mergeable: bool = False
    layoutable: bool = False
    triggerable: bool = False
    mru_enabled: bool = False
    feed_enabled: bool = False
    custom: bool = False
    needs: str = ""  # the switch that must be on for the org to have it; "": it always has
    rows: str = ""  # the SQL of all its rows, where the org works some of them out; "": its table holds them
    visible: str = ""  # the SQL condition of the rows that who asks sees; "" is all
    writeable: str = ""  # the SQL condition of the rows that who asks may change; "" is all
    removable: str = ""  # the SQL condition of the rows that who asks may delete; "" is all
    givable: str = ""  # the SQL condition of the rows that who asks may give to another owner; "" is all

    @property
    def whole(self) -> str:
        """Give what stands behind FROM for all rows."""
        return f"({self.rows})" if self.rows else f'"{self.name}"'

    @property
    def source(self) -> str:
        """Give what stands behind FROM for the rows that who asks sees."""
        return f"(SELECT * FROM {self.whole} WHERE {self.visible})" if self.visible else self.whole  # noqa: S608

    @property
    def columns(self) -> tuple[Field, ...]:
        """Give the fields that have a column, in describe's order."""
        return tuple(one for one in self.fields.values() if one.stored)

    @property
    def known(self) -> Mapping[str, Field]:
        """Give all fields by lower-case name, those among them that no client sees."""
        return {**self.fields, **self.hidden} if self.hidden else self.fields

    @property
    def soft_deletes(self) -> bool:
        """Tell whether deleted records stay in a recycle bin."""
        return "isdeleted" in self.fields

    @property
    def name_field(self) -> Field | None:
        """Give the field that names a record, None where there is none."""
        return next((one for one in self.fields.values() if one.name_field), None)

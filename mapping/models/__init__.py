"""What an administrator sets up per store, one table per kind of row, and who changed it."""

from mapping.models.base import Protected, SetupRow, said_by
from mapping.models.changes import SetupChange
from mapping.models.mapped import AttributeDefinition, FieldMappingRow, FormFieldRow, MappedRow, MetafieldDefinition
from mapping.models.open_changes import OpenChanges
from mapping.models.policies import GroupMapping, MatchRule, RequiredField
from mapping.models.templates import CustomerTemplate

__all__ = [
    "AttributeDefinition", "CustomerTemplate", "FieldMappingRow", "FormFieldRow", "GroupMapping", "MappedRow",
    "MatchRule", "MetafieldDefinition", "OpenChanges", "Protected", "RequiredField", "SetupChange", "SetupRow",
    "said_by",
]  # fmt: skip

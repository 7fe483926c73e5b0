"""$metadata: the CSDL documents of API v2.0 and of the published pages, reflecting what this company offers."""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from bcsync.sandbox.business_central.model import EDM, EntitySet, Property, option_out

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    '<edmx:DataServices><Schema Namespace="{namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)
TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"
COMPANY = (
    '<EntityType Name="company"><Key><PropertyRef Name="{key}" /></Key>'
    '<Property Name="id" Type="Edm.Guid" Nullable="false" />'
    '<Property Name="{name}" Type="Edm.String" MaxLength="30" />{navigation}</EntityType>'
)


def api_metadata(entities: Iterable[EntitySet]) -> str:
    """Return the document of API v2.0."""
    sets = list(entities)
    navigation = "".join(_company_navigation(entity, "Microsoft.NAV") for entity in sets)
    company = COMPANY.format(key="id", name="name", navigation=navigation)
    types = company + "".join(_entity_type(entity, "Microsoft.NAV", {one.name for one in sets}) for entity in sets)
    return _document("Microsoft.NAV", types, sets, "companies", "company")


def pages_metadata(entities: Iterable[EntitySet]) -> str:
    """Return the document of ODataV4: one entity type and set per published page."""
    sets = list(entities)
    navigation = "".join(_company_navigation(entity, "NAV") for entity in sets)
    company = COMPANY.format(key="Name", name="Name", navigation=navigation).replace('Name="company"', 'Name="Company"')
    types = company + "".join(_entity_type(entity, "NAV", set()) for entity in sets)
    return _document("NAV", types, sets, "Company", "Company")


def _document(namespace: str, types: str, entities: list[EntitySet], company_set: str, company_type: str) -> str:
    enums = {prop.enum: prop for entity in entities for prop in entity.properties if prop.enum}
    members = "".join(_enum_type(name, prop.options) for name, prop in sorted(enums.items()))
    sets = f'<EntitySet Name="{company_set}" EntityType="{namespace}.{company_type}" />' + "".join(
        f"<EntitySet Name={quoteattr(entity.name)} EntityType={quoteattr(f'{namespace}.{entity.type_name}')} />"
        for entity in entities
    )
    return (
        f'{HEAD.format(namespace=namespace)}{types}{members}<EntityContainer Name="NAV">{sets}</EntityContainer>{TAIL}'
    )


def _company_navigation(entity: EntitySet, namespace: str) -> str:
    kind = f"Collection({namespace}.{entity.type_name})"
    return f'<NavigationProperty Name={quoteattr(entity.name)} Type={quoteattr(kind)} ContainsTarget="true" />'


def _entity_type(entity: EntitySet, namespace: str, known: set[str]) -> str:
    keys = "".join(f"<PropertyRef Name={quoteattr(key)} />" for key in entity.keys)
    body = "".join(_property(prop, namespace, prop.name in entity.keys) for prop in entity.properties)
    for name, target, many in entity.navigation:
        if target in known:
            body += _navigation(name, target, many, namespace)
    return f"<EntityType Name={quoteattr(entity.type_name)}><Key>{keys}</Key>{body}</EntityType>"


def _property(prop: Property, namespace: str, key: bool) -> str:
    kind = f"{namespace}.{prop.enum}" if prop.enum else EDM.get(prop.kind, "Edm.String")
    length = f' MaxLength="{prop.length}"' if prop.length else ""
    nullable = ' Nullable="false"' if key else ""
    return f"<Property Name={quoteattr(prop.name)} Type={quoteattr(kind)}{nullable}{length} />"


def _navigation(name: str, target: str, many: bool, namespace: str) -> str:
    singular = {
        "contactsInformation": "contactInformation",
        "currencies": "currency",
        "paymentTerms": "paymentTerm",
        "shipmentMethods": "shipmentMethod",
        "paymentMethods": "paymentMethod",
        "contacts": "contact",
        "customerFinancialDetails": "customerFinancialDetail",
    }[target]
    kind = f"Collection({namespace}.{singular})" if many else f"{namespace}.{singular}"
    return f'<NavigationProperty Name={quoteattr(name)} Type={quoteattr(kind)} ContainsTarget="true" />'


def _enum_type(name: str, options: tuple[str, ...]) -> str:
    members = "".join(
        f'<Member Name={quoteattr(option_out(option))} Value="{value}" />' for value, option in enumerate(options)
    )
    return f"<EnumType Name={quoteattr(name)}>{members}</EnumType>"

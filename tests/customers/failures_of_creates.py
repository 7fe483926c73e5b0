"""The failures of Add Customers and Try Mapping, and those that are found before anything is sent; see failures.py."""

from dataclasses import replace
from typing import Any

from customers.cause_words import ADMINISTRATOR, OWNER, YOU
from mapping.models import CustomerTemplate, FieldMappingRow, FormFieldRow
from tests.customers.failing import Who
from tests.customers.failures import (
    ADD,
    BUSY,
    LATER,
    MAP,
    UNAVAILABLE,
    UPDATE,
    Do,
    Failure,
    answers,
    code,
    nothing,
    refuses,
    strikes,
    to_dk,
    with_dk,
    without_dk,
)  # fmt: skip

POST, META, CREATE, CARD = (
    "POST /v3/customers", "POST /v3/customers/metafields", "BC POST /customers",
    "BC PATCH /ODataV4/Customer_Card({id})",
)  # fmt: skip
WELSH = "Llanfairpwllgwyngyllgogerychwyrn"


def added(name: str, spoil: Do, cause: str, field: str, words: str, who: str, advice: str, **more: Any) -> Failure:
    made = Failure(name, ADD, nothing, spoil, "failed", cause, field, words, who, advice, again="created")
    return replace(made, **more)


def refused(name: str, errors: dict[str, str], field: str, who: str, advice: str, **more: Any) -> Failure:
    words = next(iter(errors.values()))
    cause = "bigcommerce:refused"
    spoil = more.pop("spoil", refuses(POST, errors))
    return added(name, spoil, cause, field, words, who, advice, outcome="rejected", **more)


def takes_nobody(who: Who) -> None:
    refuses(POST, {".customer_create": f"Error creating customers: email {who.email} already in use"})(who)


NO_FIELD = {"0.form_fields.0.name": "the form field Agent does not exist"}
ADDED = [
    added("503", strikes(POST, "503"), "bigcommerce:lost", "", UNAVAILABLE, YOU, "looked up"),
    added("cut before the write", strikes(POST, "cut-before"), "bigcommerce:lost", "", "aborted", YOU, "looked up"),
    added("429 without end", strikes(POST, "429", seconds=30), "bigcommerce:http_429", "", BUSY, YOU, LATER),
    added("taken by nobody", takes_nobody, ":taken_unseen", "email", "already in use", OWNER, "another storefront"),
    refused("country", {"": "DK is not"}, "addresses.country_code", OWNER, "Countries/Regions", spoil=without_dk,
            mend=with_dk, change=to_dk),
    refused("attribute", {"0.attributes.0.attribute_value": "not a number"}, "attributes.VAT number", ADMINISTRATOR,
            "Customer Attributes"),
    refused("form field", NO_FIELD, "form_fields.Agent", ADMINISTRATOR, "renamed",
            change=lambda who: who.business(salespersonCode="ZZ")),
    refused("storefront", {"0.channel_ids": "must be null or a list"}, "channel_ids", YOU, "another storefront"),
    added("metafields 503", strikes(META, "503"), "bigcommerce:lost", "", UNAVAILABLE, YOU, "looked up",
          again="updated"),
]  # fmt: skip


def template(**values: Any) -> Do:
    return lambda who: CustomerTemplate(store=who.town.store, values=values).save()


def no_template(who: Who) -> None:
    CustomerTemplate.objects.filter(store=who.town.store).delete()


def moved(**fields: Any) -> Do:
    """The shopper's address says something else."""
    return lambda who: who.town.shop.change_address(who.town.shop.customer(who.email)["addresses"][0]["id"], **fields)


def mapped(name: str, spoil: Do, cause: str, field: str, words: str, who: str, advice: str, **more: Any) -> Failure:
    made = Failure(name, MAP, nothing, spoil, "rejected", cause, field, words, who, advice, again="created")
    return replace(made, **more)


def without_card(who: Who) -> None:
    template(customerPostingGroup="DOMESTIC")(who)
    no_card(who)


def no_card(who: Who) -> None:
    who.town.business.unpublish("Customer_Card")
    who.town.probe()


def with_card(who: Who) -> None:
    no_template(who)
    who.town.business.publish(21)
    who.town.probe()


def on_card(name: str, spoil: Do, cause: str, field: str, words: str, **more: Any) -> Failure:
    """Created and linked; only its Customer Card lacks the template's values."""
    said = "Set them on the Customer Card"
    return mapped(name, spoil, f":card: {cause}", field, words, ADMINISTRATOR, said, mend=no_template, again="", **more)


def forbidden(who: Who) -> None:
    template(customerPriceGroup="RETAIL")(who)
    answers(CARD, 403, {"error": {"code": "Authorization_Forbidden", "message": "not allowed"}})(who)


def card_503(who: Who) -> None:
    template(customerPriceGroup="RETAIL")(who)
    strikes(CARD, "503")(who)


NO_SALESPERSON = "The field Salesperson Code of table Customer contains a value (NOBODY) that cannot be found"
MAPPED = [
    mapped("long city", moved(city=WELSH), ":too_long", "city", "", OWNER, "Correct City", mend=moved(city="Ely")),
    mapped("phone with letters", lambda who: who.shop(phone="0800 FLOWERS"), ":invalid", "phoneNumber", "", OWNER,
           "Correct Phone No.", mend=lambda who: who.shop(phone="")),
    mapped("no name", lambda who: who.shop(first_name="\x00", last_name="\x01"), ":missing", "displayName", "", OWNER,
           "Correct Name", mend=lambda who: who.shop(first_name="Ann", last_name="Able")),
    mapped("country that the company lacks", moved(country_code="GR", city="Athens"),
           "business_central:Internal_InvalidTableRelation", "country", "cannot be found", ADMINISTRATOR,
           "Add the code", mend=moved(country_code="GB", city="Ely")),
    mapped("VAT number", lambda who: who.shop_attribute("VAT number", "no VAT number"),
           "business_central:Application_DialogException: The entered VAT", "taxRegistrationNumber", "The entered VAT",
           OWNER, "Mend VAT Registration No.", mend=lambda who: who.shop_attribute("VAT number", "GB999999973")),
    mapped("salesperson", template(salespersonCode="NOBODY"), "business_central:Internal_InvalidTableRelation",
           "salespersonCode", NO_SALESPERSON, ADMINISTRATOR, "Add the code", mend=no_template),
    mapped("number taken", code("Internal_EntityWithSameKeyExists", "The record already exists.", 409, CREATE),
           "business_central:Internal_EntityWithSameKeyExists", "number", "exists", ADMINISTRATOR, "number series"),
    mapped("429 without end", strikes(CREATE, "429", seconds=30), "business_central:http_429", "", BUSY, YOU, LATER,
           outcome="failed"),
    mapped("503", strikes(CREATE, "503"), "business_central:lost", "", UNAVAILABLE, YOU, "looked up", outcome="failed"),
    mapped("no card", without_card, ":not_offered", "Customer Posting Group", "", ADMINISTRATOR, "Do what the sentence",
           mend=with_card),
    on_card("price group", template(customerPriceGroup="NOBODY"), "business_central:Internal_InvalidTableRelation",
            "customer_price_group", "cannot be found"),
    on_card("card forbidden", forbidden, "business_central:configuration", "", "not allowed", outcome="failed"),
    on_card("card 503", card_503, "business_central:http_503", "", UNAVAILABLE, outcome="failed"),
]  # fmt: skip


def found(name: str, change: Do, cause: str, field: str, who: str, advice: str, **more: Any) -> Failure:
    """Found by us in Update, before anything is sent."""
    return Failure(name, UPDATE, change, nothing, "rejected", cause, field, "", who, advice, **more)


def numbered(who: Who) -> None:
    _agent(who, "number")
    who.business(salespersonCode="ZZ")


def as_text(who: Who) -> None:
    _agent(who, "text")


def _agent(who: Who, type: str) -> None:
    row = FormFieldRow.objects.get(store=who.town.store, name="Agent")
    row.type = type
    row.save()


def abroad(who: Who) -> None:
    """The shopper moves to another country, and keeps a post code of the company's own table."""
    _own_country(who, "bigcommerce")
    main = who.address("21 Station Road")
    who.town.shop.change_address(main, country="Ireland", country_code="IE", state_or_province="Dublin")
    who.shop(notes="Moved")


def _own_country(who: Who, owner: str) -> None:
    row = FieldMappingRow.objects.get(store=who.town.store, target_table="address", target_field="country_code")
    row.owner = owner
    row.save()


FOUND = [
    replace(found("put back", abroad, "business_central:PutBack", "country", OWNER, "post code, city and country"),
            mend=lambda who: _own_country(who, "business_central")),
    found("state", lambda who: who.business(country="US", state="Xy", postalCode="10001", city="Troy"), ":unknown",
          "state_or_province", OWNER, "Correct State/province in Business Central",
          mend=lambda who: who.business(state="NY")),
    found("a number", numbered, ":invalid", "Agent", OWNER, "Correct Agent in Business Central", mend=as_text),
]  # fmt: skip

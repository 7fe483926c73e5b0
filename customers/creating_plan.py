"""What becomes of a shopper that no match rule knows: create it in Business Central, assign the default, leave it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import pycountry
from django.db.models import Q

from bcsync.clients.business_central_capabilities import Capabilities
from customers import causes
from customers.context import Context
from customers.default_customers import without_defaults
from customers.mirror_rows import address_item
from customers.models import BusinessCentralCustomer, Customer, RunRecord
from customers.plan_words import rejected_part
from customers.records import part, settle
from customers.shopper import TAX_NAMES
from mapping import countries
from mapping import emails as mapped_emails
from mapping.catalogue import find
from mapping.offered import limits_of, offer_to_write
from mapping.template import NewShopper, TemplateRow, card_values, choose, new_customer, new_shopper
from stores.models import Store

Outcome = RunRecord.Outcome
ContactType = Literal["by company", "Company", "Person"]


class Planner:
    """Decides for shoppers that no rule knows: create, assign the default customer, or leave unmapped."""

    def __init__(self, ctx: Context, emails: Sequence[str] | None = None) -> None:
        """emails: only these shoppers will be asked about; None means any."""
        self.ctx = ctx
        self.store = ctx.store
        self.templates = ctx.definitions.setup.templates
        self.iso_to_code = codes_by_iso(ctx.store)
        capabilities = Capabilities.from_json(ctx.company.capabilities or {})
        self.capabilities = capabilities
        self.limits = limits_of(capabilities)
        rows = BusinessCentralCustomer.objects.filter(company=ctx.company, gone_at=None)
        self.by_number = {row.number: row for row in rows.filter(number__in=self._default_numbers())}
        self.by_email: dict[str, list[Any]] = {}
        known = without_defaults(rows.exclude(email_key=""), ctx.store)
        if emails is not None:
            # The key is that of the first address; a field with several is looked through.
            known = known.filter(Q(email_key__in=emails) | Q(email__contains=";") | Q(email__contains=","))
        for field, created_for, pk in known.values_list("email", "created_for_email", "pk"):
            for email in mapped_emails.keys(field):
                self.by_email.setdefault(email, []).append((created_for, pk))
        self.taken = set(ctx.store.links.values_list("business_central_customer_id", flat=True))

    def _default_numbers(self) -> set[str]:
        numbers = {template.default_customer_number for template in self.templates}
        return {number for number in {*numbers, self.store.default_customer_number} if number}

    def plan(self, record: RunRecord, customer: Customer, reason: str, *, chosen: bool = False) -> None:
        """Fill the record of an unmatched shopper. Needs the customer `with_details`. chosen: a person says create."""
        shopper = shopper_of(customer, self.store)
        template, why = choose(self.templates or (TemplateRow(),), shopper)
        if not self.store.create_unknown and not chosen:
            self._assign(record, template, f"{reason} Creating unknown customers is off.")
        elif (known := self.by_email.get(customer.email_key)) and customer.email_key and not chosen:
            self.known_email(record, customer, known, reason)
        elif template is None:
            self._assign(record, template, f"{reason} {why}")
        else:
            groups = self.ctx.definitions.setup.group_values(shopper.group_id)
            values, issues = new_customer(shopper, template, self.iso_to_code, groups, self.limits)
            card = card_values(values)
            record.reason = f"{reason} {why}"
            record.parts += self._not_offered(card)
            record.parts += [rejected_part("core", issue) for issue in issues]
            if record.parts:
                said = causes.gravest_of(record.parts, Outcome.REJECTED)
                record.field, record.cause = said["field"], said["cause"]
                settle(record, Outcome.REJECTED, " ".join(entry["reason"] for entry in record.parts))
            else:
                record.outcome = Outcome.CREATED
                core = {name: value for name, value in values.items() if name not in card}
                record.plan = {"create": core, "card": card}
                record.parts = [part("core", Outcome.CREATED, why, [(n, None, v) for n, v in values.items()])]

    def _not_offered(self, card: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Why these values cannot be set in this company: then nobody is created without them."""
        for name in card:
            field = find("business_central", "customer", name)
            if field is not None and not (found := offer_to_write(field, self.capabilities)).offered:
                said = f"{field.label} can only be set through the published Customer Card. {found.how_to}"
                rejected = part("template", Outcome.REJECTED, said)
                yield {**rejected, "field": field.label, "cause": causes.ours("not_offered")}

    def known_email(self, record: RunRecord, customer: Customer, known: list[Any], reason: str) -> None:
        """Creating would make a second customer with this e-mail. One that we made of the same shopper in another
        store is that shopper; anything else is for a person to decide."""
        made_for = [pk for created_for, pk in known if created_for == customer.email_key]
        if len(known) == len(made_for) == 1 and made_for[0] not in self.taken:
            business = BusinessCentralCustomer.objects.get(pk=made_for[0])
            record.outcome, record.business_central_customer = Outcome.LINKED, business
            record.reason = f"{reason} Customer {business.number} was created from the same shopper in another store."
            record.plan = {"link": str(business.remote_id), "rule": "same shopper", "value": customer.email_key}
            return
        rows = BusinessCentralCustomer.objects.filter(pk__in=[pk for _, pk in known])
        numbers = ", ".join(sorted(row.number for row in rows))
        record.reason = f"{reason} But Business Central customer {numbers} has this e-mail, so none was created."
        record.plan = {"review": sorted(str(row.remote_id) for row in rows)}

    def _assign(self, record: RunRecord, template: TemplateRow | None, reason: str) -> None:
        number = (template.default_customer_number if template else "") or self.store.default_customer_number
        if not number:
            record.outcome, record.plan = Outcome.SKIPPED, {"leave": True}
            record.reason = f"{reason} No default customer is set."
        elif number not in self.by_number:
            record.outcome, record.plan = Outcome.SKIPPED, {"leave": True}
            record.reason = f"{reason} The default customer {number} does not exist in Business Central."
        else:
            record.outcome, record.business_central_customer = Outcome.DEFAULTED, self.by_number[number]
            record.plan, record.reason = {"default": number}, f"{reason} Assigned to the default customer {number}."


def card_changes(values: Mapping[str, Any]) -> dict[str, str]:
    """A template's Customer Card values by the names that the client's card takes (the record's own)."""
    known = {name: find("business_central", "customer", name) for name in values}
    return {found.attribute: str(values[name]) for name, found in known.items() if found}


def codes_by_iso(store: Store) -> dict[str, str]:
    """ISO code -> country/region code: the company's own use of them, its table, else the code itself."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company).exclude(country_iso="").exclude(country="")
    used = dict(rows.values_list("country", "country_iso").distinct())
    same = {country.alpha_2: country.alpha_2 for country in pycountry.countries}
    return {**same, **countries.codes_by_iso({**used, **store.company.country_iso})}


def shopper_of(customer: Customer, store: Store) -> NewShopper:
    """The shopper as a template sees it."""
    names = {definition["id"]: definition["name"] for definition in store.attributes}
    known = [(names.get(v.attribute_id, ""), v.value) for v in customer.attribute_values.all()]
    known += [(v.name, str(v.value)) for v in customer.form_fields.all()]
    tax = next((value for name, value in known if name.lower() in TAX_NAMES and value), "")
    return new_shopper(customer.data, [address_item(row) for row in customer.addresses.all()], tax)

"""connect_store: creates or changes a store and its Business Central company without a browser. No vendor is called."""

import getpass
import os
import sys
import uuid
from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.module_loading import import_string

from bcsync.clients.business_central_countries import USER_ASSIGNED, is_iso
from stores.admin import SAVE_COUNTRY_CODES
from stores.models import BusinessCentralCompany, Store

RULES = ("tracking", "phone", "metafields", "attributes", "form_fields", "email", "tax")
SWITCHES = {"on": True, "off": False}
COULD_NOT_RUN = 2


class Command(BaseCommand):
    help = (
        "Create or change a store and its Business Central company. Secrets come from the environment variables "
        "BIGCOMMERCE_ACCESS_TOKEN, BIGCOMMERCE_CLIENT_SECRET, BUSINESS_CENTRAL_CLIENT_SECRET (or "
        "BUSINESS_CENTRAL_WEB_SERVICE_KEY), or from a prompt; never from the command line. What is not given stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hash", required=True, help="store hash, as in https://store-HASH.mybigcommerce.com")
        parser.add_argument("--name", help="what the store is called here; read from the store when not given")
        parser.add_argument("--bigcommerce-client-id", help="client id of the store's API account")
        parser.add_argument("--tenant", help="Microsoft Entra tenant id or domain")
        parser.add_argument("--environment", help="for instance Production")
        parser.add_argument("--company", help="name or id of the Business Central company")
        parser.add_argument("--client-id", help="client id of the application registered in Microsoft Entra")
        parser.add_argument(
            "--for-all-stores",
            action="store_true",
            help="change the id or secret of a company that serves other stores",
        )
        parser.add_argument("--username", help="on-premises only, instead of --client-id")
        parser.add_argument("--writes", choices=SWITCHES, help="off: every job plans only (default for a new store)")
        parser.add_argument("--create-unknown", choices=SWITCHES, help="Try Mapping creates unknown customers")
        parser.add_argument("--default-customer", metavar="NO", help='assigned to unknown shoppers; "" for none')
        parser.add_argument("--update-business-central", choices=SWITCHES, help="may update existing customers there")
        parser.add_argument("--country-iso", nargs="+", action="extend", default=[], metavar="CODE=ISO")
        parser.add_argument("--rule", nargs="+", action="extend", default=[], metavar="RULE=on|off")

    def handle(self, **options: Any) -> None:
        created = not Store.objects.filter(hash=options["hash"]).exists()
        try:
            with transaction.atomic():
                store = connect(options)
        except ValidationError as error:
            sentences = " ".join(f"{name}: {' '.join(said)}" for name, said in told(error).items())
            raise CommandError(sentences, returncode=COULD_NOT_RUN) from None
        except CommandError as error:
            raise CommandError(str(error), returncode=COULD_NOT_RUN) from None
        self.stdout.write(
            f"Store {store} is {'connected to' if created else 'changed; its company is'} {store.company}. "
            f"Writing is {'on' if store.writes_enabled else 'off'}."
        )
        self.stdout.write(f"Next: python manage.py test_connection --store {store.hash}")


def told(error: ValidationError) -> dict[str, list[str]]:
    """Field -> sentences."""
    return error.message_dict if hasattr(error, "error_dict") else {"store": error.messages}


def connect(options: dict[str, Any]) -> Store:
    """Save the company and the store as the options say. Raises CommandError or ValidationError."""
    store = Store.objects.filter(hash=options["hash"]).select_related("company").first() or Store(hash=options["hash"])
    company = company_of(store, options)
    set_given(company, {"client_id": options["client_id"], "username": options["username"]})
    if options["username"]:
        company.client_id = ""
    elif options["client_id"]:
        company.username = ""
    if not (company.client_id or company.username):
        raise CommandError("Give --client-id (or --username, on-premises): who we are to Business Central.")
    codes = {**company.country_iso, **countries(options["country_iso"])}
    codes = {code: iso for code, iso in codes.items() if iso}
    if company.username:
        take_secret(company, "web_service_key", "BUSINESS_CENTRAL_WEB_SERVICE_KEY", "Business Central web service key")
    else:
        take_secret(company, "client_secret", "BUSINESS_CENTRAL_CLIENT_SECRET", "Business Central client secret")
    company.full_clean()
    refuse_to_change_others(store, company, options["for_all_stores"])
    company.save()
    change_store(store, company, options)
    # As on their page: recorded, and an open change of each store until somebody plans or dismisses it.
    import_string(SAVE_COUNTRY_CODES)(store, codes, None, "connect_store")
    return store


def refuse_to_change_others(store: Store, company: BusinessCentralCompany, for_all: bool) -> None:
    """Connecting one store must not silently lock the others out of their company. Raises CommandError."""
    known = BusinessCentralCompany.objects.filter(pk=company.pk).first()
    others = company.stores.exclude(pk=store.pk).values_list("hash", flat=True) if known else []
    if known is None or for_all or not others:
        return
    access = ("client_id", "client_secret", "username", "web_service_key")
    if any(getattr(known, name) != getattr(company, name) for name in access):
        raise CommandError(
            f"{company} serves {', '.join(sorted(others))} too, and this client id or secret is not theirs. "
            "Give the one they use, or --for-all-stores to change it for all of them."
        )


def change_store(store: Store, company: BusinessCentralCompany, options: dict[str, Any]) -> None:
    """Set and save what belongs to the store itself."""
    store.company = company
    switches = {
        "writes_enabled": options["writes"],
        "create_unknown": options["create_unknown"],
        "may_update_business_central": options["update_business_central"],
    }
    set_given(store, {name: SWITCHES[word] for name, word in switches.items() if word})
    set_given(store, {"name": options["name"], "client_id": options["bigcommerce_client_id"]})
    set_given(store, {"default_customer_number": options["default_customer"]})
    switches = {**store.rules, **rules(options["rule"])}
    take_secret(store, "access_token", "BIGCOMMERCE_ACCESS_TOKEN", "BigCommerce access token")
    take_secret(store, "client_secret", "BIGCOMMERCE_CLIENT_SECRET", "BigCommerce client secret", needed=False)
    store.full_clean(validate_constraints=False)
    store.save()
    # By their rows: recorded, and an open change until somebody plans or dismisses it.
    apps.get_model("mapping", "MatchRule").switch(store, switches, None, "connect_store")


def company_of(store: Store, options: dict[str, Any]) -> BusinessCentralCompany:
    """The company that the options name, new or known; the store's own when they name none."""
    known = store.company if store.company_id else None
    place = {name: options[name] or (getattr(known, name) if known else "") for name in ("tenant", "environment")}
    named = options["company"] or (known.name if known else "")
    # On-premises there is no tenant: the environment is the server instance.
    missing = [f"--{name}" for name, value in {**place, "company": named}.items() if not value]
    if options["username"] and not place["tenant"]:
        missing.remove("--tenant")
    if missing:
        raise CommandError(f"Store {store.hash} is new: give {', '.join(missing)}.")
    id = as_id(named)
    rows = BusinessCentralCompany.objects.filter(**place)
    found = (rows.filter(remote_id=id).first() if id else None) or rows.filter(name=named).first()
    if known and found != known and (why := store.why_it_stays()):
        raise CommandError(why)
    return found or BusinessCentralCompany(**place, name=named, remote_id=id)


def as_id(text: str) -> uuid.UUID | None:
    """The company id, None when the text is a name."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def set_given(row: Any, values: dict[str, Any]) -> None:
    """Set what was given; None means not given, "" means empty."""
    for name, value in values.items():
        if value is not None:
            setattr(row, name, value)


def take_secret(row: Any, field: str, variable: str, what: str, *, needed: bool = True) -> None:
    """Take a secret from its environment variable, keep the one that is there, or ask for it."""
    given = os.environ.get(variable, "").strip()
    if not given and not getattr(row, field) and sys.stdin.isatty():
        given = getpass.getpass(f"{what}{'' if needed else ' (empty for none)'}: ").strip()
    if given:
        setattr(row, field, given)
    elif needed and not getattr(row, field):
        raise CommandError(f"The {what} is missing: set {variable} in the environment, or run this in a terminal.")


def pairs(words: list[str], what: str) -> dict[str, str]:
    """ "A=B" words as a dictionary."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise CommandError(f"{word} is not {what}.")
        found[name.strip()] = value.strip()
    return found


def countries(words: list[str]) -> dict[str, str]:
    """Country/region code -> ISO code; "" takes the code out of the table again."""
    found = {code: iso.upper() for code, iso in pairs(words, "CODE=ISO, for instance EL=GR").items()}
    for code, iso in found.items():
        if iso and not is_iso(iso) and iso not in USER_ASSIGNED:
            raise CommandError(f"{code}={iso}: ISO 3166-1 has no country {iso}.")
    return found


def rules(words: list[str]) -> dict[str, bool]:
    """Match rule -> on or off."""
    found = {}
    for name, word in pairs(words, "RULE=on or RULE=off, for instance email=on").items():
        if name not in RULES or word not in SWITCHES:
            raise CommandError(f"{name}={word}: choose on or off for one of {', '.join(RULES)}.")
        found[name] = SWITCHES[word]
    return found

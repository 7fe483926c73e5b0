"""Enter in a reason or a filter presses no button that changes something: what changes customers is pressed by name."""

from collections.abc import Callable
from html.parser import HTMLParser

from django.test import Client
from django.utils import timezone

from customers import readiness_check
from customers.models import Conflict, Customer, Link, Trouble
from tests.pages import data

WRITTEN_IN = ("text", "search", "date", "number", "email")


class Page(HTMLParser):
    """default: of each form, by its id or place, the first submit button: Enter presses it. fields: form -> names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.form, self.forms = "", 0
        self.default: dict[str, dict[str, str | None]] = {}
        self.fields: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = dict(attrs)
        owner = had.get("form") or self.form
        if tag == "form":
            self.form, self.forms = had.get("id") or f"form {self.forms}", self.forms + 1
        elif tag == "button" and owner and had.get("type", "submit") == "submit":
            self.default.setdefault(owner, had)
        elif tag == "input" and owner and (had.get("type") or "text") in WRITTEN_IN:
            self.fields.setdefault(owner, []).append(had.get("name") or "")

    def handle_endtag(self, tag: str) -> None:
        self.form = "" if tag == "form" else self.form

    def pressed(self, name: str) -> list[str | None]:
        """What Enter in a field of this name presses: the addresses of buttons, or none."""
        found = [self.default.get(form, {}) for form, names in self.fields.items() if name in names]
        assert found, f"there is no {name} to write in"
        return [had.get("formaction") for had in found if "disabled" not in had]


def test_enter_presses_nothing_that_changes_customers(db: None, signed_in: Callable[[str], Client]) -> None:
    store = data.store()
    shoppers = data.customers(store, 12)
    business = [data.business_central_customer(store, number, email="a@x.example") for number in ("70000", "70010")]
    Customer.objects.filter(status="review").update(candidates=[str(business[0].remote_id)])
    link = Link.objects.select_related("customer")[0]
    Conflict.objects.create(store=store, customer=link.customer, link=link, part="core", field="company",
                            base="Old", bigcommerce="1", business_central="2", winner="business_central")  # fmt: skip
    Trouble.objects.create(store=store, kind="try_mapping", target="customer:1", customer=shoppers[0], cause="x",
                           fingerprint="a|b|c", times=3, parked=True)  # fmt: skip
    readiness_check.bring_up_to_date(store)
    unmapped = Customer.objects.filter(status="unmapped")[0]
    gone = Customer.objects.filter(status="linked").exclude(pk=link.customer_id)[0]
    Customer.objects.filter(pk=gone.pk).update(gone_at=timezone.now())
    here, client = f"/stores/{store.hash}", signed_in("administrator")
    found = {}
    for address in (
        f"{here}/customers/?status=linked", "/customers/", f"{here}/review/", f"{here}/review/emails/",
        f"{here}/conflicts/", f"{here}/parked/", f"/customers/{link.customer_id}/", f"/customers/{unmapped.pk}/",
        f"/customers/{gone.pk}/", f"/customers/{unmapped.pk}/map-to/?search=700", "/customers/add/",
    ):  # fmt: skip
        written = "name" if address == "/customers/add/" else "reason"
        if pressed := Page(client.get(address).content.decode()).pressed(written):
            found[address] = pressed
    assert found == {}

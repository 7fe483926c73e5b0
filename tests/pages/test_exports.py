"""Exports: what the list shows is in the file, once each; harmless; for operators; who took what is kept."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import export_sheets, exports, tasks
from customers.models import BusinessCentralCustomer, Conflict, Customer, CustomerAddress, Export, Link, NotReady
from stores.models import Store
from tests.pages import data

EXPORT = "/customers/export/"
FORMATS = ("csv", "xlsx")


@pytest.fixture
def merchant(db: None) -> Store:
    store = data.store()
    data.customers(store, 30)
    data.customers(data.store("w8n4d2z6r5", "Fabrikam Trade"), 4)
    return store


def read(answer: Any) -> list[list[str]]:
    """The cells of a download, headings first."""
    body = b"".join(answer.streaming_content)
    if answer["Content-Type"].startswith("text/csv"):
        assert body.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # text or empty: no formula, no error
    assert all(isinstance(cell.value, str | None) for cell in cells)
    return [[cell.value or "" for cell in row] for row in sheet.iter_rows()]


def take(client: Client, form: dict[str, Any], how: str = "csv") -> list[list[str]]:
    return read(client.post(f"{EXPORT}?format={how}", form))


@pytest.mark.parametrize("how", FORMATS)
def test_what_the_filter_shows_is_in_the_file_and_who_took_it_is_kept(
    merchant: Store, operator: Client, how: str
) -> None:
    form = {"store": merchant.hash, "filter": "status=linked&country=GB", "reach": "all"}
    answer: Any = operator.post(f"{EXPORT}?format={how}", form)
    today = timezone.localdate().isoformat()
    assert answer["Content-Disposition"] == f'attachment; filename="k3v9x1q7p2-customers-{today}.{how}"'
    headings, *rows = read(answer)
    shown = Customer.objects.filter(store=merchant, status="linked", country_code="GB").order_by("pk")
    at = {name: place for place, name in enumerate(headings)}
    assert [row[at["BigCommerce id"]] for row in rows] == [str(each.remote_id) for each in shown]
    first, link = rows[0], shown[0].link
    names = ("Status", "Business Central No.", "Matched by", "Customer group", "E-mail")
    assert [first[at[name]] for name in names] == [
        "Linked", link.business_central_customer.number, "Phone", "Wholesale" if shown[0].remote_id % 3 else "",
        shown[0].email,
    ]  # fmt: skip
    assert "Station Road" in first[at["Addresses"]]
    assert "(Business Central's main address)" in first[at["Addresses"]]
    kept = Export.objects.get()
    assert (kept.kind, kept.format, kept.status, kept.rows) == ("customers", how, "finished", len(rows))
    assert (kept.store, kept.username, kept.filters) == (merchant, "operator", "Linked · Country GB")
    assert kept.ended_at is not None


def test_the_ticked_or_all_that_match_or_of_all_stores(merchant: Store, operator: Client) -> None:
    some = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[3:6])
    form = {"store": merchant.hash, "filter": "", "reach": "selected", "only": some}
    assert len(take(operator, form)) == 1 + 3
    assert len(take(operator, {**form, "every": "1"})) == 1 + 30
    assert len(take(operator, {"store": "", "filter": "", "reach": "all"})) == 1 + 34
    assert list(Export.objects.order_by("pk").values_list("filters", "rows", "about")) == [
        ("Selection: 3 ticked", 3, str(merchant)), ("everything", 30, str(merchant)), ("everything", 34, "All stores"),
    ]  # fmt: skip
    answer = operator.post(EXPORT, {"store": merchant.hash, "reach": "selected"})
    assert (answer.status_code, Export.objects.count()) == (302, 3)


@pytest.mark.parametrize(("how", "before"), [("csv", "'"), ("xlsx", "")])
def test_hostile_data_of_every_column_is_harmless(merchant: Store, operator: Client, how: str, before: str) -> None:
    evil = "=HYPERLINK(1)\u202e"
    Customer.objects.update(first_name=evil, company=evil, status_reason=evil)
    CustomerAddress.objects.update(address1=evil)
    headings, _, row, *_ = take(operator, {"store": merchant.hash, "filter": "", "reach": "all"}, how)
    found = [row[headings.index(name)] for name in ("First name", "Company", "Reason", "Addresses")]
    assert [text[: len(before + evil)] for text in found] == [before + evil] * 4


def test_rows_that_come_and_go_meanwhile_double_and_skip_nobody(
    merchant: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PER_PAGE", 4)
    everybody = list(Customer.objects.filter(store=merchant).order_by("pk"))
    pages = export_sheets.customers(merchant, {}).pages()
    seen = next(pages)
    Customer.objects.filter(pk__in=[row.pk for row in everybody[:3]]).delete()  # those before are gone
    Customer.objects.filter(pk=everybody[1].pk + 5).update(date_modified=timezone.now(), last_name="Aaa")
    data.customers(merchant, 2, first=900)
    seen += [line for page in pages for line in page]
    ids = [line[1] for line in seen]
    assert ids == [str(row.remote_id) for row in everybody] + ["900", "901"]


def test_a_check_of_readiness_meanwhile_doubles_nobody(merchant: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PER_PAGE", 2)
    others = [data.business_central_customer(merchant, f"{number}") for number in range(10, 16)]

    def checked() -> None:
        NotReady.objects.all().delete()
        NotReady.objects.bulk_create(
            NotReady(store=merchant, business_central_customer=other, number=other.number, code="missing-email",
                     field="Email", page="Customer Card", text="Email is empty.", first=True, only=True)
            for other in others
        )  # fmt: skip

    checked()
    rows = NotReady.listed(merchant).select_related("business_central_customer")
    pages = export_sheets.not_ready(merchant, rows).pages()
    seen = next(pages)
    checked()
    seen += [line for page in pages for line in page]
    assert [line[0] for line in seen] == ["10", "11", "12", "13", "14", "15"]


def test_each_page_of_rows_takes_the_same_few_queries(merchant: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PER_PAGE", 10)
    run = data.run(merchant, counts={"created": 30}, looked_at=30)
    business = data.business_central_customer(merchant, "70000")
    for row in Customer.objects.filter(store=merchant):
        data.record(run, f"customer:{row.remote_id}", "created", customer=row)
    Customer.objects.filter(status="review").update(candidates=[str(business.remote_id)])
    related = ("customer__link__business_central_customer", "business_central_customer")
    records = export_sheets.records(run.records.select_related(*related))
    for sheet in (export_sheets.customers(merchant, {}), records):
        taken = []
        pages = sheet.pages()
        for _ in range(3):
            with CaptureQueriesContext(connection) as captured:
                assert len(next(pages)) == 10
            taken.append(len(captured))
        assert taken[0] == taken[1] == taken[2] <= 5


def test_one_that_is_broken_off_says_so(merchant: Store, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PER_PAGE", 10)
    answer: Any = operator.post(EXPORT, {"store": merchant.hash, "reach": "all"})
    parts: Iterator[bytes] = iter(answer.streaming_content)
    next(parts), next(parts)
    assert Export.objects.get().status == "under way"
    answer._iterator.close()  # what closes the answer, as a server does when the browser is gone
    kept = Export.objects.get()
    assert (kept.status, kept.rows) == ("broken off", 10)


def test_one_that_crashes_says_so(merchant: Store, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(link: Any) -> str:
        raise RuntimeError("no")

    monkeypatch.setattr(export_sheets, "_at", broken)
    answer: Any = operator.post(f"{EXPORT}?format=xlsx", {"store": merchant.hash, "reach": "all"})
    with pytest.raises(RuntimeError):
        b"".join(answer.streaming_content)
    assert (Export.objects.get().status, Export.objects.get().rows) == ("broken off", 0)


@pytest.mark.parametrize("how", FORMATS)
def test_the_first_bytes_go_out_before_a_row_is_read(merchant: Store, operator: Client, how: str) -> None:
    answer: Any = operator.post(f"{EXPORT}?format={how}", {"store": merchant.hash, "reach": "all"})
    parts = iter(answer.streaming_content)
    with CaptureQueriesContext(connection) as captured:
        assert next(parts)
    assert [query["sql"][:6] for query in captured] == ["INSERT"]  # the record of the export
    assert Export.objects.get().rows == 0
    list(parts)


@pytest.mark.parametrize("how", FORMATS)
def test_the_records_of_a_run_as_its_page_lists_them(merchant: Store, operator: Client, how: str) -> None:
    run = data.ended_run(merchant)
    headings, *rows = read(operator.post(f"/runs/{run.pk}/export/?format={how}"))
    assert len(rows) == run.records.count() == 6
    assert dict(zip(headings, rows[0], strict=True))["Changes"] == "core, Company: (empty) → Adatum"
    narrowed = "outcome=rejected&cause=bigcommerce:email_in_use&field=email"
    rejected = read(operator.post(f"/runs/{run.pk}/export/?format={how}&{narrowed}"))[1:]
    names = ("Outcome", "Field", "Reason", "Cause")
    assert [rejected[0][headings.index(name)] for name in names] == [
        "Rejected", "Email", "The e-mail is in use already.", "bigcommerce:email_in_use",
    ]  # fmt: skip
    assert len(rejected) == 2
    assert Export.objects.latest("pk").filters == "Outcome: rejected · Cause: bigcommerce:email_in_use · Field: email"
    assert Export.objects.latest("pk").about.startswith(f"Run {run.pk}")


def test_a_plan_as_its_page_lists_it(merchant: Store, operator: Client) -> None:
    plan = data.planned_run(merchant, list(Customer.objects.order_by("pk")))
    headings, *rows = read(operator.post(f"/runs/{plan.pk}/export/?field=phone&search=Robert"))
    assert [row[headings.index("State")] for row in rows] == ["To do"] * len(rows)
    listed = operator.get(f"/runs/{plan.pk}/?field=phone&search=Robert").context["page"].paginator.count
    assert len(rows) == listed
    assert Export.objects.get().filters == "Plan · field: phone · Search: a text, which is not kept"


def test_conflicts_and_review(merchant: Store, operator: Client) -> None:
    link = Link.objects.filter(store=merchant)[0]
    Conflict.objects.create(store=merchant, customer=link.customer, link=link, part="core", field="company",
                            base="Old", bigcommerce="=1", business_central=None, winner="business_central")  # fmt: skip
    _, *rows = read(operator.post(f"/stores/{merchant.hash}/conflicts/export/?field=company&part=core"))
    assert rows[0][3:9] == ["core", "Company", "Old", "'=1", "(empty)", "Business Central"]
    business = data.business_central_customer(merchant, "70000")
    Customer.objects.filter(status="review").update(candidates=[str(business.remote_id)])
    headings, *rows = take(operator, {"store": merchant.hash, "filter": "status=review", "every": "1"})
    assert {row[headings.index("Candidates")] for row in rows} == {"70000"}


def test_a_viewer_gets_no_file_and_sees_no_button(merchant: Store, viewer: Client, operator: Client) -> None:
    run = data.ended_run(merchant)
    pages = (f"/stores/{merchant.hash}/customers/", f"/runs/{run.pk}/", f"/stores/{merchant.hash}/readiness/")
    for address in (EXPORT, f"/runs/{run.pk}/export/", f"/stores/{merchant.hash}/readiness/export/"):
        assert viewer.post(address, {"reach": "all"}).status_code == 403
    assert all("/export/" not in viewer.get(address).content.decode() for address in pages)
    assert all("/export/" in operator.get(address).content.decode() for address in pages[:2])
    assert Export.objects.count() == 0


def test_the_record_names_nobody_and_outlives_them(
    merchant: Store, operator: Client, signed_in: Callable[[str], Client]
) -> None:
    shopper = Customer.objects.filter(store=merchant)[0]
    take(operator, {"store": merchant.hash, "filter": f"search={shopper.email}", "reach": "all"})
    kept = Export.objects.get()
    assert kept.filters == "Search: a text, which is not kept"
    Customer.objects.all().delete()
    BusinessCentralCustomer.objects.all().delete()
    assert Export.objects.get().rows == 1
    client = signed_in("superuser")
    page = client.get(f"/stores/{merchant.hash}/")
    assert "/admin/customers/export/" not in page.content.decode()  # no member of staff
    administrator = data.user("administrator", "ada")
    administrator.is_staff = True
    administrator.save()
    client.force_login(administrator)
    there = f"/admin/customers/export/?store__id__exact={merchant.pk}"
    assert there in client.get(f"/stores/{merchant.hash}/").content.decode()
    listed = client.get(there).content.decode()
    assert "Search: a text, which is not kept" in listed
    assert "operator" in listed


def test_records_of_exports_go_with_the_details_of_runs(merchant: Store) -> None:
    now = timezone.now()
    for days, store in ((89, merchant), (91, merchant), (89, None), (91, None)):
        row = Export.objects.create(store=store, about="x", kind="customers", format="csv", username="o")
        Export.objects.filter(pk=row.pk).update(started_at=now - timedelta(days=days))
    tasks.purge()
    left = Export.objects.all()
    assert len(left) == 2
    assert {row.status for row in left} == {"broken off"}  # nobody is at it any more

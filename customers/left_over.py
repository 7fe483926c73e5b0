"""Whom Add Customers leaves over although their data is complete: their e-mail or a match rule names somebody already,
or a person left them out. Kept as reasons beside those of readiness, by the job's own judgement.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from customers.adding import Adding, Verdict
from customers.claims import Unlinked, undecided
from customers.models import (
    BusinessCentralCustomer,
    BusinessCentralPhone,
    Customer,
    Decision,
    LeftOut,
    Link,
    NotReady,
    ReadinessCheck,
    Run,
)
from customers.models.readiness import OF_OTHERS
from customers.shopper import for_matching, index_row, with_details
from customers.store_definitions import definitions
from mapping.match import BusinessCentralIndex, values_of
from stores.models import Store

# With more unlinked shoppers the rules are compared when the job plans, as the preview of Add Customers says.
MOST_COMPARED = 5_000
CHUNK = 500


def stamp(store: Store) -> list[Any]:
    """Changes whenever a run, a link or a decision may have changed who is left over. JSON-able; one query."""
    of = {"store": OuterRef("pk")}
    runs = (
        Run.objects.filter(**of)
        .exclude(kind__in=(Run.Kind.CHECK_READINESS, Run.Kind.RECONCILE))
        .exclude(finished_at=None)
    )
    last: list[QuerySet[Any]] = [
        Link.objects.filter(**of).order_by("-pk").values("pk"),
        Decision.objects.filter(**of).order_by("-pk").values("pk"),
        runs.order_by("-finished_at").values("finished_at"),
    ]
    link, decision, ended = Store.objects.values_list(*(Subquery(rows[:1]) for rows in last)).get(pk=store.pk)
    return [link, decision, ended.isoformat() if ended else None]


def look(store: Store, adding: Adding) -> None:
    """Store anew who is left over, of all the store's complete customers."""
    compare = undecided(store).count() <= MOST_COMPARED
    unlinked = Unlinked(store, adding.rules, compare=compare)
    judge = Adding(store, adding.defined, unlinked)
    found: list[Verdict] = []
    for rows in _suspects(store, unlinked, compare):
        found += [verdict for verdict in judge.judge(rows) if verdict.code]
    with transaction.atomic():
        NotReady.objects.filter(store=store, code__in=OF_OTHERS).delete()
        _keep(store, found)


def judge_of(store: Store, emails: Iterable[str]) -> Adding:
    """Whatever judging the customers with these e-mails needs, read before anything is locked.

    Of the unlinked shoppers as many are compared as by `look`; of the company only whom the e-mails' shoppers may be.
    """
    defined = definitions(store)
    rules = defined.setup.rules
    compare = 0 < undecided(store).count() <= MOST_COMPARED
    judge = Adding(store, defined, Unlinked(store, rules, compare=compare))
    named: dict[str, set[str]] = defaultdict(set)
    having = with_details(Customer.objects.filter(store=store, gone_at=None, email_key__in=set(emails)))
    for shopper in for_matching(having, store):
        if shopper.tracking is not None:
            named["id"].add(shopper.tracking.customer_id)
        for kind, value in (found for rule in rules if rule.enabled for found in values_of(rule, shopper)):
            named[kind].add(value)
    company = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None)
    known = company.filter(reduce(or_, _by_values(named), Q(pk__in=()))).prefetch_related("phones")
    judge.index = BusinessCentralIndex(map(index_row, known))
    return judge


def look_again(store: Store, rows: Sequence[BusinessCentralCustomer], judge: Adding | None = None) -> None:
    """The same for these customers alone, in the transaction that decided about them; judge: see `judge_of`."""
    judge = judge or judge_of(store, {row.email_key for row in rows})
    verdicts = judge.judge(list(rows))
    mine = NotReady.objects.filter(store=store, business_central_customer__in=rows)
    mine.filter(code__in=OF_OTHERS).delete()
    own = set(mine.values_list("business_central_customer", flat=True))
    _keep(store, [verdict for verdict in verdicts if verdict.code and verdict.row.pk not in own])
    ReadinessCheck.objects.filter(store=store).update(counts_stamp=[])


def _keep(store: Store, verdicts: Iterable[Verdict]) -> None:
    NotReady.objects.bulk_create(
        (
            NotReady(
                store=store, business_central_customer=each.row, number=each.row.number, code=each.code, field="E-mail",
                page="Customer Card", text=" ".join(each.reasons), first=True, only=True,
            )
            for each in verdicts
        ),
        batch_size=CHUNK,
    )  # fmt: skip


def complete(store: Store) -> QuerySet[BusinessCentralCustomer]:
    """The company's customers who have all that is needed, are not blocked, and have no shopper in the store yet."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None, blocked="")
    own = NotReady.objects.filter(store=store, business_central_customer=OuterRef("pk")).exclude(code__in=OF_OTHERS)
    link = Link.objects.filter(store=store, business_central_customer=OuterRef("pk"))
    return rows.filter(~Exists(own), ~Exists(link))


def _suspects(store: Store, unlinked: Unlinked, compare: bool) -> Iterable[list[BusinessCentralCustomer]]:
    """Everybody who may be left over, in pieces: found by what they share, so that the others are not judged at all."""
    company = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None).exclude(email_key="")
    shared = company.order_by().values("email_key").annotate(n=Count("pk")).filter(n__gt=1).values("email_key")
    shoppers = Customer.objects.filter(store=store, gone_at=None, email_key=OuterRef("email_key"))
    if not compare:
        shoppers = shoppers.exclude(link=None, status__in=(Customer.Status.UNMAPPED, Customer.Status.DEFAULTED))
    out = LeftOut.objects.filter(store=store, business_central_customer=OuterRef("pk"))
    named = complete(store).filter(Q(email_key__in=shared) | Exists(shoppers) | Exists(out))
    pks = set(named.values_list("pk", flat=True))
    for wanted in _by_values(unlinked.named()):
        pks |= set(complete(store).filter(wanted).values_list("pk", flat=True))
    ordered = sorted(pks)
    for start in range(0, len(ordered), CHUNK):
        yield list(BusinessCentralCustomer.objects.filter(pk__in=ordered[start : start + CHUNK]).order_by("pk"))


def _by_values(named: Mapping[str, set[str]]) -> Iterable[Q]:
    """Conditions that find whomever shoppers with these values may name; others may be found, too, and are judged."""
    for kind, values in named.items():
        ordered = sorted(filter(_is_id, values) if kind == "id" else values)
        for start in range(0, len(ordered), CHUNK):
            some = ordered[start : start + CHUNK]
            if kind == "phone":
                yield Q(pk__in=BusinessCentralPhone.objects.filter(e164__in=some).values("customer"))
            elif kind == "email":
                # Only the first of several addresses is kept for look-ups.
                yield Q(email_key__in=some)
            else:
                column = {"id": "remote_id", "number": "number", "tax_number": "tax_key"}[kind]
                yield Q(**{f"{column}__in": some})
    if "email" in named:
        yield Q(email__contains=";") | Q(email__contains=",")


def _is_id(text: str) -> bool:
    """What a shopper's attribute names need not be an id at all."""
    try:
        return bool(UUID(text))
    except ValueError:
        return False

"""Whom Add Customers leaves over although their data is complete: their e-mail or a match rule names somebody already,
or a person left them out. Kept as reasons beside those of readiness, by the job's own judgement.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from customers.adding import Adding, Verdict
from customers.claims import Unlinked, undecided
from customers.models import (
    BusinessCentralCustomer,
    Customer,
    Decision,
    LeftOut,
    Link,
    NotReady,
    ReadinessCheck,
    Run,
    RunRecord,
)
from customers.models.readiness import OF_OTHERS
from customers.naming import by_values, index_naming
from customers.shopper import for_matching, with_details
from customers.store_definitions import definitions
from mapping.match import BusinessCentralIndex, Rule
from stores.models import Store

# With more unlinked shoppers the rules are compared when the job plans, as the preview of Add Customers says.
MOST_COMPARED = 5_000
# So many are compared while somebody waits.
MOST_AT_ONCE = 250
CHUNK = 500
# What a run counts that has changed something, or found somebody for a person.
DOING = [outcome for outcome in RunRecord.Outcome.values if outcome != RunRecord.Outcome.UNCHANGED]


def stamp(store: Store) -> list[Any]:
    """Changes whenever a run, a link, a decision or a shopper may have changed who is left over. JSON-able; one query.

    What Business Central's customers say themselves is not in it. A Sync that finds nothing changes nothing here.
    """
    of = {"store": OuterRef("pk")}
    ended = Run.objects.filter(**of).exclude(kind__in=(Run.Kind.CHECK_READINESS, Run.Kind.RECONCILE))
    did = Q(counts__has_any_keys=DOING) | ~Q(status=Run.Status.SUCCEEDED)
    last: list[QuerySet[Any]] = [
        Link.objects.filter(**of).order_by("-pk").values("pk"),
        Decision.objects.filter(**of).order_by("-pk").values("pk"),
        ended.filter(did).exclude(finished_at=None).order_by("-finished_at").values("finished_at"),
        Customer.objects.filter(**of).order_by("-written_at").values("written_at"),
        Customer.objects.filter(**of, gone_at__isnull=False).order_by("-gone_at").values("gone_at"),
    ]
    found = Store.objects.values_list(*(Subquery(rows[:1]) for rows in last)).get(pk=store.pk)
    return [each.isoformat() if isinstance(each, datetime) else each for each in found]


def look(store: Store, adding: Adding, after: int = 0, go_on: Callable[[int], bool] = lambda n: True) -> int | None:
    """Store anew who is left over, of the store's complete customers beyond the key `after`, in the order of keys.

    go_on(0) is asked after each chunk. Returns the key to go on after where it said no, None at the end. What was kept
    of those beyond stays until they are reached.
    """
    compare = undecided(store).count() <= MOST_COMPARED
    unlinked = Unlinked(store, adding.rules, compare=compare)
    pks = _suspects(store, unlinked, compare, after)
    for start in range(0, len(pks), CHUNK):
        some, is_last = pks[start : start + CHUNK], start + CHUNK >= len(pks)
        rows = list(BusinessCentralCustomer.objects.filter(pk__in=some).order_by("pk"))
        judge = Adding(store, adding.defined, unlinked)
        judge.index = _index_for(store, adding.rules, {row.email_key for row in rows})
        _replace(store, after, None if is_last else some[-1], [each for each in judge.judge(rows) if each.code])
        after = some[-1]
        if not is_last and not go_on(0):
            return after
    if not pks:
        _replace(store, after, None, [])
    return None


def _replace(store: Store, after: int, up_to: int | None, verdicts: Sequence[Verdict]) -> None:
    """These are all who are left over of the customers with after < key <= up_to. None: to the end."""
    old = NotReady.objects.filter(store=store, code__in=OF_OTHERS, business_central_customer__gt=after)
    with transaction.atomic():
        (old if up_to is None else old.filter(business_central_customer__lte=up_to)).delete()
        _keep(store, verdicts)


def judge_of(store: Store, emails: Iterable[str]) -> Adding:
    """Whatever judging the customers with these e-mails needs, read before anything is locked.

    Somebody waits for the answer: of many unlinked shoppers the rules are compared by the next `look`, which a decision
    brings about within a minute. Of the company only whom the e-mails' shoppers may be.
    """
    defined = definitions(store)
    rules = defined.setup.rules
    compare = 0 < undecided(store)[: MOST_AT_ONCE + 1].count() <= MOST_AT_ONCE
    judge = Adding(store, defined, Unlinked(store, rules, compare=compare))
    judge.index = _index_for(store, rules, set(emails))
    return judge


def _index_for(store: Store, rules: Sequence[Rule], emails: set[str]) -> BusinessCentralIndex:
    """Of the company only whom the rules may find for the shoppers with these e-mails."""
    having = with_details(Customer.objects.filter(store=store, gone_at=None, email_key__in=emails - {""}))
    return index_naming(store, for_matching(having, store), [rule for rule in rules if rule.enabled])


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
        batch_size=CHUNK, ignore_conflicts=True,
    )  # fmt: skip


def complete(store: Store) -> QuerySet[BusinessCentralCustomer]:
    """The company's customers who have all that is needed, are not blocked, and have no shopper in the store yet."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None, blocked="")
    own = NotReady.objects.filter(store=store, business_central_customer=OuterRef("pk")).exclude(code__in=OF_OTHERS)
    link = Link.objects.filter(store=store, business_central_customer=OuterRef("pk"))
    return rows.filter(~Exists(own), ~Exists(link))


def _suspects(store: Store, unlinked: Unlinked, compare: bool, after: int) -> list[int]:
    """Keys beyond `after` of all who may be left over: found by what they share, so that the others are not judged."""
    company = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None).exclude(email_key="")
    shared = company.order_by().values("email_key").annotate(n=Count("pk")).filter(n__gt=1).values("email_key")
    shoppers = Customer.objects.filter(store=store, gone_at=None, email_key=OuterRef("email_key"))
    if not compare:
        shoppers = shoppers.exclude(link=None, status__in=(Customer.Status.UNMAPPED, Customer.Status.DEFAULTED))
    out = LeftOut.objects.filter(store=store, business_central_customer=OuterRef("pk"))
    whom = complete(store).filter(pk__gt=after)
    pks: set[int] = set()
    # One after the other: of several conditions with OR the database would try each on each customer.
    for wanted in (Q(email_key__in=shared), Q(Exists(shoppers)), Q(Exists(out)), *by_values(unlinked.named())):
        pks |= set(whom.filter(wanted).values_list("pk", flat=True))
    return sorted(pks)

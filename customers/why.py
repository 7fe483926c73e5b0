"""Why a shopper is matched or not: every rule asked of one shopper, over just the customers that it could name."""

from collections import defaultdict
from uuid import UUID

from customers.models import BusinessCentralCustomer, BusinessCentralPhone, Customer
from customers.shopper import for_matching
from mapping import emails
from mapping.explain import ConsideredRule, explain_rules
from mapping.match_index import BusinessCentralIndex, IndexRow, Shopper
from mapping.match_rules import Rule, values_of
from mapping.models import MatchRule
from stores.models import BusinessCentralCompany, Store

RULE_WORDS: dict[str, str] = dict(MatchRule.Name.choices)
# One value can name that many customers at most before the rest is of no help to a reader.
MOST_NAMED = 50
# Kind of look-up -> column. Of several e-mails in one field the first is looked up: it is the one that counts.
COLUMNS = {"number": "number__in", "email": "email_key__in", "tax_number": "tax_key__in"}


def why(store: Store, customer: Customer, rules: tuple[Rule, ...]) -> list[tuple[str, ConsideredRule]]:
    """(the rule's name as pages say it, what it compares and finds). The customer comes `with_details`.

    A handful of queries whatever the size of the company: an index of all would take seconds with 500,000.
    """
    shopper = next(iter(for_matching([customer], store)))
    index = _narrow_index(store.company, shopper, rules)
    return [(RULE_WORDS.get(each.rule, each.rule), each) for each in explain_rules(shopper, index, rules)]


def _narrow_index(company: BusinessCentralCompany, shopper: Shopper, rules: tuple[Rule, ...]) -> BusinessCentralIndex:
    wanted: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for kind, value in values_of(rule, shopper):
            wanted[kind].add(value)
    if shopper.tracking:
        wanted["id"].add(shopper.tracking.customer_id)
    mine = BusinessCentralCustomer.objects.filter(company=company, gone_at=None)
    found: set[int] = set()
    for kind, values in wanted.items():
        if kind == "id":
            rows = mine.filter(remote_id__in=[value for value in values if _is_id(value)])
        elif kind == "phone":
            known = BusinessCentralPhone.objects.filter(e164__in=values, customer__company=company)
            rows = mine.filter(pk__in=known.values("customer")[:MOST_NAMED])
        else:
            rows = mine.filter(**{COLUMNS[kind]: values})
        found.update(rows.values_list("pk", flat=True)[:MOST_NAMED])
    rows = mine.filter(pk__in=found).only("remote_id", "number", "email", "tax_key").prefetch_related("phones")
    return BusinessCentralIndex(
        IndexRow(
            str(row.remote_id),
            row.number,
            tuple(phone.e164 for phone in row.phones.all()),
            tuple(sorted(emails.keys(row.email))),
            row.tax_key,
        )
        for row in rows
    )


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True

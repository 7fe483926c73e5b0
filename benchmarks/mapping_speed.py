"""How fast the mapping core is on one core: evaluate, diff, and matching 100,000 shoppers with 100,000 customers.

Run: python -m benchmarks.mapping_speed [customers]
"""

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator

from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from mapping.diff import Current, diff
from mapping.evaluate import evaluate
from mapping.match import BusinessCentralIndex, IndexRow, Shopper, match, rules_with
from mapping.phones import all_e164
from mapping.readiness import readiness
from mapping.store_facts import StoreFacts, store_facts

STATES = [{"state": f"State {number}", "state_abbreviation": f"S{number}"} for number in range(50)]


def main(customers: int) -> None:
    store = store_facts(
        countries=[{"country": "United States", "country_iso2": "US", "states": STATES}],
        attributes=[
            {"id": 1, "name": "Salesperson"},
            {"id": 2, "name": "VAT number"},
            {"id": 3, "name": "Payment terms"},
        ],
        customer_groups={"VIP": 1},
        ship_to_known=True,
    )
    records = [a_record(number) for number in range(min(customers, 20_000))]
    time_mapping(records, store)
    time_matching(customers)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def a_record(number: int) -> BusinessCentralRecord:
    return BusinessCentralRecord(
        id=f"00000000-0000-0000-0000-{number:012}",
        number=f"C{number:06}",
        display_name=f"Company {number}",
        address_line1=f"{number} Main Street",
        city="Springfield",
        state=f"S{number % 50}",
        country="US",
        postal_code=f"{number % 99_999:05}",
        phone_number=phone(number, "(650) {}-{}"),
        mobile_phone=phone(number + 5_000_000, "+1 650 {} {}"),
        email=f"person{number}@example.com; office{number}@example.com",
        salesperson_code="JO",
        tax_registration_number=f"US{number}",
        country_iso="US",
        first_name="Ann",
        surname=f"Lee{number}",
        customer_price_group="VIP",
        ship_to=[ShipTo("S", "Depot", "1 Dock", city="Seattle", county="S1", post_code="98101", country_iso="US")],
    )


def phone(number: int, manner: str) -> str:
    digits = f"{2_000_000 + number % 7_999_999:07}"
    return manner.format(digits[:3], digits[3:])


def time_mapping(records: list[BusinessCentralRecord], store: StoreFacts) -> None:
    started = time.process_time()
    for record in records:
        all_e164((record.phone_number, record.mobile_phone), record.country_iso)
        evaluate(record, store)
    report("evaluate by the default rows, two phone numbers", len(records), started)
    started = time.process_time()
    for record in records:
        readiness(record, evaluate(record, store), store)
    report("evaluate and readiness", len(records), started)
    targets = [evaluate(record, store) for record in records]
    started = time.process_time()
    for target in targets:
        diff(target, Current({**target.core, "phone": "x"}, {}, (), target.attributes, {}, target.metafields))
    report("diff", len(records), started)


def time_matching(customers: int) -> None:
    started = time.process_time()
    index = BusinessCentralIndex(rows(customers))
    report("index", customers, started)
    shoppers = [
        Shopper(
            f"s{number}",
            frozenset({f"person{number}@example.com"}),
            frozenset({f"+1650{number:07}", f"+1651{number:07}"}),
            {("erp", "customer_number"): f"C{number:06}"} if number % 3 == 0 else {},
            {"Customer number": f"C{number:06}"} if number % 5 == 0 else {},
        )
        for number in range(0, customers * 2, 2)
    ]
    started = time.process_time()
    decisions = match(shoppers, index, rules_with({"email": True}))
    report("match", len(shoppers), started)
    print(dict(Counter(decision.kind for decision in decisions.values())))


def rows(customers: int) -> Iterator[IndexRow]:
    for number in range(customers):
        yield IndexRow(
            f"id-{number}",
            f"C{number:06}",
            (f"+1650{number:07}", f"+1652{number:07}"),
            (f"person{number}@example.com",),
            f"US{number}",
        )


def report(what: str, count: int, started: float) -> None:
    seconds = time.process_time() - started
    print(f"{what}: {count} in {seconds:.2f} s of one core, {count / seconds:,.0f}/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

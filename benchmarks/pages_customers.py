"""What is asked of the Customers lists: each filter, kind of search and order."""

from customers.models import Customer


def found_one() -> Customer:
    """A linked customer; the searches are for what it has."""
    return Customer.objects.filter(status="linked").order_by("-pk")[0]


def of_customers(one: Customer) -> dict[str, str]:
    """Every filter, search and order of a Customers list: what it is called -> query."""
    every: dict[str, str] = {"first page": "", "100 rows": "size=100", "last page": "before=end"}
    every |= {
        f"sorted by {key}": f"sort={key}"
        for key in (
            "name",
            "-email",
            "country",
            "status",
            "-status",
            "changed",
            "group",
            "-group",
            "store",
            "number",
            "-number",
        )
    }
    every |= {
        f"sorted by {key}, last page": f"sort={key}&before=end"
        for key in ("name", "email", "country", "status", "group", "number")
    }
    every |= {f"status {key}": f"status={key}" for key in ("linked", "review", "skipped")}
    every |= {f"status {key}, by name": f"status={key}&sort=name" for key in ("linked", "review")}
    every |= {f"flag {key}": f"flag={key}" for key in ("conflict", "failed", "parked")}
    every |= {"has errors": "has_errors=1", "has errors, by e-mail": "has_errors=1&sort=email"}
    every |= {f"country {key}": f"country={key}" for key in ("GB", "IS", "ZZ")}
    every |= {"country GB, by name": "country=GB&sort=name", "group": "group=3", "group, by name": "group=3&sort=name"}
    every |= {
        f"country {key}, by {sort}": f"country={key}&sort={sort}"
        for key in ("GB", "IS")
        for sort in ("group", "number")
    }
    every |= {f"status {key}, by number": f"status={key}&sort=number" for key in ("linked", "unmapped", "skipped")}
    every |= {"changed since 2020": "changed_since=2020-01-01", "changed since yesterday": "changed_since=2026-11-23"}
    every |= {f"mapped by {key}": f"mapped_by={key}" for key in ("phone", "by hand", "tax", "created")}
    every |= {
        "country, group, status": "country=GB&group=3&status=linked&sort=name",
        "review in IS": "country=IS&status=review",
    }
    number = one.link.business_central_customer.number
    searches = {
        "name": one.last_name, "two names": f"{one.first_name} {one.last_name}", "rare": "townes999", "nobody": "qzxwv",
        "everybody": "example", "two letters": "zz", "one letter": "a", "e-mail": one.email,
        "e-mail's host": "@mail77.example", "company": "company 4242", "phone": one.phone,
        "phone, national": "01632" + one.phone[-6:], "part of a phone": "9600", "number": number,
        "six words": "robert townes mail example company 44",
    }  # fmt: skip
    every |= {f"search, {key}": f"search={value.replace('+', '%2B')}" for key, value in searches.items()}
    every |= {
        "search, name by name": f"search={one.last_name}&sort=name",
        "search in GB linked": "search=bond&country=GB&status=linked",
    }
    return every

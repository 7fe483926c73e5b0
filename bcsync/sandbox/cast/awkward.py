"""Awkward names on both sides: quotes, markup, formulas, right to left, emoji, NUL, a hundred characters."""

from bcsync.sandbox.cast.member import Member, complete, place, said, shopper

LONGEST = "Longest Name " + "x" * 87
NAMES = {
    "ampersand": ("O'Brien & Søn", "Søren", "O'Brien & Søn"),
    "markup": ("<script>alert(1)</script> Ltd.", "<b>Bob</b>", "<script>alert(1)</script>"),
    "formula": ('=HYPERLINK("http://evil.example","x")', "=1+1", "@SUM(A1)"),
    "right-to-left": ("شركة الاختبار", "دانا", "כהן"),
    "emoji": ("Party 🎉 Ltd.", "Zoë 👩‍🚀", "Ünïcödé"),
    "nul": ("Nul\x00l Ltd.", "Nu\x00l", "By\x00te"),
}


def _in_store(index: int, key: str) -> Member:
    _, first, last = NAMES[key]
    who = shopper(f"a{index}@awkward.example", first, last, addresses=[place(f"{index} Odd Lane")])
    expected = {"try_mapping": said("created", "Created as"), "update_customers": said("updated")}
    return Member(f"awkward-shopper-{key}", "an awkward name from the store", shopper=who, expected=expected)


def _in_books(index: int, key: str) -> Member:
    name, first, last = NAMES[key]
    customer = complete(f"740{index}0", name, f"b{index}@awkward.example", (first, last))
    return Member(
        f"awkward-customer-{key}",
        "an awkward name from Business Central",
        customer=customer,
        expected={"add_customers": said("created")},
    )


MEMBERS = (
    *(_in_store(index, key) for index, key in enumerate(NAMES, start=1)),
    *(_in_books(index, key) for index, key in enumerate(NAMES, start=1)),
    Member(
        "awkward-shopper-longest",
        "first and last name of 100 characters each do not fit into one name of 100",
        shopper=shopper("a9@awkward.example", "F" * 100, "L" * 100, addresses=[place()]),
        expected={"try_mapping": said("rejected", "Name has 201 characters", "100")},
    ),
    Member(
        "awkward-customer-longest",
        "a name of exactly 100 characters",
        customer=complete("74090", LONGEST, "b9@awkward.example", ("Lon", "Gest")),
        expected={"add_customers": said("created")},
    ),
)

"""Names of people: Business Central's own splitting rule and its inverse."""

PART_LIMIT = 30  # First Name, Middle Name and Surname of a Contact are Text[30]


def split(name: str, limit: int | None = PART_LIMIT) -> tuple[str, str, str]:
    """(first, middle, surname) by Contact.NameBreakdown: leading and double blanks dropped, a trailing blank leaves
    the surname empty, each part cut to limit characters (None: not cut). Source: BCApps, Contact.Table.al.
    """
    tokens = name.split(" ")
    parts = [token for token in tokens[:-1] if token] + tokens[-1:]
    if len(parts) == 1:
        first, middle, surname = parts[0], "", ""
    else:
        keep = len(parts) - 2 if len(parts) > 2 else 1
        first, middle, surname = " ".join(parts[:keep]), " ".join(parts[keep:-1]), parts[-1]
    return first[:limit], middle[:limit], surname[:limit]


def join(first: str, middle: str = "", surname: str = "") -> str:
    """The full name, as Contact.CalculatedName gives it: the parts that are there, joined by a blank."""
    return " ".join(part for part in (first, middle, surname) if part)


def first_and_last(name: str) -> tuple[str, str]:
    """(first name with the middle one, surname), uncut, for BigCommerce, which has two fields for a name."""
    first, middle, surname = split(name.strip(), None)
    return join(first, middle), surname

"""Business Central's own rule for the parts of a person's name (Contact.NameBreakdown and CalculatedName)."""

PART_LENGTH = 30
NAME_LENGTH = 92


def split_name(name: str) -> tuple[str, str, str]:
    """Return (first name, middle name, surname) of a full name, as Business Central splits it.

    Leading and double blanks are dropped, but a trailing blank is a last, empty part: the surname stays empty.
    """
    tokens = [token for token in name.split(" ") if token]
    if name.endswith(" ") and tokens:
        tokens.append("")
    if not tokens:
        return "", "", ""
    if len(tokens) == 1:
        return tokens[0][:PART_LENGTH], "", ""
    surname = tokens[-1]
    middle = tokens[-2] if len(tokens) > 2 else ""
    first = " ".join(tokens[:-2] if len(tokens) > 2 else tokens[:-1])
    return first[:PART_LENGTH], middle[:PART_LENGTH], surname[:PART_LENGTH]


def join_name(first: str, middle: str, surname: str) -> str:
    """Return the full name of three parts, the empty ones left out."""
    return " ".join(part for part in (first, middle, surname) if part)[:NAME_LENGTH]

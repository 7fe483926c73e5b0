"""Business Central's own rule for cutting a person's name into first, middle and surname. Pure."""

NAME_PART_LENGTH = 30  # Contact."First Name", "Middle Name" and Surname are Text[30]


def split_name(name: str) -> tuple[str, str, str]:
    """Return (first name, middle name, surname) as Contact.NameBreakdown of a person contact gives them.

    Leading and double blanks are dropped; a trailing blank leaves the surname empty; each part is cut to 30.
    Source: microsoft/BCApps, Contact.Table.al.
    """
    tokens = name.split(" ")
    parts = [token for token in tokens[:-1] if token] + [tokens[-1]]
    first, middle, surname = "", "", ""
    for position, part in enumerate(parts, start=1):
        if position == len(parts) and len(parts) > 1:
            surname = part[:NAME_PART_LENGTH]
        elif position == len(parts) - 1 and len(parts) > 2:
            middle = part[:NAME_PART_LENGTH]
        else:
            first = f"{first} {part}".lstrip(" ")[:NAME_PART_LENGTH]
    return first, middle, surname

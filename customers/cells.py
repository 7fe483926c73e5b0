"""One value of a customer as one cell of a file: nothing in it is run as a formula or breaks the file.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import re
from typing import Any

# XML has no way to write these, UTF-8 none for half a letter.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Spaces, line breaks, the byte order mark, zero-width characters, marks of the direction of writing.
# Characters of Unicode's category Cf, and blanks that are letters or marks.
UNSEEN = (
    r"\s\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f"
)
SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
LEADING = re.compile(f"[{UNSEEN}]*(?=[{SIGNS}])")
# Where a country's spreadsheet begins another cell, even inside of quotation marks.
INSIDE = re.compile(f"(?<=[;\\t\\r\\n])(?=(?:(?![\\t\\r\\n])[{UNSEEN}])*[{SIGNS}])")


def plain(value: Any) -> str:
    """A value as text, without the characters that no file can carry. None is empty; line breaks are one character."""
    text = "" if value is None else str(value)
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def harmless(text: str) -> str:
    """Text for CSV that no spreadsheet takes for a formula: an apostrophe stands in front of what could be one.

    A phone number, +49 30 1234, becomes '+49 30 1234: still to be read, and never computed.
    """
    inside = INSIDE.sub("'", text)
    return f"'{inside}" if LEADING.match(text) else inside

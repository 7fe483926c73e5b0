"""What refusals of one kind have in common: the vendor's words without the values of the one record."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MOST = 60
_OWN = re.compile(r"'[^']*'|\"[^\"]*\"|\S+@\S+|\d+(?:[.,:]\d+)*")
_REST = re.compile(r"(?:…[\s,;:.]*)+")


def gist_of(words: str, sent: Any) -> str:
    """The first MOST characters of the words with "…" for whatever was sent, quoted, an e-mail or a number.

    sent: the item or members of the request, however nested.
    """
    for value in sorted({text for text in _texts(sent) if len(text) > 1}, key=len, reverse=True):
        words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", words, flags=re.IGNORECASE)
    return _REST.sub("… ", _OWN.sub("…", words)).strip()[:MOST].strip()


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)

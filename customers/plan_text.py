"""What the filters of a plan look through: one folded text per record that waits, so that one index answers.

It is empty once a record is done, so that an import of many writes none of it and nothing stays behind in it.
"""

import json
from typing import Any

from django.db import models
from django.db.models import Q

from customers.search import fold

# The states of a record that waits for somebody's approval, as `RunRecord.WAITING` has them.
WAITING = ("planned", "changed", "held")
INDEX = (
    "plan_text",
    "customers_runrecord USING gin (said gin_trgm_ops) "
    f"WHERE state IN ({', '.join(repr(state) for state in WAITING)})",
)  # fmt: skip
# In front of a field's name, which no value has in front of it: their white space is folded.
FIELD = "\t"


class PlanText(models.TextField):
    """Filled from the record itself whenever the record is written as a whole."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "editable": False, "default": "", "db_default": "", "blank": True})

    def deconstruct(self) -> Any:
        name, _, positional, options = super().deconstruct()
        return name, "django.db.models.TextField", positional, options

    def pre_save(self, instance: Any, add: bool) -> str:
        setattr(instance, self.attname, text_of(instance))
        return str(getattr(instance, self.attname))


def text_of(record: Any) -> str:
    """Label, reasons and changes of a record that waits, a line each; "" of any other."""
    if record.state not in WAITING:
        return ""
    lines = [_folded(record.label), _folded(record.reason)]
    for part in record.parts:
        lines.append(_folded(part.get("reason")))
        for name, before, after in (change[:3] for change in part.get("changes") or ()):
            lines += [FIELD + _folded(name), _folded(before), _folded(after)]
    return "\n".join(["", *dict.fromkeys(filter(None, lines)), ""])


def _folded(value: Any) -> str:
    if value is None or value == "":
        return ""
    return " ".join(fold(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).split())


def changing(field: str) -> Q:
    """Who would get another value in this field."""
    return Q(said__contains=f"\n{FIELD}{_folded(field)}\n")


def saying(text: str) -> Q:
    """Who has this text in the name, a reason, a field or a value."""
    folded = _folded(text)
    if len(folded) > 2:
        return Q(said__contains=folded)
    # One or two letters are a beginning of a word, as in every search.
    return Q(said__contains=f"\n{folded}") | Q(said__contains=f" {folded}") | Q(said__contains=f"{FIELD}{folded}")

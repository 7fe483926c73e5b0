"""Query parameters of list endpoints: what each endpoint documents, refusals in the vendor's words, SQL conditions."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce.answers import refuse
from bcsync.sandbox.messages import Request

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

MAXIMUM_IDS = 50  # our own rule for `:in`: the vendor's URL limit is undocumented, 50 ids and 20 e-mails are safe
MAXIMUM_EMAILS = 20
DATES = ("date_created", "date_modified")
DATE_FILTERS = {f"{name}{end}": ("date", name) for name in DATES for end in ("", ":min", ":max")}
PAGING = {"page": ("int", ""), "limit": ("int", "")}
CURSORS = {"after": ("text", ""), "before": ("text", "")}


@dataclass
class Query:
    """A validated query. `where` and `params` are SQL; `values` holds the rest (page, include, sort ...)."""

    where: list[str] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def sql(self) -> str:
        """The conditions joined, "" when there are none."""
        return " AND ".join(self.where)


def parse(world: "World", request: Request, known: dict[str, tuple[str, str]]) -> Query:
    """Read the query by `known`: parameter -> (kind, column); an empty column keeps it in `values`.

    Kinds: int, ints, text, texts, lowers, like, date, choice:a|b. Refusal 422: an unknown parameter, or a wrong type.
    """
    pairs = request.pairs()
    unknown = [name for name, _ in pairs if name not in known]
    if unknown:
        world.audit.broke(f"unknown filter {', '.join(unknown)!r} in {request.family}")
        raise refuse(422, f"The filter(s): {','.join(unknown)} are not valid filter parameter(s).")
    query = Query(sent=pairs)
    for name, text in pairs:
        kind, column = known[name]
        value = _value(world, name, kind, text)
        if not column:
            query.values[name] = value
        elif kind == "date":
            _add_date(world, query, name, column, value)
        elif isinstance(value, list):
            _add_list(query, kind, column, value)
        else:
            query.where.append(f"{column} = ?")
            query.params.append(value)
        if isinstance(value, list) and name.endswith(":in"):
            limit = MAXIMUM_EMAILS if name == "email:in" else MAXIMUM_IDS
            if len(value) > limit:
                world.audit.broke(f"{len(value)} values in {name} of {request.family}, at most {limit} are safe")
    return query


def ids(world: "World", request: Request) -> list[int]:
    """The `id:in` of a DELETE; [] when it was not sent, which deletes nothing (customers.v3, DELETE)."""
    return parse(world, request, {"id:in": ("ints", "")}).values.get("id:in", [])


def date_text(text: str) -> str:
    """A date filter's value as `2020-09-04T00:17:10Z`; naive values are UTC. ValueError when it is no date."""
    if re.fullmatch(r"\d{9,}", text):
        moment = datetime.fromtimestamp(int(text), UTC)
    else:
        # a `+` of an offset that was not percent-encoded arrives as a space
        moment = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _value(world: "World", name: str, kind: str, text: str) -> Any:
    if kind == "int":
        return _integer(name, text, f'Query parameter "{name}" value must be integer.')
    if kind == "ints":
        words = f'Query parameter "{name}" value may contain only integer values.'
        return [_integer(name, part, words) for part in text.split(",")]
    if kind in ("texts", "like"):
        return text.split(",")
    if kind == "lowers":
        return text.lower().split(",")
    if kind == "date":
        try:
            return date_text(text)
        except ValueError:
            raise refuse(422, f'Query parameter "{name}" value must be a date. For input string: "{text}".') from None
    if kind.startswith("choice:"):
        allowed = kind.removeprefix("choice:").split("|")
        wrong = [part for part in text.split(",") if part not in allowed]
        if wrong:
            words = f"value must be one of {', '.join(allowed)}"
            raise refuse(422, f'Query parameter "{name}" {words}. For input string: "{wrong[0]}".')
    return text


def _integer(name: str, text: str, words: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text.strip()):
        raise refuse(422, f'{words} For input string: "{text}".')
    return int(text)


def _add_date(world: "World", query: Query, name: str, column: str, value: str) -> None:
    inclusive = "=" if world.switches.min_inclusive else ""
    sign = {"min": f">{inclusive}", "max": f"<{inclusive}"}.get(name.partition(":")[2], "=")
    query.where.append(f"{column} {sign} ?")
    query.params.append(value)


def _add_list(query: Query, kind: str, column: str, values: list[Any]) -> None:
    if kind == "like":
        query.where.append("(" + " OR ".join([f"instr(lower({column}), ?) > 0"] * len(values)) + ")")
        query.params.extend(value.lower() for value in values)
        return
    query.where.append(f"{column} IN ({','.join('?' * len(values))})")
    query.params.extend(values)

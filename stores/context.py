"""What every page's frame shows: who looks, which stores there are, how many runs are active."""

from functools import cached_property
from typing import Any

from django.apps import apps
from django.http import HttpRequest

from stores.models import Store
from stores.roles import ADMINISTRATOR, has_role, role_of


class Chrome:
    """Asked for by the template only, so that fragments and error pages pay no query for it."""

    def __init__(self, user: Any) -> None:
        self.user = user

    @cached_property
    def role(self) -> str:
        return role_of(self.user)

    @cached_property
    def stores(self) -> list[Store]:
        return list(Store.objects.only("hash", "name")) if self.role else []

    @cached_property
    def active_runs(self) -> int:
        run = apps.get_model("customers", "Run")
        return run.objects.filter(status__in=run.ACTIVE).count() if self.role else 0

    @cached_property
    def counts(self) -> dict[int, dict[str, int]]:
        """Store's primary key -> its kept counts, for the numbers in the navigation; one query."""
        found: dict[int, dict[str, int]] = apps.get_model("customers", "StoreCount").by_store() if self.role else {}
        return found

    @cached_property
    def may_operate(self) -> bool:
        return has_role(self.user, "operator")

    @cached_property
    def may_set_up(self) -> bool:
        return has_role(self.user, ADMINISTRATOR) and self.user.is_staff

    @cached_property
    def may_change(self) -> bool:
        """Whether the user may change a store's set-up on its pages; the Django admin takes a member of staff."""
        return has_role(self.user, ADMINISTRATOR)

    @cached_property
    def initials(self) -> str:
        names = f"{self.user.first_name} {self.user.last_name}".split() or [self.user.get_username()]
        return "".join(name[0] for name in (names[0], *names[-1:]) if name)[: min(2, len(names))].upper()


def chrome(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    return {"chrome": Chrome(user)} if user is not None and user.is_authenticated else {"chrome": None}

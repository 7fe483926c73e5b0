"""The three roles, each including the one below it, and the decorator that holds a view to them on the server."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as global_apps
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

VIEWER, OPERATOR, ADMINISTRATOR = "viewer", "operator", "administrator"
ROLES = (VIEWER, OPERATOR, ADMINISTRATOR)
# What each role may do, as a page says it to who may not.
MAY = {
    VIEWER: "look at stores, customers and runs",
    OPERATOR: "start, stop, approve and retry runs",
    ADMINISTRATOR: "set up stores, companies, templates and people",
}
View = Callable[..., HttpResponseBase]


class MissingRole(PermissionDenied):
    """The user's role is too low; `needed` is the lowest that would do."""

    def __init__(self, needed: str) -> None:
        super().__init__(f"This needs the role {needed}.")
        self.needed = needed


def role_of(user: Any) -> str:
    """The user's highest role, or "" for nobody. A superuser is an administrator. One query per user object."""
    if not user.is_authenticated or not user.is_active:
        return ""
    if user.is_superuser:
        return ADMINISTRATOR
    if not hasattr(user, "_role"):
        names = set(user.groups.filter(name__in=ROLES).values_list("name", flat=True))
        user._role = next((role for role in reversed(ROLES) if role in names), "")
    found: str = user._role
    return found


def has_role(user: Any, needed: str) -> bool:
    """Whether the user has this role or a higher one."""
    own = role_of(user)
    return bool(own) and ROLES.index(own) >= ROLES.index(needed)


def role(*, get: str = "", post: str = "") -> Callable[[View], View]:
    """Allow exactly the methods named, each from the role given on. Others get 405, too low a role 403."""
    needed = {method: name for method, name in (("GET", get), ("HEAD", get), ("POST", post)) if name}

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in needed:
                return HttpResponseNotAllowed(needed)
            if not request.user.is_authenticated:
                return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
            if not has_role(request.user, needed[request.method]):
                raise MissingRole(needed[request.method])
            return view(request, *args, **kwargs)

        guarded.roles = needed  # type: ignore[attr-defined]
        return guarded

    return decorate


def ensure_roles(apps: Apps = global_apps, using: str = "default", **kwargs: Any) -> None:
    """After migrations: the three groups exist, and administrators may use the Django admin's pages.

    Only additions: what somebody gave a group by hand stays.
    """
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:  # a partial migration: the next whole one brings them
        return
    administrators = [groups.get_or_create(name=name)[0] for name in ROLES][-1]
    ours = permissions.filter(content_type__app_label__in=("stores", "mapping", "django_celery_beat"))
    readable = permissions.filter(content_type__app_label="customers", codename__startswith="view_")
    people = permissions.filter(content_type__app_label="auth", codename__in=("add_user", "change_user", "view_user"))
    administrators.permissions.add(*ours, *readable, *people)

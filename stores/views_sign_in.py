"""Signing in and out, the page for who may not, and the health check."""

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.db import DatabaseError, connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from stores.roles import ADMINISTRATOR, MAY, ROLES, MissingRole, role_of

MOST_NAMED = 3


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """A fragment that asks after the session ended gets the whole page reloaded, not a form inside a box."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return LoginView.as_view(template_name="sign_in.html", redirect_authenticated_user=True)(request)


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponseBase:
    return LogoutView.as_view()(request)


@login_not_required
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database and Redis answer, else 503; says which. For load balancers, so nobody signs in."""
    state = {"database": _database(), "redis": _redis()}
    return JsonResponse(state, status=200 if all(value == "ok" for value in state.values()) else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "no answer"
    return "ok"


def _redis() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
            client.ping()
    except redis.RedisError:
        return "no answer"
    return "ok"


def no_permission(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: which role it takes, which one the user has, and whom to ask."""
    needed = exception.needed if isinstance(exception, MissingRole) else ""
    own = role_of(request.user)
    roles = [{"name": name, "may": MAY[name], "own": name == own, "needed": name == needed} for name in ROLES]
    context = {"needed": needed, "own": own, "roles": roles, "whom": _administrators()}
    return render(request, "no_permission.html", context, status=403)


def _administrators() -> list[str]:
    """The first few people who can give a role, by name."""
    people = get_user_model().objects.filter(Q(groups__name=ADMINISTRATOR) | Q(is_superuser=True), is_active=True)
    return [str(who.get_full_name() or who.get_username()) for who in people.distinct().order_by("pk")[:MOST_NAMED]]

"""The buttons of the store card's tab Webhooks; what they find is kept and shown there."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from stores import webhooks
from stores.models import Store
from stores.roles import role


def _answer(request: HttpRequest, store_hash: str, work: Callable[[Store], list[str]], done: str) -> HttpResponse:
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    problems = work(store)
    for problem in problems:
        messages.error(request, problem)
    if not problems:
        messages.success(request, done)
    return redirect(f"{store.get_absolute_url()}#webhooks")


@role(post="administrator")
def turn_on_webhooks(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Register with both vendors."""
    return _answer(request, store_hash, webhooks.turn_on, "Both vendors now tell of every change.")


@role(post="administrator")
def check_webhooks(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Ask both vendors what is registered, and mend it."""
    done = "Everything is registered as it should be."
    return _answer(request, store_hash, webhooks.check, done)


@role(post="administrator")
def new_secret(request: HttpRequest, store_hash: str) -> HttpResponse:
    """A new secret on both sides."""
    done = "Both vendors send a new secret from now on; the old one is taken for another day."
    return _answer(request, store_hash, webhooks.new_secret, done)


@role(post="administrator")
def turn_off_webhooks(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Remove what was registered."""
    done = "The webhooks are removed. Changes arrive with the next schedule."
    return _answer(request, store_hash, webhooks.turn_off, done)

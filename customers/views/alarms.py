"""What the watchdog found, now and before; saying that one saw it; who of a store is told by mail."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from customers.alarms import acknowledge, lines, open_alarms
from customers.models import Alarm, Look
from stores.models import Store
from stores.roles import role

PER_PAGE = 50
MOST_ADDRESSES = 20
MOST_OF_AN_ADDRESS = 254


@role(get="viewer")
def alarms(request: HttpRequest) -> HttpResponse:
    """The open ones, and those that are mended."""
    stores = list(Store.objects.select_related("company"))
    mended = Alarm.objects.exclude(closed_at=None).select_related("store", "company", "acknowledged_by")
    page = Paginator(mended.order_by("-closed_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "here": "stores", "open": lines(open_alarms(), stores), "page": page, "of": "alarms",
        "mended": lines(list(page.object_list), stores), "looked_at": Look.last(),
    }  # fmt: skip
    return render(request, "alarms/alarms.html", context)


@role(post="operator")
def acknowledge_alarm(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Somebody takes care of it: the others see who."""
    alarm = get_object_or_404(Alarm, pk=alarm_id)
    if not acknowledge(alarm, request.user):
        messages.info(request, "Somebody saw it already.")
    back = request.POST.get("next", "")
    inside = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(f"{back}#alarms" if inside else "alarms")


@role(post="administrator")
def notifications(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Keep who is told; one wrong address and nothing is saved."""
    store = get_object_or_404(Store, hash=store_hash)
    # In one spelling, so that who is named in several stores gets one mail.
    typed = [line.strip().lower() for line in request.POST.get("emails", "").splitlines()]
    emails = list(dict.fromkeys(email for email in typed if email))
    wrong = [email for email in emails if not _is_an_address(email)]
    if wrong:
        messages.error(request, f"Nothing was saved: {wrong[0][:100]} is no e-mail address. Write one a line.")
    elif len(emails) > MOST_ADDRESSES:
        messages.error(request, f"Nothing was saved: more than {MOST_ADDRESSES} addresses; use a distribution list.")
    else:
        Store.objects.filter(pk=store.pk).update(
            alarm_emails=emails, mail_run_failures=request.POST.get("run_failures") == "on"
        )
        messages.success(request, "Saved. Who is new is told of everything that is open, within a minute.")
    return redirect(f"{store.get_absolute_url()}#notifications")


def _is_an_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= MOST_OF_AN_ADDRESS

"""They were deleted: an administrator's word about a list that lacked too many customers to be believed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from stores import lists
from stores.models import BusinessCentralCompany, Store
from stores.roles import role

DONE = (
    "The next reading marks whom it does not find by id either as deleted: Import reads the store, Sync "
    "changes Business Central. Links are treated as the store says, and the brake holds many."
)


@role(post="administrator")
def believe_list(request: HttpRequest, store_hash: str, side: str) -> HttpResponse:
    """Confirm it. side: bigcommerce or business-central."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    holders: dict[str, Store | BusinessCentralCompany] = {"bigcommerce": store, "business-central": store.company}
    if side not in holders:
        raise Http404
    if lists.confirm(holders[side], request.user.get_username()):
        messages.success(request, DONE)
    else:
        messages.warning(request, "That list is whole again; there is nothing to confirm.")
    return redirect(f"{store.get_absolute_url()}#lists")

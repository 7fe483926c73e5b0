"""Connecting a store on a page, for administrators; nothing is asked of a vendor before Test Connection."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from stores.forms_connect import ConnectForm
from stores.roles import role

SECRETS = ("access_token", "client_secret", "application_secret", "web_service_key")
STORE_FIELDS = ("hash", "name", "access_token", "client_id", "client_secret")
NEW_COMPANY = ("tenant", "environment", "company_name", "application_id", "application_secret")
ON_PREMISES = ("username", "web_service_key")


@sensitive_post_parameters(*SECRETS)
def _connect(request: HttpRequest) -> HttpResponse:
    form = ConnectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        store = form.save()
        messages.success(request, f"Store {store} is connected. It is read-only so far: press Test Connection next.")
        return redirect(store)
    context = {
        "here": "stores", "form": form, "company": form["company"],
        "store_fields": [form[name] for name in STORE_FIELDS],
        "new_company": [form[name] for name in NEW_COMPANY], "on_premises": [form[name] for name in ON_PREMISES],
    }  # fmt: skip
    return render(request, "stores/connect_store.html", context)


# The name of the page, of its address and of the command.
connect_store = role(get="administrator", post="administrator")(_connect)

"""Which set-up a plan was made by: a plan that is older than the set-up is looked at again before it is applied."""

import hashlib
import json

from django.db.models import Max, Q

from mapping.models import SetupChange
from stores.models import Store

# What an administrator decides at the store itself, of which no set-up page keeps a history.
SWITCHES = (
    "create_unknown", "default_customer_number", "may_update_business_central", "rules", "metafield_namespaces",
    "when_deleted", "when_blocked", "delete_too",
)  # fmt: skip


def set_up_of(store: Store) -> str:
    """Changes whenever somebody changes the set-up that plans of this store are made by: its rows, or its switches."""
    changes = SetupChange.objects.filter(Q(store=store) | Q(company=store.company_id))
    facts = [changes.aggregate(last=Max("pk"))["last"], *(getattr(store, name) for name in SWITCHES)]
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=8).hexdigest()

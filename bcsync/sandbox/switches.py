"""Everything the vendors' documentation leaves open: named settings with the likeliest answer, and the others."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Switches:
    """One field per unknown. A test walks ALTERNATIVES, one at a time, and the main job must come out the same."""

    # BigCommerce
    post_customers_atomic: bool = True  # False: the rows before the bad one stay although the answer is 422
    subresource_moves_date_modified: bool = (
        False  # True: an address, attribute or form field change stamps the customer
    )
    min_inclusive: bool = True  # False: `:min` and `:max` leave the boundary itself out
    write_answer_order: str = "as sent"  # "reversed": `data` of POST and PUT comes in another order than was sent
    limit_over_maximum: str = "413"  # "clamp": limit above 250 is answered with 250 rows
    unknown_form_field: str = "422"  # "accept": stored under the new name; "ignore": silently dropped
    missing_required_form_field: str = "accept"  # "422": a required field left out of a POST is refused
    unknown_state: str = "422"  # "accept": any state text is stored
    put_customers_addresses: str = "ignore"  # "422": PUT customers with addresses, attributes or metafields is refused
    duplicate_address_in_batch: str = "drop"  # "keep": the second of two equal addresses in one POST is created
    metafields_batch_maximum: int = 10
    addresses_batch_maximum: int = 10
    attribute_values_batch_maximum: int = 10
    single_metafield_data: str = "object"  # "array": POST and PUT of one metafield answer with a list of one
    email_uniqueness: str = "insensitive"  # "sensitive": A@x and a@x are two customers
    email_stored: str = "as sent"  # "lower": the answer shows the e-mail in lower case
    cursor_next_on_short_page: bool = False  # True: `links.next` is given although this page is the last
    metafields_delete_body: str = "array"  # "query": DELETE /customers/metafields wants ?id:in= instead of a body
    # BigCommerce's webhooks
    wildcard_scope_includes_addresses: bool = False  # True: store/customer/* also delivers address events
    hook_hash_covers_created_at: bool = True  # False: two updates of one customer share a hash
    hook_retry_timestamp_fresh: bool = True  # False: a retried delivery keeps its first webhook-timestamp
    hook_delivery: str = "in order"  # "shuffled", "duplicated", "dropped"

    # Business Central
    handshake_method: str = "POST"  # "GET": the subscription handshake arrives as GET
    patch_member_order: str = "as sent"  # "page": members apply in the page's field order
    duplicate_number_status: int = 400  # 409: Internal_EntityWithSameKeyExists with that status
    blocked_in_filter: bool = False  # True: `blocked` may be used in $filter
    batch_inner_counted: bool = True  # False: a $batch counts as one request against the limit

    def as_dict(self) -> dict[str, Any]:
        """Name -> value, in declaration order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def change(self, values: dict[str, Any]) -> None:
        """Set several by name. KeyError for an unknown name, ValueError for a value that is no known answer."""
        for name, value in values.items():
            known = (getattr(DEFAULTS, name, None), *ALTERNATIVES[name])
            if value not in known:
                raise ValueError(f"{name} must be one of {known!r}, not {value!r}")
            setattr(self, name, value)


ALTERNATIVES: dict[str, tuple[Any, ...]] = {
    "post_customers_atomic": (False,),
    "subresource_moves_date_modified": (True,),
    "min_inclusive": (False,),
    "write_answer_order": ("reversed",),
    "limit_over_maximum": ("clamp",),
    "unknown_form_field": ("accept", "ignore"),
    "missing_required_form_field": ("422",),
    "unknown_state": ("accept",),
    "put_customers_addresses": ("422",),
    "duplicate_address_in_batch": ("keep",),
    "metafields_batch_maximum": (1, 50),
    "addresses_batch_maximum": (1, 50),
    "attribute_values_batch_maximum": (1, 50),
    "single_metafield_data": ("array",),
    "email_uniqueness": ("sensitive",),
    "email_stored": ("lower",),
    "cursor_next_on_short_page": (True,),
    "metafields_delete_body": ("query",),
    "wildcard_scope_includes_addresses": (True,),
    "hook_hash_covers_created_at": (False,),
    "hook_retry_timestamp_fresh": (False,),
    "hook_delivery": ("shuffled", "duplicated", "dropped"),
    "handshake_method": ("GET",),
    "patch_member_order": ("page",),
    "duplicate_number_status": (409,),
    "blocked_in_filter": (True,),
    "batch_inner_counted": (False,),
}
DEFAULTS = Switches()

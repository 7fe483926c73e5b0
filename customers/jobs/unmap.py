"""Unmap: the links went when the button was pressed; this takes our metafields out of the store, see
`customers.unmapping`.
"""

from customers import unmapping
from customers.context import Context

WRITES_TO_VENDOR = True


def plan(ctx: Context) -> bool:
    """A record for each customer of the scope who is unlinked and still carries metafields of ours."""
    unmapping.plan(ctx)
    return True


def look_again(ctx: Context) -> None:
    """`apply` looks at each customer again itself."""


def apply(ctx: Context) -> bool:
    """Remove the metafields of the next chunk."""
    return unmapping.apply(ctx)
